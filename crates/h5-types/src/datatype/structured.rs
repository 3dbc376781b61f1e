use super::Datatype;
use crate::{Name, PlainType};

/// Bytes with a tag.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OpaqueType {
    /// Bytes of one element.
    pub size: usize,
    /// What the bytes are, in words.
    pub tag: Name,
}

/// Record of named members.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CompoundType {
    /// Bytes of one element, gaps included.
    pub size: usize,
    /// Members in stored order.
    pub members: Vec<Member>,
}

/// One member of a compound.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Member {
    /// The member's name.
    pub name: Name,
    /// First byte of the member in the element.
    pub offset: usize,
    /// The member's datatype.
    pub datatype: Datatype,
}

/// Reference to an object or to elements of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReferenceType {
    /// Bytes of one element as stored; 8 in memory form.
    pub size: usize,
    /// What is referred to.
    pub kind: ReferenceKind,
}

/// What a reference refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReferenceKind {
    /// Type 0: an object, by address.
    Object,
    /// Type 1: a region of a dataset, by a global heap object.
    Region,
    /// Type 2: an object, in the encoding of HDF5 1.12.
    Object2,
    /// Type 3: a region, in the encoding of HDF5 1.12.
    Region2,
    /// Type 4: an attribute, in the encoding of HDF5 1.12.
    Attribute,
}

/// Enumeration over an integer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EnumType {
    /// The integer datatype below.
    pub base: Box<Datatype>,
    /// Members in stored order.
    pub members: Vec<EnumMember>,
}

/// One name of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EnumMember {
    /// The name.
    pub name: Name,
    /// Its value: one element of the base datatype.
    pub value: Vec<u8>,
}

/// Variable-length sequence.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VlenType {
    /// Bytes of the element itself (count and pointer): 4 + 4 + the file's size of offsets as stored, 16 in memory form.
    pub size: usize,
    /// Datatype of the sequence's elements.
    pub base: Box<Datatype>,
}

/// Array of fixed dimensions as one element.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ArrayType {
    /// Dimensions, slowest-varying first; none is zero.
    pub dimensions: Vec<u32>,
    /// Datatype of the array's elements.
    pub base: Box<Datatype>,
}

/// Complex number in rectangular form: real part, then imaginary part.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ComplexType {
    /// Datatype of each part: floating-point.
    pub base: Box<Datatype>,
}

impl CompoundType {
    /// A compound whose members follow one another without gaps.
    pub fn packed(members: impl IntoIterator<Item = (Name, Datatype)>) -> Self {
        let mut size = 0_usize;
        let members = members
            .into_iter()
            .map(|(name, datatype)| {
                let offset = size;
                size = size.saturating_add(datatype.size());
                Member { name, offset, datatype }
            })
            .collect();
        Self { size, members }
    }

    pub(super) fn packed_memory_form(&self) -> Self {
        Self::packed(self.members.iter().map(|m| (m.name.clone(), m.datatype.memory_form())))
    }

    /// The member of that name, if there is one.
    pub fn member(&self, name: &[u8]) -> Option<&Member> {
        self.members.iter().find(|m| m.name.as_bytes() == name)
    }
}

impl EnumMember {
    /// A member in memory form: its value in native byte order.
    pub fn new<T: PlainType>(name: impl Into<Name>, value: T) -> Self {
        Self { name: name.into(), value: bytemuck::bytes_of(&value).to_vec() }
    }
}

impl ArrayType {
    /// Number of elements of the array.
    pub fn element_count(&self) -> usize {
        self.dimensions
            .iter()
            .fold(1_usize, |n, &d| n.saturating_mul(usize::try_from(d).unwrap_or(usize::MAX)))
    }

    /// Bytes of the whole array.
    pub fn size(&self) -> usize {
        self.element_count().saturating_mul(self.base.size())
    }
}
