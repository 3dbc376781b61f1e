//! Searching, inserting and removing in memory.

use h5_format::btree_v1::ChunkKey;
use h5_types::{Address, Error, Result};

use super::{ChunkChange, ChunkTreeShape, NO_KEY, StoredChunk};
use crate::Storage;
use crate::btree_v1::NodeBlock;
use crate::walk::at;

/// A node that was loaded or is new.
#[derive(Debug)]
pub(super) struct Node {
    /// Where it is stored, or will be.
    pub(super) stored: Option<Address>,
    /// Whether it differs from that, or something below it does.
    pub(super) changed: bool,
    pub(super) level: u8,
    pub(super) left_sibling: Option<Address>,
    pub(super) right_sibling: Option<Address>,
    pub(super) entries: Vec<Entry>,
    /// The key after the last child.
    pub(super) bound: (ChunkKey, Vec<u64>),
}

/// A child, and the key of the first chunk in it: one number a dimension, and one in the bytes of an element.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: (ChunkKey, Vec<u64>),
    pub(super) child: Child,
}

#[derive(Debug)]
pub(super) enum Child {
    /// In leaves.
    Chunk(Address),
    /// A node that was not looked at yet.
    Stored(Address),
    /// A node in memory.
    Loaded(Box<Node>),
}

impl Node {
    fn new(level: u8, entries: Vec<Entry>) -> Self {
        Self {
            stored: None,
            changed: true,
            level,
            left_sibling: None,
            right_sibling: None,
            entries,
            bound: NO_KEY,
        }
    }

    /// A place that no chunk in or below the node comes after, as far as it is in memory: the last chunk itself, where it is.
    pub(super) fn last_offset(&self, rank: usize) -> Option<&[u64]> {
        let last = self.entries.last()?;
        match &last.child {
            Child::Loaded(child) => child.last_offset(rank),
            _ => last.key.1.get(..rank),
        }
    }
}

/// A tree that is being changed in memory. Nodes that lose all children stay, empty, until the end.
pub(super) struct Editor<'a> {
    storage: &'a Storage,
    shape: &'a ChunkTreeShape,
    /// Whether the chunk inserted last comes after all others of its level's last node.
    appended: bool,
    /// Chunks that are not in the tree any more.
    pub(super) gone: Vec<StoredChunk>,
}

impl<'a> Editor<'a> {
    pub(super) fn new(storage: &'a Storage, shape: &'a ChunkTreeShape) -> Self {
        Self { storage, shape, appended: false, gone: Vec::new() }
    }

    /// The root node, or an empty leaf.
    pub(super) fn root(&self, address: Option<Address>) -> Result<Node> {
        address.map_or_else(|| Ok(Node::new(0, Vec::new())), |address| self.load(address, None))
    }

    /// Makes one change.
    pub(super) fn change(&mut self, root: &mut Node, change: &ChunkChange) -> Result<()> {
        if change.offset.len() != self.shape.chunk_dimensions.len() {
            return Err(Error::usage("a chunk of another rank than its dataset"));
        }
        self.change_in(root, change)?;
        if root.entries.len() > self.shape.most() {
            let level = root.level.checked_add(1).ok_or_else(|| Error::limit("too many B-tree levels"))?;
            let mut new = Node::new(level, Vec::new());
            new.bound = root.bound.clone();
            let old = std::mem::replace(root, new);
            let key = old.entries.first().map(|entry| entry.key.clone()).unwrap_or(NO_KEY);
            root.entries.push(Entry { key, child: Child::Loaded(Box::new(old)) });
            self.split(root, 0)?;
        }
        Ok(())
    }

    fn change_in(&mut self, node: &mut Node, change: &ChunkChange) -> Result<()> {
        let rank = change.offset.len();
        let after = node.entries.partition_point(|entry| {
            entry.key.1.get(..rank).is_some_and(|offset| offset <= change.offset.as_slice())
        });
        if node.level == 0 {
            return self.change_leaf(node, after, change);
        }
        // What comes before the first child goes there too.
        let index = after.saturating_sub(1);
        let is_last = index.saturating_add(1) == node.entries.len();
        let child = self.child(node, index)?;
        self.change_in(child, change)?;
        let (count, first) = (child.entries.len(), child.entries.first().map(|entry| entry.key.clone()));
        node.changed = true;
        self.appended &= is_last;
        if let (Some(key), Some(entry)) = (first, node.entries.get_mut(index)) {
            entry.key = key;
        }
        if count > self.shape.most() {
            self.split(node, index)?;
        }
        Ok(())
    }

