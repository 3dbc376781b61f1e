//! Datatypes of every class, and a value for each element: the same rules are in `tests/matrix/check.py`.

#![allow(clippy::arithmetic_side_effects, reason = "computes with small numbers of its own")]

use std::fmt;

use h5_types::{
    ArrayType, BitfieldType, ByteOrder, CharacterSet, ComplexType, CompoundType, Datatype, EnumMember,
    EnumType, FloatType, IntegerType, Name, ObjectToken, OpaqueType, Reference, ReferenceKind, ReferenceType,
    StringLength, StringPadding, StringType, Value, VlenType,
};

/// The object that references lead to.
#[derive(Debug, Clone, Copy)]
pub struct ReferenceTarget(pub ObjectToken);

/// Tells the value of an element by its number.
pub type ValueOf = dyn Fn(u64, &ReferenceTarget) -> Value;

/// A datatype and the value of its element number i.
pub struct Kind {
    /// What it is called, such as `i16le`.
    pub name: String,
    /// The datatype, variable-length parts in memory form.
    pub datatype: Datatype,
    /// The value of an element; different ones for numbers up to 100 in most types.
    pub value: Box<ValueOf>,
    /// Class 11, complex, which older bounds have not.
    pub needs_v200: bool,
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kind")
            .field("name", &self.name)
            .field("datatype", &self.datatype)
            .finish_non_exhaustive()
    }
}

fn kind(name: &str, datatype: Datatype, value: impl Fn(u64) -> Value + 'static) -> Kind {
    Kind { name: name.to_owned(), datatype, value: Box::new(move |i, _| value(i)), needs_v200: false }
}

/// One or several of every class but time.
pub fn all() -> Vec<Kind> {
    let mut kinds = numbers();
    kinds.extend(texts());
    kinds.extend(structures());
    kinds
}

fn numbers() -> Vec<Kind> {
    let mut kinds = Vec::new();
    for (order, suffix) in [(ByteOrder::Little, "le"), (ByteOrder::Big, "be")] {
        for size in [1_u8, 2, 4, 8] {
            let bits = u32::from(size) * 8;
            let signed = Datatype::Integer(IntegerType::plain(size, true, order));
            kinds.push(kind(&format!("i{bits}{suffix}"), signed, |i| Value::Int(small(i) - 50)));
            let unsigned = Datatype::Integer(IntegerType::plain(size, false, order));
            let high = 1_u64 << (bits - 1);
            kinds.push(kind(&format!("u{bits}{suffix}"), unsigned, move |i| {
                Value::UInt(high + small(i).unsigned_abs())
            }));
        }
        for (float, bits) in
            [(FloatType::f16(order), 16), (FloatType::f32(order), 32), (FloatType::f64(order), 64)]
        {
            kinds.push(kind(&format!("f{bits}{suffix}"), Datatype::Float(float), |i| Value::Float(real(i))));
        }
    }
    kinds.push(kind("bitfield8", Datatype::Bitfield(BitfieldType::plain(1, ByteOrder::Little)), |i| {
        Value::Bitfield(u128::from(i * 5 % 256))
    }));
    kinds
}

fn texts() -> Vec<Kind> {
    let string =
        |length, padding, character_set| Datatype::String(StringType { length, padding, character_set });
    let variable = StringLength::Variable { size: 16 };
    vec![
        kind("s6", string(StringLength::Fixed(6), StringPadding::NullPadded, CharacterSet::Ascii), |i| {
            text(format!("s{i}"))
        }),
        kind(
            "s6space",
            string(StringLength::Fixed(6), StringPadding::SpacePadded, CharacterSet::Utf8),
            |i| text(format!("s{i}")),
        ),
        kind("vstr", string(variable, StringPadding::NullTerminated, CharacterSet::Utf8), |i| {
            text(format!("{}{i}", "\u{b5}".repeat(usize::try_from(i % 5).unwrap_or(0))))
        }),
        kind("vascii", string(variable, StringPadding::NullTerminated, CharacterSet::Ascii), |i| {
            text(if i % 7 == 3 { String::new() } else { format!("v{i}") })
        }),
    ]
}

