use std::fs::File;
use std::io;
use std::path::Path;

use super::Vfd;

/// A file of the operating system, read and written by position; the file's own cursor is not used.
#[derive(Debug)]
pub struct FileVfd(File);

impl FileVfd {
    /// Opens a file for reading.
    ///
    /// # Errors
    /// Whatever the operating system reports; `InvalidInput` for a directory.
    pub fn open(path: &Path) -> io::Result<Self> {
        File::open(path).map(Self)
    }

    /// Opens a file for reading and writing.
    ///
    /// # Errors
    /// Whatever the operating system reports.
    pub fn open_writable(path: &Path) -> io::Result<Self> {
        File::options().read(true).write(true).open(path).map(Self)
    }

    /// Creates a file, or opens the one that is there without touching what it holds; with `new`, one that is there is an error.
    ///
    /// # Errors
    /// Whatever the operating system reports.
    pub fn create(path: &Path, new: bool) -> io::Result<Self> {
        let mut options = File::options();
        options.read(true).write(true).truncate(false).create(true).create_new(new);
        options.open(path).map(Self)
    }

    /// Takes over an open file.
    pub fn new(file: File) -> Self {
        Self(file)
    }

    /// The file below.
    pub fn file(&self) -> &File {
        &self.0
    }
}

impl Vfd for FileVfd {
    fn len(&self) -> io::Result<u64> {
        self.0.metadata().map(|m| m.len())
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.0, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.0, buffer, offset)
    }

    /// Targets without files: `File::open` fails there, so that this is never reached.
    #[cfg(not(any(unix, windows)))]
    fn read_at(&self, _offset: u64, _buffer: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }

    #[cfg(unix)]
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::write_at(&self.0, bytes, offset)
    }

    #[cfg(windows)]
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_write(&self.0, bytes, offset)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}
