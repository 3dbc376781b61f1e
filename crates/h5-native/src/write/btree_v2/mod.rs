//! Changes of version 2 B-trees (specification III.A.2), applied in batches.
//!
//! The nodes on the way to the changes are loaded, changed in memory, and written once at the end: changed nodes go to new places, and
//! so does the header, whose address the caller passes on.

mod balance;
mod edit;
mod node;
mod shape;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use h5_format::btree_v2::{BTreeV2Child, BTreeV2Header, BTreeV2Node, NodeGeometry};
use h5_types::{Address, Error, Result};

use self::edit::Editor;
use self::node::{Child, Node};
pub(crate) use self::shape::{RecordShape, compare_chunks, compare_keys};
use super::session::Session;
use super::space::SpaceKind;
use crate::Storage;
use crate::walk::{Budget, at};

/// What becomes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// It is new.
    Insert,
    /// It goes.
    Remove,
    /// It takes the place of the one that sorts like it.
    Replace,
}

/// One change. Sorted changes are the fastest, but any order does.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// The record; of one to remove, only what the order looks at.
    pub(crate) record: Vec<u8>,
    /// What becomes of it.
    pub(crate) action: Action,
}

/// How a change, named by its number, compares to a record of the tree. [`compare_keys`] serves where keys are unique; names with
/// equal hashes have to be looked up and compared.
pub(crate) type Order<'a> = dyn FnMut(&Storage, usize, &[u8]) -> Result<Ordering> + 'a;

/// Makes changes to the tree whose header is at `header`, or to a new one. Returns the address of the tree's header, or `None` if no
/// record is left and all blocks are given back.
///
/// # Errors
/// `AlreadyExists` for an insertion of what is there, `NotFound` for a removal or replacement of what is not, `Format` and `Io` of
/// nodes on the way, `Unsupported` if the nodes are too small to be split, `Limit` if the file is full; whatever the order reports.
/// Nothing has changed then, unless the file is full.
pub(crate) fn apply(
    session: &mut Session,
    header: Option<Address>,
    shape: &RecordShape,
    changes: &[Change],
    order: &mut Order<'_>,
) -> Result<Option<Address>> {
    if changes.is_empty() {
        return Ok(header);
    }
    let sizes = session.sizes();
    let mut tree = match header {
        Some(address) => load_header(session.core().storage(), address, Some(shape))?,
        None => shape.new_header(),
    };
    let limit = session.core().storage().limits().tree_depth;
    let mut editor = Editor::new(session.core().storage(), &tree, limit, order)?;
    let mut root = editor.root(&tree)?;
    for (number, change) in changes.iter().enumerate() {
        editor.change(&mut root, number, change)?;
    }
    editor.finish(&mut root)?;
    let (geometry, depth, given_up) = editor.into_parts();
    let node_bytes = u64::from(tree.node_size);
    for address in given_up {
        session.free(address, node_bytes);
    }
    if root.is_empty() {
        if let Some(stored) = root.stored {
            session.free(stored.address, node_bytes);
        }
        if let Some(address) = header {
            session.free(address, BTreeV2Header::bytes(sizes));
        }
        return Ok(None);
    }
    let pointer = write(session, &geometry, &mut root, depth, node_bytes)?;
    let too_many = || Error::limit("more levels or records than a B-tree's header can count");
    tree.depth = u16::try_from(depth).map_err(|_| too_many())?;
    tree.root_node_address = Some(pointer.address);
    tree.records_in_root = u16::try_from(pointer.records).map_err(|_| too_many())?;
    tree.total_records = pointer.total_records;
    let block = tree.encode(sizes)?;
    match header {
        Some(address) => session.replace(address, BTreeV2Header::bytes(sizes), block).map(Some),
        None => session.put(SpaceKind::Metadata, block).map(Some),
    }
}

/// Gives back all blocks of a tree.
///
/// # Errors
/// `Format`, `Io`, `Limit` if the tree has no end; nothing has changed then.
pub(crate) fn delete(session: &mut Session, header: Address) -> Result<()> {
    let storage = session.core().storage();
    let tree = load_header(storage, header, None)?;
    let depth = usize::from(tree.depth);
    let geometry =
        NodeGeometry::new(&tree, storage.sizes(), storage.limits().tree_depth).map_err(at(header))?;
    let mut nodes = Vec::new();
    let mut open = Vec::new();
    if let Some(address) = tree.root_node_address {
        let records = u64::from(tree.records_in_root);
        open.push((BTreeV2Child { address, records, total_records: tree.total_records }, depth));
    }
    let mut budget = Budget::new(storage);
    while let Some((place, depth)) = open.pop() {
        nodes.push(place.address);
        let Some(below) = depth.checked_sub(1) else {
            budget.visit(place.address, 0)?;
            continue;
        };
        let length = geometry.node_bytes(depth, place.records).map_err(at(place.address))?;
        let bytes = storage.metadata(place.address, length)?;
        budget.visit(place.address, bytes.len())?;
        let node = BTreeV2Node::decode(&bytes, &geometry, depth, place.records).map_err(at(place.address))?;
        for index in 0..=node.records().len() {
            open.push((node.child(index).map_err(at(place.address))?, below));
        }
    }
    let header_bytes = BTreeV2Header::bytes(storage.sizes());
    for address in nodes {
        session.free(address, u64::from(tree.node_size));
    }
    session.free(header, header_bytes);
    Ok(())
}

/// Reads a header, whose records must be of the shape, if one is given.
fn load_header(storage: &Storage, address: Address, shape: Option<&RecordShape>) -> Result<BTreeV2Header> {
    let sizes = storage.sizes();
    let bytes = storage.metadata(address, BTreeV2Header::bytes(sizes))?;
    let header = BTreeV2Header::decode(&bytes, sizes).map_err(at(address))?;
    if let Some(shape) = shape
        && (header.record_type != shape.record_type || header.record_size != shape.record_size)
    {
        let message = format!(
            "{:?} records of {} bytes, expected {:?} of {}",
            header.record_type, header.record_size, shape.record_type, shape.record_size
        );
        return Err(Error::format(message).in_structure("B-tree v2 header", "III.A.2").at_address(address.0));
    }
    Ok(header)
}

/// Writes a changed node after everything below it, and returns what leads to it.
fn write(
    session: &mut Session,
    geometry: &NodeGeometry,
    node: &mut Node,
    depth: usize,
    node_bytes: u64,
) -> Result<BTreeV2Child> {
    if let Some(stored) = node.stored.filter(|_| !node.changed) {
        return Ok(stored);
    }
    let mut children = Vec::with_capacity(node.children.len());
    let below = depth.saturating_sub(1);
    for child in &mut node.children {
        children.push(match child {
            Child::Stored(pointer) => *pointer,
            Child::Loaded(child) => write(session, geometry, child, below, node_bytes)?,
        });
    }
    let records: Vec<&[u8]> = node.records.iter().collect();
    let block = BTreeV2Node::encode(geometry, depth, &records, &children)?;
    let address = match node.stored {
        Some(stored) => session.replace(stored.address, node_bytes, block)?,
        None => session.put(SpaceKind::Metadata, block)?,
    };
    let own = u64::try_from(records.len()).unwrap_or(u64::MAX);
    let total_records = children.iter().fold(own, |total, child| total.saturating_add(child.total_records));
    Ok(BTreeV2Child { address, records: own, total_records })
}
