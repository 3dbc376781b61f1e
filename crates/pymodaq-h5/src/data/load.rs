//! From arrays and their attributes back to data.

use h5_types::{Error, Result};
use pymodaq_data::array::Operation;
use pymodaq_data::{Array, Attributes, Axis, DataDistribution, DataSource, DataType, DataWithAxes, PyValue};

use super::children::{Child, Children};
use super::description::is_extra;
use crate::error::IntoH5;
use crate::node::{Node, NodeKind};
use crate::saver::number_of;

/// What is loaded with an array.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loading<'a> {
    /// Its background is subtracted.
    pub(super) with_bkg: bool,
    /// All arrays of its type and group are loaded.
    pub(super) load_all: bool,
    /// Axes of navigation that are in a group above. Data get all axes that they lack then.
    pub(super) navigation: Option<&'a [Axis]>,
}

/// How stored dimensions become those of data: dimensions of the signal of one element are left out.
#[derive(Debug)]
pub(super) struct Squeezed {
    pub(super) removed: Vec<usize>,
    pub(super) nav_indexes: Vec<usize>,
}

impl Loading<'_> {
    /// Loads an array.
    pub(super) fn load(&self, node: &Node) -> Result<DataWithAxes> {
        if !matches!(node.kind(), NodeKind::CArray | NodeKind::EArray) {
            let message = format!("a {} holds no data; expected an array of numbers", node.kind().name());
            return Err(Error::usage(message).with_path(node.path()));
        }
        let group = node.parent_node()?.ok_or_else(|| Error::usage("an array without a group"))?;
        let children = Children::of(&group)?;
        let child = children.0.iter().find(|child| child.node == *node);
        let child = child.ok_or_else(|| Error::not_found("the array").with_path(node.path()))?;
        self.load_from(&children, child)
    }

    /// Loads a child of a group whose children are at hand.
    pub(super) fn load_from(&self, children: &Children, child: &Child) -> Result<DataWithAxes> {
        let data_type = child.data_type().and_then(|name| name.parse::<DataType>().ok());
        if data_type == Some(DataType::Axis) {
            return axis_as_data(child);
        }
        let chosen: Vec<&Child> = match data_type.filter(|_| self.load_all) {
            Some(data_type) => children.of_type(data_type).collect(),
            None => vec![child],
        };
        let squeezed = Squeezed::of(child)?;
        let holds_data = matches!(data_type, Some(DataType::Data | DataType::DataEnlargeable));
        let mut arrays = Vec::with_capacity(chosen.len());
        for one in &chosen {
            let array = squeezed.read(one)?;
            arrays.push(match self.background(children, one)? {
                Some(background) if holds_data => subtract(&array, &squeezed.read(background)?)?,
                _ => array,
            });
        }
        let may_err = holds_data || data_type == Some(DataType::Bkg);
        let errors = if may_err { errors_of(children, &chosen, &squeezed, &arrays)? } else { None };
        let shape = arrays.first().map(|array| array.shape().to_vec()).unwrap_or_default();
        let axes = self.axes(children, &squeezed, &shape)?;
        build(child, &chosen, arrays, errors, axes, squeezed.nav_indexes, self.navigation.is_some())
            .map_err(|error| error.format().with_path(child.node.path()))
    }

    fn background<'c>(&self, children: &'c Children, child: &Child) -> Result<Option<&'c Child>> {
        if !self.with_bkg {
            return Ok(None);
        }
        Ok(number(child).and_then(|number| children.matching(DataType::Bkg, number)))
    }

    /// The axes of the group and those of navigation, for the dimensions that are left.
    pub(super) fn axes(
        &self,
        children: &Children,
        squeezed: &Squeezed,
        shape: &[usize],
    ) -> Result<Vec<Axis>> {
        let mut axes: Vec<Axis> =
            children.axes()?.into_iter().filter_map(|axis| squeezed.shift(axis)).collect();
        let navigation = self.navigation.unwrap_or_default();
        for axis in navigation.iter().filter(|_| !squeezed.nav_indexes.is_empty()) {
            axes.extend(squeezed.shift(axis.clone()));
        }
        axes.into_iter()
            .map(|axis| match shape.get(axis.index()) {
                // A writer may have appended the axis' value and not yet the data's.
                Some(&length) if axis.size() > length => cut(axis, length),
                _ => Ok(axis),
            })
            .collect()
    }
}

impl Squeezed {
    pub(super) fn of(child: &Child) -> Result<Self> {
        let stored = || child.node.clone().into_carray()?.shape();
        let noted = child.attributes.get("shape").and_then(PyValue::as_usizes);
        let shape = match noted {
            Some(shape) => shape,
            None => stored()?,
        };
        let nav_indexes =
            child.attributes.get("nav_indexes").and_then(PyValue::as_usizes).unwrap_or_default();
        let single = shape.iter().enumerate().filter(|&(_, &size)| size == 1).map(|(axis, _)| axis);
        let removed: Vec<usize> = single.filter(|axis| !nav_indexes.contains(axis)).collect();
        let mut squeezed = Self { removed, nav_indexes: Vec::new() };
        squeezed.nav_indexes = nav_indexes.into_iter().map(|axis| squeezed.place(axis)).collect();
        Ok(squeezed)
    }

