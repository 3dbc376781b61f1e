use std::sync::{Arc, OnceLock};

use h5_filters::Registry;
use h5_format::message::BTreeKValues;
use h5_types::{AccessPolicy, Durability, LibverBounds, Limits, Locking, NewGroup};

use crate::dataset::ChunkCache;
use crate::file_space::FileSpace;

/// How a file is opened.
///
/// ```
/// use h5_native::{OpenOptions, StorageKind};
/// use h5_types::AccessPolicy;
///
/// let options = OpenOptions::new().access(AccessPolicy::Deny).storage(StorageKind::Memory).threads(1);
/// ```
#[derive(Debug, Clone)]
pub struct OpenOptions {
    pub(crate) limits: Limits,
    pub(crate) access: AccessPolicy,
    pub(crate) storage: StorageKind,
    pub(crate) chunk_cache_bytes: usize,
    /// `None`: as many as the machine offers, asked for when a read first has work for several.
    pub(crate) threads: Option<usize>,
    pub(crate) filters: Arc<Registry>,
    pub(crate) bounds: LibverBounds,
    pub(crate) durability: Durability,
    pub(crate) locking: Locking,
    #[cfg(feature = "broken-barriers")]
    pub(crate) broken: Option<Barrier>,
}

/// A rule of the commit protocol, by its number in `spec-notes/decisions/0004-commit-protocol.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barrier {
    /// Fresh blocks before stable blocks.
    B1,
    /// The file's length before the end-of-file address.
    B2,
    /// The end-of-file address before stable blocks.
    B3,
    /// Stable blocks in the order that operations asked for.
    B4,
    /// Space that the last commit uses is not written.
    B5,
    /// The record of free space is struck out before anything else is published.
    B6,
    /// The stamp says that blocks are being replaced before they are: a rule for readers that look meanwhile, not for crashes.
    B7,
}

/// How a file is created.
///
/// ```
/// use h5_native::CreateOptions;
///
/// let options = CreateOptions::new().user_block_bytes(512);
/// ```
#[derive(Debug, Clone)]
pub struct CreateOptions {
    pub(crate) new: bool,
    pub(crate) user_block_bytes: u64,
    pub(crate) root: NewGroup,
    pub(crate) b_tree_k_values: BTreeKValues,
    pub(crate) file_space: FileSpace,
}

impl CreateOptions {
    /// The defaults: in the place of what is there, no user block, a root group that tracks no order.
    pub fn new() -> Self {
        Self {
            new: false,
            user_block_bytes: 0,
            root: NewGroup::default(),
            b_tree_k_values: BTreeKValues::DEFAULT,
            file_space: FileSpace::default(),
        }
    }

    /// Fail rather than replace a file that is there.
    #[must_use]
    pub fn exclusive(mut self, exclusive: bool) -> Self {
        self.new = exclusive;
        self
    }

    /// Bytes before the superblock that are the user's: 0, or a power of two from 512 on.
    #[must_use]
    pub fn user_block_bytes(mut self, bytes: u64) -> Self {
        self.user_block_bytes = bytes;
        self
    }

    /// What the root group is asked to be.
    #[must_use]
    pub fn root(mut self, root: NewGroup) -> Self {
        self.root = root;
        self
    }

    /// Capacities of the symbol tables of old groups: a node of the B-tree has up to `2 * internal_k` children, a leaf up to `2 * leaf_k`
    /// links. Default: 16 and 4.
    #[must_use]
    pub fn symbol_table_k(mut self, internal_k: u16, leaf_k: u16) -> Self {
        self.b_tree_k_values.group_internal_node_k = internal_k;
        self.b_tree_k_values.group_leaf_node_k = leaf_k;
        self
    }

    /// Capacity of version 1 B-trees of chunks: a node has up to `2 * k` children. Default: 32.
    #[must_use]
    pub fn chunk_b_tree_k(mut self, k: u16) -> Self {
        self.b_tree_k_values.indexed_storage_internal_node_k = k;
        self
    }

