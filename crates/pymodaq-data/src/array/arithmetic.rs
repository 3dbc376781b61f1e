//! `+ - * /` as numpy computes them: datatypes promoted, shapes broadcast, integers wrapped around.

use ndarray::{IxDyn, Zip};
use num_complex::Complex;
use num_traits::Float;

use super::{Array, DType, Element, Scalar, element, map_array};
use crate::error::{Error, Result};

/// One of the four operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`, of integers too a floating-point number.
    Divide,
}

impl Operation {
    /// The name that numpy gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Subtract => "subtract",
            Self::Multiply => "multiply",
            Self::Divide => "divide",
        }
    }
}

impl Array {
    /// Two arrays put together element by element.
    ///
    /// # Errors
    ///
    /// `Shape`, if the shapes do not broadcast; `Type`, for text, and for the difference of truth values.
    pub fn binary(&self, operation: Operation, other: &Self) -> Result<Self> {
        let dtype = result_dtype(self.dtype().promote(other.dtype())?, operation)?;
        self.compute(operation, other, dtype)
    }

    /// An array put together with a number; the number is on the right.
    ///
    /// # Errors
    ///
    /// `Value`, for an integer that the array's integers do not hold; `Type`, for text.
    pub fn binary_scalar(&self, operation: Operation, scalar: &Scalar) -> Result<Self> {
        let dtype = result_dtype(self.dtype().promote_scalar(scalar)?, operation)?;
        self.compute(operation, &fitting(scalar, dtype)?, dtype)
    }

    /// A number put together with an array; the number is on the left.
    ///
    /// # Errors
    ///
    /// `Value`, for an integer that the array's integers do not hold; `Type`, for text.
    pub fn scalar_binary(scalar: &Scalar, operation: Operation, array: &Self) -> Result<Self> {
        let dtype = result_dtype(array.dtype().promote_scalar(scalar)?, operation)?;
        fitting(scalar, dtype)?.compute(operation, array, dtype)
    }

    /// The negative of each element; unsigned integers wrap around.
    ///
    /// # Errors
    ///
    /// `Type`, for text and truth values.
    pub fn negative(&self) -> Result<Self> {
        if self.dtype() == DType::Bool {
            return Err(Error::type_error("truth values have no negative"));
        }
        // Zero of a float is taken from -0.0, so that the negative of 0.0 is -0.0.
        let zero = if self.dtype().is_float() { Scalar::Float(-0.0) } else { Scalar::Int(0) };
        Self::scalar_binary(&zero, Operation::Subtract, self)
    }

    /// The absolute value of each element, a real number for complex ones.
    ///
    /// # Errors
    ///
    /// `Type`, for text.
    pub fn abs(&self) -> Result<Self> {
        Ok(match self {
            Self::Int8(array) => Self::from(array.mapv(i8::wrapping_abs)),
            Self::Int16(array) => Self::from(array.mapv(i16::wrapping_abs)),
            Self::Int32(array) => Self::from(array.mapv(i32::wrapping_abs)),
            Self::Int64(array) => Self::from(array.mapv(i64::wrapping_abs)),
            Self::Float32(array) => Self::from(array.mapv(f32::abs)),
            Self::Float64(array) => Self::from(array.mapv(f64::abs)),
            Self::Complex64(array) => Self::from(array.mapv(|value| value.re.hypot(value.im))),
            Self::Complex128(array) => Self::from(array.mapv(|value| value.re.hypot(value.im))),
            Self::Str(_) => return Err(Error::type_error("text has no absolute value")),
            unsigned => unsigned.clone(),
        })
    }

    fn compute(&self, operation: Operation, other: &Self, dtype: DType) -> Result<Self> {
        let (left, right) = (self.cast(dtype)?, other.cast(dtype)?);
        let shape = broadcast_shape(left.shape(), right.shape())?;
        let refused =
            || Error::shape(format!("shapes {:?} and {:?} do not broadcast", self.shape(), other.shape()));
        Ok(map_array!(&left, left => {
            let right = element::peer(left, &right).ok_or_else(|| Error::type_error("datatypes differ"))?;
            let a = left.broadcast(IxDyn(&shape)).ok_or_else(refused)?;
            let b = right.broadcast(IxDyn(&shape)).ok_or_else(refused)?;
            Zip::from(a).and(b).map_collect(|a, b| Arithmetic::apply(a, operation, b))
        }))
    }
}

/// The datatype of the result, from the one in which both sides meet.
fn result_dtype(met: DType, operation: Operation) -> Result<DType> {
    match (met, operation) {
        (DType::Str, _) => Err(Error::type_error("text is not computed with")),
        (DType::Bool, Operation::Subtract) => Err(Error::type_error("truth values are not subtracted")),
        (integer, Operation::Divide) if integer.is_integer() || integer == DType::Bool => Ok(DType::Float64),
        _ => Ok(met),
    }
}

