//! numpy's rules for the datatype that two datatypes meet in.

use super::{DType, Scalar};
use crate::error::{Error, Result};

impl DType {
    /// The smallest datatype that holds values of both, as `numpy.promote_types`.
    ///
    /// # Errors
    ///
    /// `Type`, for text with numbers.
    pub fn promote(self, other: Self) -> Result<Self> {
        let (low, high) = if self.rank() <= other.rank() { (self, other) } else { (other, self) };
        if low == high || low == Self::Bool && high != Self::Str {
            return Ok(high);
        }
        if high == Self::Str {
            return Err(Error::type_error(format!("text and {low} have no common datatype")));
        }
        if low.is_unsigned() && high.is_unsigned()
            || !low.is_unsigned() && low.is_integer() && high.is_integer()
        {
            return Ok(if low.item_size() > high.item_size() { low } else { high });
        }
        Ok(match high {
            // The unsigned type comes first; the signed one has to be wider.
            signed if signed.is_integer() => match (low, signed) {
                (Self::UInt64, _) => Self::Float64,
                (Self::UInt32, _) => Self::Int64,
                (Self::UInt16, Self::Int8 | Self::Int16) => Self::Int32,
                (Self::UInt8, Self::Int8) => Self::Int16,
                _ => signed,
            },
            Self::Float32 if low.fits_single() => Self::Float32,
            Self::Float32 => Self::Float64,
            Self::Complex64 if low.fits_single() => Self::Complex64,
            Self::Complex64 => Self::Complex128,
            widest => widest,
        })
    }

    /// The datatype in which an array meets a Python number, which has a kind and no width (NEP 50).
    ///
    /// # Errors
    ///
    /// `Type`, for text with numbers.
    pub fn promote_scalar(self, scalar: &Scalar) -> Result<Self> {
        let numeric = self != Self::Str;
        Ok(match scalar {
            Scalar::Str(_) if !numeric => self,
            Scalar::Bool(_) if numeric => self,
            Scalar::Int(_) | Scalar::UInt(_) if numeric => {
                self.promote(Self::Bool).map(|dtype| if dtype == Self::Bool { Self::Int64 } else { dtype })?
            }
            Scalar::Float(_) if self.is_float() || self.is_complex() => self,
            Scalar::Float(_) if numeric => Self::Float64,
            Scalar::Complex(_) if self.is_complex() => self,
            Scalar::Complex(_) if self == Self::Float32 => Self::Complex64,
            Scalar::Complex(_) if numeric => Self::Complex128,
            _ => return Err(Error::type_error(format!("text and numbers do not meet ({self})"))),
        })
    }

    /// Bool, unsigned, signed, float32, float64, complex64, complex128, text.
    fn rank(self) -> u8 {
        match self {
            Self::Bool => 0,
            unsigned if unsigned.is_unsigned() => 1,
            signed if signed.is_integer() => 2,
            Self::Float32 => 3,
            // float64 with complex64 is complex128: it ranks below, and does not fit a single.
            Self::Float64 => 4,
            Self::Complex64 => 5,
            Self::Complex128 => 6,
            _ => 7,
        }
    }

    /// Whether numpy lets the values meet a float32 without widening it.
    fn fits_single(self) -> bool {
        matches!(self, Self::Bool | Self::Int8 | Self::UInt8 | Self::Int16 | Self::UInt16 | Self::Float32)
    }
}
