//! Dense storage of attributes: a fractal heap of their messages, and B-trees of their names and creation orders.

use std::cmp::Ordering;

use h5_format::btree_v2::{AttributeCreationOrderRecord, AttributeNameRecord, BTreeV2Type};
use h5_format::lookup3;
use h5_format::message::{AttributeInfo, SharedMessage};
use h5_types::{Address, Error, Result};

use super::dense::{DenseChanges, StoredRecord, UNTRACKED};
use super::message::{Attribute, shared_body};
use crate::heap::FractalHeap;
use crate::object::FileCore;
use crate::write::btree_v2::{self, Action, Change, RecordShape, compare_keys};
use crate::write::fractal_heap::{HeapShape, HeapWriter};
use crate::write::session::Session;

/// Brings changes into heap and B-trees, whose addresses `info` has. The object that has this message is published after the heap.
pub(super) fn apply(
    session: &mut Session,
    core: &FileCore,
    object: Address,
    changes: &DenseChanges,
    info: &mut AttributeInfo,
) -> Result<()> {
    // The index of names is compared with names in the heap: what goes is taken from there first.
    let removed: Vec<(&[u8], StoredRecord)> =
        changes.removed.iter().map(|(name, record)| (name.as_slice(), *record)).collect();
    index(session, core, info, &removed, Action::Remove)?;
    let mut heap = match info.fractal_heap_address {
        Some(address) => HeapWriter::open(session, address)?,
        None => HeapWriter::create(session, &HeapShape::ATTRIBUTES)?,
    };
    for (_, record) in removed.iter().filter(|(_, record)| record.flags & 2 == 0) {
        heap.remove(session, &record.heap_id)?;
    }
    let mut added = Vec::with_capacity(changes.added.len());
    for (name, message) in &changes.added {
        let id = heap.insert(session, &message.body)?;
        let heap_id =
            id.as_slice().try_into().map_err(|_| Error::format("a heap ID of other than 8 bytes"))?;
        let creation_order = u32::from(message.creation.unwrap_or(UNTRACKED));
        added.push((name.as_slice(), StoredRecord { heap_id, flags: message.flags, creation_order }));
    }
    let heap = heap.finish(session)?;
    info.fractal_heap_address = Some(heap);
    session.publish_before(heap, object)?;
    index(session, core, info, &added, Action::Insert)
}

/// Gives back heap and B-trees.
pub(super) fn delete(session: &mut Session, info: &AttributeInfo) -> Result<()> {
    for tree in [info.name_index_b_tree_address, info.creation_order_b_tree_address].into_iter().flatten() {
        btree_v2::delete(session, tree)?;
    }
    match info.fractal_heap_address {
        Some(heap) => HeapWriter::open_to_delete(session, heap)?.delete(session),
        None => Ok(()),
    }
}

/// Changes the indexes.
fn index(
    session: &mut Session,
    core: &FileCore,
    info: &mut AttributeInfo,
    records: &[(&[u8], StoredRecord)],
    action: Action,
) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    info.name_index_b_tree_address = index_names(session, core, info, records, action)?;
    if info.creation_order_indexed {
        let tree = info.creation_order_b_tree_address;
        info.creation_order_b_tree_address = index_creation_orders(session, tree, records, action)?;
    }
    Ok(())
}

fn index_names(
    session: &mut Session,
    core: &FileCore,
    info: &AttributeInfo,
    records: &[(&[u8], StoredRecord)],
    action: Action,
) -> Result<Option<Address>> {
    let heap =
        info.fractal_heap_address.map(|address| FractalHeap::open(core.storage(), address)).transpose()?;
    let mut sorted: Vec<(u32, &[u8], &StoredRecord)> =
        records.iter().map(|(name, record)| (lookup3(name), *name, record)).collect();
    sorted.sort_unstable_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
    let mut changes = Vec::with_capacity(sorted.len());
    for (hash, _, record) in &sorted {
        let record = AttributeNameRecord { attribute: record.order_record(), hash: *hash }.encode()?;
        changes.push(Change { record, action });
    }
    let mut order = |_: &crate::Storage, number: usize, record: &[u8]| {
        let Some((hash, name, _)) = sorted.get(number) else { return Ok(Ordering::Equal) };
        let record = AttributeNameRecord::decode(record)?;
        match hash.cmp(&record.hash) {
            Ordering::Equal => Ok((*name).cmp(&name_of(core, heap.as_ref(), record.attribute)?)),
            different => Ok(different),
        }
    };
    let tree = info.name_index_b_tree_address;
    btree_v2::apply(session, tree, &RecordShape::ATTRIBUTE_NAMES, &changes, &mut order)
}

fn index_creation_orders(
    session: &mut Session,
    tree: Option<Address>,
    records: &[(&[u8], StoredRecord)],
    action: Action,
) -> Result<Option<Address>> {
    let sizes = session.sizes();
    let mut sorted: Vec<&StoredRecord> = records.iter().map(|(_, record)| record).collect();
    sorted.sort_unstable_by_key(|record| record.creation_order);
    let changes = sorted.iter().map(|record| Ok(Change { record: record.order_record().encode()?, action }));
    let changes = changes.collect::<Result<Vec<Change>>>()?;
    let mut order = |_: &crate::Storage, number: usize, record: &[u8]| {
        let change = changes.get(number).map(|change| change.record.as_slice()).unwrap_or_default();
        compare_keys(BTreeV2Type::AttributeCreationOrder, sizes, change, record)
    };
    btree_v2::apply(session, tree, &RecordShape::ATTRIBUTE_CREATION_ORDER, &changes, &mut order)
}

impl StoredRecord {
    fn order_record(&self) -> AttributeCreationOrderRecord<'_> {
        AttributeCreationOrderRecord {
            heap_id: &self.heap_id,
            message_flags: self.flags,
            creation_order: self.creation_order,
        }
    }
}

/// The name of an attribute in the file.
fn name_of(
    core: &FileCore,
    heap: Option<&FractalHeap>,
    record: AttributeCreationOrderRecord<'_>,
) -> Result<Vec<u8>> {
    if record.is_shared() {
        let id = record.heap_id.try_into().map_err(|_| Error::format("a heap ID of other than 8 bytes"))?;
        let body = shared_body(core, SharedMessage::Heap(id))?;
        return Ok(Attribute::decode(core, &body)?.name.to_vec());
    }
    let heap = heap.ok_or_else(|| Error::format("an index of attributes without a heap"))?;
    let body = heap.object(core.storage(), record.heap_id)?;
    Ok(Attribute::decode(core, &body)?.name.to_vec())
}
