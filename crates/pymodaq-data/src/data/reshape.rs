//! Data of fewer, or rearranged, dimensions.

use super::{DataWithAxes, axes};
use crate::array::Array;
use crate::axis::Axis;
use crate::enums::{DataDistribution, DataSource};
use crate::error::{Error, Result};

impl DataWithAxes {
    /// The mean along a dimension, which disappears with its axes; calculated, without errors.
    ///
    /// # Errors
    ///
    /// `Index`, if there is no such dimension; `Type`, for text.
    pub fn mean(&self, dimension: usize) -> Result<Self> {
        self.reduced(dimension, |array| array.mean(dimension))
    }

    /// The sum along a dimension, which disappears with its axes; calculated, without errors.
    ///
    /// # Errors
    ///
    /// `Index`, if there is no such dimension; `Type`, for text.
    pub fn sum(&self, dimension: usize) -> Result<Self> {
        self.reduced(dimension, |array| array.sum(dimension))
    }

    /// The dimensions in reverse order, with their axes.
    ///
    /// # Errors
    ///
    /// None for data made by this crate.
    pub fn transpose(&self) -> Result<Self> {
        let last = self.ndim().saturating_sub(1);
        let moved = |index: usize| last.saturating_sub(index);
        let mut made = self.clone();
        made.data = self.data.iter().map(|array| array.transpose(None)).collect::<Result<_>>()?;
        made.errors = self.map_errors(|array| array.transpose(None))?;
        made.nav_indexes = self.nav_indexes.iter().map(|index| moved(*index)).collect();
        for axis in &mut made.axes {
            axis.set_index(moved(axis.index()));
        }
        Ok(made)
    }

    /// The data in the order of the values of a dimension's axis; of the spread axes the one of that place.
    ///
    /// # Errors
    ///
    /// `Axis`, if there is no such axis.
    pub fn sort_data(&self, axis_index: usize, spread_index: usize) -> Result<Self> {
        let found = self.get_axis_from_index_spread(axis_index, spread_index);
        let axis =
            found.ok_or_else(|| Error::axis(format!("dimension {axis_index} has no axis to sort by")))?;
        let values = axis.to_f64();
        if Some(&values.len()) != self.shape().get(axis_index) {
            return Err(Error::axis(format!("axis {:?} is not as long as its dimension", axis.label())));
        }
        let mut order: Vec<(usize, f64)> = values.into_iter().enumerate().collect();
        order.sort_by(|(_, a), (_, b)| a.total_cmp(b));
        let order: Vec<usize> = order.into_iter().map(|(position, _)| position).collect();
        let mut made = self.clone();
        made.data = self.data.iter().map(|array| array.take(axis_index, &order)).collect::<Result<_>>()?;
        made.errors = self.map_errors(|array| array.take(axis_index, &order))?;
        for axis in
            made.axes.iter_mut().filter(|axis| axis.index() == axis_index && axis.size() == order.len())
        {
            axis.set_data(axis.get_data().take(0, &order)?)?;
        }
        Ok(made)
    }

    /// Data with another list of arrays and all else the same, where the arrays have lost dimensions.
    ///
    /// `kept` lists the dimensions that stay; the axes are those of the dimensions before.
    pub(super) fn with_dimensions(
        &self,
        kept: &[usize],
        data: Vec<Array>,
        errors: Option<Vec<Array>>,
        axes_before: Vec<Axis>,
    ) -> Result<Self> {
        let place = |index: usize| kept.iter().position(|dimension| *dimension == index);
        let mut made = self.clone();
        made.source = DataSource::Calculated;
        made.data = data.into_iter().map(Array::at_least_1d).collect();
        made.errors = errors.map(|errors| errors.into_iter().map(Array::at_least_1d).collect());
        made.nav_indexes = self.nav_indexes.iter().filter_map(|index| place(*index)).collect();
        made.axes = axes_before
            .into_iter()
            .filter_map(|axis| place(axis.index()).map(|index| axis.with_index(index)))
            .collect();
        if made.nav_indexes.is_empty() {
            made.distribution = DataDistribution::Uniform;
        }
        made.dim = axes::dim_of(made.shape(), &made.axes, &made.nav_indexes);
        Ok(made)
    }

    pub(super) fn map_errors(&self, map: impl FnMut(&Array) -> Result<Array>) -> Result<Option<Vec<Array>>> {
        self.errors.as_ref().map(|errors| errors.iter().map(map).collect()).transpose()
    }

    fn reduced(&self, dimension: usize, reduce: impl FnMut(&Array) -> Result<Array>) -> Result<Self> {
        let data = self.data.iter().map(reduce).collect::<Result<Vec<_>>>()?;
        let kept: Vec<usize> = (0..self.ndim()).filter(|index| *index != dimension).collect();
        self.with_dimensions(&kept, data, None, self.axes.clone())
    }
}
