//! Changes of version 1 B-trees of chunks (specification III.A.1), applied in batches.
//!
//! The nodes on the way to the changes are loaded, changed in memory, and written once at the end, to new places. Of nodes beside those only
//! the sibling addresses change, which no reader follows: they are patched after the commit.

mod edit;
mod siblings;
#[cfg(test)]
mod tests;

use h5_format::btree_v1::{BTreeV1Node, BTreeV1NodeHeader, BTreeV1Type, ChunkKey};
use h5_types::{Address, Error, Result};

use self::edit::{Child, Editor, Node};
use self::siblings::Siblings;
use super::session::Session;
use crate::btree_v1::NodeBlock;
use crate::walk::{Budget, at};

/// What all nodes of a tree have in common.
#[derive(Debug, Clone)]
pub(crate) struct ChunkTreeShape {
    /// Shape of a chunk, in elements.
    pub(crate) chunk_dimensions: Vec<u64>,
    /// Bytes of an element.
    pub(crate) element_bytes: u64,
    /// Half of the children that a node has room for; 32 unless the superblock says otherwise.
    pub(crate) k: u16,
}

/// A chunk in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredChunk {
    /// Where it is.
    pub(crate) address: Address,
    /// Its bytes there.
    pub(crate) stored_bytes: u32,
    /// Filters that were left out.
    pub(crate) filter_mask: u32,
}

/// One change: the place of a chunk, in elements, and what is there now. Sorted changes are the fastest, but any order does.
#[derive(Debug, Clone)]
pub(crate) struct ChunkChange {
    /// The chunk's first element.
    pub(crate) offset: Vec<u64>,
    /// The chunk, new or in the place of another; `None` if it goes.
    pub(crate) chunk: Option<StoredChunk>,
}

impl ChunkTreeShape {
    fn node_type(&self) -> BTreeV1Type {
        BTreeV1Type::Chunks { rank: self.chunk_dimensions.len() }
    }

    /// Children that a node has room for.
    fn most(&self) -> usize {
        usize::from(self.k).saturating_mul(2)
    }

    /// A key after a chunk, as the library writes it at the end of the last node of each level.
    fn bound_after(&self, offset: &[u64]) -> Vec<u64> {
        let ends = offset.iter().zip(&self.chunk_dimensions).map(|(&at, &chunk)| at.saturating_add(chunk));
        ends.chain([self.element_bytes]).collect()
    }
}

/// Makes changes to the tree with the root node at `root`, or to a new one. Returns where the root node is now (`None` if no chunk is
/// left), and the chunks that are not in the tree any more.
///
/// # Errors
/// `NotFound` if a chunk that goes is not there, `Format` and `Io` of nodes on the way, `Limit` if the file is full. Nothing has changed
/// then, unless the file is full.
pub(crate) fn apply(
    session: &mut Session,
    root: Option<Address>,
    shape: &ChunkTreeShape,
    changes: &[ChunkChange],
) -> Result<(Option<Address>, Vec<StoredChunk>)> {
    if changes.is_empty() {
        return Ok((root, Vec::new()));
    }
    let node_bytes = BTreeV1NodeHeader::full_bytes(shape.node_type(), shape.k, session.sizes())?;
    let mut editor = Editor::new(session.core().storage(), shape);
    let mut tree = editor.root(root)?;
    for change in changes {
        editor.change(&mut tree, change)?;
    }
    let gone = editor.gone;
    let mut siblings = Siblings::default();
    let is_empty = siblings.place(session, &mut tree, node_bytes)?;
    siblings.connect(session, node_bytes)?;
    if is_empty {
        return Ok((None, gone));
    }
    let old_bound = std::mem::replace(&mut tree.bound, NO_KEY);
    let rank = shape.chunk_dimensions.len();
    // A root whose chunks have all gone has zeros there, as has the offset of the first chunk.
    let bound = match tree.last_offset(rank) {
        Some(last) if old_bound.1.get(..rank).is_none_or(|old| old <= last) => {
            (NO_CHUNK, shape.bound_after(last))
        }
        _ => old_bound,
    };
    let address = write(session, shape, &siblings, &tree, &bound)?;
    Ok((Some(address), gone))
}

/// What a key says that is no chunk's.
const NO_CHUNK: ChunkKey = ChunkKey { stored_bytes: 0, filter_mask: 0 };
/// The key of a node that has none yet.
const NO_KEY: (ChunkKey, Vec<u64>) = (NO_CHUNK, Vec::new());

/// Writes a changed node and those below it. `bound` is the key after its last child.
fn write(
    session: &mut Session,
    shape: &ChunkTreeShape,
    siblings: &Siblings,
    node: &Node,
    bound: &(ChunkKey, Vec<u64>),
) -> Result<Address> {
    let address = node.stored.ok_or_else(|| Error::format("a B-tree node without a place"))?;
    if !node.changed {
        return Ok(address);
    }
    let (mut keys, mut children) = (Vec::new(), Vec::new());
    for (index, entry) in node.entries.iter().enumerate() {
        let next = node.entries.get(index.saturating_add(1)).map_or(bound, |entry| &entry.key);
        children.push(match &entry.child {
            Child::Chunk(address) | Child::Stored(address) => *address,
            Child::Loaded(child) => write(session, shape, siblings, child, next)?,
        });
        keys.push(entry.key.clone());
    }
    keys.push(bound.clone());
    let (left_sibling, right_sibling) = siblings.of(address);
    let too_many = |_| Error::limit("too many children of a B-tree node");
    let header = BTreeV1NodeHeader {
        node_level: node.level,
        entries_used: u16::try_from(children.len()).map_err(too_many)?,
        left_sibling,
        right_sibling,
    };
    let rank = shape.chunk_dimensions.len();
    let block = BTreeV1Node::encode_chunks(&header, rank, &keys, &children, shape.k, session.sizes())?;
    session.stage(address, block);
    Ok(address)
}

/// Gives back all nodes of a tree, and returns the chunks that were in it.
///
/// # Errors
/// `Format`, `Io`, `Limit` if the tree has no end; nothing has changed then.
pub(crate) fn delete(
    session: &mut Session,
    root: Address,
    shape: &ChunkTreeShape,
) -> Result<Vec<StoredChunk>> {
    let (storage, node_type) = (session.core().storage(), shape.node_type());
    let node_bytes = BTreeV1NodeHeader::full_bytes(node_type, shape.k, storage.sizes())?;
    let mut budget = Budget::new(storage);
    let (mut nodes, mut chunks, mut open) = (Vec::new(), Vec::new(), vec![(root, None)]);
    while let Some((address, level)) = open.pop() {
        let block = NodeBlock::read(storage, address, node_type, level)?;
        budget.visit(address, block.len())?;
        nodes.push(address);
        let node = block.node()?;
        let below = node.header().node_level.checked_sub(1);
        for index in 0..node.len() {
            let child = node.child(index).map_err(at(address))?;
            if below.is_some() {
                open.push((child, below));
                continue;
            }
            let key = node.chunk_key(index, &mut []).map_err(at(address))?;
            let (stored_bytes, filter_mask) = (key.stored_bytes, key.filter_mask);
            chunks.push(StoredChunk { address: child, stored_bytes, filter_mask });
        }
    }
    for address in nodes {
        session.free(address, node_bytes);
    }
    Ok(chunks)
}
