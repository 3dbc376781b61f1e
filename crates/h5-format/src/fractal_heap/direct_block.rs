use h5_types::Address;

use super::block::{read_place, write_place};
use super::{FractalHeapHeader, SECTION};
use crate::{Fault, Reader, Result, Sizes, Writer, lookup3};

/// Fractal heap direct block: HDF5 File Format Specification 4.0, III.G. Reads and writes version 0.
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

    /// Writes a whole block of `block_bytes` bytes, as it is before filters. `objects` are the bytes after the prefix
    /// ([`Self::prefix_bytes`]); zeros follow them.
    ///
    /// # Errors
    /// More bytes than the block has, or a number too wide for its field.
    pub fn encode(
        heap: &FractalHeapHeader,
        heap_address: Address,
        block_offset: u64,
        objects: &[u8],
        block_bytes: u64,
        sizes: Sizes,
    ) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "fractal heap direct block", SECTION);
        writer.put(b"FHDB");
        write_place(&mut writer, heap, heap_address, block_offset, sizes)?;
        let at = writer.position();
        if heap.has_direct_block_checksums() {
            writer.zeros(4);
        }
        writer.put(objects);
        writer.pad_to(block_bytes)?;
        if heap.has_direct_block_checksums() {
            // The field is still zero, as the checksum wants it.
            let checksum = lookup3(&bytes).to_le_bytes();
            if let Some(field) = bytes.get_mut(at..at.saturating_add(4)) {
                field.copy_from_slice(&checksum);
            }
        }
        Ok(bytes)
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
    fn encode_direct_block_with_and_without_checksum() {
        let mut heap = heap();
        let mut bytes = direct_block();
        let encode = |heap: &FractalHeapHeader, size| {
            DirectBlock::encode(heap, Address(0x300), 0x200, b"objects", size, SIZES)
        };
        assert_eq!(encode(&heap, 28).unwrap(), bytes);
        assert!(encode(&heap, 27).is_err());
        let padded = encode(&heap, 512).unwrap();
        assert_eq!((padded.len(), &padded[21..28], padded[28]), (512, &b"objects"[..], 0));
        DirectBlock::decode(&padded, &heap, Address(0x300), 0x200, SIZES).unwrap();
        heap.flags = 0;
        bytes.drain(17..21);
        assert_eq!(encode(&heap, 24).unwrap(), bytes);
        assert!(DirectBlock::encode(&heap, Address(0x300), 1 << 32, b"", 512, SIZES).is_err());
    }
}
