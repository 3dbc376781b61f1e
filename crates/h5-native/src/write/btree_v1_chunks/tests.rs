use std::collections::BTreeMap;

use super::super::space::SpaceKind;
use super::super::test_file::{Random, TestFile};
use super::*;

fn shape() -> ChunkTreeShape {
    ChunkTreeShape { chunk_dimensions: vec![10, 3], element_bytes: 4, k: 4 }
}

type Model = BTreeMap<Vec<u64>, StoredChunk>;

/// Nodes of each level in order, with the siblings that they name.
type Levels = BTreeMap<u8, Vec<(Address, Option<Address>, Option<Address>)>>;

fn check(session: &Session, root: Option<Address>, shape: &ChunkTreeShape) -> Model {
    let (mut model, mut levels) = (Model::new(), Levels::new());
    if let Some(root) = root {
        check_node(session, root, None, shape, None, &mut model, &mut levels);
    }
    for nodes in levels.values() {
        for (index, node) in nodes.iter().enumerate() {
            assert_eq!(node.1, index.checked_sub(1).map(|before| nodes[before].0), "left sibling");
            assert_eq!(node.2, nodes.get(index + 1).map(|next| next.0), "right sibling");
        }
    }
    model
}

fn check_node(
    session: &Session,
    address: Address,
    level: Option<u8>,
    shape: &ChunkTreeShape,
    first: Option<&[u64]>,
    model: &mut Model,
    levels: &mut Levels,
) {
    let block = NodeBlock::read(session.core().storage(), address, shape.node_type(), level).unwrap();
    let node = block.node().unwrap();
    let header = node.header();
    levels.entry(header.node_level).or_default().push((address, header.left_sibling, header.right_sibling));
    assert!(!node.is_empty() && node.len() <= shape.most());
    for index in 0..node.len() {
        let (mut offset, mut next) = (vec![0; 2], vec![0; 3]);
        let key = node.chunk_key(index, &mut offset).unwrap();
        node.chunk_key(index + 1, &mut next).unwrap();
        assert!(offset.as_slice() < &next[..2], "the C library finds chunks between keys only");
        if let Some(first) = first.filter(|_| index == 0) {
            assert_eq!(first, offset, "the key in the parent");
        }
        let child = node.child(index).unwrap();
        match header.node_level.checked_sub(1) {
            Some(below) => check_node(session, child, Some(below), shape, Some(&offset), model, levels),
            None => {
                let (stored_bytes, filter_mask) = (key.stored_bytes, key.filter_mask);
                let chunk = StoredChunk { address: child, stored_bytes, filter_mask };
                assert!(model.last_key_value().is_none_or(|(last, _)| *last < offset), "sorted");
                model.insert(offset, chunk);
            }
        }
    }
}

#[test]
fn random_changes_keep_the_tree_and_its_siblings_whole() {
    let file = TestFile::create();
    let (mut session, shape) = (file.session(), shape());
    let mut random = Random::new(5);
    let (mut root, mut model) = (None, Model::new());
    for step in 0..1200 {
        let growing = step % 400 < 250;
        let mut changes = BTreeMap::new();
        let most = [1, 4, 40, 150][random.below(4) as usize];
        for _ in 0..=random.below(most) {
            let offset = vec![random.below(40) * 10, random.below(60) * 3];
            let chunk = StoredChunk {
                address: Address(random.below(1 << 40)),
                stored_bytes: random.below(1 << 30) as u32,
                filter_mask: 1,
            };
            changes.insert(offset, Some(chunk).filter(|_| growing != (random.below(10) == 0)));
        }
        changes.retain(|offset, chunk| chunk.is_some() || model.contains_key(offset));
        if step % 400 == 399 {
            changes = model.keys().map(|offset| (offset.clone(), None)).collect();
        }
        let mut gone = Vec::new();
        for (offset, chunk) in &changes {
            gone.extend(match chunk {
                Some(chunk) => model.insert(offset.clone(), *chunk),
                None => model.remove(offset),
            });
        }
        let changes: Vec<ChunkChange> =
            changes.into_iter().map(|(offset, chunk)| ChunkChange { offset, chunk }).collect();
        let (new, reported) = apply(&mut session, root, &shape, &changes).unwrap();
        assert_eq!(reported, gone);
        root = new;
        assert_eq!(check(&session, root, &shape), model);
        if random.below(3) == 0 {
            session.commit().unwrap();
            assert_eq!(check(&session, root, &shape), model, "as it is in the file");
        }
    }
    assert_eq!(root, None);
    session.close().unwrap();
    assert!(std::fs::metadata(file.path()).unwrap().len() < 400, "all nodes were given back");
}

