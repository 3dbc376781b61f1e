#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod checksum;
mod error;
pub mod message;
mod reader;

pub use checksum::{lookup3, verify_checksum};
pub use error::{Fault, FormatError};
pub use reader::{Reader, Sizes};

/// Result of decoding one structure.
pub type Result<T, E = FormatError> = std::result::Result<T, E>;
