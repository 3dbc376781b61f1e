//! Fractal heap: HDF5 File Format Specification 4.0, III.G. One module each for the header, the doubling table that it describes,
//! the blocks and the heap IDs.

mod block;
mod doubling_table;
mod header;
mod heap_id;

pub use block::{DirectBlock, DirectBlockEntry, IndirectBlock};
pub use doubling_table::{BlockPlace, DoublingTable};
pub use header::{FractalHeapHeader, RootBlock};
pub use heap_id::{HeapId, HugeObject};

const SECTION: &str = "III.G";
