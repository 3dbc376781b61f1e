//! Groups of the oldest format while they are changed: a B-tree of symbol table nodes over a local heap of names (specification III.A.1
//! to III.D).
//!
//! The B-tree's root and the heap's header stay where they are, since the object header, the group's entry in its parent and, for the root
//! group, the superblock know their addresses. The root is the block that publishes a change; the heap comes before it, and has all
//! names of the last commit still.

mod heap;
mod siblings;
mod tree;

use std::collections::BTreeMap;

use h5_format::btree_v1::{BTreeV1Node, BTreeV1NodeHeader, BTreeV1Type};
use h5_format::local_heap::LocalHeap;
use h5_format::message::SymbolTableMessage;
use h5_format::symbol_table::{SymbolTableCache, SymbolTableEntry, SymbolTableNode};
use h5_types::{Address, Error, Result};

use self::heap::{NameHeap, Part, name_bytes};
use self::tree::{EntryChange, TreeEdit};
use super::session::Session;
use super::space::SpaceKind;
use crate::Storage;
use crate::btree_v1::NodeBlock;
use crate::heap::LocalHeapReader;
use crate::walk::{Budget, at};

/// Bytes of a new group's names: the empty one, and a few of average length.
const NAME_BYTES: u64 = 88;

/// A link as a symbol table can have it.
#[derive(Debug, Clone, Copy)]
pub(super) enum TableTarget<'a> {
    /// An object, and its own symbol table if it is a group that has one.
    Hard(Address, Option<SymbolTableMessage>),
    /// A path.
    Soft(&'a [u8]),
}

/// Parts of the heap with names that are removed, but that the last commit has: they are not used again before the next one.
#[derive(Debug, Default)]
pub(super) struct Lingering {
    commits: u64,
    parts: Vec<Part>,
}

impl Lingering {
    /// True if there is nothing to be kept.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    fn add(&mut self, session: &Session, parts: impl IntoIterator<Item = Part>) {
        if self.commits != session.commits() {
            self.parts.clear();
            self.commits = session.commits();
        }
        self.parts.extend(parts);
    }

    fn parts(&self, session: &Session) -> &[Part] {
        if self.commits == session.commits() { &self.parts } else { &[] }
    }
}

/// A new table without links.
///
/// # Errors
/// `Limit` if the file is full, `Io`.
pub(super) fn create(session: &mut Session) -> Result<SymbolTableMessage> {
    let k = session.core().b_tree_k_values().group_internal_node_k;
    let root = empty_root(session.sizes(), k)?;
    let b_tree_address = session.put(SpaceKind::Stable, root)?;
    let local_heap_address = NameHeap::create(session, NAME_BYTES)?;
    Ok(SymbolTableMessage { b_tree_address, local_heap_address })
}

/// The B-tree of a group without links.
pub(super) fn empty_root(sizes: h5_format::Sizes, k: u16) -> Result<Vec<u8>> {
    let header =
        BTreeV1NodeHeader { node_level: 0, entries_used: 0, left_sibling: None, right_sibling: None };
    Ok(BTreeV1Node::encode_group(&header, &[0], &[], k, sizes)?)
}

/// The local heap of a group without links: header and data segment, one after the other from `address` on.
pub(super) fn empty_heap(address: u64, sizes: h5_format::Sizes) -> Result<Vec<u8>> {
    let (free, segment) = heap::empty_segment(NAME_BYTES, sizes)?;
    let header = LocalHeap {
        data_segment_bytes: NAME_BYTES,
        free_list_head_offset: Some(free),
        data_segment_address: Address(address.saturating_add(LocalHeap::bytes(sizes))),
    };
    let mut bytes = header.encode(sizes)?;
    bytes.extend(segment);
    Ok(bytes)
}

