/// Bounds on what a file may make us do. Reaching one is an error of kind `Limit`, never an abort.
///
/// The defaults admit every file that real programs write; lower them for files from strangers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Longest metadata block that is read in one piece, in bytes. Default 64 MiB.
    pub metadata_block_bytes: u64,
    /// Largest decoded chunk, in bytes. Default 4 GiB - 1, the format's own bound.
    pub chunk_bytes: u64,
    /// Largest buffer that one read may ask for, in bytes, before the caller has to select less. Default 1 TiB; what is
    /// allocated is always also checked by `try_reserve`.
    pub read_bytes: u64,
    /// Bytes of variable-length values that one read may bring together, beyond which the caller has to select less; a single
    /// sequence may always be longer. Default 1 TiB.
    pub sequence_bytes: u64,
    /// Work that one opened file may cause in all, in bytes read, decoded and handed out, beyond 64 for each byte of the file. It
    /// stops files in which much refers to the same bytes. Default: no bound, as a file may be read again and again.
    pub work_bytes: u64,
    /// Deepest nesting of datatypes. Default 32.
    pub datatype_depth: usize,
    /// Most members of one compound or enumeration datatype. Default 65,535.
    pub datatype_members: usize,
    /// Deepest group nesting that a walk follows. Default 100,000 (walks are iterative).
    pub group_depth: usize,
    /// Soft and user-defined links followed in one resolution. Default 16.
    pub link_hops: usize,
    /// External files (links, virtual sources) opened from one another. Default 8.
    pub external_hops: usize,
    /// Deepest B-tree or fractal heap. Default 64.
    pub tree_depth: usize,
    /// Blocks of one B-tree, heap or object header that a walk visits. Default 16 Mi.
    pub structure_blocks: u64,
    /// Dimensions of a dataspace. Default 32, the library's own bound.
    pub rank: usize,
}

impl Limits {
    /// What a walk may read again of a file of so many bytes: a structure refers to each of its parts once, so that a sound file
    /// needs a small multiple of its own length.
    pub fn repeated_bytes(&self, file_bytes: u64) -> u64 {
        file_bytes.saturating_mul(WORK_A_BYTE).saturating_add(WORK_OF_SMALL_FILES)
    }

    /// [`Limits::work_bytes`] for a file of so many bytes.
    pub fn total_work_bytes(&self, file_bytes: u64) -> u64 {
        file_bytes.saturating_mul(WORK_A_BYTE).saturating_add(self.work_bytes)
    }
}

/// Bytes of work that each byte of a file may cause.
const WORK_A_BYTE: u64 = 64;
/// Bytes of a structure that a walk over it may read in any file.
const WORK_OF_SMALL_FILES: u64 = 16 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self {
            metadata_block_bytes: 64 << 20,
            chunk_bytes: u64::from(u32::MAX),
            read_bytes: 1 << 40,
            sequence_bytes: 1 << 40,
            work_bytes: u64::MAX,
            datatype_depth: 32,
            datatype_members: 65_535,
            group_depth: 100_000,
            link_hops: 16,
            external_hops: 8,
            tree_depth: 64,
            structure_blocks: 16 << 20,
            rank: 32,
        }
    }
}
