use super::H5Type;
use crate::{Error, Heap, Result};

/// Decodes the fields of a packed compound one after another; see [`H5Type`].
#[derive(Debug)]
pub struct FieldDecoder<'a> {
    bytes: &'a [u8],
    heap: &'a Heap,
}

impl<'a> FieldDecoder<'a> {
    /// Starts at the first field of an element.
    #[inline]
    pub fn new(bytes: &'a [u8], heap: &'a Heap) -> Self {
        Self { bytes, heap }
    }

    /// Decodes the next field.
    ///
    /// # Errors
    /// `Usage` if the element ends before the field does; else as [`H5Type::decode`].
    #[inline]
    pub fn field<T: H5Type>(&mut self) -> Result<T> {
        let (field, rest) = self.bytes.split_at_checked(T::SIZE).ok_or_else(|| too_short(T::SIZE))?;
        self.bytes = rest;
        T::decode(field, self.heap)
    }
}

/// Encodes the fields of a packed compound one after another; see [`H5Type`].
#[derive(Debug)]
pub struct FieldEncoder<'a> {
    bytes: &'a mut [u8],
    heap: &'a mut Heap,
}

impl<'a> FieldEncoder<'a> {
    /// Starts at the first field of an element.
    #[inline]
    pub fn new(bytes: &'a mut [u8], heap: &'a mut Heap) -> Self {
        Self { bytes, heap }
    }

    /// Encodes the next field.
    ///
    /// # Errors
    /// `Usage` if the element ends before the field does; else as [`H5Type::encode`].
    #[inline]
    pub fn field<T: H5Type>(&mut self, value: &T) -> Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        let (field, rest) = bytes.split_at_mut_checked(T::SIZE).ok_or_else(|| too_short(T::SIZE))?;
        self.bytes = rest;
        value.encode(field, self.heap)
    }
}

fn too_short(size: usize) -> Error {
    Error::usage(format!("an element ends inside a field of {size} bytes"))
}