    fn change_leaf(&mut self, node: &mut Node, after: usize, change: &ChunkChange) -> Result<()> {
        let rank = change.offset.len();
        let before = after.checked_sub(1);
        let found = before.filter(|&index| {
            node.entries.get(index).and_then(|entry| entry.key.1.get(..rank)) == Some(&change.offset[..])
        });
        let new = change.chunk.map(|chunk| {
            let key = ChunkKey { stored_bytes: chunk.stored_bytes, filter_mask: chunk.filter_mask };
            let offset = change.offset.iter().copied().chain([0]).collect();
            Entry { key: (key, offset), child: Child::Chunk(chunk.address) }
        });
        let old = match (found, new) {
            (None, None) => return Err(Error::not_found("the B-tree has no such chunk")),
            (None, Some(new)) => {
                self.appended = after == node.entries.len();
                node.entries.insert(after, new);
                None
            }
            (Some(index), Some(new)) => {
                node.entries.get_mut(index).map(|entry| std::mem::replace(entry, new))
            }
            (Some(index), None) => Some(node.entries.remove(index)),
        };
        node.changed = true;
        if let Some(Entry { key: (key, _), child: Child::Chunk(address) }) = old {
            let (stored_bytes, filter_mask) = (key.stored_bytes, key.filter_mask);
            self.gone.push(StoredChunk { address, stored_bytes, filter_mask });
        }
        Ok(())
    }

    /// Splits child `index`, which has one child too many. Where chunks are appended, the left part stays full.
    fn split(&mut self, node: &mut Node, index: usize) -> Result<()> {
        let child = self.child(node, index)?;
        let count = child.entries.len();
        let left = if self.appended { count.saturating_sub(1) } else { count >> 1 };
        let mut right = Node::new(child.level, child.entries.split_off(left));
        child.changed = true;
        // Until it is written, a new node has the siblings of the one that it was a part of.
        right.right_sibling = child.right_sibling;
        let key = right.entries.first().map(|entry| entry.key.clone()).unwrap_or(NO_KEY);
        node.changed = true;
        let place = index.saturating_add(1);
        node.entries.insert(place, Entry { key, child: Child::Loaded(Box::new(right)) });
        Ok(())
    }

    fn child<'n>(&self, node: &'n mut Node, index: usize) -> Result<&'n mut Node> {
        let none = || Error::format("a B-tree node without the child that it should have");
        let level = node.level.checked_sub(1);
        let child = &mut node.entries.get_mut(index).ok_or_else(none)?.child;
        if let Child::Stored(address) = *child {
            *child = Child::Loaded(Box::new(self.load(address, level)?));
        }
        match child {
            Child::Loaded(child) => Ok(child),
            _ => Err(none()),
        }
    }

    fn load(&self, address: Address, level: Option<u8>) -> Result<Node> {
        let rank = self.shape.chunk_dimensions.len();
        let block = NodeBlock::read(self.storage, address, self.shape.node_type(), level)?;
        let stored = block.node()?;
        let header = stored.header();
        let key = |index| {
            let mut offset = vec![0; rank.saturating_add(1)];
            stored.chunk_key(index, &mut offset).map(|key| (key, offset)).map_err(at(address))
        };
        let mut entries = Vec::with_capacity(stored.len());
        for index in 0..stored.len() {
            let child = stored.child(index).map_err(at(address))?;
            let child = if header.node_level == 0 { Child::Chunk(child) } else { Child::Stored(child) };
            entries.push(Entry { key: key(index)?, child });
        }
        if entries.len() > self.shape.most() {
            return Err(Error::format("more children than a B-tree node has room for").at_address(address.0));
        }
        Ok(Node {
            stored: Some(address),
            changed: false,
            level: header.node_level,
            left_sibling: header.left_sibling,
            right_sibling: header.right_sibling,
            bound: key(stored.len())?,
            entries,
        })
    }
}
