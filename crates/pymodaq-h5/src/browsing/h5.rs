//! A node as an HDF5 file of its own.

use std::path::Path;

use h5_backend::{CopyOptions, Mode};
use h5_types::{Error, ErrorKind, Result};

use super::exporter::H5Exporter;
use crate::backend::{FileMode, H5Backend};
use crate::node::Node;

/// Writes a node, with all that is below it, to a file of PyMoDAQ's layout in which it is the only one below `RawData`.
#[derive(Debug)]
pub(super) struct H5FileExporter;

impl H5Exporter for H5FileExporter {
    fn format_description(&self) -> &str {
        "Single node h5 file"
    }

    fn format_extension(&self) -> &str {
        "h5"
    }

    fn export_data(&self, node: &Node, file: &Path) -> Result<()> {
        if file.exists() {
            let error = Error::new(ErrorKind::AlreadyExists, "a file of that name");
            return Err(error.with_path(file.to_string_lossy()));
        }
        node.backend().flush_if_writable()?;
        let registry = node.backend().registry();
        if node.path() == "/" {
            let whole = registry.open(file, Mode::CreateNew)?;
            CopyOptions::new().copy_contents(&node.object().clone().into_group()?, &whole.root()?)?;
            return whole.close();
        }
        let target = H5Backend::new(registry, node.backend().flavour());
        target.open_file(file, FileMode::Write)?;
        // A raw group that is exported itself takes the place of the one around others.
        let parent = match node.path() {
            "/RawData" => target.root()?,
            _ => target.get_set_group("/", "RawData", "")?,
        };
        CopyOptions::new().copy(node.object(), &parent.h5_group()?, node.name())?;
        target.close_file()
    }
}
