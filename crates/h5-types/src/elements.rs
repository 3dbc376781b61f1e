use crate::{Datatype, Error, ErrorKind, Reference, Result};

/// What elements of variable size point into.
///
/// In memory form (see [`Datatype::memory_form`]) a variable-length sequence or string is 16 bytes: its element count (bytes,
/// for a string), then its byte offset into [`Heap::bytes`], both u64 in native byte order; a count of 0 may have any offset. A
/// reference is 8 bytes: a native-order u64 that is 0 for null, else 1 + its index in [`Heap::references`].
///
/// Elements may share what they point to, but no sequence lies inside its own values: whoever fills a heap from a file appends
/// what each sequence holds, and so the heap's size bounds the work on any element.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heap {
    /// Elements of sequences (in the memory form of their base type) and characters of strings.
    pub bytes: Vec<u8>,
    /// Values of references.
    pub references: Vec<Reference>,
}

impl Heap {
    /// What a variable-length element in memory form points to: its count, and that many values of `base_size` bytes. For a
    /// string, `base_size` is 1.
    ///
    /// # Errors
    /// `Usage` if the element is not 16 bytes, or points outside the heap.
    #[inline]
    pub fn sequence(&self, element: &[u8], base_size: usize) -> Result<(usize, &[u8])> {
        let ([count, offset], []) = element.as_chunks::<8>() else {
            return Err(wrong_size(element.len(), 16));
        };
        let (count, offset) = (read_native_u64(*count), read_native_u64(*offset));
        if count == 0 {
            return Ok((0, &[]));
        }
        let values = usize::try_from(count).ok().and_then(|count| {
            let start = usize::try_from(offset).ok()?;
            let end = start.checked_add(count.checked_mul(base_size)?)?;
            Some((count, self.bytes.get(start..end)?))
        });
        values.ok_or_else(|| {
            let held = self.bytes.len();
            Error::usage(format!("{count} values of {base_size} bytes at {offset} of a heap of {held} bytes"))
        })
    }

    /// Appends the values of one sequence and writes the element that points to them.
    ///
    /// # Errors
    /// `Usage` if the element is not 16 bytes, `Limit` if memory is short.
    pub fn push_sequence(&mut self, count: usize, values: &[u8], element: &mut [u8]) -> Result<()> {
        self.reserve(values.len())?;
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(values);
        write_sequence(count, offset, element)
    }

    /// The reference that an element in memory form stands for.
    ///
    /// # Errors
    /// `Usage` if the element is not 8 bytes, or points outside the heap.
    pub fn reference(&self, element: &[u8]) -> Result<&Reference> {
        let word = element.try_into().map_err(|_| wrong_size(element.len(), 8))?;
        let Some(index) = read_native_u64(word).checked_sub(1) else { return Ok(&Reference::Null) };
        let found = usize::try_from(index).ok().and_then(|index| self.references.get(index));
        found.ok_or_else(|| {
            Error::usage(format!("reference {index} of a heap of {} references", self.references.len()))
        })
    }

    /// Appends a reference and writes the element that stands for it.
    ///
    /// # Errors
    /// `Usage` if the element is not 8 bytes.
    pub fn push_reference(&mut self, reference: Reference, element: &mut [u8]) -> Result<()> {
        let number = if reference == Reference::Null {
            0
        } else {
            self.references.push(reference);
            self.references.len()
        };
        let size = element.len();
        let word = element.first_chunk_mut::<8>().filter(|_| size == 8);
        *word.ok_or_else(|| wrong_size(size, 8))? = native_u64(number);
        Ok(())
    }

    /// Makes room for more bytes, or fails without an abort.
    pub(crate) fn reserve(&mut self, bytes: usize) -> Result<()> {
        self.bytes.try_reserve(bytes).map_err(|e| {
            Error::new(ErrorKind::Limit, format!("{bytes} more bytes of variable-length data")).with_source(e)
        })
    }
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

/// Writes a variable-length element: count and offset.
pub(crate) fn write_sequence(count: usize, offset: usize, element: &mut [u8]) -> Result<()> {
    let size = element.len();
    let ([first, second], []) = element.as_chunks_mut::<8>() else { return Err(wrong_size(size, 16)) };
    *first = native_u64(count);
    *second = native_u64(offset);
    Ok(())
}

#[inline]
fn read_native_u64(bytes: [u8; 8]) -> u64 {
    if cfg!(target_endian = "big") { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) }
}

fn native_u64(value: usize) -> [u8; 8] {
    // A usize has at most 64 bits on every target of Rust.
    let value = u64::try_from(value).unwrap_or(u64::MAX);
    if cfg!(target_endian = "big") { value.to_be_bytes() } else { value.to_le_bytes() }
}

fn wrong_size(found: usize, expected: usize) -> Error {
    Error::usage(format!("an element of {found} bytes, {expected} in memory form"))
}
