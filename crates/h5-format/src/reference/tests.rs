use h5_types::{Hyperslab, HyperslabDimension, Points};
use proptest::prelude::*;

use super::*;

const SIZES: Sizes = Sizes { offsets: 8, lengths: 8 };

fn hex(text: &str) -> Vec<u8> {
    text.split(' ').map(|b| u8::from_str_radix(b, 16).unwrap()).collect()
}

#[test]
fn object_reference_is_an_address() {
    let decoded = decode_object_reference(&[0x60, 3, 0, 0, 0, 0, 0, 0], SIZES).unwrap();
    assert_eq!(decoded, Reference::Object(ObjectToken(0x360)));
    assert_eq!(decode_object_reference(&[0; 8], SIZES).unwrap(), Reference::Null);
    assert_eq!(decode_object_reference(&[0xff; 8], SIZES).unwrap(), Reference::Null);
}

#[test]
fn revised_object_reference_is_inline() {
    let element = hex("02 00 08 90 07 00 00 00 00 00 00 00 00 00 00 00 00 00");
    let expected = StoredReference::Here(Reference::Object(ObjectToken(0x790)));
    assert_eq!(decode_revised_reference(&element, SIZES).unwrap(), expected);
    assert_eq!(decode_revised_reference(&[0; 18], SIZES).unwrap(), StoredReference::Here(Reference::Null));
}

#[test]
fn external_attribute_reference_as_the_library_writes_it() {
    // Element and heap object as HDF5 1.12 writes them (a test file of its h5dump).
    let element = hex("04 01 20 00 00 00 48 08 00 00 00 00 00 00 01 00 00 00");
    let header = ReferenceHeader { reference_type: 4, flags: 1 };
    let expected =
        StoredReference::InHeap { collection_address: Address(0x848), object_index: 1, header: Some(header) };
    assert_eq!(decode_revised_reference(&element, SIZES).unwrap(), expected);
    let block = hex(
        "08 90 07 00 00 00 00 00 00 0e 00 74 72 65 66 65 72 5f 65 78 74 31 2e 68 35 05 00 41 74 74 72 31",
    );
    let decoded = decode_reference_block(&block, header, &Limits::default()).unwrap();
    let target = Box::new(Reference::Attribute { object: ObjectToken(0x790), name: "Attr1".into() });
    assert_eq!(decoded, Reference::External { file: "trefer_ext1.h5".into(), target });
}

#[test]
fn revised_region_reference_as_the_library_writes_it() {
    let block = hex(
        "08 c3 00 00 00 00 00 00 00 1e 00 00 00 02 00 00 00 02 00 00 00 03 00 00 00 01 02 02 00 00 00 02 00 01 00 01 00 06 00 02 00 01 00 01 00 06 00 00",
    );
    let header = ReferenceHeader { reference_type: 3, flags: 0 };
    let dimension = HyperslabDimension { start: 2, stride: 1, count: Some(1), block: Some(6) };
    let selection = Selection::Hyperslab(Hyperslab { dimensions: vec![dimension; 2] });
    let expected = Reference::Region { object: ObjectToken(0xc3), selection };
    assert_eq!(decode_reference_block(&block, header, &Limits::default()).unwrap(), expected);
    for length in 0..block.len() - 2 {
        assert!(decode_reference_block(&block[..length], header, &Limits::default()).is_err(), "{length}");
    }
}

#[test]
fn encode_elements_as_the_library_writes_them() {
    let object = Reference::Object(ObjectToken(0x790));
    assert_eq!(encode_object_reference(&object, SIZES).unwrap(), [0x90, 7, 0, 0, 0, 0, 0, 0]);
    assert_eq!(encode_object_reference(&Reference::Null, SIZES).unwrap(), [0; 8]);
    let element = hex("02 00 08 90 07 00 00 00 00 00 00 00 00 00 00 00 00 00");
    assert_eq!(encode_revised_reference(&StoredReference::Here(object), 0, SIZES).unwrap(), element);
    let null = StoredReference::Here(Reference::Null);
    assert_eq!(encode_revised_reference(&null, 0, SIZES).unwrap(), [0; 18]);
    assert_eq!(encode_region_reference(&null, SIZES).unwrap(), [0; 12]);
    let place =
        |header| StoredReference::InHeap { collection_address: Address(0x848), object_index: 1, header };
    let header = ReferenceHeader { reference_type: 4, flags: 1 };
    let element = hex("04 01 20 00 00 00 48 08 00 00 00 00 00 00 01 00 00 00");
    assert_eq!(encode_revised_reference(&place(Some(header)), 32, SIZES).unwrap(), element);
    assert_eq!(encode_region_reference(&place(None), SIZES).unwrap(), element[6..]);
    assert!(encode_region_reference(&place(Some(header)), SIZES).is_err());
    assert!(encode_revised_reference(&place(None), 32, SIZES).is_err());
    let inline = ReferenceHeader { reference_type: 2, flags: 0 };
    assert!(encode_revised_reference(&place(Some(inline)), 32, SIZES).is_err());
    assert!(encode_object_reference(&Reference::Object(ObjectToken(0)), SIZES).is_err());
    assert!(encode_object_reference(&Reference::Object(ObjectToken(1 << 64)), SIZES).is_err());
}

