use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use h5_backend::{Backend, Capability, FileInfo, FileSpaceStrategy, Node};
use h5_format::message::{Context, FileSpaceStrategy as StoredStrategy, MessageType};
use h5_format::superblock::DriverInformation;
use h5_types::{Address, Error, Name, ObjectToken, Result};

use super::capability;
use super::dataset::Resolver;
use super::lock;
use super::node::NativeNode;
use super::several_files::SeveralFiles;
use super::siblings::Siblings;
use super::writer::{Writer, WriterSlot};
use crate::commit_record::{Beside, Of, Records};
use crate::dataset::{ChunkCache, ReadContext};
use crate::object::FileCore;
use crate::shared_messages::SharedMessageHeaps;
use crate::vfd::{FileVfd, Vfd};
use crate::write;
use crate::{CreateOptions, OpenOptions};

/// A file opened by the pure-Rust backend. Cheap to clone; the file closes with the last clone and the last object of it.
#[derive(Debug, Clone)]
pub struct NativeFile {
    state: Arc<FileState>,
    /// Virtual datasets of this file that led here one after another.
    virtual_hops: usize,
}

/// What all objects of a file share.
pub(crate) struct FileState {
    core: Arc<FileCore>,
    pub(super) writer: WriterSlot,
    options: OpenOptions,
    chunk_cache: ChunkCache,
    siblings: Siblings,
    shared_heaps: SharedMessageHeaps,
    pub(super) closed: AtomicBool,
}

