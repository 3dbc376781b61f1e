//! Random programs of fifty operations, run on the native backend and on the one in memory: the same outcomes, the same contents, also
//! after the file was opened again. On new files, and on copies of real ones, which the model is loaded from.
//!
//! `H5_PROGRAMS` says how many programs there are in all (default 240), `H5_SEED` which ones, `H5_CORPUS` where more files are,
//! `H5_KEEP` a directory that the files are left in, for other programs to read (`tests/random/check.py`).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on fails"
)]

mod subjects;

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;

use h5::vfd::{BufferVfd, Vfd};
use h5::{ErrorKind, File, LibverBounds};
use h5_testkit::compare;
use h5_testkit::generator;
use h5_testkit::programs::{Operation, Setting};
use h5_testkit::samples::{self, Kind};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use self::subjects::{Subject, options};

const BOUNDS: [LibverBounds; 4] =
    [LibverBounds::Earliest, LibverBounds::V18, LibverBounds::V110, LibverBounds::V200];
/// Programs that change new files, of all.
const OF_NEW_FILES: f64 = 0.4;

/// How a listing shows references to what is not there any more.
const NO_OBJECT: &str = "-> an object without a name";

/// What a program left.
struct Outcome {
    bytes: Vec<u8>,
    /// Operations that succeeded, and that the file would not have.
    done: usize,
    unsupported: usize,
}

/// Runs a program on both; opens the file again in the middle and at the end.
fn check(
    subject: &Subject,
    bounds: LibverBounds,
    program: &[Operation],
    kinds: &[Kind],
) -> Result<Outcome, String> {
    let storage = subject.storage();
    let setting = Setting { kinds, paths: &subject.paths };
    let mut file = subject.writer(&storage, bounds).map_err(|e| e.to_string())?;
    let model = subject.model().map_err(|e| e.to_string())?;
    let (mut done, mut unsupported) = (0, 0);
    for (number, operation) in program.iter().enumerate() {
        if number == program.len() / 2 {
            file.close().map_err(|e| format!("closing: {e}"))?;
            same(&model, &*file_of(&storage)?, "after half of it")?;
            file = File::open_rw_vfd(Arc::clone(&storage) as Arc<dyn Vfd>, &options(bounds))
                .map_err(|e| format!("opening again: {e}"))?;
        }
        let found = operation.run(&file, &setting);
        // A foreign file may have what ours reads and does not change; nothing has changed then.
        if subject.bytes.is_some() && found.as_ref().is_err_and(|e| e.kind() == ErrorKind::Unsupported) {
            unsupported += 1;
            continue;
        }
        done += usize::from(found.is_ok());
        let expected = operation.outcome(&model, &setting);
        // External links are not followed here; the model has no other files to follow them to.
        let kind = |error: &h5::Error| match error.kind() {
            ErrorKind::PermissionDenied => ErrorKind::NotFound,
            kind => kind,
        };
        if expected != found.as_ref().copied().map_err(kind) {
            return Err(format!("step {number}, {operation:?}: {found:?}, the model has {expected:?}"));
        }
    }
    same(&model, &file, "before closing")?;
    file.close().map_err(|e| format!("closing: {e}"))?;
    same(&model, &*file_of(&storage)?, "after all of it")?;
    Ok(Outcome { bytes: storage.to_bytes(), done, unsupported })
}

fn file_of(storage: &BufferVfd) -> Result<File, String> {
    let copy: Arc<dyn Vfd> = Arc::new(BufferVfd::new(storage.to_bytes()));
    File::open_vfd(copy, &options(LibverBounds::V18)).map_err(|e| format!("opening: {e}"))
}

fn same(model: &h5_backend::File, file: &h5_backend::File, when: &str) -> Result<(), String> {
    let mut model = compare::contents(model).map_err(|e| format!("the model {when}: {e}"))?;
    let mut found = compare::contents(file).map_err(|e| format!("{when}: {e}"))?;
    for (path, lines) in &mut model {
        for (line, other) in lines.iter_mut().zip(found.get_mut(path).into_iter().flatten()) {
            // Where a removed object was, a file may have another one.
            if line.contains(NO_OBJECT) {
                *line = without_references(line);
                *other = without_references(other);
            }
        }
    }
    let differences = compare::differences(&model, &found);
    if differences.is_empty() { Ok(()) } else { Err(format!("{when}: {differences:#?}")) }
}

