//! Single writer, multiple readers (SWMR): other programs follow a file while it is written.
//!
//! While readers are let in, elements and extents change and nothing else, so that attributes which follow the length of an array
//! are behind it in the file. They are brought up to date when access ends.

use std::ffi::OsStr;

use h5_backend::{Feature, File, Registry};
use h5_types::{Error, Result};
use pymodaq_data::PyValue;

use super::pending::Grown;
use super::{FileMode, Flavour, H5Backend, Shared};
use crate::node::NodeKind;

/// Whether a file can be written for readers: noted when it is made.
pub(super) const COMPATIBLE: &str = "swmr_compatible";
/// Whether it is being written for them: a plain truth value, which programs find that know nothing of PyMoDAQ.
pub(super) const ACTIVE: &str = "swmr_active";

/// How far single-writer, multiple-reader access of the open file has come.
#[derive(Debug, Clone, Default)]
pub(super) enum Swmr {
    /// It was not asked for.
    #[default]
    Off,
    /// This program is one of the readers.
    Reading,
    /// This program is the writer, and lets readers in once the structure of the file is complete.
    Prepared(Registry),
    /// Readers are let in.
    Active(Registry),
}

/// Where the value of an attribute that follows an array's length is found.
pub(crate) enum Followed {
    /// In the file.
    InFile,
    /// Nowhere but in the extent of this array.
    Extent(Grown),
    /// In the extent of whatever array has it: the file is another program's.
    AnyExtent,
}

impl H5Backend {
    /// As [`H5Backend::open_file`], to write the file for readers of other programs at the same time (*single writer, multiple
    /// readers*, SWMR), with backends of a registry that write what these need: `LibverBounds::V110` for native files.
    ///
    /// Readers are let in by [`H5Backend::enable_swmr`]. With [`FileMode::Read`] this is [`FileMode::ReadLive`].
    ///
    /// # Errors
    /// `Unsupported` for files of PyTables' flavour, which PyTables would not follow, and where the backend has no SWMR; `Usage` for a
    /// file that is there and was not made for it; else as [`H5Backend::open_file`].
    pub fn open_file_swmr(
        &self,
        location: impl AsRef<OsStr>,
        mode: FileMode,
        registry: &Registry,
    ) -> Result<()> {
        self.open_tracking(location.as_ref(), mode, super::TITLE, Some(registry)).map(|_| ())
    }

    /// Lets readers in, once the structure of the file is complete: from now on elements are written and arrays grow, and whatever else
    /// changes the file is refused as `Usage`, lines of logs included. What was written before is flushed. A second time, does nothing.
    ///
    /// # Errors
    /// `Usage` if the file was not opened by [`H5Backend::open_file_swmr`]; `Unsupported` for a file whose version is without SWMR; `Io`,
    /// `Service`.
    pub fn enable_swmr(&self) -> Result<()> {
        let mut state = self.state();
        let registry = match &state.swmr {
            Swmr::Active(_) => return Ok(()),
            Swmr::Prepared(registry) => registry.clone(),
            Swmr::Off | Swmr::Reading => {
                let message = "the file was not opened to be written for readers at the same time (SWMR)";
                return Err(Error::usage(message));
            }
        };
        let Some(file) = state.file.clone() else { return Err(Error::usage("no file is open")) };
        state.pending.settle_all(self.flavour())?;
        let root = file.root()?;
        root.set_attr(ACTIVE, true)?;
        file.start_swmr().inspect_err(|_| {
            // The first error is the one to tell of.
            let _ = root.set_attr(ACTIVE, false);
        })?;
        state.swmr = Swmr::Active(registry);
        Ok(())
    }

    /// Ends single-writer, multiple-reader access and brings the attributes up to date that follow the lengths of arrays; then closes the
    /// file, unless it is to stay open. It can then be changed in every way, and [`H5Backend::enable_swmr`] lets readers in again.
    ///
    /// Where access never began, this does nothing but close the file, unless it is to stay open.
    ///
    /// # Errors
    /// As [`H5Backend::flush`], [`H5Backend::close_file`].
    pub fn finalize_swmr(&self, keep_open: bool) -> Result<()> {
        self.0.end_swmr()?;
        if keep_open { Ok(()) } else { self.close_file() }
    }

