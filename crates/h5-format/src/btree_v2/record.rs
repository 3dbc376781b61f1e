//! Records of version 2 B-trees, types 1 to 11 (III.A.2). A record is read off exactly its bytes, which come from the node; it is
//! written as exactly those.

use h5_types::Address;

use super::SECTION;
use crate::{Fault, Reader, Result, Sizes, Writer};

/// Types 1 to 4, a huge object of a fractal heap: address (O), length (L), filter mask (4) and size in memory (L) where it is
/// filtered, and ID (L) where it is accessed indirectly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HugeObjectRecord {
    /// The object.
    pub address: Address,
    /// Bytes that it takes in the file.
    pub stored_bytes: u64,
    /// Filter mask and bytes of the object in memory; `None` if the heap has no filters.
    pub filtered: Option<(u32, u64)>,
    /// Key of the object in heap IDs; `None` for types 3 and 4.
    pub id: Option<u64>,
}

impl HugeObjectRecord {
    /// Reads a record of type 1 (neither), 2 (`filtered`), 3 (`direct`) or 4 (both).
    ///
    /// # Errors
    /// Undefined address, or too few bytes.
    pub fn decode(bytes: &[u8], sizes: Sizes, filtered: bool, direct: bool) -> Result<Self> {
        let mut reader = Reader::new(bytes, "B-tree v2 record of a huge object", SECTION);
        let address = reader.defined_address(sizes, "huge_object_address")?;
        let stored_bytes = reader.length(sizes)?;
        let filtered = if filtered { Some((reader.u32()?, reader.length(sizes)?)) } else { None };
        let id = if direct { None } else { Some(reader.length(sizes)?) };
        Ok(Self { address, stored_bytes, filtered, id })
    }

    /// Writes a record; whether it is filtered, and direct, follows from what it has.
    ///
    /// # Errors
    /// A number too wide for its field.
    pub fn encode(&self, sizes: Sizes) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "B-tree v2 record of a huge object", SECTION);
        writer.address("huge_object_address", self.address, sizes)?;
        writer.length("huge_object_length", self.stored_bytes, sizes)?;
        if let Some((filter_mask, memory_bytes)) = self.filtered {
            writer.u32(filter_mask);
            writer.length("huge_object_memory_size", memory_bytes, sizes)?;
        }
        if let Some(id) = self.id {
            writer.length("huge_object_id", id, sizes)?;
        }
        Ok(bytes)
    }
}

/// Type 5, a link by name: hash (4), heap ID (7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkNameRecord<'a> {
    /// lookup3 of the link's name.
    pub hash: u32,
    /// The link message in the group's fractal heap.
    pub heap_id: &'a [u8],
}

impl<'a> LinkNameRecord<'a> {
    /// Reads a record.
    ///
    /// # Errors
    /// Too few bytes.
    pub fn decode(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes, "B-tree v2 record of a link name", SECTION);
        Ok(Self { hash: reader.u32()?, heap_id: reader.take(7)? })
    }

    /// Writes a record.
    ///
    /// # Errors
    /// A heap ID of other than 7 bytes.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "B-tree v2 record of a link name", SECTION);
        writer.u32(self.hash);
        write_heap_id(&mut writer, self.heap_id, 7)?;
        Ok(bytes)
    }
}

/// Type 6, a link by creation order: creation order (8), heap ID (7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkCreationOrderRecord<'a> {
    /// Creation order.
    pub creation_order: i64,
    /// The link message in the group's fractal heap.
    pub heap_id: &'a [u8],
}

impl<'a> LinkCreationOrderRecord<'a> {
    /// Reads a record.
    ///
    /// # Errors
    /// Too few bytes.
    pub fn decode(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes, "B-tree v2 record of a link's creation order", SECTION);
        Ok(Self { creation_order: reader.u64()?.cast_signed(), heap_id: reader.take(7)? })
    }

    /// Writes a record.
    ///
    /// # Errors
    /// A heap ID of other than 7 bytes.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "B-tree v2 record of a link's creation order", SECTION);
        writer.u64(self.creation_order.cast_unsigned());
        write_heap_id(&mut writer, self.heap_id, 7)?;
        Ok(bytes)
    }
}

