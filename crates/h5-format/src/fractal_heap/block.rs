//! What both kinds of block of a fractal heap have in common.

use h5_types::Address;

use super::FractalHeapHeader;
use crate::{Reader, Result, Sizes, Writer};

/// Version, heap header address and block offset, which both kinds of block begin with.
pub(super) fn read_place(
    reader: &mut Reader<'_>,
    heap: &FractalHeapHeader,
    heap_address: Address,
    block_offset: u64,
    sizes: Sizes,
) -> Result<()> {
    reader.version(0..=0, "0")?;
    let owner = reader.defined_address(sizes, "heap_header_address")?;
    if owner != heap_address {
        return Err(reader.bad_value("heap_header_address", owner.0, "the address of this heap"));
    }
    let offset = reader.uint(heap.offset_bytes())?;
    if offset != block_offset {
        return Err(reader.bad_value("block_offset", offset, "the block's place in the heap"));
    }
    Ok(())
}

pub(super) fn write_place(
    writer: &mut Writer<'_>,
    heap: &FractalHeapHeader,
    heap_address: Address,
    block_offset: u64,
    sizes: Sizes,
) -> Result<()> {
    writer.u8(0);
    writer.address("heap_header_address", heap_address, sizes)?;
    writer.uint("block_offset", block_offset, heap.offset_bytes())
}
