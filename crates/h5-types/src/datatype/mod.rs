//! Datatypes: what the bytes of one element mean (specification IV.A.2.d).

mod display;
mod numeric;
mod structured;
mod text;

pub use numeric::{
    BitfieldType, ByteOrder, FloatType, IntegerType, MantissaNormalization, Padding, TimeType,
};
pub use structured::{
    ArrayType, ComplexType, CompoundType, EnumMember, EnumType, Member, OpaqueType, ReferenceKind,
    ReferenceType, VlenType,
};
pub use text::{CharacterSet, StringLength, StringPadding, StringType};

/// The datatype of an element, of any HDF5 class. A decoded datatype is valid: sizes are not zero, members lie inside their
/// compound, bit fields inside their word.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Datatype {
    /// Class 0, fixed-point number.
    Integer(IntegerType),
    /// Class 1, floating-point number.
    Float(FloatType),
    /// Class 2, time; the C library cannot convert it either.
    Time(TimeType),
    /// Class 3, and class 9 where it is a string.
    String(StringType),
    /// Class 4, bit field.
    Bitfield(BitfieldType),
    /// Class 5, bytes with a tag.
    Opaque(OpaqueType),
    /// Class 6, record.
    Compound(CompoundType),
    /// Class 7, reference.
    Reference(ReferenceType),
    /// Class 8, enumeration.
    Enum(EnumType),
    /// Class 9, variable-length sequence.
    Vlen(VlenType),
    /// Class 10, array of fixed dimensions.
    Array(ArrayType),
    /// Class 11, complex number.
    Complex(ComplexType),
}

/// Bytes that a variable-length sequence or string takes in memory form.
pub(crate) const VLEN_MEMORY_BYTES: usize = 16;
/// Bytes that a reference takes in memory form.
pub(crate) const REFERENCE_MEMORY_BYTES: usize = 8;

impl Datatype {
    /// Bytes of one element, at least 1.
    pub fn size(&self) -> usize {
        match self {
            Self::Integer(t) => t.size,
            Self::Float(t) => t.size,
            Self::Time(t) => t.size,
            Self::String(t) => t.size(),
            Self::Bitfield(t) => t.size,
            Self::Opaque(t) => t.size,
            Self::Compound(t) => t.size,
            Self::Reference(t) => t.size,
            Self::Enum(t) => t.base.size(),
            Self::Vlen(t) => t.size,
            Self::Array(t) => t.size(),
            Self::Complex(t) => t.base.size().saturating_mul(2),
        }
    }

    /// True if some part of an element lies outside it: variable-length data, or a reference.
    pub fn has_variable_part(&self) -> bool {
        self.has_part(|part| part.is_variable_length() || matches!(part, Self::Reference(_)))
    }

    /// True if some part of an element is a sequence or string of variable length, of which the element holds where it lies.
    pub fn has_variable_length(&self) -> bool {
        self.has_part(Self::is_variable_length)
    }

    fn is_variable_length(&self) -> bool {
        match self {
            Self::Vlen(_) => true,
            Self::String(t) => matches!(t.length, StringLength::Variable { .. }),
            _ => false,
        }
    }

    /// True of the datatype, of a member or of an array's elements.
    fn has_part(&self, is: fn(&Self) -> bool) -> bool {
        match self {
            Self::Compound(t) => t.members.iter().any(|m| m.datatype.has_part(is)),
            Self::Array(t) => t.base.has_part(is),
            part => is(part),
        }
    }

    /// The same datatype as it lies in memory: variable-length parts and references in the form that [`crate::Heap`] describes,
    /// compounds that hold such parts packed without gaps, everything else byte for byte as stored (byte order too).
    #[must_use]
    pub fn memory_form(&self) -> Datatype {
        if !self.has_variable_part() {
            return self.clone();
        }
        match self {
            Self::Vlen(t) => {
                Self::Vlen(VlenType { size: VLEN_MEMORY_BYTES, base: Box::new(t.base.memory_form()) })
            }
            Self::Reference(t) => {
                Self::Reference(ReferenceType { size: REFERENCE_MEMORY_BYTES, kind: t.kind })
            }
            Self::String(t) => Self::String(StringType {
                length: StringLength::Variable { size: VLEN_MEMORY_BYTES },
                ..t.clone()
            }),
            Self::Compound(t) => Self::Compound(t.packed_memory_form()),
            Self::Array(t) => Self::Array(ArrayType {
                dimensions: t.dimensions.clone(),
                base: Box::new(t.base.memory_form()),
            }),
            other => other.clone(),
        }
    }
}
