//! Arrays seen in other shapes, put together and taken apart.

use ndarray::{ArrayD, Axis as NdAxis, IxDyn};

use super::element::elements;
use super::{Array, map_array};
use crate::error::{Error, Result};

/// How many elements a shape has.
pub(super) fn element_count(shape: &[usize]) -> Result<usize> {
    let count = shape.iter().try_fold(1usize, |count, length| count.checked_mul(*length));
    count.ok_or_else(|| Error::limit(format!("an array of shape {shape:?} does not fit in memory")))
}

impl Array {
    /// The elements, in C order, in another shape.
    ///
    /// # Errors
    ///
    /// `Shape`, if the shape has another number of elements.
    pub fn reshape(&self, shape: &[usize]) -> Result<Self> {
        let refused = || Error::shape(format!("{:?} does not take the shape {shape:?}", self.shape()));
        if element_count(shape)? != self.size() {
            return Err(refused());
        }
        Ok(map_array!(self, typed => {
            ArrayD::from_shape_vec(IxDyn(shape), elements(typed).into_owned()).map_err(|_| refused())?
        }))
    }

    /// At least one dimension: an array without any becomes one of shape `[1]`, as `numpy.atleast_1d`.
    pub fn at_least_1d(self) -> Self {
        if self.ndim() > 0 {
            return self;
        }
        self.reshape(&[1]).unwrap_or(self)
    }

    /// The array without those of the dimensions given that have one element; the others stay.
    pub fn squeeze(&self, dimensions: &[usize]) -> Self {
        let shape: Vec<usize> = (0..)
            .zip(self.shape())
            .filter(|(at, length)| **length != 1 || !dimensions.contains(at))
            .map(|(_, length)| *length)
            .collect();
        // Dimensions of one element change nothing to the number of elements.
        self.reshape(&shape).unwrap_or_else(|_| self.clone())
    }

    /// The dimensions in another order; `None` reverses them, as `numpy.transpose`.
    ///
    /// # Errors
    ///
    /// `Index`, if the order does not name each dimension once.
    pub fn transpose(&self, order: Option<&[usize]>) -> Result<Self> {
        let reversed: Vec<usize> = (0..self.ndim()).rev().collect();
        let order = order.unwrap_or(&reversed);
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..self.ndim()) {
            return Err(Error::index(format!("{order:?} is no order of {} dimensions", self.ndim())));
        }
        Ok(
            map_array!(self, typed => typed.view().permuted_axes(IxDyn(order)).as_standard_layout().into_owned()),
        )
    }

    /// Two dimensions exchanged.
    ///
    /// # Errors
    ///
    /// `Index`, if there is no such dimension.
    pub fn swap_axes(&self, first: usize, second: usize) -> Result<Self> {
        let mut order: Vec<usize> = (0..self.ndim()).collect();
        if first >= order.len() || second >= order.len() {
            return Err(Error::index(format!("no dimensions {first} and {second} in {:?}", self.shape())));
        }
        order.swap(first, second);
        self.transpose(Some(&order))
    }

    /// The elements at positions along a dimension, as `numpy.take`.
    ///
    /// # Errors
    ///
    /// `Index`, if there is no such dimension or position.
    pub fn take(&self, dimension: usize, positions: &[usize]) -> Result<Self> {
        let length = *self
            .shape()
            .get(dimension)
            .ok_or_else(|| Error::index(format!("no dimension {dimension} in {:?}", self.shape())))?;
        if let Some(bad) = positions.iter().find(|position| **position >= length) {
            return Err(Error::index(format!("index {bad} is out of a dimension of {length}")));
        }
        let mut shape = self.shape().to_vec();
        let inner =
            element_count(shape.get(dimension..).and_then(|inner| inner.get(1..)).unwrap_or_default())?;
        if let Some(length) = shape.get_mut(dimension) {
            *length = positions.len();
        }
        element_count(&shape)?;
        Ok(map_array!(self, typed => {
            let taken = rows(&elements(typed), length.saturating_mul(inner), inner, positions);
            ArrayD::from_shape_vec(IxDyn(&shape), taken)
                .map_err(|_| Error::shape("elements that do not fill the shape"))?
        }))
    }

    /// Arrays put one after the other along a dimension; the datatype is what numpy promotes theirs to.
    ///
    /// # Errors
    ///
    /// `Length`, without arrays; `Shape`, if another dimension differs; `Type`, for text with numbers.
    pub fn concatenate(arrays: &[Self], dimension: usize) -> Result<Self> {
        let first = arrays.first().ok_or_else(|| Error::length("no arrays to put together"))?;
        let shapes =
            || arrays.iter().map(|array| format!("{:?}", array.shape())).collect::<Vec<_>>().join(", ");
        let refused = || Error::shape(format!("shapes {} do not join along dimension {dimension}", shapes()));
        if dimension >= first.ndim() {
            return Err(refused());
        }
        let mut dtype = first.dtype();
        for array in arrays {
            dtype = dtype.promote(array.dtype())?;
        }
        let cast = arrays.iter().map(|array| array.cast(dtype)).collect::<Result<Vec<_>>>()?;
        let like = Self::zeros(dtype, &[])?;
        Ok(map_array!(&like, like => {
            let views: Vec<_> =
                cast.iter().filter_map(|array| super::element::peer(like, array)).map(|typed| typed.view()).collect();
            ndarray::concatenate(NdAxis(dimension), &views).map_err(|_| refused())?
        }))
    }

    /// Arrays of one shape put together along a new first dimension.
    ///
    /// # Errors
    ///
    /// `Length`, without arrays; `Shape`, if the shapes differ; `Type`, for text with numbers.
    pub fn stack(arrays: &[Self]) -> Result<Self> {
        let rows: Vec<Self> = arrays
            .iter()
            .map(|array| map_array!(array, typed => typed.clone().insert_axis(NdAxis(0))))
            .collect();
        Self::concatenate(&rows, 0)
    }
}

/// Of each block of elements the rows at those positions. Not by `ndarray::select`, of which there would be 14, each of several kilobytes.
fn rows<T: Clone>(elements: &[T], block: usize, row: usize, positions: &[usize]) -> Vec<T> {
    let mut taken = Vec::new();
    for block in elements.chunks(block.max(1)) {
        for position in positions {
            let start = position.saturating_mul(row);
            taken.extend_from_slice(block.get(start..start.saturating_add(row)).unwrap_or_default());
        }
    }
    taken
}
