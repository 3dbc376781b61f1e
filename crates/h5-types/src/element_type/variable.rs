use super::{H5Type, encode_to_end};
use crate::datatype::{REFERENCE_MEMORY_BYTES, VLEN_MEMORY_BYTES};
use crate::{
    Datatype, Error, ErrorKind, Heap, Name, Reference, ReferenceKind, ReferenceType, Result, StringType,
    VlenType,
};

/// Text must be valid UTF-8; [`Name`] takes any bytes.
impl H5Type for String {
    const SIZE: usize = VLEN_MEMORY_BYTES;

    fn datatype() -> Datatype {
        Datatype::String(StringType::variable_utf8())
    }

    fn decode(bytes: &[u8], heap: &Heap) -> Result<Self> {
        let (_, text) = heap.sequence(bytes, 1)?;
        match std::str::from_utf8(text) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(no_text(text, error)),
        }
    }

    fn encode(&self, bytes: &mut [u8], heap: &mut Heap) -> Result<()> {
        heap.push_sequence(self.len(), self.as_bytes(), bytes)
    }
}

#[cold]
fn no_text(bytes: &[u8], error: std::str::Utf8Error) -> Error {
    let shown: Vec<u8> = bytes.iter().copied().take(64).collect();
    let message = format!("text that is not UTF-8: \"{}\"", Name::new(shown));
    Error::new(ErrorKind::Conversion, message).with_source(error)
}

impl H5Type for Name {
    const SIZE: usize = VLEN_MEMORY_BYTES;

    fn datatype() -> Datatype {
        String::datatype()
    }

    fn decode(bytes: &[u8], heap: &Heap) -> Result<Self> {
        Ok(Self::new(heap.sequence(bytes, 1)?.1))
    }

    fn encode(&self, bytes: &mut [u8], heap: &mut Heap) -> Result<()> {
        heap.push_sequence(self.as_bytes().len(), self.as_bytes(), bytes)
    }
}

impl<T: H5Type> H5Type for Vec<T> {
    const SIZE: usize = VLEN_MEMORY_BYTES;

    fn datatype() -> Datatype {
        Datatype::Vlen(VlenType { size: VLEN_MEMORY_BYTES, base: Box::new(T::datatype()) })
    }

    fn decode(bytes: &[u8], heap: &Heap) -> Result<Self> {
        T::decode_slice(heap.sequence(bytes, T::SIZE)?.1, heap)
    }

    fn encode(&self, bytes: &mut [u8], heap: &mut Heap) -> Result<()> {
        // The values are encoded beside the heap, because they may push onto it themselves.
        let mut values = Vec::new();
        encode_to_end(self, &mut values, heap)?;
        heap.push_sequence(self.len(), &values, bytes)
    }
}

/// A reference to an object or region of any file; written as an object reference unless converted to another kind.
impl H5Type for Reference {
    const SIZE: usize = REFERENCE_MEMORY_BYTES;

    fn datatype() -> Datatype {
        Datatype::Reference(ReferenceType { size: REFERENCE_MEMORY_BYTES, kind: ReferenceKind::Object })
    }

    fn decode(bytes: &[u8], heap: &Heap) -> Result<Self> {
        heap.reference(bytes).cloned()
    }

    fn encode(&self, bytes: &mut [u8], heap: &mut Heap) -> Result<()> {
        heap.push_reference(self.clone(), bytes)
    }
}
