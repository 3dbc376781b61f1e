use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use h5_types::Result;
use pymodaq_data::{DataToExport, DataWithAxes, GroupModuleType};

use super::extension::{Members, last_or_new, not_begun, unknown};
use super::{ActuatorTimeSaver, DetectorTimeSaver, Extension};
use crate::node::GROUP;
use crate::saver::H5SaverLowLevel;

/// Logs what modules give over time, in a group `Datalogger000` with the groups of the modules.
#[derive(Debug)]
pub struct LoggerSaver {
    h5saver: H5SaverLowLevel,
    module: Arc<dyn Extension>,
    members: Mutex<Option<Arc<TimeMembers>>>,
}

type TimeMembers = Members<DetectorTimeSaver, ActuatorTimeSaver>;

impl LoggerSaver {
    /// Of an extension, in a file.
    pub fn new(h5saver: &H5SaverLowLevel, module: Arc<dyn Extension>) -> Self {
        Self { h5saver: h5saver.clone(), module, members: Mutex::default() }
    }

    /// The group of the last log, or of a new one, with the groups of its modules.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_generic_group`].
    pub fn get_set_node(&self, new: bool) -> Result<GROUP> {
        let kind = GroupModuleType::DataLogger;
        let (group, _) = last_or_new(&self.h5saver, kind, &*self.module, new)?;
        let detectors = self.module.detectors();
        let detectors = detectors.into_iter().map(|d| DetectorTimeSaver::new(&self.h5saver, d));
        let actuators = self.module.actuators();
        let actuators = actuators.into_iter().map(|a| ActuatorTimeSaver::new(&self.h5saver, a));
        *self.lock() = Some(Arc::new(Members::new(&group, detectors, actuators)?));
        Ok(group)
    }

    /// Appends data of one module, whose title is their name, or of several, whose titles are their origins.
    ///
    /// # Errors
    /// `NotFound` for data of no module of the extension; else as
    /// [`DataToExportTimedSaver::add_data`](crate::DataToExportTimedSaver::add_data).
    pub fn add_data(&self, data: &DataToExport) -> Result<()> {
        let members = self.lock().clone().ok_or_else(not_begun)?;
        let all: Vec<&DataWithAxes> = data.iter().collect();
        if !save(&members, data.name(), &all, data.timestamp())? {
            for (title, of_member) in by_origin(&all) {
                if !save(&members, title, &of_member, data.timestamp())? {
                    return Err(unknown(title, &self.module));
                }
            }
        }
        self.h5saver.tick_flush()
    }

    /// The file.
    pub fn h5saver(&self) -> &H5SaverLowLevel {
        &self.h5saver
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<TimeMembers>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Appends data of the module of a title; false if there is none.
fn save(members: &TimeMembers, title: &str, data: &[&DataWithAxes], timestamp: f64) -> Result<bool> {
    if let Some(member) = members.detector(title) {
        member.saver.save(&member.group, data, timestamp)?;
    } else if let Some(member) = members.actuator(title) {
        member.saver.save(&member.group, data, timestamp)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// Data by their origins, in the order in which these come first.
pub(super) fn by_origin<'a>(data: &[&'a DataWithAxes]) -> Vec<(&'a str, Vec<&'a DataWithAxes>)> {
    let mut found: Vec<(&str, Vec<&DataWithAxes>)> = Vec::new();
    for one in data {
        match found.iter_mut().find(|(origin, _)| *origin == one.origin()) {
            Some((_, of_origin)) => of_origin.push(one),
            None => found.push((one.origin(), vec![one])),
        }
    }
    found
}