/// Brings changes into a table: for each name its new target, or `None`.
///
/// # Errors
/// `Format` if the table is damaged; `Limit`, `Io`.
pub(super) fn apply(
    session: &mut Session,
    table: SymbolTableMessage,
    changes: &BTreeMap<&[u8], Option<TableTarget<'_>>>,
    lingering: &mut Lingering,
) -> Result<()> {
    let root = table.b_tree_address;
    let left_key = empty_name(session, table)?;
    let texts = texts(changes, left_key.is_none());
    let mut heap = NameHeap::open(session, table.local_heap_address)?;
    let kept = lingering.parts(session).to_vec();
    let offsets = heap.insert(session, &texts, root, |session| {
        let mut used = used_parts(session, table)?;
        used.extend(kept);
        Ok(used)
    })?;
    let mut offsets = offsets.into_iter();
    let mut offset = || offsets.next().ok_or_else(|| Error::limit("a name has no place in the heap"));
    let left_key = match left_key {
        Some(offset) => offset,
        None => offset()?,
    };
    let mut entries: Vec<EntryChange> = Vec::with_capacity(changes.len());
    for (name, target) in changes {
        let entry = match target {
            None => None,
            Some(target) => {
                let link_name_offset = offset()?;
                Some(entry(link_name_offset, *target, session, &mut offset)?)
            }
        };
        entries.push((name.to_vec(), entry));
    }
    let names = LocalHeapReader::open(session.core().storage(), table.local_heap_address)?;
    let removed = TreeEdit::new(session, &names).apply(root, left_key, &entries)?;
    if !session.is_fresh(root) {
        let storage = session.core().storage();
        let parts: Result<Vec<Vec<Part>>> =
            removed.iter().map(|entry| entry_parts(storage, &names, entry)).collect();
        lingering.add(session, parts?.into_iter().flatten());
    }
    Ok(())
}

/// Texts that changes put into the heap, in the order in which entries ask for them.
fn texts<'c>(changes: &BTreeMap<&'c [u8], Option<TableTarget<'c>>>, needs_empty: bool) -> Vec<&'c [u8]> {
    let mut texts: Vec<&[u8]> = Vec::new();
    if needs_empty {
        texts.push(b"");
    }
    for (name, target) in changes {
        match target {
            None => {}
            Some(TableTarget::Hard(..)) => texts.push(name),
            Some(TableTarget::Soft(path)) => texts.extend([*name, path]),
        }
    }
    texts
}

fn entry(
    link_name_offset: u64,
    target: TableTarget<'_>,
    session: &Session,
    offset: &mut impl FnMut() -> Result<u64>,
) -> Result<SymbolTableEntry> {
    let (object_header_address, cache) = match target {
        // Two addresses of 16 bytes have no room in the entry.
        TableTarget::Hard(address, Some(table)) if session.sizes().offsets <= 8 => {
            let b_tree_address = Some(table.b_tree_address);
            let name_heap_address = Some(table.local_heap_address);
            (Some(address), SymbolTableCache::Group { b_tree_address, name_heap_address })
        }
        TableTarget::Hard(address, _) => (Some(address), SymbolTableCache::None),
        TableTarget::Soft(_) => {
            let link_value_offset = u32::try_from(offset()?)
                .map_err(|_| Error::limit("a soft link's path lies beyond 4 GiB of names"))?;
            (None, SymbolTableCache::SymbolicLink { link_value_offset })
        }
    };
    Ok(SymbolTableEntry { link_name_offset, object_header_address, cache })
}

/// The offset 0, if the empty name is there, as the library puts it: the first key of the tree.
fn empty_name(session: &Session, table: SymbolTableMessage) -> Result<Option<u64>> {
    let storage = session.core().storage();
    let names = LocalHeapReader::open(storage, table.local_heap_address)?;
    Ok(names.text(storage, 0).is_ok_and(|text| text.is_empty()).then_some(0))
}

