//! The state of a file that is open for writing.

mod blocks;
mod headers;
mod publication;
mod settle;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use h5_format::Sizes;
use h5_types::{Address, DatasetInfo, Error, Result};

use super::address_map::{AddressMap, AddressSet};
use super::attributes::DenseChanges;
use super::chunks::ChunkQueue;
use super::commit::Superblocks;
use super::dataset::DatasetState;
use super::fractal_heap;
use super::free_space_record::{self, FreeSpaceRecord};
use super::global_heap::GlobalHeap;
use super::header::EditedHeader;
use super::links::PendingLinks;
use super::order::PublicationOrder;
use super::space::Space;
use super::stamping::Stamping;
use super::swmr;
use crate::OpenOptions;
use crate::commit_record::CommitLog;
use crate::object::FileCore;

/// What has changed since the last commit. One thread at a time changes a file.
#[derive(Debug)]
pub(crate) struct Session {
    pub(super) core: Arc<FileCore>,
    pub(super) options: OpenOptions,
    pub(super) space: Space,
    /// Of a file that keeps its free space: where it says so.
    pub(super) free_space_record: Option<FreeSpaceRecord>,
    pub(super) superblocks: Superblocks,
    /// Tells other processes of commits, if the file has room for that.
    pub(super) stamping: Option<Stamping>,
    /// Where commits are recorded that a power cut may tear.
    pub(super) commit_log: CommitLog,
    /// What is known of datasets that are written while others read them; `None` until that begins.
    pub(super) swmr: Option<swmr::Fit>,
    /// Headers of objects in memory: those that differ from what is staged or stored, and others that were looked at.
    headers: AddressMap<EditedHeader>,
    /// What groups and datasets keep in memory until they are settled. Taken out while it is worked on, so that it can be handed the
    /// session.
    pub(crate) links: AddressMap<PendingLinks>,
    pub(super) datasets: AddressMap<DatasetState>,
    /// Datasets of which elements have changed that the last commit has.
    pub(super) overwritten: AddressSet,
    pub(super) attributes: AddressMap<DenseChanges>,
    /// Where values of variable length go.
    pub(super) global_heap: GlobalHeap,
    /// Decoded chunks of all datasets, by their last use.
    pub(super) chunks: ChunkQueue,
    /// Blocks over the file, by address, with their lengths.
    pub(super) staged: BTreeMap<u64, u64>,
    staged_bytes: u64,
    /// How many of them waited after those that can be written ahead of the commit were: blocks in the place of others.
    waiting_bytes: u64,
    /// Staged blocks that were given up while somebody may read them.
    doomed: Vec<Address>,
    pub(super) order: PublicationOrder,
    /// Bytes that are patched after everything is published, by address: nothing that a reader follows.
    pub(super) late: BTreeMap<u64, Vec<u8>>,
    /// Objects removed from fractal heaps, whose bytes are still in use as far as the file is concerned.
    pub(super) heap_removals: AddressMap<fractal_heap::Removals>,
    /// Counts the changes of each object, for those who hold a decoded form of it.
    changes: AddressMap<u64>,
    /// For addresses whose object was removed: the number of changes by then.
    removed: AddressMap<u64>,
    unsettled: AddressSet,
    /// How many objects may be in memory before most of them go.
    room: usize,
    /// Links that were added since then, in any group.
    pub(super) links_added: usize,
    readers: Arc<AtomicUsize>,
    pub(super) failure: Option<String>,
    /// Whether anything at all has changed since the last commit.
    pub(super) dirty: bool,
    closed: bool,
    pub(super) commits: u64,
}

