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

#[cfg(feature = "plugins")]
mod bit_transpose;
#[cfg(feature = "codecs")]
mod bits;
#[cfg(feature = "plugins")]
mod bitshuffle;
#[cfg(feature = "plugins")]
mod blosc;
#[cfg(feature = "plugins")]
mod blosc2;
#[cfg(feature = "plugins")]
mod bounded;
#[cfg(feature = "plugins")]
mod byte_transpose;
#[cfg(feature = "plugins")]
mod bzip2;
mod complete;
#[cfg(feature = "codecs")]
mod deflate;
mod error;
mod filter;
mod fletcher32;
#[cfg(feature = "plugins")]
mod lz4;
#[cfg(feature = "codecs")]
mod lzf;
#[cfg(feature = "codecs")]
mod nbit;
mod pipeline;
mod registry;
#[cfg(feature = "codecs")]
mod scaleoffset;
mod shuffle;
#[cfg(feature = "codecs")]
mod szip;
#[cfg(feature = "plugins")]
mod zfp;
#[cfg(feature = "plugins")]
mod zstd;

#[cfg(feature = "plugins")]
pub use bitshuffle::Bitshuffle;
#[cfg(feature = "plugins")]
pub use blosc::Blosc;
#[cfg(feature = "plugins")]
pub use blosc2::Blosc2;
#[cfg(feature = "plugins")]
pub use bzip2::Bzip2;
pub use complete::{ChunkShape, complete};
#[cfg(feature = "codecs")]
pub use deflate::Deflate;
pub use error::FilterError;
pub use filter::{Filter, FilterContext};
pub use fletcher32::Fletcher32;
#[cfg(feature = "plugins")]
pub use lz4::Lz4;
#[cfg(feature = "codecs")]
pub use lzf::Lzf;
#[cfg(feature = "codecs")]
pub use nbit::Nbit;
pub use pipeline::{Pipeline, PipelineError, Scratch, Stage};
pub use registry::{OPTIONAL, Registry, registered_name};
#[cfg(feature = "codecs")]
pub use scaleoffset::ScaleOffset;
pub use shuffle::Shuffle;
#[cfg(feature = "codecs")]
pub use szip::Szip;
#[cfg(feature = "plugins")]
pub use zfp::{Zfp, ZfpMode, ZfpScalar};
#[cfg(feature = "plugins")]
pub use zstd::Zstd;
