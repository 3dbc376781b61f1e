//! The behaviour suite on the C library, within each version bounds: the same outcomes as on the other backends.
#![cfg(feature = "link")]
#![allow(clippy::unwrap_used, reason = "tests: a failure is what is to be shown")]

use std::path::PathBuf;
use std::sync::Arc;

use h5_backend::{Backend, Mode};
use h5_libhdf5::{LibraryFile, LibraryOptions, library_version};
use h5_testkit::suite::{self, Subject};
use h5_types::{LibverBounds, Result};

/// Files in a directory of their own.
struct Files {
    bounds: LibverBounds,
    directory: PathBuf,
}

impl Files {
    fn new(bounds: LibverBounds) -> Self {
        let name = format!("h5-suite-libhdf5-{bounds:?}-{}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).unwrap();
        Self { bounds, directory }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl Subject for Files {
    fn name(&self) -> String {
        let (major, minor, patch) = library_version();
        format!("libhdf5 {major}.{minor}.{patch} {:?}", self.bounds)
    }

    fn open(&self, name: &str, mode: Mode) -> Result<Arc<dyn Backend>> {
        let options = LibraryOptions::new().bounds(self.bounds);
        Ok(LibraryFile::open(self.directory.join(name), mode, &options)?)
    }
}

fn behaves(bounds: LibverBounds) {
    let report = suite::run(&Files::new(bounds));
    println!("{report}");
    assert!(report.is_success(), "{report}");
    assert!(report.passed().count() >= 250, "{report}");
}

#[test]
fn the_library_behaves_within_earliest() {
    behaves(LibverBounds::Earliest);
}

#[test]
fn the_library_behaves_within_v18() {
    behaves(LibverBounds::V18);
}

#[test]
fn the_library_behaves_within_v110() {
    behaves(LibverBounds::V110);
}

#[test]
fn the_library_behaves_within_its_latest() {
    behaves(LibverBounds::V200);
}
