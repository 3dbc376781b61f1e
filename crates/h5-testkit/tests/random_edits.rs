//! Random programs, run on the native backend and on the one in memory: the same outcomes, the same contents, also after the file was
//! opened again.
//!
//! `H5_PROGRAMS` says how many (default 60), `H5_KEEP` a directory that the files are left in, for other programs to read.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on fails"
)]

use std::sync::Arc;

use h5::vfd::{BufferVfd, Vfd};
use h5::{CreateOptions, File, LibverBounds, OpenOptions};
use h5_testkit::generator::operation;
use h5_testkit::programs::Operation;
use h5_testkit::samples::{self, Kind};
use h5_testkit::{MemoryBackend, compare};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Runs a program on both; opens the file again in the middle and at the end.
fn check(bounds: LibverBounds, program: &[Operation], kinds: &[Kind]) -> Result<Vec<u8>, String> {
    let vfd = Arc::new(BufferVfd::default());
    let options = OpenOptions::new().bounds(bounds).threads(1);
    let driver = Arc::clone(&vfd) as Arc<dyn Vfd>;
    let mut file =
        File::create_vfd(Arc::clone(&driver), &CreateOptions::new(), &options).map_err(|e| e.to_string())?;
    let model = MemoryBackend::new();
    for (number, operation) in program.iter().enumerate() {
        if number == program.len() / 2 {
            file.close().map_err(|e| format!("closing: {e}"))?;
            same(&model, &*file_of(&vfd, &options)?, "after half of it")?;
            file = File::open_rw_vfd(Arc::clone(&driver), &options)
                .map_err(|e| format!("opening again: {e}"))?;
        }
        let expected = operation.outcome(&model, kinds);
        let found = operation.run(&file, kinds);
        if expected != found.as_ref().copied().map_err(h5::Error::kind) {
            return Err(format!("step {number}, {operation:?}: {found:?}, the model has {expected:?}"));
        }
    }
    same(&model, &file, "before closing")?;
    file.close().map_err(|e| format!("closing: {e}"))?;
    same(&model, &*file_of(&vfd, &options)?, "after all of it")?;
    Ok(vfd.to_bytes())
}

fn file_of(vfd: &BufferVfd, options: &OpenOptions) -> Result<File, String> {
    let copy: Arc<dyn Vfd> = Arc::new(BufferVfd::new(vfd.to_bytes()));
    File::open_vfd(copy, options).map_err(|e| format!("opening: {e}"))
}

fn same(model: &h5_backend::File, file: &h5_backend::File, when: &str) -> Result<(), String> {
    let model = compare::contents(model).map_err(|e| format!("the model {when}: {e}"))?;
    let found = compare::contents(file).map_err(|e| format!("{when}: {e}"))?;
    let differences = compare::differences(&model, &found);
    if differences.is_empty() { Ok(()) } else { Err(format!("{when}: {differences:#?}")) }
}

fn programs(bounds: LibverBounds, name: &str) {
    let count = std::env::var("H5_PROGRAMS").ok().and_then(|count| count.parse().ok()).unwrap_or(60);
    let keep = std::env::var_os("H5_KEEP").map(std::path::PathBuf::from);
    let kinds: Vec<Kind> = samples::all().into_iter().filter(|kind| !kind.needs_v200).collect();
    let config =
        Config { cases: count, failure_persistence: None, max_shrink_iters: 4000, ..Config::default() };
    let number = std::cell::Cell::new(0_usize);
    let outcome = TestRunner::new(config).run(&prop::collection::vec(operation(), 1..=100), |program| {
        let bytes = check(bounds, &program, &kinds).map_err(TestCaseError::fail)?;
        if let Some(directory) = &keep {
            number.set(number.get() + 1);
            std::fs::write(directory.join(format!("{name}-{:05}.h5", number.get())), bytes).unwrap();
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn of_the_first_release() {
    programs(LibverBounds::Earliest, "earliest");
}

#[test]
fn of_1_8() {
    programs(LibverBounds::V18, "v18");
}

#[test]
fn of_1_10() {
    programs(LibverBounds::V110, "v110");
}
