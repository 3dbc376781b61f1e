//! Opening, flushing and closing.

use std::ffi::OsStr;
use std::str::FromStr;

use h5_backend::{CopyOptions, File, Mode, Registry};
use h5_types::{Error, ErrorKind, Result};

use super::H5Backend;
use super::swmr::{COMPATIBLE, Swmr};
use crate::attribute_value::write_value;
use crate::node::GROUP;
use crate::{LAYOUT_VERSION, PYMODAQ_VERSION};

/// What a file is opened for, with Python's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FileMode {
    /// `r`: reading.
    #[default]
    Read,
    /// `r` with SWMR: reading a file that another program may be writing, as it is at each moment.
    ReadLive,
    /// `r+`: reading and writing a file that is there.
    ReadWrite,
    /// `a`: reading and writing, of a new file if there is none.
    Append,
    /// `w`: a new file, in the place of one that is there.
    Write,
}

impl FromStr for FileMode {
    type Err = Error;

    fn from_str(mode: &str) -> Result<Self> {
        match mode {
            "r" => Ok(Self::Read),
            "r+" => Ok(Self::ReadWrite),
            "a" => Ok(Self::Append),
            "w" => Ok(Self::Write),
            _ => Err(Error::usage(format!("{mode:?} is no mode; there are r, r+, a and w"))),
        }
    }
}

/// Title of the root group, unless another is given.
pub(crate) const TITLE: &str = "PyMoDAQ file";

impl H5Backend {
    /// Opens or creates the file of a location, after closing the one that was open.
    ///
    /// A new file gets the title and the versions as attributes of its root group.
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied`, `Format`, `Io`, `Service`: see [`h5_backend::Registry::open`].
    pub fn open_file(&self, location: impl AsRef<OsStr>, mode: FileMode) -> Result<()> {
        self.open_file_titled(location, mode, TITLE)
    }

    /// As [`H5Backend::open_file`], with a title of the caller's for a new file.
    ///
    /// # Errors
    /// As there.
    pub fn open_file_titled(&self, location: impl AsRef<OsStr>, mode: FileMode, title: &str) -> Result<()> {
        self.open_tracking(location.as_ref(), mode, title, None).map(|_| ())
    }

    /// Opens or creates a file, with a registry if it is to be written for readers, and says whether it is new.
    pub(crate) fn open_tracking(
        &self,
        location: &OsStr,
        mode: FileMode,
        title: &str,
        swmr: Option<&Registry>,
    ) -> Result<bool> {
        self.close_file()?;
        let intent = Swmr::of(mode, swmr);
        let is_for_readers = matches!(intent, Swmr::Prepared(_));
        if is_for_readers {
            self.check_swmr_flavour()?;
        }
        let mode = if matches!(intent, Swmr::Reading) { FileMode::ReadLive } else { mode };
        let (file, is_new) = open_or_create(swmr.unwrap_or(self.registry()), location, mode)?;
        if is_for_readers {
            self.check_swmr(&file, is_new)
                .map_err(|error| error.with_path(location.to_string_lossy().into_owned()))?;
        }
        {
            let mut state = self.state();
            state.file = Some(file);
            state.location = location.to_owned();
            state.pending.clear();
            state.swmr = intent;
        }
        if is_new {
            self.write_root(title)?;
            if is_for_readers {
                self.root()?.set_attr(COMPATIBLE, true)?;
            }
        } else if !matches!(mode, FileMode::Read | FileMode::ReadLive) && self.was_left_active()? {
            self.reconcile_swmr_attrs()?;
        }
        Ok(is_new)
    }

    fn write_root(&self, title: &str) -> Result<()> {
        let root = self.root()?;
        let flavour = self.flavour();
        root.describe("GROUP", title, Some("1.0"))?;
        if flavour == super::Flavour::PyTables {
            root.set_raw_attr("PYTABLES_FORMAT_VERSION", "2.1")?;
        }
        write_value(root.object(), "pymodaq_version", &PYMODAQ_VERSION.into(), flavour)?;
        write_value(root.object(), "pymodaq_data_version", &LAYOUT_VERSION.into(), flavour)
    }

    /// Whether a file is open.
    pub fn isopen(&self) -> bool {
        self.state().file.is_some()
    }

    /// Flushes and closes the file, if one is open. Nodes of it fail with `Usage` from then on.
    ///
    /// One that readers follow is finished as by [`H5Backend::finalize_swmr`].
    ///
    /// # Errors
    /// `Io`, `Service` if the last changes could not be written; as [`H5Backend::finalize_swmr`]. The file is closed all the same.
    pub fn close_file(&self) -> Result<()> {
        let flavour = self.flavour();
        let ended = self.0.end_swmr();
        let (file, settled) = {
            let mut state = self.state();
            state.swmr = Swmr::Off;
            let Some(file) = state.file.take() else { return Ok(()) };
            let settled = state.pending.settle_all(flavour);
            state.pending.clear();
            (file, settled)
        };
        let closed = file.close();
        ended.and(settled).and(closed)
    }

    /// Makes all changes so far durable: whoever opens the file afterwards finds them, however this process ends.
    ///
    /// # Errors
    /// `Usage` if no file is open, `Io`, `Service`.
    pub fn flush(&self) -> Result<()> {
        let flavour = self.flavour();
        let file = {
            let mut state = self.state();
            if !state.swmr.is_active() {
                state.pending.settle_all(flavour)?;
            }
            state.file.clone()
        };
        file.ok_or_else(|| Error::usage("no file is open"))?.flush()
    }

    /// The root group.
    ///
    /// # Errors
    /// `Usage` if no file is open, `Format`, `Io`.
    pub fn root(&self) -> Result<GROUP> {
        let root = self.h5file()?.root()?;
        GROUP::wrap(root.object().clone(), self)
    }

    /// Copies all of the file to a new one of any backend, which must not be there yet.
    ///
    /// # Errors
    /// `AlreadyExists`; those of [`CopyOptions::copy_contents`].
    pub fn save_file_as(&self, location: impl AsRef<OsStr>) -> Result<()> {
        self.flush_if_writable()?;
        let (from, to) = (self.h5file()?, self.registry().open(location, Mode::CreateNew)?);
        CopyOptions::new().copy_contents(&from.root()?, &to.root()?)?;
        to.close()
    }

    /// A file that is open for reading has nothing to flush.
    pub(crate) fn flush_if_writable(&self) -> Result<()> {
        match self.flush() {
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(()),
            flushed => flushed,
        }
    }
}

fn open_or_create(registry: &Registry, location: &OsStr, mode: FileMode) -> Result<(File, bool)> {
    match mode {
        FileMode::Read => Ok((registry.open(location, Mode::Read)?, false)),
        FileMode::ReadLive => Ok((registry.open(location, Mode::ReadLive)?, false)),
        FileMode::ReadWrite => Ok((registry.open(location, Mode::ReadWrite)?, false)),
        FileMode::Write => Ok((registry.open(location, Mode::Create)?, true)),
        FileMode::Append => match registry.open(location, Mode::ReadWrite) {
            Ok(file) => Ok((file, false)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Ok((registry.open(location, Mode::CreateNew)?, true))
            }
            Err(error) => Err(error),
        },
    }
}
