//! The datatype that a value has of itself.

use super::Value;
use super::encode::unknown;
use crate::datatype::{REFERENCE_MEMORY_BYTES, VLEN_MEMORY_BYTES};
use crate::{
    ArrayType, BitfieldType, ByteOrder, ComplexType, CompoundType, Datatype, FloatType, IntegerType,
    OpaqueType, Reference, ReferenceKind, ReferenceType, Result, StringType, VlenType,
};

impl Value {
    /// The datatype that holds the value as it is: 64-bit numbers (128-bit ones where it has them), variable-length UTF-8 strings, packed
    /// compounds.
    ///
    /// # Errors
    /// `Conversion` for an enumeration's value and an empty sequence, which do not say what others there may be, and for lists whose
    /// values have no datatype in common.
    pub fn datatype(&self) -> Result<Datatype> {
        let integer = |size, signed| Datatype::Integer(IntegerType::plain(size, signed, ByteOrder::NATIVE));
        Ok(match self {
            Self::Int(_) => integer(8, true),
            Self::UInt(_) => integer(8, false),
            Self::BigInt(_) => integer(16, true),
            Self::BigUInt(_) => integer(16, false),
            Self::Float(_) => Datatype::Float(FloatType::f64(ByteOrder::NATIVE)),
            Self::String(_) => Datatype::String(StringType::variable_utf8()),
            Self::Bitfield(bits) => {
                let size = if u64::try_from(*bits).is_ok() { 8 } else { 16 };
                Datatype::Bitfield(BitfieldType::plain(size, ByteOrder::NATIVE))
            }
            Self::Opaque { bytes, tag } => {
                Datatype::Opaque(OpaqueType { size: bytes.len().max(1), tag: tag.clone() })
            }
            Self::Compound(members) => {
                let members = members.iter().map(|(name, value)| Ok((name.clone(), value.datatype()?)));
                Datatype::Compound(CompoundType::packed(members.collect::<Result<Vec<_>>>()?))
            }
            Self::Enum { .. } => return Err(unknown("an enumeration's value does not say its datatype")),
            Self::Array { dimensions, values } => {
                let base = Box::new(common_datatype(values)?);
                Datatype::Array(ArrayType { dimensions: dimensions.clone(), base })
            }
            Self::Sequence(values) => {
                let base = Box::new(common_datatype(values)?);
                Datatype::Vlen(VlenType { size: VLEN_MEMORY_BYTES, base })
            }
            Self::Reference(reference) => Datatype::Reference(ReferenceType {
                size: REFERENCE_MEMORY_BYTES,
                kind: reference_kind(reference),
            }),
            Self::Complex { .. } => Datatype::Complex(ComplexType {
                base: Box::new(Datatype::Float(FloatType::f64(ByteOrder::NATIVE))),
            }),
            Self::Time { datatype, .. } => Datatype::Time(datatype.clone()),
        })
    }
}

/// The smallest datatype that holds all values: the same for all, or one for numbers of several kinds.
fn common_datatype(values: &[Value]) -> Result<Datatype> {
    let mut values = values.iter();
    let first = values.next().ok_or_else(|| unknown("an empty list does not say its datatype"))?;
    values.try_fold(first.datatype()?, |common, value| {
        let other = value.datatype()?;
        if common == other {
            return Ok(common);
        }
        match (&common, &other) {
            (Datatype::Integer(a), Datatype::Integer(b)) => {
                let size = if a.size.max(b.size) > 8 { 16 } else { 8 };
                let plain = IntegerType::plain(size, a.signed || b.signed, ByteOrder::NATIVE);
                Ok(Datatype::Integer(plain))
            }
            (Datatype::Integer(_), Datatype::Float(_)) => Ok(other),
            (Datatype::Float(_), Datatype::Integer(_)) => Ok(common),
            _ => Err(unknown(format!("{common} and {other} in one list"))),
        }
    })
}

fn reference_kind(reference: &Reference) -> ReferenceKind {
    match reference {
        Reference::Region { .. } => ReferenceKind::Region,
        Reference::Attribute { .. } => ReferenceKind::Attribute,
        Reference::External { target, .. } => match reference_kind(target) {
            ReferenceKind::Object => ReferenceKind::Object2,
            ReferenceKind::Region => ReferenceKind::Region2,
            kind => kind,
        },
        _ => ReferenceKind::Object,
    }
}
