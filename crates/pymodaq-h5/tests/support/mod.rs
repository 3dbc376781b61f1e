//! What tests and examples share: openers, the description of a file as JSON, and the files that PyMoDAQ's savers are compared with.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::missing_errors_doc,
    reason = "tests"
)]

pub mod compare;
pub mod describe;
pub mod golden;
pub mod golden_modules;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use h5_backend::{Backend, Mode, Registry};
use h5_native::{CreateOptions, LiveFile, NativeFile, OpenOptions};
use h5_testkit::MemoryFiles;
use h5_testkit::suite::Subject;
use h5_types::LibverBounds;
use pymodaq_data::Parameter;
use pymodaq_h5::Module;

/// A directory that goes when the test ends.
pub struct Place(PathBuf);

impl Place {
    /// An empty one. Names of the tests of one file differ, and so do their processes'.
    pub fn new(name: &str) -> Self {
        let place = std::env::temp_dir().join(format!("pymodaq-h5-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        Self(place)
    }

    pub fn file(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A detector.
pub struct Camera;

impl Module for Camera {
    fn title(&self) -> &str {
        "Camera"
    }

    fn settings(&self) -> Parameter {
        Parameter::group("settings", "Camera")
    }
}

/// Native files as h5py and PyTables make them by default: superblock 0, version 1 headers.
pub fn native() -> Registry {
    native_within(LibverBounds::Earliest)
}

/// Native files that are written for readers at the same time.
pub fn swmr() -> Registry {
    native_within(LibverBounds::V110)
}

fn native_within(bounds: LibverBounds) -> Registry {
    let mut registry = Registry::new("native");
    let opener = move |path: &std::ffi::OsStr, mode| {
        let (path, options) = (Path::new(path), OpenOptions::new().bounds(bounds));
        let create = CreateOptions::new().exclusive(mode == Mode::CreateNew);
        let file = match mode {
            Mode::ReadLive => return Ok(Arc::new(LiveFile::open(path, &options)?) as Arc<dyn Backend>),
            Mode::Read => NativeFile::open(path, &options)?,
            Mode::ReadWrite => NativeFile::open_writable(path, &options)?,
            Mode::Create | Mode::CreateNew => NativeFile::create(path, &create, &options)?,
        };
        Ok(Arc::new(file) as Arc<dyn Backend>)
    };
    registry.register("native", opener).unwrap();
    registry
}

/// Files in memory, which live as long as the registry.
pub fn memory() -> Registry {
    let files = MemoryFiles::new();
    let mut registry = Registry::new("memory");
    registry
        .register("memory", move |name, mode| Subject::open(&files, &name.to_string_lossy(), mode))
        .unwrap();
    registry
}

/// HDF5's C library, for files as native ones are.
#[cfg(feature = "libhdf5")]
pub fn libhdf5() -> Registry {
    use h5_libhdf5::{LibraryFile, LibraryOptions};
    let mut registry = Registry::new("libhdf5");
    let opener = |path: &std::ffi::OsStr, mode| {
        let options = LibraryOptions::new().bounds(LibverBounds::Earliest);
        let file: Arc<dyn Backend> = LibraryFile::open(Path::new(path), mode, &options)?;
        Ok(file)
    };
    registry.register("libhdf5", opener).unwrap();
    registry
}

/// Domains of the service at an endpoint, by the names of the files that they are in the place of.
pub fn hsds(endpoint: &str) -> Registry {
    use h5_hsds::{Credentials, Endpoint, Folder, HsdsFile, HsdsOptions};
    let user = Credentials::Basic { username: "test_user1".to_owned(), password: "test".to_owned() };
    let options = HsdsOptions::new().endpoint(Endpoint::parse(endpoint).unwrap()).credentials(user);
    let folder = format!("savers-{}", std::process::id());
    // There already for the tests after the first.
    let _ = Folder::open("/home/test_user1", false, &options).unwrap().create_folder(&folder);
    let mut registry = Registry::new("hsds");
    let opener = move |path: &std::ffi::OsStr, mode| {
        let place = Path::new(path);
        let parts = [place.parent().and_then(Path::file_name), place.file_name()];
        let name: Vec<_> = parts.iter().flatten().map(|part| part.to_string_lossy()).collect();
        let domain = format!("/home/test_user1/{folder}/{}", name.join("-"));
        let file: Arc<dyn Backend> = HsdsFile::open(domain, false, mode, &options)?;
        Ok(file)
    };
    registry.register("hsds", opener).unwrap();
    registry
}

/// Every backend that is compiled in, by name; and HSDS, if there is a service at `H5_HSDS_ENDPOINT`, which `cargo xtask hsds` starts.
pub fn backends() -> Vec<(&'static str, Registry)> {
    let mut backends = vec![
        ("native", native()),
        ("memory", memory()),
        #[cfg(feature = "libhdf5")]
        ("libhdf5", libhdf5()),
    ];
    if let Ok(endpoint) = std::env::var("H5_HSDS_ENDPOINT") {
        backends.push(("hsds", hsds(&endpoint)));
    }
    backends
}
