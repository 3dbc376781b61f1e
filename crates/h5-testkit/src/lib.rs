#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod compare;
pub mod crash;
pub mod generator;
mod memory;
pub mod programs;
pub mod samples;
pub mod simulation;
pub mod suite;
pub mod transcript;
pub mod vfd;

pub use memory::{MemoryBackend, MemoryFiles};
