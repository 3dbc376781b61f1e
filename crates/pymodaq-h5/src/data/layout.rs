//! What data are, without their values: for those who read a part of them.

use h5_types::{Error, Result};
use pymodaq_data::{Attributes, Axis, DataDim, DataType, PyValue};

use super::DataLoader;
use super::children::{Child, Children};
use super::description::is_extra;
use super::load::{Loading, Squeezed, belongs, number};
use super::loader::Navigation;
use crate::backend::Location;
use crate::node::{Node, NodeKind};

/// Data as [`DataLoader::load_data`] gives them, but for their values.
#[derive(Debug, Clone)]
pub struct DataLayout {
    /// The data's name.
    pub name: String,
    /// The module that they come from.
    pub origin: String,
    /// Their units.
    pub units: String,
    /// `raw` or `calculated`.
    pub source: String,
    /// `uniform` or `spread`.
    pub distribution: String,
    /// When they were taken, seconds since 1970.
    pub timestamp: Option<f64>,
    /// Shape, dimensions of the signal of one element left out. At least one dimension.
    pub shape: Vec<usize>,
    /// Shape of the arrays.
    pub stored_shape: Vec<usize>,
    /// Dimensions of the arrays that are left out of `shape`.
    pub removed: Vec<usize>,
    /// Dimensions of `shape` that are navigated.
    pub nav_indexes: Vec<usize>,
    /// Axes, those of navigation included. A dimension may have none.
    pub axes: Vec<Axis>,
    /// The arrays, all of this layout.
    pub channels: Vec<ChannelLayout>,
    /// All other attributes.
    pub extra: Attributes,
}

/// An array of data, and what belongs to it.
#[derive(Debug, Clone)]
pub struct ChannelLayout {
    /// The array.
    pub node: Node,
    /// Its label.
    pub label: String,
    /// What was measured without a signal, of the same shape.
    pub background: Option<Node>,
    /// Uncertainties of its elements.
    pub errors: Option<Node>,
}

/// Values of an axis that are loaded.
const LARGEST_AXIS: usize = 16 << 20;

impl DataLayout {
    /// The dimensions of the signal, as PyMoDAQ names them.
    pub fn dim(&self) -> DataDim {
        let signal = self.shape.len().saturating_sub(self.nav_indexes.len());
        match (self.nav_indexes.is_empty(), signal, self.shape.as_slice()) {
            (false, ..) => DataDim::DataND,
            (true, _, [1]) => DataDim::Data0D,
            (true, 1, _) => DataDim::Data1D,
            (true, 2, _) => DataDim::Data2D,
            _ => DataDim::DataND,
        }
    }
}

impl DataLoader {
    /// What the data of one array are, or of all arrays of its group and type with `load_all`. Only axes are read.
    ///
    /// # Errors
    /// As [`DataLoader::load_data`]; `Limit` for an axis of more than 16 Mi values.
    pub fn layout(&self, place: impl Location, load_all: bool) -> Result<DataLayout> {
        let node = place.node(self.h5saver())?;
        if !matches!(node.kind(), NodeKind::CArray | NodeKind::EArray) {
            let message = format!("a {} holds no data; expected an array of numbers", node.kind().name());
            return Err(Error::usage(message).with_path(node.path()));
        }
        let group = node.parent_node()?.ok_or_else(|| Error::usage("an array without a group"))?;
        let children = Children::of(&group)?;
        let navigation: Navigation = self.navigation_above(group)?;
        let child = children.0.iter().find(|child| child.node == node);
        let child = child.ok_or_else(|| Error::not_found("the array").with_path(node.path()))?;
        check_axes(&children)?;
        layout(&children, child, &navigation, load_all)
    }
}

/// Axes are read whole: of a file that was not measured they may be of any size.
fn check_axes(children: &Children) -> Result<()> {
    for axis in children.of_type(DataType::Axis) {
        let shape = axis.node.clone().into_carray()?.shape()?;
        if shape.iter().try_fold(1_usize, |n, &size| n.checked_mul(size)).is_none_or(|n| n > LARGEST_AXIS) {
            let message = format!("an axis of shape {shape:?}, expected at most {LARGEST_AXIS} values");
            return Err(Error::limit(message).with_path(axis.node.path()));
        }
    }
    Ok(())
}

fn layout(children: &Children, child: &Child, navigation: &[Axis], load_all: bool) -> Result<DataLayout> {
    let data_type = child.data_type().and_then(|name| name.parse::<DataType>().ok());
    let is_axis = data_type == Some(DataType::Axis);
    let squeezed = Squeezed::of(child)?;
    let stored_shape = child.node.clone().into_carray()?.shape()?;
    let kept = stored_shape.iter().enumerate().filter(|(place, _)| !squeezed.removed.contains(place));
    let mut shape: Vec<usize> = kept.map(|(_, &size)| size).collect();
    if shape.is_empty() {
        shape.push(1);
    }
    let chosen: Vec<&Child> = match data_type.filter(|_| load_all && !is_axis) {
        Some(data_type) => children.of_type(data_type).collect(),
        None => vec![child],
    };
    let mut channels = Vec::with_capacity(chosen.len());
    for one in chosen {
        if one.node.clone().into_carray()?.shape()? == stored_shape {
            channels.push(channel(children, one, data_type));
        }
    }
    let loading = Loading { with_bkg: false, load_all, navigation: Some(navigation) };
    let axes = if is_axis { Vec::new() } else { loading.axes(children, &squeezed, &shape)? };
    let text =
        |name: &str| child.attributes.get(name).and_then(PyValue::as_str).unwrap_or_default().to_owned();
    let mut extra = Attributes::new();
    for (name, value) in child.attributes.iter().filter(|(name, _)| is_extra(name)) {
        extra.set(name, value.clone());
    }
    Ok(DataLayout {
        name: text("TITLE"),
        origin: text("origin"),
        units: text("units"),
        source: text("source"),
        distribution: text("distribution"),
        timestamp: child.attributes.get("timestamp").and_then(PyValue::as_f64),
        shape,
        stored_shape,
        removed: squeezed.removed,
        nav_indexes: squeezed.nav_indexes,
        axes,
        channels,
        extra,
    })
}

fn channel(children: &Children, child: &Child, data_type: Option<DataType>) -> ChannelLayout {
    let holds_data = matches!(data_type, Some(DataType::Data | DataType::DataEnlargeable));
    let matching = |data_type| number(child).and_then(|number| children.matching(data_type, number));
    let background = matching(DataType::Bkg).filter(|_| holds_data);
    let errors = matching(DataType::Error).filter(|error| holds_data && belongs(error, child));
    let label = child.attributes.get("label").and_then(PyValue::as_str).unwrap_or_default().to_owned();
    ChannelLayout {
        node: child.node.clone(),
        label,
        background: background.map(|child| child.node.clone()),
        errors: errors.map(|child| child.node.clone()),
    }
}
