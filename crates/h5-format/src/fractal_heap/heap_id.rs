use h5_types::Address;

use super::{FractalHeapHeader, SECTION};
use crate::{Fault, Reader, Result, Sizes, Writer};

/// Fractal heap ID: HDF5 File Format Specification 4.0, III.G. Reads and writes version 0 of all types.
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
                    if has_extended_tiny_ids(heap) { (low << 8) | usize::from(reader.u8()?) } else { low };
                Ok(Self::Tiny(reader.take(length.saturating_add(1))?))
            }
            other => Err(reader.bad_value("type", other, "0 to 2")),
        }
    }

    /// Writes an ID of [`FractalHeapHeader::heap_id_length`] bytes, with zeros where it does not need all of them.
    ///
    /// # Errors
    /// A tiny object that is empty or too long, a huge object of the kind that this heap's IDs do not have, or a number too wide for
    /// its field.
    pub fn encode(&self, heap: &FractalHeapHeader, sizes: Sizes) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "fractal heap ID", SECTION);
        match self {
            Self::Managed { offset, length } => {
                writer.u8(0);
                writer.uint("offset", *offset, heap.offset_bytes())?;
                writer.uint("length", *length, heap.length_bytes())?;
            }
            Self::Huge(object) => write_huge(&mut writer, object, heap, sizes)?,
            Self::Tiny(data) => {
                let length = data.len().checked_sub(1).filter(|_| data.len() <= Self::max_tiny_bytes(heap));
                let length =
                    length.ok_or_else(|| writer.unencodable("tiny object", "bytes that fit in the ID"))?;
                let wrong = |_| writer.unencodable("tiny object", "at most 4096 bytes");
                let [low, high] = u16::try_from(length).map_err(wrong)?.to_le_bytes();
                if has_extended_tiny_ids(heap) {
                    writer.put(&[0x20 | high, low]);
                } else {
                    writer.u8(0x20 | low);
                }
                writer.put(data);
            }
        }
        writer.pad_to(u64::from(heap.heap_id_length))?;
        Ok(bytes)
    }

    /// Longest object that fits in an ID of the heap.
    pub fn max_tiny_bytes(heap: &FractalHeapHeader) -> usize {
        let room = usize::from(heap.heap_id_length);
        if has_extended_tiny_ids(heap) {
            room.saturating_sub(2).min(4096)
        } else {
            room.saturating_sub(1).min(16)
        }
    }

    /// True if IDs of the heap have room for all that is needed to read a huge object, and so hold it; the others hold a key.
    pub fn huge_ids_are_direct(heap: &FractalHeapHeader, sizes: Sizes) -> bool {
        let room = usize::from(heap.heap_id_length).saturating_sub(1);
        let (offsets, lengths) = (usize::from(sizes.offsets), usize::from(sizes.lengths));
        let extra = if heap.is_filtered() { lengths.saturating_add(4) } else { 0 };
        offsets.saturating_add(lengths).saturating_add(extra) <= room
    }
}

fn read_huge(reader: &mut Reader<'_>, heap: &FractalHeapHeader, sizes: Sizes) -> Result<HugeObject> {
    let room = usize::from(heap.heap_id_length).saturating_sub(1);
    if !HeapId::huge_ids_are_direct(heap, sizes) {
        return Ok(HugeObject::Indirect { key: reader.uint(room.min(8))? });
    }
    let address = reader.defined_address(sizes, "address")?;
    let stored_bytes = reader.length(sizes)?;
    let filtered = if heap.is_filtered() { Some((reader.u32()?, reader.length(sizes)?)) } else { None };
    Ok(HugeObject::Direct { address, stored_bytes, filtered })
}

fn write_huge(
    writer: &mut Writer<'_>,
    object: &HugeObject,
    heap: &FractalHeapHeader,
    sizes: Sizes,
) -> Result<()> {
    let direct = HeapId::huge_ids_are_direct(heap, sizes);
    writer.u8(0x10);
    match *object {
        HugeObject::Indirect { key } if !direct => {
            writer.uint("key", key, usize::from(heap.heap_id_length).saturating_sub(1).min(8))
        }
        HugeObject::Direct { address, stored_bytes, filtered }
            if direct && filtered.is_some() == heap.is_filtered() =>
        {
            writer.address("address", address, sizes)?;
            writer.length("length", stored_bytes, sizes)?;
            if let Some((filter_mask, memory_bytes)) = filtered {
                writer.u32(filter_mask);
                writer.length("de_filtered_size", memory_bytes, sizes)?;
            }
            Ok(())
        }
        _ => Err(writer.unencodable("huge object", "the kind that IDs of this heap have")),
    }
}

