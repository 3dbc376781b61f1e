//! Extensible array: HDF5 File Format Specification 4.0, VII.D. One module for the header with the arithmetic of the array's blocks,
//! one for each kind of
//! block.

mod block;
mod data_block;
mod header;
mod index_block;
mod super_block;

pub use data_block::DataBlock;
pub use header::{ElementPlace, ExtensibleArrayHeader, SuperBlockShape};
pub use index_block::IndexBlock;
pub use super_block::SuperBlock;

const SECTION: &str = "VII.D";
