//! Random datatypes of every class are written, and read as the same, in every version.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests compute with numbers of their own, and a failure is a panic"
)]

use h5_format::Sizes;
use h5_format::message::{Context, datatype};
use h5_types::{
    ArrayType, BitfieldType, ByteOrder, CharacterSet, ComplexType, CompoundType, Datatype, EnumMember,
    EnumType, FloatType, IntegerType, Limits, MantissaNormalization, Member, Name, OpaqueType, Padding,
    ReferenceKind, ReferenceType, StringLength, StringPadding, StringType, TimeType, VlenType,
};
use proptest::prelude::*;
use proptest::sample::select;

const SIZES: Sizes = Sizes { offsets: 4, lengths: 8 };
/// Of a variable-length element: 8 more than the size of offsets.
const VLEN_BYTES: usize = 12;

fn order() -> impl Strategy<Value = ByteOrder> {
    select(vec![ByteOrder::Little, ByteOrder::Big])
}

fn padding() -> impl Strategy<Value = Padding> {
    select(vec![Padding::Zero, Padding::One])
}

/// Names of all lengths around the multiples of eight that they are filled up to.
fn name(least: usize) -> impl Strategy<Value = Name> {
    prop::collection::vec(1_u8..=255, least..20).prop_map(|bytes| Name::new(&bytes[..]))
}

/// Bytes of a word, and a field of at least one bit inside it.
fn word() -> impl Strategy<Value = (usize, u16, u16)> {
    (1_usize..20)
        .prop_flat_map(|size| (Just(size), 0..size as u16 * 8))
        .prop_flat_map(|(size, offset)| (Just(size), Just(offset), 1..=size as u16 * 8 - offset))
}

fn integer() -> impl Strategy<Value = IntegerType> {
    (word(), order(), any::<bool>(), padding(), padding()).prop_map(
        |((size, offset_bits, precision_bits), order, signed, low_padding, high_padding)| IntegerType {
            size,
            order,
            signed,
            offset_bits,
            precision_bits,
            low_padding,
            high_padding,
        },
    )
}

fn bitfield() -> impl Strategy<Value = Datatype> {
    integer().prop_map(|t| {
        Datatype::Bitfield(BitfieldType {
            size: t.size,
            order: t.order,
            offset_bits: t.offset_bits,
            precision_bits: t.precision_bits,
            low_padding: t.low_padding,
            high_padding: t.high_padding,
        })
    })
}

/// Any fields inside the word; they may overlap, which nothing forbids.
fn float() -> impl Strategy<Value = FloatType> {
    let normalization = select(vec![
        MantissaNormalization::None,
        MantissaNormalization::MostSignificantBitSet,
        MantissaNormalization::Implied,
    ]);
    let order = select(vec![ByteOrder::Little, ByteOrder::Big, ByteOrder::Vax]);
    let bits = |size: usize| 0..size as u8 * 8;
    let fields = word().prop_flat_map(move |word| (Just(word), bits(word.0), bits(word.0), bits(word.0)));
    (fields, order, (padding(), padding(), padding()), normalization, any::<u32>()).prop_map(
        |((word, sign, exponent, mantissa), order, paddings, normalization, exponent_bias)| FloatType {
            size: word.0,
            order,
            offset_bits: word.1,
            precision_bits: word.2,
            low_padding: paddings.0,
            high_padding: paddings.1,
            internal_padding: paddings.2,
            normalization,
            sign_position: sign,
            exponent_position: exponent,
            exponent_bits: word.0 as u8 * 8 - exponent,
            mantissa_position: mantissa,
            mantissa_bits: 1,
            exponent_bias,
        },
    )
}

fn string() -> impl Strategy<Value = Datatype> {
    let length = prop_oneof![
        (1_usize..100).prop_map(StringLength::Fixed),
        Just(StringLength::Variable { size: VLEN_BYTES }),
    ];
    let padding =
        select(vec![StringPadding::NullTerminated, StringPadding::NullPadded, StringPadding::SpacePadded]);
    let character_set = select(vec![CharacterSet::Ascii, CharacterSet::Utf8]);
    (length, padding, character_set).prop_map(|(length, padding, character_set)| {
        Datatype::String(StringType { length, padding, character_set })
    })
}

