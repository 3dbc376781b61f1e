//! Fractal heap: HDF5 File Format Specification 4.0, III.G. One module each for the header, the doubling table that it describes,
//! the blocks and the heap IDs.

mod block;
mod direct_block;
mod doubling_table;
mod header;
mod heap_id;
mod indirect_block;

pub use direct_block::DirectBlock;
pub use doubling_table::{BlockPlace, DoublingTable};
pub use header::{FractalHeapHeader, RootBlock};
pub use heap_id::{HeapId, HugeObject};
pub use indirect_block::{DirectBlockEntry, IndirectBlock};

const SECTION: &str = "III.G";
