//! Changes of single fields of a block's bytes.

use std::ops::Range;

use h5_format::{ChunkElement, ChunkElementFormat, lookup3};
use h5_types::{Address, Error, Result};

use crate::chunk_index::{ChunkGrid, ChunkLocation};

/// Puts bytes in the place of others.
///
/// # Errors
/// `Format` if the block is shorter.
pub(super) fn put(block: &mut [u8], at: u64, bytes: &[u8]) -> Result<()> {
    let place = usize::try_from(at).ok().and_then(|at| block.get_mut(at..at.checked_add(bytes.len())?));
    place.ok_or_else(too_short)?.copy_from_slice(bytes);
    Ok(())
}

/// Part of a block.
///
/// # Errors
/// `Format` if the block is shorter.
pub(super) fn part(block: &[u8], at: u64, length: u64) -> Result<&[u8]> {
    range(at, length).and_then(|range| block.get(range)).ok_or_else(too_short)
}

/// Renews the checksum that ends a range of a block.
///
/// # Errors
/// `Format` if the block is shorter.
pub(super) fn seal(block: &mut [u8], at: u64, length: u64) -> Result<()> {
    let sealed = range(at, length).and_then(|range| block.get_mut(range));
    let (content, checksum) =
        sealed.and_then(|sealed| sealed.split_last_chunk_mut::<4>()).ok_or_else(too_short)?;
    *checksum = lookup3(content).to_le_bytes();
    Ok(())
}

/// Sets a bit of a bitmap that begins at `at`; the first is the highest of the first byte. True if it was not set before.
///
/// # Errors
/// `Format` if the block is shorter.
pub(super) fn set_bit(block: &mut [u8], at: u64, bit: u64) -> Result<bool> {
    let byte = usize::try_from(at.saturating_add(bit / 8)).ok().and_then(|at| block.get_mut(at));
    let byte = byte.ok_or_else(too_short)?;
    let mask = 0x80 >> (bit % 8);
    let was_set = *byte & mask != 0;
    *byte |= mask;
    Ok(!was_set)
}

/// An address as blocks have it.
pub(super) fn address_bytes(address: Address, offset_bytes: u8) -> Vec<u8> {
    address.0.to_le_bytes().into_iter().take(usize::from(offset_bytes)).collect()
}

/// Puts an element in the place of another, and returns the chunk that this one led to.
///
/// # Errors
/// `Format` if the block is shorter; `Unsupported` if the element does not fit its fields.
pub(super) fn put_element(
    block: &mut [u8],
    at: u64,
    format: ChunkElementFormat,
    element: Option<ChunkElement>,
) -> Result<Option<ChunkElement>> {
    let old = format.decode(part(block, at, u64::try_from(format.bytes()).unwrap_or(u64::MAX))?)?;
    put(block, at, &format.encode(element)?)?;
    Ok(old)
}

/// The element that leads to a chunk.
pub(super) fn element_of(place: ChunkLocation, format: ChunkElementFormat) -> ChunkElement {
    let filtered = format.chunk_size_bytes.map(|_| (place.stored_bytes, place.filter_mask));
    ChunkElement { address: place.address, filtered }
}

/// The chunk that an element leads to.
pub(super) fn location_of(element: ChunkElement, grid: &ChunkGrid) -> ChunkLocation {
    let (stored_bytes, filter_mask) = element.filtered.unwrap_or((grid.chunk_bytes(), 0));
    ChunkLocation { address: element.address, stored_bytes, filter_mask }
}

fn range(at: u64, length: u64) -> Option<Range<usize>> {
    let start = usize::try_from(at).ok()?;
    Some(start..start.checked_add(usize::try_from(length).ok()?)?)
}

fn too_short() -> Error {
    Error::format("a block of a chunk index is shorter than its fields")
}
