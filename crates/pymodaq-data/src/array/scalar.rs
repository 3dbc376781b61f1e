use num_complex::Complex;

use super::Array;

/// One value of any of the datatypes, as Python's numbers: without a width.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Scalar {
    /// A truth value.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    UInt(u64),
    /// A floating-point number.
    Float(f64),
    /// A complex number.
    Complex(Complex<f64>),
    /// Text.
    Str(String),
}

impl Scalar {
    /// The value as a float64 (of a complex number the real part); `None` for text.
    pub fn to_f64(&self) -> Option<f64> {
        match self {
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Int(value) => Some(*value as f64),
            Self::UInt(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Complex(value) => Some(value.re),
            Self::Str(_) => None,
        }
    }

    /// An array without dimensions that holds the value at its full width.
    pub fn to_array(&self) -> Array {
        match self {
            Self::Bool(value) => Array::from(*value),
            Self::Int(value) => Array::from(*value),
            Self::UInt(value) => Array::from(*value),
            Self::Float(value) => Array::from(*value),
            Self::Complex(value) => Array::from(*value),
            Self::Str(value) => Array::from(value.clone()),
        }
    }
}

impl From<bool> for Scalar {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i32> for Scalar {
    fn from(value: i32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<i64> for Scalar {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u64> for Scalar {
    fn from(value: u64) -> Self {
        Self::UInt(value)
    }
}

impl From<f64> for Scalar {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<Complex<f64>> for Scalar {
    fn from(value: Complex<f64>) -> Self {
        Self::Complex(value)
    }
}

impl From<&str> for Scalar {
    fn from(value: &str) -> Self {
        Self::Str(value.to_owned())
    }
}
