#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod file;

pub use file::File;
pub use h5_backend::{
    Attribute, AttributeInfo, Backend, Capability, CommittedDatatype, Dataset, DatasetNode, FileInfo,
    FileSpaceStrategy, Group, GroupNode, Node, Object, ObjectInfo, ObjectKind, Order, Visit,
};
pub use h5_filters as filters;
pub use h5_native::{NativeFile, OpenOptions, StorageKind, vfd};
pub use h5_types::*;
