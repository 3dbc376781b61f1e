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

mod bits;
mod deflate;
mod error;
mod filter;
mod fletcher32;
mod lzf;
mod nbit;
mod pipeline;
mod registry;
mod scaleoffset;
mod shuffle;
mod szip;

pub use deflate::Deflate;
pub use error::FilterError;
pub use filter::{Filter, FilterContext};
pub use fletcher32::Fletcher32;
pub use lzf::Lzf;
pub use nbit::Nbit;
pub use pipeline::{Pipeline, PipelineError, Scratch, Stage};
pub use registry::{Registry, registered_name};
pub use scaleoffset::ScaleOffset;
pub use shuffle::Shuffle;
pub use szip::Szip;
