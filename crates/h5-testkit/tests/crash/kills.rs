//! A process that is killed between any two writes: the file is as the writes before made it.

use h5_testkit::crash::{Script, prefixes, torn_writes, workloads};
use h5_testkit::vfd::{Operation, Place};
use h5_types::{Durability, LibverBounds, Result};

use crate::h5py::Worker;
use crate::recorded::{Recorded, full, options, record, workload};

/// A write inside one page of the operating system happens as a whole.
const PAGE_BYTES: u64 = 4096;
/// Of the states that change nothing that was flushed, every so many is read by h5py.
const H5PY_EVERY: usize = 10;
/// Of the states, every so many is changed by h5py.
const H5PY_EDITS_EVERY: usize = 25;
/// Failures that are told of.
const TOLD: usize = 3;

/// Judges every state that a kill can leave. Returns how many there are, for ours and for h5py.
pub(crate) fn judge_all(recorded: &Recorded) -> (usize, usize) {
    let mut worker = Worker::start();
    let (mut states, mut by_h5py, mut failures) = (0, 0, Vec::new());
    prefixes(&recorded.operations, |state| {
        states += 1;
        if let Some(why) = recorded.fault(state) {
            failures.push(recorded.report(state, "h5", &why));
            return;
        }
        let Some(worker) = &mut worker else { return };
        if full() || state.publication && states % 3 == 0 || states % H5PY_EVERY == 0 {
            by_h5py += 1;
            let edit = states % H5PY_EDITS_EVERY == 0;
            let found = if edit { worker.edit(state.bytes) } else { worker.read(state.bytes) };
            if let Err(why) = found.and_then(|found| recorded.judge(state, &found)) {
                let what = if edit { "h5py, after an edit" } else { "h5py" };
                failures.push(recorded.report(state, what, &why));
            }
        }
    });
    torn_writes(&recorded.operations, PAGE_BYTES, |state| {
        states += 1;
        if let Some(why) = recorded.fault(state) {
            failures.push(recorded.report(state, "h5", &why));
        }
    });
    println!("{}: {states} states, {by_h5py} of them read by h5py, {} wrong", recorded.name, failures.len());
    let told = failures.iter().take(TOLD).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {states} states are wrong\n{told}", failures.len());
    (states, by_h5py)
}

fn kill(name: &str, bounds: LibverBounds) {
    let (run, steps) = workload(name);
    let steps = if full() { steps } else { steps.div_ceil(2) };
    let apart = bounds == LibverBounds::Earliest;
    let title = format!("{name}-{bounds:?}");
    let recorded = record(&title, &options(bounds, Durability::Process), apart, |script| run(script, steps));
    let is_asked_for = |operation: &Operation| {
        matches!(
            operation,
            Operation::Write { on: Place::File, .. } | Operation::SetLength { .. } | Operation::Mark(_)
        )
    };
    assert!(recorded.operations.iter().all(is_asked_for), "a sync, or a record, that nobody asked for");
    judge_all(&recorded);
}

macro_rules! kills {
    ($($test:ident: $name:literal, $bounds:ident;)*) => {$(
        #[test]
        fn $test() {
            kill($name, LibverBounds::$bounds);
        }
    )*};
}

kills! {
    groups_survive_kills: "groups", V18;
    groups_as_symbol_tables_survive_kills: "groups", Earliest;
    appended_rows_survive_kills: "append_rows", V18;
    appended_rows_in_1_10_indexes_survive_kills: "append_rows", V110;
    appended_rows_in_old_files_survive_kills: "append_rows", Earliest;
    appended_frames_survive_kills: "append_frames", V18;
    appended_frames_in_1_10_indexes_survive_kills: "append_frames", V110;
    scans_survive_kills: "scans", V18;
    scans_of_1_10_survive_kills: "scans", V110;
    scans_in_old_files_survive_kills: "scans", Earliest;
    attributes_survive_kills: "attribute_edits", V18;
    attributes_in_old_files_survive_kills: "attribute_edits", Earliest;
    dense_links_survive_kills: "dense_links", V18;
    many_old_links_survive_kills: "dense_links", Earliest;
    split_b_trees_survive_kills: "many_chunks", V18;
    growing_arrays_survive_kills: "many_chunks", V110;
    rewritten_rows_survive_kills: "rewrites", V18;
    rewritten_rows_in_1_10_indexes_survive_kills: "rewrites", V110;
    rewritten_rows_in_old_files_survive_kills: "rewrites", Earliest;
    reused_space_survives_kills: "delete_and_reuse", V18;
    reused_space_in_old_files_survives_kills: "delete_and_reuse", Earliest;
    moves_survive_kills: "moves", V18;
    moves_in_old_files_survive_kills: "moves", Earliest;
    large_headers_survive_kills: "large_headers", V18;
    large_headers_of_old_files_survive_kills: "large_headers", Earliest;
}

/// Where commits are recorded beside the file, a kill leaves the file as good as ever for who does not know of records, and with its record
/// for who does.
#[test]
fn recorded_commits_survive_kills() {
    let mut records = 0;
    for (name, bounds) in [
        ("large_headers", LibverBounds::V18),
        ("large_headers", LibverBounds::Earliest),
        ("dense_links", LibverBounds::Earliest),
    ] {
        let (run, steps) = workload(name);
        let steps = if full() { steps } else { steps.div_ceil(4) };
        let (apart, title) = (bounds == LibverBounds::Earliest, format!("recorded-{name}-{bounds:?}"));
        let mut recorded =
            record(&title, &options(bounds, Durability::Full), apart, |script| run(script, steps));
        judge_all(&recorded);
        let is_record =
            |operation: &Operation| matches!(operation, Operation::Write { on: Place::Companion, .. });
        records += recorded.operations.iter().filter(|&operation| is_record(operation)).count();
        recorded.operations.retain(|operation| !is_record(operation));
        recorded.name.push_str("-read-without");
        judge_all(&recorded);
    }
    assert!(records > 20, "{records} commits were recorded");
}

fn random_changes(bounds: LibverBounds) {
    // Seed 24 exchanges objects between groups, which no order of writes allows. With 1.10 indexes it also shrinks datasets.
    let few: &[u64] = if bounds == LibverBounds::V110 { &[1, 2, 3, 6, 24] } else { &[1, 2, 6, 24] };
    for seed in if full() { (1..=40).collect() } else { few.to_vec() } {
        let apart = bounds == LibverBounds::Earliest;
        let run = |script: &mut Script| -> Result<()> { workloads::random(script, 150, seed) };
        let title = format!("random-{bounds:?}-{seed}");
        judge_all(&record(&title, &options(bounds, Durability::Process), apart, run));
    }
}

#[test]
fn random_changes_survive_kills() {
    random_changes(LibverBounds::V18);
}

#[test]
fn random_changes_with_1_10_indexes_survive_kills() {
    random_changes(LibverBounds::V110);
}

#[test]
fn random_changes_of_old_files_survive_kills() {
    random_changes(LibverBounds::Earliest);
}

#[test]
fn workloads_are_what_their_models_say() {
    for (name, run, steps) in workloads::ALL {
        let mut script = Script::new(h5_testkit::MemoryBackend::new());
        // A closed file is not read any more: the workload's own flushes suffice.
        run(&mut script, steps).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(script.flushed().len() > 3, "{name} hardly flushes");
    }
}
