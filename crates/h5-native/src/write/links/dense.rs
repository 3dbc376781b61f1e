//! Links in a fractal heap, with an index of names and, if it is asked for, one of creation orders (specification IV.A.2.c).
//!
//! The indexes are written after the heap: where two names have one hash, names of stored links are looked up there.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use h5_format::btree_v2::{BTreeV2Type, LinkCreationOrderRecord, LinkNameRecord};
use h5_format::lookup3;
use h5_format::message::{LinkInfo, LinkMessage};
use h5_types::{Address, Error, Link, Result};

use super::super::btree_v2::{self, Action, Change, RecordShape, compare_keys};
use super::super::fractal_heap::{HeapShape, HeapWriter, is_foreign};
use super::super::session::Session;
use super::new_style::Changes;
use super::pending::NewStyleChange;
use super::target;
use crate::group::DenseLinks;
use crate::heap::FractalHeap;

/// Changes of both indexes.
#[derive(Debug, Default)]
struct IndexChanges {
    /// Of names: records, and the names that they stand for.
    names: Vec<(Change, Vec<u8>)>,
    orders: Vec<Change>,
}

impl IndexChanges {
    fn add(&mut self, action: Action, name: &[u8], heap_id: &[u8], order: Option<i64>) -> Result<()> {
        let record = LinkNameRecord { hash: lookup3(name), heap_id }.encode()?;
        self.names.push((Change { record, action }, name.to_vec()));
        if let Some(creation_order) = order {
            let record = LinkCreationOrderRecord { creation_order, heap_id }.encode()?;
            self.orders.push(Change { record, action });
        }
        Ok(())
    }
}

/// Puts links into a new heap and new indexes.
///
/// # Errors
/// `Limit` if heap or file are full, `Io`.
pub(super) fn create<'l>(
    session: &mut Session,
    group: Address,
    info: LinkInfo,
    links: impl Iterator<Item = &'l Link>,
) -> Result<LinkInfo> {
    let mut heap = HeapWriter::create(session, &HeapShape::LINKS)?;
    let mut changes = IndexChanges::default();
    for link in links {
        insert(session, &mut heap, link, &mut changes)?;
    }
    let fractal_heap_address = Some(heap.finish(session)?);
    let empty = LinkInfo { name_index_b_tree_address: None, creation_order_b_tree_address: None, ..info };
    index(session, group, LinkInfo { fractal_heap_address, ..empty }, changes)
}

/// Brings changes into heap and indexes.
///
/// # Errors
/// `Format` if they are damaged; `Limit`, `Io`.
pub(super) fn apply(
    session: &mut Session,
    group: Address,
    info: LinkInfo,
    links: &DenseLinks,
    changes: &[(&[u8], NewStyleChange)],
) -> Result<LinkInfo> {
    let address = info.fractal_heap_address.ok_or_else(|| Error::format("dense links without a heap"))?;
    let mut removed = Vec::new();
    for name in changes.iter().filter(|(_, change)| change.removes).map(|(name, _)| *name) {
        removed.push((name, find(session, links, name)?));
    }
    let mut heap = HeapWriter::open(session, address)?;
    let mut index_changes = IndexChanges::default();
    // First what is new: it must not get the ID of what goes, by which the index still tells names apart.
    for link in changes.iter().filter_map(|(_, change)| change.added.as_ref()) {
        insert(session, &mut heap, link, &mut index_changes)?;
    }
    for (name, (heap_id, order)) in removed {
        heap.remove(session, &heap_id)?;
        index_changes.add(Action::Remove, name, &heap_id, order)?;
    }
    heap.finish(session)?;
    index(session, group, info, index_changes)
}

/// True if the links lie in a heap that has to be made anew to be changed.
///
/// # Errors
/// `Format`, `Io`.
pub(super) fn is_in_foreign_heap(session: &Session, info: LinkInfo) -> Result<bool> {
    info.fractal_heap_address.map_or(Ok(false), |heap| is_foreign(session, heap))
}

/// Gives heap and indexes back.
///
/// # Errors
/// `Format` if they are damaged; `Limit`, `Io`.
pub(super) fn delete(session: &mut Session, info: LinkInfo) -> Result<LinkInfo> {
    for tree in [info.name_index_b_tree_address, info.creation_order_b_tree_address].into_iter().flatten() {
        btree_v2::delete(session, tree)?;
    }
    if let Some(heap) = info.fractal_heap_address {
        HeapWriter::open_to_delete(session, heap)?.delete(session)?;
    }
    Ok(LinkInfo {
        fractal_heap_address: None,
        name_index_b_tree_address: None,
        creation_order_b_tree_address: None,
        ..info
    })
}

