use std::borrow::Cow;

use ndarray::{Array as NdArray, ArrayD, ArrayView, Dimension, IxDyn};
use num_complex::Complex;

use super::{Array, DType, Scalar};

/// A Rust type that an [`Array`] can hold.
pub trait Element: sealed::Sealed + Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static {
    /// The datatype of arrays of this type.
    const DTYPE: DType;

    /// An array of this type.
    fn wrap(array: ArrayD<Self>) -> Array;

    /// What the array holds, if it is of this type.
    fn peek(array: &Array) -> Option<&ArrayD<Self>>;

    /// What the array holds, to be changed, if it is of this type.
    fn peek_mut(array: &mut Array) -> Option<&mut ArrayD<Self>>;

    /// Takes the array apart.
    ///
    /// # Errors
    ///
    /// The array itself, if it is of another type.
    fn take(array: Array) -> Result<ArrayD<Self>, Array>;

    /// The value, whatever its type.
    fn to_scalar(&self) -> Scalar;

    /// Whether it is not a number.
    fn is_nan(&self) -> bool {
        false
    }
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! element {
    ($type:ty, $variant:ident, $scalar:expr $(, $is_nan:expr)?) => {
        impl sealed::Sealed for $type {}

        impl Element for $type {
            const DTYPE: DType = DType::$variant;

            fn wrap(array: ArrayD<Self>) -> Array {
                Array::$variant(array)
            }

            fn peek(array: &Array) -> Option<&ArrayD<Self>> {
                if let Array::$variant(typed) = array { Some(typed) } else { None }
            }

            fn peek_mut(array: &mut Array) -> Option<&mut ArrayD<Self>> {
                if let Array::$variant(typed) = array { Some(typed) } else { None }
            }

            fn take(array: Array) -> Result<ArrayD<Self>, Array> {
                if let Array::$variant(typed) = array { Ok(typed) } else { Err(array) }
            }

            fn to_scalar(&self) -> Scalar {
                let scalar: fn(&$type) -> Scalar = $scalar;
                scalar(self)
            }

            $(fn is_nan(&self) -> bool {
                let is_nan: fn(&$type) -> bool = $is_nan;
                is_nan(self)
            })?
        }
    };
}

element!(bool, Bool, |v| Scalar::Bool(*v));
element!(i8, Int8, |v| Scalar::Int(i64::from(*v)));
element!(i16, Int16, |v| Scalar::Int(i64::from(*v)));
element!(i32, Int32, |v| Scalar::Int(i64::from(*v)));
element!(i64, Int64, |v| Scalar::Int(*v));
element!(u8, UInt8, |v| Scalar::UInt(u64::from(*v)));
element!(u16, UInt16, |v| Scalar::UInt(u64::from(*v)));
element!(u32, UInt32, |v| Scalar::UInt(u64::from(*v)));
element!(u64, UInt64, |v| Scalar::UInt(*v));
element!(f32, Float32, |v| Scalar::Float(f64::from(*v)), |v| f32::is_nan(*v));
element!(f64, Float64, |v| Scalar::Float(*v), |v| f64::is_nan(*v));
element!(Complex<f32>, Complex64, |v| Scalar::Complex(Complex::new(f64::from(v.re), f64::from(v.im))), |v| v
    .re
    .is_nan()
    || v.im.is_nan());
element!(Complex<f64>, Complex128, |v| Scalar::Complex(*v), |v| v.re.is_nan() || v.im.is_nan());
element!(String, Str, |v| Scalar::Str(v.clone()));

/// The other array seen as the type of the first, if it is of that type.
pub(super) fn peer<'a, T: Element>(_like: &ArrayD<T>, other: &'a Array) -> Option<&'a ArrayD<T>> {
    T::peek(other)
}

/// The elements in C order: where they lie, if they lie so.
pub(super) fn elements<T: Element>(array: &ArrayD<T>) -> Cow<'_, [T]> {
    array.as_slice().map_or_else(|| array.iter().cloned().collect(), Cow::Borrowed)
}

/// As [`elements`], taken out of the array.
pub(super) fn into_elements<T: Element>(array: ArrayD<T>) -> Vec<T> {
    if array.as_slice().is_none() {
        return array.iter().cloned().collect();
    }
    // In C order and without gaps, but perhaps a part of what the vector holds.
    let count = array.len();
    let (mut elements, first) = array.into_raw_vec_and_offset();
    elements.truncate(first.unwrap_or(0).saturating_add(count));
    elements.drain(..first.unwrap_or(0));
    elements
}

impl<T: Element, D: Dimension> From<NdArray<T, D>> for Array {
    fn from(array: NdArray<T, D>) -> Self {
        T::wrap(array.into_dyn())
    }
}

impl<T: Element, D: Dimension> From<ArrayView<'_, T, D>> for Array {
    fn from(array: ArrayView<'_, T, D>) -> Self {
        T::wrap(array.to_owned().into_dyn())
    }
}

impl<T: Element> From<Vec<T>> for Array {
    fn from(elements: Vec<T>) -> Self {
        T::wrap(NdArray::from_vec(elements).into_dyn())
    }
}

impl<T: Element> From<&[T]> for Array {
    fn from(elements: &[T]) -> Self {
        Self::from(elements.to_vec())
    }
}

impl<T: Element, const N: usize> From<[T; N]> for Array {
    fn from(elements: [T; N]) -> Self {
        Self::from(Vec::from(elements))
    }
}

impl<T: Element> From<T> for Array {
    /// An array without dimensions that holds one element.
    fn from(element: T) -> Self {
        T::wrap(ArrayD::from_elem(IxDyn(&[]), element))
    }
}

impl<T: Element> TryFrom<Array> for ArrayD<T> {
    type Error = crate::Error;

    fn try_from(array: Array) -> Result<Self, Self::Error> {
        array.into_typed()
    }
}

/// As [`peer`], for a view that is being written.
pub(super) fn peer_of_view<'a, T: Element>(
    _like: &ndarray::ArrayViewMutD<'_, T>,
    other: &'a Array,
) -> Option<&'a ArrayD<T>> {
    T::peek(other)
}
