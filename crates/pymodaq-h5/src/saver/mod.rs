//! `H5SaverLowLevel`: a file with a raw group, a log and numbered groups.

mod arrays;
mod groups;
mod init;

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use h5_backend::Registry;
use h5_types::Result;
use pymodaq_data::{DataDim, DataSource, DataWithAxes, Parameter, PyValue, SaveType, Scalar};

use crate::backend::{Flavour, H5Backend, Location};
use crate::node::StringARRAY;

pub use arrays::ArrayOptions;
pub(crate) use groups::number_of;
pub use init::InitOptions;

/// A file with PyMoDAQ's layout: a raw group, in it the log and numbered groups of detectors, actuators and scans.
///
/// It is an [`H5Backend`] with more verbs, and as cheap to clone: all savers and loaders share one.
#[derive(Debug, Clone)]
pub struct H5SaverLowLevel {
    backend: H5Backend,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    save_type: SaveType,
    raw_group: String,
    fill_value: Scalar,
    schedule: FlushSchedule,
    saves: u64,
    swmr_on_first_save: bool,
    fidelity: Fidelity,
    settings: Option<Parameter>,
    /// Which data modules save, read from the settings.
    filter: DataFilter,
}

/// Whether savers write what PyMoDAQ writes where it is at fault. Either is read by PyMoDAQ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Fidelity {
    /// What users need: units of data of scans, right sizes of axes, settings by their name.
    #[default]
    Improved,
    /// What PyMoDAQ 5.3 writes, to compare files with its.
    Original,
}

/// When savers flush of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FlushSchedule {
    /// After so many calls of a saver's `add_data`: with 1, the default, a process that is killed loses at most the point that it was
    /// saving.
    EverySaves(u64),
    /// Only when the file is closed or `flush` is called.
    Never,
}

impl Default for FlushSchedule {
    fn default() -> Self {
        Self::EverySaves(1)
    }
}

/// Which data modules save, unless these say themselves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DataFilter {
    save_2d: bool,
    save_raw_only: bool,
}

impl Default for DataFilter {
    fn default() -> Self {
        Self { save_2d: true, save_raw_only: true }
    }
}

impl DataFilter {
    fn of(settings: &Parameter) -> Self {
        let flag = |name: &str| {
            let value = settings.child(&[name]).and_then(Parameter::value);
            value.ok().as_ref().and_then(PyValue::as_bool).unwrap_or(true)
        };
        Self { save_2d: flag("save_2D"), save_raw_only: flag("save_raw_only") }
    }

    /// Whether data are saved: as their attribute `do_save` says, or else by what they are.
    pub(crate) fn keeps(self, data: &DataWithAxes) -> bool {
        if let Some(do_save) = data.extra_attributes().get("do_save").and_then(PyValue::as_bool) {
            return do_save;
        }
        let small = matches!(data.dim(), DataDim::Data0D | DataDim::Data1D);
        (self.save_2d || small) && (!self.save_raw_only || data.source() == DataSource::Raw)
    }
}

/// Name of the group that holds everything, unless another is given.
const RAW_GROUP: &str = "RawData";
/// Name of the log.
const LOGGER: &str = "Logger";

impl H5SaverLowLevel {
    /// A saver without a file: [`H5SaverLowLevel::init_file`] gives it one.
    pub fn new(registry: &Registry, flavour: Flavour, save_type: SaveType) -> Self {
        Self::over(H5Backend::new(registry, flavour), save_type)
    }

    /// A saver on the open file of a backend.
    pub fn over(backend: H5Backend, save_type: SaveType) -> Self {
        let state = State {
            save_type,
            raw_group: format!("/{RAW_GROUP}"),
            fill_value: Scalar::Float(f64::NAN),
            schedule: FlushSchedule::default(),
            saves: 0,
            swmr_on_first_save: true,
            fidelity: Fidelity::default(),
            settings: None,
            filter: DataFilter::default(),
        };
        Self { backend, state: Arc::new(Mutex::new(state)) }
    }

    /// The backend below.
    pub fn to_h5_backend(&self) -> &H5Backend {
        &self.backend
    }

    /// What the file is for: the type of its raw group.
    pub fn save_type(&self) -> SaveType {
        self.state().save_type
    }

