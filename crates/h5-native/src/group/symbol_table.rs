use std::ops::ControlFlow;

use h5_format::btree_v1::BTreeV1Type;
use h5_format::symbol_table::{SymbolTableCache, SymbolTableEntry, SymbolTableNode};
use h5_types::{Address, Error, Link, LinkTarget, Name, ObjectToken, Result};

use crate::btree_v1::NodeBlock;
use crate::heap::LocalHeapReader;
use crate::walk::{Budget, at};
use crate::{Metadata, Storage};

/// The links of a group of the oldest format: a version 1 B-tree of symbol table nodes over a local heap of names
/// (specification III.A.1 to III.D). Links are sorted by name, byte for byte.
#[derive(Debug, Clone)]
pub struct SymbolTable {
    b_tree_address: Address,
    heap: LocalHeapReader,
}

impl SymbolTable {
    /// Opens the table that a Symbol Table message (IV.A.2.r) names.
    ///
    /// # Errors
    /// `Format` if the local heap is invalid, `Io`.
    pub fn open(storage: &Storage, b_tree_address: Address, name_heap_address: Address) -> Result<Self> {
        Ok(Self { b_tree_address, heap: LocalHeapReader::open(storage, name_heap_address)? })
    }

    /// The link of this name, found in O(log n) reads.
    ///
    /// # Errors
    /// `Format` if a structure on the way is invalid, `Limit`, `Io`.
    pub fn lookup(&self, storage: &Storage, name: &[u8]) -> Result<Option<Link>> {
        let mut address = self.b_tree_address;
        let mut level = None;
        loop {
            let block = NodeBlock::read(storage, address, BTreeV1Type::Group, level)?;
            let node = block.node()?;
            let Some(child) = self.first_child_reaching(storage, &block, name)? else { return Ok(None) };
            address = node.child(child).map_err(at(address))?;
            match node.header().node_level.checked_sub(1) {
                Some(below) => level = Some(below),
                None => break,
            }
        }
        let bytes = read_node(storage, address)?;
        let node = SymbolTableNode::decode(&bytes, storage.sizes()).map_err(at(address))?;
        let index = self.first_entry(storage, &node, address, |entry| entry < name)?;
        if index == node.len() {
            return Ok(None);
        }
        let entry = node.entry(index).map_err(at(address))?;
        let link = self.link(storage, &entry)?;
        Ok((link.name.as_bytes() == name).then_some(link))
    }

    /// Shows the links in the order of their names, those that come after `after` if it is given, until `visit` says `Break`. Reads
    /// nodes as it comes to them.
    ///
    /// # Errors
    /// `Format` if a structure is invalid, `Limit`, `Io`; whatever `visit` reports.
    pub fn for_each_after(
        &self,
        storage: &Storage,
        after: Option<&[u8]>,
        visit: &mut dyn FnMut(Link) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let mut budget = Budget::new(storage);
        self.walk(storage, (self.b_tree_address, None), after, visit, &mut budget).map(|_| ())
    }

    /// Number of links. No name is looked at, so that a damaged heap does not matter.
    ///
    /// # Errors
    /// As [`SymbolTable::for_each_after`].
    pub fn len(&self, storage: &Storage) -> Result<u64> {
        let mut budget = Budget::new(storage);
        let mut pending = vec![(self.b_tree_address, None)];
        let mut links = 0_usize;
        while let Some((address, level)) = pending.pop() {
            let block = NodeBlock::read(storage, address, BTreeV1Type::Group, level)?;
            budget.visit(address, block.len())?;
            let node = block.node()?;
            for index in 0..node.len() {
                let child = node.child(index).map_err(at(address))?;
                match node.header().node_level.checked_sub(1) {
                    Some(below) => pending.push((child, Some(below))),
                    None => {
                        let bytes = read_node(storage, child)?;
                        budget.visit(child, bytes.len())?;
                        let leaf = SymbolTableNode::decode(&bytes, storage.sizes()).map_err(at(child))?;
                        links = links.saturating_add(leaf.len());
                    }
                }
            }
        }
        Ok(u64::try_from(links).unwrap_or(u64::MAX))
    }

