#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tests compute with numbers of their own"
    )
)]

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
pub mod message;
pub mod metadata_cache_image;
pub mod object_header;
mod reader;
mod records;
mod reference;
mod selection;
pub mod shared_message_table;
pub mod superblock;
pub mod symbol_table;
mod virtual_layout;
mod writer;

pub use checksum::{lookup3, verify_checksum};
pub use chunk_element::{ChunkElement, ChunkElementFormat};
pub use error::{Fault, FormatError};
pub use reader::{Reader, Sizes};
pub use records::{Records, bytes_needed};
pub use reference::{
    ReferenceHeader, StoredReference, decode_object_reference, decode_reference_block, decode_region_block,
    decode_region_reference, decode_revised_reference, encode_object_reference, encode_reference_block,
    encode_region_block, encode_region_reference, encode_revised_reference, revised_reference_bytes,
};
pub use selection::{SelectionEncoding, decode_selection, encode_selection};
pub use virtual_layout::{decode_virtual_layout, encode_virtual_layout};
pub use writer::Writer;

/// Result of decoding or encoding one structure.
pub type Result<T, E = FormatError> = std::result::Result<T, E>;
