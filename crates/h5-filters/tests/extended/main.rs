//! The registered filters (lz4, zstd, bzip2, blosc, blosc2, bitshuffle) against chunks that libhdf5 wrote, against their own
//! encoders and against damaged input.

mod fixture;
mod golden;
mod properties;

use h5_filters::{Bitshuffle, Blosc, Blosc2, Bzip2, Filter, Lz4, Zstd};

/// The filter with a registered id.
fn filter(id: u32) -> &'static dyn Filter {
    match id {
        307 => &Bzip2,
        32001 => &Blosc,
        32004 => &Lz4,
        32008 => &Bitshuffle,
        32015 => &Zstd,
        32026 => &Blosc2,
        other => panic!("no filter {other}"),
    }
}
