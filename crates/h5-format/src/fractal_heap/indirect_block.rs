use h5_types::Address;

use super::block::{read_place, write_place};
use super::{FractalHeapHeader, SECTION};
use crate::{Reader, Records, Result, Sizes, Writer};

/// Fractal heap indirect block: HDF5 File Format Specification 4.0, III.G. Reads and writes version 0.
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

    /// Writes a block of `rows` rows. `direct` and `indirect` are the entries in order, `None` for blocks that are not allocated.
    ///
    /// # Errors
    /// Another number of entries than that many rows have, a size where the heap is not filtered or none where it is, or a number too
    /// wide for its field.
    pub fn encode(
        heap: &FractalHeapHeader,
        heap_address: Address,
        block_offset: u64,
        rows: u32,
        entries: (&[Option<DirectBlockEntry>], &[Option<Address>]),
        sizes: Sizes,
    ) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "fractal heap indirect block", SECTION);
        let (direct, indirect) = entries;
        let counts = [direct.len(), indirect.len()].map(|count| u64::try_from(count).unwrap_or(u64::MAX));
        if counts != <[u64; 2]>::from(Self::entries(heap, rows)) {
            return Err(writer.unencodable("entries", "as many as the rows have"));
        }
        writer.put(b"FHIB");
        write_place(&mut writer, heap, heap_address, block_offset, sizes)?;
        for entry in direct {
            writer.optional_address("child_direct_block_address", entry.map(|e| e.address), sizes)?;
            let filtered = entry.map(|entry| entry.filtered);
            match (filtered, heap.is_filtered()) {
                (None | Some(None), false) => {}
                (None, true) => writer.zeros(usize::from(sizes.lengths).saturating_add(4)),
                (Some(Some((size, filter_mask))), true) => {
                    writer.length("size_of_filtered_direct_block", size, sizes)?;
                    writer.u32(filter_mask);
                }
                _ => {
                    return Err(
                        writer.unencodable("size_of_filtered_direct_block", "one if there are filters")
                    );
                }
            }
        }
        for &address in indirect {
            writer.optional_address("child_indirect_block_address", address, sizes)?;
        }
        writer.checksum();
        Ok(bytes)
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
    use proptest::prelude::*;

    use super::super::header::tests::{SIZES, header_bytes};
    use super::*;
    use crate::lookup3;

    fn heap() -> FractalHeapHeader {
        FractalHeapHeader::decode(&header_bytes(b""), SIZES).unwrap()
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

    #[test]
    fn encode_indirect_block_by_hand() {
        let heap = heap();
        let mut bytes = b"FHIB\0".to_vec();
        bytes.extend(0x300_u64.to_le_bytes());
        bytes.extend([0, 2, 0, 0]);
        bytes.extend([7, u64::MAX, 9, u64::MAX].map(u64::to_le_bytes).concat());
        bytes.extend(lookup3(&bytes).to_le_bytes());
        let entry = |at| Some(DirectBlockEntry { address: Address(at), filtered: None });
        let entries = [entry(7), None, entry(9), None];
        let encode = |direct: &[_], indirect: &[_]| {
            IndirectBlock::encode(&heap, Address(0x300), 0x200, 1, (direct, indirect), SIZES)
        };
        assert_eq!(encode(&entries, &[]).unwrap(), bytes);
        assert!(encode(&entries[1..], &[]).is_err());
        assert!(encode(&entries, &[None]).is_err());
        let filtered = Some(DirectBlockEntry { address: Address(1), filtered: Some((1, 1)) });
        assert!(encode(&[filtered, None, None, None], &[]).is_err());
    }

    proptest! {
        #[test]
        fn indirect_blocks_decode_to_what_was_encoded(
            filtered: bool,
            rows in 1..14_u32,
            numbers in prop::collection::vec((any::<bool>(), 0..u64::MAX, any::<u64>(), any::<u32>()), 14 * 4),
        ) {
            let heap = header_bytes(if filtered { b"pipeline" } else { b"" });
            let heap = FractalHeapHeader::decode(&heap, SIZES).unwrap();
            let (direct, indirect) = IndirectBlock::entries(&heap, rows);
            let direct: Vec<_> = numbers[..direct as usize]
                .iter()
                .map(|&(there, address, size, mask)| {
                    let filtered = filtered.then_some((size, mask));
                    there.then_some(DirectBlockEntry { address: Address(address), filtered })
                })
                .collect();
            let indirect: Vec<_> = numbers[direct.len()..direct.len() + indirect as usize]
                .iter()
                .map(|&(there, address, ..)| there.then_some(Address(address)))
                .collect();
            let entries = (&direct[..], &indirect[..]);
            let bytes = IndirectBlock::encode(&heap, Address(5), 64, rows, entries, SIZES).unwrap();
            prop_assert_eq!(bytes.len() as u64, IndirectBlock::bytes(&heap, rows, SIZES));
            let block = IndirectBlock::decode(&bytes, &heap, Address(5), 64, rows, SIZES).unwrap();
            for (at, entry) in direct.iter().enumerate() {
                prop_assert_eq!(&block.direct(at).unwrap(), entry);
            }
            for (at, entry) in indirect.iter().enumerate() {
                prop_assert_eq!(&block.indirect(direct.len() + at).unwrap(), entry);
            }
        }
    }
}
