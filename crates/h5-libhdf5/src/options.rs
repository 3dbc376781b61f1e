use h5_types::{AccessPolicy, LibverBounds, Limits, Locking, NewGroup};

/// How the C library opens a file.
///
/// ```
/// use h5_libhdf5::LibraryOptions;
/// use h5_types::LibverBounds;
///
/// let options = LibraryOptions::new().bounds(LibverBounds::Earliest);
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Default)]
pub struct LibraryOptions {
    pub(crate) access: AccessPolicy,
    pub(crate) bounds: LibverBounds,
    pub(crate) locking: Locking,
    pub(crate) limits: Limits,
    pub(crate) user_block_bytes: u64,
    pub(crate) root: NewGroup,
}

impl LibraryOptions {
    /// The defaults: other files in the same directory only, structures of 1.8, locks as the environment says.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which other files a file may lead to.
    #[must_use]
    pub fn access(mut self, access: AccessPolicy) -> Self {
        self.access = access;
        self
    }

    /// The oldest structures that are written. What needs newer ones has them: the library's upper bound is its latest.
    #[must_use]
    pub fn bounds(mut self, bounds: LibverBounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Whether files are locked. Before HDF5 1.12 the environment alone decides, and anything else is refused.
    #[must_use]
    pub fn locking(mut self, locking: Locking) -> Self {
        self.locking = locking;
        self
    }

    /// Bytes before the superblock of a new file: 0, or a power of two of at least 512.
    #[must_use]
    pub fn user_block_bytes(mut self, bytes: u64) -> Self {
        self.user_block_bytes = bytes;
        self
    }

    /// What the root group of a new file is to be.
    #[must_use]
    pub fn root(mut self, root: NewGroup) -> Self {
        self.root = root;
        self
    }

    /// How many files may lead to one another ([`Limits::external_hops`]); the C library keeps no other bounds.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}