fn reference() -> impl Strategy<Value = Datatype> {
    let kind = select(vec![
        ReferenceKind::Object,
        ReferenceKind::Region,
        ReferenceKind::Object2,
        ReferenceKind::Region2,
        ReferenceKind::Attribute,
    ]);
    (1_usize..30, kind).prop_map(|(size, kind)| Datatype::Reference(ReferenceType { size, kind }))
}

fn enumeration() -> impl Strategy<Value = Datatype> {
    integer()
        .prop_flat_map(|base| {
            let value = prop::collection::vec(any::<u8>(), base.size);
            (Just(base), prop::collection::vec((name(1), value), 0..5))
        })
        .prop_map(|(base, members)| {
            let members = members.into_iter().map(|(name, value)| EnumMember { name, value }).collect();
            Datatype::Enum(EnumType { base: Box::new(Datatype::Integer(base)), members })
        })
}

/// Members one after the other with gaps; the gap at the end makes offsets of one and of two bytes.
fn compound(member: impl Strategy<Value = Datatype>) -> impl Strategy<Value = Datatype> {
    let members = prop::collection::vec((name(1), 0_usize..5, member), 1..5);
    (members, 0_usize..400).prop_map(|(members, end)| {
        let mut size = 0;
        let mut placed = Vec::new();
        for (name, gap, datatype) in members {
            let offset = size + gap;
            size = offset + datatype.size();
            placed.push(Member { name, offset, datatype });
        }
        Datatype::Compound(CompoundType { size: size + end, members: placed })
    })
}

fn datatypes() -> impl Strategy<Value = Datatype> {
    let time = (1_usize..9, order(), 1_u16..9)
        .prop_map(|(size, order, precision_bits)| Datatype::Time(TimeType { size, order, precision_bits }));
    let opaque = (1_usize..100, name(0)).prop_map(|(size, tag)| Datatype::Opaque(OpaqueType { size, tag }));
    let complex =
        float().prop_map(|base| Datatype::Complex(ComplexType { base: Box::new(Datatype::Float(base)) }));
    let leaf = prop_oneof![
        integer().prop_map(Datatype::Integer),
        float().prop_map(Datatype::Float),
        time,
        string(),
        bitfield(),
        opaque,
        reference(),
        enumeration(),
        complex,
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let dimensions = prop::collection::vec(1_u32..4, 1..5);
        let array = (dimensions, inner.clone())
            .prop_map(|(dimensions, base)| Datatype::Array(ArrayType { dimensions, base: Box::new(base) }));
        let vlen = inner
            .clone()
            .prop_map(|base| Datatype::Vlen(VlenType { size: VLEN_BYTES, base: Box::new(base) }));
        prop_oneof![compound(inner), array, vlen]
    })
}

fn encode(datatype: &Datatype, version: u8) -> Vec<u8> {
    let mut out = Vec::new();
    datatype::encode(datatype, version, SIZES, &mut out).unwrap();
    out
}

fn decode(body: &[u8]) -> h5_format::Result<Datatype> {
    datatype::decode(body, Context { sizes: SIZES, limits: &Limits::default() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_version_reads_as_what_was_written(datatype in datatypes(), version in 1_u8..=5) {
        let body = encode(&datatype, version);
        prop_assert_eq!(decode(&body).unwrap(), datatype);
        // Nothing is left over: each cut is an error.
        prop_assert!(decode(&body[..body.len() - 1]).is_err());
    }

    #[test]
    fn the_minimum_version_is_the_lowest_that_is_written(datatype in datatypes()) {
        let least = datatype::minimum_version(&datatype);
        prop_assert_eq!(encode(&datatype, 1)[0] >> 4, least);
        let highest = (1..=least).map(|version| encode(&datatype, version)[0] >> 4).max();
        prop_assert_eq!(highest, Some(least));
    }
}
