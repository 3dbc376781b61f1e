use crate::{Datatype, Error, Reference, Result};

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

impl Heap {
    /// What a variable-length element refers to: its count, and that many elements of `element_bytes` bytes each.
    ///
    /// # Errors
    /// `Usage` if `element` is not 16 bytes, or refers to bytes that this heap does not have.
    pub fn sequence(&self, element: &[u8], element_bytes: usize) -> Result<(usize, &[u8])> {
        let outside = || Error::usage("a variable-length element does not belong to this heap");
        let (count, offset) = element.split_first_chunk::<8>().ok_or_else(outside)?;
        let count = usize::try_from(from_native(*count)).map_err(|_| outside())?;
        if count == 0 {
            return Ok((0, &[]));
        }
        let start = offset
            .first_chunk::<8>()
            .and_then(|o| usize::try_from(from_native(*o)).ok())
            .ok_or_else(outside)?;
        let end = count
            .checked_mul(element_bytes)
            .and_then(|length| start.checked_add(length))
            .ok_or_else(outside)?;
        self.bytes.get(start..end).map(|bytes| (count, bytes)).ok_or_else(outside)
    }

    /// The reference that an element stands for.
    ///
    /// # Errors
    /// `Usage` if `element` is not 8 bytes, or refers to a reference that this heap does not have.
    pub fn reference(&self, element: &[u8]) -> Result<&Reference> {
        let outside = || Error::usage("a reference does not belong to this heap");
        let number = element.first_chunk::<8>().ok_or_else(outside)?;
        match usize::try_from(from_native(*number)).map_err(|_| outside())?.checked_sub(1) {
            None => Ok(&Reference::Null),
            Some(index) => self.references.get(index).ok_or_else(outside),
        }
    }
}

#[expect(
    clippy::host_endian_bytes,
    reason = "memory form is native by definition; it never leaves the process"
)]
fn from_native(bytes: [u8; 8]) -> u64 {
    u64::from_ne_bytes(bytes)
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
