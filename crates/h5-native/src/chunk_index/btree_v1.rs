use std::ops::Range;

use h5_format::btree_v1::{BTreeV1Node, BTreeV1Type, ChunkKey};
use h5_types::{Address, Error, Result};

use super::grid::may_lie_between;
use super::{ChunkGrid, ChunkLocation, ChunkVisitor};
use crate::Storage;
use crate::btree_v1::NodeBlock;
use crate::walk::{Budget, at};

/// Chunks in a version 1 B-tree (specification III.A.1).
#[derive(Debug)]
pub(super) struct BTreeV1Chunks {
    root: Address,
}

/// One walk over the tree.
struct Walk<'a, 'v> {
    storage: &'a Storage,
    grid: &'a ChunkGrid,
    ranges: &'a [Range<u64>],
    visit: &'a mut ChunkVisitor<'v>,
    budget: Budget,
}

impl BTreeV1Chunks {
    pub(super) fn new(root: Address) -> Self {
        Self { root }
    }

    pub(super) fn lookup(
        &self,
        storage: &Storage,
        grid: &ChunkGrid,
        scaled: &[u64],
    ) -> Result<Option<ChunkLocation>> {
        let node_type = BTreeV1Type::Chunks { rank: grid.rank() };
        let (mut address, mut level) = (self.root, None);
        let mut key = vec![0; grid.rank()];
        loop {
            let block = NodeBlock::read(storage, address, node_type, level)?;
            let node = block.node()?;
            // The last child whose key does not come after the chunk. The key after the last child is not needed, and not trusted.
            let (mut low, mut high) = (0, node.len());
            while low < high {
                let middle = low.midpoint(high);
                scaled_key(&node, middle, grid, &mut key).map_err(|error| error.at_address(address.0))?;
                if key.as_slice() <= scaled {
                    low = middle.saturating_add(1);
                } else {
                    high = middle;
                }
            }
            let Some(index) = low.checked_sub(1) else { return Ok(None) };
            let child = node.child(index).map_err(at(address))?;
            match node.header().node_level.checked_sub(1) {
                Some(below) => (address, level) = (child, Some(below)),
                None => {
                    let entry = leaf_key(&node, index, grid, &mut key)
                        .map_err(|error| error.at_address(address.0))?;
                    return Ok((key == scaled).then(|| location(child, entry)));
                }
            }
        }
    }

    pub(super) fn for_each_in(
        &self,
        storage: &Storage,
        grid: &ChunkGrid,
        ranges: &[Range<u64>],
        visit: &mut ChunkVisitor<'_>,
    ) -> Result<()> {
        let budget = Budget::new(storage);
        Walk { storage, grid, ranges, visit, budget }.node(self.root, None)
    }
}

impl Walk<'_, '_> {
    fn node(&mut self, address: Address, level: Option<u8>) -> Result<()> {
        let node_type = BTreeV1Type::Chunks { rank: self.grid.rank() };
        let block = NodeBlock::read(self.storage, address, node_type, level)?;
        self.budget.visit(address, block.len())?;
        let node = block.node()?;
        let below = node.header().node_level.checked_sub(1);
        let mut key = vec![0; self.grid.rank()];
        let mut next = key.clone();
        for index in 0..node.len() {
            let here = |error: Error| error.at_address(address.0);
            let Some(below) = below else {
                let entry = leaf_key(&node, index, self.grid, &mut key).map_err(here)?;
                if key.iter().zip(self.ranges).all(|(coordinate, range)| range.contains(coordinate)) {
                    (self.visit)(&key, location(node.child(index).map_err(at(address))?, entry))?;
                }
                continue;
            };
            scaled_key(&node, index, self.grid, &mut key).map_err(here)?;
            let after = index.saturating_add(1);
            let is_last = after == node.len();
            if !is_last {
                scaled_key(&node, after, self.grid, &mut next).map_err(here)?;
            }
            if may_lie_between(Some(&key), (!is_last).then_some(&next), self.ranges) {
                self.node(node.child(index).map_err(at(address))?, Some(below))?;
            }
        }
        Ok(())
    }
}

fn location(address: Address, key: ChunkKey) -> ChunkLocation {
    let stored_bytes = u64::from(key.stored_bytes);
    ChunkLocation { address, stored_bytes, filter_mask: key.filter_mask }
}

/// The key of a chunk, in chunks.
///
/// # Errors
/// The key is no multiple of the chunk's shape.
fn leaf_key(node: &BTreeV1Node<'_>, index: usize, grid: &ChunkGrid, key: &mut [u64]) -> Result<ChunkKey> {
    let entry = node.chunk_key(index, key)?;
    for (coordinate, &chunk) in key.iter_mut().zip(grid.chunk_dimensions()) {
        if coordinate.checked_rem(chunk) != Some(0) {
            let message = format!("a chunk begins at {coordinate}, which is no multiple of {chunk}");
            return Err(Error::format(message).in_structure("B-tree v1 node", "III.A.1"));
        }
        *coordinate = coordinate.checked_div(chunk).unwrap_or(0);
    }
    Ok(entry)
}

/// A key that only separates children, in chunks, rounded down.
fn scaled_key(node: &BTreeV1Node<'_>, index: usize, grid: &ChunkGrid, key: &mut [u64]) -> Result<()> {
    node.chunk_key(index, key)?;
    for (coordinate, &chunk) in key.iter_mut().zip(grid.chunk_dimensions()) {
        *coordinate = coordinate.checked_div(chunk).unwrap_or(0);
    }
    Ok(())
}
