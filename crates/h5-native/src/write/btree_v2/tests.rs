use std::collections::BTreeMap;
use std::ops::ControlFlow;

use h5_format::btree_v2::{BTreeV2Type, LinkCreationOrderRecord};
use h5_types::ErrorKind;

use super::super::test_file::{Random, TestFile};
use super::*;
use crate::btree_v2::BTreeV2;

const SHAPE: RecordShape = RecordShape::LINK_CREATION_ORDER;

fn record(key: u64, id: u8) -> Vec<u8> {
    LinkCreationOrderRecord { creation_order: key as i64, heap_id: &[id; 7] }.encode().unwrap()
}

fn change(action: Action, key: u64, id: u8) -> Change {
    Change { record: record(key, id), action }
}

/// Applies changes in a tree of creation orders.
fn apply_to(session: &mut Session, header: Option<Address>, changes: &[Change]) -> Result<Option<Address>> {
    apply(session, header, &SHAPE, changes, &mut |storage, number, stored| {
        compare_keys(SHAPE.record_type, storage.sizes(), &changes[number].record, stored)
    })
}

/// Checks fullness and totals of each node, and returns all records.
fn check(session: &Session, header: Option<Address>) -> BTreeMap<u64, u8> {
    let Some(address) = header else { return BTreeMap::new() };
    let storage = session.core().storage();
    let tree = load_header(storage, address, Some(&SHAPE)).unwrap();
    let geometry = NodeGeometry::new(&tree, storage.sizes(), 64).unwrap();
    let records = u64::from(tree.records_in_root);
    let root =
        BTreeV2Child { address: tree.root_node_address.unwrap(), records, total_records: tree.total_records };
    let total = check_node(storage, &geometry, root, usize::from(tree.depth), true);
    assert_eq!(total, tree.total_records);
    let (mut all, mut last) = (BTreeMap::new(), None);
    let reader = BTreeV2::open(storage, address, &[BTreeV2Type::LinkCreationOrder]).unwrap();
    let visited = reader.visit_from(storage, 0, &mut |record| {
        let record = LinkCreationOrderRecord::decode(record)?;
        assert!(last.is_none_or(|last| last < record.creation_order), "sorted");
        last = Some(record.creation_order);
        all.insert(record.creation_order as u64, record.heap_id[0]);
        Ok(ControlFlow::Continue(()))
    });
    visited.unwrap();
    assert_eq!(all.len() as u64, total);
    all
}

fn check_node(
    storage: &Storage,
    geometry: &NodeGeometry,
    place: BTreeV2Child,
    depth: usize,
    is_root: bool,
) -> u64 {
    let max = geometry.max_records(depth);
    assert!(place.records <= max && place.records >= if is_root { 1 } else { max * 40 / 100 });
    let length = geometry.node_bytes(depth, place.records).unwrap();
    let bytes = storage.metadata(place.address, length).unwrap();
    let node = BTreeV2Node::decode(&bytes, geometry, depth, place.records).unwrap();
    let mut total = place.records;
    if depth > 0 {
        for index in 0..=node.records().len() {
            let child = node.child(index).unwrap();
            total += check_node(storage, geometry, child, depth - 1, false);
        }
    }
    assert_eq!(total, place.total_records);
    total
}

