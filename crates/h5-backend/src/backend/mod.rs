//! The contract between storages and handles: see the [crate's documentation](crate).

mod append;
mod capability;
mod info;
mod source;

use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::Arc;

use h5_types::{
    ChunkInfo, DatasetInfo, Datatype, Elements, Error, Heap, Link, LinkTarget, Name, NewAttribute,
    NewDataset, NewGroup, ObjectToken, Result, Selection,
};

pub use append::append_by_resize;
pub use capability::{Capability, Feature};
pub use info::{AttributeInfo, FileInfo, FileSpaceStrategy, ObjectInfo, ObjectKind, Order};
pub use source::ElementSource;
pub(crate) use source::{TextSource, ValueSource};

/// Called with each item of a listing, good or bad; after `Break` it is not called again, and the listing returns `Ok`.
///
/// An item that cannot be read is an `Err` of its own and does not end the listing: a broken object never hides its neighbours.
/// The visitor may call any method of the backend: no lock is held meanwhile.
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

    /// Token of the root group. It is the same as long as the backend is open, and answered when it is closed too.
    fn root(&self) -> ObjectToken;

    /// Opens an object. Reads its header, and nothing that no method asked for. The node keeps the backend open.
    ///
    /// # Errors
    /// `NotFound`, or `Format` where any number may be a token, if there is no valid object; `Io`, `Service`.
    fn open(&self, object: ObjectToken) -> Result<Arc<dyn Node>>;

    /// Finds an object by the names of hard links from a group, where that is less work than link by link. `None` where it is not, and where the
    /// path leads through other links or nowhere: then it is followed name by name.
    ///
    /// # Errors
    /// `Format`, `Io`, `Service`.
    fn find(&self, group: ObjectToken, names: &[Name]) -> Result<Option<ObjectToken>> {
        let _ = (group, names);
        Ok(None)
    }

    /// Opens another file that an external link of this one names, for reading at least, by the backend's rules of finding it and under
    /// its access policy. Whether two calls for one file give one backend is its affair; a link that leads back to this file is served.
    ///
    /// # Errors
    /// `PermissionDenied` if the policy forbids it, `NotFound`, and those of opening a file.
    fn open_external(&self, file: &Name) -> Result<Arc<dyn Backend>>;

    /// Makes all changes so far durable, as far as the backend was asked to: what was written before is read by whoever opens the
    /// file afterwards, however this process ends. Without changes, nothing is done.
    ///
    /// # Errors
    /// `Io`, `Service`. The storage then still has its last flushed state, and nothing more can be written.
    fn flush(&self) -> Result<()> {
        Ok(())
    }

    /// Looks again at a file that another process changes: what was opened before shows its last flushed state from now on. Nothing to do
    /// for a backend that always shows it, and for one that changes the file itself.
    ///
    /// # Errors
    /// `Format`, `Io`, `Service`. What was opened shows what it showed before.
    fn refresh(&self) -> Result<()> {
        Ok(())
    }

    /// A number that is another one once another process has flushed changes; `None` where that cannot be told. It costs far less than
    /// reading: callers poll it.
    ///
    /// # Errors
    /// `Io`, `Service`.
    fn version(&self) -> Result<Option<u64>> {
        Ok(None)
    }

    /// From now on other processes may read the file while it is written (*single writer, multiple readers*): each flush shows them more
    /// elements. Until the file is closed, elements can be written and datasets resized; whatever else changes the file is refused as
    /// `Usage`. Calling it again does nothing.
    ///
    /// # Errors
    /// `Unsupported` without [`Feature::Swmr`], or if the file is of a version without it; those of [`Backend::flush`].
    fn start_swmr(&self) -> Result<()> {
        Err(Error::unsupported("this backend does not write for readers at the same time (SWMR)"))
    }

    /// Ends what [`Backend::start_swmr`] began, after a flush: the file can be changed in every way again, and readers that have it open
    /// had better open it anew. Where that never began, does nothing.
    ///
    /// # Errors
    /// Those of [`Backend::flush`].
    fn end_swmr(&self) -> Result<()> {
        Ok(())
    }

    /// Flushes and gives back what the backend holds (locks, connections). Every later call of any method but this fails with `Usage`.
    /// Dropping a backend closes it too, but has nobody to tell of a failure.
    ///
    /// # Errors
    /// As [`Backend::flush`]. The backend is closed all the same.
    fn close(&self) -> Result<()> {
        Ok(())
    }
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
    /// `Format` or `Io` if the list itself cannot be read; what is wrong with one attribute goes to `visit`. `Unsupported` for
    /// [`Order::Creation`] where the object does not track it.
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

    /// Creates an attribute and writes its value, in one step: another reader sees both or neither. With `replace`, one of that name
    /// goes in the same step, whatever type and extent it had; the new one is the last in the order of creation.
    ///
    /// `value` is in memory form, with as many elements as the dataspace, and is converted to the attribute's datatype.
    ///
    /// # Errors
    /// `AlreadyExists` without `replace`; `Usage` as [`NewAttribute::check`] or for another number of elements; `Conversion`; `Unsupported` where the
    /// backend cannot store such an attribute; `Io`, `Service`. Nothing has changed then.
    fn write_attribute(&self, attribute: &NewAttribute, value: &Elements, replace: bool) -> Result<()> {
        let _ = (attribute, value, replace);
        Err(read_only())
    }

    /// Removes an attribute.
    ///
    /// # Errors
    /// `NotFound`, `Unsupported`, `Io`, `Service`. Nothing has changed then.
    fn remove_attribute(&self, name: &[u8]) -> Result<()> {
        let _ = name;
        Err(read_only())
    }

    /// Gives an attribute another name; its place in the order of creation stays.
    ///
    /// # Errors
    /// `NotFound`, `AlreadyExists`, `Usage` for an empty name, `Unsupported`, `Io`, `Service`. Nothing has changed then.
    fn rename_attribute(&self, from: &[u8], to: &Name) -> Result<()> {
        let _ = (from, to);
        Err(read_only())
    }

    /// Sets or removes the object's comment.
    ///
    /// # Errors
    /// `Unsupported`, `Io`, `Service`.
    fn set_comment(&self, comment: Option<&Name>) -> Result<()> {
        let _ = comment;
        Err(read_only())
    }

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

    /// Creates a group and the link to it. As with every creation, `name` is one link's, not a path: not empty, not `.`, without `/`.
    ///
    /// # Errors
    /// `AlreadyExists`, `Usage` for such a name, `Unsupported`, `Io`, `Service`. Nothing has changed then.
    fn create_group(&self, name: &Name, group: &NewGroup) -> Result<ObjectToken> {
        let _ = (name, group);
        Err(read_only())
    }

    /// Creates a dataset and the link to it.
    ///
    /// # Errors
    /// `AlreadyExists`; `Usage` if the parts contradict each other (see [`NewDataset::check`]) or the committed datatype is another;
    /// `Unsupported` for what the backend or its version bounds cannot store (a mandatory filter that is not at hand is refused here or,
    /// where chunks are taken that were filtered elsewhere, by [`DatasetNode::write`]); `Io`, `Service`. Nothing has changed then.
    fn create_dataset(&self, name: &Name, dataset: &NewDataset) -> Result<ObjectToken> {
        let _ = (name, dataset);
        Err(read_only())
    }

    /// Creates a committed datatype and the link to it.
    ///
    /// # Errors
    /// `AlreadyExists`, `Usage`, `Unsupported`, `Io`, `Service`. Nothing has changed then.
    fn commit_datatype(&self, name: &Name, datatype: &Datatype) -> Result<ObjectToken> {
        let _ = (name, datatype);
        Err(read_only())
    }

    /// Creates a link. Only a hard link's target has to be there.
    ///
    /// # Errors
    /// `AlreadyExists`; `NotFound` for a hard link to no object; `Usage`, `Unsupported`, `Io`, `Service`. Nothing has changed then.
    fn create_link(&self, name: &Name, target: &LinkTarget) -> Result<()> {
        let _ = (name, target);
        Err(read_only())
    }

    /// Removes a link. Hard links are counted: an object that none is left of is gone, and with it its own links; its handles fail with
    /// `NotFound` from then on. The root group stays whatever is removed.
    ///
    /// # Errors
    /// `NotFound`, `Unsupported`, `Io`, `Service`. Nothing has changed then.
    fn remove_link(&self, name: &[u8]) -> Result<()> {
        let _ = name;
        Err(read_only())
    }

    /// Moves a link to a group of this file, the same one or another, under a new name, in one step: no reader ever finds neither. It
    /// is then the last in the order of creation. What a soft link holds stays as it is, though it may be relative to its group.
    ///
    /// # Errors
    /// `NotFound`; `AlreadyExists`; `Usage` if `group` is no group; `Unsupported`, `Io`, `Service`. Nothing has changed then.
    fn move_link(&self, name: &[u8], group: ObjectToken, new_name: &Name) -> Result<()> {
        let _ = (name, group, new_name);
        Err(read_only())
    }
}

