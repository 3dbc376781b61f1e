use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use h5_types::Result;
use pymodaq_data::{DataToExport, DataWithAxes, GroupModuleType};

use super::extension::{Members, last_or_new, not_begun, unknown};
use super::logger::by_origin;
use super::{ActuatorEnlargeableSaver, DetectorEnlargeableSaver, Extension};
use crate::node::GROUP;
use crate::saver::H5SaverLowLevel;

/// Saves the steps of an optimisation, in a group `Optimizer000` with the groups of the modules.
#[derive(Debug)]
pub struct OptimizerSaver {
    h5saver: H5SaverLowLevel,
    module: Arc<dyn Extension>,
    enl_axes: Vec<(String, String)>,
    members: Mutex<Option<Arc<StepMembers>>>,
}

type StepMembers = Members<DetectorEnlargeableSaver, ActuatorEnlargeableSaver>;

impl OptimizerSaver {
    /// Of an extension, in a file, with labels and units of what is varied.
    pub fn new(h5saver: &H5SaverLowLevel, module: Arc<dyn Extension>, enl_axes: &[(&str, &str)]) -> Self {
        let enl_axes = enl_axes.iter().map(|&(label, units)| (label.to_owned(), units.to_owned())).collect();
        Self { h5saver: h5saver.clone(), module, enl_axes, members: Mutex::default() }
    }

    /// The group of the last optimisation, or of a new one, with the groups of its modules.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_generic_group`].
    pub fn get_set_node(&self, new: bool) -> Result<GROUP> {
        let kind = GroupModuleType::Optimizer;
        let (group, _) = last_or_new(&self.h5saver, kind, &*self.module, new)?;
        let axes: Vec<(&str, &str)> = self.enl_axes.iter().map(|(l, u)| (l.as_str(), u.as_str())).collect();
        let detectors = self.module.detectors();
        let detectors = detectors.into_iter().map(|d| DetectorEnlargeableSaver::new(&self.h5saver, d, &axes));
        let actuators = self.module.actuators();
        let actuators = actuators.into_iter().map(|a| ActuatorEnlargeableSaver::new(&self.h5saver, a, &axes));
        *self.lock() = Some(Arc::new(Members::new(&group, detectors, actuators)?));
        Ok(group)
    }

    /// Appends a step: data of modules, whose titles are their origins, and the values that were tried.
    ///
    /// # Errors
    /// `NotFound` for data of no module of the extension; else as
    /// [`DataToExportEnlargeableSaver::add_data`](crate::DataToExportEnlargeableSaver::add_data).
    pub fn add_data(&self, data: &DataToExport, axis_values: &[f64]) -> Result<()> {
        let members = self.lock().clone().ok_or_else(not_begun)?;
        let all: Vec<&DataWithAxes> = data.iter().collect();
        for (title, of_member) in by_origin(&all) {
            if let Some(member) = members.detector(title) {
                member.saver.save(&member.group, &of_member, axis_values)?;
            } else if let Some(member) = members.actuator(title) {
                member.saver.save(&member.group, &of_member, axis_values)?;
            } else {
                return Err(unknown(title, &self.module));
            }
        }
        self.h5saver.tick_complete()
    }

    /// The file.
    pub fn h5saver(&self) -> &H5SaverLowLevel {
        &self.h5saver
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<StepMembers>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
