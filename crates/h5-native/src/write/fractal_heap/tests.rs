use std::collections::HashMap;

use super::super::test_file::{Random, TestFile};
use super::*;

/// Reads all objects through the reader of heaps, and checks the header's counts.
fn check(session: &Session, address: Address, model: &HashMap<Vec<u8>, Vec<u8>>) {
    let storage = session.core().storage();
    let heap = FractalHeap::open(storage, address).unwrap();
    for (id, object) in model {
        assert_eq!(heap.object(storage, id).unwrap()[..], object[..]);
    }
}

fn object(random: &mut Random) -> Vec<u8> {
    let length = match random.below(100) {
        0 => 4097 + random.below(9000),
        1..4 => 1 + random.below(6),
        4..10 => 1000 + random.below(3097),
        _ => 20 + random.below(60),
    };
    (0..length).map(|_| random.below(256) as u8).collect()
}

fn random_changes(shape: &HeapShape, seed: u64, steps: usize, most: u64) {
    let file = TestFile::create();
    let mut session = file.session();
    let mut random = Random::new(seed);
    let mut address = None;
    let mut model: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
    for step in 0..steps {
        let mut heap = match address {
            None => HeapWriter::create(&mut session, shape).unwrap(),
            Some(address) => HeapWriter::open(&mut session, address).unwrap(),
        };
        for _ in 0..random.below(most) {
            if random.below(3) == 0 {
                let Some(id) = model.keys().next().cloned() else { continue };
                heap.remove(&mut session, &id).unwrap();
                model.remove(&id);
            } else {
                let object = object(&mut random);
                let id = heap.insert(&mut session, &object).unwrap();
                assert!(model.insert(id.clone(), object).is_none() || id[0] >> 4 == 2, "a new ID");
            }
        }
        let end = heap.finish(&mut session).unwrap();
        assert_eq!(*address.get_or_insert(end), end);
        check(&session, end, &model);
        if random.below(3) == 0 {
            session.commit().unwrap();
        }
        if step % 16 == 15 {
            session.close().unwrap();
            session = file.session();
            check(&session, end, &model);
            check_counts(&mut session, end, &model);
        }
    }
    HeapWriter::open(&mut session, address.unwrap()).unwrap().delete(&mut session).unwrap();
    session.commit().unwrap();
    session.close().unwrap();
}

/// After everything was given back: what the header and the free-space manager say adds up.
fn check_counts(session: &mut Session, address: Address, model: &HashMap<Vec<u8>, Vec<u8>>) {
    let heap = HeapWriter::open(session, address).unwrap();
    let header = &heap.header;
    let of_type =
        |kind: u8| model.iter().filter(move |(id, _)| id[0] >> 4 == kind).map(|(_, o)| o.len() as u64);
    assert_eq!(header.managed_objects, of_type(0).count() as u64);
    assert_eq!((header.huge_objects, header.huge_bytes), (of_type(1).count() as u64, of_type(1).sum()));
    assert!(header.tiny_objects >= of_type(2).count() as u64);
    let managed: u64 = of_type(0).sum();
    let storage = session.core().storage();
    let mut tree = Tree::of_header(header);
    let blocks = tree.stored_blocks((storage, header, address)).unwrap();
    let free: u64 = heap.free.sections().map(|(_, length)| length).sum();
    let direct: Vec<u64> = blocks
        .iter()
        .filter(|(address, _)| storage.metadata(*address, 4).unwrap()[..] == *b"FHDB")
        .map(|(_, length)| length - heap.prefix_bytes)
        .collect();
    assert_eq!(direct.iter().sum::<u64>(), managed + free);
    assert_eq!(
        header.allocated_managed_bytes,
        direct.iter().sum::<u64>() + direct.len() as u64 * heap.prefix_bytes
    );
}

#[test]
fn random_changes_of_heaps_of_links() {
    random_changes(&HeapShape::LINKS, 1, 60, 12);
    random_changes(&HeapShape::LINKS, 2, 100, 600);
}

#[test]
fn random_changes_of_heaps_of_attributes() {
    random_changes(&HeapShape::ATTRIBUTES, 3, 60, 300);
}

#[test]
fn a_million_bytes_reach_indirect_rows() {
    let file = TestFile::create();
    let mut session = file.session();
    let mut heap = HeapWriter::create(&mut session, &HeapShape::LINKS).unwrap();
    let mut model = HashMap::new();
    for number in 0..40_000_u32 {
        let object = [number.to_le_bytes(); 10].concat();
        model.insert(heap.insert(&mut session, &object).unwrap(), object);
    }
    let address = heap.finish(&mut session).unwrap();
    session.commit().unwrap();
    check(&session, address, &model);
    let heap = HeapWriter::open(&mut session, address).unwrap();
    assert_eq!(heap.header.managed_bytes, 64 << 20);
    let last: u64 = heap.free.sections().map(|(_, length)| length).max().unwrap();
    assert!(last < 65_536);
    heap.delete(&mut session).unwrap();
    session.commit().unwrap();
    session.close().unwrap();
    assert!(std::fs::metadata(file.path()).unwrap().len() < 400, "all blocks were given back");
}

#[test]
fn removed_objects_are_kept_until_the_commit() {
    let file = TestFile::create();
    let mut session = file.session();
    let mut heap = HeapWriter::create(&mut session, &HeapShape::LINKS).unwrap();
    let id = heap.insert(&mut session, &[1; 100]).unwrap();
    let large = heap.insert(&mut session, &[2; 5000]).unwrap();
    let address = heap.finish(&mut session).unwrap();
    session.commit().unwrap();
    let mut heap = HeapWriter::open(&mut session, address).unwrap();
    heap.remove(&mut session, &id).unwrap();
    heap.remove(&mut session, &large).unwrap();
    assert_ne!(heap.insert(&mut session, &[3; 100]).unwrap(), id);
    heap.finish(&mut session).unwrap();
    let model = HashMap::from([(id.clone(), vec![1; 100]), (large.clone(), vec![2; 5000])]);
    check(&session, address, &model);
    session.commit().unwrap();
    let mut heap = HeapWriter::open(&mut session, address).unwrap();
    assert_eq!(heap.insert(&mut session, &[4; 100]).unwrap(), id);
    heap.finish(&mut session).unwrap();
    let storage = session.core().storage();
    assert!(FractalHeap::open(storage, address).unwrap().object(storage, &large).is_err());
}
