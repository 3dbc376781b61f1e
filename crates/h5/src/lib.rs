#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod file;
mod location;
pub mod prelude;

pub use file::File;
pub use h5_backend::{
    ArrayData, Attribute, AttributeElement, AttributeInfo, AttributeValue, Backend, Capability, Child,
    Children, CommittedDatatype, CopiedPart, CopyFailure, CopyOptions, CopyProgress, CopyRemark, CopyReport,
    CopyVerdict, Dataset, DatasetBuilder, DatasetNode, Feature, FileInfo, FileSpaceStrategy, Group,
    GroupNode, Iter, LinkCopy, Mode, Node, Object, ObjectInfo, ObjectKind, Opener, Order, Registry, Values,
    Visit, Walk, auto_chunk, conventions, unfinished_source,
};
#[cfg(feature = "derive")]
pub use h5_derive::H5Type;
pub use h5_filters as filters;
pub use h5_native::{
    Cleared, CreateOptions, Diagnosis, FileSpace, LOST_AND_FOUND, LiveFile, NativeFile, OpenOptions, Orphan,
    Recovery, Relinked, SavedChunk, StorageKind, clear_flags, inspect_flags, recover_in_place, vfd,
};
pub use h5_types::*;
pub use location::{open_location, standard_registry, standard_registry_with};
pub use ndarray;
