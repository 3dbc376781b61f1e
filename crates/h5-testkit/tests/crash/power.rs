//! Power cuts under `Durability::Full`: of what was written since the last sync, any part may be there.

use h5_testkit::crash::{Script, State, Value, power_cuts, torn_power_cuts, torn_writes};
use h5_testkit::vfd::{Operation, Place, RecordingVfd};
use h5_types::{Durability, LibverBounds, Result};

use crate::h5py::Worker;
use crate::recorded::{Recorded, completed, full, options, read, record, record_on, workload};

/// A disk keeps units of so many bytes whole.
pub(crate) const SECTOR_BYTES: u64 = 512;
/// Of the states with something beside the file, every so many is opened for writing, and of these every so many read by h5py.
const COMPLETED_EVERY: usize = 5;
const H5PY_EVERY: usize = 4;

fn recorded(name: &str, bounds: LibverBounds) -> Recorded {
    let (run, steps) = workload(name);
    let steps = if full() { steps } else { steps.div_ceil(6) };
    let apart = bounds == LibverBounds::Earliest;
    let title = format!("power-{name}-{bounds:?}");
    record(&title, &options(bounds, Durability::Full), apart, |script| run(script, steps))
}

/// Judges states, counting those that are wrong.
struct Count<'r> {
    recorded: &'r Recorded,
    worker: Option<Worker>,
    states: usize,
    with_record: usize,
    completed: usize,
    by_h5py: usize,
    failures: Vec<String>,
}

impl<'r> Count<'r> {
    fn new(recorded: &'r Recorded) -> Self {
        let (worker, failures) = (Worker::start(), Vec::new());
        Self { recorded, worker, states: 0, with_record: 0, completed: 0, by_h5py: 0, failures }
    }

    fn state(&mut self, state: &State<'_>) {
        self.states += 1;
        if let Some(why) = self.recorded.fault(state) {
            self.failures.push(self.recorded.report(state, "h5", &why));
        }
        if state.companion.is_empty() {
            return;
        }
        self.with_record += 1;
        if (full() || self.with_record.is_multiple_of(COMPLETED_EVERY))
            && let Err(why) = self.complete(state)
        {
            self.failures.push(self.recorded.report(state, "opened for writing", &why));
        }
    }

    /// The file is whole for everybody once this library has opened it for writing.
    fn complete(&mut self, state: &State<'_>) -> Result<(), String> {
        self.completed += 1;
        let bytes = completed(state).map_err(|error| error.to_string())?;
        let found = read(&bytes, &[]).map_err(|error| error.to_string())?;
        self.recorded.judge(state, &found)?;
        if let Some(worker) = self.worker.as_mut().filter(|_| self.completed.is_multiple_of(H5PY_EVERY)) {
            self.by_h5py += 1;
            let found = worker.read(&bytes).map_err(|why| format!("h5py: {why}"))?;
            self.recorded.judge(state, &found)?;
        }
        Ok(())
    }

    fn finish(self, what: &str) {
        let Self { recorded, states, with_record, completed, by_h5py, failures, .. } = self;
        println!(
            "{}, {what}: {states} states, {} wrong; {with_record} with a record, {completed} completed, {by_h5py} of those read by h5py",
            recorded.name,
            failures.len()
        );
        let told = failures.iter().take(3).cloned().collect::<Vec<_>>().join("\n");
        assert!(failures.is_empty(), "{} of {states} states\n{told}", failures.len());
    }
}

/// All that a power cut can leave of a workload.
fn judge_cuts(recorded: &Recorded) {
    let mut count = Count::new(recorded);
    power_cuts(&recorded.operations, |state| count.state(state));
    count.finish("subsets");
    let mut count = Count::new(recorded);
    torn_writes(&recorded.operations, SECTOR_BYTES, |state| count.state(state));
    count.finish("torn writes");
    let mut count = Count::new(recorded);
    torn_power_cuts(&recorded.operations, SECTOR_BYTES, |state| count.state(state));
    count.finish("subsets of sectors");
}

fn cut(name: &str, bounds: LibverBounds) {
    judge_cuts(&recorded(name, bounds));
}

