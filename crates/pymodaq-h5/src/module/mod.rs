//! Savers of modules: detectors, actuators, and the extensions that use several of these.

mod actuator;
mod detector;
mod extension;
mod logger;
mod optimizer;
mod scan;
mod settings;
mod time;

use std::fmt;
use std::sync::Arc;

use h5_types::Result;
use pymodaq_data::{Attributes, GroupModuleType, Parameter, PyValue, capitalize};

use crate::backend::Location;
use crate::node::GROUP;
use crate::saver::H5SaverLowLevel;

pub use actuator::{ActuatorEnlargeableSaver, ActuatorSaver, ActuatorTimeSaver};
pub use detector::{DetectorEnlargeableSaver, DetectorExtendedSaver, DetectorSaver, DetectorTimeSaver};
pub use logger::LoggerSaver;
pub use optimizer::OptimizerSaver;
pub use scan::ScanSaver;
pub use time::TimeModuleSaver;

/// What a saver asks of a module: a detector, an actuator, or an extension.
pub trait Module: Send + Sync {
    /// The name that users gave it: the title of its group.
    fn title(&self) -> &str;

    /// Its settings.
    fn settings(&self) -> Parameter;

    /// The settings of the regions of interest of each of its viewers.
    fn roi_settings(&self) -> Vec<Parameter> {
        Vec::new()
    }
}

/// A module that uses others.
pub trait Extension: Module {
    /// The detectors, in the order of their groups.
    fn detectors(&self) -> Vec<Arc<dyn Module>>;

    /// The actuators, in the order of their groups.
    fn actuators(&self) -> Vec<Arc<dyn Module>>;
}

impl fmt::Debug for dyn Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module").field("title", &self.title()).finish_non_exhaustive()
    }
}

impl fmt::Debug for dyn Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extension").field("title", &self.title()).finish_non_exhaustive()
    }
}

/// What all savers of modules have: a group of the module's, found by its title or made.
pub trait ModuleSaver {
    /// The file.
    fn h5saver(&self) -> &H5SaverLowLevel;

    /// The kind of module: the type of its group.
    fn group_type(&self) -> GroupModuleType;

    /// The title of the module.
    fn title(&self) -> &str;

    /// Makes a group of the module.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_incremental_group`].
    fn add_module(&self, place: &GROUP, metadata: &Attributes) -> Result<GROUP>;

    /// The group of the module in a group, which is made if it is not there.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_incremental_group`].
    fn get_set_node(&self, place: impl Location) -> Result<GROUP>
    where
        Self: Sized,
    {
        let place = place.group(self.h5saver())?;
        for group in self.h5saver().get_groups(&place, self.group_type().name())? {
            if group.title()? == self.title() {
                return Ok(group);
            }
        }
        self.add_module(&place, &Attributes::new())
    }

    /// The last group of this kind of module in a group; `None` if there is none.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::get_groups`].
    fn get_last_node(&self, place: impl Location) -> Result<Option<GROUP>>
    where
        Self: Sized,
    {
        self.h5saver().get_last_group(place, self.group_type().name())
    }

    /// The name that the next group of this kind of module gets in a group.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::get_groups`].
    fn get_next_node_name(&self, place: impl Location) -> Result<String>
    where
        Self: Sized,
    {
        let stem = capitalize(&self.group_type().name().to_lowercase());
        Ok(match self.get_last_node(place)? {
            Some(group) => {
                let number = crate::saver::number_of(group.name(), &stem).unwrap_or(0);
                format!("{stem}{:03}", number.saturating_add(1))
            }
            None => format!("{stem}000"),
        })
    }

    /// Flushes the file.
    ///
    /// # Errors
    /// As [`H5Backend::flush`](crate::H5Backend::flush).
    fn flush(&self) -> Result<()> {
        self.h5saver().flush()
    }
}

/// A numbered group of a module, with its settings.
fn add_module(
    h5saver: &H5SaverLowLevel,
    group_type: GroupModuleType,
    place: &GROUP,
    title: &str,
    settings: Vec<u8>,
    metadata: &Attributes,
) -> Result<GROUP> {
    let group_type = group_type.name().to_lowercase();
    h5saver.add_incremental_group(&group_type, place, title, PyValue::Bytes(settings), metadata)
}
