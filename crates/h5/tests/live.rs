//! A file is read while it is written: every commit is seen, soon, and none of them in part.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "tests: a failure is what is to be shown"
)]

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use h5::prelude::*;
use h5::{CreateOptions, ErrorKind, LibverBounds, OpenOptions};

/// Groups that are made, and rows that are appended with each.
fn steps() -> u64 {
    std::env::var("H5_LIVE_STEPS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(300)
}
const ROWS_A_STEP: u64 = 50;

fn path(name: &str) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("h5-live-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    directory.join(name)
}

/// One commit: rows, a group with an attribute and a dataset, and how many there are by now.
fn step(file: &File, rows: &Dataset, step: u64) {
    let first = step * ROWS_A_STEP;
    let new: Vec<u64> = (first..first + ROWS_A_STEP).collect();
    rows.append(&new[..]).unwrap();
    let group = file.create_group(format!("g{step:05}")).unwrap();
    group.set_attr("step", step).unwrap();
    group.write_array("values", &new[..]).unwrap();
    file.root().unwrap().set_attr("steps", step + 1).unwrap();
    file.flush().unwrap();
}

/// What one look at the file finds.
#[derive(Debug, PartialEq)]
struct Look {
    steps: u64,
    links: u64,
    shape: Vec<u64>,
    /// Of the last step: the group's attribute, its values, and the rows.
    last: Option<(u64, Vec<u64>, Vec<u64>)>,
}

impl Look {
    fn at(file: &File) -> h5::Result<Self> {
        let root = file.root()?;
        let steps: u64 = root.attr("steps")?.read_scalar()?;
        let rows = file.dataset("rows")?;
        let last = steps.checked_sub(1).map(|last| -> h5::Result<_> {
            let group = file.group(format!("g{last:05}"))?;
            let from = usize::try_from(last * ROWS_A_STEP).unwrap();
            let read = rows.read_slice::<u64, _>(ndarray::s![from..])?;
            let step = group.attr("step")?.read_scalar()?;
            Ok((step, group.dataset("values")?.read()?, read.to_vec()))
        });
        Ok(Self { steps, links: root.link_count()?, shape: rows.shape()?, last: last.transpose()? })
    }

    /// All of one commit.
    fn expected(steps: u64) -> Self {
        let last = steps.checked_sub(1).map(|last| {
            let rows: Vec<u64> = (last * ROWS_A_STEP..steps * ROWS_A_STEP).collect();
            (last, rows.clone(), rows)
        });
        Self { steps, links: steps + 1, shape: vec![steps * ROWS_A_STEP], last }
    }
}

fn committed_states_alone_are_seen(bounds: LibverBounds, path: &Path) {
    let options = OpenOptions::new().bounds(bounds);
    let file = File::create_with(path, &CreateOptions::new(), &options).unwrap();
    let rows = file.new_dataset::<u64>("rows").shape([0]).resizable().chunks([1024]).create().unwrap();
    file.root().unwrap().set_attr("steps", 0_u64).unwrap();
    file.flush().unwrap();
    let committed: Mutex<Vec<Instant>> = Mutex::new(vec![Instant::now()]);
    let done = AtomicBool::new(false);
    let (mut looks, mut latest, mut late) = (0_u32, Duration::ZERO, Vec::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..steps() {
                step(&file, &rows, number);
                committed.lock().unwrap().push(Instant::now());
                thread::sleep(Duration::from_millis(1));
            }
            done.store(true, Ordering::Release);
        });
        let reader = File::open_live(path).unwrap();
        let mut seen = 0;
        while seen < steps() {
            let was_done = done.load(Ordering::Acquire);
            // What was committed before this look began must be seen by it.
            let due = committed.lock().unwrap().len() as u64 - 1;
            let now = Instant::now();
            let look = reader.consistently(|| Look::at(&reader)).unwrap();
            let found = look.steps;
            assert_eq!(look, Look::expected(found));
            assert!(found >= due && found >= seen, "{found} of {due} committed, {seen} seen before");
            if found > seen {
                latest = latest.max(now.elapsed());
            }
            // Since when they were there; what was seen before its writer could note the time was not late.
            let committed = committed.lock().unwrap();
            let new = (seen + 1..=found).filter_map(|commit| committed.get(commit as usize));
            late.extend(new.map(Instant::elapsed));
            drop(committed);
            seen = found;
            looks += 1;
            assert!(!was_done || seen == steps(), "the last commit was not seen");
            thread::sleep(Duration::from_millis(20));
        }
    });
    late.sort();
    let too_late = late.iter().filter(|&&late| late > Duration::from_millis(50)).count();
    println!(
        "{bounds:?}: {looks} looks, the longest took {latest:?}; {} commits seen within {:?} (99 of 100: {:?}), {too_late} later than 50 ms",
        steps(),
        late.last().unwrap(),
        late[late.len() * 99 / 100]
    );
    assert!(looks > 2, "the reader came too late to see anything happen");
}

