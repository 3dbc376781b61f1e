//! Datatypes in short words, safe for a terminal: `int32`, `uint16 big-endian`, `string(10)`, `{x: int32, y: float64}`.

use std::fmt;

use super::{
    BitfieldType, ByteOrder, CompoundType, Datatype, EnumType, FloatType, IntegerType, MantissaNormalization,
    ReferenceKind, StringLength,
};
use crate::Value;

impl fmt::Display for Datatype {
    /// Little-endian is not mentioned; names of members, enumeration values and tags are escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(t) => t.fmt(f),
            Self::Float(t) => t.fmt(f),
            Self::Time(t) => {
                write!(f, "time{}", t.size.saturating_mul(8))?;
                write_order(f, t.size, t.order)
            }
            Self::String(t) => match t.length {
                StringLength::Fixed(size) => write!(f, "string({size})"),
                StringLength::Variable { .. } => f.write_str("string"),
            },
            Self::Bitfield(t) => t.fmt(f),
            Self::Opaque(t) if t.tag.is_empty() => write!(f, "opaque({})", t.size),
            Self::Opaque(t) => write!(f, "opaque({}, \"{}\")", t.size, t.tag),
            Self::Compound(t) => t.fmt(f),
            Self::Reference(t) => f.write_str(match t.kind {
                ReferenceKind::Object => "reference<object>",
                ReferenceKind::Region => "reference<region>",
                ReferenceKind::Object2 => "reference<object 2>",
                ReferenceKind::Region2 => "reference<region 2>",
                ReferenceKind::Attribute => "reference<attribute>",
            }),
            Self::Enum(t) => t.fmt(f),
            Self::Vlen(t) => write!(f, "vlen<{}>", t.base),
            Self::Array(t) => {
                f.write_str("[")?;
                write_list(f, ",", &t.dimensions, |f, dimension| write!(f, "{dimension}"))?;
                write!(f, "] {}", t.base)
            }
            Self::Complex(t) => write!(f, "complex<{}>", t.base),
        }
    }
}

impl fmt::Display for IntegerType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}int{}", if self.signed { "" } else { "u" }, self.size.saturating_mul(8))?;
        write_order(f, self.size, self.order)?;
        write_bits(f, self.size, self.offset_bits, self.precision_bits)
    }
}

impl fmt::Display for BitfieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bitfield{}", self.size.saturating_mul(8))?;
        write_order(f, self.size, self.order)?;
        write_bits(f, self.size, self.offset_bits, self.precision_bits)
    }
}

impl fmt::Display for FloatType {
    /// Well-known layouts by name, others by their fields: `float32 (sign at 31, exponent 8 at 23 bias 127, mantissa 23 at 0)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = [
            ("float16", Self::f16(self.order)),
            ("bfloat16", Self::bf16(self.order)),
            ("float32", Self::f32(self.order)),
            ("float64", Self::f64(self.order)),
            ("float128", Self::f128(self.order)),
            ("float80", Self::x87(self.size, self.order)),
        ];
        if let Some((name, _)) = known.iter().find(|(_, t)| t == self) {
            f.write_str(name)?;
            return write_order(f, self.size, self.order);
        }
        write!(f, "float{}", self.size.saturating_mul(8))?;
        write_order(f, self.size, self.order)?;
        let Self {
            sign_position, exponent_position, exponent_bits, mantissa_position, mantissa_bits, ..
        } = self;
        let leading = match self.normalization {
            MantissaNormalization::Implied => "",
            MantissaNormalization::MostSignificantBitSet => " leading one stored",
            MantissaNormalization::None => " not normalized",
        };
        write!(
            f,
            " (sign at {sign_position}, exponent {exponent_bits} at {exponent_position} bias {}, mantissa \
             {mantissa_bits} at {mantissa_position}{leading})",
            self.exponent_bias
        )
    }
}

impl fmt::Display for CompoundType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        write_list(f, ", ", &self.members, |f, member| write!(f, "{}: {}", member.name, member.datatype))?;
        f.write_str("}")
    }
}

