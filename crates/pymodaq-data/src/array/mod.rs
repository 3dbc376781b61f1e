//! An n-dimensional array whose datatype is known when the program runs, as numpy's arrays are.

mod arithmetic;
mod cast;
mod dtype;
mod element;
mod promote;
mod reduce;
mod scalar;
mod shape;
mod slice;

use ndarray::{ArrayD, ArrayViewD, IxDyn};
use num_complex::Complex;

use crate::error::{Error, Result};

pub use arithmetic::Operation;
pub use dtype::DType;
pub use element::Element;
pub(crate) use reduce::pairwise_sum;
pub use scalar::Scalar;
pub use slice::Index;
pub(crate) use slice::{complete, is_single};

/// An n-dimensional array of one of numpy's datatypes, in C order when it is made by this crate.
///
/// The names of the variants are numpy's: `Complex64` is two `f32`, `Complex128` two `f64`.
/// `==` compares as numpy does, so that NaN differs from itself; see [`Array::equals`].
#[derive(Debug, Clone, PartialEq)]
pub enum Array {
    /// Truth values.
    Bool(ArrayD<bool>),
    /// Signed integers of 8 bits.
    Int8(ArrayD<i8>),
    /// Signed integers of 16 bits.
    Int16(ArrayD<i16>),
    /// Signed integers of 32 bits.
    Int32(ArrayD<i32>),
    /// Signed integers of 64 bits.
    Int64(ArrayD<i64>),
    /// Unsigned integers of 8 bits.
    UInt8(ArrayD<u8>),
    /// Unsigned integers of 16 bits.
    UInt16(ArrayD<u16>),
    /// Unsigned integers of 32 bits.
    UInt32(ArrayD<u32>),
    /// Unsigned integers of 64 bits.
    UInt64(ArrayD<u64>),
    /// Floating-point numbers of 32 bits.
    Float32(ArrayD<f32>),
    /// Floating-point numbers of 64 bits.
    Float64(ArrayD<f64>),
    /// Complex numbers of two `f32`.
    Complex64(ArrayD<Complex<f32>>),
    /// Complex numbers of two `f64`.
    Complex128(ArrayD<Complex<f64>>),
    /// Strings of any length.
    Str(ArrayD<String>),
}

/// Evaluates one expression for whichever typed array an [`Array`] holds.
///
/// ```
/// let array = pymodaq_data::Array::from(vec![1u16, 2]);
/// assert_eq!(pymodaq_data::with_array!(&array, typed => typed.len()), 2);
/// ```
#[macro_export]
macro_rules! with_array {
    ($array:expr, $typed:pat => $body:expr) => {
        match $array {
            $crate::Array::Bool($typed) => $body,
            $crate::Array::Int8($typed) => $body,
            $crate::Array::Int16($typed) => $body,
            $crate::Array::Int32($typed) => $body,
            $crate::Array::Int64($typed) => $body,
            $crate::Array::UInt8($typed) => $body,
            $crate::Array::UInt16($typed) => $body,
            $crate::Array::UInt32($typed) => $body,
            $crate::Array::UInt64($typed) => $body,
            $crate::Array::Float32($typed) => $body,
            $crate::Array::Float64($typed) => $body,
            $crate::Array::Complex64($typed) => $body,
            $crate::Array::Complex128($typed) => $body,
            $crate::Array::Str($typed) => $body,
        }
    };
}

/// As [`with_array!`], with the typed array put back into an [`Array`].
macro_rules! map_array {
    ($array:expr, $typed:pat => $body:expr) => {
        $crate::with_array!($array, $typed => $crate::Array::from($body))
    };
}
pub(crate) use map_array;

/// Evaluates a statement with a type alias bound to the Rust type of a [`DType`].
macro_rules! with_dtype {
    ($dtype:expr, $alias:ident => $body:expr) => {
        match $dtype {
            $crate::DType::Bool => {
                type $alias = bool;
                $body
            }
            $crate::DType::Int8 => {
                type $alias = i8;
                $body
            }
            $crate::DType::Int16 => {
                type $alias = i16;
                $body
            }
            $crate::DType::Int32 => {
                type $alias = i32;
                $body
            }
            $crate::DType::Int64 => {
                type $alias = i64;
                $body
            }
            $crate::DType::UInt8 => {
                type $alias = u8;
                $body
            }
            $crate::DType::UInt16 => {
                type $alias = u16;
                $body
            }
            $crate::DType::UInt32 => {
                type $alias = u32;
                $body
            }
            $crate::DType::UInt64 => {
                type $alias = u64;
                $body
            }
            $crate::DType::Float32 => {
                type $alias = f32;
                $body
            }
            $crate::DType::Float64 => {
                type $alias = f64;
                $body
            }
            $crate::DType::Complex64 => {
                type $alias = num_complex::Complex<f32>;
                $body
            }
            $crate::DType::Complex128 => {
                type $alias = num_complex::Complex<f64>;
                $body
            }
            $crate::DType::Str => {
                type $alias = String;
                $body
            }
        }
    };
}
pub(crate) use with_dtype;

