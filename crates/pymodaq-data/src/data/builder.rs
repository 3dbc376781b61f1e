use std::time::{SystemTime, UNIX_EPOCH};

use super::{DataWithAxes, axes};
use crate::array::Array;
use crate::attributes::Attributes;
use crate::axis::Axis;
use crate::enums::{DataDim, DataDistribution, DataSource};
use crate::error::{Error, Result};
use crate::literal::PyValue;

/// Collects what describes data, and checks that it fits together in [`DataBuilder::build`].
#[derive(Debug, Clone)]
#[must_use]
pub struct DataBuilder {
    name: String,
    source: DataSource,
    data: Vec<Array>,
    dim: Option<DataDim>,
    distribution: DataDistribution,
    labels: Vec<String>,
    origin: String,
    units: String,
    axes: Vec<Axis>,
    nav_indexes: Vec<usize>,
    errors: Option<Vec<Array>>,
    timestamp: Option<f64>,
    extra: Attributes,
}

/// Data of an instrument: starts a [`DataBuilder`] of source `raw`.
#[derive(Debug)]
pub struct DataRaw;

/// Data of a computation: starts a [`DataBuilder`] of source `calculated`.
#[derive(Debug)]
pub struct DataCalculated;

/// Data of an instrument to be shown and saved: raw, with the attributes `do_plot` and `do_save` set.
#[derive(Debug)]
pub struct DataFromPlugins;

/// Data of a region of interest: calculated.
#[derive(Debug)]
pub struct DataFromRoi;

impl DataRaw {
    /// Starts data of source `raw`.
    pub fn builder(name: impl Into<String>, data: Vec<Array>) -> DataBuilder {
        DataBuilder::new(name.into(), DataSource::Raw, data)
    }
}

impl DataCalculated {
    /// Starts data of source `calculated`.
    pub fn builder(name: impl Into<String>, data: Vec<Array>) -> DataBuilder {
        DataBuilder::new(name.into(), DataSource::Calculated, data)
    }
}

impl DataFromPlugins {
    /// Starts data of source `raw` with `do_plot` and `do_save` set.
    pub fn builder(name: impl Into<String>, data: Vec<Array>) -> DataBuilder {
        DataRaw::builder(name, data).attribute("do_plot", true).attribute("do_save", true)
    }
}

impl DataFromRoi {
    /// Starts data of source `calculated`.
    pub fn builder(name: impl Into<String>, data: Vec<Array>) -> DataBuilder {
        DataCalculated::builder(name, data)
    }
}

impl DataBuilder {
    pub(super) fn new(name: String, source: DataSource, data: Vec<Array>) -> Self {
        Self {
            name,
            source,
            data,
            dim: None,
            distribution: DataDistribution::Uniform,
            labels: Vec::new(),
            origin: String::new(),
            units: String::new(),
            axes: Vec::new(),
            nav_indexes: Vec::new(),
            errors: None,
            timestamp: None,
            extra: Attributes::new(),
        }
    }

    /// Whether the data come from an instrument or from a computation.
    pub fn source(mut self, source: DataSource) -> Self {
        self.source = source;
        self
    }

    /// The dimensionality expected; what the axes and the shape say wins, as in Python.
    pub fn dim(mut self, dim: DataDim) -> Self {
        self.dim = Some(dim);
        self
    }

    /// How the points of navigation lie; without navigation it is always uniform.
    pub fn distribution(mut self, distribution: DataDistribution) -> Self {
        self.distribution = distribution;
        self
    }

    /// The name of each array; missing ones become `CH00`, `CH01` ... by the place of the array.
    pub fn labels<L: Into<String>>(mut self, labels: impl IntoIterator<Item = L>) -> Self {
        self.labels = labels.into_iter().map(Into::into).collect();
        self
    }

