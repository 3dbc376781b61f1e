//! Sums and means along a dimension.

use ndarray::{ArrayD, ArrayView1, Axis as NdAxis};
use num_complex::Complex;

use super::{Array, DType};
use crate::error::{Error, Result};

impl Array {
    /// The sum along a dimension, as `numpy.sum`: of integers and truth values in 64 bits, wrapped around.
    ///
    /// # Errors
    ///
    /// `Index`, if there is no such dimension; `Type`, for text.
    pub fn sum(&self, dimension: usize) -> Result<Self> {
        self.check_dimension(dimension)?;
        let pairwise = dimension.checked_add(1) == Some(self.ndim());
        Ok(match self.cast(sum_dtype(self.dtype()))? {
            Self::Int64(array) => Self::from(fold(&array, dimension, 0, i64::wrapping_add)),
            Self::UInt64(array) => Self::from(fold(&array, dimension, 0, u64::wrapping_add)),
            Self::Float32(array) => Self::from(add_up(&array, dimension, pairwise)),
            Self::Float64(array) => Self::from(add_up(&array, dimension, pairwise)),
            Self::Complex64(array) => Self::from(fold(&array, dimension, Complex::default(), add_complex)),
            Self::Complex128(array) => Self::from(fold(&array, dimension, Complex::default(), add_complex)),
            other => return Err(Error::type_error(format!("{} is not added up", other.dtype()))),
        })
    }

    /// The mean along a dimension, as `numpy.mean`: of integers and truth values as float64.
    ///
    /// # Errors
    ///
    /// `Index`, if there is no such dimension; `Type`, for text.
    pub fn mean(&self, dimension: usize) -> Result<Self> {
        let length = self.check_dimension(dimension)?;
        let floating = match self.dtype() {
            dtype if dtype.is_integer() || dtype == DType::Bool => self.cast(DType::Float64)?,
            _ => self.clone(),
        };
        let count = super::Scalar::Float(length as f64);
        floating.sum(dimension)?.binary_scalar(super::Operation::Divide, &count)
    }

    fn check_dimension(&self, dimension: usize) -> Result<usize> {
        let length = self.shape().get(dimension).copied();
        length.ok_or_else(|| Error::index(format!("no dimension {dimension} in {:?}", self.shape())))
    }
}

fn sum_dtype(dtype: DType) -> DType {
    match dtype {
        unsigned if unsigned.is_unsigned() => DType::UInt64,
        dtype if dtype.is_integer() || dtype == DType::Bool => DType::Int64,
        other => other,
    }
}

fn fold<T: Clone>(array: &ArrayD<T>, dimension: usize, zero: T, add: fn(T, T) -> T) -> ArrayD<T> {
    array.fold_axis(NdAxis(dimension), zero, |sum, value| add(sum.clone(), value.clone()))
}

#[expect(clippy::arithmetic_side_effects, reason = "floating-point arithmetic has no overflow")]
fn add_complex<T: num_traits::Num + Clone>(a: Complex<T>, b: Complex<T>) -> Complex<T> {
    a + b
}

/// numpy adds along the last dimension in pairs, along the others one by one.
fn add_up<T: Float>(array: &ArrayD<T>, dimension: usize, pairwise: bool) -> ArrayD<T> {
    if pairwise {
        array.map_axis(NdAxis(dimension), |lane: ArrayView1<'_, T>| pairwise_sum(&lane.to_vec()))
    } else {
        fold(array, dimension, T::ZERO, T::plus)
    }
}

/// A floating-point number that is added up.
pub(crate) trait Float: Copy {
    const ZERO: Self;
    fn plus(self, other: Self) -> Self;
}

impl Float for f32 {
    const ZERO: Self = 0.0;

    fn plus(self, other: Self) -> Self {
        self + other
    }
}

impl Float for f64 {
    const ZERO: Self = 0.0;

    fn plus(self, other: Self) -> Self {
        self + other
    }
}

/// The sum by halves, each of at most 128 numbers added up in 8 running sums: the order in which numpy adds,
/// so that the result is the same to the bit.
pub(crate) fn pairwise_sum<T: Float>(values: &[T]) -> T {
    const BLOCK: usize = 128;
    let count = values.len();
    if count < 8 {
        return values.iter().fold(T::ZERO, |sum, value| sum.plus(*value));
    }
    if count <= BLOCK {
        let (chunks, rest) = values.as_chunks::<8>();
        let mut sums = [T::ZERO; 8];
        for chunk in chunks {
            for (sum, value) in sums.iter_mut().zip(chunk) {
                *sum = sum.plus(*value);
            }
        }
        let [a, b, c, d, e, f, g, h] = sums;
        let total = a.plus(b).plus(c.plus(d)).plus(e.plus(f).plus(g.plus(h)));
        return rest.iter().fold(total, |sum, value| sum.plus(*value));
    }
    // Halves start at a multiple of 8.
    let half = count / 2;
    let (low, high) = values.split_at(half.saturating_sub(half % 8));
    pairwise_sum(low).plus(pairwise_sum(high))
}
