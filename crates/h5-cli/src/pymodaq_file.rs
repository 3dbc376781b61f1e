//! Files with PyMoDAQ's layout: opened as the other commands open files, browsed by the savers' crate.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use h5::{Backend, File, LibverBounds, Mode, Registry, Result};
use pymodaq_h5::{FileOrigin, H5BrowserUtil, Node};

use crate::args::GlobalArgs;
use crate::backend::NewFile;
use crate::failure::{self, Outcome};
use crate::location::{Location, limits};

/// The scheme of the only backend.
const SCHEME: &str = "file";

/// Opens files with the options of the command line; new ones are for readers as old as those of h5py's.
pub(crate) fn registry(global: &GlobalArgs) -> Registry {
    let global = global.clone();
    registry_with(move |path, mode| {
        let (backend, bounds) = (global.backend, LibverBounds::Earliest);
        match mode {
            Mode::Read => backend.open(path, limits(), &global),
            Mode::ReadLive => backend.open_live(path, limits(), &global),
            Mode::ReadWrite => backend.open_to_change(path, bounds, limits(), &global),
            Mode::Create | Mode::CreateNew => create(backend, path, mode, &global),
        }
    })
}

fn create(backend: crate::backend::Backend, path: &Path, mode: Mode, global: &GlobalArgs) -> Result<File> {
    let new = NewFile { replaces: mode == Mode::Create, ..NewFile::default() };
    backend.create(path, &new, LibverBounds::Earliest, limits(), global)
}

fn registry_with(open: impl Fn(&Path, Mode) -> Result<File> + Send + Sync + 'static) -> Registry {
    let mut registry = Registry::new(SCHEME);
    let opener = move |path: &OsStr, mode| -> Result<Arc<dyn Backend>> {
        Ok(Arc::clone(open(Path::new(path), mode)?.backend()))
    };
    // The scheme is one, so that nothing is refused.
    let _ = registry.register(SCHEME, opener);
    registry
}

/// A place in a file that is open for reading.
pub(crate) struct Place {
    /// As the user named it.
    pub(crate) location: Location,
    /// The file.
    pub(crate) browser: H5BrowserUtil,
    /// Who made it.
    pub(crate) origin: FileOrigin,
}

impl Place {
    /// Opens the file of a place, and tells what is to know of it.
    pub(crate) fn open(place: &OsStr, global: &GlobalArgs) -> Outcome<Self> {
        let location = Location::parse(place);
        // A name alone, so that a colon in the file's own is none of a scheme's.
        let browser =
            H5BrowserUtil::open(&registry_for(&location, global)?, "file").map_err(|e| location.blame(e))?;
        let origin = browser.origin().map_err(|error| location.blame(error))?;
        if let Some(warning) = origin.warning().filter(|_| !global.quiet) {
            failure::warn(&format!("{}: {warning}", location.file_text()));
        }
        Ok(Self { location, browser, origin })
    }

    /// The node that was named.
    pub(crate) fn node(&self) -> Outcome<Node> {
        let path = self.location.path.to_text();
        let path = if path.is_empty() { "/" } else { &*path };
        self.browser.get_node(path).map_err(|error| self.location.blame(error))
    }

    /// Names the file in an error.
    pub(crate) fn blame(&self, error: h5::Error) -> failure::Failure {
        self.location.blame(error)
    }
}

/// A registry that opens one file for reading, and new ones, whatever they are called.
fn registry_for(location: &Location, global: &GlobalArgs) -> Outcome<Registry> {
    let (file, backend, global) = (location.file.clone(), location.backend(global)?, global.clone());
    Ok(registry_with(move |path, mode| match mode {
        Mode::Read => backend.open(&file, limits(), &global),
        Mode::ReadLive => backend.open_live(&file, limits(), &global),
        Mode::ReadWrite => Err(h5::Error::unsupported("files are only read")),
        Mode::Create | Mode::CreateNew => create(global.backend, path, mode, &global),
    }))
}

/// Who made a file, in words.
pub(crate) fn origin_text(origin: &FileOrigin) -> String {
    match origin {
        FileOrigin::Pymodaq(version) if version.is_empty() || version == "0.0.0" => "PyMoDAQ".to_owned(),
        FileOrigin::Pymodaq(version) | FileOrigin::Legacy(version) => format!("PyMoDAQ {version}"),
        _ => "not a file of PyMoDAQ's".to_owned(),
    }
}
