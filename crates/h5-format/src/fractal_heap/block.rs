use h5_types::Address;

use super::{FractalHeapHeader, SECTION};
use crate::{Fault, Reader, Records, Result, Sizes, lookup3};

/// Fractal heap direct block: HDF5 File Format Specification 4.0, III.G. Reads version 0.
///
/// ```text
/// byte 0 "FHDB"   4 version (0)   5 heap header address (O)   block offset (as wide as the heap's offsets)
///        [checksum (4)]   object data
/// ```
/// The checksum covers the whole block, its own field taken as zero. Offsets of objects count from the first byte of the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectBlock;

impl DirectBlock {
    /// Bytes before the objects.
    pub fn prefix_bytes(heap: &FractalHeapHeader, sizes: Sizes) -> usize {
        let checksum = if heap.has_direct_block_checksums() { 4 } else { 0 };
        heap.offset_bytes()
            .saturating_add(usize::from(sizes.offsets))
            .saturating_add(checksum)
            .saturating_add(5)
    }

    /// Checks the header of a whole (unfiltered) block and its checksum, where it has one.
    ///
    /// # Errors
    /// Wrong signature, version, owner, place or checksum, or too few bytes.
    pub fn decode(
        bytes: &[u8],
        heap: &FractalHeapHeader,
        heap_address: Address,
        block_offset: u64,
        sizes: Sizes,
    ) -> Result<Self> {
        let mut reader = Reader::new(bytes, "fractal heap direct block", SECTION);
        reader.signature(b"FHDB")?;
        read_place(&mut reader, heap, heap_address, block_offset, sizes)?;
        if heap.has_direct_block_checksums() {
            let at = reader.position();
            let stored = reader.u32()?;
            let computed = checksum_without_field(bytes, at);
            if stored != computed {
                return Err(reader.error(Fault::Checksum { stored, computed }));
            }
        }
        Ok(Self)
    }
}

/// The checksum of a block whose own four bytes at `at` count as zeros.
fn checksum_without_field(bytes: &[u8], at: usize) -> u32 {
    let mut zeroed = bytes.to_vec();
    if let Some(field) = zeroed.get_mut(at..at.saturating_add(4)) {
        field.fill(0);
    }
    lookup3(&zeroed)
}

/// Version, heap header address and block offset, which both kinds of block begin with.
fn read_place(
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

/// Fractal heap indirect block: HDF5 File Format Specification 4.0, III.G. Reads version 0.
///
/// ```text
/// byte 0 "FHIB"   4 version (0)   5 heap header address (O)   block offset (as wide as the heap's offsets)
///        direct blocks: address (O) [size (L)   filter mask (4)]   indirect blocks: address (O)   checksum (4)
/// ```
#[derive(Debug, Clone)]
pub struct IndirectBlock<'a> {
    direct: Records<'a>,
    indirect: Records<'a>,
    filtered: bool,
    sizes: Sizes,
}

/// A direct block in an indirect one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectBlockEntry {
    /// The block.
    pub address: Address,
    /// Its bytes in the file and its filter mask, if the heap is filtered.
    pub filtered: Option<(u64, u32)>,
}

impl<'a> IndirectBlock<'a> {
    /// Bytes of an indirect block of `rows` rows.
    pub fn bytes(heap: &FractalHeapHeader, rows: u32, sizes: Sizes) -> u64 {
        let (direct, indirect) = Self::entries(heap, rows);
        let offsets = u64::from(sizes.offsets);
        let direct_bytes = u64::try_from(direct_entry_bytes(heap.is_filtered(), sizes)).unwrap_or(u64::MAX);
        let offset_bytes = u64::try_from(heap.offset_bytes()).unwrap_or(u64::MAX);
        let entries = direct.saturating_mul(direct_bytes).saturating_add(indirect.saturating_mul(offsets));
        offsets.saturating_add(offset_bytes).saturating_add(entries).saturating_add(9)
    }

    /// Numbers of entries for direct and for indirect blocks.
    fn entries(heap: &FractalHeapHeader, rows: u32) -> (u64, u64) {
        let table = &heap.doubling_table;
        let width = u64::from(table.table_width);
        let direct_rows = rows.min(table.max_direct_rows());
        let indirect_rows = rows.saturating_sub(direct_rows);
        (u64::from(direct_rows).saturating_mul(width), u64::from(indirect_rows).saturating_mul(width))
    }

