use h5_types::Address;

use super::{FractalHeapHeader, SECTION};
use crate::{Fault, Reader, Result, Sizes};

/// Fractal heap ID: HDF5 File Format Specification 4.0, III.G. Reads version 0 of all types.
///
/// ```text
/// byte 0  version (bits 6-7), type (bits 4-5), length of tiny objects (bits 0-3)
/// managed  1 offset in the heap   length
/// huge     1 B-tree key, or, where they fit in the ID: address (O)   length (L)  [filter mask (4)   size in memory (L)]
/// tiny     1 data, or, in IDs of more than 18 bytes: 1 low bits of the length   2 data
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeapId<'a> {
    /// Type 0: in a direct block.
    Managed {
        /// First byte in the heap's address space.
        offset: u64,
        /// Bytes of the object.
        length: u64,
    },
    /// Type 1: on its own in the file.
    Huge(HugeObject),
    /// Type 2: the object is in the ID.
    Tiny(&'a [u8]),
}

/// How to find a huge object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HugeObject {
    /// By this key in the heap's B-tree of huge objects.
    Indirect {
        /// The key.
        key: u64,
    },
    /// At once.
    Direct {
        /// The object.
        address: Address,
        /// Bytes that it takes in the file.
        stored_bytes: u64,
        /// Filter mask and bytes of the object in memory, if the heap is filtered.
        filtered: Option<(u32, u64)>,
    },
}

impl<'a> HeapId<'a> {
    /// Reads an ID of a heap.
    ///
    /// # Errors
    /// Unknown version or type, or an ID shorter than its fields.
    pub fn decode(id: &'a [u8], heap: &FractalHeapHeader, sizes: Sizes) -> Result<Self> {
        let mut reader = Reader::new(id, "fractal heap ID", SECTION);
        let first = reader.u8()?;
        let (version, id_type) = (first >> 6, (first >> 4) & 3);
        if version != 0 {
            return Err(reader.error(Fault::Version { found: u64::from(version), expected: "0" }));
        }
        match id_type {
            0 => Ok(Self::Managed {
                offset: reader.uint(heap.offset_bytes())?,
                length: reader.uint(heap.length_bytes())?,
            }),
            1 => Ok(Self::Huge(read_huge(&mut reader, heap, sizes)?)),
            2 => {
                let low = usize::from(first & 0xf);
                let length =
                    if heap.heap_id_length > 18 { (low << 8) | usize::from(reader.u8()?) } else { low };
                Ok(Self::Tiny(reader.take(length.saturating_add(1))?))
            }
            other => Err(reader.bad_value("type", other, "0 to 2")),
        }
    }
}

fn read_huge(reader: &mut Reader<'_>, heap: &FractalHeapHeader, sizes: Sizes) -> Result<HugeObject> {
    let room = usize::from(heap.heap_id_length).saturating_sub(1);
    if !huge_ids_are_direct(heap, sizes) {
        return Ok(HugeObject::Indirect { key: reader.uint(room.min(8))? });
    }
    let address = reader.defined_address(sizes, "address")?;
    let stored_bytes = reader.length(sizes)?;
    let filtered = if heap.is_filtered() { Some((reader.u32()?, reader.length(sizes)?)) } else { None };
    Ok(HugeObject::Direct { address, stored_bytes, filtered })
}

/// IDs with room for all that is needed to read a huge object hold it; the others hold a key.
fn huge_ids_are_direct(heap: &FractalHeapHeader, sizes: Sizes) -> bool {
    let room = usize::from(heap.heap_id_length).saturating_sub(1);
    let (offsets, lengths) = (usize::from(sizes.offsets), usize::from(sizes.lengths));
    let extra = if heap.is_filtered() { lengths.saturating_add(4) } else { 0 };
    offsets.saturating_add(lengths).saturating_add(extra) <= room
}

#[cfg(test)]
mod tests {
    use super::super::header::tests::{SIZES, header_bytes};
    use super::*;

    fn heap(heap_id_length: u16) -> FractalHeapHeader {
        let mut heap = FractalHeapHeader::decode(&header_bytes(b""), SIZES).unwrap();
        heap.heap_id_length = heap_id_length;
        heap
    }

    #[test]
    fn decode_managed() {
        let id = [0, 0x15, 1, 0, 0, 30, 0];
        let decoded = HeapId::decode(&id, &heap(7), SIZES).unwrap();
        assert_eq!(decoded, HeapId::Managed { offset: 0x115, length: 30 });
        assert!(HeapId::decode(&id[..6], &heap(7), SIZES).is_err());
    }

    #[test]
    fn decode_huge_by_key_or_directly() {
        let id = [0x10, 5, 0, 0, 0, 0, 0];
        let key = HeapId::Huge(HugeObject::Indirect { key: 5 });
        assert_eq!(HeapId::decode(&id, &heap(7), SIZES).unwrap(), key);
        let mut id = vec![0x10];
        id.extend([0x800_u64, 77].map(u64::to_le_bytes).concat());
        let direct = HugeObject::Direct { address: Address(0x800), stored_bytes: 77, filtered: None };
        assert_eq!(HeapId::decode(&id, &heap(17), SIZES).unwrap(), HeapId::Huge(direct));
    }

    #[test]
    fn decode_tiny_of_both_kinds() {
        assert_eq!(HeapId::decode(b"\x22abcdef", &heap(7), SIZES).unwrap(), HeapId::Tiny(b"abc"));
        let id = [&[0x21, 0][..], &[9; 300]].concat();
        assert_eq!(HeapId::decode(&id, &heap(302), SIZES).unwrap(), HeapId::Tiny(&[9; 257]));
        assert!(HeapId::decode(b"\x26abcdef", &heap(7), SIZES).is_err());
    }

    #[test]
    fn unknown_version_and_type_are_errors() {
        assert!(HeapId::decode(&[0x40; 7], &heap(7), SIZES).is_err());
        assert!(HeapId::decode(&[0x30; 7], &heap(7), SIZES).is_err());
    }
}
