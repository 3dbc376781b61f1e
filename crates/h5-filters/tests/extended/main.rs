//! The registered filters (lz4, zstd, bzip2, blosc, blosc2, bitshuffle) against chunks that libhdf5 wrote, against their own
//! encoders and against damaged input.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test may fail by a panic, and its numbers are its own"
)]

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;