impl NativeFile {
    /// Opens a file for reading.
    ///
    /// A file that is several files is opened by its first member (the one with the superblock), which tells what the others are
    /// called; they are opened as far as the access policy lets it. A family may also be opened by its pattern, such as
    /// `run-%05d.h5`: its members are then files that the caller named.
    ///
    /// # Errors
    /// `NotFound` if the file or a member of it is not there, `PermissionDenied`, `Io`; `Format` if it is no HDF5 file.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self> {
        Self::open_at(path, options, 0)
    }

    /// Opens a file whose bytes are reached through a driver of the caller's. It has no directory: other files that it names are
    /// not found.
    ///
    /// # Errors
    /// `Format` if it is no HDF5 file, `Io`.
    pub fn open_vfd(vfd: Arc<dyn Vfd>, options: &OpenOptions) -> Result<Self> {
        let core = FileCore::open(vfd, options.limits.clone())?;
        Ok(Self::with_siblings(core, options, Siblings::none(options.access)))
    }

    /// As [`NativeFile::open`], of the bytes that a driver shows of the file, whatever a record beside it says.
    pub(crate) fn open_over(vfd: Arc<dyn Vfd>, path: &Path, options: &OpenOptions) -> Result<Self> {
        let core = FileCore::open_with(vfd, options.limits.clone(), Records::Ignored)?;
        Ok(Self::with_siblings(core, options, Siblings::of(path, options.access, 0)))
    }

    /// Creates a file, in the place of one that is there, and opens it for reading and writing. It is a whole file, with an empty root
    /// group, as soon as this returns.
    ///
    /// # Errors
    /// `PermissionDenied`, `Io`; `Usage` if the options contradict each other. A file that another process has open stays as it is.
    pub fn create(path: &Path, create: &CreateOptions, options: &OpenOptions) -> Result<Self> {
        let at = |error: Error| error.with_path(path.display().to_string());
        let vfd = FileVfd::create(path, create.new).map_err(|e| at(e.into()))?;
        lock::writer(vfd.file(), options.locking).map_err(at)?;
        // A file that was never longer stays untouched: cut to nothing, ext4 takes it for the replacement of another and writes all of it
        // to the disk when it is closed.
        if vfd.len().map_err(|e| at(e.into()))? > 0 {
            vfd.set_len(0).map_err(|e| at(e.into()))?;
        }
        let siblings = Siblings::of(path, options.access, 0);
        let vfd = Arc::new(vfd);
        let locked = Some(Arc::clone(&vfd));
        Self::create_in(vfd, create, options, siblings, locked).map_err(at)
    }

    /// Creates a file in a driver of the caller's, which is empty. It has no directory: other files that it names are not found.
    ///
    /// # Errors
    /// As [`NativeFile::create`].
    pub fn create_vfd(vfd: Arc<dyn Vfd>, create: &CreateOptions, options: &OpenOptions) -> Result<Self> {
        Self::create_in(vfd, create, options, Siblings::none(options.access), None)
    }

    /// Opens a file for reading and writing.
    ///
    /// # Errors
    /// As [`NativeFile::open`]; `Usage` if a writer has the file open or left it so (`h5 clear` helps then); `Unsupported` for files
    /// that are several files.
    pub fn open_writable(path: &Path, options: &OpenOptions) -> Result<Self> {
        Self::open_writable_at(path, options, 0)
    }

    /// Opens a file for reading and writing that `hops` files before it led to.
    pub(super) fn open_writable_at(path: &Path, options: &OpenOptions, hops: usize) -> Result<Self> {
        let at = |error: Error| error.with_path(path.display().to_string());
        let vfd = FileVfd::open_writable(path).map_err(|e| at(e.into()))?;
        lock::writer(vfd.file(), options.locking).map_err(at)?;
        let siblings = Siblings::of(path, options.access, hops);
        let vfd = Arc::new(vfd);
        let locked = Some(Arc::clone(&vfd));
        Self::writable(vfd, options, siblings, locked).map_err(at)
    }

    /// Opens a file in a driver of the caller's for reading and writing.
    ///
    /// # Errors
    /// As [`NativeFile::open_writable`].
    pub fn open_writable_vfd(vfd: Arc<dyn Vfd>, options: &OpenOptions) -> Result<Self> {
        Self::writable(vfd, options, Siblings::none(options.access), None)
    }

    fn create_in(
        vfd: Arc<dyn Vfd>,
        create: &CreateOptions,
        options: &OpenOptions,
        siblings: Siblings,
        locked: Option<Arc<FileVfd>>,
    ) -> Result<Self> {
        // What is beside a file that was replaced is of no use any more.
        if let Some(beside) = Beside::look(&*vfd)? {
            beside.discard()?;
        }
        let free = write::create(&*vfd, create, options)?;
        let file = Self::writable(vfd, options, siblings, locked)?;
        if let Some(writer) = file.state.writer() {
            writer.alone().know_free(free);
        }
        Ok(file)
    }

    fn writable(
        vfd: Arc<dyn Vfd>,
        options: &OpenOptions,
        siblings: Siblings,
        locked: Option<Arc<FileVfd>>,
    ) -> Result<Self> {
        let mut options = options.clone();
        // A file that grows has no bound that its length at the beginning could give.
        options.limits.work_bytes = u64::MAX;
        let records = Records::Completed(Of::ClosedFiles);
        let core = Arc::new(FileCore::open_with(vfd, options.limits.clone(), records)?);
        let readers = Arc::default();
        let session = write::Session::open(Arc::clone(&core), options.clone(), Arc::clone(&readers))?;
        let writer = Writer::new(session, readers, locked);
        Ok(Self::with_state(core, Some(writer), &options, siblings))
    }

    /// Opens a file that `hops` files before it led to.
    pub(super) fn open_at(path: &Path, options: &OpenOptions, hops: usize) -> Result<Self> {
        let siblings = Siblings::of(path, options.access, hops);
        let core = SeveralFiles { path, options, siblings: &siblings }
            .open()
            .map_err(|e| e.with_path(path.display().to_string()))?;
        Ok(Self::with_siblings(core, options, siblings))
    }

    fn with_siblings(core: FileCore, options: &OpenOptions, siblings: Siblings) -> Self {
        Self::with_state(Arc::new(core), None, options, siblings)
    }

    fn with_state(
        core: Arc<FileCore>,
        writer: Option<Writer>,
        options: &OpenOptions,
        siblings: Siblings,
    ) -> Self {
        let state = FileState {
            core,
            writer: WriterSlot::new(writer),
            options: options.clone(),
            chunk_cache: ChunkCache::new(options.chunk_cache_bytes),
            siblings,
            shared_heaps: SharedMessageHeaps::default(),
            closed: AtomicBool::new(false),
        };
        Self { state: Arc::new(state), virtual_hops: 0 }
    }

    /// The same file, as a virtual dataset of it sees it that `virtual_hops` others led to.
    pub(super) fn from_state(state: Arc<FileState>, virtual_hops: usize) -> Self {
        Self { state, virtual_hops }
    }

    /// The file's parts below the backend: superblock, object headers, storage.
    pub fn core(&self) -> &FileCore {
        &self.state.core
    }

    /// How often changes were committed: by flushes, and where they allow no order.
    #[cfg(feature = "broken-barriers")]
    pub fn commits(&self) -> u64 {
        self.state.writer().map_or(0, |writer| writer.shared().commits())
    }
}

impl FileState {
    pub(super) fn core(&self) -> &FileCore {
        &self.core
    }