/// Type 7 and the records of a shared message list: location (1), hash (4), then for a message in the heap its reference count
/// (4) and heap ID (8), for one in an object header reserved (1), message type (1), index (2) and address (O).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedMessageRecord {
    /// lookup3 of the message.
    pub hash: u32,
    /// Where the message is.
    pub location: SharedMessageLocation,
}

/// Where a shared message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedMessageLocation {
    /// In the fractal heap of the index.
    Heap {
        /// Objects that refer to the message.
        reference_count: u32,
        /// The message in the heap.
        heap_id: [u8; 8],
    },
    /// In the header of the one object that uses it.
    ObjectHeader {
        /// Type of the message.
        message_type: u8,
        /// Which of the header's messages it is.
        creation_index: u16,
        /// The object header.
        address: Address,
    },
}

impl SharedMessageRecord {
    /// Bytes of a record: as many as the longer of the two kinds takes.
    pub fn bytes(sizes: Sizes) -> usize {
        usize::from(sizes.offsets).saturating_add(4).max(12).saturating_add(5)
    }

    /// Reads a record.
    ///
    /// # Errors
    /// Unknown location, undefined address, or too few bytes.
    pub fn decode(bytes: &[u8], sizes: Sizes) -> Result<Self> {
        let mut reader = Reader::new(bytes, "shared message record", "III.I");
        let location = reader.u8()?;
        let hash = reader.u32()?;
        let location = match location {
            0 => {
                let reference_count = reader.u32()?;
                let mut heap_id = [0; 8];
                heap_id.copy_from_slice(reader.take(8)?);
                SharedMessageLocation::Heap { reference_count, heap_id }
            }
            1 => {
                reader.skip(1)?;
                SharedMessageLocation::ObjectHeader {
                    message_type: reader.u8()?,
                    creation_index: reader.u16()?,
                    address: reader.defined_address(sizes, "object_header_address")?,
                }
            }
            other => {
                let found = u64::from(other);
                let fault = Fault::Value { field: "message_location", found, expected: "0 or 1" };
                return Err(reader.error(fault));
            }
        };
        Ok(Self { hash, location })
    }

    /// Writes a record, the shorter of the two kinds with zeros after it.
    ///
    /// # Errors
    /// An address too wide for its field.
    pub fn encode(&self, sizes: Sizes) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "shared message record", "III.I");
        match &self.location {
            SharedMessageLocation::Heap { reference_count, heap_id } => {
                writer.u8(0);
                writer.u32(self.hash);
                writer.u32(*reference_count);
                writer.put(heap_id);
            }
            SharedMessageLocation::ObjectHeader { message_type, creation_index, address } => {
                writer.u8(1);
                writer.u32(self.hash);
                writer.zeros(1);
                writer.u8(*message_type);
                writer.u16(*creation_index);
                writer.address("object_header_address", *address, sizes)?;
            }
        }
        writer.pad_to(u64::try_from(Self::bytes(sizes)).unwrap_or(u64::MAX))?;
        Ok(bytes)
    }
}

/// Type 8, an attribute by name: heap ID (8), message flags (1), creation order (4), hash (4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttributeNameRecord<'a> {
    /// The attribute and its place in the order of creation.
    pub attribute: AttributeCreationOrderRecord<'a>,
    /// lookup3 of the attribute's name.
    pub hash: u32,
}

