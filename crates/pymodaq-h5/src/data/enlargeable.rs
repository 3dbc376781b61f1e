use h5_types::{Error, Result};
use pymodaq_data::{Array, Attributes, Axis, DataDistribution, DataSource, DataType, DataWithAxes};

use super::axis::AxisSaverLoader;
use super::children::Children;
use super::description::Described;
use super::handles::Handles;
use super::management::DataManagement;
use super::saver::{DataSaverLoader, errors_as_data};
use crate::backend::Location;
use crate::error::IntoH5;
use crate::node::{EARRAY, GROUP};
use crate::saver::{ArrayOptions, Fidelity, H5SaverLowLevel};

/// Saves data of which nobody knows how often they come: each time appends a row to arrays, and a value to each of their axes.
#[derive(Debug)]
pub struct DataEnlargeableSaver {
    h5saver: H5SaverLowLevel,
    /// Labels and units of the axes that grow.
    enl_axes: Vec<(String, String)>,
    arrays: Handles<Enlargeable>,
}

/// The arrays of one group.
#[derive(Debug)]
struct Enlargeable {
    data: Vec<EARRAY>,
    errors: Vec<EARRAY>,
    axes: Vec<EARRAY>,
}

/// Data as rows: one, or those of a chunk, with what describes a row.
struct Rows {
    row: DataWithAxes,
    /// Rows of each array, the first dimension being that of navigation, if there are several.
    chunk: Option<Chunk>,
}

struct Chunk {
    data: Vec<Array>,
    errors: Vec<Array>,
    axis: Option<Axis>,
}

impl DataEnlargeableSaver {
    /// Of a file, with labels and units of the axes along which data grow.
    pub fn new(h5saver: &H5SaverLowLevel, enl_axes: &[(&str, &str)]) -> Self {
        let enl_axes = enl_axes.iter().map(|&(label, units)| (label.to_owned(), units.to_owned())).collect();
        Self { h5saver: h5saver.clone(), enl_axes, arrays: Handles::default() }
    }

    /// Appends data, with a value of each axis; without values no axes are saved.
    ///
    /// Data with one navigation index are a chunk: each of its points is a row, and its navigation axis has the values.
    ///
    /// # Errors
    /// `Usage` for data of another shape or with more navigation indexes, with uncertainties where the first ones had none or the other way
    /// round, and for another number of values than axes; else as [`H5SaverLowLevel::add_array`].
    pub fn add_data(
        &self,
        place: impl Location,
        data: &DataWithAxes,
        axis_values: Option<&[f64]>,
    ) -> Result<()> {
        self.save(&place.group(&self.h5saver)?, data, axis_values)?;
        self.h5saver.tick_complete()
    }

    pub(super) fn save(&self, group: &GROUP, data: &DataWithAxes, values: Option<&[f64]>) -> Result<()> {
        if values.is_some_and(|values| values.len() != self.enl_axes.len()) {
            let message = format!("{values:?} for {} axes", self.enl_axes.len());
            return Err(Error::usage(message).with_path(group.path()));
        }
        if data.nav_indexes().is_empty() {
            return self.append_row(group, data, values);
        }
        let rows = rows_of(data)?;
        let arrays = self.arrays.get_or_make(group, || self.open_or_create(group, &rows, values))?;
        let Some(chunk) = rows.chunk else { return Ok(()) };
        arrays.append(&chunk.data, &chunk.errors, group)?;
        match (chunk.axis, arrays.axes.first()) {
            (Some(axis), Some(array)) => self.append_values(array, &axis.to_f64()),
            _ => Ok(()),
        }
    }

    fn append_row(&self, group: &GROUP, data: &DataWithAxes, values: Option<&[f64]>) -> Result<()> {
        let make = || self.open_or_create(group, &Rows { row: data.clone(), chunk: None }, values);
        let (arrays, values) = (self.arrays.get_or_make(group, make)?, values.unwrap_or_default());
        if arrays.axes.len() != values.len() {
            let message = format!("{} values for the {} axes of a group", values.len(), arrays.axes.len());
            return Err(Error::usage(message).with_path(group.path()));
        }
        arrays.append(data.data(), data.errors().unwrap_or_default(), group)?;
        for (array, &value) in arrays.axes.iter().zip(values) {
            self.append_values(array, &[value])?;
        }
        Ok(())
    }

    fn append_values(&self, array: &EARRAY, values: &[f64]) -> Result<()> {
        if self.h5saver.fidelity() == Fidelity::Original {
            // PyMoDAQ counts one value, however many there are, and none while readers follow the file.
            let counted = if self.h5saver.is_swmr_active() { 0 } else { 1 };
            let more = i64::try_from(values.len()).unwrap_or(i64::MAX).saturating_sub(counted);
            array.miscount(more.saturating_neg());
        }
        array.append(&Array::from(values))
    }

    fn open_or_create(&self, group: &GROUP, rows: &Rows, values: Option<&[f64]>) -> Result<Enlargeable> {
        let names = DataSaverLoader::of_type(&self.h5saver, DataType::DataEnlargeable);
        if names.last_index(group)?.is_some() {
            return self.open(group, &names);
        }
        let data = self.create(group, DataType::DataEnlargeable, &rows.row)?;
        let errors = match errors_as_data(&rows.row)? {
            Some(errors) => self.create(group, DataType::Error, &errors)?,
            None => Vec::new(),
        };
        let saver = AxisSaverLoader::new(&self.h5saver);
        let mut axes = Vec::new();
        match &rows.chunk {
            Some(Chunk { axis: Some(axis), .. }) => {
                axes.push(saver.add_growing(group, axis.label(), axis.units(), 0, true)?);
            }
            None if values.is_some() => {
                for (order, (label, units)) in self.enl_axes.iter().enumerate() {
                    axes.push(saver.add_growing(group, label, units, order, true)?);
                }
            }
            _ => {}
        }
        for axis in rows.row.axes() {
            saver.add_axis(group, &axis.clone().with_index(axis.index().saturating_add(1)))?;
        }
        Ok(Enlargeable { data, errors, axes })
    }