impl Array {
    /// An array of a shape from its elements in C order.
    ///
    /// # Errors
    ///
    /// `Shape`, if the shape does not have as many elements as there are.
    pub fn from_shape_vec<T: Element>(shape: &[usize], elements: Vec<T>) -> Result<Self> {
        let count = elements.len();
        let array = ArrayD::from_shape_vec(IxDyn(shape), elements)
            .map_err(|_| Error::shape(format!("{count} elements do not fill the shape {shape:?}")))?;
        Ok(T::wrap(array))
    }

    /// An array full of one value, converted to the datatype as [`Array::cast`] does.
    ///
    /// # Errors
    ///
    /// `Limit`, if memory cannot hold such a shape; `Type`, if the value does not convert.
    pub fn full(dtype: DType, shape: &[usize], value: &Scalar) -> Result<Self> {
        let element = value.to_array().cast(dtype)?;
        let count = shape::element_count(shape)?;
        Ok(map_array!(element, typed => {
            let one = typed.into_iter().next().ok_or_else(|| Error::shape("a scalar has no element"))?;
            let mut elements = Vec::new();
            elements.try_reserve_exact(count).map_err(|_| too_large(shape))?;
            elements.resize(count, one);
            ArrayD::from_shape_vec(IxDyn(shape), elements).map_err(|_| too_large(shape))?
        }))
    }

    /// An array of zeros (`false`, empty strings).
    ///
    /// # Errors
    ///
    /// `Limit`, if memory cannot hold such a shape.
    pub fn zeros(dtype: DType, shape: &[usize]) -> Result<Self> {
        let zero = if dtype == DType::Str { Scalar::Str(String::new()) } else { Scalar::Int(0) };
        Self::full(dtype, shape, &zero)
    }

    /// The numbers 0, 1, 2 ... as float64, as `numpy.arange(n, dtype=float)`.
    pub fn arange(n: usize) -> Self {
        // Any length that memory can hold is exact as a float64.
        Self::from((0..n).map(|i| i as f64).collect::<Vec<_>>())
    }

    /// The datatype.
    pub fn dtype(&self) -> DType {
        match self {
            Self::Bool(_) => DType::Bool,
            Self::Int8(_) => DType::Int8,
            Self::Int16(_) => DType::Int16,
            Self::Int32(_) => DType::Int32,
            Self::Int64(_) => DType::Int64,
            Self::UInt8(_) => DType::UInt8,
            Self::UInt16(_) => DType::UInt16,
            Self::UInt32(_) => DType::UInt32,
            Self::UInt64(_) => DType::UInt64,
            Self::Float32(_) => DType::Float32,
            Self::Float64(_) => DType::Float64,
            Self::Complex64(_) => DType::Complex64,
            Self::Complex128(_) => DType::Complex128,
            Self::Str(_) => DType::Str,
        }
    }

    /// The length of each dimension, slowest first.
    pub fn shape(&self) -> &[usize] {
        with_array!(self, typed => typed.shape())
    }

    /// How many dimensions there are.
    pub fn ndim(&self) -> usize {
        self.shape().len()
    }

    /// How many elements there are in all.
    pub fn size(&self) -> usize {
        with_array!(self, typed => typed.len())
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.size() == 0
    }

    /// The array seen as its type, if the type is the right one; nothing is converted.
    pub fn view<T: Element>(&self) -> Option<ArrayViewD<'_, T>> {
        T::peek(self).map(|typed| typed.view())
    }

    /// The array as its type, if the type is the right one; nothing is converted.
    ///
    /// # Errors
    ///
    /// `Type`, if the array holds another type.
    pub fn into_typed<T: Element>(self) -> Result<ArrayD<T>> {
        T::take(self)
            .map_err(|array| Error::type_error(format!("an array of {}, not of {}", array.dtype(), T::DTYPE)))
    }

    /// The elements converted to a type, as [`Array::cast`] does.
    ///
    /// # Errors
    ///
    /// `Type`, if one of the two types is text and the other is not.
    pub fn to_typed<T: Element>(&self) -> Result<ArrayD<T>> {
        self.cast(T::DTYPE)?.into_typed()
    }

    /// The elements in C order, converted to a type as [`Array::cast`] does.
    ///
    /// # Errors
    ///
    /// `Type`, if one of the two types is text and the other is not.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        Ok(element::into_elements(self.to_typed::<T>()?))
    }

    /// The elements in C order as float64 (of complex numbers the real parts).
    ///
    /// # Errors
    ///
    /// `Type`, for strings.
    pub fn to_f64(&self) -> Result<Vec<f64>> {
        self.to_vec()
    }

    /// One element, if the array has one there.
    pub fn item(&self, index: &[usize]) -> Option<Scalar> {
        with_array!(self, typed => typed.get(IxDyn(index)).map(|element| element.to_scalar()))
    }

    /// Whether both have the same datatype, the same shape and equal elements, NaN being equal to NaN.
    pub fn equals(&self, other: &Self) -> bool {
        self.dtype() == other.dtype()
            && self.shape() == other.shape()
            && with_array!(self, typed => {
                element::peer(typed, other).is_some_and(|other| {
                    typed.iter().zip(other).all(|(a, b)| a == b || a.is_nan() && b.is_nan())
                })
            })
    }
}

fn too_large(shape: &[usize]) -> Error {
    Error::limit(format!("an array of shape {shape:?} does not fit in memory"))
}
