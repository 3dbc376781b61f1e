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

mod bit_transpose;
mod bits;
mod bitshuffle;
mod blosc;
mod blosc2;
mod bounded;
mod byte_transpose;
mod bzip2;
mod complete;
mod deflate;
mod error;
mod filter;
mod fletcher32;
mod lz4;
mod lzf;
mod nbit;
mod pipeline;
mod registry;
mod scaleoffset;
mod shuffle;
mod szip;
mod zfp;
mod zstd;

pub use bitshuffle::Bitshuffle;
pub use blosc::Blosc;
pub use blosc2::Blosc2;
pub use bzip2::Bzip2;
pub use complete::{ChunkShape, complete};
pub use deflate::Deflate;
pub use error::FilterError;
pub use filter::{Filter, FilterContext};
pub use fletcher32::Fletcher32;
pub use lz4::Lz4;
pub use lzf::Lzf;
pub use nbit::Nbit;
pub use pipeline::{Pipeline, PipelineError, Scratch, Stage};
pub use registry::{Registry, registered_name};
pub use scaleoffset::ScaleOffset;
pub use shuffle::Shuffle;
pub use szip::Szip;
pub use zfp::{Zfp, ZfpMode, ZfpScalar};
pub use zstd::Zstd;
