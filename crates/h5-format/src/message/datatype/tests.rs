use h5_types::{
    ArrayType, ByteOrder, ComplexType, CompoundType, EnumMember, EnumType, FloatType, IntegerType, Limits,
    Member, Padding,
};

use super::*;
use crate::Sizes;

/// A 32-bit little-endian integer, version 1.
const I32: [u8; 12] = [0x10, 0x08, 0, 0, 4, 0, 0, 0, 0, 0, 32, 0];

fn decode_with(body: &[u8], limits: &Limits) -> Result<Datatype> {
    super::decode(body, Context { sizes: Sizes { offsets: 8, lengths: 8 }, limits })
}

fn decode(body: &[u8]) -> Result<Datatype> {
    decode_with(body, &Limits::default())
}

fn i32_type() -> Datatype {
    Datatype::Integer(IntegerType::plain(4, true, ByteOrder::Little))
}

#[test]
fn integer_and_float() {
    assert_eq!(decode(&I32).unwrap(), i32_type());
    let f64_be = [0x11, 0x21, 63, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0];
    assert_eq!(decode(&f64_be).unwrap(), Datatype::Float(FloatType::f64(ByteOrder::Big)));
    let mut outside = I32;
    outside[8] = 1;
    assert!(decode(&outside).is_err(), "offset 1 and precision 32 in 32 bits");
    let mut zero = I32;
    zero[4] = 0;
    assert!(decode(&zero).is_err());
}

#[test]
fn strings_fixed_and_variable() {
    let fixed = decode(&[0x13, 0x11, 0, 0, 5, 0, 0, 0]).unwrap();
    let padding = StringPadding::NullPadded;
    let character_set = CharacterSet::Utf8;
    assert_eq!(
        fixed,
        Datatype::String(StringType { length: StringLength::Fixed(5), padding, character_set })
    );
    let mut variable = vec![0x19, 0x01, 0x01, 0, 16, 0, 0, 0];
    variable.extend([0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0]);
    let Datatype::String(t) = decode(&variable).unwrap() else { panic!("not a string") };
    assert_eq!(t.length, StringLength::Variable { size: 16 });
    assert_eq!((t.padding, t.character_set), (StringPadding::NullTerminated, CharacterSet::Utf8));
    variable[4] = 12;
    assert!(decode(&variable).is_err(), "the size does not go with the size of offsets");
}

#[test]
fn compound_of_each_version_is_the_same() {
    let v1 = [&[0x16, 1, 0, 0, 8, 0, 0, 0][..], b"member\0\0", &[4, 0, 0, 0], &[0; 28], &I32].concat();
    let v2 = [&[0x26, 1, 0, 0, 8, 0, 0, 0][..], b"member\0\0", &[4, 0, 0, 0], &I32].concat();
    let v3 = [&[0x36, 1, 0, 0, 8, 0, 0, 0][..], b"member\0", &[4], &I32].concat();
    let expected = decode(&v3).unwrap();
    let Datatype::Compound(compound) = &expected else { panic!("not a compound") };
    assert_eq!(compound.member(b"member").unwrap().offset, 4);
    assert_eq!(decode(&v1).unwrap(), expected);
    assert_eq!(decode(&v2).unwrap(), expected);
    let outside = [&[0x36, 1, 0, 0, 8, 0, 0, 0][..], b"member\0", &[5], &I32].concat();
    assert!(decode(&outside).is_err());
}

#[test]
fn version_1_member_with_dimensions_is_an_array() {
    let dimensions = [&[2, 0, 0, 0][..], &[0; 8], &[3, 0, 0, 0], &[2, 0, 0, 0], &[9; 8]].concat();
    let v1 = [&[0x16, 1, 0, 0, 24, 0, 0, 0][..], b"a\0\0\0\0\0\0\0", &[0; 4], &dimensions, &I32].concat();
    let Datatype::Compound(compound) = decode(&v1).unwrap() else { panic!("not a compound") };
    let Datatype::Array(array) = &compound.members[0].datatype else { panic!("not an array") };
    assert_eq!(array.dimensions, [3, 2]);
}

#[test]
fn arrays_of_each_version_are_the_same() {
    let v2 =
        [&[0x2a, 0, 0, 0, 24, 0, 0, 0][..], &[2, 0, 0, 0], &[3, 0, 0, 0, 2, 0, 0, 0], &[0; 8], &I32].concat();
    let v3 = [&[0x3a, 0, 0, 0, 24, 0, 0, 0][..], &[2], &[3, 0, 0, 0, 2, 0, 0, 0], &I32].concat();
    assert_eq!(decode(&v2).unwrap(), decode(&v3).unwrap());
    assert_eq!(decode(&v3).unwrap().size(), 24);
    let mut v1 = v2.clone();
    v1[0] = 0x1a;
    assert_eq!(decode(&v1).unwrap(), decode(&v3).unwrap());
    let huge = [&[0x3a, 0, 0, 0, 24, 0, 0, 0][..], &[2], &[0xff; 8], &I32].concat();
    assert!(decode(&huge).is_err());
}

