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
mod reader;
mod reference;
mod selection;
mod virtual_layout;

pub use checksum::{lookup3, verify_checksum};
pub use error::{Fault, FormatError};
pub use reader::{Reader, Sizes};
pub use reference::{
    ReferenceHeader, StoredReference, decode_object_reference, decode_reference_block, decode_region_block,
    decode_region_reference, decode_revised_reference,
};
pub use selection::decode_selection;
pub use virtual_layout::decode_virtual_layout;

/// Result of decoding one structure.
pub type Result<T, E = FormatError> = std::result::Result<T, E>;
