use h5_types::Result;
use pymodaq_data::{Attributes, DataSource, DataType, DataWithAxes};

use super::axis::AxisSaverLoader;
use super::description::Described;
use super::load::Loading;
use super::management::DataManagement;
use crate::backend::Location;
use crate::error::IntoH5;
use crate::node::GROUP;
use crate::saver::{ArrayOptions, H5SaverLowLevel};

/// How [`DataSaverLoader::add_data_with`] saves.
#[derive(Debug, Clone)]
#[must_use]
pub struct SaveOptions {
    pub(super) save_axes: bool,
    pub(super) attributes: Attributes,
}

impl SaveOptions {
    /// The defaults: with axes, no further attributes.
    pub fn new() -> Self {
        Self { save_axes: true, attributes: Attributes::new() }
    }

    /// Whether the axes are saved too.
    pub fn save_axes(mut self, save_axes: bool) -> Self {
        self.save_axes = save_axes;
        self
    }

    /// Attributes that each array of data gets.
    pub fn attributes(mut self, attributes: Attributes) -> Self {
        self.attributes = attributes;
        self
    }
}

impl Default for SaveOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// Saves data with axes as arrays of a group, and loads them.
#[derive(Debug, Clone)]
pub struct DataSaverLoader {
    h5saver: H5SaverLowLevel,
    data_type: DataType,
}

impl DataSaverLoader {
    /// Of a file.
    pub fn new(h5saver: &H5SaverLowLevel) -> Self {
        Self::of_type(h5saver, DataType::Data)
    }

    pub(super) fn of_type(h5saver: &H5SaverLowLevel, data_type: DataType) -> Self {
        Self { h5saver: h5saver.clone(), data_type }
    }

    /// Saves data in a group: arrays, then axes, then uncertainties.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_array`].
    pub fn add_data(&self, place: impl Location, data: &DataWithAxes) -> Result<()> {
        self.add_data_with(place, data, &SaveOptions::new())
    }

    /// As [`DataSaverLoader::add_data`], with options.
    ///
    /// # Errors
    /// As there.
    pub fn add_data_with(
        &self,
        place: impl Location,
        data: &DataWithAxes,
        options: &SaveOptions,
    ) -> Result<()> {
        self.save(&place.group(&self.h5saver)?, data, options)?;
        self.h5saver.tick_flush()
    }

    pub(super) fn save(&self, group: &GROUP, data: &DataWithAxes, options: &SaveOptions) -> Result<()> {
        self.add_arrays(group, data, &options.attributes)?;
        if options.save_axes {
            let axes = AxisSaverLoader::new(&self.h5saver);
            for axis in data.axes() {
                axes.add_axis(group, axis)?;
            }
        }
        match errors_as_data(data)? {
            Some(errors) => {
                Self::of_type(&self.h5saver, DataType::Error).add_arrays(group, &errors, &Attributes::new())
            }
            None => Ok(()),
        }
    }

    fn add_arrays(&self, group: &GROUP, data: &DataWithAxes, further: &Attributes) -> Result<()> {
        let mut index = self.last_index(group)?.map_or(0, |last| last.saturating_add(1));
        for (array, label) in data.data().iter().zip(data.labels()) {
            let options = ArrayOptions::new(self.data_type, data.dim())
                .title(data.name())
                .metadata(Described::plain(data).attributes(label, further));
            self.h5saver.add_array(group, &self.format_node_name(index), array, &options)?;
            index = index.saturating_add(1);
        }
        Ok(())
    }

    /// Loads the data of one array, or of all arrays of its group and type with `load_all`, minus their background with `with_bkg`, as far
    /// as there is one.
    ///
    /// # Errors
    /// `Usage` if the node is no regular array, `NotFound`, `Format`, `Io`, `Limit`.
    pub fn load_data(&self, place: impl Location, with_bkg: bool, load_all: bool) -> Result<DataWithAxes> {
        let loading = Loading { with_bkg, load_all, navigation: None };
        loading.load(&place.node(&self.h5saver)?)
    }
}

impl DataManagement for DataSaverLoader {
    fn h5saver(&self) -> &H5SaverLowLevel {
        &self.h5saver
    }

    fn data_type(&self) -> DataType {
        self.data_type
    }
}

macro_rules! saver_of_type {
    ($(#[$doc:meta])* $name:ident, $data_type:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(DataSaverLoader);

        impl $name {
            /// Of a file.
            pub fn new(h5saver: &H5SaverLowLevel) -> Self {
                Self(DataSaverLoader::of_type(h5saver, $data_type))
            }

            /// As [`DataSaverLoader::add_data_with`].
            ///
            /// # Errors
            /// As there.
            pub fn add_data(
                &self,
                place: impl Location,
                data: &DataWithAxes,
                options: &SaveOptions,
            ) -> Result<()> {
                self.0.add_data_with(place, data, options)
            }

            /// As [`DataSaverLoader::load_data`].
            ///
            /// # Errors
            /// As there.
            pub fn load_data(&self, place: impl Location, load_all: bool) -> Result<DataWithAxes> {
                self.0.load_data(place, false, load_all)
            }
        }

        impl DataManagement for $name {
            fn h5saver(&self) -> &H5SaverLowLevel {
                &self.0.h5saver
            }

            fn data_type(&self) -> DataType {
                self.0.data_type
            }
        }
    };
}

saver_of_type! {
    /// Saves and loads backgrounds.
    BkgSaver, DataType::Bkg
}
saver_of_type! {
    /// Saves and loads uncertainties.
    ErrorSaverLoader, DataType::Error
}

/// The uncertainties of data as data, without axes; `None` if there are none.
pub(super) fn errors_as_data(data: &DataWithAxes) -> Result<Option<DataWithAxes>> {
    let Some(errors) = data.errors() else { return Ok(None) };
    // The distribution is set without axes, which spread data need only where they are used.
    let built =
        DataWithAxes::builder(format!("{}_errors", data.name()), DataSource::Calculated, errors.to_vec())
            .labels(data.labels().iter().cloned())
            .origin(data.origin())
            .units(data.units())
            .nav_indexes(data.nav_indexes().iter().copied())
            .distribution(data.distribution())
            .timestamp(data.timestamp())
            .attributes(data.extra_attributes().clone())
            .build();
    built.map(Some).map_err(IntoH5::usage)
}
