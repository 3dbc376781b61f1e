//! One open file of any backend, with the verbs of PyMoDAQ's `H5Backend`.

mod chunks;
mod create;
mod flavour;
mod location;
mod nodes;
mod open;
mod pending;
mod reading;
mod swmr;
mod version;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use h5_backend::{Dataset, File, Registry};
use h5_types::{Error, Result};

pub(crate) use flavour::TextKind;
pub use flavour::{Compression, Flavour};
pub use location::Location;
pub use nodes::{WalkGroups, WalkNodes};
pub use open::FileMode;
pub(crate) use open::TITLE;
pub use reading::{ReadSwmr, is_file_swmr_active, open_h5_file_for_reading};
pub(crate) use swmr::Followed;
pub(crate) use version::is_legacy;

use pending::Pending;
pub(crate) use pending::{FOLLOWING, Grown};
use swmr::Swmr;

/// A file with PyMoDAQ's layout, open or not yet, on whichever backend its location names.
///
/// Cloning gives another handle of the same: savers, loaders and nodes all share one. The file is found by a [`Registry`], so that
/// nothing here knows which backend it is on.
#[derive(Debug, Clone)]
pub struct H5Backend(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    registry: Registry,
    flavour: Flavour,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    file: Option<File>,
    location: OsString,
    compression: Option<Compression>,
    pending: Pending,
    swmr: Swmr,
}

impl H5Backend {
    /// A backend without a file. What it creates has the flavour's layout.
    pub fn new(registry: &Registry, flavour: Flavour) -> Self {
        let (registry, state) = (registry.clone(), Mutex::default());
        Self(Arc::new(Shared { registry, flavour, state }))
    }

    /// How new files and arrays are laid out.
    pub fn flavour(&self) -> Flavour {
        self.0.flavour
    }

    /// The name of the flavour, which each array has as attribute: `h5py` or `tables`.
    pub fn backend(&self) -> &'static str {
        self.0.flavour.name()
    }

    /// The open file.
    ///
    /// # Errors
    /// `Usage` if there is none.
    pub fn h5file(&self) -> Result<File> {
        self.state().file.clone().ok_or_else(|| Error::usage("no file is open"))
    }

    /// Where the file is, or was before it was closed.
    pub fn file_path(&self) -> PathBuf {
        PathBuf::from(&self.state().location)
    }

    /// The last part of the file's path.
    pub fn filename(&self) -> String {
        let path = self.file_path();
        let name = path.file_name().unwrap_or_else(|| OsStr::new(""));
        name.to_string_lossy().into_owned()
    }

    /// Compression of arrays that are created from now on; none unless it was asked for.
    pub fn compression(&self) -> Option<Compression> {
        self.state().compression
    }

    /// Sets or removes the compression of arrays that are created from now on.
    pub fn set_compression(&self, compression: Option<Compression>) {
        self.state().compression = compression;
    }

    /// Compresses arrays that are created from now on, by the library's name: `zlib` and `gzip` are both deflate.
    ///
    /// # Errors
    /// `Unsupported` for another library, `Usage` for a level above 9.
    pub fn define_compression(&self, library: &str, level: u8) -> Result<()> {
        if !matches!(library, "zlib" | "gzip") {
            let message = format!("compression by {library:?}; there are zlib and gzip, which are the same");
            return Err(Error::unsupported(message));
        }
        if level > 9 {
            return Err(Error::usage(format!("compression of level {level}; the highest is 9")));
        }
        self.set_compression(Some(Compression::new(level)));
        Ok(())
    }

    /// Notes that an array grew, so that its attributes follow before anybody sees the old ones.
    pub(crate) fn mark_grown(&self, array: &Dataset, size_above: Option<i64>) {
        self.state().pending.mark(array, size_above);
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.0.registry
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock()
    }
}

impl PartialEq for H5Backend {
    /// Whether both are handles of the same.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Shared {
    /// The state holds nothing that a panic could leave half done.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shared {
    /// The last handle brings the attributes of arrays that grew up to date; who wants to hear of a failure calls `close_file`.
    fn drop(&mut self) {
        let _ = self.end_swmr();
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = state.pending.settle_all(self.flavour);
    }
}
