use h5_types::{Error, Result};
use pymodaq_data::{Attributes, DataDistribution, DataType, DataWithAxes, Scalar};

use super::axis::AxisSaverLoader;
use super::description::Described;
use super::handles::Handles;
use super::management::DataManagement;
use super::saver::{DataSaverLoader, errors_as_data};
use crate::backend::Location;
use crate::node::{CARRAY, GROUP};
use crate::saver::{ArrayOptions, Fidelity, H5SaverLowLevel};

/// Saves the points of a scan of known shape: each into its place of arrays that have the dimensions of the scan before their own.
#[derive(Debug)]
pub struct DataExtendedSaver {
    h5saver: H5SaverLowLevel,
    extended_shape: Vec<usize>,
    fill_value: Option<Scalar>,
    arrays: Handles<Extended>,
}

/// The arrays of one group.
#[derive(Debug)]
struct Extended {
    data: Vec<CARRAY>,
    errors: Vec<CARRAY>,
}

impl DataExtendedSaver {
    /// Of a file, for scans of a shape.
    pub fn new(h5saver: &H5SaverLowLevel, extended_shape: &[usize]) -> Self {
        let (h5saver, extended_shape) = (h5saver.clone(), extended_shape.to_vec());
        Self { h5saver, extended_shape, fill_value: None, arrays: Handles::default() }
    }

    /// The same, with what points that are not visited hold; without, it is the file's.
    #[must_use]
    pub fn with_fill_value(self, fill_value: impl Into<Scalar>) -> Self {
        Self { fill_value: Some(fill_value.into()), ..self }
    }

    /// The shape of the scan.
    pub fn extended_shape(&self) -> &[usize] {
        &self.extended_shape
    }

    /// Saves a point. The first one of a group makes its arrays, and all have the same arrays of the same shape.
    ///
    /// # Errors
    /// `Usage` for indexes outside the scan, data of another shape, and uncertainties where the first point had none; else as
    /// [`H5SaverLowLevel::add_array`].
    pub fn add_data(
        &self,
        place: impl Location,
        data: &DataWithAxes,
        indexes: &[usize],
        distribution: DataDistribution,
    ) -> Result<()> {
        self.save(&place.group(&self.h5saver)?, data, indexes, distribution)?;
        self.h5saver.tick_complete()
    }

    pub(super) fn save(
        &self,
        group: &GROUP,
        data: &DataWithAxes,
        indexes: &[usize],
        distribution: DataDistribution,
    ) -> Result<()> {
        self.check(indexes)?;
        let arrays = self.arrays.get_or_make(group, || self.open_or_create(group, data, distribution))?;
        if data.length() != arrays.data.len() {
            let message = format!("{} arrays for a group of {}", data.length(), arrays.data.len());
            return Err(Error::usage(message).with_path(group.path()));
        }
        let errors = data.errors().unwrap_or_default();
        if errors.len() > arrays.errors.len() {
            let message = "uncertainties of a scan whose first point had none";
            return Err(Error::usage(message).with_path(group.path()));
        }
        for (array, values) in arrays.data.iter().zip(data.data()) {
            array.set_point(indexes, values)?;
        }
        for (array, values) in arrays.errors.iter().zip(errors) {
            array.set_point(indexes, values)?;
        }
        Ok(())
    }

    fn check(&self, indexes: &[usize]) -> Result<()> {
        let shape = &self.extended_shape;
        let inside =
            indexes.len() == shape.len() && indexes.iter().zip(shape).all(|(index, size)| index < size);
        if inside {
            Ok(())
        } else {
            Err(Error::usage(format!("index {indexes:?} of a scan of shape {shape:?}")))
        }
    }

    fn open_or_create(
        &self,
        group: &GROUP,
        data: &DataWithAxes,
        distribution: DataDistribution,
    ) -> Result<Extended> {
        let errors = errors_as_data(data)?;
        let kinds = [(DataType::Data, Some(data)), (DataType::Error, errors.as_ref())];
        let is_new = DataSaverLoader::of_type(&self.h5saver, DataType::Data).last_index(group)?.is_none();
        let mut made = Vec::new();
        for (data_type, data) in kinds {
            let Some(data) = data else { continue };
            let names = DataSaverLoader::of_type(&self.h5saver, data_type);
            for (index, (array, label)) in data.data().iter().zip(data.labels()).enumerate() {
                let name = names.format_node_name(index);
                made.push(match group.find(&name)?.filter(|_| !is_new) {
                    Some(node) => node.into_carray()?,
                    None => {
                        let options = self.options(data_type, data, distribution, label);
                        let fill_value = self.fill_value.clone().unwrap_or_else(|| self.h5saver.fill_value());
                        let shapes = (self.extended_shape.as_slice(), array.shape());
                        let dtype = array.dtype();
                        self.h5saver.add_extended_array(group, &name, dtype, shapes, &fill_value, &options)?
                    }
                });
            }
        }
        if is_new {
            let axes = AxisSaverLoader::new(&self.h5saver);
            for axis in data.axes() {
                let index = axis.index().saturating_add(self.extended_shape.len());
                axes.add_axis(group, &axis.clone().with_index(index))?;
            }
        }
        let errors = made.split_off(data.length().min(made.len()));
        Ok(Extended { data: made, errors })
    }

    fn options(
        &self,
        data_type: DataType,
        data: &DataWithAxes,
        distribution: DataDistribution,
        label: &str,
    ) -> ArrayOptions {
        let rank = self.extended_shape.len();
        let shifted = data.nav_indexes().iter().map(|index| index.saturating_add(rank));
        let nav_indexes: Vec<usize> = (0..rank).chain(shifted).collect();
        let units = self.h5saver.fidelity() == Fidelity::Improved;
        let described = Described { data, nav_indexes: &nav_indexes, distribution, units };
        let metadata = described.attributes(label, &Attributes::new());
        ArrayOptions::new(data_type, data.dim()).title(data.name()).metadata(metadata)
    }
}

impl DataManagement for DataExtendedSaver {
    fn h5saver(&self) -> &H5SaverLowLevel {
        &self.h5saver
    }

    fn data_type(&self) -> DataType {
        DataType::Data
    }
}
