//! The state of a file that is open for writing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use h5_format::Sizes;
use h5_format::message::FileSpaceStrategy;
use h5_format::object_header::Prefix;
use h5_types::{Address, Error, Result};

use super::attributes::DenseChanges;
use super::chunks::ChunkQueue;
use super::commit::Superblocks;
use super::dataset::{DatasetState, DatasetStorage};
use super::fractal_heap;
use super::global_heap::GlobalHeap;
use super::header::{EditedHeader, HeaderMessage, HeaderView};
use super::links::PendingLinks;
use super::order::PublicationOrder;
use super::space::{Space, SpaceKind};
use crate::OpenOptions;
use crate::object::{FileCore, ObjectHeader};
use crate::options::Barrier;

/// Metadata that waits in memory before it is written ahead of the commit. It is out of the readers' sight all the same.
const STAGED_BYTES: u64 = 4 << 20;

/// Objects whose changes wait in memory to be laid out together.
const UNSETTLED_OBJECTS: usize = 1024;

/// What has changed since the last commit. One thread at a time changes a file.
#[derive(Debug)]
pub(crate) struct Session {
    pub(super) core: Arc<FileCore>,
    pub(super) options: OpenOptions,
    pub(super) space: Space,
    pub(super) superblocks: Superblocks,
    /// Headers that differ from what is staged or stored.
    headers: HashMap<Address, EditedHeader>,
    /// What groups and datasets keep in memory until they are settled. Taken out while it is worked on, so that it can be handed the
    /// session.
    pub(crate) links: HashMap<Address, PendingLinks>,
    pub(super) datasets: HashMap<Address, DatasetState>,
    pub(super) attributes: HashMap<Address, DenseChanges>,
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
    pub(super) heap_removals: HashMap<Address, fractal_heap::Removals>,
    /// Counts the changes of each object, for those who hold a decoded form of it.
    changes: HashMap<Address, u64>,
    /// For addresses whose object was removed: the number of changes by then.
    removed: HashMap<Address, u64>,
    unsettled: HashSet<Address>,
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
    /// several files; `Io`.
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
        // What such a file says of its free space would no longer be true, and the C library would hand out space in use.
        let managed = core.extension().file_space_info.as_ref().is_some_and(|space| {
            let recorded = space.end_of_allocation.is_some() || space.managers.iter().any(Option::is_some);
            space.strategy == FileSpaceStrategy::Pages || (space.persisting_free_space && recorded)
        });
        if managed {
            let message = "changing a file that keeps its free space or is cut into pages; `h5 repack` makes one that is not";
            return Err(Error::unsupported(message));
        }
        let superblocks = Superblocks::load(&core)?;
        let end = superblocks.published_end();
        let space = Space::new(end, core.storage().sizes().offsets);
        core.storage().set_length(end);
        Ok(Self {
            core,
            options,
            space,
            superblocks,
            headers: HashMap::new(),
            links: HashMap::new(),
            datasets: HashMap::new(),
            attributes: HashMap::new(),
            global_heap: GlobalHeap::default(),
            chunks: ChunkQueue::default(),
            staged: BTreeMap::new(),
            staged_bytes: 0,
            waiting_bytes: 0,
            doomed: Vec::new(),
            order: PublicationOrder::default(),
            late: BTreeMap::new(),
            heap_removals: HashMap::new(),
            changes: HashMap::new(),
            removed: HashMap::new(),
            unsettled: HashSet::new(),
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

    // --- Space and blocks -----------------------------------------------------------------------------------------------------

    /// Space that nobody uses. What is written there is seen by nobody before a stable block leads there.
    ///
    /// # Errors
    /// `Limit` if the file is full.
    pub(crate) fn allocate(&mut self, kind: SpaceKind, length: u64) -> Result<Address> {
        self.dirty = true;
        if self.readers.load(Ordering::Acquire) == 0 {
            self.quiesce();
        }
        let address = self.space.allocate(kind, length)?;
        self.core.storage().set_length(self.space.end());
        Ok(address)
    }

    /// Gives space back; from the next commit on it may be used again, at once if the last commit did not use it.
    pub(crate) fn free(&mut self, address: Address, length: u64) {
        // Addresses of what an object had come from the file: what is outside of it is nothing to give back.
        if address.0.checked_add(length).is_none_or(|end| end > self.space.end()) {
            return;
        }
        self.dirty = true;
        let readers = self.readers.load(Ordering::Acquire) > 0;
        if self.staged.contains_key(&address.0) {
            if readers {
                self.doomed.push(address);
            } else {
                self.unstage(address);
            }
        }
        self.forget_patches(address, length);
        if self.is_fresh(address) {
            self.order.forget(address);
        }
        if self.options.keeps(Barrier::B6) {
            self.space.free(address, length, readers);
        } else {
            self.space.known_free(address.0, length);
        }
    }

    /// Patches of a block that is not used any more.
    fn forget_patches(&mut self, address: Address, length: u64) {
        let end = address.0.saturating_add(length);
        while let Some((&patch, _)) = self.late.range(address.0..end).next() {
            self.late.remove(&patch);
            self.core.storage().unstage(Address(patch));
        }
    }

    /// A new metadata block.
    ///
    /// # Errors
    /// As [`Session::allocate`].
    pub(crate) fn put(&mut self, kind: SpaceKind, block: Vec<u8>) -> Result<Address> {
        let address = self.allocate(kind, u64::try_from(block.len()).unwrap_or(u64::MAX))?;
        self.stage(address, block);
        Ok(address)
    }

    /// A metadata block in the place of another, which is `old_length` long: at the same address if nobody can know that one yet, else
    /// elsewhere. Whoever leads to it has to be told.
    ///
    /// # Errors
    /// As [`Session::allocate`].
    pub(crate) fn replace(&mut self, old: Address, old_length: u64, block: Vec<u8>) -> Result<Address> {
        let same = u64::try_from(block.len()) == Ok(old_length);
        if same && self.space.is_fresh(old) && self.readers.load(Ordering::Acquire) == 0 {
            self.stage(old, block);
            return Ok(old);
        }
        self.free(old, old_length);
        self.put(SpaceKind::Metadata, block)
    }

    /// A block at an address of its own: a fresh one, or a stable one that the commit will replace by one write.
    pub(crate) fn stage(&mut self, address: Address, block: Vec<u8>) {
        self.dirty = true;
        let length = u64::try_from(block.len()).unwrap_or(u64::MAX);
        let before = self.staged.insert(address.0, length);
        self.staged_bytes = self.staged_bytes.saturating_sub(before.unwrap_or(0)).saturating_add(length);
        self.core.storage().stage(address, block);
    }

    /// Writes raw data into fresh space, or over raw data that the caller may overwrite.
    ///
    /// # Errors
    /// `Io`; the session has failed then.
    pub(crate) fn write_raw(&mut self, address: Address, bytes: &[u8]) -> Result<()> {
        self.dirty = true;
        let written = self.core.storage().write_raw(address, bytes);
        written.inspect_err(|error| self.failure = Some(error.to_string()))
    }

    /// Bytes that no reader follows (sibling addresses of a B-tree node), to be patched in place once all else is published. Whoever reads
    /// their block, which must not be staged as a whole, sees them at once.
    pub(crate) fn patch_late(&mut self, address: Address, bytes: Vec<u8>) {
        self.dirty = true;
        self.core.storage().stage(address, bytes.clone());
        self.late.insert(address.0, bytes);
    }

    /// True if the last commit does not use this byte.
    pub(crate) fn is_fresh(&self, address: Address) -> bool {
        self.space.is_fresh(address)
    }

    /// Asks for the stable block at `first` to be published before that at `then`; of a block that the last commit does not use, to be
    /// found. Where that contradicts what was asked for before, the changes so far are committed.
    ///
    /// # Errors
    /// Those of that commit.
    pub(crate) fn publish_before(&mut self, first: Address, then: Address) -> Result<()> {
        let space = &self.space;
        if self.order.require(first, then, |block| space.is_fresh(block)) {
            return Ok(());
        }
        self.commit()?;
        // Nothing is asked for any more.
        let space = &self.space;
        let _ = self.order.require(first, then, |block| space.is_fresh(block));
        Ok(())
    }

    /// Says that the publication of the stable block at `leader` will let the block at `block` be found by a link.
    ///
    /// # Errors
    /// As [`Session::publish_before`].
    pub(crate) fn will_lead(&mut self, leader: Address, block: Address) -> Result<()> {
        let space = &self.space;
        if self.order.lead(leader, block, |block| space.is_fresh(block)) { Ok(()) } else { self.commit() }
    }

    /// Asks for what has to be published before the stable block at `group` loses its link to objects that stay, and to others that go
    /// with it.
    ///
    /// # Errors
    /// As [`Session::publish_before`].
    pub(crate) fn will_leave(
        &mut self,
        group: Address,
        staying: impl IntoIterator<Item = Address>,
        going: impl IntoIterator<Item = Address>,
    ) -> Result<()> {
        for object in staying {
            // What nobody can find yet is published with the links that it has by then, and so is a group.
            if self.is_fresh(object) || self.order.lose(group, object) {
                continue;
            }
            // Where it is found from now on.
            for other in self.order.gained(object) {
                self.publish_before(other, group)?;
            }
            // A count that is too high loses space; one that is too low loses an object.
            self.publish_before(group, object)?;
        }
        // What was moved out of them before is found elsewhere.
        for object in going {
            if !self.is_fresh(object) && self.order.awaits(object) {
                self.publish_before(object, group)?;
            }
        }
        Ok(())
    }

    fn unstage(&mut self, address: Address) {
        if let Some(length) = self.staged.remove(&address.0) {
            self.staged_bytes = self.staged_bytes.saturating_sub(length);
            self.waiting_bytes = self.waiting_bytes.min(self.staged_bytes);
            self.core.storage().unstage(address);
        }
    }

    /// Nobody reads, and nobody can begin to while the session is changed: what waited for that is done.
    fn quiesce(&mut self) {
        for address in std::mem::take(&mut self.doomed) {
            self.unstage(address);
        }
        self.space.no_readers();
    }

    /// Whether a staged block was given up, and is only there for who may be reading it.
    pub(super) fn is_doomed(&self, address: Address) -> bool {
        self.doomed.contains(&address)
    }

    // --- Headers --------------------------------------------------------------------------------------------------------------

    /// The header of an object, to be changed.
    ///
    /// # Errors
    /// Those of loading it; `Unsupported` if it says that it must not be changed.
    pub(crate) fn header(&mut self, address: Address) -> Result<&mut EditedHeader> {
        self.touch(address);
        if !self.headers.contains_key(&address) {
            let stored = ObjectHeader::load(self.core.storage(), address)?;
            self.headers.insert(address, EditedHeader::from_stored(&stored)?);
        }
        self.headers.get_mut(&address).ok_or_else(|| Error::not_found("no object header"))
    }

    /// The messages of an object's header as they are now, for reading.
    ///
    /// # Errors
    /// As [`Session::header`].
    pub(crate) fn messages(&self, address: Address) -> Result<Vec<HeaderMessage>> {
        if let Some(header) = self.headers.get(&address) {
            return Ok(header.messages.clone());
        }
        let stored = ObjectHeader::load(self.core.storage(), address)?;
        Ok(EditedHeader::from_stored(&stored)?.messages)
    }

    /// True while somebody reads what was handed out before.
    pub(crate) fn has_readers(&self) -> bool {
        self.readers.load(Ordering::Acquire) > 0
    }

    /// The header of an object, to be looked at.
    ///
    /// # Errors
    /// As [`Session::header`].
    pub(crate) fn peek_header(&mut self, address: Address) -> Result<&EditedHeader> {
        if !self.headers.contains_key(&address) {
            let stored = ObjectHeader::load(self.core.storage(), address)?;
            self.headers.insert(address, EditedHeader::from_stored(&stored)?);
        }
        self.headers.get(&address).ok_or_else(|| Error::not_found("no object header"))
    }

    /// A new object, to which nothing leads yet. `room` is what the first block has for messages, in bytes, and is made larger if the
    /// messages need it.
    ///
    /// # Errors
    /// As [`Session::allocate`].
    pub(crate) fn create_header(
        &mut self,
        prefix: impl Fn(u64) -> Prefix,
        messages: Vec<HeaderMessage>,
        room: u64,
    ) -> Result<Address> {
        if self.unsettled.len() > UNSETTLED_OBJECTS {
            self.settle_all()?;
            // All that they kept is in their blocks; it is made again from there.
            self.links.clear();
            self.datasets.clear();
        }
        let probe = prefix(room);
        let needed = messages.iter().map(|m| probe.message_bytes(m.body.len())).fold(0, u64::saturating_add);
        let prefix = prefix(room.max(needed));
        let address = self.allocate(SpaceKind::Stable, prefix.block_bytes())?;
        self.headers.insert(address, EditedHeader::new(address, prefix, messages));
        self.touch(address);
        Ok(address)
    }

    /// The messages of an object's header as they are now, for who does not change them.
    ///
    /// # Errors
    /// Those of loading it.
    pub(crate) fn peek(&self, address: Address) -> Result<HeaderView> {
        if let Some(header) = self.headers.get(&address) {
            let reference_count = header.reference_count()?;
            return Ok(HeaderView { messages: header.messages.clone(), reference_count });
        }
        let stored = ObjectHeader::load(self.core.storage(), address)?;
        let messages = stored.messages().map(HeaderMessage::from_raw).collect();
        Ok(HeaderView { messages, reference_count: stored.reference_count()? })
    }

    /// Forgets a header whose object is gone, and gives back its blocks.
    ///
    /// # Errors
    /// As [`Session::header`].
    pub(crate) fn remove_header(&mut self, address: Address) -> Result<()> {
        let header = self.header(address)?;
        let first = header.prefix.block_bytes();
        let blocks = header.continuations().to_vec();
        self.headers.remove(&address);
        self.links.remove(&address);
        self.datasets.remove(&address);
        self.attributes.remove(&address);
        self.unsettled.remove(&address);
        self.removed.insert(address, self.changes(address));
        for (address, length) in blocks {
            self.free(address, length);
        }
        self.free(address, first);
        Ok(())
    }

    /// Counts a change of an object, and remembers that it has to be settled before it is read.
    pub(crate) fn touch(&mut self, object: Address) {
        self.dirty = true;
        let count = self.changes.entry(object).or_insert(0);
        *count = count.saturating_add(1);
        self.unsettled.insert(object);
    }

    /// How often an object has changed.
    pub(crate) fn changes(&self, object: Address) -> u64 {
        self.changes.get(&object).copied().unwrap_or(0)
    }

    /// False if the object that was at an address after so many changes has been removed since.
    pub(crate) fn is_alive(&self, object: Address, changes: u64) -> bool {
        self.removed.get(&object).is_none_or(|&removed| changes >= removed)
    }

    /// True if the object at an address was removed, and no other has come in its place.
    pub(crate) fn is_gone(&self, object: Address) -> bool {
        self.removed.get(&object).is_some_and(|&removed| self.changes(object) == removed)
    }

    /// Counts the commits so far.
    pub(crate) fn commits(&self) -> u64 {
        self.commits
    }

    /// True if an object has changes that are not in its blocks yet.
    pub(crate) fn is_unsettled(&self, object: Address) -> bool {
        self.unsettled.contains(&object)
    }

    /// Dimensions of a dataset in chunks that is being written, settled or not; `None` if it is not in memory.
    pub(crate) fn extent_in_memory(&self, dataset: Address) -> Option<&[u64]> {
        match &self.datasets.get(&dataset)?.storage {
            DatasetStorage::Chunked(writer) => Some(writer.dimensions()),
            _ => None,
        }
    }

    /// Brings an object's changes into its blocks, for whoever reads them.
    ///
    /// # Errors
    /// `Limit` if the file is full, `Unsupported` if the header cannot hold its messages, `Io`.
    pub(crate) fn settle(&mut self, object: Address) -> Result<()> {
        if !self.unsettled.remove(&object) {
            return Ok(());
        }
        let settled = self.settle_parts(object);
        if settled.is_err() {
            self.unsettled.insert(object);
            return settled;
        }
        // What was settled is not a change.
        self.unsettled.remove(&object);
        self.write_if_much_is_staged()
    }

    /// Writes fresh blocks ahead of the commit where they would take much memory.
    ///
    /// # Errors
    /// `Io`; the session has failed then.
    pub(super) fn write_if_much_is_staged(&mut self) -> Result<()> {
        if self.staged_bytes <= self.waiting_bytes.saturating_add(STAGED_BYTES) {
            return Ok(());
        }
        self.write_fresh().inspect_err(|error| self.failure = Some(error.to_string()))?;
        self.waiting_bytes = self.staged_bytes;
        Ok(())
    }

    /// First what changes the header, then the header.
    fn settle_parts(&mut self, object: Address) -> Result<()> {
        self.stage_global_heap()?;
        if let Some(mut links) = self.links.remove(&object) {
            let settled = links.settle(self, object);
            self.links.insert(object, links);
            settled?;
        }
        if let Some(mut dataset) = self.datasets.remove(&object) {
            let settled = dataset.settle(self, object);
            if settled.is_err() || dataset.is_worth_keeping() {
                self.datasets.insert(object, dataset);
            }
            settled?;
        }
        if let Some(mut attributes) = self.attributes.remove(&object)
            && let Err(error) = attributes.settle(self, object)
        {
            self.attributes.insert(object, attributes);
            return Err(error);
        }
        let Some(mut header) = self.headers.remove(&object) else { return Ok(()) };
        let settled = header.settle(self);
        if settled.is_err() {
            self.headers.insert(object, header);
        }
        settled
    }

    /// Settles everything.
    ///
    /// # Errors
    /// As [`Session::settle`].
    pub(super) fn settle_all(&mut self) -> Result<()> {
        while let Some(&object) = self.unsettled.iter().next() {
            self.settle(object)?;
        }
        Ok(())
    }

    /// Commits, cuts free space off the end, and takes no more changes. A second time, does nothing.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn close(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.closed, true) || self.failure.is_some() {
            return Ok(());
        }
        self.commit_now()?;
        fractal_heap::give_back(self)?;
        self.commit_now()?;
        self.trim()
    }

    /// Fails if an earlier write did, or the file was closed.
    ///
    /// # Errors
    /// `Io`, with the reason; `Usage`.
    pub(crate) fn check(&self) -> Result<()> {
        if self.closed {
            return Err(Error::usage("the file was closed"));
        }
        match &self.failure {
            None => Ok(()),
            Some(reason) => Err(Error::new(
                h5_types::ErrorKind::Io,
                format!(
                    "writing failed before ({reason}); the file has its last flushed state, open it again"
                ),
            )),
        }
    }

    /// Takes all staged blocks of an address class away, after they were written.
    pub(super) fn written(&mut self, addresses: &[u64]) {
        for &address in addresses {
            self.unstage(Address(address));
        }
    }
}
