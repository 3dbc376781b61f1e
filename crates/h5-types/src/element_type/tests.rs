use proptest::prelude::*;

use super::{H5Type, decode_all};
use crate::{
    ArrayType, ByteOrder, Datatype, Elements, ErrorKind, IntegerType, Name, ObjectToken, Reference,
    StringLength, StringPadding, StringType,
};

fn round_trip<T: H5Type + PartialEq + std::fmt::Debug>(values: &[T]) {
    assert_eq!(T::SIZE, T::datatype().size());
    assert_eq!(T::datatype().memory_form(), T::datatype());
    let elements = Elements::from_values(values).unwrap();
    assert_eq!(elements.count(), values.len());
    assert_eq!(decode_all::<T>(&elements).unwrap(), values);
}

#[test]
fn every_type_survives_encoding_and_decoding() {
    round_trip(&[1_u8, 255]);
    round_trip(&[i128::MIN, -1, i128::MAX]);
    round_trip(&[u128::MAX]);
    round_trip(&[1.5_f32, f32::INFINITY]);
    round_trip(&[true, false]);
    round_trip(&[[1_i16, 2, 3], [4, 5, 6]]);
    round_trip(&[[[1.0_f64; 4]; 3]; 2]);
    round_trip(&["".to_owned(), "gr\u{fc}n".to_owned()]);
    round_trip(&[Name::new(b"\xff\0".to_vec())]);
    round_trip(&[vec!["a".to_owned()], vec![], vec!["b".to_owned(), "c".to_owned()]]);
    round_trip(&[vec![vec![1_u32], vec![2, 3]], vec![]]);
    round_trip(&[["x".to_owned(), "y".to_owned()]]);
    round_trip(&[Reference::Null, Reference::Object(ObjectToken(7))]);
    round_trip::<f64>(&[]);
}

#[test]
fn arrays_of_arrays_have_both_dimensions() {
    let Datatype::Array(ArrayType { dimensions, base }) = <[[f32; 4]; 3]>::datatype() else { panic!() };
    assert_eq!(dimensions, [3, 4]);
    assert_eq!(*base, f32::datatype());
}

#[test]
fn elements_of_other_datatypes_are_converted() {
    let big = Datatype::Integer(IntegerType::plain(2, true, ByteOrder::Big));
    let elements = Elements { datatype: big, bytes: vec![0xff, 0xfe, 0, 3], heap: Default::default() };
    assert_eq!(decode_all::<f64>(&elements).unwrap(), [-2.0, 3.0]);
    assert_eq!(decode_all::<u8>(&elements).unwrap(), [0, 3]);
    let error = decode_all::<String>(&elements).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conversion);

    let fixed = Datatype::String(StringType {
        length: StringLength::Fixed(4),
        padding: StringPadding::SpacePadded,
        ..StringType::variable_utf8()
    });
    let elements = Elements { datatype: fixed, bytes: b"ab  abcd".to_vec(), heap: Default::default() };
    assert_eq!(decode_all::<String>(&elements).unwrap(), ["ab", "abcd"]);
}

#[test]
fn text_that_is_not_utf8_is_an_error_for_string_only() {
    let elements = Elements::from_values(&[Name::new(b"\xb0C".to_vec())]).unwrap();
    let error = decode_all::<String>(&elements).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conversion);
    assert!(error.to_string().contains("\\xb0C"), "{error}");
    assert_eq!(decode_all::<Name>(&elements).unwrap(), [Name::new(b"\xb0C".to_vec())]);
}

#[test]
fn wrong_sizes_are_usage_errors() {
    let heap = crate::Heap::default();
    assert_eq!(u32::decode_slice(&[0; 7], &heap).unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(u32::decode(&[0; 5], &heap).unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(String::decode(&[0; 15], &heap).unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(<[u8; 3]>::decode(&[0; 6], &heap).unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(1_u16.encode(&mut [0; 3], &mut crate::Heap::default()).unwrap_err().kind(), ErrorKind::Usage);
}

proptest! {
    #[test]
    fn hostile_elements_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), small in prop::collection::vec(0_u8..4, 0..64)) {
        let heap = crate::Heap { bytes: small.clone(), references: vec![Reference::Null] };
        for bytes in [&bytes, &small] {
            let _ = String::decode_slice(bytes, &heap);
            let _ = Vec::<Vec<u16>>::decode_slice(bytes, &heap);
            let _ = Reference::decode_slice(bytes, &heap);
            let _ = <[u32; 3]>::decode_slice(bytes, &heap);
        }
    }

    #[test]
    fn strings_survive(values in prop::collection::vec(any::<String>(), 0..20)) {
        let elements = Elements::from_values(&values).unwrap();
        prop_assert_eq!(decode_all::<String>(&elements).unwrap(), values);
    }
}
