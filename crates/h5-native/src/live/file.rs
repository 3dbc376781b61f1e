//! A file that another process may be writing, as a backend.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use h5_backend::{Backend, Capability, FileInfo, Node};
use h5_types::{Error, ErrorKind, Name, ObjectToken, Result};

use super::Stamp;
use super::node::LiveNode;
use super::surroundings::{LiveStorage, Surroundings, SystemFile};
use super::view::{Source, State, View};
use crate::vfd::{FileVfd, Vfd};
use crate::{NativeFile, OpenOptions};

/// How often anything is read again, and the opening of the file itself.
pub(super) const ATTEMPTS: u32 = 200;
const OPENING_ATTEMPTS: u32 = 50;
/// First pause before something is read again that a writer may be in the middle of; each is a little longer than the one before.
const PAUSE: Duration = Duration::from_micros(200);

/// A file that another process may be writing, opened for reading. No writer waits for it; it takes a lock only where a writer seems to have
/// ended in the middle of a commit, for the moment that it takes to find out whether one is there.
///
/// * Of a file that this library writes (and made: see the decision note), every call shows one commit, the last one or the one before it,
///   whatever is written meanwhile; what was opened before moves on by itself.
/// * Of a file that is written in SWMR mode, by whatever library, each object is shown as it was when it was opened or refreshed last
///   ([`Backend::refresh`], [`h5_backend::DatasetNode::refresh`]); what is read in the middle of a write is read again.
/// * Of any other file, the state that a writer happens to have left in it; errors of the moment are read again too.
///
/// The record of a commit beside a file, which a power cut leaves ([`h5_types::Durability::Full`]), is ignored: a writer may go on with the file.
/// Opening the file for writing once puts it right.
#[derive(Debug, Clone)]
pub struct LiveFile(Arc<LiveState>);

/// What all objects of a live file share.
#[derive(Debug)]
pub(super) struct LiveState {
    storage: LiveStorage,
    path: PathBuf,
    options: OpenOptions,
    stamp_place: u64,
    view: RwLock<Arc<View>>,
    closed: AtomicBool,
}

/// What became of an attempt to read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It shows one state of the file, or fails for good.
    Stands,
    /// The file changed under it.
    Again,
}

impl LiveFile {
    /// Opens a file that another process may be writing.
    ///
    /// # Errors
    /// As [`NativeFile::open`]; `Unsupported` for files that are several files.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self> {
        let opened = FileVfd::open(path).map_err(Error::from).and_then(|vfd| {
            let vfd = Arc::new(vfd);
            let surroundings = Arc::new(SystemFile { vfd: Arc::clone(&vfd), locking: options.locking });
            Self::open_storage(LiveStorage { vfd, surroundings }, path, options)
        });
        opened.map_err(|e| e.with_path(path.display().to_string()))
    }

    /// Opens a file whose bytes are reached through a driver of the caller's. It has no directory: other files that it names are not found.
    ///
    /// # Errors
    /// As [`LiveFile::open`].
    pub fn open_vfd(
        vfd: Arc<dyn Vfd>,
        surroundings: Arc<dyn Surroundings>,
        options: &OpenOptions,
    ) -> Result<Self> {
        Self::open_storage(LiveStorage { vfd, surroundings }, Path::new(""), options)
    }

    fn open_storage(storage: LiveStorage, path: &Path, options: &OpenOptions) -> Result<Self> {
        let mut options = options.clone();
        // A file that grows has no bound that its length at the beginning could give.
        options.limits.work_bytes = u64::MAX;
        let opening = || NativeFile::open_over(Arc::clone(&storage.vfd), path, &options);
        let first = again(&storage, opening)?;
        if first.core().driver_information()?.is_some() {
            return Err(Error::unsupported("following a file that is several files"));
        }
        let stamp_place = Stamp::place(first.core());
        let source = Source { storage: &storage, path, options: &options, stamp_place };
        let view = RwLock::new(Arc::new(again(&storage, || source.view(0))?));
        Ok(Self(Arc::new(LiveState {
            storage,
            path: path.to_path_buf(),
            options,
            stamp_place,
            view,
            closed: AtomicBool::new(false),
        })))
    }
}