/// What a dataset has.
pub trait DatasetNode: Send + Sync {
    /// Everything but the values.
    ///
    /// # Errors
    /// `Format`, `Io`, `Unsupported`: a dataset whose description cannot be read has no values either.
    fn info(&self) -> Result<Arc<DatasetInfo>>;

    /// As [`DatasetNode::info`], but for the current dimensions, which may be those of an earlier time: what never changes of a dataset, at
    /// less cost while it grows.
    ///
    /// # Errors
    /// As there.
    fn constant_info(&self) -> Result<Arc<DatasetInfo>> {
        self.info()
    }

    /// A user's fill value as one element in memory form; `None` where there is none. What it refers to is in the elements' heap.
    ///
    /// # Errors
    /// `Unsupported` if the backend tells fill values by [`DatasetNode::info`] alone; `Format`, `Io`.
    fn fill_elements(&self) -> Result<Option<Elements>> {
        Err(Error::unsupported("fill values that have a variable part"))
    }

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

    /// As [`Backend::refresh`], for this dataset alone.
    ///
    /// # Errors
    /// As there; `NotFound` if the dataset is gone.
    fn refresh(&self) -> Result<()> {
        Ok(())
    }

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

    /// Writes the selected elements.
    ///
    /// `elements` has them packed, in selection order, as `memory`, which is a memory form; its length is the number of elements times
    /// `memory.size()`. What variable-length elements and references stand for is in `heap`. Elements that a selection picks twice
    /// have one of the values given for them. Members of a stored compound that `memory` lacks keep their values; those of `memory` that
    /// are not stored are dropped.
    ///
    /// # Errors
    /// `Usage` if the selection does not fit the dataset or `elements` has another length; `Conversion` if `memory` does not convert
    /// to the stored datatype; `Unsupported` for a filter that cannot be applied; `Io`, `Limit`, `Service`. A part of the elements may
    /// have been written then; none has after `Usage`, `Conversion` and `Unsupported`.
    fn write(&self, selection: &Selection, memory: &Datatype, elements: &[u8], heap: &Heap) -> Result<()> {
        let _ = (selection, memory, elements, heap);
        Err(read_only())
    }

