//! The writing side of an open file, and how readers of the same process get along with it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use h5_backend::ObjectKind;
use h5_types::{Address, DatasetInfo, Error, Link, Result};

use super::file::FileState;
use super::loaded::kind_of;
use crate::vfd::FileVfd;
use crate::write::{self, Session};

/// What a file that is open for writing has more.
///
/// Whoever changes the file holds the session alone. Whoever reads metadata shares it. Whoever reads elements shares it until their
/// places are known; a *pin* then keeps the blocks that lead there, and the elements, from being written over.
#[derive(Debug)]
pub(super) struct Writer {
    session: RwLock<Session>,
    readers: Arc<AtomicUsize>,
    /// The file that is locked against other processes, if it is one.
    locked: Option<Arc<FileVfd>>,
}

/// Keeps the file as it is while it is read. Of a file that is only read, it is nothing.
#[derive(Debug)]
pub(super) struct Reading<'f> {
    shared: Option<(RwLockReadGuard<'f, Session>, &'f Writer)>,
}

/// Keeps the blocks that a reader knows from being written over.
#[derive(Debug)]
pub(super) struct Pin<'f>(Option<&'f AtomicUsize>);

impl Writer {
    pub(super) fn new(session: Session, readers: Arc<AtomicUsize>, locked: Option<Arc<FileVfd>>) -> Self {
        Self { session: RwLock::new(session), readers, locked }
    }

    /// Commits, and lets other processes have the file, though handles may still keep it open.
    ///
    /// # Errors
    /// `Io`. The lock is given back all the same.
    pub(super) fn close(&self) -> Result<()> {
        let closed = self.alone().close();
        self.unlock();
        closed
    }

    /// Lets other processes read the file while it is written. From then on, the superblock keeps other writers away.
    ///
    /// # Errors
    /// See [`Session::start_swmr`].
    pub(super) fn start_swmr(&self) -> Result<()> {
        self.alone().start_swmr()?;
        self.unlock();
        Ok(())
    }

    /// Ends that, and takes the lock again. Where a reader has the file locked, that reader keeps other writers away.
    ///
    /// # Errors
    /// See [`Session::stop_swmr`].
    pub(super) fn end_swmr(&self) -> Result<()> {
        self.alone().stop_swmr()?;
        if let Some(vfd) = &self.locked {
            let _ = vfd.file().try_lock();
        }
        Ok(())
    }

    fn unlock(&self) {
        if let Some(vfd) = &self.locked {
            // Where there was no lock, there is none to give back.
            let _ = vfd.file().unlock();
        }
    }

    pub(super) fn shared(&self) -> RwLockReadGuard<'_, Session> {
        self.session.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn alone(&self) -> RwLockWriteGuard<'_, Session> {
        self.session.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a file has its writing side; nothing for a file that is only read. Builds for reading only (`--cfg h5_read_only`) have no room
/// for one, so that they do not know how to drop one either.
#[derive(Debug)]
pub(super) struct WriterSlot {
    #[cfg(not(h5_read_only))]
    writer: Option<Writer>,
}

#[cfg(not(h5_read_only))]
impl WriterSlot {
    pub(super) fn new(writer: Option<Writer>) -> Self {
        Self { writer }
    }

    #[inline(always)]
    fn get(&self) -> Option<&Writer> {
        self.writer.as_ref()
    }
}

#[cfg(h5_read_only)]
impl WriterSlot {
    pub(super) fn new(never: Option<Writer>) -> Self {
        // Nothing is opened for writing in such builds; forgotten, so that nobody has to know how to drop it.
        std::mem::forget(never);
        Self {}
    }

    #[inline(always)]
    fn get(&self) -> Option<&Writer> {
        None
    }
}

impl FileState {
    /// The writing side, if there is one. In builds for reading only there never is, which the optimizer sees: what changes files is not
    /// compiled in then.
    #[inline(always)]
    pub(super) fn writer(&self) -> Option<&Writer> {
        self.writer.get()
    }

