use crate::{Datatype, Reference};

/// What elements of variable size point into.
///
/// In memory form (see [`Datatype::memory_form`]) a variable-length sequence or string is 16 bytes: its element count (bytes,
/// for a string), then its byte offset into [`Heap::bytes`], both u64 in native byte order; a count of 0 may have any offset. A
/// reference is 8 bytes: a native-order u64 that is 0 for null, else 1 + its index in [`Heap::references`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heap {
    /// Elements of sequences (in the memory form of their base type) and characters of strings.
    pub bytes: Vec<u8>,
    /// Values of references.
    pub references: Vec<Reference>,
}

/// Elements in memory form, of any datatype.
#[derive(Debug, Clone, PartialEq)]
pub struct Elements {
    /// Their datatype: a memory form.
    pub datatype: Datatype,
    /// `count` elements of `datatype.size()` bytes each.
    pub bytes: Vec<u8>,
    /// What variable-length elements and references point into.
    pub heap: Heap,
}

impl Elements {
    /// Number of elements.
    pub fn count(&self) -> usize {
        self.bytes.len().checked_div(self.datatype.size()).unwrap_or(0)
    }
}
