//! Changes of version 1 B-trees of chunks (specification III.A.1).

use h5_types::{Address, Error, Result};

use super::{Applied, Change};
use crate::chunk_index::{ChunkGrid, ChunkLocation};
use crate::write::btree_v1_chunks::{self, ChunkChange, ChunkTreeShape, StoredChunk};
use crate::write::session::Session;

/// Makes changes to the tree whose root is at `root`, or to a new one. Returns its root, if chunks are left.
///
/// # Errors
/// `Format`, `Io`, `Limit`.
pub(super) fn apply(
    session: &mut Session,
    grid: &ChunkGrid,
    root: Option<Address>,
    changes: &[Change<'_>],
) -> Result<(Option<Address>, Applied)> {
    let mut listed = Vec::with_capacity(changes.len());
    for change in changes {
        let pairs = change.scaled.iter().zip(grid.chunk_dimensions());
        let offset: Option<Vec<u64>> = pairs.map(|(&at, &chunk)| at.checked_mul(chunk)).collect();
        let offset = offset.ok_or_else(|| Error::limit("a chunk beyond what 64 bits count"))?;
        listed.push(ChunkChange { offset, chunk: change.place.map(stored).transpose()? });
    }
    let (root, gone) = btree_v1_chunks::apply(session, root, &shape(session, grid), &listed)?;
    let replaced = gone.into_iter().map(|chunk| ChunkLocation {
        address: chunk.address,
        stored_bytes: u64::from(chunk.stored_bytes),
        filter_mask: chunk.filter_mask,
    });
    Ok((root, Applied { replaced: replaced.collect() }))
}

/// Gives back all nodes of a tree.
///
/// # Errors
/// `Format`, `Io`; nothing has changed then.
pub(super) fn release(session: &mut Session, grid: &ChunkGrid, root: Address) -> Result<()> {
    btree_v1_chunks::delete(session, root, &shape(session, grid)).map(|_| ())
}

fn shape(session: &Session, grid: &ChunkGrid) -> ChunkTreeShape {
    let elements = grid.chunk_dimensions().iter().fold(1_u64, |product, &size| product.saturating_mul(size));
    ChunkTreeShape {
        chunk_dimensions: grid.chunk_dimensions().to_vec(),
        element_bytes: grid.chunk_bytes().checked_div(elements).unwrap_or(1),
        k: session.core().b_tree_k_values().indexed_storage_internal_node_k,
    }
}

fn stored(place: ChunkLocation) -> Result<StoredChunk> {
    let too_long = |_| Error::limit("a chunk of more bytes than a version 1 B-tree can tell");
    let stored_bytes = u32::try_from(place.stored_bytes).map_err(too_long)?;
    Ok(StoredChunk { address: place.address, stored_bytes, filter_mask: place.filter_mask })
}