/// The links that there are after the changes.
///
/// # Errors
/// `Format` if heap or indexes are damaged; `Limit`, `Io`.
pub(super) fn all_after(
    session: &Session,
    links: &DenseLinks,
    changes: Changes<'_>,
) -> Result<BTreeMap<Vec<u8>, Link>> {
    let mut all = BTreeMap::new();
    links.for_each_by_name(session.core().storage(), 0, &mut |body| {
        let link = LinkMessage::decode(&body, session.core().context())?.to_link();
        if changes.binary_search_by_key(&link.name.as_bytes(), |(name, _)| *name).is_err() {
            all.insert(link.name.as_bytes().to_vec(), link);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    for (name, change) in changes {
        all.extend(change.added.map(|link| (name.to_vec(), link)));
    }
    Ok(all)
}

fn insert(
    session: &mut Session,
    heap: &mut HeapWriter,
    link: &Link,
    changes: &mut IndexChanges,
) -> Result<()> {
    let body = target::encode(session.sizes(), &link.name, &link.target, link.creation_order)?;
    let heap_id = heap.insert(session, &body)?;
    changes.add(Action::Insert, link.name.as_bytes(), &heap_id, link.creation_order)
}

/// Heap ID and creation order of a stored link.
fn find(session: &Session, links: &DenseLinks, name: &[u8]) -> Result<(Vec<u8>, Option<i64>)> {
    let found = links.find_with_id(session.core().storage(), name, |body| {
        let message = LinkMessage::decode(body, session.core().context())?;
        Ok((message.name == name).then_some(message.creation_order))
    })?;
    found.ok_or_else(|| Error::format("a link that was there is not found any more"))
}

/// Brings changes into the indexes. The heap, which is published in place, comes before the header that leads to the indexes.
fn index(
    session: &mut Session,
    group: Address,
    info: LinkInfo,
    mut changes: IndexChanges,
) -> Result<LinkInfo> {
    let address = info.fractal_heap_address.ok_or_else(|| Error::format("dense links without a heap"))?;
    session.publish_before(address, group)?;
    let heap = FractalHeap::open(session.core().storage(), address)?;
    // A name that goes and comes again goes first.
    changes.names.sort_by_cached_key(|(change, _)| {
        (
            LinkNameRecord::decode(&change.record).map_or(0, |record| record.hash),
            change.action == Action::Insert,
        )
    });
    let (records, names): (Vec<Change>, Vec<Vec<u8>>) = changes.names.into_iter().unzip();
    // By the whole record: a new link may have the heap ID of one that goes.
    let known: HashMap<&[u8], &[u8]> = records
        .iter()
        .zip(&names)
        .map(|(change, name)| (change.record.as_slice(), name.as_slice()))
        .collect();
    let core = std::sync::Arc::clone(session.core());
    let name_index_b_tree_address = btree_v2::apply(
        session,
        info.name_index_b_tree_address,
        &RecordShape::LINK_NAMES,
        &records,
        &mut |storage, number, record| {
            let name = names.get(number).map(Vec::as_slice).unwrap_or_default();
            let stored = LinkNameRecord::decode(record)?;
            match lookup3(name).cmp(&stored.hash) {
                Ordering::Equal => {}
                other => return Ok(other),
            }
            if let Some(other) = known.get(record) {
                return Ok(name.cmp(other));
            }
            let body = heap.object(storage, stored.heap_id)?;
            Ok(name.cmp(LinkMessage::decode(&body, core.context())?.name))
        },
    )?;
    let creation_order_b_tree_address = if info.creation_order_indexed {
        let sizes = session.sizes();
        let mut orders = changes.orders;
        orders.sort_by_cached_key(|change| {
            LinkCreationOrderRecord::decode(&change.record).map_or(0, |record| record.creation_order)
        });
        let compare = &mut |_: &crate::Storage, number: usize, record: &[u8]| {
            let change = orders.get(number).map(|change| change.record.as_slice()).unwrap_or_default();
            compare_keys(BTreeV2Type::LinkCreationOrder, sizes, change, record)
        };
        let shape = &RecordShape::LINK_CREATION_ORDER;
        btree_v2::apply(session, info.creation_order_b_tree_address, shape, &orders, compare)?
    } else {
        info.creation_order_b_tree_address
    };
    Ok(LinkInfo { name_index_b_tree_address, creation_order_b_tree_address, ..info })
}
