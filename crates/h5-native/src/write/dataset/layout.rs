//! The layout of a new dataset, and how its chunks are to be found.

use h5_format::Sizes;
use h5_format::message::{ChunkIndex, ChunkedLayout, DataLayout};
use h5_types::{
    AllocationTime, ChunkIndexKind, Dataspace, Error, LibverBounds, NewDataset, NewLayout, Result,
};

use super::description::Description;
use super::fill::filled;
use super::versions::Versions;

/// Bits that number the elements of a page of fixed and extensible arrays, as the C library chooses them.
const PAGE_BITS: u8 = 10;

/// Chunks that an index has room for from the beginning, in datasets that have fewer: a fixed array of so many takes 8 MiB. A maximum may
/// be any number, and says nothing of how large a dataset becomes.
const MOST_ENTRIES: u64 = 1 << 20;

/// The layout of a new dataset without addresses, and the version of its message.
///
/// # Errors
/// `Unsupported` for what the bounds do not have; `Limit` if 64 bits do not count the dataset's bytes.
pub(super) fn new_layout(
    bounds: LibverBounds,
    sizes: Sizes,
    dataset: &NewDataset,
    description: &Description,
) -> Result<(DataLayout, u8)> {
    let version = Versions::of(bounds).data_layout;
    match &dataset.layout {
        NewLayout::Compact => {
            let data = filled(description, description.stored_bytes()?)?;
            Ok((DataLayout::Compact { data }, version))
        }
        NewLayout::Contiguous => {
            let size = Some(description.stored_bytes()?);
            Ok((DataLayout::Contiguous { address: None, size }, version))
        }
        NewLayout::Chunked { chunk, index } => {
            let layout = chunked(version, sizes, *index, chunk, description);
            let version = layout.version;
            Ok((DataLayout::Chunked(layout), version))
        }
        NewLayout::Virtual { .. } => Ok((DataLayout::Virtual { heap_address: None, heap_index: 0 }, version)),
        _ => Err(Error::unsupported("a layout of this kind")),
    }
}

fn chunked(
    version: u8,
    sizes: Sizes,
    asked: Option<ChunkIndexKind>,
    chunk: &[u64],
    description: &Description,
) -> ChunkedLayout {
    let kind = index_kind(version, sizes, asked, chunk, description);
    let bytes = chunk_bytes(chunk, description);
    let version = match kind {
        ChunkIndexKind::BTreeV1 => 3,
        // Version 5 is needed by chunks that 32 bits do not count, and by nothing else.
        _ if bytes > u64::from(u32::MAX) => 5,
        _ => 4,
    };
    ChunkedLayout {
        version,
        partial_edge_chunks_unfiltered: false,
        chunk_dimensions: chunk.to_vec(),
        element_size: description.element_bytes(),
        index: empty_index(kind, !description.filters.is_empty()),
    }
}

/// How chunks are to be found: as asked for, if the extent allows it, else as the C library chooses.
fn index_kind(
    version: u8,
    sizes: Sizes,
    asked: Option<ChunkIndexKind>,
    chunk: &[u64],
    description: &Description,
) -> ChunkIndexKind {
    let Dataspace::Simple { dimensions, maximum } = &description.dataspace else {
        return ChunkIndexKind::BTreeV1;
    };
    if version < 4 || asked == Some(ChunkIndexKind::BTreeV1) {
        return ChunkIndexKind::BTreeV1;
    }
    let is_fixed = dimensions.iter().zip(maximum).all(|(size, most)| Some(*size) == *most);
    let unlimited = maximum.iter().filter(|most| most.is_none()).count();
    // The C library takes an unlimited dimension of fewer than 8 bytes for a large one, and refuses an extensible array then.
    let shows_unlimited = sizes.lengths >= 8;
    let early = description.fill.allocation_time == AllocationTime::Early;
    let is_bounded = largest_count(dimensions, maximum, chunk).is_none_or(|largest| largest <= MOST_ENTRIES);
    let fits = |kind: &ChunkIndexKind| match kind {
        ChunkIndexKind::BTreeV1 => false,
        ChunkIndexKind::Single => is_fixed && dimensions == chunk,
        ChunkIndexKind::Implicit => unlimited == 0 && early && is_bounded && description.filters.is_empty(),
        ChunkIndexKind::FixedArray => unlimited == 0 && is_bounded,
        ChunkIndexKind::ExtensibleArray => unlimited == 1 && shows_unlimited,
        ChunkIndexKind::BTreeV2 => true,
    };
    let choices = [
        ChunkIndexKind::Single,
        ChunkIndexKind::Implicit,
        ChunkIndexKind::FixedArray,
        ChunkIndexKind::ExtensibleArray,
    ];
    let first = |kinds: &[ChunkIndexKind]| kinds.iter().copied().find(fits);
    asked.filter(fits).or_else(|| first(&choices)).unwrap_or_else(|| match unlimited {
        // The C library finds chunks of a bounded extent by the other indexes only, and by this one that it always had.
        0 if chunk_bytes(chunk, description) <= u64::from(u32::MAX) => ChunkIndexKind::BTreeV1,
        _ => ChunkIndexKind::BTreeV2,
    })
}

/// Chunks of the largest extent, where it has many more than the present one.
fn largest_count(dimensions: &[u64], maximum: &[Option<u64>], chunk: &[u64]) -> Option<u64> {
    let count = |extents: &mut dyn Iterator<Item = Option<u64>>| {
        extents.zip(chunk).try_fold(1_u64, |count, (extent, &chunk)| {
            Some(count.saturating_mul(extent?.div_ceil(chunk.max(1))))
        })
    };
    let largest = count(&mut maximum.iter().copied())?;
    let now = count(&mut dimensions.iter().copied().map(Some))?;
    Some(largest).filter(|&largest| largest > now.saturating_mul(4))
}

fn chunk_bytes(chunk: &[u64], description: &Description) -> u64 {
    chunk.iter().fold(description.element_bytes(), |bytes, &size| bytes.saturating_mul(size))
}

/// An index that is not there yet, with the parameters of the C library.
fn empty_index(kind: ChunkIndexKind, filtered: bool) -> ChunkIndex {
    let address = None;
    match kind {
        ChunkIndexKind::BTreeV1 => ChunkIndex::BTreeV1 { address },
        ChunkIndexKind::Single => ChunkIndex::Single { address, filtered: filtered.then_some((0, 0)) },
        ChunkIndexKind::Implicit => ChunkIndex::Implicit { address },
        ChunkIndexKind::FixedArray => ChunkIndex::FixedArray { address, page_bits: PAGE_BITS },
        ChunkIndexKind::ExtensibleArray => ChunkIndex::ExtensibleArray {
            address,
            max_bits: 32,
            index_elements: 4,
            min_pointers: 4,
            min_elements: 16,
            page_bits: PAGE_BITS,
        },
        ChunkIndexKind::BTreeV2 => {
            ChunkIndex::BTreeV2 { address, node_size: 2048, split_percent: 100, merge_percent: 40 }
        }
    }
}