/// Longer IDs have a second byte for the length of a tiny object.
fn has_extended_tiny_ids(heap: &FractalHeapHeader) -> bool {
    heap.heap_id_length > 18
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    #[test]
    fn encode_ids_as_they_are_decoded() {
        let encode = |id: HeapId<'_>, bytes| id.encode(&heap(bytes), SIZES);
        let managed = HeapId::Managed { offset: 0x115, length: 30 };
        assert_eq!(encode(managed, 7).unwrap(), [0, 0x15, 1, 0, 0, 30, 0]);
        assert_eq!(encode(managed, 9).unwrap(), [0, 0x15, 1, 0, 0, 30, 0, 0, 0]);
        assert!(encode(managed, 6).is_err());
        assert!(encode(HeapId::Managed { offset: 1 << 32, length: 1 }, 7).is_err());
        let key = |key| HeapId::Huge(HugeObject::Indirect { key });
        assert_eq!(encode(key(5), 7).unwrap(), [0x10, 5, 0, 0, 0, 0, 0]);
        assert!(encode(key(1 << 48), 7).is_err());
        assert!(encode(key(5), 17).is_err());
        let direct = HugeObject::Direct { address: Address(0x800), stored_bytes: 77, filtered: None };
        let bytes = encode(HeapId::Huge(direct), 17).unwrap();
        assert_eq!(bytes, [&[0x10][..], &0x800_u64.to_le_bytes(), &77_u64.to_le_bytes()].concat());
        assert!(encode(HeapId::Huge(direct), 16).is_err());
        assert_eq!(encode(HeapId::Tiny(b"abc"), 7).unwrap(), b"\x22abc\0\0\0");
        assert!(encode(HeapId::Tiny(b""), 7).is_err());
        assert!(encode(HeapId::Tiny(b"1234567"), 7).is_err());
        assert!(encode(HeapId::Tiny(&[0; 17]), 18).is_err());
        assert_eq!(encode(HeapId::Tiny(&[9; 257]), 259).unwrap(), [&[0x21, 0][..], &[9; 257]].concat());
    }

    proptest! {
        #[test]
        fn ids_decode_to_what_was_encoded(
            heap_id_length in 1..70_u16,
            numbers in prop::array::uniform3(0..u64::MAX),
            shift in 0..64_u32,
            data in prop::collection::vec(any::<u8>(), 0..80),
            filtered: bool,
        ) {
            let bytes = header_bytes(if filtered { b"pipeline" } else { b"" });
            let heap = FractalHeapHeader { heap_id_length, ..FractalHeapHeader::decode(&bytes, SIZES).unwrap() };
            let number = numbers[0] >> shift;
            let direct = HugeObject::Direct {
                address: Address(numbers[0]),
                stored_bytes: numbers[1],
                filtered: filtered.then_some((number as u32, numbers[2])),
            };
            let is_direct = HeapId::huge_ids_are_direct(&heap, SIZES);
            for (id, must_fit) in [
                (HeapId::Managed { offset: number, length: numbers[1] >> shift }, false),
                (HeapId::Huge(direct), is_direct),
                (HeapId::Huge(HugeObject::Indirect { key: number }), false),
                (HeapId::Tiny(&data), !data.is_empty() && data.len() <= HeapId::max_tiny_bytes(&heap)),
            ] {
                match id.encode(&heap, SIZES) {
                    Err(_) => prop_assert!(!must_fit),
                    Ok(bytes) => {
                        prop_assert_eq!(bytes.len(), usize::from(heap_id_length));
                        prop_assert_eq!(HeapId::decode(&bytes, &heap, SIZES).unwrap(), id);
                    }
                }
            }
        }
    }
}