#[test]
fn a_hundred_thousand_records_come_and_go_in_batches() {
    let file = TestFile::create();
    let mut session = file.session();
    let mut random = Random::new(1);
    let (mut header, mut model) = (None, BTreeMap::new());
    let mut deepest = 0;
    let mut growing = true;
    while growing || !model.is_empty() {
        let mut touched = BTreeMap::new();
        let most = if random.below(4) == 0 { 8000 } else { 40 };
        for _ in 0..=random.below(most) {
            let key = random.below(150_000);
            let id = random.below(256) as u8;
            let wanted = if random.below(8) == 0 { !growing } else { growing };
            touched.insert(key, (wanted, id));
        }
        if !growing && model.len() < 30_000 {
            touched.clear();
        }
        if touched.is_empty() {
            touched.extend(model.keys().take(700).map(|&key| (key, (false, 0))));
        }
        let mut changes = Vec::new();
        for (key, (wanted, id)) in touched {
            let action = match (wanted, model.contains_key(&key)) {
                (true, false) => Action::Insert,
                (true, true) => Action::Replace,
                (false, true) => Action::Remove,
                (false, false) => continue,
            };
            changes.push(change(action, key, id));
            if wanted {
                model.insert(key, id)
            } else {
                model.remove(&key)
            };
        }
        header = apply_to(&mut session, header, &changes).unwrap();
        growing = growing && model.len() < 100_000;
        if random.below(10) == 0 {
            assert_eq!(check(&session, header), model);
            session.commit().unwrap();
        }
        if let Some(address) = header {
            let depth = load_header(session.core().storage(), address, None).unwrap().depth;
            deepest = deepest.max(depth);
        }
    }
    assert_eq!(header, None);
    assert!(deepest >= 3, "{deepest}");
    session.commit().unwrap();
    session.close().unwrap();
    assert!(std::fs::metadata(file.path()).unwrap().len() < 400, "all blocks were given back");
}

#[test]
fn appended_records_fill_their_nodes() {
    let file = TestFile::create();
    let mut session = file.session();
    let changes: Vec<Change> = (0..50_000).map(|key| change(Action::Insert, key, 1)).collect();
    let header = apply_to(&mut session, None, &changes).unwrap();
    assert_eq!(check(&session, header).len(), 50_000);
    session.close().unwrap();
    // 33 records a leaf.
    let length = std::fs::metadata(file.path()).unwrap().len();
    assert!(length < 50_000 / 33 * 512 * 11 / 10, "{length}");
}

#[test]
fn committed_nodes_stay_as_they_are() {
    let file = TestFile::create();
    let mut session = file.session();
    let changes: Vec<Change> = (0..2000).map(|key| change(Action::Insert, key * 2, 1)).collect();
    let first = apply_to(&mut session, None, &changes).unwrap();
    session.commit().unwrap();
    let changes: Vec<Change> = (0..2000).map(|key| change(Action::Insert, key * 2 + 1, 2)).collect();
    let second = apply_to(&mut session, first, &changes).unwrap();
    assert_ne!(first, second);
    assert_eq!(check(&session, first).len(), 2000);
    assert_eq!(check(&session, second).len(), 4000);
    let changes: Vec<Change> = (0..4000).map(|key| change(Action::Remove, key, 2)).collect();
    assert_eq!(apply_to(&mut session, second, &changes).unwrap(), None);
    assert_eq!(check(&session, first).len(), 2000);
}

#[test]
fn failures_change_nothing() {
    let file = TestFile::create();
    let mut session = file.session();
    let changes: Vec<Change> = (0..100).map(|key| change(Action::Insert, key, 1)).collect();
    let header = apply_to(&mut session, None, &changes).unwrap();
    for (action, key, kind) in [
        (Action::Insert, 50, ErrorKind::AlreadyExists),
        (Action::Remove, 100, ErrorKind::NotFound),
        (Action::Replace, 100, ErrorKind::NotFound),
    ] {
        let changes = [change(Action::Insert, 200, 1), change(action, key, 2)];
        assert_eq!(apply_to(&mut session, header, &changes).unwrap_err().kind(), kind);
        assert_eq!(check(&session, header), (0..100).map(|key| (key, 1)).collect());
    }
    let short = Change { record: vec![0; 14], action: Action::Insert };
    assert_eq!(apply_to(&mut session, header, &[short]).unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn a_deleted_tree_leaves_nothing() {
    let file = TestFile::create();
    let mut session = file.session();
    let changes: Vec<Change> = (0..5000).map(|key| change(Action::Insert, key, 1)).collect();
    let header = apply_to(&mut session, None, &changes).unwrap().unwrap();
    session.commit().unwrap();
    delete(&mut session, header).unwrap();
    session.commit().unwrap();
    session.close().unwrap();
    assert!(std::fs::metadata(file.path()).unwrap().len() < 400);
}