    /// What elements of a scan that were not visited hold; where a datatype has no NaN, 0.
    pub fn fill_value(&self) -> Scalar {
        self.state().fill_value.clone()
    }

    /// Sets what elements of a scan that were not visited hold.
    pub fn set_fill_value(&self, value: impl Into<Scalar>) {
        self.state().fill_value = value.into();
    }

    /// Whether savers write what PyMoDAQ writes where it is at fault.
    pub fn fidelity(&self) -> Fidelity {
        self.state().fidelity
    }

    /// Sets whether savers write what PyMoDAQ writes where it is at fault.
    pub fn set_fidelity(&self, fidelity: Fidelity) {
        self.state().fidelity = fidelity;
    }

    /// The settings that module savers note in their groups; `None` unless they were set.
    pub fn settings(&self) -> Option<Parameter> {
        self.state().settings.clone()
    }

    /// Sets the settings that module savers note in their groups. Of these, `save_2D` and `save_raw_only` say which data they save.
    pub fn set_settings(&self, settings: Parameter) {
        let mut state = self.state();
        state.filter = DataFilter::of(&settings);
        state.settings = Some(settings);
    }

    pub(crate) fn filter(&self) -> DataFilter {
        self.state().filter
    }

    /// When savers flush of themselves.
    pub fn flush_schedule(&self) -> FlushSchedule {
        self.state().schedule
    }

    /// Sets when savers flush of themselves.
    pub fn set_flush_schedule(&self, schedule: FlushSchedule) {
        self.state().schedule = schedule;
    }

    /// Flushes after so many saves; with 0, only at the end.
    pub fn set_swmr_flush_interval(&self, saves: u64) {
        let schedule = if saves == 0 { FlushSchedule::Never } else { FlushSchedule::EverySaves(saves) };
        self.set_flush_schedule(schedule);
    }

    /// Sets whether readers are let in once a saver that extends or enlarges arrays has saved for the first time, in a file that was opened
    /// for that ([`InitOptions::swmr`]). It is so unless this says otherwise: a program with several savers, each with arrays of its own
    /// to make, calls [`H5Backend::enable_swmr`] when all have them.
    pub fn set_swmr_on_first_save(&self, enabled: bool) {
        self.state().swmr_on_first_save = enabled;
    }

    /// Notes that a saver whose arrays are complete saved something: readers may be let in.
    ///
    /// # Errors
    /// As [`H5Backend::enable_swmr`], [`H5Backend::flush`].
    pub(crate) fn tick_complete(&self) -> Result<()> {
        if self.backend.is_swmr_capable() && self.state().swmr_on_first_save {
            self.enable_swmr()?;
        }
        self.tick_flush()
    }

    /// Notes that something was saved, and flushes if it is time.
    ///
    /// # Errors
    /// As [`H5Backend::flush`].
    pub fn tick_flush(&self) -> Result<()> {
        let due = {
            let mut state = self.state();
            state.saves = state.saves.wrapping_add(1);
            match state.schedule {
                FlushSchedule::EverySaves(saves) => state.saves.checked_rem(saves) == Some(0),
                FlushSchedule::Never => false,
            }
        };
        if due { self.flush() } else { Ok(()) }
    }

    /// The log of a group, which is created if it is not there.
    ///
    /// # Errors
    /// `Usage` if something else is called so; `Unsupported` on a file that is open for reading; `Io`, `Service`.
    pub fn get_set_logger(&self, place: impl Location) -> Result<StringARRAY> {
        let group = place.group(&self.backend)?;
        if let Some(node) = group.find(LOGGER)? {
            return node.into_string_array();
        }
        let logger = self.add_string_array(&group, LOGGER, "", &pymodaq_data::Attributes::new())?;
        logger.set_attr("type", "log")?;
        Ok(logger)
    }

    /// Appends a line to the log of the raw group.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::get_set_logger`].
    pub fn add_log(&self, line: &str) -> Result<()> {
        self.get_set_logger(self.raw_group()?)?.append(line)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state holds nothing that a panic could leave half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for H5SaverLowLevel {
    type Target = H5Backend;

    fn deref(&self) -> &H5Backend {
        &self.backend
    }
}
