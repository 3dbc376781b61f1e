#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod filter;
mod zfp;

pub use error::FilterError;
pub use filter::{Filter, FilterContext};
pub use zfp::{Zfp, ZfpMode, ZfpScalar};
