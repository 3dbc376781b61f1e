//! What is written: slices and arrays alike.

use std::borrow::Cow;

use h5_types::{Dataspace, H5Type, Result};
use ndarray::{ArrayBase, Data, Dimension};

use crate::attribute_value::dataspace_of;

/// Elements with a shape: a slice, an array of Rust, a vector, or an array or view of ndarray.
pub trait ArrayData {
    /// Type of the elements.
    type Element: H5Type + Clone;

    /// Dimensions, slowest-varying first; none for a single value.
    fn shape(&self) -> Vec<usize>;

    /// The elements in C order.
    fn values(&self) -> Cow<'_, [Self::Element]>;

    /// The extent of a dataset or an attribute of this shape.
    ///
    /// # Errors
    /// `Limit` if 64 bits do not count a dimension.
    fn dataspace(&self) -> Result<Dataspace> {
        dataspace_of(&self.shape())
    }
}

impl<T: H5Type + Clone> ArrayData for [T] {
    type Element = T;

    fn shape(&self) -> Vec<usize> {
        vec![self.len()]
    }

    fn values(&self) -> Cow<'_, [T]> {
        Cow::Borrowed(self)
    }
}

impl<T: H5Type + Clone, const N: usize> ArrayData for [T; N] {
    type Element = T;

    fn shape(&self) -> Vec<usize> {
        vec![N]
    }

    fn values(&self) -> Cow<'_, [T]> {
        Cow::Borrowed(self)
    }
}

impl<T: H5Type + Clone> ArrayData for Vec<T> {
    type Element = T;

    fn shape(&self) -> Vec<usize> {
        vec![self.len()]
    }

    fn values(&self) -> Cow<'_, [T]> {
        Cow::Borrowed(self)
    }
}

impl<S: Data<Elem: H5Type + Clone>, D: Dimension> ArrayData for ArrayBase<S, D> {
    type Element = S::Elem;

    fn shape(&self) -> Vec<usize> {
        self.shape().to_vec()
    }

    /// Borrowed if the array lies in C order.
    fn values(&self) -> Cow<'_, [S::Elem]> {
        match self.as_slice() {
            Some(values) => Cow::Borrowed(values),
            None => Cow::Owned(self.iter().cloned().collect()),
        }
    }
}

impl<A: ArrayData + ?Sized> ArrayData for &A {
    type Element = A::Element;

    fn shape(&self) -> Vec<usize> {
        (**self).shape()
    }

    fn values(&self) -> Cow<'_, [A::Element]> {
        (**self).values()
    }
}
