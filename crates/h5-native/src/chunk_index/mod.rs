//! Chunk indexes: from the coordinates of a chunk to its place in the file (specification III.A.1, III.A.2 and VII).

mod btree_v1;
mod btree_v2;
mod extensible_array;
mod fixed_array;
mod grid;

use std::ops::Range;

use h5_format::{ChunkElement, message};
use h5_types::{Address, ChunkIndexKind, Error, Result};

pub use self::grid::ChunkGrid;
pub(crate) use self::grid::{Next, for_each_coordinate};
use self::{
    btree_v1::BTreeV1Chunks, btree_v2::BTreeV2Chunks, extensible_array::ExtensibleArrayChunks,
    fixed_array::FixedArrayChunks,
};
use crate::Storage;

/// Where a chunk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkLocation {
    /// First byte.
    pub address: Address,
    /// Bytes in the file.
    pub stored_bytes: u64,
    /// Filters that the chunk did not pass: bit n for filter n. All bits are set for chunks that reach over the edge of a dataset
    /// that does not filter those.
    pub filter_mask: u32,
}

/// What is called with each chunk of a walk: its scaled coordinates and its place.
pub type ChunkVisitor<'v> = dyn FnMut(&[u64], ChunkLocation) -> Result<()> + 'v;

/// What a layout message says of how chunks are found, as users see it.
pub(crate) fn index_kind(index: &message::ChunkIndex) -> ChunkIndexKind {
    match index {
        message::ChunkIndex::BTreeV1 { .. } => ChunkIndexKind::BTreeV1,
        message::ChunkIndex::Single { .. } => ChunkIndexKind::Single,
        message::ChunkIndex::Implicit { .. } => ChunkIndexKind::Implicit,
        message::ChunkIndex::FixedArray { .. } => ChunkIndexKind::FixedArray,
        message::ChunkIndex::ExtensibleArray { .. } => ChunkIndexKind::ExtensibleArray,
        message::ChunkIndex::BTreeV2 { .. } => ChunkIndexKind::BTreeV2,
    }
}

/// An opened chunk index. Holds the decoded header; may be shared by threads.
#[derive(Debug)]
pub struct ChunkIndex {
    grid: ChunkGrid,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Nothing is allocated: no chunk is there.
    Empty,
    BTreeV1(BTreeV1Chunks),
    Single(ChunkLocation),
    Implicit(Address),
    FixedArray(FixedArrayChunks),
    ExtensibleArray(ExtensibleArrayChunks),
    BTreeV2(BTreeV2Chunks),
}

impl ChunkIndex {
    /// Opens an index: reads its header, if it has one.
    ///
    /// # Errors
    /// `Format` if the header is invalid or does not go with the dataset, `Limit`, `Io`.
    pub fn open(storage: &Storage, grid: ChunkGrid, parameters: message::ChunkIndex) -> Result<Self> {
        use message::ChunkIndex as P;
        let (P::BTreeV1 { address }
        | P::Single { address, .. }
        | P::Implicit { address }
        | P::FixedArray { address, .. }
        | P::ExtensibleArray { address, .. }
        | P::BTreeV2 { address, .. }) = parameters;
        let Some(address) = address else { return Ok(Self { grid, kind: Kind::Empty }) };
        let kind = match parameters {
            P::BTreeV1 { .. } => Kind::BTreeV1(BTreeV1Chunks::new(address)),
            P::Single { filtered, .. } => {
                let (stored_bytes, filter_mask) = filtered.unwrap_or((grid.chunk_bytes(), 0));
                Kind::Single(ChunkLocation { address, stored_bytes, filter_mask })
            }
            P::Implicit { .. } => Kind::Implicit(address),
            P::FixedArray { .. } => Kind::FixedArray(FixedArrayChunks::open(storage, address, &grid)?),
            P::ExtensibleArray { .. } => {
                Kind::ExtensibleArray(ExtensibleArrayChunks::open(storage, address, &grid)?)
            }
            P::BTreeV2 { .. } => Kind::BTreeV2(BTreeV2Chunks::open(storage, address, &grid)?),
        };
        Ok(Self { grid, kind })
    }

    /// The dataset's shape in chunks.
    pub fn grid(&self) -> &ChunkGrid {
        &self.grid
    }

    /// The chunk with these scaled coordinates (offset of its first element divided by the chunk's shape), found in O(log n) reads.
    /// `None` if it was never written or lies outside the dataset.
    ///
    /// # Errors
    /// `Usage` if there is not one coordinate a dimension; `Format` if a structure on the way is invalid; `Limit`, `Io`.
    pub fn lookup(&self, storage: &Storage, scaled: &[u64]) -> Result<Option<ChunkLocation>> {
        if scaled.len() != self.grid.rank() {
            let (found, rank) = (scaled.len(), self.grid.rank());
            return Err(Error::usage(format!("{found} chunk coordinates in {rank} dimensions")));
        }
        Ok(self.lookup_stored(storage, scaled)?.map(|location| self.finish(scaled, location)))
    }

