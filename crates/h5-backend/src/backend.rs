use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::Arc;

use h5_types::{
    ChunkInfo, DatasetInfo, Dataspace, Datatype, Elements, Error, Heap, Link, Name, ObjectToken, Result,
    Selection,
};

/// Called with each item of a listing, good or bad; `Break` ends the listing early.
///
/// An item that cannot be read is an `Err` of its own and does not end the listing: a broken object never hides its neighbours.
pub type Visit<'a, T> = &'a mut dyn FnMut(Result<T>) -> ControlFlow<()>;

/// One open file (or domain) of some storage.
///
/// All methods take `&self` and may be called by any number of threads at once. An object is known by its [`ObjectToken`], which is
/// valid as long as the backend is open.
pub trait Backend: Send + Sync + Debug {
    /// What this backend can do. What it cannot do returns an error of kind `Unsupported`, never a silent no-op.
    fn capability(&self) -> Capability;

    /// What the file says of itself.
    ///
    /// # Errors
    /// `Format` or `Io` if the parts it comes from cannot be read.
    fn file_info(&self) -> Result<FileInfo>;

    /// Token of the root group.
    fn root(&self) -> ObjectToken;

    /// Opens an object. Reads its header, and nothing that no method asked for.
    ///
    /// # Errors
    /// `Format` if there is no valid object, `Io`.
    fn open(&self, object: ObjectToken) -> Result<Arc<dyn Node>>;

    /// Opens another file that a link of this one names, by the rules of external links and the access policy.
    ///
    /// # Errors
    /// `PermissionDenied` if the policy forbids it, `NotFound`, and those of opening a file.
    fn open_external(&self, file: &Name) -> Result<Arc<dyn Backend>>;
}

/// One open object of any kind: its attributes, and the way to what its kind has more.
pub trait Node: Send + Sync + Debug {
    /// The object's token.
    fn token(&self) -> ObjectToken;

    /// What kind of object this is.
    fn kind(&self) -> ObjectKind;

    /// What all kinds of objects have.
    ///
    /// # Errors
    /// `Format`, `Io`.
    fn info(&self) -> Result<ObjectInfo>;

    /// Lists the attributes, in the order asked for.
    ///
    /// # Errors
    /// `Format` or `Io` if the list itself cannot be read; what is wrong with one attribute goes to `visit`.
    fn attributes(&self, order: Order, visit: Visit<'_, AttributeInfo>) -> Result<()>;

    /// Finds one attribute; `None` if there is none of that name.
    ///
    /// # Errors
    /// `Format`, `Io`.
    fn attribute(&self, name: &[u8]) -> Result<Option<AttributeInfo>>;

    /// Reads all elements of an attribute, in the memory form of its datatype.
    ///
    /// # Errors
    /// `NotFound`, `Format`, `Io`, `Limit`.
    fn read_attribute(&self, name: &[u8]) -> Result<Elements>;

    /// This object as a group, if it is one.
    fn as_group(&self) -> Option<&dyn GroupNode>;

    /// This object as a dataset, if it is one.
    fn as_dataset(&self) -> Option<&dyn DatasetNode>;

    /// This object as a committed datatype, if it is one.
    fn as_datatype(&self) -> Option<&Datatype>;
}

/// What a group has.
pub trait GroupNode: Send + Sync {
    /// Number of links.
    ///
    /// # Errors
    /// `Format`, `Io`.
    fn link_count(&self) -> Result<u64>;

    /// Finds one link by its name's bytes; `None` if there is none. O(log n) reads.
    ///
    /// # Errors
    /// `Format`, `Io`.
    fn link(&self, name: &[u8]) -> Result<Option<Link>>;

    /// Lists the links in the order asked for, lazily; with `after`, only those behind the link of that name.
    ///
    /// # Errors
    /// `Format` or `Io` if the list itself cannot be read; what is wrong with one link goes to `visit`. `Unsupported` for
    /// [`Order::Creation`] where the group does not track it.
    fn links(&self, order: Order, after: Option<&[u8]>, visit: Visit<'_, Link>) -> Result<()>;
}

/// What a dataset has.
pub trait DatasetNode: Send + Sync {
    /// Everything but the values.
    ///
    /// # Errors
    /// `Format`, `Io`, `Unsupported`: a dataset whose description cannot be read has no values either.
    fn info(&self) -> Result<Arc<DatasetInfo>>;

    /// Reads the selected elements.
    ///
    /// `out` receives them packed, in selection order, as `memory`, which is a memory form
    /// ([`Datatype::memory_form`]); its length is the number of elements times `memory.size()`. What does not fit in an element
    /// is appended to `heap`.
    ///
    /// # Errors
    /// `Usage` if the selection does not fit the dataset or `out` has another length, `Conversion` if the stored datatype does not
    /// convert to `memory`, `Unsupported` for a missing filter, `Format`, `Io`, `Limit`. `out` is then unspecified.
    fn read(&self, selection: &Selection, memory: &Datatype, out: &mut [u8], heap: &mut Heap) -> Result<()>;

    /// Bytes that the elements take in storage; for chunked datasets the stored chunks, filtered.
    ///
    /// # Errors
    /// `Format`, `Io`.
    fn storage_bytes(&self) -> Result<u64>;

    /// Lists the stored chunks in index order; none unless the layout is chunked.
    ///
    /// # Errors
    /// `Format`, `Io`.
    fn chunks(&self, visit: Visit<'_, ChunkInfo>) -> Result<()>;

    /// Reads one chunk as stored, filters not undone. `offset` is the chunk's first element.
    ///
    /// # Errors
    /// `Usage` if the dataset is not chunked or no chunk begins at `offset`, `NotFound` if that chunk was never written,
    /// `Format`, `Io`.
    fn read_raw_chunk(&self, offset: &[u64]) -> Result<(ChunkInfo, Vec<u8>)>;
}

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
    /// Creation order, where the object tracks it.
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

/// What a backend can do beyond reading groups, numeric datasets and attributes, which each can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct Capability {
    /// Creates and changes objects.
    pub write: bool,
    /// Lists stored chunks and reads them raw.
    pub raw_chunks: bool,
    /// Follows external links.
    pub external_links: bool,
    /// Reads creation order.
    pub creation_order: bool,
}

/// The error of an operation on the wrong kind of object.
pub(crate) fn wrong_kind(found: ObjectKind, expected: &str) -> Error {
    let found = match found {
        ObjectKind::Group => "a group",
        ObjectKind::Dataset => "a dataset",
        ObjectKind::CommittedDatatype => "a committed datatype",
    };
    Error::usage(format!("this is {found}, expected {expected}"))
}
