//! The behaviour suite on the native backend, within each version bounds.

#![allow(clippy::unwrap_used, reason = "tests: a failure is what is to be shown")]

use std::path::PathBuf;
use std::sync::Arc;

use h5::{Backend, CreateOptions, LibverBounds, LiveFile, Mode, NativeFile, OpenOptions, Result};
use h5_testkit::suite::{self, Subject};

/// Files in a directory of their own.
struct Native {
    bounds: LibverBounds,
    directory: PathBuf,
}

impl Native {
    fn new(bounds: LibverBounds) -> Self {
        let name = format!("h5-suite-{bounds:?}-{}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).unwrap();
        Self { bounds, directory }
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl Subject for Native {
    fn name(&self) -> String {
        format!("native {:?}", self.bounds)
    }

    fn open(&self, name: &str, mode: Mode) -> Result<Arc<dyn Backend>> {
        let options = OpenOptions::new().bounds(self.bounds);
        let path = self.directory.join(name);
        let create = CreateOptions::new().exclusive(mode == Mode::CreateNew);
        Ok(Arc::new(match mode {
            Mode::ReadLive => return Ok(Arc::new(LiveFile::open(&path, &options)?)),
            Mode::Read => NativeFile::open(&path, &options)?,
            Mode::ReadWrite => NativeFile::open_writable(&path, &options)?,
            Mode::Create | Mode::CreateNew => NativeFile::create(&path, &create, &options)?,
        }))
    }
}

fn behaves(bounds: LibverBounds) {
    let part = std::env::var("H5_SUITE").unwrap_or_default();
    let report = suite::run_matching(&Native::new(bounds), &part);
    println!("{report}");
    assert!(report.is_success(), "{report}");
}

#[test]
fn the_native_backend_behaves_within_earliest() {
    behaves(LibverBounds::Earliest);
}

#[test]
fn the_native_backend_behaves_within_v18() {
    behaves(LibverBounds::V18);
}

#[test]
fn the_native_backend_behaves_within_v110() {
    behaves(LibverBounds::V110);
}

#[test]
fn the_native_backend_behaves_within_v200() {
    behaves(LibverBounds::V200);
}
