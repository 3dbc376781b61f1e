//! `+ - * /` of data with data and with numbers.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::DataWithAxes;
use crate::array::{Array, Operation, Scalar};
use crate::error::{Error, Result};
use crate::units;

impl DataWithAxes {
    /// Data put together element by element; name (`left_add`), labels, axes, errors and all else are those on the
    /// left. Units multiply and divide; sums need the same units, which are compared as text.
    ///
    /// # Errors
    ///
    /// `Units`, if they do not meet; `Length`, for another number of arrays; `Shape`, if the shapes differ; `Type`, for text
    /// and the difference of truth values.
    pub fn binary(&self, operation: Operation, other: &Self) -> Result<Self> {
        let units = units::combine(&self.units, operation, &other.units)?;
        if self.length() != other.length() {
            let (left, right) = (self.length(), other.length());
            return Err(Error::length(format!("data of {left} arrays and data of {right} arrays")));
        }
        if self.shape() != other.shape() {
            return Err(Error::shape(format!("data of shapes {:?} and {:?}", self.shape(), other.shape())));
        }
        let arrays = self.data.iter().zip(&other.data).map(|(left, right)| left.binary(operation, right));
        self.computed(operation.name(), arrays.collect(), units)
    }

    /// Data put together with a number on their right, which has no units.
    ///
    /// # Errors
    ///
    /// `Units`, for sums of data with units; `Value`, for an integer that the data do not hold; `Type`, for text.
    pub fn binary_scalar(&self, operation: Operation, scalar: impl Into<Scalar>) -> Result<Self> {
        let (units, scalar) = (units::combine(&self.units, operation, "")?, scalar.into());
        let arrays = self.data.iter().map(|array| array.binary_scalar(operation, &scalar));
        self.computed(operation.name(), arrays.collect(), units)
    }

    /// Data put together with a number on their left, which has no units.
    ///
    /// # Errors
    ///
    /// As [`DataWithAxes::binary_scalar`].
    pub fn scalar_binary(scalar: impl Into<Scalar>, operation: Operation, data: &Self) -> Result<Self> {
        let (units, scalar) = (units::combine("", operation, &data.units)?, scalar.into());
        let arrays = data.data.iter().map(|array| Array::scalar_binary(&scalar, operation, array));
        data.computed(operation.name(), arrays.collect(), units)
    }

    /// The absolute values.
    ///
    /// # Errors
    ///
    /// `Type`, for text.
    pub fn abs(&self) -> Result<Self> {
        self.computed("absolute", self.data.iter().map(Array::abs).collect(), self.units.clone())
    }

    /// The weighted mean of these data, which are themselves the mean of `weight - 1`, and of one more.
    ///
    /// # Errors
    ///
    /// As [`DataWithAxes::binary`]; `Value`, for a weight of zero.
    pub fn average(&self, other: &Self, weight: u64) -> Result<Self> {
        let before = weight.checked_sub(1).ok_or_else(|| Error::value("a mean of weight zero"))?;
        let (before, weight) = (Scalar::UInt(before), Scalar::UInt(weight));
        let sum = self.binary_scalar(Operation::Multiply, before)?.binary(Operation::Add, other)?;
        let mut mean = sum.binary_scalar(Operation::Divide, weight)?;
        mean.name.clone_from(&self.name);
        Ok(mean)
    }

    fn computed(&self, name: &str, arrays: Result<Vec<Array>>, units: String) -> Result<Self> {
        let mut computed = self.clone();
        computed.data = arrays?;
        computed.units = units;
        computed.name = format!("{}_{name}", self.name);
        Ok(computed)
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $operation:ident) => {
        impl $trait<&DataWithAxes> for &DataWithAxes {
            type Output = Result<DataWithAxes>;

            fn $method(self, other: &DataWithAxes) -> Self::Output {
                self.binary(Operation::$operation, other)
            }
        }

        impl $trait<f64> for &DataWithAxes {
            type Output = Result<DataWithAxes>;

            fn $method(self, scalar: f64) -> Self::Output {
                self.binary_scalar(Operation::$operation, scalar)
            }
        }

        impl $trait<i64> for &DataWithAxes {
            type Output = Result<DataWithAxes>;

            fn $method(self, scalar: i64) -> Self::Output {
                self.binary_scalar(Operation::$operation, scalar)
            }
        }

        impl $trait<&DataWithAxes> for f64 {
            type Output = Result<DataWithAxes>;

            fn $method(self, data: &DataWithAxes) -> Self::Output {
                DataWithAxes::scalar_binary(self, Operation::$operation, data)
            }
        }
    };
}

operator!(Add, add, Add);
operator!(Sub, sub, Subtract);
operator!(Mul, mul, Multiply);
operator!(Div, div, Divide);

impl Neg for &DataWithAxes {
    type Output = Result<DataWithAxes>;

    fn neg(self) -> Self::Output {
        let arrays = self.data.iter().map(Array::negative).collect();
        self.computed("negative", arrays, self.units.clone())
    }
}