    /// The module that the data come from.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = origin.into();
        self
    }

    /// The units of the values.
    pub fn units(mut self, units: impl Into<String>) -> Self {
        self.units = units.into();
        self
    }

    /// The axes.
    pub fn axes(mut self, axes: impl IntoIterator<Item = Axis>) -> Self {
        self.axes = axes.into_iter().collect();
        self
    }

    /// One more axis.
    pub fn axis(mut self, axis: Axis) -> Self {
        self.axes.push(axis);
        self
    }

    /// The dimensions of navigation.
    pub fn nav_indexes(mut self, nav_indexes: impl IntoIterator<Item = usize>) -> Self {
        self.nav_indexes = nav_indexes.into_iter().collect();
        self
    }

    /// The uncertainty of each array.
    pub fn errors(mut self, errors: impl Into<Option<Vec<Array>>>) -> Self {
        self.errors = errors.into();
        self
    }

    /// When the data were taken, in seconds since 1970; without it, now.
    pub fn timestamp(mut self, timestamp: f64) -> Self {
        self.timestamp = Some(timestamp);
        self
    }

    /// Anything else to be kept with the data: a further keyword argument of Python.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<PyValue>) -> Self {
        self.extra.set(name, value);
        self
    }

    /// Everything else to be kept with the data.
    pub fn attributes(mut self, attributes: Attributes) -> Self {
        self.extra = attributes;
        self
    }

    /// Makes the data.
    ///
    /// Arrays without dimensions become arrays of shape `[1]`. A uniform axis whose size differs from its
    /// dimension is replaced by 0, 1, 2 ..., as in Python.
    ///
    /// # Errors
    ///
    /// `Length`, without arrays; `Shape`, for arrays of different shapes, or errors that are not like them;
    /// `Index`, for dimensions that do not exist; `Value` or `Length`, for axes of spread data without exactly one
    /// dimension of navigation, or not of its length.
    pub fn build(self) -> Result<DataWithAxes> {
        let data = check_arrays(self.data)?;
        let shape = data.first().map_or(&[][..], Array::shape).to_vec();
        let labels = pad_labels(self.labels, data.len());
        let nav_indexes = axes::check_nav_indexes(self.nav_indexes, shape.len())?;
        let distribution = if nav_indexes.is_empty() { DataDistribution::Uniform } else { self.distribution };
        let checked = axes::check_axes(self.axes, &shape, &nav_indexes, distribution)?;
        let dim = axes::dim_of(&shape, &checked, &nav_indexes);
        let mut made = DataWithAxes {
            name: self.name,
            source: self.source,
            dim,
            distribution,
            data,
            labels,
            origin: self.origin,
            units: self.units,
            axes: checked,
            nav_indexes,
            errors: None,
            timestamp: self.timestamp.unwrap_or_else(now),
            extra: self.extra,
        };
        let errors = self.errors.map(|errors| errors.into_iter().map(Array::at_least_1d).collect());
        made.set_errors(errors)?;
        Ok(made)
    }
}

/// Arrays that data can hold: at least one, all of one shape.
pub(super) fn check_arrays(data: Vec<Array>) -> Result<Vec<Array>> {
    let data: Vec<Array> = data.into_iter().map(Array::at_least_1d).collect();
    let first = data.first().ok_or_else(|| Error::length("data need at least one array"))?;
    if let Some(other) = data.iter().find(|array| array.shape() != first.shape()) {
        return Err(Error::shape(format!(
            "the arrays of data have one shape, not {:?} and {:?}",
            first.shape(),
            other.shape()
        )));
    }
    Ok(data)
}

/// As many labels as arrays: `CH00`, `CH01` ... for those that are missing.
pub(super) fn pad_labels(mut labels: Vec<String>, count: usize) -> Vec<String> {
    labels.truncate(count);
    for index in labels.len()..count {
        labels.push(format!("CH{index:02}"));
    }
    labels
}

/// Seconds since 1970.
pub(crate) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |elapsed| elapsed.as_secs_f64())
}