impl<'a> AttributeNameRecord<'a> {
    /// Reads a record.
    ///
    /// # Errors
    /// Too few bytes.
    pub fn decode(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes, "B-tree v2 record of an attribute name", SECTION);
        Ok(Self { attribute: AttributeCreationOrderRecord::read(&mut reader)?, hash: reader.u32()? })
    }

    /// Writes a record.
    ///
    /// # Errors
    /// A heap ID of other than 8 bytes.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let mut bytes = self.attribute.encode()?;
        bytes.extend(self.hash.to_le_bytes());
        Ok(bytes)
    }
}

/// Type 9, an attribute by creation order: heap ID (8), message flags (1), creation order (4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttributeCreationOrderRecord<'a> {
    /// The attribute message in the object's fractal heap, or, if it is shared, in that of the shared messages.
    pub heap_id: &'a [u8],
    /// Flags of the attribute message; bit 1 says that it is shared.
    pub message_flags: u8,
    /// Creation order.
    pub creation_order: u32,
}

impl<'a> AttributeCreationOrderRecord<'a> {
    /// Reads a record.
    ///
    /// # Errors
    /// Too few bytes.
    pub fn decode(bytes: &'a [u8]) -> Result<Self> {
        Self::read(&mut Reader::new(bytes, "B-tree v2 record of an attribute's creation order", SECTION))
    }

    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(Self { heap_id: reader.take(8)?, message_flags: reader.u8()?, creation_order: reader.u32()? })
    }

    /// Writes a record.
    ///
    /// # Errors
    /// A heap ID of other than 8 bytes.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "B-tree v2 record of an attribute", SECTION);
        write_heap_id(&mut writer, self.heap_id, 8)?;
        writer.u8(self.message_flags);
        writer.u32(self.creation_order);
        Ok(bytes)
    }

    /// True if the heap ID is one of the heap of shared messages.
    pub fn is_shared(&self) -> bool {
        self.message_flags & 2 != 0
    }
}

/// Types 10 and 11, a chunk: address (O), chunk size (as wide as the layout says) and filter mask (4) where it is filtered, scaled
/// offsets (8 each).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkRecord {
    /// The chunk; `None` in a record whose chunk was never written.
    pub address: Option<Address>,
    /// Bytes in the file and filter mask; `None` for type 10.
    pub filtered: Option<(u64, u32)>,
}

impl ChunkRecord {
    /// Reads a record; `chunk_size_bytes` is the width of the size, or `None` for type 10. The scaled offsets go to `scaled`, one
    /// number a dimension.
    ///
    /// # Errors
    /// Too few bytes.
    pub fn decode(
        bytes: &[u8],
        sizes: Sizes,
        chunk_size_bytes: Option<usize>,
        scaled: &mut [u64],
    ) -> Result<Self> {
        let mut reader = Reader::new(bytes, "B-tree v2 record of a chunk", SECTION);
        let address = reader.address(sizes)?;
        let filtered = match chunk_size_bytes {
            None => None,
            Some(width) => Some((reader.uint(width)?, reader.u32()?)),
        };
        for coordinate in scaled {
            *coordinate = reader.u64()?;
        }
        Ok(Self { address, filtered })
    }

    /// Writes a record; the arguments are those of [`Self::decode`].
    ///
    /// # Errors
    /// A size where there is no field for it, or none where there is one; a number too wide for its field.
    pub fn encode(&self, sizes: Sizes, chunk_size_bytes: Option<usize>, scaled: &[u64]) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "B-tree v2 record of a chunk", SECTION);
        writer.optional_address("address", self.address, sizes)?;
        match (self.filtered, chunk_size_bytes) {
            (None, None) => {}
            (Some((size, filter_mask)), Some(width)) => {
                writer.uint("chunk_size", size, width)?;
                writer.u32(filter_mask);
            }
            _ => return Err(writer.unencodable("chunk_size", "a size exactly where chunks are filtered")),
        }
        scaled.iter().for_each(|&coordinate| writer.u64(coordinate));
        Ok(bytes)
    }
}

