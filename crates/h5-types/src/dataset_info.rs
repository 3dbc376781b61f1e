use crate::{Dataspace, Datatype, Name, ObjectToken, Selection};

/// All that a dataset says of itself, apart from its values and attributes.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetInfo {
    /// Datatype of the elements, as stored in the file.
    pub datatype: Datatype,
    /// The committed datatype that `datatype` comes from, if it does.
    pub committed_datatype: Option<ObjectToken>,
    /// Current and maximum extent.
    pub dataspace: Dataspace,
    /// How the elements are laid out.
    pub layout: Layout,
    /// Filter pipeline, in the order of writing.
    pub filters: Vec<FilterInfo>,
    /// What elements that were never written read as.
    pub fill: FillValue,
    /// External raw data files, in order; empty for storage in the file.
    pub external: Vec<ExternalFile>,
}

/// Storage layout (specification IV.A.2.i).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// In the object header.
    Compact,
    /// In one block of the file, or in external files.
    Contiguous,
    /// In chunks of equal shape.
    Chunked {
        /// Chunk dimensions in elements, slowest-varying first; same length as the dataset's rank.
        chunk: Vec<u64>,
        /// How chunks are found.
        index: ChunkIndexKind,
    },
    /// Assembled from other datasets.
    Virtual {
        /// Pieces, in stored order.
        mappings: Vec<VirtualMapping>,
    },
}

/// Structure that finds chunks by their position (specification III.A, VII).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChunkIndexKind {
    /// Version 1 B-tree.
    BTreeV1,
    /// One chunk, no index.
    Single,
    /// All chunks in place, by arithmetic.
    Implicit,
    /// Fixed array.
    FixedArray,
    /// Extensible array.
    ExtensibleArray,
    /// Version 2 B-tree.
    BTreeV2,
}

/// One piece of a virtual dataset (specification VII.B, global heap block of virtual layouts).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualMapping {
    /// Source file as stored: `.` is the same file; `%b` stands for a block number, `%%` for `%`.
    pub source_file: Name,
    /// Source dataset's path, with the same patterns.
    pub source_dataset: Name,
    /// Elements of the source.
    pub source_selection: Selection,
    /// Where they appear in the virtual dataset.
    pub virtual_selection: Selection,
}

/// One filter of a pipeline (specification IV.A.2.l).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FilterInfo {
    /// Registered identification number.
    pub id: u16,
    /// Flags as stored; bit 0 set: optional, a chunk may have been written without it.
    pub flags: u16,
    /// Name as stored in the file, if it is.
    pub name: Option<Name>,
    /// Parameters.
    pub client_data: Vec<u32>,
}

/// What elements that were never written read as (specification IV.A.2.e, IV.A.2.f).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FillValue {
    /// Whether there is a value, and which.
    pub definition: FillDefinition,
    /// When storage is allocated.
    pub allocation_time: AllocationTime,
    /// When the value is written to storage.
    pub fill_time: FillTime,
}

/// Whether a fill value is defined.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum FillDefinition {
    /// Explicitly none: unwritten elements are arbitrary; they read as zeros here.
    Undefined,
    /// The library's default: zeros.
    #[default]
    Default,
    /// One element, in the file's datatype.
    User(Vec<u8>),
}

/// When storage is allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AllocationTime {
    /// With the dataset.
    Early,
    /// With the first write.
    Late,
    /// Chunk by chunk.
    Incremental,
}

/// When the fill value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FillTime {
    /// When storage is allocated.
    Allocation,
    /// Never.
    Never,
    /// When storage is allocated, if the user defined a value.
    IfSet,
}

/// One external raw data file (specification IV.A.2.h).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExternalFile {
    /// File name as stored.
    pub name: Name,
    /// First byte of the data in that file.
    pub offset_bytes: u64,
    /// Bytes reserved in that file; `None` is unlimited.
    pub size_bytes: Option<u64>,
}

/// One stored chunk.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChunkInfo {
    /// Position of the chunk's first element in the dataset, in elements.
    pub offset: Vec<u64>,
    /// Address in the file, relative to the base address.
    pub address: u64,
    /// Stored (filtered) size in bytes.
    pub stored_bytes: u64,
    /// Bit n set: the n-th filter was not applied.
    pub filter_mask: u32,
}
