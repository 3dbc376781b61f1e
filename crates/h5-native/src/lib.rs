#![doc = include_str!("../README.md")]
#![deny(unsafe_code)] // One exception: `vfd::map`, the memory map.

mod storage;
pub mod vfd;

pub use storage::{Metadata, Storage};