#[test]
fn committed_states_alone_are_seen_in_files_of_any_version() {
    for bounds in [LibverBounds::Earliest, LibverBounds::V18, LibverBounds::V110] {
        let path = path(&format!("states-{bounds:?}.h5"));
        committed_states_alone_are_seen(bounds, &path);
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn handles_move_on_and_removed_objects_are_gone() {
    let path = path("handles.h5");
    let writer = File::create(&path).unwrap();
    let group = writer.create_group("a").unwrap();
    group.set_attr("x", 1).unwrap();
    writer.flush().unwrap();
    let reader = File::open_live(&path).unwrap();
    let (seen, version) = (reader.group("a").unwrap(), reader.version().unwrap());
    group.set_attr("x", 2).unwrap();
    assert_eq!(seen.attr("x").unwrap().read_scalar::<i32>().unwrap(), 1, "not flushed");
    assert_eq!(reader.version().unwrap(), version);
    writer.flush().unwrap();
    assert_ne!(reader.version().unwrap(), version);
    assert_eq!(seen.attr("x").unwrap().read_scalar::<i32>().unwrap(), 2);
    writer.root().unwrap().remove("a").unwrap();
    writer.flush().unwrap();
    assert_eq!(reader.group("a").unwrap_err().kind(), ErrorKind::NotFound);
    reader.close().unwrap();
    writer.create_group("b").unwrap();
    writer.flush().unwrap();
    assert_eq!(
        seen.object().info().unwrap_err().kind(),
        ErrorKind::Usage,
        "closed, whatever was flushed since"
    );
    assert_eq!(reader.root().unwrap_err().kind(), ErrorKind::Usage);
    drop((writer, reader, group, seen));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn what_swmr_forbids_is_refused_with_the_reason() {
    let path = path("forbidden.h5");
    let options = OpenOptions::new().bounds(LibverBounds::V110);
    let file = File::create_with(&path, &CreateOptions::new(), &options).unwrap();
    let rows = file.new_dataset::<f64>("rows").shape([0]).resizable().create().unwrap();
    let text = file.new_dataset::<String>("text").shape([0]).resizable().create().unwrap();
    file.start_swmr().unwrap();
    file.start_swmr().unwrap();
    rows.append([1.0, 2.0]).unwrap();
    let refused = [
        file.create_group("late").unwrap_err(),
        rows.set_attr("units", "mm").unwrap_err(),
        file.root().unwrap().remove("rows").unwrap_err(),
        text.append(&["late".to_owned()][..]).unwrap_err(),
    ];
    for error in refused {
        assert!(error.kind() == ErrorKind::Usage && error.message().contains("SWMR"), "{error}");
    }
    file.flush().unwrap();
    assert_eq!(File::open_live(&path).unwrap().dataset("rows").unwrap().read::<f64>().unwrap(), [1.0, 2.0]);
    let another = File::open_rw(&path).unwrap_err();
    assert!(another.kind() == ErrorKind::Usage && another.message().contains("SWMR"), "{another}");
    file.close().unwrap();
    File::open_rw(&path).unwrap().create_group("after").unwrap();
    std::fs::remove_file(path).unwrap();
}

#[test]
fn swmr_needs_a_file_that_can_have_it() {
    let path = path("old.h5");
    let options = OpenOptions::new().bounds(LibverBounds::Earliest);
    let file = File::create_with(&path, &CreateOptions::new(), &options).unwrap();
    assert_eq!(file.start_swmr().unwrap_err().kind(), ErrorKind::Unsupported);
    drop(file);
    let options = OpenOptions::new().bounds(LibverBounds::V18);
    let file = File::create_with(&path, &CreateOptions::new(), &options).unwrap();
    file.new_dataset::<f64>("rows").shape([0]).resizable().create().unwrap();
    assert_eq!(file.start_swmr().unwrap_err().kind(), ErrorKind::Unsupported);
    drop(file);
    let file = File::open_rw_with(&path, &options.bounds(LibverBounds::V110)).unwrap();
    file.start_swmr().unwrap();
    let error = file.dataset("rows").unwrap().append([1.0]).unwrap_err();
    assert!(error.message().contains("B-tree"), "{error}");
    std::fs::remove_file(path).unwrap();
}