#[test]
fn encode_blocks_as_the_library_writes_them() {
    let target = Box::new(Reference::Attribute { object: ObjectToken(0x790), name: "Attr1".into() });
    let external = Reference::External { file: "trefer_ext1.h5".into(), target };
    let block = hex(
        "08 90 07 00 00 00 00 00 00 0e 00 74 72 65 66 65 72 5f 65 78 74 31 2e 68 35 05 00 41 74 74 72 31",
    );
    let header = ReferenceHeader { reference_type: 4, flags: 1 };
    assert_eq!(encode_reference_block(&external, 0, SIZES).unwrap(), (header, block));
    let dimension = HyperslabDimension { start: 2, stride: 1, count: Some(1), block: Some(6) };
    let selection = Selection::Hyperslab(Hyperslab { dimensions: vec![dimension; 2] });
    let region = Reference::Region { object: ObjectToken(0xc3), selection };
    let block = hex(
        "08 c3 00 00 00 00 00 00 00 1e 00 00 00 02 00 00 00 02 00 00 00 03 00 00 00 01 02 02 00 00 00 02 00 01 00 01 00 06 00 02 00 01 00 01 00 06 00",
    );
    let header = ReferenceHeader { reference_type: 3, flags: 0 };
    assert_eq!(encode_reference_block(&region, 2, SIZES).unwrap(), (header, block));
    assert!(encode_reference_block(&region, 3, SIZES).is_err());
    assert!(encode_reference_block(&Reference::Null, 0, SIZES).is_err());
    let nested = Reference::External { file: "a".into(), target: Box::new(external) };
    assert!(encode_reference_block(&nested, 0, SIZES).is_err());
    let long = Reference::Attribute { object: ObjectToken(1), name: Name::new(vec![b'a'; 1 << 16]) };
    assert!(encode_reference_block(&long, 0, SIZES).is_err());
}

proptest! {
    #[test]
    fn blocks_decode_to_what_was_encoded(
        token in 1..u64::MAX,
        name in prop::collection::vec(any::<u8>(), 0..20),
        file in prop::option::of("[a-z.]{1,9}"),
        kind in 2..5_u8,
        coordinates in prop::collection::vec(any::<u64>(), 6),
    ) {
        let object = ObjectToken(u128::from(token));
        let selection = Selection::Points(Points { rank: 3, coordinates });
        let target = match kind {
            2 => Reference::Object(object),
            3 => Reference::Region { object, selection },
            _ => Reference::Attribute { object, name: Name::new(name) },
        };
        let limits = Limits::default();
        if kind == 3 {
            let block = encode_region_block(&target, SIZES).unwrap();
            prop_assert_eq!(&decode_region_block(&block, SIZES, &limits).unwrap(), &target);
        }
        let reference = match file {
            Some(file) => Reference::External { file: file.as_str().into(), target: Box::new(target) },
            None => target,
        };
        match encode_reference_block(&reference, 3, SIZES) {
            Ok((header, block)) => {
                prop_assert_eq!(decode_reference_block(&block, header, &limits).unwrap(), reference);
            }
            Err(_) => {
                let element = encode_revised_reference(&StoredReference::Here(reference.clone()), 0, SIZES);
                let decoded = decode_revised_reference(&element.unwrap(), SIZES).unwrap();
                prop_assert_eq!(decoded, StoredReference::Here(reference));
            }
        }
    }
}
