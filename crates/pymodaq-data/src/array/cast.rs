//! Conversion of elements from one datatype to another.

use num_complex::Complex;

use super::element::elements;
use super::{Array, DType, Element, with_dtype};
use crate::error::{Error, Result};
use crate::with_array;

impl Array {
    /// The array converted to a datatype.
    ///
    /// Integers that do not fit wrap around as in numpy. Real numbers lose their fraction in integers; where
    /// numpy's answer depends on the machine (NaN, infinities, numbers out of range) they end at the
    /// nearest integer of the type, NaN at 0. Complex numbers lose their imaginary part in real types.
    ///
    /// # Errors
    ///
    /// `Type`, if one of the two types is text and the other is not.
    pub fn cast(&self, dtype: DType) -> Result<Self> {
        if self.dtype() == dtype {
            return Ok(self.clone());
        }
        if let Self::Str(_) = self {
            return Err(Error::type_error(format!("text does not convert to {dtype}")));
        }
        if cfg!(h5_read_only) {
            // Where size counts more than speed: 28 functions instead of 196.
            let shape = self.shape().to_vec();
            let wide = with_array!(self, typed => widened(typed));
            return with_dtype!(dtype, Target => narrowed::<Target>(&shape, &wide));
        }
        with_dtype!(dtype, Target => with_array!(self, typed => {
            cast_elements::<_, Target>(typed)
        }))
    }
}

fn widened<S: Widen>(array: &ndarray::ArrayD<S>) -> Vec<Wide> {
    elements(array).iter().map(|element| element.clone().widen()).collect()
}

fn narrowed<T: Narrow>(shape: &[usize], wide: &[Wide]) -> Result<Array> {
    if T::DTYPE == DType::Str {
        return Err(Error::type_error("numbers do not convert to text"));
    }
    let elements = wide.iter().map(|&wide| T::narrow(wide)).collect();
    let array = ndarray::ArrayD::from_shape_vec(shape, elements);
    array.map(T::wrap).map_err(|_| Error::type_error("an array of another shape than its elements"))
}

fn cast_elements<S: Widen, T: Narrow>(array: &ndarray::ArrayD<S>) -> Result<Array> {
    if T::DTYPE == DType::Str {
        return Err(Error::type_error(format!("{} does not convert to text", S::DTYPE)));
    }
    Ok(T::wrap(array.mapv(|element| T::narrow(element.widen()))))
}

/// A number at the full width of its kind, so that 14 types convert to 14 without 196 functions.
#[derive(Clone, Copy)]
pub(super) enum Wide {
    Int(i128),
    Float(f64),
    Single(f32),
    Complex(Complex<f64>),
}

pub(super) trait Widen: Element {
    fn widen(self) -> Wide;
}

pub(super) trait Narrow: Element {
    fn narrow(wide: Wide) -> Self;
}

macro_rules! integer {
    ($($type:ty),+) => {$(
        impl Widen for $type {
            fn widen(self) -> Wide {
                Wide::Int(i128::from(self))
            }
        }

        impl Narrow for $type {
            // Not `expect`: signed types lose no sign.
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "numpy wraps integers around; `as` ends floats at the nearest integer"
            )]
            fn narrow(wide: Wide) -> Self {
                match wide {
                    Wide::Int(value) => value as $type,
                    Wide::Float(value) => value as $type,
                    Wide::Single(value) => value as $type,
                    Wide::Complex(value) => value.re as $type,
                }
            }
        }
    )+};
}

integer!(i8, i16, i32, i64, u8, u16, u32, u64);

impl Widen for bool {
    fn widen(self) -> Wide {
        Wide::Int(i128::from(self))
    }
}

impl Narrow for bool {
    fn narrow(wide: Wide) -> Self {
        match wide {
            Wide::Int(value) => value != 0,
            Wide::Float(value) => value != 0.0,
            Wide::Single(value) => value != 0.0,
            Wide::Complex(value) => value != Complex::new(0.0, 0.0),
        }
    }
}

impl Widen for f32 {
    fn widen(self) -> Wide {
        Wide::Single(self)
    }
}

impl Narrow for f32 {
    #[expect(clippy::cast_possible_truncation, reason = "rounded to the nearest float32, as numpy does")]
    fn narrow(wide: Wide) -> Self {
        match wide {
            Wide::Int(value) => value as Self,
            Wide::Float(value) => value as Self,
            Wide::Single(value) => value,
            Wide::Complex(value) => value.re as Self,
        }
    }
}

impl Widen for f64 {
    fn widen(self) -> Wide {
        Wide::Float(self)
    }
}

impl Narrow for f64 {
    fn narrow(wide: Wide) -> Self {
        match wide {
            Wide::Int(value) => value as Self,
            Wide::Float(value) => value,
            Wide::Single(value) => Self::from(value),
            Wide::Complex(value) => value.re,
        }
    }
}

impl Widen for Complex<f32> {
    fn widen(self) -> Wide {
        Wide::Complex(Complex::new(f64::from(self.re), f64::from(self.im)))
    }
}

impl Narrow for Complex<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "rounded to the nearest float32, as numpy does")]
    fn narrow(wide: Wide) -> Self {
        match wide {
            Wide::Complex(value) => Self::new(value.re as f32, value.im as f32),
            real => Self::new(f32::narrow(real), 0.0),
        }
    }
}

impl Widen for Complex<f64> {
    fn widen(self) -> Wide {
        Wide::Complex(self)
    }
}

impl Narrow for Complex<f64> {
    fn narrow(wide: Wide) -> Self {
        match wide {
            Wide::Complex(value) => value,
            real => Self::new(f64::narrow(real), 0.0),
        }
    }
}

impl Widen for String {
    /// Text is no number: `Array::cast` refuses it before it comes here.
    fn widen(self) -> Wide {
        Wide::Float(f64::NAN)
    }
}

impl Narrow for String {
    /// Numbers are no text: `cast_elements` refuses them before they come here.
    fn narrow(_wide: Wide) -> Self {
        Self::new()
    }
}