impl LiveState {
    fn source(&self) -> Source<'_> {
        let Self { storage, path, options, stamp_place, .. } = self;
        Source { storage, path, options, stamp_place: *stamp_place }
    }

    /// The view that was opened last.
    pub(super) fn known(&self) -> Arc<View> {
        Arc::clone(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Fails if the file was closed, in whatever view.
    ///
    /// # Errors
    /// `Usage`.
    pub(super) fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) { Err(Error::usage("the file is closed")) } else { Ok(()) }
    }

    /// The state of a file that has a stamp, without waiting again for a writer that was taken for dead.
    fn settled(&self) -> Result<Option<State>> {
        let known = self.known().state;
        if matches!(known, State::Abandoned(..)) && self.source().is_in(known) {
            return Ok(Some(known));
        }
        self.source().settled()
    }

    /// The view to begin reading in: a new one where the file is known to have moved on since.
    ///
    /// # Errors
    /// Those of opening the file again.
    pub(super) fn current(&self) -> Result<Arc<View>> {
        self.check_open()?;
        let known = self.known();
        let moved = match known.state {
            State::Stamped(_) | State::Abandoned(..) => self.settled()? != Some(known.state),
            State::Swmr => false,
            State::Unmarked(of_view) => self.source().fingerprint()? != of_view,
        };
        if moved { self.renewed() } else { Ok(known) }
    }

    /// A view of the file as it is now.
    ///
    /// # Errors
    /// Those of opening the file.
    pub(super) fn renewed(&self) -> Result<Arc<View>> {
        self.check_open()?;
        let view = again(&self.storage, || self.source().view(self.known().number.wrapping_add(1)))?;
        let view = Arc::new(view);
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&view);
        Ok(view)
    }

    /// Waits a little, longer after each attempt.
    pub(super) fn pause(&self, attempts: u32) {
        pause(&self.storage, attempts);
    }

    /// Whether what was read in a view counts.
    pub(super) fn verdict<T>(&self, view: &View, read: &Result<T>) -> Verdict {
        let stands = match view.state {
            State::Stamped(_) | State::Abandoned(..) => self.source().is_in(view.state),
            State::Swmr => !may_pass(read),
            State::Unmarked(_) => !may_pass(read) || self.source().is_in(view.state),
        };
        if stands { Verdict::Stands } else { Verdict::Again }
    }
}

/// True for what a writer may cause that is at work.
fn may_pass<T>(read: &Result<T>) -> bool {
    matches!(read, Err(error) if matches!(error.kind(), ErrorKind::Format | ErrorKind::Io | ErrorKind::Limit))
}

fn pause(storage: &LiveStorage, attempts: u32) {
    storage.surroundings.sleep(PAUSE.saturating_mul(attempts.min(50)));
}

/// Opens something that may be half written at the moment.
fn again<T>(storage: &LiveStorage, open: impl Fn() -> Result<T>) -> Result<T> {
    let mut attempts = 0_u32;
    loop {
        let opened = open();
        attempts = attempts.saturating_add(1);
        if attempts >= OPENING_ATTEMPTS || !may_pass(&opened) {
            return opened;
        }
        pause(storage, attempts);
    }
}

impl Backend for LiveFile {
    fn capability(&self) -> Capability {
        self.0.known().file.capability()
    }

    fn file_info(&self) -> Result<FileInfo> {
        self.0.current()?.file.file_info()
    }

    fn root(&self) -> ObjectToken {
        self.0.known().file.root()
    }

    fn open(&self, object: ObjectToken) -> Result<Arc<dyn Node>> {
        Ok(Arc::new(LiveNode::open(Arc::clone(&self.0), object)?))
    }

    fn open_external(&self, file: &Name) -> Result<Arc<dyn Backend>> {
        self.0.current()?.file.open_external(file)
    }

    fn refresh(&self) -> Result<()> {
        self.0.renewed().map(drop)
    }

    fn version(&self) -> Result<Option<u64>> {
        self.0.check_open()?;
        match self.0.settled()? {
            Some(State::Stamped(stamp)) => Ok(Some(stamp.commit)),
            // A writer that goes on after all changes nothing but this before its commit ends.
            Some(State::Abandoned(_, fingerprint)) => Ok(Some(fingerprint)),
            _ => self.0.source().fingerprint().map(Some),
        }
    }

    fn close(&self) -> Result<()> {
        self.0.closed.store(true, Ordering::Release);
        Ok(())
    }
}
