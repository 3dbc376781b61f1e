use std::collections::BTreeMap;

use h5_format::btree_v1::{BTreeV1Node, BTreeV1NodeHeader, BTreeV1Type};
use h5_format::message::BTreeKValues;
use h5_format::symbol_table::{SymbolTableEntry, SymbolTableNode};
use h5_types::{Address, Error, Result};

use super::super::session::Session;
use super::super::space::SpaceKind;
use super::siblings::{Replaced, link_siblings};
use crate::btree_v1::NodeBlock;
use crate::heap::LocalHeapReader;
use crate::walk::at;

/// What becomes of a name: its new entry, or none.
pub(super) type EntryChange = (Vec<u8>, Option<SymbolTableEntry>);

/// A child of a node, and the offset of a name that none of its own comes after.
#[derive(Debug, Clone, Copy)]
pub(super) struct Child {
    pub(super) address: Address,
    pub(super) last_name: u64,
}

/// A node that is to be written.
#[derive(Debug)]
pub(super) struct NewNode {
    pub(super) address: Address,
    /// Offset of a name that comes before all of its own.
    pub(super) left_key: u64,
    pub(super) children: Vec<Child>,
}

/// Brings sorted changes into the B-tree of a group (III.A.1), whose root stays where it is. All other nodes are written elsewhere, unless
/// the last commit did not have them.
pub(super) struct TreeEdit<'a> {
    session: &'a mut Session,
    names: &'a LocalHeapReader,
    k: BTreeKValues,
    /// For each level below the root, what its nodes are replaced by, in the order of names.
    levels: BTreeMap<u8, Vec<Replaced>>,
    /// Entries that are gone.
    removed: Vec<SymbolTableEntry>,
}

impl<'a> TreeEdit<'a> {
    /// An edit of a tree whose names, old and new, are in this heap.
    pub(super) fn new(session: &'a mut Session, names: &'a LocalHeapReader) -> Self {
        let k = session.core().b_tree_k_values();
        Self { session, names, k, levels: BTreeMap::new(), removed: Vec::new() }
    }

    /// Makes the changes. `left_key` is the offset of the empty name. Returns the entries that are gone.
    ///
    /// # Errors
    /// `Format` if a node is damaged; `Limit`, `Io`.
    pub(super) fn apply(
        mut self,
        root: Address,
        left_key: u64,
        changes: &[EntryChange],
    ) -> Result<Vec<SymbolTableEntry>> {
        let mut level = {
            let block = NodeBlock::read(self.session.core().storage(), root, BTreeV1Type::Group, None)?;
            block.node()?.header().node_level
        };
        let mut children = self.children(root, Some(level), left_key, changes)?;
        while children.len() > self.node_capacity() {
            let new = self.nodes(None, left_key, &children)?;
            children = last_names(&new);
            self.levels.entry(level).or_default().push(Replaced { old: None, left: None, right: None, new });
            level = level.checked_add(1).ok_or_else(|| Error::limit("a B-tree of more than 255 levels"))?;
        }
        if children.is_empty() {
            level = 0;
        }
        for (level, replaced) in std::mem::take(&mut self.levels) {
            link_siblings(self.session, level, self.k.group_internal_node_k, replaced)?;
        }
        let root = NewNode { address: root, left_key, children };
        stage_node(self.session, &root, level, self.k.group_internal_node_k, None, None)?;
        Ok(self.removed)
    }

