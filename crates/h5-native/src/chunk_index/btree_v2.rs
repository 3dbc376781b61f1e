use std::cmp::Ordering;
use std::ops::{ControlFlow, Range};

use h5_format::Sizes;
use h5_format::btree_v2::{BTreeV2Type, ChunkRecord};
use h5_types::{Address, Error, Result};

use super::grid::may_lie_between;
use super::{ChunkGrid, ChunkLocation, ChunkVisitor};
use crate::Storage;
use crate::btree_v2::{BTreeV2, RecordQuery};

/// Chunks in a version 2 B-tree (specification III.A.2, types 10 and 11).
#[derive(Debug)]
pub(super) struct BTreeV2Chunks {
    tree: BTreeV2,
    chunk_size_bytes: Option<usize>,
}

impl BTreeV2Chunks {
    pub(super) fn open(storage: &Storage, address: Address, grid: &ChunkGrid) -> Result<Self> {
        let sizes = storage.sizes();
        let chunk_size_bytes = grid.chunk_size_bytes(sizes);
        let expected = if grid.is_filtered() { BTreeV2Type::ChunksFiltered } else { BTreeV2Type::Chunks };
        let tree = BTreeV2::open(storage, address, &[expected])?;
        let coordinates = grid.rank().saturating_mul(8);
        let needed = grid.element_format(sizes).bytes().saturating_add(coordinates);
        let found = tree.header().record_size;
        if usize::from(found) != needed {
            let message = format!("records of {found} bytes, expected {needed}");
            return Err(Error::format(message)
                .in_structure("B-tree v2 header", "III.A.2")
                .at_address(address.0));
        }
        Ok(Self { tree, chunk_size_bytes })
    }

    pub(super) fn lookup(
        &self,
        storage: &Storage,
        grid: &ChunkGrid,
        scaled: &[u64],
    ) -> Result<Option<ChunkLocation>> {
        let ranges: Vec<Range<u64>> = scaled.iter().map(|&c| c..c.saturating_add(1)).collect();
        let mut found = None;
        self.for_each_in(storage, grid, &ranges, &mut |_, location| {
            found = Some(location);
            Ok(())
        })?;
        Ok(found)
    }

    pub(super) fn for_each_in(
        &self,
        storage: &Storage,
        grid: &ChunkGrid,
        ranges: &[Range<u64>],
        visit: &mut ChunkVisitor<'_>,
    ) -> Result<()> {
        let mut query = ChunkQuery {
            chunk_bytes: grid.chunk_bytes(),
            chunk_size_bytes: self.chunk_size_bytes,
            sizes: storage.sizes(),
            ranges,
            scaled: vec![0; grid.rank()],
            neighbour: vec![0; grid.rank()],
            visit,
        };
        self.tree.visit(storage, &mut query)
    }
}

/// All chunks in a box.
struct ChunkQuery<'a, 'v> {
    chunk_bytes: u64,
    chunk_size_bytes: Option<usize>,
    sizes: Sizes,
    ranges: &'a [Range<u64>],
    /// Coordinates of the record decoded last.
    scaled: Vec<u64>,
    neighbour: Vec<u64>,
    visit: &'a mut ChunkVisitor<'v>,
}

impl ChunkQuery<'_, '_> {
    fn decode(&mut self, record: &[u8]) -> Result<ChunkRecord> {
        Ok(ChunkRecord::decode(record, self.sizes, self.chunk_size_bytes, &mut self.scaled)?)
    }
}

impl RecordQuery for ChunkQuery<'_, '_> {
    fn position(&mut self, record: &[u8]) -> Result<Ordering> {
        self.decode(record)?;
        // Against the first and the last corner of the box, in row-major order; what lies between may still be outside of it.
        if self.scaled.iter().lt(self.ranges.iter().map(|range| &range.start)) {
            return Ok(Ordering::Less);
        }
        let last = self.ranges.iter().map(|range| range.end.saturating_sub(1));
        Ok(if self.scaled.iter().copied().gt(last) { Ordering::Greater } else { Ordering::Equal })
    }

    fn descends(&mut self, before: Option<&[u8]>, after: Option<&[u8]>) -> Result<bool> {
        if let Some(after) = after {
            self.decode(after)?;
            std::mem::swap(&mut self.scaled, &mut self.neighbour);
        }
        if let Some(before) = before {
            self.decode(before)?;
        }
        let low = before.map(|_| self.scaled.as_slice());
        let high = after.map(|_| self.neighbour.as_slice());
        Ok(may_lie_between(low, high, self.ranges))
    }

    fn visit(&mut self, record: &[u8]) -> Result<ControlFlow<()>> {
        let record = self.decode(record)?;
        let is_inside = self.scaled.iter().zip(self.ranges).all(|(c, range)| range.contains(c));
        if let Some(address) = record.address.filter(|_| is_inside) {
            let (stored_bytes, filter_mask) = record.filtered.unwrap_or((self.chunk_bytes, 0));
            (self.visit)(&self.scaled, ChunkLocation { address, stored_bytes, filter_mask })?;
        }
        Ok(ControlFlow::Continue(()))
    }
}
