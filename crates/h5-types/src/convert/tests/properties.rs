//! Properties of the conversion engine over random values, datatypes and bytes.

use proptest::prelude::*;

use super::{compound, convert, enumeration, fixed, integer};
use crate::ByteOrder::{Big, Little, Vax};
use crate::convert::Converter;
use crate::convert::layout::Layout;
use crate::convert::native::{Native, kernel};
use crate::convert::plan::Plan;
use crate::convert::run::{Context, Source, Target};
use crate::{
    ArrayType, ComplexType, CompoundType, Datatype, Elements, FloatType, H5Type, Heap, IntegerType, Limits,
    MantissaNormalization, Member, OpaqueType, Padding, StringPadding, TimeType, Value, VlenType,
};

/// Converts with the generic engine, whatever the plan would be.
fn by_bits(source: &Datatype, target: &Datatype, bytes: &[u8]) -> Vec<u8> {
    let layout = |t| Layout::of(t).unwrap().unwrap();
    let plan = Plan::Number { source: layout(source), target: layout(target) };
    let count = bytes.len() / source.size();
    let mut out = vec![0; count * target.size()];
    let (source_heap, mut target_heap) = (Heap::default(), Heap::default());
    plan.run(
        &mut Context::new(&source_heap, &mut target_heap, 0),
        Source { bytes, stride: source.size() },
        Target { bytes: &mut out, stride: target.size() },
        count,
    )
    .unwrap();
    out
}

/// Bytes that hit exponents and ranges near one another more often than random ones.
fn interesting_bytes() -> impl Strategy<Value = Vec<u8>> {
    let float = prop_oneof![
        any::<f64>(),
        any::<f32>().prop_map(f64::from),
        any::<i64>().prop_map(|v| v as f64),
        (-400.0..400.0_f64),
        Just(f64::NAN),
        Just(-f64::INFINITY),
        Just(f64::from(f32::MAX) * (1.0 + 2.0_f64.powi(-25))),
    ];
    let word = prop_oneof![
        any::<u64>().prop_map(u64::to_le_bytes),
        float.prop_map(f64::to_le_bytes),
        any::<(f32, f32)>().prop_map(|(a, b)| {
            let mut bytes = [0; 8];
            bytes[..4].copy_from_slice(&a.to_le_bytes());
            bytes[4..].copy_from_slice(&b.to_le_bytes());
            bytes
        }),
        (-300_i64..300).prop_map(i64::to_le_bytes),
    ];
    prop::collection::vec(word, 1..40).prop_map(|words| words.concat())
}

fn datatypes() -> impl Strategy<Value = Datatype> {
    let order = || prop_oneof![Just(Little), Just(Big), Just(Vax)];
    let padding = || prop_oneof![Just(Padding::Zero), Just(Padding::One), Just(Padding::Background)];
    let numbers = (1..20_usize, order(), any::<bool>(), 0..80_u16, 0..160_u16, padding(), padding())
        .prop_map(|(size, order, signed, offset_bits, precision_bits, low_padding, high_padding)| {
            Datatype::Integer(IntegerType {
                size,
                order,
                signed,
                offset_bits,
                precision_bits,
                low_padding,
                high_padding,
            })
        });
    let normalization = prop_oneof![
        Just(MantissaNormalization::None),
        Just(MantissaNormalization::MostSignificantBitSet),
        Just(MantissaNormalization::Implied)
    ];
    let fields = (0..130_u8, 0..130_u8, 0..40_u8, 0..130_u8, 0..130_u8);
    let floats = (1..20_usize, order(), fields, 0..160_u16, normalization, any::<u32>(), padding()).prop_map(
        |(size, order, fields, precision_bits, normalization, exponent_bias, internal_padding)| {
            Datatype::Float(FloatType {
                size,
                order,
                sign_position: fields.0,
                exponent_position: fields.1,
                exponent_bits: fields.2,
                mantissa_position: fields.3,
                mantissa_bits: fields.4,
                precision_bits,
                normalization,
                exponent_bias,
                internal_padding,
                ..FloatType::f32(order)
            })
        },
    );
    let string_padding = prop_oneof![Just(StringPadding::NullTerminated), Just(StringPadding::SpacePadded)];
    let leaves = prop_oneof![
        numbers.clone(),
        floats,
        Just(f64::datatype()),
        Just(bool::datatype()),
        Just(String::datatype()),
        (1..20_usize, string_padding).prop_map(|(size, padding)| fixed(size, padding)),
        Just(crate::Reference::datatype()),
        (1..5_usize).prop_map(|size| Datatype::Opaque(OpaqueType { size, tag: "t".into() })),
        (1..5_usize).prop_map(|size| Datatype::Time(TimeType { size, order: Big, precision_bits: 8 })),
    ];
    leaves.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec((0..9_usize, inner.clone()), 1..4).prop_map(|members| {
                let names = ["a", "b", "a"];
                let members: Vec<Member> = names
                    .iter()
                    .zip(members)
                    .map(|(name, (offset, datatype))| Member { name: (*name).into(), offset, datatype })
                    .collect();
                let size = members.iter().map(|m| m.offset + m.datatype.size()).max().unwrap();
                Datatype::Compound(CompoundType { size, members })
            }),
            (1..4_u32, inner.clone()).prop_map(|(n, base)| {
                Datatype::Array(ArrayType { dimensions: vec![n, 2], base: Box::new(base) })
            }),
            inner.clone().prop_map(|base| Datatype::Vlen(VlenType { size: 16, base: Box::new(base) })),
            inner.clone().prop_map(|base| Datatype::Complex(ComplexType { base: Box::new(base) })),
            inner.prop_map(|base| enumeration(base, &[("a", &[0]), ("b", &[1, 0])])),
        ]
    })
}