#[test]
fn enumeration_keeps_names_and_values() {
    let v3 = [&[0x38, 2, 0, 0, 4, 0, 0, 0][..], &I32, b"no\0yes\0", &[0, 0, 0, 0, 1, 0, 0, 0]].concat();
    let Datatype::Enum(t) = decode(&v3).unwrap() else { panic!("not an enum") };
    assert_eq!(t.members[1].name, Name::from("yes"));
    assert_eq!(t.members[1].value, [1, 0, 0, 0]);
    assert!(decode(&v3[..v3.len() - 1]).is_err());
}

#[test]
fn complex_reference_and_opaque() {
    let f32_le = [0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0];
    let complex = [&[0x5b, 1, 0, 0, 8, 0, 0, 0][..], &f32_le].concat();
    assert!(matches!(decode(&complex).unwrap(), Datatype::Complex(_)));
    let polar = [&[0x5b, 3, 0, 0, 8, 0, 0, 0][..], &f32_le].concat();
    assert!(matches!(decode(&polar).unwrap_err().fault(), Fault::Unsupported { .. }));
    let reference = decode(&[0x47, 0x12, 0, 0, 18, 0, 0, 0]).unwrap();
    let expected = ReferenceType { size: 18, kind: ReferenceKind::Object2 };
    assert_eq!(reference, Datatype::Reference(expected));
    let opaque = decode(&[&[0x15, 8, 0, 0, 3, 0, 0, 0][..], b"tag\0\0\0\0\0"].concat()).unwrap();
    assert_eq!(opaque, Datatype::Opaque(OpaqueType { size: 3, tag: Name::from("tag") }));
}

#[test]
fn nesting_is_bounded() {
    let mut limits = Limits::default();
    let vlen = [0x19, 0, 0, 0, 16, 0, 0, 0];
    let nested = |levels: usize| [vlen.repeat(levels), I32.to_vec()].concat();
    limits.datatype_depth = 4;
    assert!(decode_with(&nested(3), &limits).is_ok());
    let fault = decode_with(&nested(4), &limits).unwrap_err().fault();
    assert!(matches!(fault, Fault::Limit { limit: 4, .. }), "{fault:?}");
}

fn encode(datatype: &Datatype, version: u8) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    super::encode(datatype, version, Sizes { offsets: 8, lengths: 8 }, &mut out).map(|()| out)
}

/// What a body decodes to, encoded in the body's version.
fn again(body: &[u8]) -> Vec<u8> {
    encode(&decode(body).unwrap(), body[0] >> 4).unwrap()
}

#[test]
fn every_class_is_written_as_it_was_read() {
    let f32_le = [0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0];
    let f32_vax = [0x31, 0x61, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 129, 0, 0, 0];
    let permutation = [0, 0, 0, 0, 1, 0, 0, 0];
    let bodies = [
        I32.to_vec(),
        f32_le.to_vec(),
        f32_vax.to_vec(),
        [0x12, 0x01, 0, 0, 4, 0, 0, 0, 32, 0].to_vec(),
        [0x13, 0x12, 0, 0, 5, 0, 0, 0].to_vec(),
        [0x14, 0x06, 0, 0, 2, 0, 0, 0, 3, 0, 9, 0].to_vec(),
        [&[0x15, 8, 0, 0, 3, 0, 0, 0][..], b"tag\0\0\0\0\0"].concat(),
        [0x15, 0, 0, 0, 3, 0, 0, 0].to_vec(),
        [&[0x16, 1, 0, 0, 8, 0, 0, 0][..], b"member\0\0", &[4, 0, 0, 0], &[0; 28], &I32].concat(),
        [&[0x26, 1, 0, 0, 8, 0, 0, 0][..], b"seven_7\0", &[4, 0, 0, 0], &I32].concat(),
        [&[0x36, 1, 0, 0, 8, 0, 0, 0][..], b"member\0", &[4], &I32].concat(),
        [&[0x36, 1, 0, 0, 0, 1, 0, 0][..], b"member\0", &[4, 0], &I32].concat(),
        [0x17, 1, 0, 0, 12, 0, 0, 0].to_vec(),
        [0x47, 0x14, 0, 0, 18, 0, 0, 0].to_vec(),
        [&[0x18, 1, 0, 0, 4, 0, 0, 0][..], &I32, b"no\0\0\0\0\0\0", &[5, 0, 0, 0]].concat(),
        [&[0x38, 2, 0, 0, 4, 0, 0, 0][..], &I32, b"no\0yes\0", &[0, 0, 0, 0, 1, 0, 0, 0]].concat(),
        [&[0x19, 0, 0, 0, 16, 0, 0, 0][..], &I32].concat(),
        [&[0x19, 0x11, 1, 0, 16, 0, 0, 0][..], &[0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0]].concat(),
        [&[0x2a, 0, 0, 0, 24, 0, 0, 0, 2, 0, 0, 0][..], &[3, 0, 0, 0, 2, 0, 0, 0], &permutation, &I32]
            .concat(),
        [&[0x3a, 0, 0, 0, 24, 0, 0, 0, 2][..], &[3, 0, 0, 0, 2, 0, 0, 0], &I32].concat(),
        [&[0x5b, 1, 0, 0, 8, 0, 0, 0][..], &f32_le].concat(),
    ];
    for body in bodies {
        assert_eq!(again(&body), body);
    }
}

