use h5_types::Address;

use super::super::Context;
use crate::{Fault, Reader, Result, Sizes, Writer};

/// Layout in chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkedLayout {
    /// Version of the message; the records of chunk indexes depend on it.
    pub version: u8,
    /// Whether chunks that reach over the dataset's edge are not filtered (version 4 on, flag 0).
    pub partial_edge_chunks_unfiltered: bool,
    /// Shape of a chunk in elements, slowest-varying first; none is zero. Without the size of the element.
    pub chunk_dimensions: Vec<u64>,
    /// Bytes of an element, as stored after the dimensions.
    pub element_size: u64,
    /// How chunks are found.
    pub index: ChunkIndex,
}

/// How chunks are found; the address is `None` where no index is allocated yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkIndex {
    /// Version 1 B-tree (message versions 1 to 3).
    BTreeV1 {
        /// Root node.
        address: Option<Address>,
    },
    /// Type 1: one chunk.
    Single {
        /// The chunk.
        address: Option<Address>,
        /// Stored bytes and filter mask, if the chunk is filtered.
        filtered: Option<(u64, u32)>,
    },
    /// Type 2: all chunks in place.
    Implicit {
        /// The first chunk.
        address: Option<Address>,
    },
    /// Type 3: fixed array.
    FixedArray {
        /// Header.
        address: Option<Address>,
        /// Bits that number the elements of a page.
        page_bits: u8,
    },
    /// Type 4: extensible array.
    ExtensibleArray {
        /// Header.
        address: Option<Address>,
        /// Bits that number all elements.
        max_bits: u8,
        /// Elements in the index block.
        index_elements: u8,
        /// Least number of data block pointers of a secondary block.
        min_pointers: u8,
        /// Least number of elements of a data block.
        min_elements: u8,
        /// Bits that number the elements of a page.
        page_bits: u8,
    },
    /// Type 5: version 2 B-tree.
    BTreeV2 {
        /// Header.
        address: Option<Address>,
        /// Bytes of a node.
        node_size: u32,
        /// Fullness above which a node is split, in percent.
        split_percent: u8,
        /// Fullness below which nodes are merged, in percent.
        merge_percent: u8,
    },
}

pub(super) fn decode_v3(mut reader: Reader<'_>, context: Context<'_>) -> Result<ChunkedLayout> {
    let rank = reader.u8()?;
    let index = ChunkIndex::BTreeV1 { address: reader.address(context.sizes)? };
    let (chunk_dimensions, element_size) = decode_dimensions(&mut reader, rank, 4, context)?;
    Ok(ChunkedLayout {
        version: 3,
        partial_edge_chunks_unfiltered: false,
        chunk_dimensions,
        element_size,
        index,
    })
}

/// Versions 4 and 5.
///
/// ```text
/// | flags | rank | width | dimensions (width each) | index type | its parameters | address (O) |
/// ```
pub(super) fn decode_v4(mut reader: Reader<'_>, version: u8, context: Context<'_>) -> Result<ChunkedLayout> {
    let flags = reader.u8()?;
    if flags > 3 {
        return Err(reader.bad_value("flags", flags, "0 to 3"));
    }
    let rank = reader.u8()?;
    let width = reader.u8()?;
    if !(1..=8).contains(&width) {
        return Err(reader.bad_value("dimension_size_encoded_length", width, "1 to 8"));
    }
    let (chunk_dimensions, element_size) = decode_dimensions(&mut reader, rank, width, context)?;
    let index = decode_index(&mut reader, flags, context)?;
    Ok(ChunkedLayout {
        version,
        partial_edge_chunks_unfiltered: flags & 1 != 0,
        chunk_dimensions,
        element_size,
        index,
    })
}

fn decode_index(reader: &mut Reader<'_>, flags: u8, context: Context<'_>) -> Result<ChunkIndex> {
    let sizes = context.sizes;
    Ok(match reader.u8()? {
        1 => {
            let filtered = if flags & 2 != 0 { Some((reader.length(sizes)?, reader.u32()?)) } else { None };
            ChunkIndex::Single { address: reader.address(sizes)?, filtered }
        }
        2 => ChunkIndex::Implicit { address: reader.address(sizes)? },
        3 => {
            let page_bits = reader.u8()?;
            ChunkIndex::FixedArray { address: reader.address(sizes)?, page_bits }
        }
        4 => {
            let [max_bits, index_elements, min_pointers, min_elements, page_bits] =
                [reader.u8()?, reader.u8()?, reader.u8()?, reader.u8()?, reader.u8()?];
            let address = reader.address(sizes)?;
            ChunkIndex::ExtensibleArray {
                address,
                max_bits,
                index_elements,
                min_pointers,
                min_elements,
                page_bits,
            }
        }
        5 => {
            let (node_size, split_percent, merge_percent) = (reader.u32()?, reader.u8()?, reader.u8()?);
            ChunkIndex::BTreeV2 { address: reader.address(sizes)?, node_size, split_percent, merge_percent }
        }
        other => return Err(reader.bad_value("chunk_indexing_type", other, "1 to 5")),
    })
}

