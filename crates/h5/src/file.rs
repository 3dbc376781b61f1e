use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use h5_native::{NativeFile, OpenOptions};
use h5_types::Result;

/// An open HDF5 file. All that a file offers is in [`h5_backend::File`], which this dereferences to.
#[derive(Debug, Clone)]
pub struct File(h5_backend::File);

impl File {
    /// Opens a file for reading, with default options.
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied`, `Io`; `Format` if it is no HDF5 file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, &OpenOptions::new())
    }

    /// Opens a file for reading, with options.
    ///
    /// # Errors
    /// As [`File::open`].
    pub fn open_with(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self> {
        Ok(Self::from_native(NativeFile::open(path.as_ref(), options)?))
    }

    /// Opens a file whose bytes are in memory.
    ///
    /// # Errors
    /// `Format` if it is no HDF5 file.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self> {
        let vfd = h5_native::vfd::MemoryVfd::new(bytes.into());
        Ok(Self::from_native(NativeFile::open_vfd(Arc::new(vfd), &OpenOptions::new())?))
    }

    fn from_native(file: NativeFile) -> Self {
        Self(h5_backend::File::from_backend(Arc::new(file)))
    }
}

impl Deref for File {
    type Target = h5_backend::File;

    fn deref(&self) -> &h5_backend::File {
        &self.0
    }
}
