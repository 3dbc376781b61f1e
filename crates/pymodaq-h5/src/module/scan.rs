use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use h5_types::Result;
use pymodaq_data::{Axis, DataDistribution, DataToExport, DataWithAxes, GroupModuleType};

use super::extension::{Members, last_or_new, not_begun, unknown};
use super::{ActuatorSaver, DetectorExtendedSaver, Extension, ModuleSaver, TimeModuleSaver};
use crate::data::DataToExportExtendedSaver;
use crate::node::GROUP;
use crate::saver::H5SaverLowLevel;

/// Saves scans, each in a group `Scan000` with the groups of its detectors and actuators, its axes, and when each point was saved.
///
/// ```text
/// let saver = ScanSaver::new(&h5saver, extension);
/// saver.get_set_node(true)?;
/// saver.set_scan_shape(&[20, 30])?;
/// saver.add_nav_axes(&axes)?;
/// saver.add_data(&data, &[3, 4], DataDistribution::Uniform)?;
/// ```
#[derive(Debug)]
pub struct ScanSaver {
    h5saver: H5SaverLowLevel,
    module: Arc<dyn Extension>,
    time: TimeModuleSaver,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    group: Option<GROUP>,
    scan: Option<Arc<Scan>>,
}

/// A scan whose shape is known.
#[derive(Debug)]
struct Scan {
    group: GROUP,
    shape: Vec<usize>,
    members: Members<DetectorExtendedSaver, ActuatorSaver>,
    times: GROUP,
}

impl ScanSaver {
    /// Of an extension, in a file.
    pub fn new(h5saver: &H5SaverLowLevel, module: Arc<dyn Extension>) -> Self {
        Self::with_time(h5saver, module, TimeModuleSaver::new(h5saver))
    }

    /// The same with a clock of the caller's: seconds since any moment.
    pub fn with_clock(
        h5saver: &H5SaverLowLevel,
        module: Arc<dyn Extension>,
        clock: Arc<dyn Fn() -> f64 + Send + Sync>,
    ) -> Self {
        Self::with_time(h5saver, module, TimeModuleSaver::with_clock(h5saver, clock))
    }

    fn with_time(h5saver: &H5SaverLowLevel, module: Arc<dyn Extension>, time: TimeModuleSaver) -> Self {
        Self { h5saver: h5saver.clone(), module, time, state: Mutex::default() }
    }

    /// The group of the last scan, or of a new one with the groups of its modules.
    ///
    /// For a new one, access of readers ends until its first point: see [`H5Backend::finalize_swmr`](crate::H5Backend::finalize_swmr).
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_scan_group`].
    pub fn get_set_node(&self, new: bool) -> Result<GROUP> {
        if new {
            // Its groups are made in a file that nobody follows; the first point lets readers in again.
            self.h5saver.finalize_swmr(true)?;
        }
        let (group, is_new) = last_or_new(&self.h5saver, GroupModuleType::Scan, &*self.module, new)?;
        if is_new {
            self.members(&group, &[])?;
            self.time.get_set_node(&group)?;
        }
        *self.state() = State { group: Some(group.clone()), scan: None };
        Ok(group)
    }

    /// Says what shape the scan has, which begins now.
    ///
    /// # Errors
    /// As [`ScanSaver::get_set_node`].
    pub fn set_scan_shape(&self, shape: &[usize]) -> Result<()> {
        let group = self.group()?;
        let (members, times) = (self.members(&group, shape)?, self.time.get_set_node(&group)?);
        self.time.initialize(shape);
        let scan = Scan { group, shape: shape.to_vec(), members, times };
        self.state().scan = Some(Arc::new(scan));
        Ok(())
    }

    /// Saves the axes of the scan.
    ///
    /// # Errors
    /// As [`DataToExportExtendedSaver::add_nav_axes`].
    pub fn add_nav_axes(&self, axes: &[Axis]) -> Result<()> {
        let scan = self.scan()?;
        DataToExportExtendedSaver::new(&self.h5saver, &scan.shape).add_nav_axes(&scan.group, axes)
    }

    /// Saves a point: the data of each detector, whose title is their origin, and the time.
    ///
    /// # Errors
    /// `NotFound` for data of another origin, `Usage` for indexes outside the scan and before [`ScanSaver::set_scan_shape`]; else as
    /// [`DataToExportExtendedSaver::add_data`].
    pub fn add_data(
        &self,
        data: &DataToExport,
        indexes: &[usize],
        distribution: DataDistribution,
    ) -> Result<()> {
        let scan = self.scan()?;
        if let Some(other) = data.iter().find(|one| scan.members.detector(one.origin()).is_none()) {
            return Err(unknown(other.origin(), &self.module));
        }
        for member in &scan.members.detectors {
            let title = member.saver.title();
            let of_member: Vec<&DataWithAxes> = data.iter().filter(|one| one.origin() == title).collect();
            member.saver.save(&member.group, &of_member, indexes, distribution)?;
        }
        self.time.add_time(&scan.times, indexes)?;
        self.h5saver.tick_complete()
    }

    /// The file.
    pub fn h5saver(&self) -> &H5SaverLowLevel {
        &self.h5saver
    }

    fn members(
        &self,
        group: &GROUP,
        shape: &[usize],
    ) -> Result<Members<DetectorExtendedSaver, ActuatorSaver>> {
        let detectors = self.module.detectors();
        let detectors = detectors.into_iter().map(|d| DetectorExtendedSaver::new(&self.h5saver, d, shape));
        let actuators = self.module.actuators();
        let actuators = actuators.into_iter().map(|a| ActuatorSaver::new(&self.h5saver, a));
        Members::new(group, detectors, actuators)
    }

    fn group(&self) -> Result<GROUP> {
        self.state().group.clone().ok_or_else(not_begun)
    }

    fn scan(&self) -> Result<Arc<Scan>> {
        self.state()
            .scan
            .clone()
            .ok_or_else(|| h5_types::Error::usage("a scan without a shape: call set_scan_shape first"))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
