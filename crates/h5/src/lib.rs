#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod file;
pub mod prelude;

pub use file::File;
pub use h5_backend::{
    ArrayData, Attribute, AttributeElement, AttributeInfo, AttributeValue, Backend, Capability, Child,
    Children, CommittedDatatype, Dataset, DatasetBuilder, DatasetNode, FileInfo, FileSpaceStrategy, Group,
    GroupNode, Iter, Node, Object, ObjectInfo, ObjectKind, Order, Values, Visit, Walk, conventions,
};
#[cfg(feature = "derive")]
pub use h5_derive::H5Type;
pub use h5_filters as filters;
pub use h5_native::{CreateOptions, NativeFile, OpenOptions, StorageKind, vfd};
pub use h5_types::*;
pub use ndarray;
