//! Workloads, run once and remembered.

use std::collections::BTreeMap;
use std::sync::Arc;

use h5_backend::File;
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_testkit::crash::workloads::{self, Workload};
use h5_testkit::crash::{Model, Observed, Script, State, judge, observe};
use h5_testkit::vfd::{AccompaniedVfd, Operation, RecordingVfd};
use h5_types::{Durability, Error, LibverBounds, Result};

/// A workload that ran to its end.
pub(crate) struct Recorded {
    pub(crate) name: String,
    pub(crate) operations: Vec<Operation>,
    /// After the creation, and after each flush.
    pub(crate) models: Vec<Model>,
    /// What else a commit made of the file between two flushes, by the first one's number.
    pub(crate) between: BTreeMap<usize, Vec<Model>>,
    /// Groups may keep links and attributes in different blocks.
    pub(crate) links_apart: bool,
}

/// Whether all states are to be tried.
pub(crate) fn full() -> bool {
    std::env::var_os("H5_CRASH_FULL").is_some()
}

/// Which form a workload's file takes.
pub(crate) fn options(bounds: LibverBounds, durability: Durability) -> OpenOptions {
    OpenOptions::new().bounds(bounds).durability(durability).threads(1)
}

/// The workload of that name, with the number of steps that shows all of its cases.
pub(crate) fn workload(name: &str) -> (Workload, u64) {
    let found = workloads::ALL.iter().find(|(other, ..)| *other == name);
    found.map(|&(_, run, steps)| (run, steps)).unwrap_or_else(|| panic!("no workload {name}"))
}

/// Runs a workload.
pub(crate) fn record(
    name: &str,
    options: &OpenOptions,
    links_apart: bool,
    run: impl FnOnce(&mut Script) -> Result<()>,
) -> Recorded {
    record_on(RecordingVfd::new(), name, options, links_apart, run)
}

/// As [`record`], on a driver that may have no room beside the file.
pub(crate) fn record_on(
    driver: RecordingVfd,
    name: &str,
    options: &OpenOptions,
    links_apart: bool,
    run: impl FnOnce(&mut Script) -> Result<()>,
) -> Recorded {
    let record = Arc::new(driver);
    let native = Arc::new(NativeFile::create_vfd(record.clone(), &CreateOptions::new(), options).unwrap());
    let script = Script::recorded(File::from_backend(native.clone()), record.clone());
    let mut script = script.counting(move || native.commits());
    run(&mut script).unwrap_or_else(|error| panic!("{name}: the workload fails without a crash: {error}"));
    let models = script.flushed().to_vec();
    let between = script.between().clone();
    drop(script);
    Recorded { name: name.to_owned(), operations: record.operations(), models, between, links_apart }
}

/// Reads a state as whoever opens the file next.
pub(crate) fn read(bytes: &[u8], companion: &[u8]) -> Result<Observed> {
    let options = OpenOptions::new().threads(1);
    let vfd = AccompaniedVfd::new(bytes.to_vec(), companion.to_vec());
    let native = NativeFile::open_vfd(Arc::new(vfd), &options)?;
    observe(&File::from_backend(Arc::new(native)))
}

/// The file after somebody has opened a state for writing and closed it again: what was beside it is in it.
pub(crate) fn completed(state: &State<'_>) -> Result<Vec<u8>> {
    let vfd = Arc::new(AccompaniedVfd::new(state.bytes.to_vec(), state.companion.to_vec()));
    let native = NativeFile::open_writable_vfd(vfd.clone(), &OpenOptions::new().threads(1))?;
    File::from_backend(Arc::new(native)).close()?;
    match vfd.companion_bytes() {
        None => Ok(vfd.to_bytes()),
        Some(rest) => Err(Error::usage(format!("{} bytes are left beside the file", rest.len()))),
    }
}

impl Recorded {
    /// What our reader finds wrong with a state.
    pub(crate) fn fault(&self, state: &State<'_>) -> Option<String> {
        match read(state.bytes, state.companion) {
            Ok(found) => self.judge(state, &found).err(),
            Err(error) => Some(error.to_string()),
        }
    }

    /// Compares what a reader found in a state with what was flushed.
    pub(crate) fn judge(&self, state: &State<'_>, found: &Observed) -> Result<(), String> {
        let old = &self.models[state.flushed];
        let new = if state.exact { old } else { self.models.get(state.flushed + 1).unwrap_or(old) };
        let judged = judge(found, old, new, self.links_apart);
        let commits = self.between.get(&state.flushed).filter(|_| !state.exact);
        let (Err(_), Some(commits)) = (&judged, commits) else { return judged };
        // A commit on the way is a flush that nobody asked for: all is as before it or as after it.
        let models: Vec<&Model> = [old].into_iter().chain(commits).chain([new]).collect();
        let pairs = (0..models.len()).flat_map(|one| (one + 1..models.len()).map(move |other| (one, other)));
        let fits = |(one, other): (usize, usize)| judge(found, models[one], models[other], self.links_apart);
        if pairs.map(fits).any(|fits| fits.is_ok()) { Ok(()) } else { judged }
    }

    /// Says where something is wrong, and keeps the file for whoever looks into it.
    pub(crate) fn report(&self, state: &State<'_>, reader: &str, why: &str) -> String {
        let place = std::env::temp_dir().join(format!("crash-{}-{}.h5", self.name, state.operation));
        let beside = place.with_extension("h5.h5j");
        let kept = std::fs::write(&place, state.bytes)
            .and_then(|()| std::fs::write(beside, state.companion))
            .map_or(String::new(), |()| format!(", kept as {}", place.display()));
        let around: Vec<String> = self.operations
            [state.operation.saturating_sub(4)..state.operation.min(self.operations.len())]
            .iter()
            .map(|operation| match operation {
                Operation::Write { on, offset, bytes } => {
                    format!("write {} at {offset:#x} of {on:?}", bytes.len())
                }
                other => format!("{other:?}"),
            })
            .collect();
        format!(
            "{}: after operation {} of {} ({}), inside flush {} of {}{kept}\n  {reader}: {why}\n  last operations: {}",
            self.name,
            state.operation,
            self.operations.len(),
            state.what,
            state.flushed + 1,
            self.models.len() - 1,
            around.join("; "),
        )
    }
}
