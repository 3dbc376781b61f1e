//! Rust types as elements.

mod fields;
mod plain;
mod readable;
mod variable;

use std::borrow::Cow;

pub use fields::{FieldDecoder, FieldEncoder};
pub use plain::PlainType;
pub use readable::{check_readable, check_writable};

use crate::{ArrayType, Converter, Datatype, Elements, EnumMember, EnumType, Error, Heap, Result};

/// A Rust type that elements are read into and written from.
///
/// Implemented for numbers, [`Complex`](crate::Complex) ones too, `bool` (an enumeration FALSE, TRUE over a byte, as h5py has it), arrays, [`String`] and
/// [`Name`](crate::Name) (variable-length strings), `Vec` (variable-length sequences) and
/// [`Reference`](crate::Reference). A struct becomes a packed compound; no unsafe code is needed for it:
///
/// ```
/// use h5_types::{CompoundType, Datatype, FieldDecoder, FieldEncoder, H5Type, Heap, Result};
///
/// #[derive(Debug, PartialEq)]
/// struct Point {
///     x: i32,
///     name: String,
/// }
///
/// impl H5Type for Point {
///     const SIZE: usize = i32::SIZE + String::SIZE;
///
///     fn datatype() -> Datatype {
///         let members = [("x".into(), i32::datatype()), ("name".into(), String::datatype())];
///         Datatype::Compound(CompoundType::packed(members))
///     }
///
///     fn decode(bytes: &[u8], heap: &Heap) -> Result<Self> {
///         let mut fields = FieldDecoder::new(bytes, heap);
///         Ok(Self { x: fields.field()?, name: fields.field()? })
///     }
///
///     fn encode(&self, bytes: &mut [u8], heap: &mut Heap) -> Result<()> {
///         let mut fields = FieldEncoder::new(bytes, heap);
///         fields.field(&self.x)?;
///         fields.field(&self.name)
///     }
/// }
///
/// let points = [Point { x: 1, name: "one".into() }, Point { x: 2, name: "two".into() }];
/// let elements = h5_types::Elements::from_values(&points)?;
/// assert_eq!(elements.value(1)?.to_string(), r#"{x: 2, name: "two"}"#);
/// assert_eq!(h5_types::decode_all::<Point>(&elements)?, points);
/// # Ok::<(), h5_types::Error>(())
/// ```
pub trait H5Type: Sized {
    /// Bytes of one element in memory form: the size of [`Self::datatype`].
    const SIZE: usize;

    /// The memory form of the elements, in native byte order.
    fn datatype() -> Datatype;

    /// Decodes one element of [`Self::SIZE`] bytes in the form of [`Self::datatype`].
    ///
    /// # Errors
    /// `Usage` if the bytes are not of that size or point outside the heap, `Conversion` if the value does not fit the type.
    fn decode(bytes: &[u8], heap: &Heap) -> Result<Self>;

    /// Encodes one element into [`Self::SIZE`] bytes.
    ///
    /// # Errors
    /// `Usage` if the buffer is not of that size, `Limit` if memory is short.
    fn encode(&self, bytes: &mut [u8], heap: &mut Heap) -> Result<()>;

    /// Decodes elements that follow one another.
    ///
    /// # Errors
    /// As [`Self::decode`]; `Usage` if the bytes are no whole number of elements.
    fn decode_slice(bytes: &[u8], heap: &Heap) -> Result<Vec<Self>> {
        check_whole::<Self>(bytes.len())?;
        let elements = bytes.chunks_exact(Self::SIZE);
        // Not collected: an iterator of results does not say how many there are, and the vector would grow by copying.
        let mut values = Vec::new();
        values
            .try_reserve_exact(elements.len())
            .map_err(|e| Error::limit(format!("{} values", elements.len())).with_source(e))?;
        for element in elements {
            values.push(Self::decode(element, heap)?);
        }
        Ok(values)
    }

    /// Decodes `count` elements that `fill` writes: it is given a zeroed buffer of their exact size, and a heap.
    ///
    /// Types whose elements are their own bytes let `fill` write straight into the result.
    ///
    /// # Errors
    /// `Limit` if memory is short, those of `fill`, and those of [`Self::decode`].
    fn decode_filled(count: usize, fill: Fill<'_>) -> Result<Vec<Self>> {
        let mut bytes = zeros(count.checked_mul(Self::SIZE))?;
        let mut heap = Heap::default();
        fill(&mut bytes, &mut heap)?;
        Self::decode_slice(&bytes, &heap)
    }

    /// The elements as they are, where their own bytes are their memory form.
    fn as_memory(values: &[Self]) -> Option<&[u8]> {
        let _ = values;
        None
    }

    /// Encodes elements one after another into a buffer of their exact size.
    ///
    /// # Errors
    /// As [`Self::encode`].
    fn encode_slice(values: &[Self], bytes: &mut [u8], heap: &mut Heap) -> Result<()> {
        check_room(values, bytes.len())?;
        values
            .iter()
            .zip(bytes.chunks_exact_mut(Self::SIZE))
            .try_for_each(|(v, element)| v.encode(element, heap))
    }
}

/// Writes elements in memory form into a buffer, and what they point to into a heap; see [`H5Type::decode_filled`].
pub type Fill<'a> = &'a mut dyn FnMut(&mut [u8], &mut Heap) -> Result<()>;

/// Decodes all elements, converting them first if their datatype is another than the type's.
///
/// # Errors
/// `Conversion` if the elements do not convert to the type, or lack one of its members; else as [`H5Type::decode`].
pub fn decode_all<T: H5Type>(elements: &Elements) -> Result<Vec<T>> {
    check_readable(&elements.datatype, &T::datatype())?;
    let elements = elements.convert(&T::datatype())?;
    T::decode_slice(&elements.bytes, &elements.heap)
}