/// A line of a file's contents, less what references in it lead to.
fn without_references(line: &str) -> String {
    let mut parts = line.split("-> ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let end = part.find(['"', ',', ']', '}']).unwrap_or(part.len());
        text + "-> " + &part[end..]
    })
}

/// What was done in all.
#[derive(Default)]
struct Tally {
    programs: Cell<usize>,
    done: Cell<usize>,
    unsupported: Cell<usize>,
}

impl Tally {
    fn tell(&self, what: &str) {
        println!(
            "{what}: {} programs of {} operations, {} operations done, {} unsupported",
            self.programs.get(),
            generator::OPERATIONS,
            self.done.get(),
            self.unsupported.get()
        );
    }
}

/// How many programs there are in all.
fn programs() -> usize {
    number("H5_PROGRAMS").unwrap_or(240)
}

fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    std::env::var(variable).ok().and_then(|count| count.parse().ok())
}

/// Runs so many programs on a file; says which one went wrong, made as short as it may be.
fn run(subject: &Subject, bounds: &[LibverBounds], count: usize, tally: &Tally) -> Result<(), String> {
    let keep = std::env::var_os("H5_KEEP").map(PathBuf::from);
    let all = samples::all();
    let known: Vec<Kind> = samples::all().into_iter().filter(|kind| !kind.needs_v200).collect();
    let cases = u32::try_from(count).unwrap_or(u32::MAX);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 4000, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number::<u64>("H5_SEED").unwrap_or(1).to_le_bytes());
    // A file has the same programs whichever others there are.
    let name = subject.name.bytes().rev().take(24).zip(&mut bytes[8..]);
    name.for_each(|(letter, byte)| *byte = letter);
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let strategy = (prop::sample::select(bounds.to_vec()), generator::program(subject.bytes.is_some()));
    let number = Cell::new(0_usize);
    let outcome = TestRunner::new_with_rng(config, random).run(&strategy, |(bounds, program)| {
        let kinds = if bounds == LibverBounds::V200 { &all } else { &known };
        let outcome = check(subject, bounds, &program, kinds).map_err(TestCaseError::fail)?;
        number.set(number.get() + 1);
        tally.programs.set(tally.programs.get() + 1);
        tally.done.set(tally.done.get() + outcome.done);
        tally.unsupported.set(tally.unsupported.get() + outcome.unsupported);
        if let Some(directory) = &keep {
            let stem = subject.name.replace(['/', ' '], "_");
            std::fs::write(directory.join(format!("{stem}--{:05}.h5", number.get())), outcome.bytes).unwrap();
        }
        Ok(())
    });
    if let (Some(directory), Some(original)) = (&keep, &subject.bytes) {
        let originals = directory.join("originals");
        std::fs::create_dir_all(&originals).unwrap();
        std::fs::write(originals.join(format!("{}.h5", subject.name.replace(['/', ' '], "_"))), original)
            .unwrap();
    }
    outcome.map_err(|failure| match failure {
        TestError::Fail(why, (bounds, program)) => {
            format!("{}, bounds {bounds:?}: {why}\n  {program:?}", subject.name)
        }
        other => format!("{}: {other}", subject.name),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a count"
)]
fn new_files(bounds: LibverBounds, name: &str) {
    let count = (programs() as f64 * OF_NEW_FILES / BOUNDS.len() as f64).ceil() as usize;
    let tally = Tally::default();
    let outcome = run(&Subject::new(name), &[bounds], count, &tally);
    tally.tell(name);
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn of_the_first_release() {
    new_files(LibverBounds::Earliest, "earliest");
}

#[test]
fn of_1_8() {
    new_files(LibverBounds::V18, "v18");
}

#[test]
fn of_1_10() {
    new_files(LibverBounds::V110, "v110");
}

#[test]
fn of_2_0() {
    new_files(LibverBounds::V200, "v200");
}

#[test]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a count"
)]
fn of_files_that_were_there() {
    let (subjects, left_out) = subjects::subjects().unwrap();
    println!("{} files, and {} left out:\n  {}", subjects.len(), left_out.len(), left_out.join("\n  "));
    assert!(subjects.len() > 15, "hardly any file is changed");
    let count = (programs() as f64 * (1.0 - OF_NEW_FILES) / subjects.len() as f64).ceil() as usize;
    let (tally, mut failures) = (Tally::default(), Vec::new());
    for subject in &subjects {
        failures.extend(run(subject, &BOUNDS, count, &tally).err());
    }
    tally.tell("copies");
    assert!(failures.is_empty(), "{} of {} files\n{}", failures.len(), subjects.len(), failures.join("\n"));
}
