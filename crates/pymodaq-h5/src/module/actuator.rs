use std::sync::Arc;

use h5_types::Result;
use pymodaq_data::{Attributes, DataToExport, DataWithAxes, GroupModuleType};

use super::{Module, ModuleSaver, add_module, settings};
use crate::backend::Location;
use crate::data::{DataToExportEnlargeableSaver, DataToExportSaver, DataToExportTimedSaver};
use crate::node::GROUP;
use crate::saver::H5SaverLowLevel;

/// Saves positions of an actuator, in a group `Actuator000`.
#[derive(Debug)]
pub struct ActuatorSaver {
    module: Arc<dyn Module>,
    saver: DataToExportSaver,
}

/// Appends positions of an actuator, with the time of each.
#[derive(Debug)]
pub struct ActuatorTimeSaver {
    module: Arc<dyn Module>,
    saver: DataToExportTimedSaver,
}

/// Appends positions of an actuator, with values of axes of the caller's.
#[derive(Debug)]
pub struct ActuatorEnlargeableSaver {
    module: Arc<dyn Module>,
    saver: DataToExportEnlargeableSaver,
}

impl ActuatorSaver {
    /// Of an actuator, in a file.
    pub fn new(h5saver: &H5SaverLowLevel, module: Arc<dyn Module>) -> Self {
        Self { module, saver: DataToExportSaver::new(h5saver) }
    }

    /// Saves data in a group.
    ///
    /// # Errors
    /// As [`DataToExportSaver::add_data`].
    pub fn add_data(&self, place: impl Location, data: &DataToExport) -> Result<()> {
        self.saver.add_data(place, data)
    }
}

impl ActuatorTimeSaver {
    /// Of an actuator, in a file.
    pub fn new(h5saver: &H5SaverLowLevel, module: Arc<dyn Module>) -> Self {
        Self { module, saver: DataToExportTimedSaver::new(h5saver) }
    }

    /// Appends data in a group.
    ///
    /// # Errors
    /// As [`DataToExportTimedSaver::add_data`].
    pub fn add_data(&self, place: impl Location, data: &DataToExport) -> Result<()> {
        self.saver.add_data(place, data)
    }

    pub(super) fn save(&self, group: &GROUP, data: &[&DataWithAxes], timestamp: f64) -> Result<()> {
        self.saver.save(group, data, timestamp)
    }
}

impl ActuatorEnlargeableSaver {
    /// Of an actuator, in a file, with labels and units of the axes.
    pub fn new(h5saver: &H5SaverLowLevel, module: Arc<dyn Module>, enl_axes: &[(&str, &str)]) -> Self {
        Self { module, saver: DataToExportEnlargeableSaver::new(h5saver, enl_axes) }
    }

    /// Appends data in a group.
    ///
    /// # Errors
    /// As [`DataToExportEnlargeableSaver::add_data`].
    pub fn add_data(&self, place: impl Location, data: &DataToExport, axis_values: &[f64]) -> Result<()> {
        self.saver.add_data(place, data, axis_values)
    }

    pub(super) fn save(&self, group: &GROUP, data: &[&DataWithAxes], axis_values: &[f64]) -> Result<()> {
        self.saver.save(group, data, axis_values)
    }
}

macro_rules! actuator {
    ($($saver:ty),*) => {$(
        impl ModuleSaver for $saver {
            fn h5saver(&self) -> &H5SaverLowLevel {
                self.saver.h5saver()
            }

            fn group_type(&self) -> GroupModuleType {
                GroupModuleType::Actuator
            }

            fn title(&self) -> &str {
                self.module.title()
            }

            fn add_module(&self, place: &GROUP, metadata: &Attributes) -> Result<GROUP> {
                let settings = settings::alone(&*self.module)?;
                add_module(self.h5saver(), self.group_type(), place, self.title(), settings, metadata)
            }
        }
    )*};
}

actuator!(ActuatorSaver, ActuatorTimeSaver, ActuatorEnlargeableSaver);