    /// Arrays that are there already, of this program or another.
    fn open(&self, group: &GROUP, names: &DataSaverLoader) -> Result<Enlargeable> {
        let children = Children::of(group)?;
        let grow = |data_type: DataType| -> Result<Vec<EARRAY>> {
            let nodes = children.of_type(data_type).map(|child| child.node.clone());
            nodes
                .filter(|node| node.kind() == crate::node::NodeKind::EArray)
                .map(|node| node.into_earray())
                .collect()
        };
        let (data, errors) = (grow(names.data_type())?, grow(DataType::Error)?);
        Ok(Enlargeable { data, errors, axes: grow(DataType::Axis)? })
    }

    fn create(&self, group: &GROUP, data_type: DataType, data: &DataWithAxes) -> Result<Vec<EARRAY>> {
        let names = DataSaverLoader::of_type(&self.h5saver, data_type);
        let shifted = data.nav_indexes().iter().map(|index| index.saturating_add(1));
        let nav_indexes: Vec<usize> = std::iter::once(0).chain(shifted).collect();
        let units = self.h5saver.fidelity() == Fidelity::Improved;
        let distribution = DataDistribution::Spread;
        let described = Described { data, nav_indexes: &nav_indexes, distribution, units };
        let arrays = data.data().iter().zip(data.labels()).enumerate().map(|(index, (array, label))| {
            let metadata = described.attributes(label, &Attributes::new());
            let options = ArrayOptions::new(data_type, data.dim()).title(data.name()).metadata(metadata);
            let (name, dtype) = (names.format_node_name(index), array.dtype());
            self.h5saver.add_enlargeable_array(group, &name, dtype, array.shape(), &options)
        });
        arrays.collect()
    }
}

impl Enlargeable {
    /// Appends to all arrays or, if there is one that does not go with the others, to none.
    fn append(&self, data: &[Array], errors: &[Array], group: &GROUP) -> Result<()> {
        let mut rows = None;
        for (arrays, values, what) in [(&self.data, data, "arrays"), (&self.errors, errors, "uncertainties")]
        {
            if arrays.len() != values.len() {
                let message = format!("{} {what} for a group of {}", values.len(), arrays.len());
                return Err(Error::usage(message).with_path(group.path()));
            }
            for (array, values) in arrays.iter().zip(values) {
                let count = array.rows_of(values)?;
                if *rows.get_or_insert(count) != count {
                    let message = "arrays of different numbers of rows";
                    return Err(Error::usage(message).with_path(array.path()));
                }
            }
        }
        let data = self.data.iter().zip(data);
        data.chain(self.errors.iter().zip(errors)).try_for_each(|(array, values)| array.append(values))
    }
}

impl DataManagement for DataEnlargeableSaver {
    fn h5saver(&self) -> &H5SaverLowLevel {
        &self.h5saver
    }

    fn data_type(&self) -> DataType {
        DataType::DataEnlargeable
    }
}

/// A chunk as rows: the dimension of navigation comes first.
fn rows_of(data: &DataWithAxes) -> Result<Rows> {
    let &[nav_index] = data.nav_indexes() else {
        let message = format!("data with navigation indexes {:?}; a chunk has one", data.nav_indexes());
        return Err(Error::usage(message));
    };
    let signal = data.sig_indexes();
    let order: Vec<usize> = std::iter::once(nav_index).chain(signal.iter().copied()).collect();
    let turn = |arrays: &[Array]| -> Result<Vec<Array>> {
        arrays.iter().map(|array| array.transpose(Some(&order)).map_err(IntoH5::usage)).collect()
    };
    let chunk = Chunk {
        data: turn(data.data())?,
        errors: turn(data.errors().unwrap_or_default())?,
        axis: data.get_axis_from_index(nav_index).first().map(|axis| (*axis).clone()),
    };
    let first = |arrays: &[Array]| -> Result<Vec<Array>> {
        let rows = arrays.iter().map(|array| {
            let row = array.take(0, &[0])?;
            row.reshape(row.shape().get(1..).unwrap_or_default()).map(Array::at_least_1d)
        });
        rows.collect::<pymodaq_data::Result<_>>().map_err(IntoH5::usage)
    };
    let place = |index: usize| signal.iter().position(|&axis| axis == index);
    let axes = data.axes().iter().filter_map(|axis| Some(axis.clone().with_index(place(axis.index())?)));
    let errors = if chunk.errors.is_empty() { None } else { Some(first(&chunk.errors)?) };
    // A row is cut out of the data, so that it is no longer raw.
    let row = DataWithAxes::builder(data.name(), DataSource::Calculated, first(&chunk.data)?)
        .labels(data.labels().iter().cloned())
        .origin(data.origin())
        .units(data.units())
        .axes(axes)
        .errors(errors)
        .timestamp(data.timestamp())
        .attributes(data.extra_attributes().clone())
        .build()
        .map_err(IntoH5::usage)?;
    Ok(Rows { row, chunk: Some(chunk) })
}
