//! The file beside a file of the operating system in which a commit is recorded.

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::{FileVfd, Vfd};

/// What is appended to a file's whole name: `scan.h5` has `scan.h5.h5j`, so that no two files of a folder share one.
const EXTENSION: &str = ".h5j";

/// A symbolic link that leads to another one, and so on: so many are followed, as the operating system does.
const MOST_LINKS: usize = 40;

/// Where the companion of a file is.
#[derive(Debug)]
pub(super) struct CompanionPath {
    /// The file's own path, absolute: a program may change its working directory later.
    file: PathBuf,
    found: OnceLock<PathBuf>,
}

impl CompanionPath {
    /// Of the file at a path. Nothing is looked at yet.
    pub(super) fn of(file: &Path) -> Self {
        // Where there is no working directory, there are no files either.
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
        Self { file, found: OnceLock::new() }
    }

    /// Beside the file itself, not beside a symbolic link to it: all who open the file find the same one.
    fn path(&self) -> &Path {
        self.found.get_or_init(|| {
            let mut file = self.file.clone();
            for _ in 0..MOST_LINKS {
                let Ok(target) = std::fs::read_link(&file) else { break };
                file = file.parent().map_or(target.clone(), |folder| folder.join(&target));
            }
            let mut path = OsString::from(file);
            path.push(EXTENSION);
            path.into()
        })
    }

    /// The companion that is there, for reading. Without following a symbolic link, and none that this library cannot have made: see
    /// [`is_trusted`].
    ///
    /// # Errors
    /// Whatever the operating system reports of one that is there.
    pub(super) fn open(&self) -> io::Result<Option<FileVfd>> {
        let path = self.path();
        // What cannot be looked at is not there: most often it is not, and this is all that a file without one costs.
        let Ok(metadata) = std::fs::symlink_metadata(path) else { return Ok(None) };
        if !is_trusted(&metadata, &self.file, path) {
            return Ok(None);
        }
        match File::open(path) {
            Ok(file) if is_same(&file.metadata()?, &metadata) => Ok(Some(FileVfd::new(file))),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(at(path, &error)),
        }
    }

    /// A new, empty companion.
    ///
    /// # Errors
    /// `AlreadyExists` if anything at all is there, which is left alone; `PermissionDenied` if nobody would heed it; else whatever the operating system reports.
    pub(super) fn create(&self) -> io::Result<CompanionVfd> {
        let path = self.path();
        let mut options = File::options();
        let file = options.read(true).write(true).create_new(true).open(path).map_err(|e| at(path, &e))?;
        let folder = path.parent().unwrap_or(path).to_path_buf();
        if !is_trusted(&file.metadata()?, &self.file, path) {
            std::fs::remove_file(path)?;
            let why = "in a folder with the sticky bit it has to be made by the file's owner";
            return Err(at(path, &io::Error::new(io::ErrorKind::PermissionDenied, why)));
        }
        Ok(CompanionVfd { file: FileVfd::new(file), folder, has_safe_name: AtomicBool::new(false) })
    }

    /// Removes it for good.
    ///
    /// # Errors
    /// Whatever the operating system reports; not if there is none.
    pub(super) fn remove(&self) -> io::Result<()> {
        let path = self.path();
        match std::fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(at(path, &error)),
            Ok(()) => sync_folder(path.parent().unwrap_or(path)).map_err(|e| at(path, &e)),
        }
    }
}

/// What [`Vfd::companion`] gives for a file at a path.
///
/// # Errors
/// As there.
pub(super) fn of_path(path: Option<&CompanionPath>, create: bool) -> io::Result<Option<Arc<dyn Vfd>>> {
    Ok(match path {
        None => None,
        Some(path) if create => Some(Arc::new(path.create()?)),
        Some(path) => path.open()?.map(|vfd| Arc::new(vfd) as Arc<dyn Vfd>),
    })
}

/// A companion that was made to be written.
#[derive(Debug)]
pub(super) struct CompanionVfd {
    file: FileVfd,
    folder: PathBuf,
    has_safe_name: AtomicBool,
}

impl Vfd for CompanionVfd {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(offset, buffer)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_at(offset, bytes)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    /// Bytes are not safe before their file has a name: the first time, the folder is synced too.
    fn sync(&self) -> io::Result<()> {
        self.file.sync()?;
        if !self.has_safe_name.load(Ordering::Acquire) {
            sync_folder(&self.folder)?;
            self.has_safe_name.store(true, Ordering::Release);
        }
        Ok(())
    }
}

/// A regular file with one name, which whoever made it could have put in the place of the file itself: in a folder where everybody makes
/// files and nobody removes those of others (the sticky bit), it has to be the file's owner's.
#[cfg(unix)]
fn is_trusted(companion: &Metadata, file: &Path, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    const STICKY: u32 = 0o1000;
    if !companion.is_file() || companion.nlink() != 1 {
        return false;
    }
    let is_shared = path.parent().and_then(|folder| std::fs::metadata(folder).ok());
    let is_shared = is_shared.is_none_or(|folder| folder.mode() & STICKY != 0);
    !is_shared || std::fs::metadata(file).is_ok_and(|file| file.uid() == companion.uid())
}

#[cfg(not(unix))]
fn is_trusted(companion: &Metadata, _: &Path, _: &Path) -> bool {
    companion.is_file()
}

/// Whether what was opened is what was looked at.
#[cfg(unix)]
fn is_same(opened: &Metadata, seen: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    opened.dev() == seen.dev() && opened.ino() == seen.ino()
}

#[cfg(not(unix))]
fn is_same(opened: &Metadata, _: &Metadata) -> bool {
    opened.is_file()
}

/// Makes names of a folder safe. Where folders cannot be opened (Windows), the file system has to see to that.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
