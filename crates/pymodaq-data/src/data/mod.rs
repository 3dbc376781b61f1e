//! Arrays with the axes, names and units that describe them.

mod arithmetic;
mod axes;
mod builder;
mod reshape;
mod slicing;

use std::ops::Deref;

use crate::array::Array;
use crate::attributes::Attributes;
use crate::axis::Axis;
use crate::enums::{DataDim, DataDistribution, DataSource};
use crate::error::{Error, Result};

pub(crate) use builder::now;
pub use builder::{DataBuilder, DataCalculated, DataFromPlugins, DataFromRoi, DataRaw};
pub use slicing::ValueIndex;

/// One or more arrays of the same shape, with labels, units, axes, uncertainties and where they come from.
///
/// Python's `DataRaw`, `DataCalculated` and the like are this type with another [`DataSource`]; here they
/// are names that start a [`DataBuilder`].
///
/// A shape lists the slowest dimension first. `nav_indexes` are the dimensions of navigation (the points of a scan);
/// the others are those of the signal.
#[derive(Debug, Clone, PartialEq)]
pub struct DataWithAxes {
    pub(crate) name: String,
    pub(crate) source: DataSource,
    pub(crate) dim: DataDim,
    pub(crate) distribution: DataDistribution,
    pub(crate) data: Vec<Array>,
    pub(crate) labels: Vec<String>,
    pub(crate) origin: String,
    pub(crate) units: String,
    pub(crate) axes: Vec<Axis>,
    pub(crate) nav_indexes: Vec<usize>,
    pub(crate) errors: Option<Vec<Array>>,
    pub(crate) timestamp: f64,
    pub(crate) extra: Attributes,
}

