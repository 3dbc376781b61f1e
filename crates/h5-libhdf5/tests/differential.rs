//! Random programs, run on the native backend and on the C library: the same outcomes, the same contents. Where a program flushes, the
//! files change hands: each goes on with what the other wrote. Then and at the end, each reads the other's.
//!
//! `H5_PROGRAMS` says how many within each version bounds (default 60), `H5_TRACE` a file that each program is written to before it runs:
//! the C library may end the process.
#![cfg(feature = "link")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on fails"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use h5_backend::{Backend, File, Mode};
use h5_libhdf5::{LibraryFile, LibraryOptions, library_version};
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_testkit::compare;
use h5_testkit::generator::operation;
use h5_testkit::programs::{Operation, Setting, Storage};
use h5_testkit::samples::{self, Kind};
use h5_types::{
    Dataspace, Datatype, H5Type, LibverBounds, Name, NewDataset, NewLayout, Result, StringLength,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};

/// Which backend opens a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Native,
    Library,
}

struct Run<'k> {
    bounds: LibverBounds,
    kinds: &'k [Kind],
    directory: PathBuf,
}

impl Run<'_> {
    fn open(&self, on: On, path: &Path, mode: Mode) -> Result<File> {
        let backend: Arc<dyn Backend> = match on {
            On::Library => LibraryFile::open(path, mode, &LibraryOptions::new().bounds(self.bounds))?,
            On::Native => {
                let options = OpenOptions::new().bounds(self.native_bounds()).threads(1);
                Arc::new(match mode {
                    Mode::Read => NativeFile::open(path, &options)?,
                    Mode::ReadWrite => NativeFile::open_writable(path, &options)?,
                    _ => NativeFile::create(path, &CreateOptions::new(), &options)?,
                })
            }
        };
        Ok(File::from_backend(backend))
    }

    /// Nothing newer than what the library that is linked reads.
    fn native_bounds(&self) -> LibverBounds {
        if library_version().0 < 2 { self.bounds.min(LibverBounds::V110) } else { self.bounds }
    }

    fn told<T>(&self, what: Result<T>, doing: &str) -> std::result::Result<T, String> {
        what.map_err(|error| format!("{doing}: {error}"))
    }

    /// Runs a program on both.
    fn check(&self, program: &[Operation]) -> std::result::Result<(), String> {
        let [first, second] = ["one.h5", "other.h5"].map(|name| self.directory.join(name));
        let mut native = self.told(self.open(On::Native, &first, Mode::Create), "creating")?;
        let mut library = self.told(self.open(On::Library, &second, Mode::Create), "creating (libhdf5)")?;
        let setting = Setting { kinds: self.kinds, paths: &[Name::from("")] };
        let (mut ours, mut theirs) = (&first, &second);
        for (number, operation) in program.iter().enumerate() {
            if *operation == Operation::Flush {
                self.close(&native, &library)?;
                self.same_crosswise(&first, &second, &format!("at step {number}"))?;
                std::mem::swap(&mut ours, &mut theirs);
                let goes_on =
                    |on, path: &PathBuf| self.told(self.open(on, path, Mode::ReadWrite), "going on");
                native = goes_on(On::Native, ours)?;
                library = goes_on(On::Library, theirs)?;
                continue;
            }
            let (found, expected) = (operation.run(&native, &setting), operation.run(&library, &setting));
            let kinds = (
                found.as_ref().map_err(h5_types::Error::kind),
                expected.as_ref().map_err(h5_types::Error::kind),
            );
            if kinds.0 != kinds.1 {
                return Err(format!("step {number}, {operation:?}: native {found:?}, libhdf5 {expected:?}"));
            }
        }
        same(&native, &library, "before closing")?;
        self.close(&native, &library)?;
        self.same_crosswise(&first, &second, "after all of it")
    }

    fn close(&self, native: &File, library: &File) -> std::result::Result<(), String> {
        self.told(native.close(), "closing")?;
        self.told(library.close(), "closing (libhdf5)")
    }

    /// Each of the two files through both backends.
    fn same_crosswise(&self, first: &Path, second: &Path, when: &str) -> std::result::Result<(), String> {
        let [a, b, c, d] =
            [(On::Native, first), (On::Library, first), (On::Native, second), (On::Library, second)]
                .map(|(on, path)| self.told(self.open(on, path, Mode::Read), when));
        let (a, b, c, d) = (a?, b?, c?, d?);
        same(&a, &b, &format!("{when}, one file"))?;
        same(&c, &d, &format!("{when}, the other file"))?;
        same(&a, &c, &format!("{when}, both files"))
    }
}

