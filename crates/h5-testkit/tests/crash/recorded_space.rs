//! Files that keep a record of their free space, or are cut into pages: no state calls space free that is in use. Whoever opens the
//! state next writes over all that it calls free, and what was flushed is still there.

use std::sync::Arc;

use h5_backend::{File, FileSpaceStrategy};
use h5_native::{Barrier, CreateOptions, FileSpace, NativeFile, OpenOptions};
use h5_testkit::crash::workloads::{delete_and_reuse, reuse_on};
use h5_testkit::crash::{Observed, Script, State, observe, prefixes};
use h5_testkit::vfd::{AccompaniedVfd, RecordingVfd};
use h5_types::{Durability, LibverBounds, Result};

use crate::kills::judge_all;
use crate::recorded::{Recorded, full, options};

/// Arrays that are written into what is free, in elements of eight bytes.
const FILLINGS: [u64; 6] = [500, 60, 20, 8, 3, 1];

/// A file is made, closed with a record of its free space, and opened again twice; the record is used and written anew each time.
fn record(space: FileSpace, options: &OpenOptions, name: &str) -> Recorded {
    let steps = if full() { 30 } else { 14 };
    let record = Arc::new(RecordingVfd::new());
    let create = CreateOptions::new().file_space(space);
    let native = NativeFile::create_vfd(record.clone(), &create, options).unwrap();
    let mut script = Script::recorded(File::from_backend(Arc::new(native)), record.clone());
    delete_and_reuse(&mut script, steps).unwrap();
    for again in 1..3 {
        let native = NativeFile::open_writable_vfd(record.clone(), options).unwrap();
        script.reopen(File::from_backend(Arc::new(native)));
        reuse_on(&mut script, again * steps, (again + 1) * steps).unwrap();
    }
    let (models, between) = (script.flushed().to_vec(), script.between().clone());
    drop(script);
    Recorded { name: name.to_owned(), operations: record.operations(), models, between, links_apart: false }
}

/// Writes over all that a state calls free, and reads it after that.
fn refilled(state: &State<'_>) -> Result<Observed> {
    let vfd = Arc::new(AccompaniedVfd::new(state.bytes.to_vec(), state.companion.to_vec()));
    let open = || NativeFile::open_writable_vfd(vfd.clone(), &OpenOptions::new().threads(1));
    let file = File::from_backend(Arc::new(open()?));
    file.create_group("filling")?;
    for (kind, &length) in FILLINGS.iter().enumerate() {
        let junk = vec![-1_i64; usize::try_from(length).unwrap()];
        for index in 0..12 {
            let path = format!("filling/{kind} {index}");
            file.new_dataset::<i64>(path).shape([length]).create()?.write(&junk)?;
        }
    }
    file.close()?;
    let file = File::from_backend(Arc::new(open()?));
    file.remove("filling")?;
    file.close()?;
    let native = NativeFile::open_vfd(vfd, &OpenOptions::new().threads(1))?;
    observe(&File::from_backend(Arc::new(native)))
}

fn refill(recorded: &Recorded, state: &State<'_>) -> Result<(), String> {
    let found = refilled(state).map_err(|error| error.to_string())?;
    recorded.judge(state, &found)
}

/// How many states there are, how many are wrong, and why the first is.
fn refill_all(recorded: &Recorded) -> (usize, usize, String) {
    let (mut states, mut wrong, mut first) = (0, 0, String::new());
    prefixes(&recorded.operations, |state| {
        states += 1;
        if !full() && !state.publication && states % 5 != 0 {
            return;
        }
        if let Err(why) = refill(recorded, state) {
            if wrong == 0 {
                first = recorded.report(state, "h5, after an edit", &why);
            }
            wrong += 1;
        }
    });
    (states, wrong, first)
}

fn survives(space: FileSpace, name: &str) {
    let recorded = record(space, &options(LibverBounds::V18, Durability::Process), name);
    judge_all(&recorded);
    let (states, wrong, first) = refill_all(&recorded);
    println!("{name}: {states} states, {wrong} wrong once their free space is used");
    assert_eq!(wrong, 0, "{first}");
}

#[test]
fn a_record_of_free_space_survives_kills() {
    survives(FileSpace::default().persists(true), "recorded-space");
}

#[test]
fn files_in_pages_survive_kills() {
    survives(FileSpace::new(FileSpaceStrategy::Page).page_bytes(1024).persists(true), "pages");
}

#[test]
fn a_record_that_is_struck_out_late_is_noticed() {
    let options = options(LibverBounds::V18, Durability::Process).without_barrier(Barrier::B6);
    let recorded = record(FileSpace::default().persists(true), &options, "struck-out-late");
    let (states, wrong, first) = refill_all(&recorded);
    println!("B6 removed: {wrong} of {states} states are wrong, the first: {first}");
    assert!(wrong > 0, "B6 is removed and nothing is wrong in {states} states");
}
