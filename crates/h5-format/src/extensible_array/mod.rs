//! Extensible array: HDF5 File Format Specification 4.0, VII.D. One module for the header with the arithmetic of the array's blocks,
//! one for the blocks.

mod block;
mod header;

pub use block::{DataBlock, IndexBlock, SuperBlock};
pub use header::{ElementPlace, ExtensibleArrayHeader, SuperBlockShape};

const SECTION: &str = "VII.D";
