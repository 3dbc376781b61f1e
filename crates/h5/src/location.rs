//! Files by their location, on whatever backend that is.

use std::path::Path;
use std::sync::Arc;

use h5_backend::{Backend, Mode, Registry};
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_types::Result;

use crate::File;

/// The backends of this crate by their schemes: `native`, which plain paths go to as well. A program adds its own with
/// [`Registry::register`].
pub fn standard_registry() -> Registry {
    standard_registry_with(&OpenOptions::new())
}

/// As [`standard_registry`], with options for native files: `OpenOptions::new().bounds(LibverBounds::Earliest)`, say, for files that even
/// old readers know.
pub fn standard_registry_with(options: &OpenOptions) -> Registry {
    let mut registry = Registry::new("native");
    let options = options.clone();
    let opener = move |path: &std::ffi::OsStr, mode| -> Result<Arc<dyn Backend>> {
        let path = Path::new(path);
        let create = CreateOptions::new().exclusive(mode == Mode::CreateNew);
        Ok(Arc::new(match mode {
            Mode::Read => NativeFile::open(path, &options)?,
            Mode::ReadWrite => NativeFile::open_writable(path, &options)?,
            Mode::Create | Mode::CreateNew => NativeFile::create(path, &create, &options)?,
        }))
    };
    // The scheme is one, so that nothing is refused.
    let _ = registry.register("native", opener);
    registry
}

/// Opens or creates the file of a location with default options: a path, or `scheme:` and what the backend of that scheme understands.
///
/// ```
/// use h5::Mode;
///
/// # fn main() -> h5::Result<()> {
/// let file = h5::open_location("native:../../tests/fixtures/pymodaq/scan.h5", Mode::Read)?;
/// assert_eq!(file.root()?.link_count()?, 1);
/// assert!(h5::open_location("hsds://localhost/home/scan.h5", Mode::Read).is_err());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`Registry::open`].
pub fn open_location(location: impl AsRef<std::ffi::OsStr>, mode: Mode) -> Result<File> {
    Ok(standard_registry().open(location, mode)?.into())
}
