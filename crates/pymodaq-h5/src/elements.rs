//! Between arrays of numpy's datatypes and elements of a file.

use std::borrow::Cow;

use h5_backend::Dataset;
use h5_types::{
    BitfieldType, ByteOrder, CompoundType, Datatype, EnumMember, EnumType, Error, FloatType, Heap,
    IntegerType, Result, Selection,
};
use pymodaq_data::num_complex::Complex;
use pymodaq_data::{Array, DType, Element, ndarray};

use crate::backend::Flavour;
use crate::node::Node;

/// The stored datatype of new arrays: numbers as they are, truth values and complex numbers as the library stores them.
///
/// # Errors
/// `Unsupported` for text.
pub(crate) fn datatype_of(dtype: DType, flavour: Flavour) -> Result<Datatype> {
    NumericType::stored(dtype, flavour, ByteOrder::Little)
}

/// What is known of datatypes of numbers; nothing is held.
pub(crate) struct NumericType;

impl NumericType {
    fn stored(dtype: DType, flavour: Flavour, order: ByteOrder) -> Result<Datatype> {
        let integer = |size, signed| Datatype::Integer(IntegerType::plain(size, signed, order));
        let complex = |part: FloatType| {
            let part = Datatype::Float(part);
            Datatype::Compound(CompoundType::packed([("r".into(), part.clone()), ("i".into(), part)]))
        };
        Ok(match dtype {
            DType::Bool if flavour == Flavour::PyTables => {
                Datatype::Bitfield(BitfieldType::plain(1, ByteOrder::Little))
            }
            DType::Bool => Datatype::Enum(EnumType {
                base: Box::new(Datatype::Integer(IntegerType::plain(1, true, ByteOrder::Little))),
                members: vec![EnumMember::new("FALSE", 0_i8), EnumMember::new("TRUE", 1_i8)],
            }),
            DType::Int8 => integer(1, true),
            DType::Int16 => integer(2, true),
            DType::Int32 => integer(4, true),
            DType::Int64 => integer(8, true),
            DType::UInt8 => integer(1, false),
            DType::UInt16 => integer(2, false),
            DType::UInt32 => integer(4, false),
            DType::UInt64 => integer(8, false),
            DType::Float32 => Datatype::Float(FloatType::f32(order)),
            DType::Float64 => Datatype::Float(FloatType::f64(order)),
            DType::Complex64 => complex(FloatType::f32(order)),
            DType::Complex128 => complex(FloatType::f64(order)),
            DType::Str => return Err(Error::unsupported("text in an array of numbers")),
        })
    }

    /// The datatype of elements in memory. Truth values have the stored one's, of one byte, because it has two.
    pub(crate) fn memory(dtype: DType, stored: Option<&Datatype>, flavour: Flavour) -> Result<Datatype> {
        match stored.filter(|_| dtype == DType::Bool) {
            Some(stored) => Ok(stored.memory_form()),
            None => Self::stored(dtype, flavour, ByteOrder::NATIVE),
        }
    }

    /// numpy's datatype of stored elements.
    ///
    /// # Errors
    /// `Unsupported` for what is no number of numpy's.
    pub(crate) fn of(stored: &Datatype, node: &Node) -> Result<DType> {
        let found = match stored {
            // PyTables' truth values; its class has no name for other bit fields of a byte.
            Datatype::Bitfield(t) if t.size == 1 => Some(DType::Bool),
            Datatype::Enum(t) if is_truth(t) => Some(DType::Bool),
            Datatype::Enum(t) => integer_type(&t.base),
            Datatype::Compound(t) => complex_type(t),
            Datatype::Complex(t) => float_type(&t.base).and_then(complex_of),
            other => integer_type(other).or_else(|| float_type(other)),
        };
        found.ok_or_else(|| {
            Error::unsupported(format!("elements of datatype {stored}, which are no numbers of numpy's"))
                .with_path(node.path())
        })
    }
}

fn is_truth(t: &EnumType) -> bool {
    t.base.size() == 1
        && t.members.len() == 2
        && t.members.iter().any(|member| member.name.as_bytes() == b"TRUE")
}

fn integer_type(datatype: &Datatype) -> Option<DType> {
    let Datatype::Integer(t) = datatype else { return None };
    match (t.size, t.signed) {
        (1, true) => Some(DType::Int8),
        (2, true) => Some(DType::Int16),
        (4, true) => Some(DType::Int32),
        (8, true) => Some(DType::Int64),
        (1, false) => Some(DType::UInt8),
        (2, false) => Some(DType::UInt16),
        (4, false) => Some(DType::UInt32),
        (8, false) => Some(DType::UInt64),
        _ => None,
    }
}

/// Half precision is read as single: every value of it is one.
fn float_type(datatype: &Datatype) -> Option<DType> {
    let Datatype::Float(t) = datatype else { return None };
    match t.size {
        2 | 4 => Some(DType::Float32),
        8 => Some(DType::Float64),
        _ => None,
    }
}