    /// Children of a node after the changes that concern it.
    fn children(
        &mut self,
        address: Address,
        level: Option<u8>,
        left_key: u64,
        changes: &[EntryChange],
    ) -> Result<Vec<Child>> {
        let (level, old) = self.read(address, level)?;
        let mut children: Vec<Child> = Vec::with_capacity(old.len());
        let mut next = 0_usize;
        let mut rest = changes;
        while let Some((name, _)) = rest.first() {
            let target = self.child_for(&old, next, name)?;
            children.extend(old.get(next..target).unwrap_or_default());
            let (mine, others) = match old.get(target) {
                Some(child) if target.saturating_add(1) < old.len() => {
                    let upper = self.text(child.last_name)?;
                    rest.split_at(rest.partition_point(|(name, _)| *name <= upper))
                }
                // The last child takes whatever comes after all keys.
                _ => (rest, &[][..]),
            };
            let left_key = children.last().map_or(left_key, |child| child.last_name);
            let changed = match (old.get(target), level.checked_sub(1)) {
                (child, None) => self.leaf(child.copied(), mine)?,
                (Some(child), Some(below)) => self.inner(child.address, below, left_key, mine)?,
                (None, Some(_)) => return Err(empty_inner_node(address)),
            };
            children.extend(changed);
            next = target.saturating_add(1);
            rest = others;
        }
        children.extend(old.get(next..).unwrap_or_default());
        Ok(children)
    }

    /// A node's level and children.
    fn read(&self, address: Address, level: Option<u8>) -> Result<(u8, Vec<Child>)> {
        let block = NodeBlock::read(self.session.core().storage(), address, BTreeV1Type::Group, level)?;
        let node = block.node()?;
        let mut children = Vec::with_capacity(node.len());
        for index in 0..node.len() {
            let last_name = node.group_key(index.saturating_add(1)).map_err(at(address))?;
            children.push(Child { address: node.child(index).map_err(at(address))?, last_name });
        }
        Ok((node.header().node_level, children))
    }

    /// The first child from `first` on whose names reach `name`, or the last one.
    fn child_for(&self, children: &[Child], first: usize, name: &[u8]) -> Result<usize> {
        let last = children.len().saturating_sub(1);
        let (mut low, mut high) = (first.min(last), last);
        while low < high {
            let middle = low.midpoint(high);
            let reaches = match children.get(middle) {
                Some(child) => self.text(child.last_name)?.as_slice() >= name,
                None => true,
            };
            if reaches {
                high = middle;
            } else {
                low = middle.saturating_add(1);
            }
        }
        Ok(low)
    }

    /// An inner node after the changes: what leads to the nodes in its place.
    fn inner(
        &mut self,
        address: Address,
        level: u8,
        left_key: u64,
        changes: &[EntryChange],
    ) -> Result<Vec<Child>> {
        let children = self.children(address, Some(level), left_key, changes)?;
        let (left, right) = super::siblings::of(self.session, address, level)?;
        let new = self.nodes(Some(address), left_key, &children)?;
        let result = last_names(&new);
        self.levels.entry(level).or_default().push(Replaced { old: Some(address), left, right, new });
        Ok(result)
    }

    /// As many nodes as children need, in the place of an old one.
    fn nodes(&mut self, old: Option<Address>, left_key: u64, children: &[Child]) -> Result<Vec<NewNode>> {
        let k = self.k.group_internal_node_k;
        let bytes = BTreeV1NodeHeader::full_bytes(BTreeV1Type::Group, k, self.session.sizes())?;
        let mut reused = self.reusable(old, bytes, children.is_empty());
        let mut left_key = left_key;
        let mut nodes = Vec::new();
        for part in even_parts(children, self.node_capacity()) {
            let address = match reused.take() {
                Some(address) => address,
                None => self.session.allocate(SpaceKind::Metadata, bytes)?,
            };
            nodes.push(NewNode { address, left_key, children: part.to_vec() });
            left_key = part.last().map_or(left_key, |child| child.last_name);
        }
        Ok(nodes)
    }

    /// The old block, if a new one may be written there; it is given back otherwise.
    fn reusable(&mut self, old: Option<Address>, bytes: u64, gone: bool) -> Option<Address> {
        let old = old?;
        if self.session.is_fresh(old) && !gone {
            return Some(old);
        }
        self.session.free(old, bytes);
        None
    }