/// The chunk's dimensions, then the size of an element, `stored_rank` numbers in all.
pub(super) fn decode_dimensions(
    reader: &mut Reader<'_>,
    stored_rank: u8,
    width: u8,
    context: Context<'_>,
) -> Result<(Vec<u64>, u64)> {
    let Some(rank) = stored_rank.checked_sub(1).map(usize::from).filter(|&rank| rank > 0) else {
        return Err(reader.bad_value("dimensionality", stored_rank, "at least 2"));
    };
    if rank > context.limits.rank {
        let limit = u64::try_from(context.limits.rank).unwrap_or(u64::MAX);
        let found = u64::from(stored_rank).saturating_sub(1);
        return Err(reader.error(Fault::Limit { field: "dimensionality", found, limit }));
    }
    let mut dimensions = Vec::with_capacity(rank);
    let mut bytes = 1_u64;
    let mut next = |field| {
        let value = reader.uint(usize::from(width))?;
        if value == 0 {
            return Err(reader.bad_value(field, value, "at least 1"));
        }
        bytes = bytes
            .checked_mul(value)
            .ok_or_else(|| reader.bad_value(field, value, "a chunk of less than 2^64 bytes"))?;
        Ok(value)
    };
    for _ in 0..rank {
        dimensions.push(next("chunk_dimension")?);
    }
    let element_size = next("dataset_element_size")?;
    Ok((dimensions, element_size))
}

/// What follows the layout class.
pub(super) fn encode(writer: &mut Writer<'_>, layout: &ChunkedLayout, sizes: Sizes) -> Result<()> {
    let numbers = || layout.chunk_dimensions.iter().chain([&layout.element_size]);
    let bytes = numbers().try_fold(1_u64, |bytes, &number| bytes.checked_mul(number));
    if layout.chunk_dimensions.is_empty() || bytes.is_none_or(|bytes| bytes == 0) {
        return Err(
            writer.unencodable("chunk_dimension", "sizes of at least 1, and a chunk of less than 2^64 bytes")
        );
    }
    let stored_rank = layout.chunk_dimensions.len().saturating_add(1);
    if layout.version < 4 {
        let ChunkIndex::BTreeV1 { address } = layout.index else {
            return Err(writer.unencodable("chunk_indexing_type", "a version 1 B-tree before version 4"));
        };
        if layout.partial_edge_chunks_unfiltered {
            return Err(writer.unencodable("flags", "partial edge chunks filtered before version 4"));
        }
        writer.count("dimensionality", stored_rank, 1)?;
        writer.optional_address("address", address, sizes)?;
        return numbers().try_for_each(|&number| writer.uint("chunk_dimension", number, 4));
    }
    let is_single_filtered = matches!(layout.index, ChunkIndex::Single { filtered: Some(_), .. });
    writer.u8(u8::from(layout.partial_edge_chunks_unfiltered) | u8::from(is_single_filtered) << 1);
    writer.count("dimensionality", stored_rank, 1)?;
    // As few bytes as hold the largest of the numbers.
    let width = numbers().map(|number| u64::BITS.saturating_sub(number.leading_zeros()).div_ceil(8)).max();
    let width = usize::try_from(width.unwrap_or(8)).unwrap_or(8);
    writer.count("dimension_size_encoded_length", width, 1)?;
    numbers().try_for_each(|&number| writer.uint("chunk_dimension", number, width))?;
    encode_index(writer, layout.index, sizes)
}

/// The type of the index, its parameters, its address.
fn encode_index(writer: &mut Writer<'_>, index: ChunkIndex, sizes: Sizes) -> Result<()> {
    let address = match index {
        ChunkIndex::BTreeV1 { .. } => {
            return Err(writer.unencodable("chunk_indexing_type", "no version 1 B-tree from version 4 on"));
        }
        ChunkIndex::Single { address, filtered } => {
            writer.u8(1);
            if let Some((size, filter_mask)) = filtered {
                writer.length("size_of_filtered_chunk", size, sizes)?;
                writer.u32(filter_mask);
            }
            address
        }
        ChunkIndex::Implicit { address } => {
            writer.u8(2);
            address
        }
        ChunkIndex::FixedArray { address, page_bits } => {
            writer.put(&[3, page_bits]);
            address
        }
        ChunkIndex::ExtensibleArray {
            address,
            max_bits,
            index_elements,
            min_pointers,
            min_elements,
            page_bits,
        } => {
            writer.put(&[4, max_bits, index_elements, min_pointers, min_elements, page_bits]);
            address
        }
        ChunkIndex::BTreeV2 { address, node_size, split_percent, merge_percent } => {
            writer.u8(5);
            writer.u32(node_size);
            writer.put(&[split_percent, merge_percent]);
            address
        }
    };
    writer.optional_address("address", address, sizes)
}
