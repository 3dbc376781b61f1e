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

mod checksum;
mod error;
pub mod message;
pub mod metadata_cache_image;
pub mod object_header;
mod reader;
pub mod shared_message_table;
pub mod superblock;

pub use checksum::{lookup3, verify_checksum};
pub use error::{Fault, FormatError};
pub use reader::{Reader, Sizes};

/// Result of decoding one structure.
pub type Result<T, E = FormatError> = std::result::Result<T, E>;
