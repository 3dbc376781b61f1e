//! The commit protocol (`spec-notes/decisions/0004-commit-protocol.md`) under crashes, power cuts and failing storage.
//!
//! The short form takes a sample of the states; `cargo xtask crash --full` takes all of them (the variable `H5_CRASH_FULL`). With
//! `H5_PYTHON`, an interpreter with h5py, the reference library reads the states as well.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests compute with numbers of their own, and a failure is a panic"
)]

mod barriers;
mod beside;
mod faults;
mod h5py;
mod kills;
mod power;
mod recorded;
mod recorded_space;
mod syncs;
