//! Searching, inserting and removing in memory.

use std::cmp::Ordering;

use h5_format::btree_v2::{BTreeV2Child, BTreeV2Header, BTreeV2Node, NodeGeometry};
use h5_types::{Address, Error, Result};

use super::node::{Child, Node, RecordList};
use super::{Action, Change, Order};
use crate::Storage;
use crate::walk::at;

/// A tree that is being changed in memory.
pub(super) struct Editor<'a, 'o> {
    storage: &'a Storage,
    header: BTreeV2Header,
    pub(super) geometry: NodeGeometry,
    depth: usize,
    depth_limit: usize,
    order: &'a mut Order<'o>,
    /// Whether the record inserted last comes after all others.
    pub(super) appended: bool,
    /// Stored nodes that are not part of the tree any more.
    pub(super) given_up: Vec<Address>,
}

impl<'a, 'o> Editor<'a, 'o> {
    /// Starts with the geometry of a header.
    pub(super) fn new(
        storage: &'a Storage,
        header: &BTreeV2Header,
        depth_limit: usize,
        order: &'a mut Order<'o>,
    ) -> Result<Self> {
        let depth = usize::from(header.depth);
        let geometry = NodeGeometry::new(header, storage.sizes(), depth_limit)?;
        let header = header.clone();
        Ok(Self {
            storage,
            header,
            geometry,
            depth,
            depth_limit,
            order,
            appended: false,
            given_up: Vec::new(),
        })
    }

    /// The tree's root, or an empty leaf.
    pub(super) fn root(&mut self, header: &BTreeV2Header) -> Result<Node> {
        let Some(address) = header.root_node_address else {
            self.depth = 0;
            return Ok(Node::new(RecordList::new(usize::from(header.record_size)), Vec::new()));
        };
        let records = u64::from(header.records_in_root);
        self.load(BTreeV2Child { address, records, total_records: header.total_records }, self.depth)
    }

    /// Geometry, depth and nodes to be given back.
    pub(super) fn into_parts(self) -> (NodeGeometry, usize, Vec<Address>) {
        (self.geometry, self.depth, self.given_up)
    }

    /// Fullness below which nodes are merged.
    pub(super) fn merge_percent(&self) -> u8 {
        self.header.merge_percent
    }

    /// Makes one change.
    pub(super) fn change(&mut self, root: &mut Node, number: usize, change: &Change) -> Result<()> {
        if change.action != Action::Remove && change.record.len() != usize::from(self.header.record_size) {
            return Err(Error::usage(format!("a B-tree record of {} bytes", change.record.len())));
        }
        match change.action {
            Action::Insert => self.insert(root, self.depth, (number, &change.record), true)?,
            Action::Remove => self.remove(root, self.depth, number)?,
            Action::Replace => self.replace(root, self.depth, (number, &change.record))?,
        }
        self.balance_root(root)
    }

    /// Repairs what waited for the end of the batch.
    pub(super) fn finish(&mut self, root: &mut Node) -> Result<()> {
        self.balance_edge(root, self.depth)?;
        self.balance_root(root)
    }

    /// Grows the tree if the root is too full, shrinks it while the root has one child only.
    fn balance_root(&mut self, root: &mut Node) -> Result<()> {
        while self.depth > 0 && root.records.len() == 0 {
            self.child(root, 0, self.depth)?;
            let Some(Child::Loaded(child)) = root.children.pop() else { break };
            if let Some(stored) = root.stored {
                self.given_up.push(stored.address);
            }
            *root = *child;
            self.depth = self.depth.saturating_sub(1);
        }
        if root.records.len() > self.max(self.depth) {
            let next = self.depth.saturating_add(1);
            let too_deep = || Error::limit("more levels than a B-tree's header can count");
            self.header.depth = u16::try_from(next).map_err(|_| too_deep())?;
            self.geometry = NodeGeometry::new(&self.header, self.storage.sizes(), self.depth_limit)?;
            self.depth = next;
            let empty = Node::new(RecordList::new(usize::from(self.header.record_size)), Vec::new());
            let old = std::mem::replace(root, empty);
            root.children.push(Child::Loaded(Box::new(old)));
            self.split(root, 0, next)?;
        }
        Ok(())
    }

