//! Opening a file as a saver's.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use h5_backend::Registry;
use h5_types::Result;
use pymodaq_data::{Attributes, SaveType};

use super::{H5SaverLowLevel, RAW_GROUP};
use crate::backend::{FileMode, Flavour};
use crate::clock;
use crate::node::GROUP;

/// How [`H5SaverLowLevel::init_file`] opens a file.
#[derive(Debug, Clone)]
#[must_use]
pub struct InitOptions {
    raw_group: String,
    new_file: bool,
    mode: FileMode,
    metadata: Attributes,
    swmr: Option<Registry>,
}

impl InitOptions {
    /// The defaults: raw group `RawData`, mode `a`, no metadata.
    pub fn new() -> Self {
        let raw_group = RAW_GROUP.to_owned();
        Self { raw_group, new_file: false, mode: FileMode::Append, metadata: Attributes::new(), swmr: None }
    }

    /// Makes a new file, in the place of one that is there.
    pub fn new_file(mut self, new_file: bool) -> Self {
        self.new_file = new_file;
        self
    }

    /// What the file is opened for, unless it is made anew.
    pub fn mode(mut self, mode: FileMode) -> Self {
        self.mode = mode;
        self
    }

    /// The name of the group that holds everything.
    pub fn raw_group_name(mut self, name: impl Into<String>) -> Self {
        self.raw_group = name.into();
        self
    }

    /// Writes the file for readers of other programs at the same time, with backends of this registry: see
    /// [`H5Backend::open_file_swmr`](crate::H5Backend::open_file_swmr).
    ///
    /// Readers are let in by the first save of a saver that extends or enlarges arrays, unless
    /// [`H5SaverLowLevel::set_swmr_on_first_save`] says otherwise, or by [`H5Backend::enable_swmr`](crate::H5Backend::enable_swmr).
    pub fn swmr(mut self, registry: &Registry) -> Self {
        self.swmr = Some(registry.clone());
        self
    }

    /// Attributes of the raw group of a new file.
    pub fn metadata(mut self, metadata: Attributes) -> Self {
        self.metadata = metadata;
        self
    }
}

impl Default for InitOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl H5SaverLowLevel {
    /// A saver on a file: [`H5SaverLowLevel::new`], then [`H5SaverLowLevel::init_file`].
    ///
    /// # Errors
    /// As there.
    pub fn from_file(
        registry: &Registry,
        flavour: Flavour,
        save_type: SaveType,
        location: impl AsRef<OsStr>,
        options: &InitOptions,
    ) -> Result<Self> {
        let saver = Self::new(registry, flavour, save_type);
        saver.init_file(location, options)?;
        Ok(saver)
    }

    /// Opens a file and makes its raw group and its log, unless they are there or the file is opened for reading.
    ///
    /// A path whose extension does not hold `h5` gets the extension `.h5`.
    ///
    /// # Errors
    /// As [`H5Backend::open_file`](crate::H5Backend::open_file), with [`InitOptions::swmr`] as
    /// [`H5Backend::open_file_swmr`](crate::H5Backend::open_file_swmr).
    pub fn init_file(&self, location: impl AsRef<OsStr>, options: &InitOptions) -> Result<()> {
        self.init_tracking(location.as_ref(), options).map(|_| ())
    }

    /// As [`H5SaverLowLevel::init_file`], and says whether the file is new.
    pub(crate) fn init_tracking(&self, location: &OsStr, options: &InitOptions) -> Result<bool> {
        let location = with_h5_extension(Path::new(location));
        let mode = if options.new_file { FileMode::Write } else { options.mode };
        let title = crate::backend::TITLE;
        let is_new = self.open_tracking(location.as_os_str(), mode, title, options.swmr.as_ref())?;
        self.state().raw_group = format!("/{}", options.raw_group);
        if matches!(mode, FileMode::Read | FileMode::ReadLive) {
            return Ok(false);
        }
        let raw_group = self.get_set_group("/", &options.raw_group, "Data from PyMoDAQ modules")?;
        self.get_set_logger(&raw_group)?;
        if !is_new {
            return Ok(false);
        }
        raw_group.set_attr("type", self.save_type().name())?;
        let root = self.root()?;
        root.set_attr("file", self.filename())?;
        let now = clock::LocalTime::now();
        root.set_attr("date", now.date())?;
        root.set_attr("time", now.time())?;
        raw_group.set_attrs(&options.metadata)?;
        Ok(true)
    }

    /// The group that holds everything.
    ///
    /// # Errors
    /// `NotFound` if the file has none, `Usage` if no file is open.
    pub fn raw_group(&self) -> Result<GROUP> {
        let path = self.state().raw_group.clone();
        self.get_node(path)?.into_group()
    }
}

fn with_h5_extension(path: &Path) -> PathBuf {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    if extension.contains("h5") { path.to_owned() } else { path.with_extension("h5") }
}
