//! The formats that nodes are exported in.

use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use h5_types::{Error, Result};

use super::csv::CsvExporter;
use super::h5::H5FileExporter;
use super::npy::NpyExporter;
use super::text::{AsciiExporter, TextExporter};
use crate::node::Node;

/// A format that nodes are exported in.
pub trait H5Exporter: Send + Sync {
    /// What users choose it by: `Text files`.
    fn format_description(&self) -> &str;

    /// The extension of its files, without the dot.
    fn format_extension(&self) -> &str;

    /// Writes a node to a file.
    ///
    /// # Errors
    /// `Usage` for a node and `Unsupported` for elements that the format does not hold; those of reading and writing.
    fn export_data(&self, node: &Node, file: &Path) -> Result<()>;

    /// Writes what the file would have to wherever its bytes are to go.
    ///
    /// # Errors
    /// As [`H5Exporter::export_data`]; `Unsupported` for a format that is made in files only.
    fn write_data(&self, node: &Node, out: &mut dyn Write) -> Result<()> {
        let _ = (node, out);
        Err(Error::unsupported(format!("{} other than in files", self.format_description())))
    }
}

impl fmt::Debug for dyn H5Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (*.{})", self.format_description(), self.format_extension())
    }
}

/// The formats that are known, in the order in which they were registered.
#[derive(Debug, Clone)]
pub struct ExporterFactory {
    exporters: Vec<Arc<dyn H5Exporter>>,
}

impl ExporterFactory {
    /// The formats of this crate: h5, txt, npy, ascii and csv.
    pub fn new() -> Self {
        let mut exporters: Vec<Arc<dyn H5Exporter>> = vec![
            Arc::new(TextExporter),
            Arc::new(NpyExporter),
            Arc::new(AsciiExporter),
            Arc::new(CsvExporter),
        ];
        // Builds that only read make no HDF5 files.
        if !cfg!(h5_read_only) {
            exporters.insert(0, Arc::new(H5FileExporter));
        }
        Self { exporters }
    }

    /// Adds a format, or puts it in the place of one of the same extension and description.
    pub fn register_exporter(&mut self, exporter: impl H5Exporter + 'static) {
        let same = |known: &Arc<dyn H5Exporter>| {
            known.format_extension() == exporter.format_extension()
                && known.format_description() == exporter.format_description()
        };
        self.exporters.retain(|known| !same(known));
        self.exporters.push(Arc::new(exporter));
    }

    /// The format of an extension and a description; without a description the first one of the extension.
    ///
    /// # Errors
    /// `Usage` if there is none.
    pub fn create_exporter(&self, extension: &str, description: Option<&str>) -> Result<Arc<dyn H5Exporter>> {
        let of_extension =
            |known: &&Arc<dyn H5Exporter>| known.format_extension().eq_ignore_ascii_case(extension);
        let mut candidates = self.exporters.iter().filter(of_extension).peekable();
        if candidates.peek().is_none() {
            let known = self.extensions().collect::<Vec<_>>().join(", ");
            let message = match extension {
                "" => format!("an extension says what to export to; there are: {known}"),
                _ => format!("no export to .{extension}; there are: {known}"),
            };
            return Err(Error::usage(message));
        }
        let wanted = |known: &&Arc<dyn H5Exporter>| {
            description.is_none_or(|description| known.format_description() == description)
        };
        candidates.find(wanted).cloned().ok_or_else(|| {
            Error::usage(format!("no export {:?} to .{extension}", description.unwrap_or_default()))
        })
    }

    /// The extensions, in the order in which they were registered.
    pub fn extensions(&self) -> impl Iterator<Item = &str> {
        self.exporters.iter().map(|exporter| exporter.format_extension())
    }

    /// What file dialogs offer: `Text files (*.txt);;...`.
    pub fn get_file_filters(&self) -> String {
        self.exporters.iter().map(|exporter| format!("{exporter:?}")).collect::<Vec<_>>().join(";;")
    }

    /// The description in what a file dialog answers.
    pub fn get_format_from_filter(filter: &str) -> &str {
        filter.split(" (*").next().unwrap_or(filter)
    }
}

impl Default for ExporterFactory {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes a file in one go through a buffer. It is made with its first bytes, so that a refusal leaves none.
pub(super) fn write_file(file: &Path, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let named = |error: std::io::Error| Error::from(error).with_path(file.to_string_lossy());
    let mut out = NewFile { path: file, out: None };
    write(&mut out)?;
    out.opened().and_then(Write::flush).map_err(named)
}

/// A file that is made when something is written.
struct NewFile<'p> {
    path: &'p Path,
    out: Option<BufWriter<File>>,
}

impl NewFile<'_> {
    fn opened(&mut self) -> std::io::Result<&mut BufWriter<File>> {
        match &mut self.out {
            Some(out) => Ok(out),
            none => Ok(none.insert(BufWriter::new(File::create(self.path)?))),
        }
    }
}

impl Write for NewFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.opened()?.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.opened()?.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::ExporterFactory;

    #[test]
    fn formats_are_found_by_extension_and_description() {
        let exporters = ExporterFactory::new();
        let filters = exporters.get_file_filters();
        assert!(filters.starts_with(
            "Single node h5 file (*.h5);;Text files (*.txt);;Binary NumPy format (*.npy);;Ascii flimj file (*.ascii)"
        ));
        for filter in filters.split(";;") {
            let extension = filter.rsplit_once("*.").unwrap().1.trim_end_matches(')');
            let description = ExporterFactory::get_format_from_filter(filter);
            assert!(exporters.create_exporter(extension, Some(description)).is_ok(), "{filter}");
        }
        assert!(exporters.create_exporter("txt", Some("Binary NumPy format")).is_err());
        let error = exporters.create_exporter("doc", None).unwrap_err();
        assert!(error.message().contains("h5, txt, npy, ascii, csv"), "{error}");
    }
}
