#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod btree_v1;
pub mod btree_v2;
mod checksum;
mod chunk_element;
mod error;
pub mod extensible_array;
pub mod fixed_array;
pub mod fractal_heap;
pub mod free_space;
pub mod global_heap;
pub mod local_heap;
mod reader;
mod records;
pub mod shared_message_table;
pub mod symbol_table;

pub use checksum::{lookup3, verify_checksum};
pub use chunk_element::{ChunkElement, ChunkElementFormat};
pub use error::{Fault, FormatError};
pub use reader::{Reader, Sizes};
pub use records::{Records, bytes_needed};

/// Result of decoding one structure.
pub type Result<T, E = FormatError> = std::result::Result<T, E>;
