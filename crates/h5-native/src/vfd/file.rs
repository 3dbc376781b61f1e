use std::fs::File;
use std::io;
use std::path::Path;

use super::Vfd;

/// A file of the operating system, read by position; the file's own cursor is not used.
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
}