fn structures() -> Vec<Kind> {
    let i32le = || Datatype::Integer(IntegerType::plain(4, true, ByteOrder::Little));
    let i8le = || Datatype::Integer(IntegerType::plain(1, true, ByteOrder::Little));
    let f64le = || Datatype::Float(FloatType::f64(ByteOrder::Little));
    let f32be = || Datatype::Float(FloatType::f32(ByteOrder::Big));
    let s4 = || Datatype::String(StringType::fixed(4, StringPadding::NullPadded));
    let vstr = || Datatype::String(StringType::variable_utf8());
    let compound = |members: Vec<(&str, Datatype)>| {
        Datatype::Compound(CompoundType::packed(members.into_iter().map(|(n, t)| (Name::from(n), t))))
    };
    let record = |members: Vec<(&str, Value)>| {
        Value::Compound(members.into_iter().map(|(n, v)| (Name::from(n), v)).collect())
    };
    let boolean = EnumType {
        base: Box::new(i8le()),
        members: vec![EnumMember::new("FALSE", 0_i8), EnumMember::new("TRUE", 1_i8)],
    };
    let colour = EnumType {
        base: Box::new(i32le()),
        members: vec![
            EnumMember::new("RED", 0_i32),
            EnumMember::new("GREEN", 1_i32),
            EnumMember::new("BLUE", 7_i32),
        ],
    };
    let opaque = OpaqueType { size: 3, tag: Name::from("blob") };
    let mut kinds = vec![
        kind("bool", Datatype::Enum(boolean), |i| text(if i % 3 == 0 { "TRUE" } else { "FALSE" }.to_owned())),
        kind("enum", Datatype::Enum(colour), |i| {
            text(
                ["RED", "GREEN", "BLUE"]
                    .get(usize::try_from(i % 3).unwrap_or(0))
                    .copied()
                    .unwrap_or("")
                    .to_owned(),
            )
        }),
        kind("opaque", Datatype::Opaque(opaque), |i| Value::Opaque {
            bytes: [i, i * 2, 255 - i].map(|b| u8::try_from(b).unwrap_or(0)).to_vec(),
            tag: Name::from("blob"),
        }),
        kind("vlen_i32", Datatype::Vlen(VlenType { size: 16, base: Box::new(i32le()) }), |i| {
            Value::Sequence((0..i % 4).map(|k| Value::Int(integer(i * 10 + k))).collect())
        }),
        kind("compound", compound(vec![("a", i32le()), ("b", f64le()), ("c", s4())]), move |i| {
            record(vec![
                ("a", Value::Int(integer(i))),
                ("b", Value::Float(real(i))),
                ("c", text(format!("c{}", i % 10))),
            ])
        }),
        kind("compound_vlen", compound(vec![("n", i8le()), ("t", vstr())]), move |i| {
            record(vec![("n", Value::Int(integer(i))), ("t", text(format!("t{i}")))])
        }),
        kind("complex", compound(vec![("r", f64le()), ("i", f64le())]), move |i| {
            record(vec![("r", Value::Float(real(i))), ("i", Value::Float(-real(i)))])
        }),
        kind("array", Datatype::Array(ArrayType { dimensions: vec![3], base: Box::new(f32be()) }), |i| {
            Value::Array {
                dimensions: vec![3],
                values: [0.0, 0.5, 1.0].map(|part| Value::Float(real(i) + part)).to_vec(),
            }
        }),
    ];
    let native = Datatype::Complex(ComplexType { base: Box::new(f64le()) });
    let mut complex = kind("complex11", native, |i| Value::Complex { real: real(i), imaginary: -real(i) });
    complex.needs_v200 = true;
    kinds.push(complex);
    kinds.push(Kind {
        name: "reference".to_owned(),
        datatype: Datatype::Reference(ReferenceType { size: 8, kind: ReferenceKind::Object }),
        value: Box::new(|i, target| {
            Value::Reference(if i % 2 == 0 { Reference::Object(target.0) } else { Reference::Null })
        }),
        needs_v200: false,
    });
    kinds
}

fn small(i: u64) -> i64 {
    integer(i * 37 % 101)
}

fn integer(i: u64) -> i64 {
    i64::try_from(i).unwrap_or(i64::MAX)
}

/// A number that binary16 holds.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn real(i: u64) -> f64 {
    (i as f64 - 12.0) * 0.75
}

fn text(text: String) -> Value {
    Value::String(Name::from(text))
}
