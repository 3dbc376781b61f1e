use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use h5_types::{Error, Result};
use pymodaq_data::{Array, Attributes, DataDistribution, DataRaw, DataWithAxes, GroupModuleType, PyValue};

use super::{ModuleSaver, settings};
use crate::data::DataToExportExtendedSaver;
use crate::error::IntoH5;
use crate::node::GROUP;
use crate::saver::H5SaverLowLevel;

/// Name and title of the group.
const TIMESTAMPS: &str = "Timestamps";
/// What the group says that it holds.
const DESCRIPTION: &str = "Elapsed time (seconds) between scan start and when each scan point was saved, measured with a monotonic clock (time.perf_counter). Not an absolute/epoch timestamp.";

/// Seconds of a clock that never goes back.
pub(super) type Clock = Arc<dyn Fn() -> f64 + Send + Sync>;

/// Saves when each point of a scan was saved: seconds since its start, in a group `Timestamps`.
pub struct TimeModuleSaver {
    h5saver: H5SaverLowLevel,
    clock: Clock,
    running: Mutex<Option<Running>>,
}

/// A scan that has begun.
struct Running {
    saver: Arc<DataToExportExtendedSaver>,
    start: f64,
}

impl TimeModuleSaver {
    /// Of a file.
    pub fn new(h5saver: &H5SaverLowLevel) -> Self {
        let begin = Instant::now();
        Self::with_clock(h5saver, Arc::new(move || begin.elapsed().as_secs_f64()))
    }

    /// The same with a clock of the caller's: seconds since any moment.
    pub fn with_clock(h5saver: &H5SaverLowLevel, clock: Arc<dyn Fn() -> f64 + Send + Sync>) -> Self {
        Self { h5saver: h5saver.clone(), clock, running: Mutex::new(None) }
    }

    /// Begins a scan of a shape.
    pub fn initialize(&self, extended_shape: &[usize]) {
        let saver = DataToExportExtendedSaver::new(&self.h5saver, extended_shape).with_fill_value(f64::NAN);
        let running = Running { saver: Arc::new(saver), start: (self.clock)() };
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
    }

    /// Saves that a point is saved now, in a group.
    ///
    /// # Errors
    /// `Usage` before [`TimeModuleSaver::initialize`]; else as [`DataToExportExtendedSaver::add_data`].
    pub fn add_time(&self, place: &GROUP, indexes: &[usize]) -> Result<()> {
        let now = (self.clock)();
        let (saver, start) = {
            let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            let running = running.as_ref().ok_or_else(|| Error::usage("no scan has begun"))?;
            (Arc::clone(&running.saver), running.start)
        };
        saver.save(place, &[&elapsed(now - start)?], indexes, DataDistribution::Uniform)
    }
}

/// A time as data.
#[expect(clippy::cast_possible_truncation, reason = "the file has single precision")]
fn elapsed(seconds: f64) -> Result<DataWithAxes> {
    DataRaw::builder("ElapsedTime", vec![Array::from([seconds as f32])])
        .labels(["Elapsed time since scan start"])
        .units("s")
        .origin(TIMESTAMPS)
        .build()
        .map_err(IntoH5::usage)
}

impl ModuleSaver for TimeModuleSaver {
    fn h5saver(&self) -> &H5SaverLowLevel {
        &self.h5saver
    }

    fn group_type(&self) -> GroupModuleType {
        GroupModuleType::Time
    }

    fn title(&self) -> &str {
        TIMESTAMPS
    }

    fn add_module(&self, place: &GROUP, metadata: &Attributes) -> Result<GROUP> {
        if let Some(node) = place.find(TIMESTAMPS)? {
            return node.into_group();
        }
        let group = self.h5saver.new_group(place, TIMESTAMPS, TIMESTAMPS)?;
        group.set_attr("type", "time")?;
        group.set_attr("settings", PyValue::Bytes(settings::empty()?))?;
        group.set_attr("description", DESCRIPTION)?;
        group.set_attrs(metadata)?;
        Ok(group)
    }
}

impl fmt::Debug for TimeModuleSaver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimeModuleSaver").field("h5saver", &self.h5saver).finish_non_exhaustive()
    }
}