    /// A symbol table node after the changes.
    fn leaf(&mut self, old: Option<Child>, changes: &[EntryChange]) -> Result<Vec<Child>> {
        let entries = match old {
            Some(child) => self.merge(child.address, changes)?,
            None => changes.iter().filter_map(|(_, entry)| entry.clone()).collect(),
        };
        let (k, sizes) = (self.k.group_leaf_node_k, self.session.sizes());
        let bytes = SymbolTableNode::full_bytes(k, sizes);
        let mut reused = self.reusable(old.map(|child| child.address), bytes, entries.is_empty());
        let mut children = Vec::new();
        for part in even_parts(&entries, usize::from(k).saturating_mul(2)) {
            let block = SymbolTableNode::encode(part, k, sizes)?;
            let address = match reused.take() {
                Some(address) => address,
                None => self.session.allocate(SpaceKind::Metadata, bytes)?,
            };
            self.session.stage(address, block);
            let last_name = part.last().map_or(0, |entry| entry.link_name_offset);
            children.push(Child { address, last_name });
        }
        Ok(children)
    }

    /// Entries of a node, with the changes.
    fn merge(&mut self, address: Address, changes: &[EntryChange]) -> Result<Vec<SymbolTableEntry>> {
        let mut merged = Vec::new();
        let mut changes = changes.iter().peekable();
        for entry in super::read_entries(self.session, address)? {
            let name = self.text(entry.link_name_offset)?;
            while let Some((_, new)) = changes.next_if(|(new, _)| *new < name) {
                merged.extend(new.clone());
            }
            match changes.next_if(|(new, _)| *new == name) {
                Some((_, new)) => {
                    self.removed.push(entry);
                    merged.extend(new.clone());
                }
                None => merged.push(entry),
            }
        }
        merged.extend(changes.filter_map(|(_, new)| new.clone()));
        Ok(merged)
    }

    fn text(&self, offset: u64) -> Result<Vec<u8>> {
        Ok(self.names.text(self.session.core().storage(), offset)?.to_vec())
    }

    fn node_capacity(&self) -> usize {
        usize::from(self.k.group_internal_node_k).saturating_mul(2)
    }
}

/// Writes a node.
pub(super) fn stage_node(
    session: &mut Session,
    node: &NewNode,
    node_level: u8,
    k: u16,
    left_sibling: Option<Address>,
    right_sibling: Option<Address>,
) -> Result<()> {
    let entries_used = u16::try_from(node.children.len()).unwrap_or(u16::MAX);
    let header = BTreeV1NodeHeader { node_level, entries_used, left_sibling, right_sibling };
    let mut keys = vec![node.left_key];
    keys.extend(node.children.iter().map(|child| child.last_name));
    let children: Vec<Address> = node.children.iter().map(|child| child.address).collect();
    let block = BTreeV1Node::encode_group(&header, &keys, &children, k, session.sizes())?;
    session.stage(node.address, block);
    Ok(())
}

fn last_names(nodes: &[NewNode]) -> Vec<Child> {
    let last = |node: &NewNode| node.children.last().map_or(node.left_key, |child| child.last_name);
    nodes.iter().map(|node| Child { address: node.address, last_name: last(node) }).collect()
}

/// Parts of at most `capacity`, as few as can be, and of sizes that differ by one at most.
fn even_parts<T>(all: &[T], capacity: usize) -> impl Iterator<Item = &[T]> {
    let count = all.len().div_ceil(capacity.max(1));
    let mut rest = all;
    (0..count).rev().map(move |after| {
        let size = rest.len().div_ceil(after.saturating_add(1));
        let (part, others) = rest.split_at(size.min(rest.len()));
        rest = others;
        part
    })
}

fn empty_inner_node(address: Address) -> Error {
    Error::format("an inner node without children").in_structure("B-tree v1", "III.A.1").at_address(address.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_even() {
        let sizes = |count: usize| even_parts(&vec![0; count], 8).map(<[_]>::len).collect::<Vec<_>>();
        assert_eq!(sizes(0), [0; 0]);
        assert_eq!(sizes(8), [8]);
        assert_eq!(sizes(9), [5, 4]);
        assert_eq!(sizes(17), [6, 6, 5]);
    }
}