    pub(super) fn context(&self) -> Context<'_> {
        self.core.context()
    }

    pub(super) fn options(&self) -> &OpenOptions {
        &self.options
    }

    pub(super) fn siblings(&self) -> &Siblings {
        &self.siblings
    }

    /// Calls `read` with what reading a dataset needs of the file.
    pub(super) fn with_read_context<T>(
        self: &Arc<Self>,
        virtual_hops: usize,
        read: impl FnOnce(&ReadContext<'_>) -> Result<T>,
    ) -> Result<T> {
        let storage = self.core.storage();
        let resolver = Resolver { state: self, virtual_hops };
        let threads = self.options.threads.unwrap_or(0);
        read(&ReadContext { storage, cache: &self.chunk_cache, resolver: &resolver, threads })
    }

    /// The body of a message that lies in the file's heap of shared messages.
    pub(super) fn shared_message(&self, kind: MessageType, id: &[u8]) -> Result<Vec<u8>> {
        self.shared_heaps.read(&self.core, self.core.shared_message_heap(kind)?, id)
    }
}

impl Backend for NativeFile {
    fn capability(&self) -> Capability {
        capability::of(self.state.writer().is_some(), &self.state.options)
    }

    fn file_info(&self) -> Result<FileInfo> {
        self.state.check_open()?;
        let core = &self.state.core;
        let sizes = core.storage().sizes();
        let mut info = FileInfo::default();
        info.superblock_version = Some(core.superblock().version);
        info.user_block_bytes = Some(core.user_block_bytes());
        info.offset_size_bytes = Some(sizes.offsets);
        info.length_size_bytes = Some(sizes.lengths);
        info.shared_message_indexes =
            core.extension().shared_message_table.map_or(0, |table| u32::from(table.number_of_indices));
        info.file_space_strategy =
            core.extension().file_space_info.as_ref().map(|space| match space.strategy {
                StoredStrategy::FreeSpaceManagers => FileSpaceStrategy::FreeSpaceManagers,
                StoredStrategy::Pages => FileSpaceStrategy::Page,
                StoredStrategy::Aggregators => FileSpaceStrategy::Aggregators,
                StoredStrategy::None => FileSpaceStrategy::None,
            });
        if let Some(space) = &core.extension().file_space_info {
            info.persists_free_space = Some(space.persisting_free_space);
            info.free_space_threshold_bytes = Some(space.free_space_section_threshold);
            info.file_space_page_bytes = Some(space.file_space_page_size).filter(|&bytes| bytes > 0);
        }
        // The address space of a multi file has gaps: its end is no number of bytes.
        if !matches!(core.driver_information()?, Some(DriverInformation::Multi { .. })) {
            info.length_bytes = Some(core.storage().vfd().len()?);
        }
        info.warnings = core.warnings().iter().map(ToString::to_string).collect();
        Ok(info)
    }

    fn root(&self) -> ObjectToken {
        ObjectToken(u128::from(self.state.core.superblock().root_group_object_header_address.0))
    }

    fn open(&self, object: ObjectToken) -> Result<Arc<dyn Node>> {
        let address = u64::try_from(object.0).map_err(|_| {
            Error::not_found("a token of another backend: no address of a file is that large")
        })?;
        Ok(Arc::new(NativeNode::open(Arc::clone(&self.state), Address(address), self.virtual_hops)?))
    }

    fn open_external(&self, file: &Name) -> Result<Arc<dyn Backend>> {
        let FileState { siblings, options, .. } = &*self.state;
        let path: PathBuf = siblings.find(file)?;
        let opened = Self::open_at(&path, options, siblings.next_hop(self.virtual_hops, &options.limits)?)?;
        Ok(Arc::new(opened))
    }

    fn flush(&self) -> Result<()> {
        self.state.check_open()?;
        match self.state.writer() {
            Some(writer) => writer.alone().commit(),
            None => Ok(()),
        }
    }

    fn start_swmr(&self) -> Result<()> {
        self.state.check_open()?;
        match self.state.writer() {
            Some(writer) => writer.start_swmr(),
            None => Err(Error::unsupported("the file is open for reading only")),
        }
    }

    fn end_swmr(&self) -> Result<()> {
        self.state.check_open()?;
        match self.state.writer() {
            Some(writer) => writer.end_swmr(),
            None => Ok(()),
        }
    }

    fn close(&self) -> Result<()> {
        self.state.closed.store(true, Ordering::Release);
        match self.state.writer() {
            Some(writer) => writer.close(),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for FileState {
    /// Without caches and everything else that a file keeps at hand.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileState").field("closed", &self.closed).finish_non_exhaustive()
    }
}

impl Drop for FileState {
    /// Closes what was not closed. Nobody is there to be told of a failure but the user.
    fn drop(&mut self) {
        if let Some(writer) = self.writer()
            && let Err(error) = writer.alone().close()
        {
            eprintln!("h5: the last changes of a file could not be written: {error}");
        }
    }
}
