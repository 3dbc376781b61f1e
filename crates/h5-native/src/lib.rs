#![doc = include_str!("../README.md")]
#![deny(unsafe_code)] // One exception: `vfd::map`, the memory map.
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tests compute with numbers of their own"
    )
)]

pub mod dataset;
pub mod object;
mod storage;
pub mod vfd;

pub use storage::{Metadata, Storage};
