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
mod tests;
