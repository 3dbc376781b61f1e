mod shortcuts;

use std::sync::Arc;

use h5_types::{Error, ObjectToken, Result};

use crate::backend::{Backend, FileInfo};
use crate::object::Object;
use crate::{Dataset, Group};

/// How often several things are read before they are said to change too fast.
const CONSISTENT_ATTEMPTS: u32 = 1000;

/// An open file of any backend. Cloning it is cheap; the file closes with its last handle.
#[derive(Debug, Clone)]
pub struct File(Arc<dyn Backend>);

impl File {
    /// The handles over a backend.
    pub fn from_backend(backend: Arc<dyn Backend>) -> Self {
        Self(backend)
    }

    /// The backend below.
    pub fn backend(&self) -> &Arc<dyn Backend> {
        &self.0
    }

    /// What the file says of itself.
    ///
    /// # Errors
    /// `Format`, `Io`.
    pub fn info(&self) -> Result<FileInfo> {
        self.0.file_info()
    }

    /// The root group.
    ///
    /// # Errors
    /// `Format` if it is broken, `Io`.
    pub fn root(&self) -> Result<Group> {
        self.object_by_token(self.0.root(), "/".into())?.into_group()
    }

    /// Opens an object by its path from the root. Links are followed.
    ///
    /// # Errors
    /// As [`Group::object_at`].
    pub fn object(&self, path: impl AsRef<[u8]>) -> Result<Object> {
        self.root()?.object_at(path)
    }

    /// Opens a group by its path from the root.
    ///
    /// # Errors
    /// As [`Group::object_at`]; `Usage` if it is something else.
    pub fn group(&self, path: impl AsRef<[u8]>) -> Result<Group> {
        self.object(path)?.into_group()
    }

    /// Opens a dataset by its path from the root.
    ///
    /// # Errors
    /// As [`Group::object_at`]; `Usage` if it is something else.
    pub fn dataset(&self, path: impl AsRef<[u8]>) -> Result<Dataset> {
        self.object(path)?.into_dataset()
    }

    /// Makes all changes so far durable: see [`Backend::flush`].
    ///
    /// # Errors
    /// `Io`, `Service`. The storage then still has its last flushed state, and nothing more can be written.
    pub fn flush(&self) -> Result<()> {
        self.0.flush()
    }

    /// Shows what another process has flushed meanwhile: see [`Backend::refresh`].
    ///
    /// # Errors
    /// `Format`, `Io`, `Service`.
    pub fn refresh(&self) -> Result<()> {
        self.0.refresh()
    }

    /// A number that is another one once another process has flushed changes: see [`Backend::version`].
    ///
    /// # Errors
    /// `Io`, `Service`.
    pub fn version(&self) -> Result<Option<u64>> {
        self.0.version()
    }

    /// Reads several things of one state of a file that another process writes: does so again until nothing was flushed meanwhile.
    ///
    /// # Errors
    /// Those of `read`; `Limit` if something was flushed each time.
    pub fn consistently<T>(&self, mut read: impl FnMut() -> Result<T>) -> Result<T> {
        for _ in 0..CONSISTENT_ATTEMPTS {
            let before = self.version()?;
            let found = read();
            if self.version()? == before {
                return found;
            }
        }
        Err(Error::limit("the file changes faster than this can be read; read less at a time"))
    }

    /// Lets other processes read the file while it is written: see [`Backend::start_swmr`].
    ///
    /// # Errors
    /// `Unsupported` where the backend or the file's version cannot; `Io`, `Service`.
    pub fn start_swmr(&self) -> Result<()> {
        self.0.start_swmr()
    }

    /// Ends that readers follow the file: see [`Backend::end_swmr`].
    ///
    /// # Errors
    /// `Io`, `Service`.
    pub fn end_swmr(&self) -> Result<()> {
        self.0.end_swmr()
    }

    /// Flushes and closes the file for all its handles, which fail with `Usage` from then on. A file closes with its last handle too, but
    /// then nobody hears of a failure.
    ///
    /// # Errors
    /// As [`File::flush`]. The file is closed all the same.
    pub fn close(&self) -> Result<()> {
        self.0.close()
    }

    /// Opens an object by its token; `path` is what the handle and its errors call it.
    ///
    /// # Errors
    /// `Format` if there is no valid object, `Io`.
    pub fn object_by_token(&self, token: ObjectToken, path: String) -> Result<Object> {
        match self.0.open(token) {
            Ok(node) => Ok(Object { file: self.clone(), node, path: path.into() }),
            Err(error) => Err(error.with_path(path)),
        }
    }
}