fn records(recorded: &Recorded) -> usize {
    let is_record =
        |operation: &&Operation| matches!(operation, Operation::Write { on: Place::Companion, .. });
    recorded.operations.iter().filter(is_record).count()
}

/// Without room for a record beside the file, blocks are torn: the tests above would notice.
#[test]
fn torn_blocks_are_noticed_where_nothing_is_recorded() {
    let (run, steps) = workload("large_headers");
    let options = options(LibverBounds::V18, Durability::Full);
    let recorded = record_on(RecordingVfd::alone(), "power-alone", &options, false, |s| run(s, steps / 6));
    let (mut states, mut wrong) = (0, 0);
    torn_writes(&recorded.operations, SECTOR_BYTES, |state| {
        states += 1;
        wrong += usize::from(recorded.fault(state).is_some());
    });
    println!("{}: {wrong} of {states} states are wrong", recorded.name);
    assert!(wrong > 0 && records(&recorded) == 0, "{wrong} of {states} states are wrong");
}

/// Values that come back: the record of a commit would undo the next one if it could outlive it.
pub(crate) fn recurring(script: &mut Script) -> Result<()> {
    // Both ends of a header, with a few sectors between them.
    let values = |first: i64, last: i64| [vec![first; 20], vec![7; 300], vec![last; 20]].concat();
    script.create_compact("d", values(0, 0))?;
    script.flush()?;
    for _ in 0..if full() { 20 } else { 4 } {
        // A commit that can be torn, and one that takes half of it back and cannot be.
        script.overwrite("d", values(1, 1))?;
        script.flush()?;
        script.overwrite("d", values(0, 1))?;
        script.flush()?;
        script.overwrite("d", values(0, 0))?;
        script.flush()?;
    }
    Ok(())
}

#[test]
fn values_that_come_back_survive_power_cuts() {
    for bounds in [LibverBounds::Earliest, LibverBounds::V18] {
        let apart = bounds == LibverBounds::Earliest;
        let title = format!("power-recurring-{bounds:?}");
        let recorded = record(&title, &options(bounds, Durability::Full), apart, recurring);
        assert!(records(&recorded) > 3, "{} commits of {title} were recorded", records(&recorded));
        judge_cuts(&recorded);
    }
}

/// Texts of all lengths in a few collections of the global heap: each torn write of a tail leaves the collection whole.
#[test]
fn heap_tails_survive_torn_writes() {
    let run = |script: &mut Script| -> Result<()> {
        script.create_group("g")?;
        for step in 0..if full() { 400 } else { 150_usize } {
            let text = "t".repeat(step * 37 % 201 + if step % 10 == 0 { 600 } else { 0 });
            script.set_attribute("g", "title", Value::Text(text))?;
            script.flush()?;
        }
        Ok(())
    };
    let recorded = record("heap_tails", &options(LibverBounds::V18, Durability::Full), false, run);
    judge_cuts(&recorded);
}

macro_rules! cuts {
    ($($test:ident: $name:literal, $bounds:ident;)*) => {$(
        #[test]
        fn $test() {
            cut($name, LibverBounds::$bounds);
        }
    )*};
}

cuts! {
    groups_survive_power_cuts: "groups", V18;
    appended_rows_survive_power_cuts: "append_rows", V18;
    appended_rows_in_1_10_indexes_survive_power_cuts: "append_rows", V110;
    appended_frames_survive_power_cuts: "append_frames", V18;
    scans_survive_power_cuts: "scans", V18;
    scans_in_old_files_survive_power_cuts: "scans", Earliest;
    attributes_survive_power_cuts: "attribute_edits", V18;
    dense_links_survive_power_cuts: "dense_links", V18;
    split_b_trees_survive_power_cuts: "many_chunks", V18;
    growing_arrays_survive_power_cuts: "many_chunks", V110;
    reused_space_survives_power_cuts: "delete_and_reuse", V18;
    moves_survive_power_cuts: "moves", V18;
    many_old_links_survive_power_cuts: "dense_links", Earliest;
    large_headers_survive_power_cuts: "large_headers", V18;
    large_headers_of_old_files_survive_power_cuts: "large_headers", Earliest;
}
