#![doc = include_str!("../README.md")]
#![deny(unsafe_code)] // One exception: `vfd::map`, the memory map.
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tests compute with numbers of their own"
    )
)]

mod backend;
mod btree_v1;
pub mod btree_v2;
pub mod chunk_index;
mod commit_record;
pub mod dataset;
mod file_space;
pub mod group;
pub mod heap;
mod live;
pub mod object;
mod options;
mod recovery;
pub mod shared_messages;
mod storage;
pub mod vfd;
mod walk;
mod write;

pub use backend::NativeFile;
pub use file_space::FileSpace;
pub use live::{LiveFile, Surroundings};
#[doc(hidden)]
pub use options::Barrier;
pub use options::{CreateOptions, OpenOptions, StorageKind};
pub use recovery::{
    Cleared, Diagnosis, LOST_AND_FOUND, Orphan, Recovery, Relinked, SavedChunk, clear_flags, inspect_flags,
    recover_in_place,
};
pub use storage::{Metadata, Storage};
