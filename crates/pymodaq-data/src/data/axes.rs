//! Which axes fit which data, and how they are found.

use super::DataWithAxes;
use crate::axis::Axis;
use crate::enums::{DataDim, DataDistribution};
use crate::error::{Error, Result};

/// The dimensions of navigation as they are given, each once and each there.
pub(super) fn check_nav_indexes(nav_indexes: Vec<usize>, ndim: usize) -> Result<Vec<usize>> {
    let mut checked = Vec::with_capacity(nav_indexes.len());
    for index in nav_indexes {
        if index >= ndim || checked.contains(&index) {
            return Err(Error::index(format!("navigation index {index} in data of {ndim} dimensions")));
        }
        checked.push(index);
    }
    Ok(checked)
}

/// The axes as data keep them. As in Python a dimension may have more axes than it needs: the first is used.
pub(super) fn check_axes(
    axes: Vec<Axis>,
    shape: &[usize],
    nav_indexes: &[usize],
    distribution: DataDistribution,
) -> Result<Vec<Axis>> {
    if distribution == DataDistribution::Spread && nav_indexes.len() != 1 && !axes.is_empty() {
        return Err(Error::value(format!("spread data have one navigation index, not {nav_indexes:?}")));
    }
    let mut checked: Vec<Axis> = Vec::with_capacity(axes.len());
    for axis in axes {
        let spread = distribution == DataDistribution::Spread && nav_indexes.contains(&axis.index());
        let length = *shape.get(axis.index()).ok_or_else(|| {
            Error::index(format!("axis {:?} is for dimension {} of {shape:?}", axis.label(), axis.index()))
        })?;
        checked.push(fit_axis(axis, length, spread)?);
    }
    Ok(checked)
}

/// An axis as long as its dimension.
fn fit_axis(axis: Axis, length: usize, spread: bool) -> Result<Axis> {
    if axis.size() == length || spread && axis.size() == 1 {
        return Ok(axis);
    }
    if spread {
        let (label, size) = (axis.label(), axis.size());
        return Err(Error::length(format!("spread axis {label:?} has {size} values for {length} points")));
    }
    let order = axis.spread_order();
    Ok(Axis::linear(axis.label(), axis.units(), 0.0, 1.0, length, axis.index()).with_spread_order(order))
}

/// The dimensionality: `DataND` with navigation, else by the axes if there is one for each dimension,
/// else by the shape.
pub(super) fn dim_of(shape: &[usize], axes: &[Axis], nav_indexes: &[usize]) -> DataDim {
    if !nav_indexes.is_empty() {
        DataDim::DataND
    } else if axes.len() == shape.len() {
        DataDim::from_ndim(axes.len())
    } else {
        DataDim::from_shape(shape)
    }
}

impl DataWithAxes {
    /// Replaces the axes.
    ///
    /// # Errors
    ///
    /// As those of [`DataBuilder::build`](crate::DataBuilder::build) that concern axes.
    pub fn set_axes(&mut self, axes: impl IntoIterator<Item = Axis>) -> Result<()> {
        let axes = axes.into_iter().collect();
        self.axes = check_axes(axes, self.shape(), &self.nav_indexes, self.distribution)?;
        self.dim = dim_of(self.shape(), &self.axes, &self.nav_indexes);
        Ok(())
    }

    /// Replaces the dimensions of navigation; without any the distribution becomes uniform.
    ///
    /// # Errors
    ///
    /// As those of [`DataBuilder::build`](crate::DataBuilder::build) that concern axes.
    pub fn set_nav_indexes(&mut self, nav_indexes: impl IntoIterator<Item = usize>) -> Result<()> {
        let nav_indexes = check_nav_indexes(nav_indexes.into_iter().collect(), self.ndim())?;
        let distribution = if nav_indexes.is_empty() { DataDistribution::Uniform } else { self.distribution };
        self.axes = check_axes(self.axes.clone(), self.shape(), &nav_indexes, distribution)?;
        self.nav_indexes = nav_indexes;
        self.distribution = distribution;
        self.dim = dim_of(self.shape(), &self.axes, &self.nav_indexes);
        Ok(())
    }

    /// The axes of a dimension: one if they are uniform, several by spread order if they are spread.
    pub fn get_axis_from_index(&self, index: usize) -> Vec<&Axis> {
        let mut found: Vec<&Axis> = self.axes.iter().filter(|axis| axis.index() == index).collect();
        found.sort_by_key(|axis| axis.spread_order());
        found
    }

    /// The axis of that place among the spread axes of a dimension.
    pub fn get_axis_from_index_spread(&self, index: usize, spread_order: usize) -> Option<&Axis> {
        self.axes.iter().find(|axis| axis.index() == index && axis.spread_order() == spread_order)
    }

    /// The first axis of that label.
    pub fn get_axis_from_label(&self, label: &str) -> Option<&Axis> {
        self.axes.iter().find(|axis| axis.label() == label)
    }

    /// The dimensions that the axes are for, in the order of the axes.
    pub fn get_axis_indexes(&self) -> Vec<usize> {
        self.axes.iter().map(Axis::index).collect()
    }

    /// The axes of navigation, by dimension and spread order.
    pub fn get_nav_axes(&self) -> Vec<&Axis> {
        self.nav_indexes.iter().flat_map(|index| self.get_axis_from_index(*index)).collect()
    }

    /// The axes of the signal, by dimension.
    pub fn get_sig_axes(&self) -> Vec<&Axis> {
        self.sig_indexes().iter().flat_map(|index| self.get_axis_from_index(*index)).collect()
    }

    /// The shape of the dimensions of navigation.
    pub fn get_nav_shape(&self) -> Vec<usize> {
        self.lengths_of(&self.nav_indexes)
    }

    /// The shape of the dimensions of the signal.
    pub fn get_sig_shape(&self) -> Vec<usize> {
        self.lengths_of(&self.sig_indexes())
    }

    /// Adds a linear axis 0, 1, 2 ... to each dimension of more than one element that has no axis, but for the points of spread data,
    /// which have no order.
    pub fn create_missing_axes(&mut self) {
        let spread = self.distribution == DataDistribution::Spread;
        for (index, length) in self.shape().to_vec().into_iter().enumerate() {
            let without_order = spread && self.nav_indexes.contains(&index);
            if length > 1 && !without_order && self.get_axis_from_index(index).is_empty() {
                self.axes.push(Axis::linear("", "", 0.0, 1.0, length, index));
            }
        }
        self.dim = dim_of(self.shape(), &self.axes, &self.nav_indexes);
    }

    fn lengths_of(&self, indexes: &[usize]) -> Vec<usize> {
        indexes.iter().filter_map(|index| self.shape().get(*index)).copied().collect()
    }
}