    /// As [`ChunkIndex::lookup`], with the filter mask as it is stored.
    pub(crate) fn lookup_stored(&self, storage: &Storage, scaled: &[u64]) -> Result<Option<ChunkLocation>> {
        if !self.grid.contains(scaled) {
            return Ok(None);
        }
        Ok(match &self.kind {
            Kind::Empty => None,
            Kind::BTreeV1(index) => index.lookup(storage, &self.grid, scaled)?,
            Kind::Single(location) => Some(*location),
            Kind::Implicit(first) => Some(self.implicit(storage, *first, scaled)?),
            Kind::FixedArray(index) => index.lookup(storage, &self.grid, scaled)?,
            Kind::ExtensibleArray(index) => index.lookup(storage, &self.grid, scaled)?,
            Kind::BTreeV2(index) => index.lookup(storage, &self.grid, scaled)?,
        })
    }

    /// Shows all chunks that were written and whose scaled coordinates lie in the ranges, one range a dimension, in the index's own
    /// order. Each block of the index is read once.
    ///
    /// # Errors
    /// As [`ChunkIndex::lookup`]; whatever `visit` reports.
    pub fn for_each_in(
        &self,
        storage: &Storage,
        ranges: &[Range<u64>],
        visit: &mut ChunkVisitor<'_>,
    ) -> Result<()> {
        if ranges.len() != self.grid.rank() {
            let (found, rank) = (ranges.len(), self.grid.rank());
            return Err(Error::usage(format!("{found} ranges of chunks in {rank} dimensions")));
        }
        self.for_each_stored_in(storage, ranges, &mut |scaled, location| {
            visit(scaled, self.finish(scaled, location))
        })
    }

    /// As [`ChunkIndex::for_each_in`], with filter masks as they are stored. There is one range a dimension.
    pub(crate) fn for_each_stored_in(
        &self,
        storage: &Storage,
        ranges: &[Range<u64>],
        visit: &mut ChunkVisitor<'_>,
    ) -> Result<()> {
        let ranges = self.grid.clip(ranges);
        if ranges.iter().any(Range::is_empty) {
            return Ok(());
        }
        match &self.kind {
            Kind::Empty => Ok(()),
            Kind::BTreeV1(index) => index.for_each_in(storage, &self.grid, &ranges, visit),
            Kind::Single(location) => visit(&vec![0; self.grid.rank()], *location),
            Kind::Implicit(first) => grid::for_each_coordinate(&ranges, &mut |scaled| {
                visit(scaled, self.implicit(storage, *first, scaled)?)?;
                Ok(grid::Next::One)
            }),
            Kind::FixedArray(index) => index.for_each_in(storage, &self.grid, &ranges, visit),
            Kind::ExtensibleArray(index) => index.for_each_in(storage, &self.grid, &ranges, visit),
            Kind::BTreeV2(index) => index.for_each_in(storage, &self.grid, &ranges, visit),
        }
    }

    /// As [`ChunkIndex::for_each_in`], for all chunks of the dataset.
    ///
    /// # Errors
    /// As [`ChunkIndex::for_each_in`].
    pub fn for_each(&self, storage: &Storage, visit: &mut ChunkVisitor<'_>) -> Result<()> {
        let all: Vec<Range<u64>> = (0..self.grid.rank()).map(|_| 0..u64::MAX).collect();
        self.for_each_in(storage, &all, visit)
    }

    /// Chunks of an implicit index lie one after the other, in row-major order of the largest dataset (VII.B).
    fn implicit(&self, storage: &Storage, first: Address, scaled: &[u64]) -> Result<ChunkLocation> {
        let stored_bytes = self.grid.chunk_bytes();
        let address = self
            .grid
            .linear_index(scaled)
            .and_then(|index| index.checked_mul(stored_bytes)?.checked_add(first.0))
            .filter(|address| address.checked_add(stored_bytes).is_some_and(|end| end <= storage.length()));
        let address = address.ok_or_else(|| {
            Error::format(format!("the chunk at {scaled:?} lies past the end of the file"))
                .in_structure("implicit chunk index", "VII.B")
                .at_address(first.0)
        })?;
        Ok(ChunkLocation { address: Address(address), stored_bytes, filter_mask: 0 })
    }

    fn finish(&self, scaled: &[u64], location: ChunkLocation) -> ChunkLocation {
        if self.grid.is_partial_and_unfiltered(scaled) {
            return ChunkLocation { filter_mask: u32::MAX, ..location };
        }
        location
    }
}

/// The place that an element of an array of chunks names.
fn location_of(element: ChunkElement, grid: &ChunkGrid) -> ChunkLocation {
    let (stored_bytes, filter_mask) = element.filtered.unwrap_or((grid.chunk_bytes(), 0));
    ChunkLocation { address: element.address, stored_bytes, filter_mask }
}
