//! One file or the files of a folder, and nothing else of this machine.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, Metadata};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use h5_backend::{Backend, File, Mode};
use h5_types::{Error, ErrorKind, Result};

use crate::files::{Entry, FileState, Files};

/// Opens a file of this machine, or a location such as `hsds://host/file`.
pub type Opener = Box<dyn Fn(&OsStr, Mode) -> Result<Arc<dyn Backend>> + Send + Sync>;

/// Files of this machine.
pub struct LocalFiles {
    root: Root,
    open: Opener,
    is_writable: bool,
}

#[derive(Debug)]
enum Root {
    /// One file, by its name.
    File { name: String, path: PathBuf },
    /// A folder, without links in its path.
    Folder(PathBuf),
    /// Something that is no file of this machine.
    Location(String),
}

/// A file that was changed so lately is taken for one that is being written.
const FRESH: Duration = Duration::from_secs(60);
/// Entries of a folder that are looked at.
const ENTRIES: usize = 20_000;
/// Parts of a name.
const DEPTH: usize = 64;
/// What an HDF5 file begins with, at 0 or at a power of two from 512 on.
const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

impl LocalFiles {
    /// One file, or all files in a folder and below it.
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied`, `Io`.
    pub fn new(path: &Path, open: Opener, is_writable: bool) -> Result<Self> {
        let at = |error: std::io::Error| Error::from(error).with_path(path.display().to_string());
        let real = path.canonicalize().map_err(at)?;
        let root = if real.is_dir() {
            Root::Folder(real)
        } else {
            let name = path.file_name().unwrap_or(real.as_os_str()).to_string_lossy().into_owned();
            Root::File { name, path: real }
        };
        Ok(Self { root, open, is_writable })
    }

    /// A location that is no file of this machine.
    pub fn location(location: &str, open: Opener, is_writable: bool) -> Self {
        Self { root: Root::Location(location.to_owned()), open, is_writable }
    }

    /// The file of a name, if it may be shown.
    fn place(&self, name: &str) -> Result<PathBuf> {
        match &self.root {
            Root::File { name: own, path } if own == name => Ok(path.clone()),
            Root::Folder(folder) => {
                let path = inside(folder, name)?;
                if path.is_file() { Ok(path) } else { Err(refused(name)) }
            }
            Root::Location(own) if own == name => Ok(PathBuf::from(own)),
            _ => Err(refused(name)),
        }
    }
}

/// The same words for what is not there and what is not served: nobody learns what there is.
fn refused(name: &str) -> Error {
    Error::not_found(format!("no file `{}`", h5_types::Name::from(name)))
}

/// The file or folder of a name within a folder. Names go down only, and links do not lead out; hidden files are none.
///
/// # Errors
/// `NotFound`.
pub(super) fn inside(folder: &Path, name: &str) -> Result<PathBuf> {
    let mut path = folder.to_path_buf();
    for (depth, part) in name.split('/').enumerate() {
        // A colon and a backslash mean something in names of some systems.
        let is_plain = !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', ':', '\0']);
        if !is_plain || depth >= DEPTH {
            return Err(refused(name));
        }
        path.push(part);
    }
    let real = path.canonicalize().map_err(|_| refused(name))?;
    if real.starts_with(folder) { Ok(real) } else { Err(refused(name)) }
}

impl Files for LocalFiles {
    fn names(&self) -> Vec<String> {
        match &self.root {
            Root::File { name, .. } | Root::Location(name) => vec![name.clone()],
            Root::Folder(_) => Vec::new(),
        }
    }

    fn open(&self, name: &str) -> Result<File> {
        let path = self.place(name)?;
        let modified = fs::metadata(&path).and_then(|metadata| metadata.modified()).ok();
        let is_fresh = modified.is_some_and(|at| at.elapsed().is_ok_and(|age| age < FRESH));
        let is_location = matches!(self.root, Root::Location(_));
        let modes =
            if is_fresh || is_location { [Mode::ReadLive, Mode::Read] } else { [Mode::Read, Mode::ReadLive] };
        let [first, second] = modes;
        let opened = (self.open)(path.as_os_str(), first).or_else(|error| {
            // What was open for writing when it was killed, or is no single file, opens the other way.
            (self.open)(path.as_os_str(), second).map_err(|_| error)
        });
        opened.map(File::from_backend)
    }

    fn open_writable(&self, name: &str) -> Result<File> {
        if !self.is_writable {
            return Err(Error::new(ErrorKind::PermissionDenied, "files are only shown; begin with --write"));
        }
        (self.open)(self.place(name)?.as_os_str(), Mode::ReadWrite).map(File::from_backend)
    }

    fn is_writable(&self) -> bool {
        self.is_writable
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<Entry>>> {
        let Root::Folder(root) = &self.root else { return Ok(None) };
        let path = if folder.is_empty() { root.clone() } else { inside(root, folder)? };
        let mut found = Vec::new();
        for entry in fs::read_dir(&path).map_err(|_| refused(folder))?.take(ENTRIES) {
            let Ok(name) = entry?.file_name().into_string() else { continue };
            let file = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            // What is not to be opened is not listed.
            let Ok(real) = inside(root, &file) else { continue };
            let Ok(metadata) = fs::metadata(&real) else { continue };
            if !metadata.is_dir() && !metadata.is_file() {
                continue;
            }
            found.push(Entry {
                is_hdf5: metadata.is_file() && is_hdf5(&real),
                is_folder: metadata.is_dir(),
                bytes: metadata.is_file().then_some(metadata.len()),
                modified_ms: since_1970(&metadata).and_then(|since| u64::try_from(since.as_millis()).ok()),
                name,
                file,
            });
        }
        Ok(Some(found))
    }

    fn state(&self, name: &str) -> Result<FileState> {
        let path = self.place(name)?;
        if matches!(self.root, Root::Location(_)) {
            return Ok(FileState { bytes: None, version: "0".to_owned(), live: false });
        }
        let metadata = fs::metadata(&path).map_err(|_| refused(name))?;
        let changed = since_1970(&metadata).map_or(0, |since| since.as_nanos());
        let version = format!("{}-{changed}", metadata.len());
        Ok(FileState { bytes: Some(metadata.len()), version, live: true })
    }
}

fn since_1970(metadata: &Metadata) -> Option<Duration> {
    metadata.modified().ok().and_then(|at: SystemTime| at.duration_since(UNIX_EPOCH).ok())
}

/// True if the file begins as HDF5 files do, behind a small user block too.
fn is_hdf5(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(8200).read_to_end(&mut start));
    let places = [0_usize, 512, 1024, 2048, 4096, 8192];
    read.is_ok() && places.iter().any(|&at| start.get(at..).is_some_and(|rest| rest.starts_with(SIGNATURE)))
}

impl fmt::Debug for LocalFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalFiles")
            .field("root", &self.root)
            .field("is_writable", &self.is_writable)
            .finish()
    }
}
