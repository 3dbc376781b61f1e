mod properties;

use super::Converter;
use crate::ByteOrder::{Big, Little, Vax};
use crate::{
    ArrayType, BitfieldType, ByteOrder, ComplexType, CompoundType, Datatype, Elements, EnumMember, EnumType,
    ErrorKind, FloatType, H5Type, Heap, IntegerType, Limits, Name, OpaqueType, Padding, ReferenceKind,
    ReferenceType, StringLength, StringPadding, StringType, TimeType, VlenType,
};

fn integer(size: u8, signed: bool, order: ByteOrder) -> Datatype {
    Datatype::Integer(IntegerType::plain(size, signed, order))
}

fn fixed(size: usize, padding: StringPadding) -> Datatype {
    Datatype::String(StringType { length: StringLength::Fixed(size), padding, ..StringType::variable_utf8() })
}

fn compound(members: &[(&str, Datatype)]) -> Datatype {
    Datatype::Compound(CompoundType::packed(members.iter().map(|(name, t)| (Name::from(*name), t.clone()))))
}

fn enumeration(base: Datatype, members: &[(&str, &[u8])]) -> Datatype {
    let members =
        members.iter().map(|(name, value)| EnumMember { name: (*name).into(), value: value.to_vec() });
    Datatype::Enum(EnumType { base: Box::new(base), members: members.collect() })
}

/// Converts elements without a heap onto a target of 0xee bytes.
fn convert(source: &Datatype, target: &Datatype, bytes: &[u8]) -> Vec<u8> {
    let converter = Converter::new(source, target).unwrap();
    let mut out = vec![0xee; bytes.len() / source.size() * target.size()];
    converter.convert(bytes, &Heap::default(), &mut out, &mut Heap::default()).unwrap();
    out
}

