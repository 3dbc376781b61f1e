//! `H5BrowserUtil`: looking into files, PyMoDAQ's or not, and exporting what they hold. Files are only read.

mod attributes;
mod csv;
mod exporter;
mod h5;
mod npy;
mod text;
mod values;

use std::ffi::OsStr;
use std::ops::Deref;
use std::path::Path;

use h5_backend::Registry;
use h5_types::{Error, Result};
use pymodaq_data::{Parameter, PyValue, SaveType};

use crate::backend::{FileMode, Flavour, H5Backend, Location, is_legacy};
use crate::node::Node;
use crate::saver::H5SaverLowLevel;

pub use attributes::{H5Attributes, ScanPicture};
pub use exporter::{ExporterFactory, H5Exporter};

/// Looks into a file and exports what it holds.
///
/// The file is opened for reading, and nothing is written into it: a file without PyMoDAQ's attributes is browsed as it is.
#[derive(Debug, Clone)]
pub struct H5BrowserUtil {
    saver: H5SaverLowLevel,
    exporters: ExporterFactory,
}

/// Who made a file, by its attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileOrigin {
    /// A release of PyMoDAQ since 4.0, whose layout is understood.
    Pymodaq(String),
    /// A release of PyMoDAQ before 4.0: nodes are browsed, data are not found by their axes.
    Legacy(String),
    /// Another program.
    Other,
}

impl FileOrigin {
    /// What a user has to know of it; `None` if there is nothing.
    pub fn warning(&self) -> Option<String> {
        match self {
            Self::Legacy(version) => Some(format!(
                "this file was written by PyMoDAQ {version}; axes and scans of releases before 4.0 are not understood: \
                 open it with PyMoDAQ 3.x, or take its arrays one by one"
            )),
            Self::Pymodaq(_) | Self::Other => None,
        }
    }
}

impl H5BrowserUtil {
    /// Opens a file of any extension for reading.
    ///
    /// # Errors
    /// As [`H5Backend::open_file`].
    pub fn open(registry: &Registry, location: impl AsRef<OsStr>) -> Result<Self> {
        let backend = H5Backend::new(registry, Flavour::default());
        backend.open_file(location, FileMode::Read)?;
        Ok(Self::over(&H5SaverLowLevel::over(backend, SaveType::Custom)))
    }

    /// Of a file that is open.
    pub fn over(saver: &H5SaverLowLevel) -> Self {
        Self { saver: saver.clone(), exporters: ExporterFactory::new() }
    }

    /// The file.
    pub fn h5saver(&self) -> &H5SaverLowLevel {
        &self.saver
    }

    /// The formats that nodes are exported in.
    pub fn exporters(&self) -> &ExporterFactory {
        &self.exporters
    }

    /// As [`H5BrowserUtil::exporters`], to register others.
    pub fn exporters_mut(&mut self) -> &mut ExporterFactory {
        &mut self.exporters
    }

    /// Who made the file.
    ///
    /// # Errors
    /// `Usage` if no file is open, `Format`, `Io`.
    pub fn origin(&self) -> Result<FileOrigin> {
        let root = self.saver.root()?;
        let version = self.saver.pymodaq_version()?;
        Ok(match version {
            Some(version) if is_legacy(&version) => FileOrigin::Legacy(version),
            Some(version) => FileOrigin::Pymodaq(version),
            None if root.find("RawData")?.is_some() => FileOrigin::Pymodaq(String::new()),
            None if root.find("Raw_datas")?.is_some() => FileOrigin::Legacy("3 or older".to_owned()),
            None => FileOrigin::Other,
        })
    }

    /// Exports a node in the format of a file's extension; of several of an extension, the one whose description `filter` begins with
    /// (`"Text files"`, or as file dialogs give it, `"Text files (*.txt)"`).
    ///
    /// # Errors
    /// `Usage` for an unknown format or a node that it does not hold; `Unsupported` for elements that it does not hold; `AlreadyExists` for
    /// an HDF5 file that is there; `Io`.
    pub fn export_data(
        &self,
        place: impl Location,
        file: impl AsRef<Path>,
        filter: Option<&str>,
    ) -> Result<()> {
        let file = file.as_ref();
        let node = place.node(&self.saver)?;
        let extension = file.extension().unwrap_or_default().to_string_lossy();
        let filter = filter.map(ExporterFactory::get_format_from_filter);
        self.exporters.create_exporter(&extension, filter)?.export_data(&node, file)
    }

    /// The settings that a node has as an attribute, as a tree; `None` if it has none.
    ///
    /// # Errors
    /// `Format` if they are not settings; those of reading.
    pub fn settings(&self, place: impl Location) -> Result<Option<Parameter>> {
        let node = place.node(&self.saver)?;
        match node.get_attr("settings")? {
            Some(value) => settings_tree(&value, &node),
            None => Ok(None),
        }
    }

    /// Appends a comment to a node: its attribute `comments`, as PyMoDAQ's browser keeps them.
    ///
    /// # Errors
    /// `Unsupported` on a file that is open for reading, as [`H5BrowserUtil::open`] opens it; `Io`, `Service`.
    pub fn add_comment(&self, place: impl Location, comment: &str) -> Result<()> {
        let node = place.node(&self.saver)?;
        let before = node.get_attr("comments")?;
        let before = before.as_ref().and_then(PyValue::as_str).unwrap_or_default();
        node.set_attr("comments", format!("{before}{comment}"))
    }
}

impl Deref for H5BrowserUtil {
    type Target = H5SaverLowLevel;

    fn deref(&self) -> &H5SaverLowLevel {
        &self.saver
    }
}

/// Settings as bytes or text, whichever a release wrote; empty ones are none.
fn settings_tree(value: &PyValue, node: &Node) -> Result<Option<Parameter>> {
    let parsed = match value {
        PyValue::Bytes(bytes) if !bytes.is_empty() => Parameter::from_xml_bytes(bytes),
        PyValue::Str(text) if !text.trim().is_empty() => Parameter::from_xml(text),
        _ => return Ok(None),
    };
    let malformed =
        |error: pymodaq_data::Error| Error::format(format!("settings: {error}")).with_path(node.path());
    parsed.map(Some).map_err(malformed)
}
