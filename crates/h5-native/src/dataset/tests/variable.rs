//! Elements with parts of variable size: strings, sequences, references.

use super::*;

fn element(count: u32, index: u32) -> Vec<u8> {
    let mut bytes = count.to_le_bytes().to_vec();
    bytes.extend(if count == 0 { 0_u64 } else { 64 }.to_le_bytes());
    bytes.extend(index.to_le_bytes());
    bytes
}

/// A file with one global heap collection at address 64; objects count from 1.
fn heap_file(objects: &[&[u8]]) -> World {
    let mut bytes = vec![0; 64];
    bytes.extend(b"GCOL\x01\0\0\0");
    bytes.extend(4096_u64.to_le_bytes());
    for (object, index) in objects.iter().zip(1_u16..) {
        bytes.extend(index.to_le_bytes());
        bytes.extend([1, 0, 0, 0, 0, 0]);
        bytes.extend((object.len() as u64).to_le_bytes());
        bytes.extend(*object);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
    }
    bytes.resize(64 + 4096, 0);
    World::new(Arc::new(MemoryVfd::new(bytes)))
}

fn read_all(world: &World, dataset: &StoredDataset) -> (Vec<u8>, Heap) {
    let memory = dataset.info().datatype.memory_form();
    let count = dataset.info().dataspace.element_count().unwrap() as usize;
    let (mut out, mut heap) = (vec![0xa5; count * memory.size()], Heap::default());
    dataset.read(&world.context(), &Selection::All, &memory, &mut out, &mut heap).unwrap();
    (out, heap)
}

fn texts<'h>(elements: &[u8], heap: &'h Heap) -> Vec<&'h [u8]> {
    elements.chunks(16).map(|element| heap.sequence(element, 1).unwrap().1).collect()
}

#[test]
fn strings_and_nested_sequences_come_into_the_heap() {
    let inner: Vec<u8> = [element(3, 1), element(0, 0), element(2, 2)].concat();
    let world = heap_file(&[b"abc", b"de-padding", &inner]);
    let text = Datatype::String(StringType::variable_utf8());
    let data = [element(2, 2), element(0, 5), element(3, 1)].concat();
    let (out, heap) = read_all(&world, &open_compact(&world, &[3], text.clone(), data));
    assert_eq!(texts(&out, &heap), [&b"de"[..], b"", b"abc"]);
    assert_eq!(heap.bytes.len(), 5);

    let lists = Datatype::Vlen(VlenType { size: 16, base: Box::new(text) });
    let (out, heap) = read_all(&world, &open_compact(&world, &[1], lists, element(3, 3)));
    let (count, inner) = heap.sequence(&out, 16).unwrap();
    assert_eq!(count, 3);
    assert_eq!(texts(inner, &heap), [&b"abc"[..], b"", b"de"]);
}

#[test]
fn references_are_followed_and_lost_ones_are_values() {
    let attribute = b"\x08\x90\x07\0\0\0\0\0\0\x05\0Attr1";
    let world = heap_file(&[attribute]);
    let mut lost = vec![4, 0, 16, 0, 0, 0];
    lost.extend(64_u64.to_le_bytes());
    let mut found = lost.clone();
    found.extend(1_u32.to_le_bytes());
    lost.extend(9_u32.to_le_bytes());
    let kind = h5_types::ReferenceKind::Attribute;
    let datatype = Datatype::Reference(h5_types::ReferenceType { size: 18, kind });
    let data = [found, vec![0; 18], lost].concat();
    let (out, heap) = read_all(&world, &open_compact(&world, &[3], datatype, data));
    let references: Vec<_> = out.chunks(8).map(|e| heap.reference(e).unwrap()).collect();
    let object = h5_types::ObjectToken(0x790);
    assert_eq!(references[0], &h5_types::Reference::Attribute { object, name: "Attr1".into() });
    assert_eq!(references[1], &h5_types::Reference::Null);
    assert!(matches!(references[2], h5_types::Reference::Dangling(_)), "{:?}", references[2]);
}

#[test]
fn a_sequence_longer_than_its_heap_object_is_an_error() {
    let world = heap_file(&[b"abc"]);
    let text = Datatype::String(StringType::variable_utf8());
    for lost in [element(4, 1), element(1, 2)] {
        let dataset = open_compact(&world, &[1], text.clone(), lost);
        assert!(world.read(&dataset, &Selection::All).is_err());
    }
}