    fn walk(
        &self,
        storage: &Storage,
        (address, level): (Address, Option<u8>),
        after: Option<&[u8]>,
        visit: &mut dyn FnMut(Link) -> Result<ControlFlow<()>>,
        budget: &mut Budget,
    ) -> Result<ControlFlow<()>> {
        let block = NodeBlock::read(storage, address, BTreeV1Type::Group, level)?;
        budget.visit(address, block.len())?;
        let node = block.node()?;
        let first = match after {
            None => 0,
            Some(after) => self.first_child_reaching(storage, &block, after)?.unwrap_or(node.len()),
        };
        for index in first..node.len() {
            let child = node.child(index).map_err(at(address))?;
            // Only the first child can hold names that do not come after `after`.
            let after = after.filter(|_| index == first);
            let flow = match node.header().node_level.checked_sub(1) {
                Some(below) => self.walk(storage, (child, Some(below)), after, visit, budget)?,
                None => self.visit_node(storage, child, after, visit, budget)?,
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn visit_node(
        &self,
        storage: &Storage,
        address: Address,
        after: Option<&[u8]>,
        visit: &mut dyn FnMut(Link) -> Result<ControlFlow<()>>,
        budget: &mut Budget,
    ) -> Result<ControlFlow<()>> {
        let bytes = read_node(storage, address)?;
        budget.visit(address, bytes.len())?;
        let node = SymbolTableNode::decode(&bytes, storage.sizes()).map_err(at(address))?;
        let first = match after {
            None => 0,
            Some(after) => self.first_entry(storage, &node, address, |entry| entry <= after)?,
        };
        for index in first..node.len() {
            let entry = node.entry(index).map_err(at(address))?;
            let link = self.link(storage, &entry)?;
            budget.read(text_bytes(&link))?;
            if visit(link)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The first child that can hold `name`: the names of child n come after key n and do not come after key n + 1.
    fn first_child_reaching(
        &self,
        storage: &Storage,
        block: &NodeBlock<'_>,
        name: &[u8],
    ) -> Result<Option<usize>> {
        let node = block.node()?;
        let (mut low, mut high) = (0, node.len());
        while low < high {
            let middle = low.midpoint(high);
            let key = node.group_key(middle.saturating_add(1))?;
            if &*self.heap.text(storage, key)? < name {
                low = middle.saturating_add(1);
            } else {
                high = middle;
            }
        }
        Ok((low < node.len()).then_some(low))
    }

    /// The first entry whose name is not `before`.
    fn first_entry(
        &self,
        storage: &Storage,
        node: &SymbolTableNode<'_>,
        address: Address,
        before: impl Fn(&[u8]) -> bool,
    ) -> Result<usize> {
        let (mut low, mut high) = (0, node.len());
        while low < high {
            let middle = low.midpoint(high);
            let entry = node.entry(middle).map_err(at(address))?;
            if before(&self.heap.text(storage, entry.link_name_offset)?) {
                low = middle.saturating_add(1);
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    fn link(&self, storage: &Storage, entry: &SymbolTableEntry) -> Result<Link> {
        let name = Name::new(self.heap.text(storage, entry.link_name_offset)?.to_vec());
        let target = match (&entry.cache, entry.object_header_address) {
            (SymbolTableCache::SymbolicLink { link_value_offset }, _) => {
                let value = self.heap.text(storage, u64::from(*link_value_offset))?;
                LinkTarget::Soft(Name::new(value.to_vec()))
            }
            (_, Some(address)) => LinkTarget::Hard(ObjectToken(u128::from(address.0))),
            (_, None) => {
                return Err(Error::format(format!("the link {name} has no object header address"))
                    .in_structure("symbol table entry", "III.C"));
            }
        };
        Ok(Link { name, target, creation_order: None })
    }
}

/// Bytes of a link that lie in the heap.
fn text_bytes(link: &Link) -> usize {
    let target = match &link.target {
        LinkTarget::Soft(target) => target.as_bytes().len(),
        _ => 0,
    };
    link.name.as_bytes().len().saturating_add(target)
}

fn read_node(storage: &Storage, address: Address) -> Result<Metadata<'_>> {
    let first = storage.metadata(address, SymbolTableNode::HEADER_BYTES)?;
    let length = SymbolTableNode::node_bytes(&first, storage.sizes()).map_err(at(address))?;
    storage.metadata(address, length)
}
