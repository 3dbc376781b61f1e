use h5_types::{Dataspace, Datatype, Name, ObjectToken};

/// Kinds of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// A group.
    Group,
    /// A dataset.
    Dataset,
    /// A committed (named) datatype.
    CommittedDatatype,
}

/// Order of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// By the bytes of the name.
    #[default]
    Name,
    /// By creation, where that is tracked.
    Creation,
    /// Whatever is fastest.
    Native,
}

/// What all kinds of objects have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ObjectInfo {
    /// Hard links to the object.
    pub reference_count: u32,
    /// Last modification, seconds since 1970.
    pub modification_time: Option<u64>,
    /// Creation, seconds since 1970.
    pub birth_time: Option<u64>,
    /// Comment, where there is one.
    pub comment: Option<Name>,
    /// Version of the object header.
    pub header_version: Option<u8>,
    /// True if links are tracked by creation order.
    pub tracks_link_creation: bool,
    /// True if attributes are tracked by creation order.
    pub tracks_attribute_creation: bool,
}

/// An attribute, without its value.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributeInfo {
    /// The attribute's name.
    pub name: Name,
    /// Its datatype as stored.
    pub datatype: Datatype,
    /// The committed datatype that `datatype` comes from, if it does.
    pub committed_datatype: Option<ObjectToken>,
    /// Its extent.
    pub dataspace: Dataspace,
    /// Creation order, where the object tracks it. A listing in another order may leave it out where it would have to be asked for apart.
    pub creation_order: Option<u32>,
}

/// What a file says of itself. Fields that a backend does not know are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FileInfo {
    /// Version of the superblock.
    pub superblock_version: Option<u8>,
    /// Bytes before the superblock.
    pub user_block_bytes: Option<u64>,
    /// `size_of_offsets` in bytes.
    pub offset_size_bytes: Option<u8>,
    /// `size_of_lengths` in bytes.
    pub length_size_bytes: Option<u8>,
    /// Indexes of shared object header messages.
    pub shared_message_indexes: u32,
    /// How file space is managed.
    pub file_space_strategy: Option<FileSpaceStrategy>,
    /// Whether the file keeps a record of its free space while it is closed.
    pub persists_free_space: Option<bool>,
    /// Bytes of the smallest free section that is recorded.
    pub free_space_threshold_bytes: Option<u64>,
    /// Bytes of a file space page.
    pub file_space_page_bytes: Option<u64>,
    /// Length of the storage in bytes.
    pub length_bytes: Option<u64>,
    /// What is odd but does not hinder reading, in words (a flag that a killed writer left, say).
    pub warnings: Vec<String>,
}

/// How file space is managed (specification, File Space Info message).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileSpaceStrategy {
    /// Free-space managers, aggregators, then the driver.
    FreeSpaceManagers,
    /// Pages of equal size.
    Page,
    /// Aggregators and the driver.
    Aggregators,
    /// The driver only.
    None,
}