impl Elements {
    /// Encodes values.
    ///
    /// # Errors
    /// As [`H5Type::encode`].
    pub fn from_values<T: H5Type>(values: &[T]) -> Result<Self> {
        let mut bytes = Vec::new();
        let mut heap = Heap::default();
        encode_to_end(values, &mut bytes, &mut heap)?;
        Ok(Self { datatype: T::datatype(), bytes, heap })
    }

    /// The elements in another datatype (a memory form); the same elements if nothing changes.
    ///
    /// # Errors
    /// As [`Converter::new`] and [`Converter::convert`]; `Limit` if memory is short.
    pub fn convert(&self, datatype: &Datatype) -> Result<Cow<'_, Self>> {
        let converter = Converter::new(&self.datatype, datatype)?;
        if converter.is_identity() {
            return Ok(Cow::Borrowed(self));
        }
        let mut bytes = zeros(self.count().checked_mul(converter.target_size()))?;
        let mut heap = Heap::default();
        converter.convert(&self.bytes, &self.heap, &mut bytes, &mut heap)?;
        Ok(Cow::Owned(Self { datatype: datatype.clone(), bytes, heap }))
    }
}

impl H5Type for bool {
    const SIZE: usize = 1;

    fn datatype() -> Datatype {
        let members = vec![EnumMember::new("FALSE", 0_i8), EnumMember::new("TRUE", 1_i8)];
        Datatype::Enum(EnumType { base: Box::new(i8::datatype()), members })
    }

    /// Every value but 0 is true.
    fn decode(bytes: &[u8], heap: &Heap) -> Result<Self> {
        Ok(u8::decode(bytes, heap)? != 0)
    }

    fn encode(&self, bytes: &mut [u8], heap: &mut Heap) -> Result<()> {
        u8::from(*self).encode(bytes, heap)
    }
}

/// An array datatype; an array of arrays has the dimensions of both.
impl<T: H5Type + Clone, const N: usize> H5Type for [T; N] {
    const SIZE: usize = T::SIZE.saturating_mul(N);

    fn datatype() -> Datatype {
        let outer = u32::try_from(N).unwrap_or(u32::MAX);
        Datatype::Array(match T::datatype() {
            Datatype::Array(ArrayType { mut dimensions, base }) => {
                dimensions.insert(0, outer);
                ArrayType { dimensions, base }
            }
            base => ArrayType { dimensions: vec![outer], base: Box::new(base) },
        })
    }

    fn decode(bytes: &[u8], heap: &Heap) -> Result<Self> {
        let values = Self::decode_slice(bytes, heap)?;
        let count = values.len();
        let [value] = <[Self; 1]>::try_from(values)
            .map_err(|_| Error::usage(format!("{count} elements where one is expected")))?;
        Ok(value)
    }

    fn encode(&self, bytes: &mut [u8], heap: &mut Heap) -> Result<()> {
        T::encode_slice(self, bytes, heap)
    }

    fn decode_slice(bytes: &[u8], heap: &Heap) -> Result<Vec<Self>> {
        check_whole::<Self>(bytes.len())?;
        Ok(T::decode_slice(bytes, heap)?.as_chunks::<N>().0.to_vec())
    }

    fn decode_filled(count: usize, fill: Fill<'_>) -> Result<Vec<Self>> {
        let count = count.checked_mul(N).ok_or_else(|| Error::limit("elements larger than the memory"))?;
        Ok(T::decode_filled(count, fill)?.as_chunks::<N>().0.to_vec())
    }

    fn as_memory(values: &[Self]) -> Option<&[u8]> {
        T::as_memory(values.as_flattened())
    }

    fn encode_slice(values: &[Self], bytes: &mut [u8], heap: &mut Heap) -> Result<()> {
        T::encode_slice(values.as_flattened(), bytes, heap)
    }
}

/// Appends elements to a buffer.
fn encode_to_end<T: H5Type>(values: &[T], bytes: &mut Vec<u8>, heap: &mut Heap) -> Result<()> {
    let start = bytes.len();
    let added = values.len().checked_mul(T::SIZE).filter(|&n| bytes.try_reserve(n).is_ok());
    let end = added.and_then(|n| start.checked_add(n));
    bytes.resize(end.ok_or_else(|| Error::limit(format!("{} elements", values.len())))?, 0);
    T::encode_slice(values, bytes.get_mut(start..).unwrap_or_default(), heap)
}

/// Zeroed bytes, which cost nothing until they are touched.
fn zeros(size: Option<usize>) -> Result<Vec<u8>> {
    size.and_then(|size| bytemuck::allocation::try_zeroed_vec(size).ok())
        .ok_or_else(|| Error::limit("elements larger than the memory; select less"))
}

fn check_whole<T: H5Type>(bytes: usize) -> Result<()> {
    if bytes.checked_rem(T::SIZE) == Some(0) {
        return Ok(());
    }
    Err(Error::usage(format!("{bytes} bytes for elements of {}", T::SIZE)))
}

fn check_room<T: H5Type>(values: &[T], bytes: usize) -> Result<()> {
    if values.len().checked_mul(T::SIZE) == Some(bytes) && T::SIZE != 0 {
        return Ok(());
    }
    Err(Error::usage(format!("a buffer of {bytes} bytes for {} elements of {}", values.len(), T::SIZE)))
}

#[cfg(test)]
mod tests;
