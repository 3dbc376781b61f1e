//! The native implementation of `h5-backend`'s traits: what was read below, put together as files, groups and datasets.

mod attributes;
mod capability;
mod dataset;
mod file;
mod group;
mod loaded;
pub(crate) mod lock;
mod node;
mod several_files;
mod siblings;
mod virtual_write;
mod writer;

pub use file::NativeFile;
