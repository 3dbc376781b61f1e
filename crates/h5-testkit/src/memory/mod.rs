//! A file in memory.

mod attributes;
mod dataset;
mod elements;
mod group;
mod node;
mod state;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use h5_backend::{Backend, Capability, File, FileInfo, Node};
use h5_types::{Error, Name, ObjectToken, Result};

use self::node::MemoryNode;
use self::state::{ROOT, State};

/// One opening of a file in memory. See the [crate's documentation](crate).
#[derive(Debug)]
pub struct MemoryBackend {
    state: Arc<Mutex<State>>,
    files: Weak<Registry>,
    closed: AtomicBool,
    /// What makes nodes that keep the backend open.
    this: Weak<MemoryBackend>,
}

/// Files in memory that know one another by name: what external links lead to, and what stays when a file is closed.
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles(Arc<Registry>);

type Registry = Mutex<BTreeMap<Name, Arc<Mutex<State>>>>;

impl MemoryBackend {
    /// A new, empty file, which nobody else can open.
    #[expect(clippy::new_ret_no_self, reason = "a backend is used through the handles above it")]
    pub fn new() -> File {
        Self::open_state(Arc::default(), Weak::new())
    }

    fn open_state(state: Arc<Mutex<State>>, files: Weak<Registry>) -> File {
        File::from_backend(Self::over(state, files))
    }

    fn over(state: Arc<Mutex<State>>, files: Weak<Registry>) -> Arc<Self> {
        Arc::new_cyclic(|this| Self { state, files, closed: AtomicBool::new(false), this: this.clone() })
    }

    /// The objects, unless the file is closed.
    fn state(&self) -> Result<MutexGuard<'_, State>> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(Error::usage("the file is closed"));
        }
        Ok(lock(&self.state))
    }
}

impl MemoryFiles {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an empty file of a name.
    ///
    /// # Errors
    /// `AlreadyExists`.
    pub fn create(&self, name: impl Into<Name>) -> Result<File> {
        let name = name.into();
        let mut files = lock(&self.0);
        if files.contains_key(&name) {
            return Err(Error::new(h5_types::ErrorKind::AlreadyExists, format!("the file `{name}`")));
        }
        let state = Arc::<Mutex<State>>::default();
        files.insert(name, Arc::clone(&state));
        Ok(MemoryBackend::open_state(state, Arc::downgrade(&self.0)))
    }

    /// Opens a file by its name, once more if it is open already.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn open(&self, name: impl Into<Name>) -> Result<File> {
        open(&self.0, &name.into()).map(|backend| File::from_backend(backend))
    }
}

fn open(files: &Arc<Registry>, name: &Name) -> Result<Arc<MemoryBackend>> {
    let state = lock(files).get(name).cloned();
    let state = state.ok_or_else(|| Error::not_found(format!("no file `{name}`")))?;
    Ok(MemoryBackend::over(state, Arc::downgrade(files)))
}

impl Backend for MemoryBackend {
    fn capability(&self) -> Capability {
        let mut capability = Capability::default();
        capability.write = true;
        capability.external_links = true;
        capability.creation_order = true;
        capability
    }

    fn file_info(&self) -> Result<FileInfo> {
        self.state().map(|_| FileInfo::default())
    }

    fn root(&self) -> ObjectToken {
        ROOT
    }

    fn open(&self, object: ObjectToken) -> Result<Arc<dyn Node>> {
        let state = self.state()?;
        let found = state.object(object)?;
        let backend = self.this.upgrade().ok_or_else(|| Error::usage("the file is closed"))?;
        Ok(Arc::new(MemoryNode::new(backend, object, found)))
    }

    fn open_external(&self, file: &Name) -> Result<Arc<dyn Backend>> {
        drop(self.state()?);
        match self.files.upgrade() {
            Some(files) => Ok(open(&files, file)?),
            None => Err(Error::not_found(format!("no file `{file}`: this one knows no others"))),
        }
    }

    fn flush(&self) -> Result<()> {
        self.state().map(drop)
    }

    fn close(&self) -> Result<()> {
        self.closed.store(true, Ordering::SeqCst);
        Ok(())
    }
}

/// A panic of another thread leaves no object half changed: each change is the last step of its operation.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