    /// The session, to change the file with.
    ///
    /// # Errors
    /// `Unsupported` if the file is open for reading only; `Usage` if it was closed; `Io` if writing failed before.
    #[cfg_attr(h5_read_only, inline(always))]
    pub(super) fn edit(&self) -> Result<RwLockWriteGuard<'_, Session>> {
        let Some(writer) = self.writer() else {
            return Err(Error::unsupported("the file is open for reading only"));
        };
        let mut session = writer.alone();
        session.check()?;
        session.make_room()?;
        Ok(session)
    }

    /// Fails if the file was closed.
    pub(super) fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) { Err(Error::usage("the file is closed")) } else { Ok(()) }
    }

    /// Begins to read an object: what has changed about it is in its blocks then.
    ///
    /// # Errors
    /// Those of bringing it there.
    pub(super) fn begin_read(&self, object: Address) -> Result<Reading<'_>> {
        self.check_open()?;
        let Some(writer) = self.writer() else { return Ok(Reading { shared: None }) };
        loop {
            let session = writer.shared();
            if !session.is_unsettled(object) {
                return Ok(Reading { shared: Some((session, writer)) });
            }
            drop(session);
            writer.alone().settle(object)?;
        }
    }
}

impl FileState {
    /// What an object is and how often it has changed, where its header is in memory: nothing has to be settled or read for that.
    pub(super) fn kind_in_memory(&self, object: Address) -> Option<(ObjectKind, u64)> {
        let session = self.writer()?.shared();
        if session.is_gone(object) {
            return None;
        }
        let header = session.header_in_memory(object)?;
        let kind = kind_of(|message| header.find(message).is_some())?;
        Some((kind, session.changes(object)))
    }

    /// A dataset's description, where it or the dataset's header is in memory.
    pub(super) fn dataset_in_memory(&self, dataset: Address, opened: u64) -> Option<Arc<DatasetInfo>> {
        let writer = self.writer()?;
        {
            let session = writer.shared();
            if !session.is_alive(dataset, opened) {
                return None;
            }
            if let Some(known) = session.dataset_in_memory(dataset) {
                return known;
            }
            session.header_in_memory(dataset)?;
        }
        // Whoever reads a virtual dataset may hold the session already. What fails here fails where the dataset is read.
        let mut session = writer.session.try_write().ok()?;
        write::dataset::with_state(&mut session, dataset, |_, state| Ok(state.info())).ok().flatten()
    }

    /// Looks a link up in what its group keeps in memory; `None` if it keeps nothing and its blocks have all.
    ///
    /// # Errors
    /// `NotFound` if the group was removed; those of reading it.
    pub(super) fn pending_link(
        &self,
        group: Address,
        opened: u64,
        name: &[u8],
    ) -> Result<Option<Option<Link>>> {
        let Some(writer) = self.writer() else { return Ok(None) };
        let session = writer.shared();
        if !session.is_alive(group, opened) {
            return Err(Error::not_found("the object was removed"));
        }
        match session.links.get(&group).filter(|links| links.is_open()) {
            Some(links) => links.find(&session, name).map(Some),
            None => Ok(None),
        }
    }
}

impl<'f> Reading<'f> {
    /// True if the file may change.
    pub(super) fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// How often the object has changed.
    pub(super) fn changes(&self, object: Address) -> u64 {
        self.shared.as_ref().map_or(0, |(session, _)| session.changes(object))
    }

    /// False if the object that was there after so many changes was removed.
    pub(super) fn is_alive(&self, object: Address, opened: u64) -> bool {
        self.shared.as_ref().is_none_or(|(session, _)| session.is_alive(object, opened))
    }

    /// True if the object that was there was removed, and no other is there.
    pub(super) fn is_gone(&self, object: Address) -> bool {
        self.shared.as_ref().is_some_and(|(session, _)| session.is_gone(object))
    }

    /// Lets others change the file, but not the blocks that were found so far.
    pub(super) fn pin(self) -> Pin<'f> {
        Pin(self.shared.as_ref().map(|(_, writer)| {
            writer.readers.fetch_add(1, Ordering::AcqRel);
            &*writer.readers
        }))
    }
}

impl Drop for Pin<'_> {
    fn drop(&mut self) {
        if let Some(readers) = self.0 {
            readers.fetch_sub(1, Ordering::AcqRel);
        }
    }
}
