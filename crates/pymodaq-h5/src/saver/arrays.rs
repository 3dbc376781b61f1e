//! Arrays with what the loaders look for.

use h5_types::Result;
use pymodaq_data::{Array, Attributes, DType, DataDim, DataType, Scalar, capitalize};

use super::H5SaverLowLevel;
use crate::backend::Location;
use crate::node::{CARRAY, EARRAY, Node, StringARRAY};

/// What an array is, for the loaders: its attributes.
#[derive(Debug, Clone)]
#[must_use]
pub struct ArrayOptions {
    data_type: DataType,
    data_dimension: DataDim,
    title: String,
    metadata: Attributes,
}

impl ArrayOptions {
    /// An array of a type, of data of a dimensionality, without a title.
    pub fn new(data_type: DataType, data_dimension: DataDim) -> Self {
        Self { data_type, data_dimension, title: String::new(), metadata: Attributes::new() }
    }

    /// Its title.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Further attributes.
    pub fn metadata(mut self, metadata: Attributes) -> Self {
        self.metadata = metadata;
        self
    }

    fn describe(&self, node: &Node) -> Result<()> {
        node.set_attr("data_type", self.data_type.name())?;
        node.set_attr("data_dimension", self.data_dimension.name())?;
        node.set_attrs(&self.metadata)
    }
}

impl H5SaverLowLevel {
    /// An array of fixed shape, with its elements. The name is capitalized.
    ///
    /// # Errors
    /// As [`H5Backend::create_carray`](crate::H5Backend::create_carray).
    pub fn add_array(
        &self,
        place: impl Location,
        name: &str,
        array: &Array,
        options: &ArrayOptions,
    ) -> Result<CARRAY> {
        let node = self.create_carray(place, &capitalize(name), array, &options.title)?;
        options.describe(&node)?;
        Ok(node)
    }

    /// An array with the dimensions of a scan before those of one point, full of a fill value.
    ///
    /// Points of shape `[1]` add no dimension. Integers and truth values have no NaN: where the fill value is one, they hold 0.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_array`]; `Limit` if memory does not hold it.
    pub fn add_extended_array(
        &self,
        place: impl Location,
        name: &str,
        dtype: DType,
        (scan_shape, data_shape): (&[usize], &[usize]),
        fill_value: &Scalar,
        options: &ArrayOptions,
    ) -> Result<CARRAY> {
        let point = if data_shape == [1] { &[] } else { data_shape };
        let shape: Vec<usize> = scan_shape.iter().chain(point).copied().collect();
        let without_nan = !dtype.is_float() && !dtype.is_complex();
        let nan = fill_value.to_f64().is_none_or(f64::is_nan);
        let zero = Scalar::Int(0);
        let fill = if without_nan && nan { &zero } else { fill_value };
        let node =
            self.create_carray_full(place, &capitalize(name), (dtype, &shape), fill, &options.title)?;
        options.describe(&node)?;
        Ok(node)
    }

    /// An empty array of rows of a shape. The name is capitalized.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_array`].
    pub fn add_enlargeable_array(
        &self,
        place: impl Location,
        name: &str,
        dtype: DType,
        row_shape: &[usize],
        options: &ArrayOptions,
    ) -> Result<EARRAY> {
        let node = self.create_earray(place, &capitalize(name), dtype, row_shape, &options.title)?;
        options.describe(&node)?;
        Ok(if options.data_type == DataType::Axis { node.into_axis() } else { node })
    }

    /// An empty array of lines of text.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_array`].
    pub fn add_string_array(
        &self,
        place: impl Location,
        name: &str,
        title: &str,
        metadata: &Attributes,
    ) -> Result<StringARRAY> {
        let node = self.create_string_array(place, name, title)?;
        node.set_attrs(metadata)?;
        node.set_attr("data_type", DataType::Strings.name())?;
        Ok(node)
    }
}