#[test]
fn appended_chunks_fill_their_nodes_and_a_deleted_tree_leaves_nothing() {
    let file = TestFile::create();
    let mut session = file.session();
    let shape = ChunkTreeShape { k: 32, ..shape() };
    let mut root = None;
    let chunk = |at: u64| StoredChunk { address: Address(at), stored_bytes: 120, filter_mask: 0 };
    for part in 0..100 {
        let offset = |at: u64| vec![(part * 100 + at) * 10, 0];
        let changes: Vec<ChunkChange> =
            (0..100).map(|at| ChunkChange { offset: offset(at), chunk: Some(chunk(at)) }).collect();
        root = apply(&mut session, root, &shape, &changes).unwrap().0;
        session.commit().unwrap();
    }
    let (mut model, mut levels) = (Model::new(), Levels::new());
    check_node(&session, root.unwrap(), None, &shape, None, &mut model, &mut levels);
    assert_eq!(check(&session, root, &shape).len(), 10_000);
    assert_eq!(levels[&0].len(), 10_000_usize.div_ceil(64));
    assert_eq!(delete(&mut session, root.unwrap(), &shape).unwrap().len(), 10_000);
    session.commit().unwrap();
    session.close().unwrap();
    assert!(std::fs::metadata(file.path()).unwrap().len() < 400, "all nodes were given back");
}

#[test]
fn failures_change_nothing() {
    let file = TestFile::create();
    let (mut session, shape) = (file.session(), shape());
    let chunk = Some(StoredChunk { address: Address(7), stored_bytes: 120, filter_mask: 0 });
    let changes = [ChunkChange { offset: vec![0, 0], chunk }];
    let root = apply(&mut session, None, &shape, &changes).unwrap().0;
    let changes =
        [ChunkChange { offset: vec![0, 0], chunk: None }, ChunkChange { offset: vec![0, 3], chunk: None }];
    assert_eq!(
        apply(&mut session, root, &shape, &changes).unwrap_err().kind(),
        h5_types::ErrorKind::NotFound
    );
    assert!(apply(&mut session, root, &shape, &[ChunkChange { offset: vec![0], chunk }]).is_err());
    assert_eq!(check(&session, root, &shape).len(), 1);
}

/// What the C library leaves when all chunks have gone: a root without entries, whose one key is zero.
#[test]
fn a_chunk_is_found_that_comes_into_an_empty_root() {
    let file = TestFile::create();
    let (mut session, shape) = (file.session(), shape());
    let header =
        BTreeV1NodeHeader { node_level: 0, entries_used: 0, left_sibling: None, right_sibling: None };
    let key = [(NO_CHUNK, vec![0; 3])];
    let block = BTreeV1Node::encode_chunks(&header, 2, &key, &[], shape.k, session.sizes()).unwrap();
    let empty = session.allocate(SpaceKind::Metadata, block.len() as u64).unwrap();
    session.stage(empty, block);
    session.commit().unwrap();
    for offset in [vec![0, 0], vec![20, 3]] {
        let chunk = StoredChunk { address: Address(7), stored_bytes: 120, filter_mask: 0 };
        let change = ChunkChange { offset: offset.clone(), chunk: Some(chunk) };
        let root = apply(&mut session, Some(empty), &shape, &[change]).unwrap().0;
        assert_eq!(check(&session, root, &shape), Model::from([(offset, chunk)]));
    }
}
