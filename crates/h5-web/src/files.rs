//! Where files come from.

use std::fmt::Debug;

use h5_backend::File;
use h5_filters::Registry;
use h5_types::{Error, Result};

/// What makes JSON of PyMoDAQ's settings in XML; the error says what is wrong with them.
pub type SettingsReader = fn(&[u8]) -> std::result::Result<String, String>;

/// The files that a responder may show. How they are found and opened is the affair of whoever makes it.
pub trait Files: Send + Sync + Debug {
    /// Files that are shown from the start, by the names that requests use.
    fn names(&self) -> Vec<String>;

    /// Opens a file for reading.
    ///
    /// # Errors
    /// `NotFound` for a name that is not among those that may be opened; those of opening it.
    fn open(&self, name: &str) -> Result<File>;

    /// Opens a file to change it.
    ///
    /// # Errors
    /// `PermissionDenied` where files are only shown; those of opening it.
    fn open_writable(&self, name: &str) -> Result<File> {
        Err(Error::new(h5_types::ErrorKind::PermissionDenied, format!("{name} is open for reading only")))
    }

    /// True if files may be changed.
    fn is_writable(&self) -> bool {
        false
    }

    /// What is in a folder, which is named relative to the one that is served; `None` if no folder is served.
    ///
    /// # Errors
    /// `NotFound` for a folder that is not inside the one served, `Io`.
    fn list(&self, folder: &str) -> Result<Option<Vec<Entry>>> {
        let _ = folder;
        Ok(None)
    }

    /// The filters that files are read with: all that this build has, unless files are opened with others.
    fn filters(&self) -> Registry {
        Registry::standard()
    }

    /// What PyMoDAQ's settings are read with: [`crate::settings_json`], unless that is elsewhere.
    fn settings_reader(&self) -> SettingsReader {
        crate::settings_json
    }

    /// How a file is now, without opening it.
    ///
    /// # Errors
    /// As [`Files::open`].
    fn state(&self, name: &str) -> Result<FileState>;
}

/// How a file is at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileState {
    /// Length in bytes, where it is known.
    pub bytes: Option<u64>,
    /// Another text once the file has changed.
    pub version: String,
    /// True if another program may change it.
    pub live: bool,
}

/// A file or a folder in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the folder.
    pub name: String,
    /// The name that requests use: relative to the folder that is served.
    pub file: String,
    /// True for a folder.
    pub is_folder: bool,
    /// Length in bytes.
    pub bytes: Option<u64>,
    /// Time of modification, milliseconds since 1970.
    pub modified_ms: Option<u64>,
    /// True if it begins as an HDF5 file does.
    pub is_hdf5: bool,
}
