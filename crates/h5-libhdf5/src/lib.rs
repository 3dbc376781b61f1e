#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]
#![cfg_attr(
    not(feature = "link"),
    allow(rustdoc::broken_intra_doc_links, reason = "what is linked to is not compiled")
)]

#[cfg(feature = "link")]
mod attributes;
#[cfg(feature = "link")]
mod capability;
#[cfg(feature = "link")]
mod create;
#[cfg(feature = "link")]
mod dataset;
#[cfg(feature = "link")]
mod datatype;
#[cfg(feature = "link")]
mod describe;
#[cfg(feature = "link")]
mod ffi;
#[cfg(feature = "link")]
mod file;
#[cfg(feature = "link")]
mod group;
#[cfg(feature = "link")]
mod node;
#[cfg(feature = "link")]
mod options;
#[cfg(feature = "link")]
mod selection;
#[cfg(feature = "link")]
mod session;
#[cfg(feature = "link")]
mod siblings;
#[cfg(feature = "link")]
mod virtual_pieces;

#[cfg(feature = "link")]
pub use file::{LibraryFile, library_version};
#[cfg(feature = "link")]
pub use options::LibraryOptions;