impl fmt::Display for EnumType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "enum<{}>{{", self.base)?;
        write_list(f, ", ", &self.members, |f, member| {
            match Value::decode(&self.base, &member.value, &crate::Heap::default()) {
                Ok(value) => write!(f, "{}={value}", member.name),
                Err(_) => write!(f, "{}=?", member.name),
            }
        })?;
        f.write_str("}")
    }
}

fn write_list<T>(
    f: &mut fmt::Formatter<'_>,
    separator: &str,
    items: &[T],
    mut write: impl FnMut(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        write(f, item)?;
    }
    Ok(())
}

fn write_order(f: &mut fmt::Formatter<'_>, size: usize, order: ByteOrder) -> fmt::Result {
    match order {
        ByteOrder::Big if size > 1 => f.write_str(" big-endian"),
        ByteOrder::Vax => f.write_str(" VAX"),
        _ => Ok(()),
    }
}

fn write_bits(f: &mut fmt::Formatter<'_>, size: usize, offset: u16, precision: u16) -> fmt::Result {
    if offset == 0 && usize::from(precision) == size.saturating_mul(8) {
        return Ok(());
    }
    write!(f, " ({precision} bits at {offset})")
}

#[cfg(test)]
mod tests {
    use crate::ByteOrder::{Big, Little};
    use crate::{
        ArrayType, ComplexType, CompoundType, Datatype, EnumMember, EnumType, FloatType, IntegerType, Name,
        OpaqueType, StringType, VlenType,
    };

    #[test]
    fn datatypes_read_as_short_words() {
        let i32 = || Datatype::Integer(IntegerType::plain(4, true, Little));
        let f64 = |order| Datatype::Float(FloatType::f64(order));
        let shown = [
            (i32(), "int32"),
            (Datatype::Integer(IntegerType::plain(2, false, Big)), "uint16 big-endian"),
            (Datatype::Integer(IntegerType::plain(1, false, Big)), "uint8"),
            (
                Datatype::Integer(IntegerType {
                    offset_bits: 6,
                    precision_bits: 20,
                    ..IntegerType::plain(4, true, Little)
                }),
                "int32 (20 bits at 6)",
            ),
            (Datatype::Float(FloatType::bf16(Little)), "bfloat16"),
            (Datatype::Float(FloatType::x87(16, Little)), "float80"),
            (
                Datatype::Float(FloatType { exponent_bias: 128, ..FloatType::f32(Big) }),
                "float32 big-endian (sign at 31, exponent 8 at 23 bias 128, mantissa 23 at 0)",
            ),
            (Datatype::String(StringType::variable_utf8()), "string"),
            (Datatype::Opaque(OpaqueType { size: 4, tag: Name::default() }), "opaque(4)"),
            (Datatype::Opaque(OpaqueType { size: 4, tag: "a\x1b".into() }), "opaque(4, \"a\\x1b\")"),
            (
                Datatype::Compound(CompoundType::packed([("x".into(), i32()), ("y\n".into(), f64(Little))])),
                "{x: int32, y\\x0a: float64}",
            ),
            (
                Datatype::Enum(EnumType {
                    base: Box::new(Datatype::Integer(IntegerType::plain(1, true, Little))),
                    members: vec![
                        EnumMember { name: "FALSE".into(), value: vec![0] },
                        EnumMember { name: "TRUE".into(), value: vec![1] },
                    ],
                }),
                "enum<int8>{FALSE=0, TRUE=1}",
            ),
            (
                Datatype::Array(ArrayType { dimensions: vec![3, 4], base: Box::new(f64(Big)) }),
                "[3,4] float64 big-endian",
            ),
            (Datatype::Vlen(VlenType { size: 16, base: Box::new(i32()) }), "vlen<int32>"),
            (Datatype::Complex(ComplexType { base: Box::new(f64(Little)) }), "complex<float64>"),
        ];
        for (datatype, text) in shown {
            assert_eq!(datatype.to_string(), text);
        }
    }
}