    fn read(&self, child: &Child) -> Result<Array> {
        let array = child.node.clone().into_carray()?.read()?;
        let ndim = array.ndim();
        let removed: Vec<usize> = self.removed.iter().copied().filter(|&axis| axis < ndim).collect();
        Ok(array.squeeze(&removed).at_least_1d())
    }

    /// Where a dimension is once those before it are left out.
    fn place(&self, axis: usize) -> usize {
        axis.saturating_sub(self.removed.iter().filter(|&&removed| removed < axis).count())
    }

    /// An axis of the dimensions that are left; `None` for one of a dimension that is not.
    fn shift(&self, axis: Axis) -> Option<Axis> {
        let index = axis.index();
        (!self.removed.contains(&index)).then(|| axis.with_index(self.place(index)))
    }
}

/// The uncertainties of arrays, if each has one of its shape.
fn errors_of(
    children: &Children,
    chosen: &[&Child],
    squeezed: &Squeezed,
    arrays: &[Array],
) -> Result<Option<Vec<Array>>> {
    let mut errors = Vec::with_capacity(chosen.len());
    for (child, array) in chosen.iter().zip(arrays) {
        let found = number(child).and_then(|number| children.matching(DataType::Error, number));
        let Some(found) = found.filter(|found| belongs(found, child)) else { return Ok(None) };
        let error = squeezed.read(found)?;
        if error.shape() != array.shape() {
            return Ok(None);
        }
        errors.push(error);
    }
    Ok(Some(errors))
}

/// Whether uncertainties are those of an array, and not of its background: their title says so, if it says anything.
pub(super) fn belongs(error: &Child, child: &Child) -> bool {
    let title = |child: &Child| child.attributes.get("TITLE").and_then(PyValue::as_str).map(str::to_owned);
    match title(error).as_deref().and_then(|title| title.strip_suffix("_errors")) {
        Some(name) => title(child).is_some_and(|title| title == name),
        None => true,
    }
}

/// Data of arrays, described by the attributes of the first one.
fn build(
    child: &Child,
    chosen: &[&Child],
    arrays: Vec<Array>,
    errors: Option<Vec<Array>>,
    axes: Vec<Axis>,
    nav_indexes: Vec<usize>,
    complete: bool,
) -> pymodaq_data::Result<DataWithAxes> {
    let text = |child: &Child, name: &str| {
        child.attributes.get(name).and_then(PyValue::as_str).unwrap_or_default().to_owned()
    };
    let mut extra = Attributes::new();
    for (name, value) in child.attributes.iter().filter(|(name, _)| is_extra(name)) {
        extra.set(name, value.clone());
    }
    extra.set("path", child.node.path());
    let source = text(child, "source").parse().unwrap_or(DataSource::Raw);
    let mut builder = DataWithAxes::builder(text(child, "TITLE"), source, arrays)
        .labels(chosen.iter().map(|child| text(child, "label")))
        .origin(text(child, "origin"))
        .units(text(child, "units"))
        .nav_indexes(nav_indexes)
        .distribution(text(child, "distribution").parse().unwrap_or(DataDistribution::Uniform))
        .axes(axes)
        .errors(errors)
        .attributes(extra);
    if let Some(timestamp) = child.attributes.get("timestamp").and_then(PyValue::as_f64) {
        builder = builder.timestamp(timestamp);
    }
    let mut data = builder.build()?;
    if complete {
        data.create_missing_axes();
    }
    Ok(data)
}

/// An axis as data along itself.
fn axis_as_data(child: &Child) -> Result<DataWithAxes> {
    let axis = super::axis::load(&child.node, &child.attributes)?.with_index(0).with_spread_order(0);
    let (label, units) = (axis.label().to_owned(), axis.units().to_owned());
    let built = DataWithAxes::builder(label.clone(), DataSource::Raw, vec![axis.get_data()])
        .labels([label])
        .units(units)
        .axis(axis)
        .attribute("path", child.node.path())
        .build();
    built.map_err(|error| error.format().with_path(child.node.path()))
}

/// The first values of an axis.
fn cut(axis: Axis, length: usize) -> Result<Axis> {
    let positions: Vec<usize> = (0..length).collect();
    let values = axis.get_data().take(0, &positions).map_err(IntoH5::format)?;
    let cut = Axis::new(axis.label(), axis.units(), values, axis.index()).map_err(IntoH5::format)?;
    Ok(cut.with_spread_order(axis.spread_order()))
}

/// The number of an array among those of its type.
pub(super) fn number(child: &Child) -> Option<u32> {
    let data_type: DataType = child.data_type()?.parse().ok()?;
    number_of(child.node.name(), data_type.value())
}

/// The difference, of the data's datatype: integers wrap around, as numpy's do.
fn subtract(data: &Array, background: &Array) -> Result<Array> {
    if data.shape() != background.shape() {
        let message = format!("data of shape {:?}, its background of {:?}", data.shape(), background.shape());
        return Err(Error::format(message));
    }
    data.binary(Operation::Subtract, background).map_err(IntoH5::format)
}
