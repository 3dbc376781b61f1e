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

use h5_backend::{Backend, Capability, Feature, File, FileInfo, Mode, Node};
use h5_types::{Error, Name, ObjectToken, Result};

use self::node::MemoryNode;
use self::state::{ROOT, State};
use crate::suite::Subject;

/// One opening of a file in memory. See the [crate's documentation](crate).
#[derive(Debug)]
pub struct MemoryBackend {
    state: Arc<Mutex<State>>,
    files: Weak<Registry>,
    /// False for an opening that only reads.
    writes: bool,
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
        File::from_backend(Self::over(Arc::default(), Weak::new(), true))
    }

    fn over(state: Arc<Mutex<State>>, files: Weak<Registry>, writes: bool) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            state,
            files,
            writes,
            closed: AtomicBool::new(false),
            this: this.clone(),
        })
    }

    /// The objects, to change them.
    fn edit(&self) -> Result<MutexGuard<'_, State>> {
        let state = self.state()?;
        if self.writes { Ok(state) } else { Err(Error::unsupported("the file is open for reading only")) }
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
        Ok(File::from_backend(MemoryBackend::over(state, Arc::downgrade(&self.0), true)))
    }

    /// Opens a file by its name, for reading and writing, once more if it is open already.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn open(&self, name: impl Into<Name>) -> Result<File> {
        open(&self.0, &name.into(), true).map(|backend| File::from_backend(backend))
    }

    /// Opens a file by its name, for reading.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn open_read_only(&self, name: impl Into<Name>) -> Result<File> {
        open(&self.0, &name.into(), false).map(|backend| File::from_backend(backend))
    }
}

impl Subject for MemoryFiles {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn open(&self, name: &str, mode: Mode) -> Result<Arc<dyn Backend>> {
        let file = match mode {
            Mode::Read | Mode::ReadLive => self.open_read_only(name)?,
            Mode::ReadWrite => self.open(name)?,
            Mode::Create | Mode::CreateNew => {
                if mode == Mode::Create {
                    lock(&self.0).remove(name.as_bytes());
                }
                self.create(name)?
            }
        };
        Ok(Arc::clone(file.backend()))
    }
}

fn open(files: &Arc<Registry>, name: &Name, writes: bool) -> Result<Arc<MemoryBackend>> {
    let state = lock(files).get(name).cloned();
    let state = state.ok_or_else(|| Error::not_found(format!("no file `{name}`")))?;
    Ok(MemoryBackend::over(state, Arc::downgrade(files), writes))
}

/// What a file in memory has not got: its one lock is around everything, and it has no storage beyond its elements.
const LACKED: [Feature; 5] = [
    Feature::ParallelReads,
    Feature::VirtualLayout,
    Feature::ExternalLayout,
    Feature::RawChunks,
    Feature::Swmr,
];
/// Filters that a dataset may say it has: those that the project knows.
const FILTERS: [u16; 14] = [1, 2, 3, 4, 5, 6, 307, 32000, 32001, 32004, 32008, 32013, 32015, 32026];

impl Backend for MemoryBackend {
    fn capability(&self) -> Capability {
        let capability = Capability::all().without(LACKED).with_filters(FILTERS);
        if self.writes { capability } else { capability.without([Feature::Write]) }
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
            Some(files) => Ok(open(&files, file, self.writes)?),
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
