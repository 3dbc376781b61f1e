use std::collections::BTreeMap;

use h5_types::{Error, Result};
use pymodaq_data::{Attributes, Axis, DType, DataDim, DataType, PyValue, literal};

use super::children::Children;
use super::management::DataManagement;
use crate::backend::Location;
use crate::error::IntoH5;
use crate::node::{EARRAY, Node, NodeKind};
use crate::saver::{ArrayOptions, Fidelity, H5SaverLowLevel};

/// Saves and loads axes.
#[derive(Debug, Clone)]
pub struct AxisSaverLoader {
    h5saver: H5SaverLowLevel,
}

impl AxisSaverLoader {
    /// Of a file.
    pub fn new(h5saver: &H5SaverLowLevel) -> Self {
        Self { h5saver: h5saver.clone() }
    }

    /// Saves an axis in a group, with all its values, a linear one's too.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_array`].
    pub fn add_axis(&self, place: impl Location, axis: &Axis) -> Result<Node> {
        let group = place.group(&self.h5saver)?;
        let name = self.get_next_node_name(&group)?;
        let options = options(axis, axis.size(), self.h5saver.fidelity());
        let array = self.h5saver.add_array(&group, &name, &axis.get_data(), &options)?;
        Ok(array.into())
    }

    /// Makes an axis that grows, empty so far.
    ///
    /// Readers go by its values: what its attributes say of offset and scaling is the same for all such axes.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_array`].
    pub fn add_enlargeable_axis(
        &self,
        place: impl Location,
        label: &str,
        units: &str,
        spread_order: usize,
    ) -> Result<EARRAY> {
        self.add_growing(place, label, units, spread_order, false)
    }

    /// As [`AxisSaverLoader::add_enlargeable_axis`]; PyMoDAQ counts two values too many where the axis is not one of a group of its own.
    pub(super) fn add_growing(
        &self,
        place: impl Location,
        label: &str,
        units: &str,
        spread_order: usize,
        miscounted: bool,
    ) -> Result<EARRAY> {
        let group = place.group(&self.h5saver)?;
        let name = self.get_next_node_name(&group)?;
        let axis = Axis::linear(label, units, 0.0, 1.0, 0, 0).with_spread_order(spread_order);
        let fidelity = self.h5saver.fidelity();
        let extra = if miscounted && fidelity == Fidelity::Original { 2 } else { 0 };
        let options = options(&axis, extra, fidelity);
        let array = self.h5saver.add_enlargeable_array(&group, &name, DType::Float64, &[], &options)?;
        Ok(array.counting_from(i64::try_from(extra).unwrap_or(0)))
    }

    /// Loads an axis.
    ///
    /// # Errors
    /// `Usage` if the node is no axis, `NotFound`, `Format`, `Io`.
    pub fn load_axis(&self, place: impl Location) -> Result<Axis> {
        let node = place.node(&self.h5saver)?;
        let attributes = node.attrs()?;
        load(&node, &attributes)
    }

    /// Loads all axes of a group, or of the group that an array is in.
    ///
    /// # Errors
    /// As [`AxisSaverLoader::load_axis`].
    pub fn get_axes(&self, place: impl Location) -> Result<Vec<Axis>> {
        let node = place.node(&self.h5saver)?;
        let group = match node.kind() {
            NodeKind::Group => node.into_group()?,
            _ => node.parent_node()?.ok_or_else(|| Error::usage("an array without a group"))?,
        };
        Children::of(&group)?.axes()
    }
}

impl DataManagement for AxisSaverLoader {
    fn h5saver(&self) -> &H5SaverLowLevel {
        &self.h5saver
    }

    fn data_type(&self) -> DataType {
        DataType::Axis
    }
}

/// Loads the axis of an array whose attributes are at hand.
pub(super) fn load(node: &Node, attributes: &BTreeMap<String, PyValue>) -> Result<Axis> {
    let text = |name| attributes.get(name).and_then(PyValue::as_str).unwrap_or_default();
    let number = |name| attributes.get(name).and_then(PyValue::as_usize).unwrap_or(0);
    if text("data_type") != DataType::Axis.name() {
        return Err(Error::usage("this array is no axis").with_path(node.path()));
    }
    let values = node.clone().into_carray()?.read()?;
    let values = values.reshape(&[values.size()]).map_err(|error| error.format().with_path(node.path()))?;
    let axis = Axis::new(text("label"), text("units"), values, number("index"));
    let axis = axis.map_err(|error| error.format().with_path(node.path()))?;
    Ok(axis.with_spread_order(number("spread_order")))
}

/// What describes an axis; `size` is what its attribute says.
fn options(axis: &Axis, size: usize, fidelity: Fidelity) -> ArrayOptions {
    let distribution = if axis.is_axis_linear() { "uniform" } else { "spread" };
    let mut metadata = Attributes::new();
    metadata.set("size", size);
    metadata.set("label", axis.label());
    metadata.set("units", axis.units());
    metadata.set("index", axis.index());
    let given_as = axis.given_as();
    // Steps between integers have a mean of float64.
    let of_steps = if given_as == DType::Float32 { given_as } else { DType::Float64 };
    metadata.set("offset", axis.offset().map(|offset| noted(offset, given_as, fidelity)));
    metadata.set("scaling", axis.scaling().map(|scaling| noted(scaling, of_steps, fidelity)));
    metadata.set("distribution", distribution);
    metadata.set("spread_order", axis.spread_order());
    ArrayOptions::new(DataType::Axis, DataDim::Data1D).title(axis.label()).metadata(metadata)
}

/// The offset or the scaling of an axis as an attribute. PyMoDAQ notes them in the datatype that numpy computes them in, and reads back
/// those of float64 alone.
#[expect(clippy::cast_possible_truncation, reason = "a number of single precision, which it was computed in")]
fn noted(number: f64, computed_in: DType, fidelity: Fidelity) -> PyValue {
    let text = match computed_in {
        _ if fidelity == Fidelity::Improved => return PyValue::Float(number),
        DType::Float32 => literal::repr_float((number as f32).to_string().parse().unwrap_or(number)),
        whole if whole.is_integer() => number.to_string(),
        _ => return PyValue::Float(number),
    };
    PyValue::Opaque(format!("np.{}({text})", computed_in.name()))
}