fn same(native: &File, library: &File, when: &str) -> std::result::Result<(), String> {
    let native = compare::contents(native).map_err(|e| format!("{when}, first: {e}"))?;
    let library = compare::contents(library).map_err(|e| format!("{when}, second: {e}"))?;
    let differences = compare::differences(&library, &native);
    if differences.is_empty() { Ok(()) } else { Err(format!("{when}: {differences:#?}")) }
}

/// The library has no mandatory filters of variable-length elements: the bytes that go through them are only where the elements are.
fn possible(operation: Operation, kinds: &[Kind]) -> Operation {
    match operation {
        Operation::CreateDataset { at, kind, storage: Storage::Growing(filters), shape } => {
            let datatype = kinds.get(kind % kinds.len()).map(|kind| &kind.datatype);
            let is_variable = match datatype {
                Some(Datatype::String(text)) => matches!(text.length, StringLength::Variable { .. }),
                Some(Datatype::Vlen(_)) => true,
                _ => false,
            };
            let filters = if is_variable { filters & !3 } else { filters };
            Operation::CreateDataset { at, kind, storage: Storage::Growing(filters), shape }
        }
        other => other,
    }
}

fn programs(bounds: LibverBounds) {
    let count = std::env::var("H5_PROGRAMS").ok().and_then(|count| count.parse().ok()).unwrap_or(60);
    let config =
        Config { cases: count, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    with_files(bounds, "random", |run| {
        let steps = prop::collection::vec(operation(false), 1..=100);
        let outcome = TestRunner::new(config).run(&steps, |program| {
            let program: Vec<Operation> = program.into_iter().map(|step| possible(step, run.kinds)).collect();
            if let Some(trace) = std::env::var_os("H5_TRACE") {
                std::fs::write(trace, format!("{program:#?}")).unwrap();
            }
            run.check(&program).map_err(TestCaseError::fail)
        });
        match outcome {
            Err(TestError::Fail(reason, program)) => panic!("{reason}\nof {program:?}"),
            other => other.unwrap(),
        }
    });
}

/// A new directory, which a test that fails leaves.
fn with_files(bounds: LibverBounds, name: &str, test: impl FnOnce(&Run<'_>)) {
    let has_complex = bounds == LibverBounds::V200 && library_version().0 >= 2;
    let kinds: Vec<Kind> =
        samples::all().into_iter().filter(|kind| has_complex || !kind.needs_v200).collect();
    let directory = format!("h5-differential-{name}-{bounds:?}-{}", std::process::id());
    let directory = std::env::temp_dir().join(directory);
    std::fs::create_dir_all(&directory).unwrap();
    test(&Run { bounds, kinds: &kinds, directory: directory.clone() });
    std::fs::remove_dir_all(&directory).unwrap();
}

/// Storage of text is handed out where numbers were: they must not be taken for the place of an older text.
#[test]
fn text_where_numbers_were() {
    with_files(LibverBounds::V110, "text", |run| {
        let path = run.directory.join("text.h5");
        let native = run.open(On::Native, &path, Mode::Create).unwrap();
        let text = NewDataset::new(String::datatype(), Dataspace::Scalar);
        native.root().unwrap().create_dataset_from("text", &text).unwrap();
        native.close().unwrap();
        let library = run.open(On::Library, &path, Mode::ReadWrite).unwrap();
        let mut numbers = NewDataset::new(u64::datatype(), Dataspace::fixed([7]));
        numbers.layout = NewLayout::Chunked { chunk: vec![3], index: None };
        let root = library.root().unwrap();
        root.create_dataset_from("numbers", &numbers).unwrap().write(&[u64::MAX; 7]).unwrap();
        root.remove("numbers").unwrap();
        library.dataset("text").unwrap().write(&["new".to_owned()]).unwrap();
        library.close().unwrap();
        let native = run.open(On::Native, &path, Mode::Read).unwrap();
        assert_eq!(native.dataset("text").unwrap().read::<String>().unwrap(), ["new"]);
    });
}

#[test]
fn of_the_first_release() {
    programs(LibverBounds::Earliest);
}

#[test]
fn of_1_8() {
    programs(LibverBounds::V18);
}

#[test]
fn of_1_10() {
    programs(LibverBounds::V110);
}

#[test]
fn of_the_latest() {
    programs(LibverBounds::V200);
}
