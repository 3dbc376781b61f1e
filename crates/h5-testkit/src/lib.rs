#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod compare;
mod memory;
pub mod programs;
pub mod samples;

pub use memory::{MemoryBackend, MemoryFiles};
