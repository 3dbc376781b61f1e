#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod bit_transpose;
mod bitshuffle;
mod blosc;
mod blosc2;
mod bounded;
mod byte_transpose;
mod bzip2;
mod error;
mod filter;
mod lz4;
mod zstd;

pub use bitshuffle::Bitshuffle;
pub use blosc::Blosc;
pub use blosc2::Blosc2;
pub use bzip2::Bzip2;
pub use error::FilterError;
pub use filter::{Filter, FilterContext};
pub use lz4::Lz4;
pub use zstd::Zstd;
