//! Files that are opened for reading, whether or not somebody is writing them.

use std::ffi::OsStr;

use h5_backend::{File, Mode, Registry};
use h5_types::Result;
use pymodaq_data::PyValue;

use super::swmr::ACTIVE;
use crate::attribute_value::read_value;

/// Whether a file is opened as one that another program is writing, with Python's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ReadSwmr {
    /// `'auto'`: if the file says that it is being written for readers.
    #[default]
    Auto,
    /// `True`: the file is followed, whatever it says.
    Always,
    /// `False`: the file is as it is when it is opened. Whether one that is being written can be opened so is up to the backend.
    Never,
}

/// Whether a file says that it is being written for readers (SWMR). What a killed writer left still says so.
///
/// The file is only looked at, without a lock.
///
/// # Errors
/// Those of opening the file for reading: `NotFound`, `PermissionDenied`, `Format`, `Io`, `Service`; `Unsupported` by backends that
/// follow no files.
pub fn is_file_swmr_active(registry: &Registry, location: impl AsRef<OsStr>) -> Result<bool> {
    let file = registry.open(location, Mode::ReadLive)?;
    let active = says_active(&file);
    file.close().and(active)
}

/// Opens a file for reading and tells whether it is followed: a dataset that is refreshed then shows what its writer has made so far, and
/// no lock is taken. Whether a file that is not followed is locked meanwhile is up to the registry's backends.
///
/// # Errors
/// Those of the backend, which may refuse a file that is being written for readers with [`ReadSwmr::Never`]; else as
/// [`is_file_swmr_active`].
pub fn open_h5_file_for_reading(
    registry: &Registry,
    location: impl AsRef<OsStr>,
    swmr: ReadSwmr,
) -> Result<(File, bool)> {
    let location = location.as_ref();
    let follows = match swmr {
        ReadSwmr::Auto => is_file_swmr_active(registry, location)?,
        ReadSwmr::Always => true,
        ReadSwmr::Never => false,
    };
    let mode = if follows { Mode::ReadLive } else { Mode::Read };
    Ok((registry.open(location, mode)?, follows))
}

fn says_active(file: &File) -> Result<bool> {
    Ok(read_value(file.root()?.object(), ACTIVE)? == Some(PyValue::Bool(true)))
}