    /// Says of all arrays that grow what their shapes are, and that nobody writes the file for readers: for a file whose writer was
    /// killed, or never did so itself.
    ///
    /// A file that says that it is being written for readers is treated so whenever it is opened for writing.
    ///
    /// # Errors
    /// `Usage` while access is active, `Unsupported` on a file that is open for reading; `Format`, `Io`, `Service`.
    pub fn reconcile_swmr_attrs(&self) -> Result<()> {
        for node in self.walk_nodes("/")? {
            let node = node?;
            if !matches!(node.kind(), NodeKind::EArray | NodeKind::VlArray | NodeKind::StringArray) {
                continue;
            }
            let is_axis = node.get_attr("data_type")?.as_ref().and_then(PyValue::as_str) == Some("axis");
            Grown::new(node.dataset()?, is_axis.then_some(0)).settle(self.flavour())?;
        }
        let root = self.root()?;
        if root.has_attr(ACTIVE)? {
            root.object().set_attr(ACTIVE, false)?;
        }
        self.flush()
    }

    /// Whether the open file was made to be written for readers at the same time.
    ///
    /// # Errors
    /// `Usage` if no file is open, `Format`, `Io`.
    pub fn is_swmr_compatible(&self) -> Result<bool> {
        Ok(self.root()?.get_attr(COMPATIBLE)? == Some(PyValue::Bool(true)))
    }

    /// Whether the open file, as it was opened, can be written for readers at the same time.
    pub fn is_swmr_capable(&self) -> bool {
        let state = self.state();
        matches!(state.swmr, Swmr::Prepared(_) | Swmr::Active(_))
    }

    /// Whether readers are let in.
    pub fn is_swmr_active(&self) -> bool {
        self.state().swmr.is_active()
    }

    /// Refuses what no reader would follow, before any file is opened.
    pub(super) fn check_swmr_flavour(&self) -> Result<()> {
        if self.flavour() == Flavour::H5py {
            return Ok(());
        }
        let message = "PyTables follows no file that is being written (SWMR): ask for h5py's flavour";
        Err(Error::unsupported(message))
    }

    /// Refuses a file that cannot be written for readers.
    pub(super) fn check_swmr(&self, file: &File, is_new: bool) -> Result<()> {
        if !file.backend().capability().has(Feature::Swmr) {
            let message =
                "the backend, as it opens files, does not write for readers at the same time (SWMR)";
            return Err(Error::unsupported(message));
        }
        let noted = crate::attribute_value::read_value(file.root()?.object(), COMPATIBLE)?;
        if !is_new && noted != Some(PyValue::Bool(true)) {
            let message =
                "the file was not made to be written for readers at the same time (SWMR): make a new one";
            return Err(Error::usage(message));
        }
        Ok(())
    }

    /// Whether the file says that it is being written for readers, though this program opened it for writing alone.
    pub(super) fn was_left_active(&self) -> Result<bool> {
        Ok(self.root()?.get_attr(ACTIVE)? == Some(PyValue::Bool(true)))
    }

    /// Where the value of an attribute that follows an array's length is found. If it is behind in the file and can be brought up to
    /// date there, it is.
    pub(crate) fn follow(&self, token: h5_types::ObjectToken) -> Result<Followed> {
        let mut state = self.state();
        match state.swmr {
            Swmr::Reading => Ok(Followed::AnyExtent),
            Swmr::Active(_) => Ok(state.pending.get(token).map_or(Followed::InFile, Followed::Extent)),
            Swmr::Off | Swmr::Prepared(_) => {
                state.pending.settle(token, self.flavour())?;
                Ok(Followed::InFile)
            }
        }
    }
}

impl Swmr {
    /// What a file is opened for: by this mode, and a registry if SWMR is asked for.
    pub(super) fn of(mode: FileMode, registry: Option<&Registry>) -> Self {
        match (mode, registry) {
            (FileMode::ReadLive, _) | (FileMode::Read, Some(_)) => Self::Reading,
            (FileMode::Read, None) | (_, None) => Self::Off,
            (_, Some(registry)) => Self::Prepared(registry.clone()),
        }
    }

    pub(super) fn is_active(&self) -> bool {
        matches!(self, Self::Active(_))
    }
}

impl Shared {
    /// If readers are let in, ends that, and brings the attributes up to date.
    pub(super) fn end_swmr(&self) -> Result<()> {
        if cfg!(h5_read_only) {
            return Ok(());
        }
        let mut state = self.lock();
        let Swmr::Active(registry) = state.swmr.clone() else { return Ok(()) };
        let Some(file) = state.file.clone() else { return Ok(()) };
        file.end_swmr()?;
        state.swmr = Swmr::Prepared(registry);
        state.pending.settle_all(self.flavour)?;
        file.root()?.set_attr(ACTIVE, false)?;
        file.flush()
    }
}
