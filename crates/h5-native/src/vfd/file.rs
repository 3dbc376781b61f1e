use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::Vfd;
use super::companion::CompanionPath;

/// A file of the operating system, read and written by position; the file's own cursor is not used.
///
/// Its companion is the file `NAME.h5j` in the same folder, where `NAME` is the whole name of the file, or of the one that a symbolic link
/// leads to. Nothing but a regular file is taken for it.
#[derive(Debug)]
pub struct FileVfd {
    file: File,
    /// `None` if nobody told the path.
    companion: Option<CompanionPath>,
}

impl FileVfd {
    /// Opens a file for reading.
    ///
    /// # Errors
    /// Whatever the operating system reports; `InvalidInput` for a directory.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self::at(File::open(path)?, path))
    }

    /// Opens a file for reading and writing.
    ///
    /// # Errors
    /// Whatever the operating system reports.
    pub fn open_writable(path: &Path) -> io::Result<Self> {
        Ok(Self::at(File::options().read(true).write(true).open(path)?, path))
    }

    /// Creates a file, or opens the one that is there without touching what it holds; with `new`, one that is there is an error.
    ///
    /// # Errors
    /// Whatever the operating system reports.
    pub fn create(path: &Path, new: bool) -> io::Result<Self> {
        let mut options = File::options();
        options.read(true).write(true).truncate(false).create(true).create_new(new);
        Ok(Self::at(options.open(path)?, path))
    }

    /// Takes over an open file. Nobody knows its path: it has no companion.
    pub fn new(file: File) -> Self {
        Self { file, companion: None }
    }

    fn at(file: File, path: &Path) -> Self {
        Self { file, companion: Some(CompanionPath::of(path)) }
    }

    /// The file below.
    pub fn file(&self) -> &File {
        &self.file
    }
}

impl Vfd for FileVfd {
    fn len(&self) -> io::Result<u64> {
        self.file.metadata().map(|m| m.len())
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, buffer, offset)
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
        std::os::unix::fs::FileExt::write_at(&self.file, bytes, offset)
    }

    #[cfg(windows)]
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_write(&self.file, bytes, offset)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn companion(&self, create: bool) -> io::Result<Option<Arc<dyn Vfd>>> {
        super::companion::of_path(self.companion.as_ref(), create)
    }

    fn remove_companion(&self) -> io::Result<()> {
        self.companion.as_ref().map_or(Ok(()), CompanionPath::remove)
    }
}