#[test]
fn every_half_agrees_with_the_bit_engine() {
    let bytes: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
    for half in [FloatType::f16(Little), FloatType::bf16(Little)] {
        let (half, single) = (Datatype::Float(half), Datatype::Float(FloatType::f32(Little)));
        let wide = convert(&half, &single, &bytes);
        assert_eq!(wide, by_bits(&half, &single, &bytes));
        // Values between two neighbouring halves, ties included.
        let between: Vec<u8> = wide
            .as_chunks::<4>()
            .0
            .iter()
            .flat_map(|word| {
                [0_u32, 0x0fff, 0x1000, 0x1001, 0x7fff, 0x8000, 0x8001]
                    .map(|low| u32::from_le_bytes(*word) | low)
            })
            .flat_map(u32::to_le_bytes)
            .collect();
        assert_eq!(convert(&single, &half, &between), by_bits(&single, &half, &between));
    }
}

proptest! {
    #[test]
    fn halves_of_singles_agree_with_the_bit_engine(bytes in interesting_bytes()) {
        let single = Datatype::Float(FloatType::f32(Little));
        for half in [FloatType::f16(Little), FloatType::bf16(Little)] {
            let half = Datatype::Float(half);
            prop_assert_eq!(convert(&single, &half, &bytes), by_bits(&single, &half, &bytes));
        }
    }

    #[test]
    fn kernels_agree_with_the_bit_engine(bytes in interesting_bytes()) {
        for source in Native::ALL {
            // A type to itself is copied, which keeps signalling NaN as they are.
            for target in Native::ALL.into_iter().filter(|&target| target != source) {
                let (s, t) = (source.datatype(), target.datatype());
                let mut fast = vec![0; bytes.len() / s.size() * t.size()];
                kernel(source, target)(&bytes, &mut fast);
                prop_assert_eq!(fast, by_bits(&s, &t, &bytes), "{} to {}", s, t);
            }
        }
    }

    #[test]
    fn conversions_agree_with_saturating_casts(values in prop::collection::vec(any::<f64>(), 1..20), ints in prop::collection::vec(any::<i64>(), 1..20)) {
        let floats = Elements::from_values(&values).unwrap();
        let to_i16: Vec<i16> = crate::decode_all(&floats).unwrap();
        prop_assert_eq!(to_i16, values.iter().map(|&v| v as i16).collect::<Vec<_>>());
        let to_u128: Vec<u128> = crate::decode_all(&floats).unwrap();
        prop_assert_eq!(to_u128, values.iter().map(|&v| v as u128).collect::<Vec<_>>());
        let ints_in = Elements::from_values(&ints).unwrap();
        let to_f32: Vec<f32> = crate::decode_all(&ints_in).unwrap();
        prop_assert_eq!(to_f32, ints.iter().map(|&v| v as f32).collect::<Vec<_>>());
        let to_u8: Vec<u8> = crate::decode_all(&ints_in).unwrap();
        prop_assert_eq!(to_u8, ints.iter().map(|&v| v.clamp(0, 255) as u8).collect::<Vec<_>>());
    }

    #[test]
    fn wider_floats_hold_every_double(values in prop::collection::vec(any::<f64>(), 1..20)) {
        let doubles = Elements::from_values(&values).unwrap();
        for wide in [FloatType::f128(Big), FloatType::x87(12, Little), FloatType::x87(10, Big)] {
            let wide = doubles.convert(&Datatype::Float(wide)).unwrap();
            prop_assert_eq!(&crate::decode_all::<f64>(&wide).unwrap(), &values);
            let shown: Vec<Value> = wide.values().map(Result::unwrap).collect();
            prop_assert_eq!(shown, values.iter().map(|&v| Value::Float(v)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn strided_and_contiguous_elements_convert_alike(values in prop::collection::vec(any::<(i32, f64, u8)>(), 1..3000), swap: bool) {
        let order = |swapped: bool| if swapped { Big } else { Little };
        let inner = compound(&[("i", integer(4, true, order(swap))), ("f", Datatype::Float(FloatType::f64(Little))), ("u", u8::datatype())]);
        let target = compound(&[("f", Datatype::Float(FloatType::f32(order(!swap)))), ("u", integer(2, true, Little)), ("i", integer(2, false, Big))]);
        let i = |v: i32| if swap { v.to_be_bytes() } else { v.to_le_bytes() };
        let bytes: Vec<u8> = values.iter().flat_map(|&(a, b, c)| [&i(a)[..], &b.to_le_bytes(), &[c]].concat()).collect();
        let expected: Vec<u8> = values.iter().flat_map(|&(a, b, c)| {
            let f = if swap { (b as f32).to_le_bytes() } else { (b as f32).to_be_bytes() };
            [&f[..], &i16::from(c).to_le_bytes(), &(a.clamp(0, 65535) as u16).to_be_bytes()].concat()
        }).collect();
        prop_assert_eq!(&convert(&inner, &target, &bytes), &expected);
        let mut in_place = bytes.clone();
        Converter::new(&inner, &target).unwrap().convert_in_place(&mut in_place, values.len()).unwrap();
        prop_assert_eq!(&in_place[..expected.len()], &expected[..]);
    }

    #[test]
    fn growing_elements_convert_in_place(values in prop::collection::vec(any::<i16>(), 0..20_000)) {
        let mut buffer = vec![0; values.len() * 8];
        buffer[..values.len() * 2].copy_from_slice(bytemuck::cast_slice(&values));
        Converter::new(&i16::datatype(), &f64::datatype()).unwrap().convert_in_place(&mut buffer, values.len()).unwrap();
        let expected: Vec<f64> = values.iter().map(|&v| v.into()).collect();
        prop_assert_eq!(f64::decode_slice(&buffer, &Heap::default()).unwrap(), expected);
    }

    #[test]
    fn hostile_datatypes_and_bytes_never_panic(
        source in datatypes(),
        target in datatypes(),
        bytes in prop::collection::vec(prop_oneof![Just(0_u8), 0..4_u8, any::<u8>()], 0..400),
        heap in prop::collection::vec(prop_oneof![Just(0_u8), 0..4_u8], 0..100),
    ) {
        let _ = source.to_string();
        let source = source.memory_form();
        let heap = Heap { bytes: heap, references: vec![crate::Reference::Null] };
        let whole = bytes.len() / source.size() * source.size();
        let elements = Elements { datatype: source.clone(), bytes: bytes[..whole].to_vec(), heap };
        for value in elements.values().flatten() {
            let _ = value.to_string();
        }
        for target in [&target.memory_form(), &source] {
            if let Ok(converter) = Converter::new(&source, target) {
                let mut out = vec![0; elements.count() * target.size()];
                let limits = Limits { read_bytes: 1 << 16, ..Limits::default() };
                let _ = converter.limits(&limits).convert(&elements.bytes, &elements.heap, &mut out, &mut Heap::default());
            }
        }
    }
}