/// Parts of the heap that entries or keys of the tree refer to.
fn used_parts(session: &Session, table: SymbolTableMessage) -> Result<Vec<Part>> {
    let storage = session.core().storage();
    let names = LocalHeapReader::open(storage, table.local_heap_address)?;
    let mut used = vec![(0, 8)];
    walk(session, table.b_tree_address, &mut |visit| {
        match visit {
            Visit::Node { keys, .. } => {
                for key in keys {
                    used.push((key, name_bytes(&names.text(storage, key)?)));
                }
            }
            Visit::Leaf { entries, .. } => {
                for entry in &entries {
                    used.extend(entry_parts(storage, &names, entry)?);
                }
            }
        }
        Ok(())
    })?;
    Ok(used)
}

/// Parts of the heap that an entry refers to.
fn entry_parts(storage: &Storage, names: &LocalHeapReader, entry: &SymbolTableEntry) -> Result<Vec<Part>> {
    let mut offsets = vec![entry.link_name_offset];
    if let SymbolTableCache::SymbolicLink { link_value_offset } = entry.cache {
        offsets.push(u64::from(link_value_offset));
    }
    offsets.into_iter().map(|offset| Ok((offset, name_bytes(&names.text(storage, offset)?)))).collect()
}

/// Entries of a symbol table node.
fn read_entries(session: &Session, address: Address) -> Result<Vec<SymbolTableEntry>> {
    let (storage, sizes) = (session.core().storage(), session.sizes());
    let first = storage.metadata(address, SymbolTableNode::HEADER_BYTES)?;
    let length = SymbolTableNode::node_bytes(&first, sizes).map_err(at(address))?;
    let bytes = storage.metadata(address, length)?;
    let node = SymbolTableNode::decode(&bytes, sizes).map_err(at(address))?;
    (0..node.len()).map(|index| node.entry(index).map_err(at(address))).collect()
}

/// A block of a table.
enum Visit {
    Node { address: Address, keys: Vec<u64> },
    Leaf { address: Address, entries: Vec<SymbolTableEntry> },
}

fn walk(session: &Session, root: Address, visit: &mut dyn FnMut(Visit) -> Result<()>) -> Result<()> {
    let storage = session.core().storage();
    let mut budget = Budget::new(storage);
    let mut pending = vec![(root, None)];
    while let Some((address, level)) = pending.pop() {
        let block = NodeBlock::read(storage, address, BTreeV1Type::Group, level)?;
        budget.visit(address, block.len())?;
        let node = block.node()?;
        let keys = (0..=node.len()).map(|index| node.group_key(index).map_err(at(address)));
        let keys: Vec<u64> = keys.collect::<Result<_>>()?;
        for index in 0..node.len() {
            let child = node.child(index).map_err(at(address))?;
            match node.header().node_level.checked_sub(1) {
                Some(below) => pending.push((child, Some(below))),
                None => {
                    budget.visit(child, 0)?;
                    visit(Visit::Leaf { address: child, entries: read_entries(session, child)? })?;
                }
            }
        }
        visit(Visit::Node { address, keys })?;
    }
    Ok(())
}

/// All blocks of a table, to be given back.
///
/// # Errors
/// `Format` if the table is damaged; `Limit`, `Io`.
pub(super) fn blocks(session: &Session, table: SymbolTableMessage) -> Result<Vec<(Address, u64)>> {
    let (k, sizes) = (session.core().b_tree_k_values(), session.sizes());
    let node = BTreeV1NodeHeader::full_bytes(BTreeV1Type::Group, k.group_internal_node_k, sizes)?;
    let leaf = SymbolTableNode::full_bytes(k.group_leaf_node_k, sizes);
    let mut blocks = NameHeap::open(session, table.local_heap_address)?.blocks(sizes);
    walk(session, table.b_tree_address, &mut |visit| {
        blocks.push(match visit {
            Visit::Node { address, .. } => (address, node),
            Visit::Leaf { address, .. } => (address, leaf),
        });
        Ok(())
    })?;
    Ok(blocks)
}
