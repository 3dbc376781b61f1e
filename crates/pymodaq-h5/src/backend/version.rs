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
        if is_legacy(&version) {
            let message = format!(
                "written by PyMoDAQ {version}, whose layout is another: open it with PyMoDAQ 3 (there is no converter)"
            );
            return Err(Error::unsupported(message).with_path(self.file_path().to_string_lossy()));
        }
        Ok(())
    }
}

/// Whether a version is one before 4. What is no version is taken for a new one.
pub(crate) fn is_legacy(version: &str) -> bool {
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    // 0.0.0 is noted where pymodaq_data is installed without pymodaq.
    major.is_some_and(|major| (1..4).contains(&major))
}

#[cfg(test)]
mod tests {
    use super::is_legacy;

    #[test]
    fn releases_before_4_are_told() {
        for (version, legacy) in [
            ("3.6.13", true),
            ("1.6.2", true),
            ("4.0.0a0", false),
            ("5.3.8", false),
            ("0.0.0", false),
            ("dev", false),
        ] {
            assert_eq!(is_legacy(version), legacy, "{version}");
        }
    }
}
