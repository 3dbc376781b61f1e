//! Which release of PyMoDAQ wrote a file.

use h5_types::{Error, Result};
use pymodaq_data::PyValue;

use super::H5Backend;

impl H5Backend {
    /// The release of PyMoDAQ that wrote the file, as it is noted; `None` if it is not.
    ///
    /// # Errors
    /// `Usage` if no file is open, `Format`, `Io`.
    pub fn pymodaq_version(&self) -> Result<Option<String>> {
        let noted = self.root()?.get_attr("pymodaq_version")?;
        Ok(match noted {
            Some(PyValue::Str(version)) => Some(version),
            // A raw `4.2` reads as a number.
            Some(PyValue::Float(version)) => Some(version.to_string()),
            Some(PyValue::Int(version)) => Some(version.to_string()),
            _ => None,
        })
    }

    /// Refuses a file of a release before 4, whose layout was another; one that says nothing is let through.
    ///
    /// # Errors
    /// `Unsupported` for such a file; else as [`H5Backend::pymodaq_version`].
    pub fn check_version(&self) -> Result<()> {
        let Some(version) = self.pymodaq_version()? else { return Ok(()) };
        let major: Option<u32> = version.split('.').next().and_then(|major| major.parse().ok());
        // 0.0.0 is noted where pymodaq_data is installed without pymodaq.
        if major.is_some_and(|major| (1..4).contains(&major)) {
            let message = format!(
                "written by PyMoDAQ {version}, whose layout is another: open it with PyMoDAQ 3 (there is no converter)"
            );
            return Err(Error::unsupported(message).with_path(self.file_path().to_string_lossy()));
        }
        Ok(())
    }
}