    /// How file space is managed. Default: free-space managers that forget what is free when the file is closed. All else needs release
    /// 1.10 of the C library to be heeded; older ones read the file all the same. In pages, small blocks of metadata and of raw data are
    /// apart. What is free within one session is used again with each strategy.
    #[must_use]
    pub fn file_space(mut self, file_space: FileSpace) -> Self {
        self.file_space = file_space;
        self
    }
}

impl Default for CreateOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// The built-in filters, made once: opening a small file should not cost more than its reads.
fn standard_filters() -> Arc<Registry> {
    static STANDARD: OnceLock<Arc<Registry>> = OnceLock::new();
    Arc::clone(STANDARD.get_or_init(|| Arc::new(Registry::standard())))
}

/// How the bytes of a file that is opened by its path are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum StorageKind {
    /// Positional reads.
    #[default]
    File,
    /// Mapped into memory; see [`MapVfd`](crate::vfd::MapVfd) for when not to.
    #[cfg(feature = "mmap")]
    Map,
    /// Read into memory as a whole.
    Memory,
}

impl OpenOptions {
    /// The defaults: limits as [`Limits::default`], files of the same directory may be opened too, positional reads, 52 MiB for
    /// decoded chunks, as many threads as cores, all built-in filters.
    pub fn new() -> Self {
        Self {
            limits: Limits::default(),
            access: AccessPolicy::default(),
            storage: StorageKind::default(),
            chunk_cache_bytes: ChunkCache::DEFAULT_BYTES,
            threads: None,
            filters: standard_filters(),
            bounds: LibverBounds::default(),
            durability: Durability::default(),
            locking: Locking::default(),
            #[cfg(feature = "broken-barriers")]
            broken: None,
        }
    }

    /// Bounds on what the file may make us do.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Whether the file may make us open other files.
    #[must_use]
    pub fn access(mut self, access: AccessPolicy) -> Self {
        self.access = access;
        self
    }

    /// How the file's bytes are reached.
    #[must_use]
    pub fn storage(mut self, storage: StorageKind) -> Self {
        self.storage = storage;
        self
    }

    /// Bytes of decoded chunks that are kept for later reads, for the whole file. 0 keeps none.
    ///
    /// Chunks that reads come back for after they had to go are kept packed, where that saves at least half.
    #[must_use]
    pub fn chunk_cache_bytes(mut self, bytes: usize) -> Self {
        self.chunk_cache_bytes = bytes;
        self
    }

    /// Threads that decode chunks of one read, at least 1. 1 stays on the caller's thread.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads.max(1));
        self
    }

    /// The filters that chunks may use, instead of the built-in ones.
    #[must_use]
    pub fn filters(mut self, filters: Registry) -> Self {
        self.filters = Arc::new(filters);
        self
    }

    /// Which releases of the C library must be able to read what is written. Default: 1.8 and later.
    #[must_use]
    pub fn bounds(mut self, bounds: LibverBounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// What a flush has to survive. Default: the end of the process. For power cuts ([`Durability::Full`]), commits are recorded beside the
    /// file, where its driver has a place for that ([`Vfd::companion`](crate::vfd::Vfd::companion)).
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Commits without that rule, so that a crash loses data: what tests for crashes have to notice.
    #[cfg(feature = "broken-barriers")]
    #[must_use]
    pub fn without_barrier(mut self, barrier: Barrier) -> Self {
        self.broken = Some(barrier);
        self
    }

    /// True if commits keep that rule.
    #[cfg(feature = "broken-barriers")]
    pub(crate) fn keeps(&self, barrier: Barrier) -> bool {
        self.broken != Some(barrier)
    }

    /// True if commits keep that rule: always, but for tests.
    #[cfg(not(feature = "broken-barriers"))]
    pub(crate) fn keeps(&self, _: Barrier) -> bool {
        true
    }

    /// Whether files are locked against other processes. Default: as the environment says.
    #[must_use]
    pub fn locking(mut self, locking: Locking) -> Self {
        self.locking = locking;
        self
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}
