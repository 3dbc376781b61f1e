#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod filter;

pub use error::FilterError;
pub use filter::{Filter, FilterContext};