impl DataWithAxes {
    /// Starts data of a source.
    pub fn builder(name: impl Into<String>, source: DataSource, data: Vec<Array>) -> DataBuilder {
        DataBuilder::new(name.into(), source, data)
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `origin/name`, or the name if there is no origin.
    pub fn get_full_name(&self) -> String {
        format!("{}/{}", self.origin, self.name)
    }

    /// Whether the data come from an instrument or from a computation.
    pub fn source(&self) -> DataSource {
        self.source
    }

    /// The dimensionality.
    pub fn dim(&self) -> DataDim {
        self.dim
    }

    /// How the points of navigation lie.
    pub fn distribution(&self) -> DataDistribution {
        self.distribution
    }

    /// The arrays, all of the same shape.
    pub fn data(&self) -> &[Array] {
        &self.data
    }

    /// One array.
    pub fn get(&self, index: usize) -> Option<&Array> {
        self.data.get(index)
    }

    /// The name of each array.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The module that the data come from.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The units of the values, as PyMoDAQ writes them.
    pub fn units(&self) -> &str {
        &self.units
    }

    /// The axes, of navigation and of signal.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// The dimensions of navigation.
    pub fn nav_indexes(&self) -> &[usize] {
        &self.nav_indexes
    }

    /// The dimensions of the signal: those that are not of navigation.
    pub fn sig_indexes(&self) -> Vec<usize> {
        (0..self.ndim()).filter(|index| !self.nav_indexes.contains(index)).collect()
    }

    /// The uncertainty of each array, of its shape.
    pub fn errors(&self) -> Option<&[Array]> {
        self.errors.as_deref()
    }

    /// When the data were taken, in seconds since 1970.
    pub fn timestamp(&self) -> f64 {
        self.timestamp
    }

    /// What else is known of the data: the further keyword arguments of Python.
    pub fn extra_attributes(&self) -> &Attributes {
        &self.extra
    }

    /// As [`DataWithAxes::extra_attributes`], to be changed.
    pub fn extra_attributes_mut(&mut self) -> &mut Attributes {
        &mut self.extra
    }

    /// The shape of each array, slowest dimension first.
    pub fn shape(&self) -> &[usize] {
        self.data.first().map_or(&[], Array::shape)
    }

    /// How many dimensions each array has.
    pub fn ndim(&self) -> usize {
        self.shape().len()
    }

    /// How many arrays there are (`len(dwa)` in Python).
    pub fn length(&self) -> usize {
        self.data.len()
    }

    /// How many elements each array has.
    pub fn size(&self) -> usize {
        self.data.first().map_or(0, Array::size)
    }

    /// Names the data.
    pub fn set_name(&mut self, name: impl Into<String>) {
        self.name = name.into();
    }

    /// Names the module that the data come from.
    pub fn set_origin(&mut self, origin: impl Into<String>) {
        self.origin = origin.into();
    }

    /// Sets the units; the values stay (`force_units` in Python).
    pub fn set_units(&mut self, units: impl Into<String>) {
        self.units = units.into();
    }

    /// Sets when the data were taken, in seconds since 1970.
    pub fn set_timestamp(&mut self, timestamp: f64) {
        self.timestamp = timestamp;
    }

    /// Sets where the data come from.
    pub fn set_source(&mut self, source: DataSource) {
        self.source = source;
    }

    /// Names the arrays; missing labels become `CH00`, `CH01` ... by the place of the array.
    pub fn set_labels<L: Into<String>>(&mut self, labels: impl IntoIterator<Item = L>) {
        self.labels = builder::pad_labels(labels.into_iter().map(Into::into).collect(), self.data.len());
    }

    /// Replaces the uncertainties.
    ///
    /// # Errors
    ///
    /// `Shape`, if there is not one for each array and of its shape.
    pub fn set_errors(&mut self, errors: Option<Vec<Array>>) -> Result<()> {
        if let Some(errors) = &errors
            && (errors.len() != self.data.len() || errors.iter().any(|error| error.shape() != self.shape()))
        {
            return Err(Error::shape("errors have to be as many as the arrays, and of their shape"));
        }
        self.errors = errors;
        Ok(())
    }

    /// Replaces the arrays by others of the same shape.
    ///
    /// # Errors
    ///
    /// `Shape`, if the shape is another; `Length`, without arrays.
    pub fn set_data(&mut self, data: Vec<Array>) -> Result<()> {
        let data = builder::check_arrays(data)?;
        if let Some(first) = data.first()
            && first.shape() != self.shape()
        {
            return Err(Error::shape(format!("arrays of shape {:?}, not {:?}", first.shape(), self.shape())));
        }
        self.set_arrays(data);
        Ok(())
    }

    /// Adds the arrays, labels and uncertainties of other data of the same shape.
    ///
    /// # Errors
    ///
    /// `Shape`, if the shapes differ.
    pub fn append(&mut self, other: &Self) -> Result<()> {
        if other.shape() != self.shape() {
            return Err(Error::shape(format!(
                "cannot append arrays of shape {:?} to arrays of shape {:?}",
                other.shape(),
                self.shape()
            )));
        }
        self.data.extend_from_slice(&other.data);
        self.labels.extend_from_slice(&other.labels);
        match (&mut self.errors, &other.errors) {
            (Some(errors), Some(more)) => errors.extend_from_slice(more),
            // Uncertainties are for all arrays or for none.
            _ => self.errors = None,
        }
        Ok(())
    }

    /// The arrays put together along a new first dimension.
    ///
    /// # Errors
    ///
    /// `Type`, if text is among numbers.
    pub fn stack_as_array(&self) -> Result<Array> {
        Array::stack(&self.data)
    }

    fn set_arrays(&mut self, data: Vec<Array>) {
        let labels = std::mem::take(&mut self.labels);
        self.labels = builder::pad_labels(labels, data.len());
        if self.errors.as_ref().is_some_and(|errors| errors.len() != data.len()) {
            self.errors = None;
        }
        self.data = data;
    }
}

impl Deref for DataWithAxes {
    type Target = [Array];

    /// The arrays, so that `dwa[0]`, `dwa.iter()` and `dwa.len()` are as in Python.
    fn deref(&self) -> &[Array] {
        &self.data
    }
}
