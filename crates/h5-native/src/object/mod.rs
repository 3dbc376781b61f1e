//! From the superblock to decoded messages: opening a file's core, loading object headers, finding shared messages.

mod extension;
mod file_core;
mod header;
mod shared;
mod superblock_search;

pub use extension::SuperblockExtension;
pub use file_core::{FileCore, Warning};
pub use header::ObjectHeader;
pub use shared::{HeapReader, resolve, resolve_raw};
pub use superblock_search::find_superblock;
