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

impl Default for Limits {
    fn default() -> Self {
        Self {
            metadata_block_bytes: 64 << 20,
            chunk_bytes: u64::from(u32::MAX),
            read_bytes: 1 << 40,
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