    /// Writes the selected elements, made as they are needed.
    ///
    /// # Errors
    /// As [`DatasetNode::write`], and those of making them.
    fn write_made(&self, selection: &Selection, source: &dyn ElementSource) -> Result<()> {
        let (elements, heap) = source.collect()?;
        self.write(selection, &source.datatype(), &elements, &heap)
    }

    /// Sets the current dimensions. Elements beyond the new ones are gone for good: they read as the fill value if the dataset grows
    /// again.
    ///
    /// # Errors
    /// `Usage` if the number of dimensions is another, one is over its maximum, or the layout is compact or contiguous within the file and
    /// the dimensions are others; `Unsupported`, `Io`, `Service`. Nothing has changed then.
    fn resize(&self, dimensions: &[u64]) -> Result<()> {
        let _ = dimensions;
        Err(read_only())
    }

    /// Makes the dataset `count` elements longer along dimension `axis` and writes them: `elements` fills the new part.
    ///
    /// # Errors
    /// As [`DatasetNode::resize`] and [`DatasetNode::write`].
    fn append(&self, axis: usize, count: u64, memory: &Datatype, elements: &[u8], heap: &Heap) -> Result<()> {
        append_by_resize(self, axis, count, memory, elements, heap)
    }

    /// Writes one chunk as it is to be stored, filtered already. `offset` is the chunk's first element; bit n of `filter_mask` says that
    /// filter n was not applied.
    ///
    /// # Errors
    /// `Usage` if the dataset is not chunked or no chunk begins at `offset`, `Unsupported`, `Io`, `Service`.
    fn write_raw_chunk(&self, offset: &[u64], filter_mask: u32, stored: &[u8]) -> Result<()> {
        let _ = (offset, filter_mask, stored);
        Err(read_only())
    }
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

/// The error of a backend that changes nothing.
fn read_only() -> Error {
    Error::unsupported("this backend does not write")
}