fn complex_type(t: &CompoundType) -> Option<DType> {
    let [re, im] = t.members.as_slice() else { return None };
    let named = re.name.as_bytes() == b"r" && im.name.as_bytes() == b"i";
    (named && re.datatype == im.datatype).then(|| float_type(&re.datatype)).flatten().and_then(complex_of)
}

fn complex_of(part: DType) -> Option<DType> {
    match part {
        DType::Float32 => Some(DType::Complex64),
        DType::Float64 => Some(DType::Complex128),
        _ => None,
    }
}

/// Elements of an array in C order, as they lie in memory where they lie so.
///
/// # Errors
/// `Unsupported` for text.
pub(crate) fn bytes_of(array: &Array) -> Result<Cow<'_, [u8]>> {
    fn plain<T: bytemuck::Pod>(array: &ndarray::ArrayD<T>) -> Option<Cow<'_, [u8]>> {
        array.as_slice().map(|values| Cow::Borrowed(bytemuck::cast_slice(values)))
    }
    let bytes = match array {
        Array::Bool(array) => Some(Cow::Owned(array.iter().map(|&truth| u8::from(truth)).collect())),
        Array::Int8(array) => plain(array),
        Array::Int16(array) => plain(array),
        Array::Int32(array) => plain(array),
        Array::Int64(array) => plain(array),
        Array::UInt8(array) => plain(array),
        Array::UInt16(array) => plain(array),
        Array::UInt32(array) => plain(array),
        Array::UInt64(array) => plain(array),
        Array::Float32(array) => plain(array),
        Array::Float64(array) => plain(array),
        Array::Complex64(array) => plain(array),
        Array::Complex128(array) => plain(array),
        Array::Str(_) => return Err(Error::unsupported("text in an array of numbers")),
    };
    if let Some(bytes) = bytes {
        return Ok(bytes);
    }
    // Elements that lie otherwise are put in order.
    let ordered = array.reshape(array.shape()).map_err(|error| Error::usage(error.to_string()))?;
    Ok(Cow::Owned(bytes_of(&ordered)?.into_owned()))
}

/// Reads selected elements as an array of a shape.
///
/// # Errors
/// Those of reading; `Usage` if the shape is not the selection's.
pub(crate) fn read_array(
    dataset: &Dataset,
    selection: &Selection,
    shape: &[usize],
    dtype: DType,
    memory: &Datatype,
) -> Result<Array> {
    let mut read = |bytes: &mut [u8]| dataset.read_raw(selection, memory, bytes, &mut Heap::default());
    fill(shape, dtype, &mut read)
}

/// An array from elements as they lie in memory.
///
/// # Errors
/// `Usage` if there are more or fewer than the shape has.
pub(crate) fn from_bytes(shape: &[usize], dtype: DType, bytes: &[u8]) -> Result<Array> {
    fill(shape, dtype, &mut |out| {
        if out.len() != bytes.len() {
            return Err(Error::usage(format!("{} bytes for an array of shape {shape:?}", bytes.len())));
        }
        out.copy_from_slice(bytes);
        Ok(())
    })
}

/// Fills bytes in. Not a parameter of type, of which each would make 13 functions.
type Fill<'f> = &'f mut dyn FnMut(&mut [u8]) -> Result<()>;

/// An array whose bytes the caller fills in.
fn fill(shape: &[usize], dtype: DType, read: Fill<'_>) -> Result<Array> {
    fn plain<T: Element + bytemuck::Pod>(shape: &[usize], read: Fill<'_>) -> Result<Array> {
        let mut values: Vec<T> = zeroed(shape)?;
        read(bytemuck::cast_slice_mut(&mut values))?;
        Array::from_shape_vec(shape, values).map_err(|error| Error::usage(error.to_string()))
    }
    match dtype {
        DType::Bool => {
            let mut bytes: Vec<u8> = zeroed(shape)?;
            read(&mut bytes)?;
            let values: Vec<bool> = bytes.into_iter().map(|byte| byte != 0).collect();
            Array::from_shape_vec(shape, values).map_err(|error| Error::usage(error.to_string()))
        }
        DType::Int8 => plain::<i8>(shape, read),
        DType::Int16 => plain::<i16>(shape, read),
        DType::Int32 => plain::<i32>(shape, read),
        DType::Int64 => plain::<i64>(shape, read),
        DType::UInt8 => plain::<u8>(shape, read),
        DType::UInt16 => plain::<u16>(shape, read),
        DType::UInt32 => plain::<u32>(shape, read),
        DType::UInt64 => plain::<u64>(shape, read),
        DType::Float32 => plain::<f32>(shape, read),
        DType::Float64 => plain::<f64>(shape, read),
        DType::Complex64 => plain::<Complex<f32>>(shape, read),
        DType::Complex128 => plain::<Complex<f64>>(shape, read),
        DType::Str => Err(Error::unsupported("text in an array of numbers")),
    }
}

fn zeroed<T: bytemuck::Zeroable>(shape: &[usize]) -> Result<Vec<T>> {
    let count = shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size));
    count
        .and_then(|count| bytemuck::allocation::try_zeroed_vec(count).ok())
        .ok_or_else(|| Error::limit(format!("an array of shape {shape:?} does not fit in memory")))
}