/// A number as an array of the datatype, which has to hold it if both are integers.
fn fitting(scalar: &Scalar, dtype: DType) -> Result<Array> {
    let array = scalar.to_array().cast(dtype)?;
    let whole = |scalar: &Scalar| match scalar {
        Scalar::Int(value) => Some(i128::from(*value)),
        Scalar::UInt(value) => Some(i128::from(*value)),
        _ => None,
    };
    let (given, kept) = (whole(scalar), array.item(&[]).as_ref().and_then(whole));
    match (given, kept) {
        (Some(given), Some(kept)) if given != kept => {
            Err(Error::value(format!("integer {given} is out of bounds for {dtype}")))
        }
        _ => Ok(array),
    }
}

/// The shape that both shapes broadcast to.
fn broadcast_shape(left: &[usize], right: &[usize]) -> Result<Vec<usize>> {
    let ndim = left.len().max(right.len());
    let padded = |shape: &[usize]| {
        let missing = ndim.saturating_sub(shape.len());
        std::iter::repeat_n(1, missing).chain(shape.iter().copied()).collect::<Vec<usize>>()
    };
    let pairs = padded(left).into_iter().zip(padded(right));
    let lengths = pairs.map(|pair| match pair {
        (a, b) if a == b => Ok(a),
        (1, b) => Ok(b),
        (a, 1) => Ok(a),
        _ => Err(Error::shape(format!("shapes {left:?} and {right:?} do not broadcast"))),
    });
    lengths.collect()
}

/// The four operations of a type with itself.
trait Arithmetic: Element {
    fn apply(&self, operation: Operation, other: &Self) -> Self;
}

macro_rules! integers {
    ($($type:ty),+) => {$(
        impl Arithmetic for $type {
            fn apply(&self, operation: Operation, other: &Self) -> Self {
                match operation {
                    Operation::Add => self.wrapping_add(*other),
                    Operation::Subtract => self.wrapping_sub(*other),
                    Operation::Multiply => self.wrapping_mul(*other),
                    // Quotients are computed in floating point: see `result_dtype`.
                    Operation::Divide => self.checked_div(*other).unwrap_or(0),
                }
            }
        }
    )+};
}

integers!(i8, i16, i32, i64, u8, u16, u32, u64);

macro_rules! floats {
    ($($type:ty),+) => {$(
        impl Arithmetic for $type {
            #[allow(clippy::arithmetic_side_effects, reason = "floating-point arithmetic has no overflow")]
            fn apply(&self, operation: Operation, other: &Self) -> Self {
                match operation {
                    Operation::Add => self + other,
                    Operation::Subtract => self - other,
                    Operation::Multiply => self * other,
                    Operation::Divide => self / other,
                }
            }
        }
    )+};
}

floats!(f32, f64);

impl<T: Float> Arithmetic for Complex<T>
where
    Self: Element,
{
    #[allow(clippy::arithmetic_side_effects, reason = "floating-point arithmetic has no overflow")]
    fn apply(&self, operation: Operation, other: &Self) -> Self {
        match operation {
            Operation::Add => self + other,
            Operation::Subtract => self - other,
            Operation::Multiply => self * other,
            Operation::Divide => quotient(self, other),
        }
    }
}

/// The quotient by Smith's method (Communications of the ACM 5, 1962, algorithm 116), as numpy computes it, so that it is the same to
/// the bit and does not overflow where the divisor's square would.
#[allow(clippy::arithmetic_side_effects, reason = "floating-point arithmetic has no overflow")]
fn quotient<T: Float>(left: &Complex<T>, right: &Complex<T>) -> Complex<T> {
    let (re, im) = (right.re.abs(), right.im.abs());
    if re >= im {
        if re.is_zero() && im.is_zero() {
            return Complex::new(left.re / re, left.im / re);
        }
        let ratio = right.im / right.re;
        let scale = T::one() / (right.re + right.im * ratio);
        Complex::new((left.re + left.im * ratio) * scale, (left.im - left.re * ratio) * scale)
    } else {
        let ratio = right.re / right.im;
        let scale = T::one() / (right.im + right.re * ratio);
        Complex::new((left.re * ratio + left.im) * scale, (left.im * ratio - left.re) * scale)
    }
}

impl Arithmetic for bool {
    /// Sums and products are "or" and "and"; the others never come here: see `result_dtype`.
    fn apply(&self, operation: Operation, other: &Self) -> Self {
        match operation {
            Operation::Add | Operation::Subtract => *self || *other,
            Operation::Multiply | Operation::Divide => *self && *other,
        }
    }
}

impl Arithmetic for String {
    /// Text never comes here: see `result_dtype`.
    fn apply(&self, _operation: Operation, _other: &Self) -> Self {
        self.clone()
    }
}
