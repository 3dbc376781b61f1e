use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use h5_backend::{Backend, Capability, FileInfo, FileSpaceStrategy, Mode, Node};
use h5_types::{Error, ErrorKind, Name, ObjectToken, Result};

use crate::capability;
use crate::ffi::{Access, Library, SuperblockInfo, c_string};
use crate::node::LibraryNode;
use crate::options::LibraryOptions;
use crate::session::{Session, State};
use crate::siblings::Siblings;

/// A file that the C library has open. See the [crate's documentation](crate).
///
/// ```
/// use h5_backend::{File, Mode};
/// use h5_libhdf5::{LibraryFile, LibraryOptions};
///
/// # fn main() -> h5_types::Result<()> {
/// # let path = std::env::temp_dir().join(format!("h5-libhdf5-doc-{}.h5", std::process::id()));
/// let backend = LibraryFile::open(&path, Mode::Create, &LibraryOptions::new())?;
/// let file = File::from_backend(backend);
/// file.root()?.new_dataset::<f64>("x").shape([3]).create()?.write(&[1.0, 2.5, 4.0])?;
/// assert_eq!(file.dataset("x")?.read::<f64>()?, [1.0, 2.5, 4.0]);
/// file.close()?;
/// # std::fs::remove_file(&path).unwrap();
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct LibraryFile {
    state: Mutex<Option<State>>,
    root: ObjectToken,
    capability: Capability,
    writes: bool,
    pub(crate) siblings: Siblings,
    options: LibraryOptions,
    /// Files that led here one after another.
    hops: usize,
    /// What nodes keep of the file.
    this: Weak<LibraryFile>,
}

impl LibraryFile {
    /// Opens or creates a file.
    ///
    /// # Errors
    /// `NotFound`, `AlreadyExists`, `PermissionDenied`, `Io`; `Format` if it is no HDF5 file or the library cannot open it.
    pub fn open(path: impl AsRef<Path>, mode: Mode, options: &LibraryOptions) -> Result<Arc<Self>> {
        Self::open_after(path.as_ref(), mode, options, 0)
    }

    /// What a [`Registry`](h5_backend::Registry) wants of a backend: opens what a location names, with default options.
    ///
    /// # Errors
    /// As [`LibraryFile::open`].
    pub fn open_location(path: &OsStr, mode: Mode) -> Result<Arc<dyn Backend>> {
        Ok(Self::open(path, mode, &LibraryOptions::new())?)
    }

    fn open_after(path: &Path, mode: Mode, options: &LibraryOptions, hops: usize) -> Result<Arc<Self>> {
        let library = Library::lock();
        let access = match mode {
            Mode::ReadLive => {
                return Err(Error::unsupported(
                    "following a file that is being written, on the backend libhdf5",
                ));
            }
            Mode::Read => Access::Read,
            Mode::ReadWrite => Access::ReadWrite,
            Mode::Create => Access::Truncate,
            Mode::CreateNew => Access::Exclusive,
        };
        check_path(path, mode)?;
        let name = c_string(path.as_os_str().as_encoded_bytes())?;
        let file = library.open_file(&name, access, options)?;
        let writes = mode != Mode::Read;
        let root = library.facts(&library.open_root(&file)?)?.address;
        let capability = capability::of(&library, writes, options)?;
        Ok(Arc::new_cyclic(|this| Self {
            state: Mutex::new(Some(State::new(file))),
            root: ObjectToken(root.into()),
            capability,
            writes,
            siblings: Siblings::of(path, options.access),
            options: options.clone(),
            hops,
            this: this.clone(),
        }))
    }

    /// The file, for this thread to use.
    pub(crate) fn session(&self) -> Result<Session<'_>> {
        let library = Library::lock();
        let session = Session::new(library, self.state());
        session.state()?;
        Ok(session)
    }

    /// The file, for this thread to change.
    pub(crate) fn edit(&self) -> Result<Session<'_>> {
        let session = self.session()?;
        if self.writes { Ok(session) } else { Err(Error::unsupported("the file is open for reading only")) }
    }

    /// Takes a node off the count of its object's.
    pub(crate) fn release(&self, token: ObjectToken) {
        let library = Library::lock();
        Session::new(library, self.state()).release(token);
    }

    /// A panic of another thread leaves no object half changed: what is remembered of them is noted when a change was made.
    fn state(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for LibraryFile {
    fn capability(&self) -> Capability {
        self.capability.clone()
    }

    fn file_info(&self) -> Result<FileInfo> {
        let session = self.session()?;
        Ok(info(&session.library.superblock(&session.state()?.file)?))
    }

    fn root(&self) -> ObjectToken {
        self.root
    }

    fn open(&self, object: ObjectToken) -> Result<Arc<dyn Node>> {
        let session = self.session()?;
        let file = self.this.upgrade().ok_or_else(|| Error::usage("the file is closed"))?;
        let described = LibraryNode::describe(&session, object)?;
        session.hold(object)?;
        Ok(Arc::new(LibraryNode::new(file, object, described)))
    }

    fn open_external(&self, file: &Name) -> Result<Arc<dyn Backend>> {
        drop(self.session()?);
        let most = self.options.limits.external_hops;
        if self.hops >= most {
            return Err(Error::limit(format!("more than {most} files lead to one another")));
        }
        let path: PathBuf = self.siblings.find(file)?;
        Ok(Self::open_after(&path, Mode::Read, &self.options, self.hops.saturating_add(1))?)
    }

    fn flush(&self) -> Result<()> {
        let session = self.session()?;
        if self.writes { session.library.flush(&session.state()?.file) } else { Ok(()) }
    }

    fn close(&self) -> Result<()> {
        let library = Library::lock();
        let Some((library, file)) = Session::new(library, self.state()).end() else { return Ok(()) };
        let flushed = if self.writes { library.flush(&file) } else { Ok(()) };
        flushed.and(library.close_file(file))
    }
}

/// The release of the C library that is linked: major, minor, patch.
pub fn library_version() -> (u32, u32, u32) {
    Library::lock().version()
}

/// Tells what the library does not: why a file cannot be opened.
fn check_path(path: &Path, mode: Mode) -> Result<()> {
    let there = std::fs::metadata(path);
    match (mode, there) {
        (Mode::CreateNew, Ok(_)) => {
            Err(Error::new(ErrorKind::AlreadyExists, format!("the file {}", path.display())))
        }
        (Mode::Read | Mode::ReadWrite, Err(error)) => {
            Err(Error::from(error).with_path(path.display().to_string()))
        }
        (Mode::Read, Ok(_)) => Ok(std::fs::File::open(path).map(drop)?),
        (Mode::ReadWrite, Ok(_)) => {
            Ok(std::fs::OpenOptions::new().read(true).write(true).open(path).map(drop)?)
        }
        _ => Ok(()),
    }
}

fn info(superblock: &SuperblockInfo) -> FileInfo {
    let mut info = FileInfo::default();
    info.superblock_version = u8::try_from(superblock.version).ok();
    info.user_block_bytes = Some(superblock.user_block_bytes);
    info.offset_size_bytes = u8::try_from(superblock.offset_bytes).ok();
    info.length_size_bytes = u8::try_from(superblock.length_bytes).ok();
    info.shared_message_indexes = superblock.shared_message_indexes;
    info.file_space_strategy = superblock.strategy.map(|strategy| match strategy {
        0 => FileSpaceStrategy::FreeSpaceManagers,
        1 => FileSpaceStrategy::Page,
        2 => FileSpaceStrategy::Aggregators,
        _ => FileSpaceStrategy::None,
    });
    info.length_bytes = Some(superblock.file_bytes);
    info
}
