//! Values of Rust types, read from a file that h5py wrote (`tests/fixtures/typed/make.py`).
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests compute with numbers of their own, and their helpers are tests too"
)]

mod derived;
mod groups;
mod numbers;
mod slices;
mod storage;
mod strings;

use std::path::PathBuf;

use h5::File;

fn fixture() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/typed/typed.h5")
}

fn open() -> File {
    File::open(fixture()).unwrap()
}