    /// Reads a block of exactly [`Self::bytes`] bytes and verifies its checksum.
    ///
    /// # Errors
    /// Wrong signature, version, owner, place or checksum, or too few bytes.
    pub fn decode(
        bytes: &'a [u8],
        heap: &FractalHeapHeader,
        heap_address: Address,
        block_offset: u64,
        rows: u32,
        sizes: Sizes,
    ) -> Result<Self> {
        let mut reader = Reader::new(bytes, "fractal heap indirect block", SECTION);
        reader.signature(b"FHIB")?;
        read_place(&mut reader, heap, heap_address, block_offset, sizes)?;
        let (direct, indirect) = Self::entries(heap, rows);
        let filtered = heap.is_filtered();
        let direct_bytes = direct_entry_bytes(filtered, sizes);
        let indirect_bytes = usize::from(sizes.offsets);
        let bytes_of =
            |count: u64, each: usize| usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(each);
        let direct = Records::new(reader.take(bytes_of(direct, direct_bytes))?, direct_bytes);
        let indirect = Records::new(reader.take(bytes_of(indirect, indirect_bytes))?, indirect_bytes);
        reader.checksum()?;
        Ok(Self { direct, indirect, filtered, sizes })
    }

    /// Number of entries, direct and indirect.
    pub fn len(&self) -> usize {
        self.direct.len().saturating_add(self.indirect.len())
    }

    /// True if there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Entry `entry`, which is of a direct block; `None` if the block is not allocated.
    ///
    /// # Errors
    /// There is no such entry.
    pub fn direct(&self, entry: usize) -> Result<Option<DirectBlockEntry>> {
        let mut reader = self.reader(self.direct.get(entry));
        let Some(address) = reader.address(self.sizes)? else { return Ok(None) };
        let filtered = if self.filtered { Some((reader.length(self.sizes)?, reader.u32()?)) } else { None };
        Ok(Some(DirectBlockEntry { address, filtered }))
    }

    /// Entry `entry`, which is of an indirect block; `None` if the block is not allocated.
    ///
    /// # Errors
    /// There is no such entry.
    pub fn indirect(&self, entry: usize) -> Result<Option<Address>> {
        let entry = entry.checked_sub(self.direct.len()).and_then(|entry| self.indirect.get(entry));
        self.reader(entry).address(self.sizes)
    }

    fn reader(&self, entry: Option<&'a [u8]>) -> Reader<'a> {
        Reader::new(entry.unwrap_or_default(), "fractal heap indirect block", SECTION)
    }
}

fn direct_entry_bytes(filtered: bool, sizes: Sizes) -> usize {
    let extra = if filtered { usize::from(sizes.lengths).saturating_add(4) } else { 0 };
    usize::from(sizes.offsets).saturating_add(extra)
}

#[cfg(test)]
mod tests {
    use super::super::header::tests::{SIZES, header_bytes};
    use super::*;

    fn heap() -> FractalHeapHeader {
        FractalHeapHeader::decode(&header_bytes(b""), SIZES).unwrap()
    }

    fn direct_block() -> Vec<u8> {
        let mut bytes = b"FHDB\0".to_vec();
        bytes.extend(0x300_u64.to_le_bytes());
        bytes.extend([0, 2, 0, 0]);
        bytes.extend([0; 4]);
        bytes.extend(b"objects");
        let checksum = lookup3(&bytes);
        bytes[17..21].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    #[test]
    fn decode_direct_block() {
        let bytes = direct_block();
        let decode = |bytes: &[u8]| DirectBlock::decode(bytes, &heap(), Address(0x300), 0x200, SIZES);
        decode(&bytes).unwrap();
        assert_eq!(DirectBlock::prefix_bytes(&heap(), SIZES), 21);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(decode(&damaged).is_err(), "{at}");
        }
        assert!(DirectBlock::decode(&bytes, &heap(), Address(0x300), 0, SIZES).is_err());
        assert!(DirectBlock::decode(&bytes, &heap(), Address(0x301), 0x200, SIZES).is_err());
    }

    #[test]
    fn decode_indirect_block_with_both_kinds_of_entries() {
        let heap = heap();
        let direct_rows = heap.doubling_table.max_direct_rows();
        let mut bytes = b"FHIB\0".to_vec();
        bytes.extend(0x300_u64.to_le_bytes());
        bytes.extend([0; 4]);
        for entry in 0..u64::from(direct_rows + 1) * 4 {
            bytes.extend(if entry == 2 { u64::MAX } else { entry * 16 }.to_le_bytes());
        }
        bytes.extend(lookup3(&bytes).to_le_bytes());
        let rows = direct_rows + 1;
        assert_eq!(IndirectBlock::bytes(&heap, rows, SIZES), bytes.len() as u64);
        let block = IndirectBlock::decode(&bytes, &heap, Address(0x300), 0, rows, SIZES).unwrap();
        assert_eq!(block.direct(1).unwrap().unwrap().address, Address(16));
        assert_eq!(block.direct(2).unwrap(), None);
        let first = direct_rows as usize * 4;
        assert_eq!(block.indirect(first).unwrap(), Some(Address(first as u64 * 16)));
        assert!(block.direct(first).is_err());
        assert!(block.indirect(first - 1).is_err());
        assert!(IndirectBlock::decode(&bytes, &heap, Address(0x300), 0, rows + 1, SIZES).is_err());
    }
}