fn write_heap_id(writer: &mut Writer<'_>, heap_id: &[u8], bytes: usize) -> Result<()> {
    if heap_id.len() != bytes {
        return Err(writer.unencodable("heap_id", "7 bytes for links, 8 for attributes"));
    }
    writer.put(heap_id);
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZES: Sizes = Sizes { offsets: 4, lengths: 4 };

    #[test]
    fn decode_huge_objects_of_all_four_types() {
        let bytes: Vec<u8> = [0x100_u32, 50, 1, 90, 7].iter().flat_map(|word| word.to_le_bytes()).collect();
        let all = HugeObjectRecord::decode(&bytes, SIZES, true, false).unwrap();
        assert_eq!((all.stored_bytes, all.filtered, all.id), (50, Some((1, 90)), Some(7)));
        let plain = HugeObjectRecord::decode(&bytes, SIZES, false, false).unwrap();
        assert_eq!((plain.filtered, plain.id), (None, Some(1)));
        assert_eq!(HugeObjectRecord::decode(&bytes[..8], SIZES, false, true).unwrap().id, None);
        assert!(HugeObjectRecord::decode(&bytes[..15], SIZES, true, true).is_err());
    }

    #[test]
    fn decode_attribute_name() {
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8, 2, 9, 0, 0, 0, 0x78, 0x56, 0x34, 0x12];
        let record = AttributeNameRecord::decode(&bytes).unwrap();
        assert_eq!((record.hash, record.attribute.creation_order), (0x1234_5678, 9));
        assert!(record.attribute.is_shared());
        assert_eq!(record.attribute.heap_id, &bytes[..8]);
    }

    #[test]
    fn decode_shared_message_in_either_place() {
        let mut bytes = vec![0, 1, 0, 0, 0, 2, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1];
        assert_eq!(SharedMessageRecord::bytes(SIZES), bytes.len());
        let heap = SharedMessageLocation::Heap { reference_count: 2, heap_id: [8, 7, 6, 5, 4, 3, 2, 1] };
        assert_eq!(SharedMessageRecord::decode(&bytes, SIZES).unwrap().location, heap);
        bytes[0] = 1;
        let header = SharedMessageRecord::decode(&bytes, SIZES).unwrap().location;
        let address = Address(0x0506_0708);
        assert_eq!(
            header,
            SharedMessageLocation::ObjectHeader { message_type: 0, creation_index: 0, address }
        );
        bytes[0] = 2;
        assert!(SharedMessageRecord::decode(&bytes, SIZES).is_err());
    }

    #[test]
    fn decode_filtered_chunk() {
        let mut bytes = vec![0, 1, 0, 0, 0x34, 0x12, 3, 0, 0, 0];
        bytes.extend([5_u64, 6].map(u64::to_le_bytes).concat());
        let mut scaled = [0; 2];
        let record = ChunkRecord::decode(&bytes, SIZES, Some(2), &mut scaled).unwrap();
        assert_eq!(record, ChunkRecord { address: Some(Address(0x100)), filtered: Some((0x1234, 3)) });
        assert_eq!(scaled, [5, 6]);
    }

    #[test]
    fn encode_records_as_the_specification_lays_them_out() {
        let huge = HugeObjectRecord {
            address: Address(0x100),
            stored_bytes: 50,
            filtered: Some((1, 90)),
            id: Some(7),
        };
        let words: Vec<u8> = [0x100_u32, 50, 1, 90, 7].iter().flat_map(|word| word.to_le_bytes()).collect();
        assert_eq!(huge.encode(SIZES).unwrap(), words);
        let link = LinkNameRecord { hash: 0x0403_0201, heap_id: &[5, 6, 7, 8, 9, 10, 11] };
        assert_eq!(link.encode().unwrap(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        let order = LinkCreationOrderRecord { creation_order: -2, heap_id: &[1; 7] };
        assert_eq!(order.encode().unwrap(), [0xfe, 255, 255, 255, 255, 255, 255, 255, 1, 1, 1, 1, 1, 1, 1]);
        let chunk = ChunkRecord { address: Some(Address(0x100)), filtered: Some((0x1234, 3)) };
        let bytes = chunk.encode(SIZES, Some(2), &[5]).unwrap();
        assert_eq!(bytes, [0, 1, 0, 0, 0x34, 0x12, 3, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn what_a_record_has_no_room_for_is_an_error() {
        assert!(LinkNameRecord { hash: 0, heap_id: &[0; 8] }.encode().is_err());
        assert!(LinkCreationOrderRecord { creation_order: 0, heap_id: &[0; 6] }.encode().is_err());
        let attribute =
            AttributeCreationOrderRecord { heap_id: &[0; 7], message_flags: 0, creation_order: 0 };
        assert!(AttributeNameRecord { attribute, hash: 0 }.encode().is_err());
        let chunk = ChunkRecord { address: None, filtered: Some((256, 0)) };
        assert!(chunk.encode(SIZES, Some(1), &[0]).is_err());
        assert!(chunk.encode(SIZES, None, &[0]).is_err());
        assert!(ChunkRecord { filtered: None, ..chunk }.encode(SIZES, Some(1), &[0]).is_err());
        let huge = HugeObjectRecord { address: Address(0), stored_bytes: 1 << 32, filtered: None, id: None };
        assert!(huge.encode(SIZES).is_err());
    }

    proptest! {
        #[test]
        fn records_decode_to_what_was_encoded(
            numbers: [u32; 6],
            id: [u8; 8],
            filtered: bool,
            direct: bool,
            scaled in prop::collection::vec(any::<u64>(), 1..5),
        ) {
            let address = Address(u64::from(numbers[0] >> 1));
            let huge = HugeObjectRecord {
                address,
                stored_bytes: u64::from(numbers[1]),
                filtered: filtered.then_some((numbers[2], u64::from(numbers[3]))),
                id: (!direct).then_some(u64::from(numbers[4])),
            };
            let bytes = huge.encode(SIZES).unwrap();
            prop_assert_eq!(HugeObjectRecord::decode(&bytes, SIZES, filtered, direct).unwrap(), huge);
            let attribute = AttributeCreationOrderRecord {
                heap_id: &id,
                message_flags: id[0],
                creation_order: numbers[1],
            };
            let bytes = attribute.encode().unwrap();
            prop_assert_eq!(AttributeCreationOrderRecord::decode(&bytes).unwrap(), attribute);
            let by_name = AttributeNameRecord { attribute, hash: numbers[2] };
            let bytes = by_name.encode().unwrap();
            prop_assert_eq!(AttributeNameRecord::decode(&bytes).unwrap(), by_name);
            let location = if direct {
                SharedMessageLocation::Heap { reference_count: numbers[1], heap_id: id }
            } else {
                let creation_index = numbers[2] as u16;
                SharedMessageLocation::ObjectHeader { message_type: id[0], creation_index, address }
            };
            let message = SharedMessageRecord { hash: numbers[3], location };
            for sizes in [SIZES, Sizes { offsets: 16, lengths: 8 }] {
                let bytes = message.encode(sizes).unwrap();
                prop_assert_eq!(bytes.len(), SharedMessageRecord::bytes(sizes));
                prop_assert_eq!(SharedMessageRecord::decode(&bytes, sizes).unwrap(), message);
            }
            let chunk = ChunkRecord {
                address: (!direct).then_some(address),
                filtered: filtered.then_some((u64::from(numbers[5]), numbers[4])),
            };
            let width = filtered.then_some(5);
            let bytes = chunk.encode(SIZES, width, &scaled).unwrap();
            let mut found = vec![0; scaled.len()];
            prop_assert_eq!(ChunkRecord::decode(&bytes, SIZES, width, &mut found).unwrap(), chunk);
            prop_assert_eq!(found, scaled);
        }
    }
}