fn shown(elements: &Elements) -> String {
    elements.values().map(|value| value.unwrap().to_string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn integers_clip() {
    let from = integer(4, true, Little);
    let bytes: Vec<u8> = [-1_i32, 300, -40_000, i32::MAX].into_iter().flat_map(i32::to_le_bytes).collect();
    assert_eq!(convert(&from, &integer(1, false, Big), &bytes), [0, 255, 0, 255]);
    assert_eq!(convert(&from, &integer(2, true, Big), &bytes), [0xff, 0xff, 0x01, 0x2c, 0x80, 0, 0x7f, 0xff]);
    let wide = convert(&from, &integer(32, true, Big), &bytes[..4]);
    assert_eq!(wide, [0xff; 32]);
    assert_eq!(convert(&integer(32, true, Big), &from, &wide), [0xff; 4]);
}

#[test]
fn words_wider_than_the_arithmetic_are_only_swapped() {
    let wide = |order| {
        Datatype::Integer(IntegerType { size: 40, precision_bits: 320, ..IntegerType::plain(4, true, order) })
    };
    let bytes: Vec<u8> = (0..40).collect();
    let reversed: Vec<u8> = (0..40).rev().collect();
    assert_eq!(convert(&wide(Little), &wide(Big), &bytes), reversed);
    assert_eq!(Converter::new(&wide(Little), &u8::datatype()).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn vax_floats_have_their_words_swapped() {
    let vax = Datatype::Float(FloatType { exponent_bias: 129, ..FloatType::f32(Vax) });
    let bytes = [0x80, 0x40, 0, 0, 0x20, 0xc1, 0x01, 0];
    let values: Vec<f32> = bytemuck::pod_collect_to_vec(&convert(&vax, &f32::datatype(), &bytes));
    assert_eq!(values, [1.0, -2.5 - 2.0 * f32::EPSILON]);
    let back: Vec<u8> = convert(&f32::datatype(), &vax, bytemuck::cast_slice(&values));
    assert_eq!(back, bytes);
}

#[test]
fn compounds_match_by_name_and_keep_what_the_source_lacks() {
    let (u8s, u16s) = (u8::datatype(), integer(2, false, Big));
    let source = compound(&[("a", u8s.clone()), ("dropped", u8s.clone()), ("b", u8s.clone())]);
    let target = compound(&[("b", u16s), ("new", u8s.clone()), ("a", u8s)]);
    assert_eq!(convert(&source, &target, &[1, 2, 3, 4, 5, 6]), [0, 3, 0xee, 1, 0, 6, 0xee, 4]);
}

#[test]
fn enumerations_match_by_name() {
    let source = enumeration(u8::datatype(), &[("A", &[1]), ("B", &[2]), ("only here", &[3])]);
    let target = enumeration(integer(2, false, Big), &[("B", &[0, 20]), ("A", &[0, 10])]);
    assert_eq!(convert(&source, &target, &[1, 2, 3, 9]), [0, 10, 0, 20, 0xff, 0xff, 0xff, 0xff]);
    assert_eq!(convert(&source, &i16::datatype(), &[9]), bytemuck::bytes_of(&9_i16));
    assert_eq!(convert(&i16::datatype(), &source, bytemuck::bytes_of(&300_i16)), [255]);
}

#[test]
fn what_the_library_refuses_is_refused() {
    let bits = Datatype::Bitfield(BitfieldType {
        size: 1,
        order: Little,
        offset_bits: 0,
        precision_bits: 8,
        low_padding: Padding::Zero,
        high_padding: Padding::Zero,
    });
    let opaque = |size, tag: &str| Datatype::Opaque(OpaqueType { size, tag: tag.into() });
    let array = |dimensions: &[u32]| {
        Datatype::Array(ArrayType { dimensions: dimensions.to_vec(), base: Box::new(u8::datatype()) })
    };
    let reference = |kind| Datatype::Reference(ReferenceType { size: 8, kind });
    let time = |order| Datatype::Time(TimeType { size: 4, order, precision_bits: 32 });
    let refused = [
        (bits.clone(), u8::datatype()),
        (u8::datatype(), bits),
        (f32::datatype(), bool::datatype()),
        (opaque(4, "x"), opaque(4, "y")),
        (opaque(4, "x"), opaque(5, "x")),
        (array(&[2, 3]), array(&[3, 2])),
        (array(&[6]), u8::datatype()),
        (reference(ReferenceKind::Object), reference(ReferenceKind::Region)),
        (time(Little), time(Big)),
        (String::datatype(), u8::datatype()),
        (compound(&[("x", u8::datatype())]), compound(&[("x", String::datatype())])),
        (bool::datatype(), Datatype::Complex(ComplexType { base: Box::new(f32::datatype()) })),
    ];
    for (source, target) in refused {
        let error = Converter::new(&source, &target).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conversion, "{source} to {target}");
    }
}

#[test]
fn complex_numbers_convert_part_by_part() {
    let complex = |base| Datatype::Complex(ComplexType { base: Box::new(base) });
    let of_f64 = complex(f64::datatype());
    let of_f32 = complex(Datatype::Float(FloatType::f32(Big)));
    let bytes: Vec<u8> = bytemuck::cast_slice(&[1.5_f64, -2.0]).to_vec();
    let narrow = convert(&of_f64, &of_f32, &bytes);
    assert_eq!(narrow, [0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0]);
    assert_eq!(convert(&of_f32, &i8::datatype(), &narrow), [1]);
    assert_eq!(convert(&i8::datatype(), &of_f32, &[254]), [0xc0, 0, 0, 0, 0, 0, 0, 0]);
    let pair = compound(&[("r", f64::datatype()), ("i", f64::datatype())]);
    assert_eq!(convert(&of_f32, &pair, &narrow), bytes);
    assert_eq!(convert(&<[f64; 2]>::datatype(), &of_f32, &bytes), narrow);
}

#[test]
fn sequences_strings_and_references_move_between_heaps() {
    let values = [
        (vec![1_u16, 2, 300], "text".to_owned(), vec!["a".to_owned(), String::new()]),
        (vec![], "longer text".to_owned(), vec![]),
    ];
    let mut bytes = vec![0; 2 * 48];
    let mut heap = Heap { bytes: b"before".to_vec(), references: vec![] };
    for ((numbers, text, texts), element) in values.iter().zip(bytes.chunks_mut(48)) {
        numbers.encode(&mut element[..16], &mut heap).unwrap();
        text.encode(&mut element[16..32], &mut heap).unwrap();
        texts.encode(&mut element[32..], &mut heap).unwrap();
    }
    let datatype = compound(&[
        ("numbers", Vec::<u16>::datatype()),
        ("text", String::datatype()),
        ("texts", Vec::<String>::datatype()),
    ]);
    let source = Elements { datatype, bytes, heap };
    let vlen = |base| Datatype::Vlen(VlenType { size: 16, base: Box::new(base) });
    let target = compound(&[
        ("texts", vlen(fixed(2, StringPadding::SpacePadded))),
        ("numbers", vlen(integer(1, false, Little))),
        ("text", fixed(6, StringPadding::NullTerminated)),
    ]);
    let converted = source.convert(&target).unwrap().into_owned();
    assert_eq!(
        shown(&converted),
        r#"{texts: ["a", ""], numbers: [1, 2, 255], text: "text"} {texts: [], numbers: [], text: "longe"}"#
    );
    let back = converted.convert(&source.datatype).unwrap().into_owned();
    assert!(shown(&back).starts_with(r#"{numbers: [1, 2, 255], text: "text", texts: ["a", ""]}"#));
}

#[test]
fn identity_is_known() {
    let same = |source: &Datatype, target: &Datatype| Converter::new(source, target).unwrap().is_identity();
    let padded = compound(&[("x", u8::datatype())]);
    let Datatype::Compound(inner) = &padded else { panic!() };
    let wider = Datatype::Compound(CompoundType { size: 2, ..inner.clone() });
    assert!(same(&padded, &padded));
    assert!(!same(&padded, &wider));
    assert!(same(&integer(1, true, Little), &integer(1, true, Big)));
    assert!(!same(&integer(2, true, Little), &integer(2, true, Big)));
    assert!(same(&Vec::<String>::datatype(), &Vec::<String>::datatype()));
    let ascii = Datatype::String(StringType {
        character_set: crate::CharacterSet::Ascii,
        ..StringType::variable_utf8()
    });
    assert!(same(&ascii, &String::datatype()));
}

#[test]
fn buffers_of_wrong_length_are_usage_errors() {
    let converter = Converter::new(&u16::datatype(), &u32::datatype()).unwrap();
    for (from, to) in [(3, 4), (4, 4), (2, 8), (2, 5)] {
        let error = converter
            .convert(&vec![0; from], &Heap::default(), &mut vec![0; to], &mut Heap::default())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
    }
    assert_eq!(converter.convert_in_place(&mut [0; 7], 2).unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn a_heap_limit_is_an_error() {
    let limits = Limits { read_bytes: 5, ..Limits::default() };
    let elements = Elements::from_values(&[vec![1_u8, 2], vec![3]]).unwrap();
    let converter = Converter::new(&elements.datatype, &Vec::<u16>::datatype()).unwrap().limits(&limits);
    let error =
        converter.convert(&elements.bytes, &elements.heap, &mut [0; 32], &mut Heap::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}