#[test]
fn versions_rise_to_what_the_datatype_needs() {
    let array = Datatype::Array(ArrayType { dimensions: vec![2], base: Box::new(i32_type()) });
    let vax = Datatype::Float(FloatType::f32(ByteOrder::Vax));
    let reference = Datatype::Reference(ReferenceType { size: 18, kind: ReferenceKind::Object2 });
    let base = Box::new(Datatype::Float(FloatType::f32(ByteOrder::Little)));
    let complex = Datatype::Complex(ComplexType { base });
    for (datatype, least) in [(i32_type(), 1), (array, 2), (vax, 3), (reference, 4), (complex, 5)] {
        assert_eq!(minimum_version(&datatype), least);
        let members = [("i".into(), i32_type()), ("x".into(), datatype)];
        let compound = Datatype::Compound(CompoundType::packed(members));
        assert_eq!(minimum_version(&compound), least);
        assert_eq!(encode(&compound, 1).unwrap()[0] >> 4, least);
        let vlen = Datatype::Vlen(VlenType { size: 16, base: Box::new(compound) });
        assert_eq!(minimum_version(&vlen), least);
    }
    assert_eq!(encode(&i32_type(), 5).unwrap(), I32, "an integer is the same in all versions");
}

#[test]
fn what_contradicts_itself_is_not_written() {
    let fails = |datatype: Datatype| assert!(encode(&datatype, 3).is_err(), "{datatype:?}");
    let plain = IntegerType::plain(4, true, ByteOrder::Little);
    fails(Datatype::Integer(IntegerType { offset_bits: 1, ..plain.clone() }));
    fails(Datatype::Integer(IntegerType { precision_bits: 0, ..plain.clone() }));
    fails(Datatype::Integer(IntegerType { order: ByteOrder::Vax, ..plain.clone() }));
    fails(Datatype::Integer(IntegerType { low_padding: Padding::Background, ..plain }));
    fails(Datatype::Float(FloatType { sign_position: 64, ..FloatType::f64(ByteOrder::Big) }));
    fails(Datatype::Opaque(OpaqueType { size: 0, tag: Name::default() }));
    fails(Datatype::Opaque(OpaqueType { size: 1, tag: Name::new(&[b'a'; 249][..]) }));
    fails(Datatype::Vlen(VlenType { size: 12, base: Box::new(i32_type()) }));
    let member = |offset, name: &str| Member { name: name.into(), offset, datatype: i32_type() };
    fails(Datatype::Compound(CompoundType { size: 8, members: vec![member(5, "a")] }));
    fails(Datatype::Compound(CompoundType { size: 8, members: vec![member(0, "a\0b")] }));
    fails(Datatype::Compound(CompoundType { size: 1 << 18, members: vec![member(0, "a"); 0x1_0000] }));
    let value = EnumMember { name: "a".into(), value: vec![0; 3] };
    fails(Datatype::Enum(EnumType { base: Box::new(i32_type()), members: vec![value] }));
    let of_floats = Box::new(Datatype::Float(FloatType::f32(ByteOrder::Little)));
    fails(Datatype::Enum(EnumType { base: of_floats, members: Vec::new() }));
    fails(Datatype::Complex(ComplexType { base: Box::new(i32_type()) }));
    for dimensions in [vec![], vec![0], vec![1; 33], vec![1 << 30]] {
        fails(Datatype::Array(ArrayType { dimensions, base: Box::new(i32_type()) }));
    }
    assert!(encode(&i32_type(), 0).is_err() && encode(&i32_type(), 6).is_err());
}
