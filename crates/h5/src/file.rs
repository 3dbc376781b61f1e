use std::io::{Read, Seek};
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use h5_native::vfd::{self, Vfd};
use h5_native::{CreateOptions, LiveFile, NativeFile, OpenOptions};
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

    /// Opens a file for reading, with options: a file of a stranger, for instance, that must not lead to others.
    ///
    /// ```
    /// use h5::prelude::*;
    ///
    /// # fn main() -> h5::Result<()> {
    /// let options = OpenOptions::new().access(AccessPolicy::Deny).storage(StorageKind::Memory).threads(1);
    /// let file = File::open_with("../../tests/fixtures/pymodaq/scan.h5", &options)?;
    /// # assert!(file.dataset("RawData/Logger").is_ok());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`File::open`].
    pub fn open_with(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self> {
        Ok(Self::from_native(NativeFile::open(path.as_ref(), options)?))
    }

    /// Opens a file for reading that another process may be writing: what it flushes is seen, see [`LiveFile`].
    ///
    /// ```
    /// use h5::prelude::*;
    ///
    /// # fn main() -> h5::Result<()> {
    /// # let directory = std::env::temp_dir().join(format!("h5-doc-live-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory).unwrap();
    /// # let path = directory.join("scan.h5");
    /// let writer = File::create(&path)?;
    /// let rows = writer.root()?.new_dataset::<f64>("rows").shape([0]).resizable().create()?;
    /// writer.flush()?;
    ///
    /// let reader = File::open_live(&path)?;
    /// let seen = reader.dataset("rows")?;
    /// rows.append(&[1.5, 2.5])?;
    /// assert_eq!(seen.shape()?, [0]);
    /// writer.flush()?;
    /// assert_eq!(seen.shape()?, [2]);
    /// # drop((writer, rows, reader, seen));
    /// # std::fs::remove_dir_all(&directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`LiveFile::open`].
    pub fn open_live(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_live_with(path, &OpenOptions::new())
    }

    /// As [`File::open_live`], with options.
    ///
    /// # Errors
    /// As [`LiveFile::open`].
    pub fn open_live_with(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self> {
        let live = LiveFile::open(path.as_ref(), options)?;
        Ok(Self(h5_backend::File::from_backend(Arc::new(live))))
    }

    /// Creates a file, in the place of one that is there, and opens it for reading and writing.
    ///
    /// What is written is in the file after [`flush`](h5_backend::File::flush) or [`close`](h5_backend::File::close), which say what went
    /// wrong. The last handle that goes closes the file too, and can only print it.
    ///
    /// ```
    /// use h5::prelude::*;
    ///
    /// # fn main() -> h5::Result<()> {
    /// # let directory = std::env::temp_dir().join(format!("h5-doc-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory).unwrap();
    /// # let path = directory.join("scan.h5");
    /// let file = File::create(&path)?;
    /// let camera = file.root()?.create_group("camera")?;
    /// camera.set_attr("exposure", 0.02)?;
    /// file.close()?;
    /// assert_eq!(File::open(&path)?.group("camera")?.attr("exposure")?.read_scalar::<f64>()?, 0.02);
    /// # std::fs::remove_dir_all(&directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `PermissionDenied` (another process has the file open, say), `Io`.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        Self::create_with(path, &CreateOptions::new(), &OpenOptions::new())
    }

    /// Creates a file with options: version bounds, a user block, durability.
    ///
    /// # Errors
    /// As [`File::create`]; `Usage` if the options contradict each other.
    pub fn create_with(
        path: impl AsRef<Path>,
        create: &CreateOptions,
        options: &OpenOptions,
    ) -> Result<Self> {
        Ok(Self::from_native(NativeFile::create(path.as_ref(), create, options)?))
    }

    /// Opens a file for reading and writing.
    ///
    /// # Errors
    /// As [`File::open`]; `Usage` if a writer has the file open or left it so.
    pub fn open_rw(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_rw_with(path, &OpenOptions::new())
    }

    /// Opens a file for reading and writing, with options.
    ///
    /// # Errors
    /// As [`File::open_rw`].
    pub fn open_rw_with(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self> {
        Ok(Self::from_native(NativeFile::open_writable(path.as_ref(), options)?))
    }

    /// Creates a file in a driver of the caller's.
    ///
    /// # Errors
    /// As [`File::create_with`].
    pub fn create_vfd(vfd: Arc<dyn Vfd>, create: &CreateOptions, options: &OpenOptions) -> Result<Self> {
        Ok(Self::from_native(NativeFile::create_vfd(vfd, create, options)?))
    }

    /// Opens a file in a driver of the caller's for reading and writing.
    ///
    /// # Errors
    /// As [`File::open_rw`].
    pub fn open_rw_vfd(vfd: Arc<dyn Vfd>, options: &OpenOptions) -> Result<Self> {
        Ok(Self::from_native(NativeFile::open_writable_vfd(vfd, options)?))
    }

    /// Opens a file whose bytes are in memory.
    ///
    /// # Errors
    /// `Format` if it is no HDF5 file.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self> {
        Self::open_vfd(Arc::new(vfd::MemoryVfd::new(bytes.into())), &OpenOptions::new())
    }

    /// Opens a file that is reached through anything that reads and seeks. Reads of several threads take turns.
    ///
    /// ```
    /// # fn main() -> h5::Result<()> {
    /// let bytes = std::fs::read("../../tests/fixtures/pymodaq/scan.h5")?;
    /// let file = h5::File::open_reader(std::io::Cursor::new(bytes))?;
    /// assert_eq!(file.root()?.link_count()?, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Format` if it is no HDF5 file, `Io`.
    pub fn open_reader(reader: impl Read + Seek + Send + 'static) -> Result<Self> {
        Self::open_vfd(Arc::new(vfd::SeekVfd::new(reader)?), &OpenOptions::new())
    }

    /// Opens a file whose bytes are reached through a driver of the caller's. It has no directory: other files that it names are not
    /// found.
    ///
    /// # Errors
    /// `Format` if it is no HDF5 file, `Io`.
    pub fn open_vfd(vfd: Arc<dyn Vfd>, options: &OpenOptions) -> Result<Self> {
        Ok(Self::from_native(NativeFile::open_vfd(vfd, options)?))
    }

    /// A file that a backend of the caller's has open.
    pub fn from_backend(backend: Arc<dyn h5_backend::Backend>) -> Self {
        Self(h5_backend::File::from_backend(backend))
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

impl From<h5_backend::File> for File {
    fn from(file: h5_backend::File) -> Self {
        Self(file)
    }
}