impl Session {
    /// Begins to change a file that was opened.
    ///
    /// # Errors
    /// `Usage` if a writer has the file open or left it so, or the file ends before its superblock says; `Unsupported` for a file that is
    /// several files; `Io`, also if commits cannot be recorded beside the file and have to survive a power cut.
    pub(crate) fn open(core: Arc<FileCore>, options: OpenOptions, readers: Arc<AtomicUsize>) -> Result<Self> {
        if let Some(warning) = core.warnings().first() {
            return Err(Error::usage(format!("the file cannot be changed as it is: {warning}")));
        }
        if core.driver_information()?.is_some() {
            return Err(Error::unsupported("changing a file that is several files"));
        }
        if core.extension().metadata_cache_image.is_some_and(|image| image.image_address.is_some()) {
            return Err(Error::unsupported("changing a file that keeps an image of the metadata cache"));
        }
        let superblocks = Superblocks::load(&core)?;
        let stamping = Stamping::find(&core);
        let end = superblocks.published_end();
        let (space, free_space_record) = free_space_record::load(&core, end)?;
        core.storage().set_length(space.end());
        let commit_log = CommitLog::open(core.storage().vfd(), options.durability)?;
        Ok(Self {
            core,
            options,
            space,
            free_space_record,
            superblocks,
            stamping,
            commit_log,
            swmr: None,
            headers: AddressMap::default(),
            links: AddressMap::default(),
            datasets: AddressMap::default(),
            overwritten: AddressSet::default(),
            attributes: AddressMap::default(),
            global_heap: GlobalHeap::default(),
            chunks: ChunkQueue::default(),
            staged: BTreeMap::new(),
            staged_bytes: 0,
            waiting_bytes: 0,
            doomed: Vec::new(),
            order: PublicationOrder::default(),
            late: BTreeMap::new(),
            heap_removals: AddressMap::default(),
            changes: AddressMap::default(),
            removed: AddressMap::default(),
            unsettled: AddressSet::default(),
            room: settle::KEPT_OBJECTS,
            links_added: 0,
            readers,
            failure: None,
            dirty: false,
            closed: false,
            commits: 0,
        })
    }

    /// The file below.
    pub(crate) fn core(&self) -> &Arc<FileCore> {
        &self.core
    }

    /// How the file was opened.
    pub(crate) fn options(&self) -> &OpenOptions {
        &self.options
    }

    /// Widths of offsets and lengths.
    pub(crate) fn sizes(&self) -> Sizes {
        self.core.storage().sizes()
    }

    /// True while somebody reads what was handed out before.
    pub(crate) fn has_readers(&self) -> bool {
        self.readers.load(Ordering::Acquire) > 0
    }

    /// True if something has changed since the last commit.
    pub(crate) fn has_changes(&self) -> bool {
        self.dirty
    }

    /// Counts the commits so far.
    pub(crate) fn commits(&self) -> u64 {
        self.commits
    }

    /// The description of a dataset whose state is in memory, settled or not; `Some(None)` if the state does not tell all of it.
    pub(crate) fn dataset_in_memory(&self, dataset: Address) -> Option<Option<Arc<DatasetInfo>>> {
        self.datasets.get(&dataset).map(DatasetState::info)
    }

    /// Commits, cuts free space off the end, and takes no more changes. A second time, does nothing.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn close(&mut self) -> Result<()> {
        if self.closed {
            return Ok(());
        }
        let done = if self.failure().is_some() { Ok(()) } else { self.close_now() };
        self.closed = true;
        self.commit_log.close();
        done
    }

    fn close_now(&mut self) -> Result<()> {
        self.commit()?;
        fractal_heap::give_back(self)?;
        self.commit()?;
        self.end_swmr()?;
        self.trim()?;
        self.record_free_space()?;
        self.commit()
    }

    /// Why an earlier write failed, if one did.
    fn failure(&self) -> Option<&str> {
        self.failure.as_deref().or_else(|| self.core.storage().failure())
    }

    /// Fails if an earlier write did, or the file was closed.
    ///
    /// # Errors
    /// `Io`, with the reason; `Usage`.
    pub(crate) fn check(&self) -> Result<()> {
        if self.closed {
            return Err(Error::usage("the file was closed"));
        }
        match self.failure() {
            None => Ok(()),
            Some(reason) => Err(Error::new(
                h5_types::ErrorKind::Io,
                format!(
                    "writing failed before ({reason}); the file has its last flushed state, open it again"
                ),
            )),
        }
    }
}