    /// Where a change belongs: the number of the first record that does not come before it, and whether that is the one.
    fn search(&mut self, node: &Node, number: usize) -> Result<(usize, bool)> {
        let (mut low, mut high) = (0, node.records.len());
        while low < high {
            let middle = low.midpoint(high);
            match (self.order)(self.storage, number, node.records.get(middle))? {
                Ordering::Less => high = middle,
                Ordering::Equal => return Ok((middle, true)),
                Ordering::Greater => low = middle.saturating_add(1),
            }
        }
        Ok((low, false))
    }

    /// `edge` says that nothing in the tree comes after this node.
    fn insert(&mut self, node: &mut Node, depth: usize, change: (usize, &[u8]), edge: bool) -> Result<()> {
        let (index, found) = self.search(node, change.0)?;
        if found {
            return Err(Error::new(h5_types::ErrorKind::AlreadyExists, "the B-tree has such a record"));
        }
        node.changed = true;
        let Some(below) = depth.checked_sub(1) else {
            self.appended = edge && index == node.records.len();
            node.records.insert(index, change.1);
            return Ok(());
        };
        let edge = edge && index == node.records.len();
        let child = self.child(node, index, depth)?;
        self.insert(child, below, change, edge)?;
        if child.records.len() > self.max(below) {
            self.split(node, index, depth)?;
        }
        Ok(())
    }

    fn remove(&mut self, node: &mut Node, depth: usize, number: usize) -> Result<()> {
        let (index, found) = self.search(node, number)?;
        node.changed = true;
        let Some(below) = depth.checked_sub(1) else {
            if !found {
                return Err(missing());
            }
            node.records.remove(index);
            return Ok(());
        };
        let child = self.child(node, index, depth)?;
        if found {
            // Its place is taken by the record before it, which is in a leaf.
            let before = self.pop_last(child, below)?;
            node.records.replace(index, &before);
        } else {
            self.remove(child, below, number)?;
        }
        self.balance(node, index, depth)
    }

    fn pop_last(&mut self, node: &mut Node, depth: usize) -> Result<Vec<u8>> {
        node.changed = true;
        let Some(below) = depth.checked_sub(1) else {
            let last = node.records.len().checked_sub(1);
            let last = last.ok_or_else(|| Error::format("a leaf without records"))?;
            return Ok(node.records.remove(last));
        };
        let index = node.records.len();
        let child = self.child(node, index, depth)?;
        let record = self.pop_last(child, below)?;
        self.balance(node, index, depth)?;
        Ok(record)
    }

    fn replace(&mut self, node: &mut Node, depth: usize, change: (usize, &[u8])) -> Result<()> {
        let (index, found) = self.search(node, change.0)?;
        node.changed = true;
        if found {
            node.records.replace(index, change.1);
            return Ok(());
        }
        let below = depth.checked_sub(1).ok_or_else(missing)?;
        let child = self.child(node, index, depth)?;
        self.replace(child, below, change)
    }

    /// Child `index` of a node of `depth`, loaded.
    pub(super) fn child<'n>(
        &mut self,
        node: &'n mut Node,
        index: usize,
        depth: usize,
    ) -> Result<&'n mut Node> {
        let none = || Error::format("a B-tree node without the child that it should have");
        let child = node.children.get_mut(index).ok_or_else(none)?;
        if let Child::Stored(pointer) = child {
            *child = Child::Loaded(Box::new(self.load(*pointer, depth.saturating_sub(1))?));
        }
        match child {
            Child::Loaded(child) => Ok(child),
            Child::Stored(_) => Err(none()),
        }
    }

    fn load(&self, pointer: BTreeV2Child, depth: usize) -> Result<Node> {
        let place = at(pointer.address);
        let length = self.geometry.node_bytes(depth, pointer.records).map_err(&place)?;
        let bytes = self.storage.metadata(pointer.address, length)?;
        let node = BTreeV2Node::decode(&bytes, &self.geometry, depth, pointer.records).map_err(&place)?;
        let mut records = RecordList::new(usize::from(self.header.record_size));
        node.records().iter().for_each(|record| records.extend(record));
        let mut children = Vec::new();
        if depth > 0 {
            for index in 0..=node.records().len() {
                children.push(Child::Stored(node.child(index).map_err(&place)?));
            }
        }
        Ok(Node { stored: Some(pointer), changed: false, records, children })
    }
}

fn missing() -> Error {
    Error::not_found("the B-tree has no such record")
}
