//! Local heap header and data segment: HDF5 File Format Specification 4.0, III.D. Reads and writes version 0.
//!
//! ```text
//! byte 0 "HEAP"   4 version (0)   5 reserved (3)   8 data segment size (L)
//!        offset to head of free-list (L)   address of data segment (O)
//! free block, in the data segment   offset of next free block (L), 1 in the last   size of free block (L)
//! ```
//! An empty free-list has the offset 1, as the library writes it, or the undefined address, as the specification says. We write 1.

use h5_types::Address;

use crate::{Reader, Result, Sizes, Writer};

const SECTION: &str = "III.D";

/// Offset that ends the free-list; no free block is there, for blocks begin at multiples of eight bytes.
const END_OF_FREE_LIST: u64 = 1;

/// Where the names of a group with a symbol table are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalHeap {
    /// Bytes of the data segment.
    pub data_segment_bytes: u64,
    /// First free block in the data segment; `None` if there is none.
    pub free_list_head_offset: Option<u64>,
    /// The data segment.
    pub data_segment_address: Address,
}

impl LocalHeap {
    /// Bytes of the header.
    pub fn bytes(sizes: Sizes) -> u64 {
        u64::from(sizes.lengths).saturating_mul(2).saturating_add(u64::from(sizes.offsets)).saturating_add(8)
    }

    /// Reads a header.
    ///
    /// # Errors
    /// Wrong signature or version, an undefined data segment, or too few bytes.
    pub fn decode(bytes: &[u8], sizes: Sizes) -> Result<Self> {
        let mut reader = Reader::new(bytes, "local heap", SECTION);
        reader.signature(b"HEAP")?;
        reader.version(0..=0, "0")?;
        reader.skip(3)?;
        Ok(Self {
            data_segment_bytes: reader.length(sizes)?,
            free_list_head_offset: reader
                .optional_length(sizes)?
                .filter(|&offset| offset != END_OF_FREE_LIST),
            data_segment_address: reader.defined_address(sizes, "data_segment_address")?,
        })
    }

    /// Reads the free-list in the bytes of the data segment, in the order of the list.
    ///
    /// # Errors
    /// A block that reaches past the end or has no room for its own fields, or a list longer than the segment.
    pub fn free_blocks(&self, segment: &[u8], sizes: Sizes) -> Result<Vec<LocalHeapFreeBlock>> {
        let mut blocks = Vec::new();
        let mut next = self.free_list_head_offset;
        let mut room = u64::try_from(segment.len()).unwrap_or(u64::MAX);
        while let Some(offset) = next {
            let rest = usize::try_from(offset).ok().and_then(|offset| segment.get(offset..));
            let rest = rest.unwrap_or_default();
            let mut reader = Reader::new(rest, "local heap free block", SECTION);
            next = reader.optional_length(sizes)?.filter(|&offset| offset != END_OF_FREE_LIST);
            let size = reader.length(sizes)?;
            // Blocks do not overlap, so that all of them together have no more than the segment's bytes: a cycle ends there.
            let wrong =
                || reader.bad_value("size_of_free_block", size, "a block within the bytes of the segment");
            let fits =
                size >= free_block_bytes(sizes) && size <= u64::try_from(rest.len()).unwrap_or(u64::MAX);
            room = room.checked_sub(size).filter(|_| fits).ok_or_else(wrong)?;
            blocks.push(LocalHeapFreeBlock { offset, size });
        }
        Ok(blocks)
    }

    /// Writes a header.
    ///
    /// # Errors
    /// A number too wide for its field.
    pub fn encode(&self, sizes: Sizes) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "local heap", SECTION);
        writer.put(b"HEAP");
        writer.zeros(4);
        writer.length("data_segment_size", self.data_segment_bytes, sizes)?;
        let head = self.free_list_head_offset.unwrap_or(END_OF_FREE_LIST);
        writer.length("offset_to_head_of_free_list", head, sizes)?;
        writer.address("address_of_data_segment", self.data_segment_address, sizes)?;
        Ok(bytes)
    }

    /// Writes the data segment: names (or other texts) with a NUL after each at their offsets, and the free blocks, linked in the
    /// order given; the head of the list, for the header, is the first one's offset.
    ///
    /// # Errors
    /// Parts that overlap or reach past the end, a name with a NUL, or a free block too small for its fields.
    pub fn encode_data_segment(
        names: &[(u64, &[u8])],
        free_blocks: &[LocalHeapFreeBlock],
        data_segment_bytes: u64,
        sizes: Sizes,
    ) -> Result<Vec<u8>> {
        let mut parts = Vec::new();
        for &(offset, name) in names {
            let mut text = Vec::new();
            let mut writer = Writer::new(&mut text, "local heap name", SECTION);
            writer.nul_terminated("name", name)?;
            let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
            parts.push((offset, bytes, text));
        }
        for (at, block) in (1_usize..).zip(free_blocks) {
            let mut fields = Vec::new();
            let mut writer = Writer::new(&mut fields, "local heap free block", SECTION);
            if block.size < free_block_bytes(sizes) || !block.offset.is_multiple_of(8) {
                return Err(writer.unencodable("free_block", "a multiple of 8, and room for its fields"));
            }
            let next = free_blocks.get(at).map_or(END_OF_FREE_LIST, |next| next.offset);
            writer.length("offset_of_next_free_block", next, sizes)?;
            writer.length("size_of_free_block", block.size, sizes)?;
            parts.push((block.offset, block.size, fields));
        }
        parts.sort_by_key(|&(offset, ..)| offset);
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "local heap data segment", SECTION);
        for (offset, size, part) in parts {
            writer.pad_to(offset)?;
            writer.put(&part);
            writer.pad_to(offset.saturating_add(size).min(data_segment_bytes))?;
            if offset.saturating_add(size) > data_segment_bytes {
                return Err(writer.unencodable("data_segment_size", "room for all names and free blocks"));
            }
        }
        writer.pad_to(data_segment_bytes)?;
        Ok(bytes)
    }

    /// Bytes that a name takes in the data segment: with its NUL, a multiple of eight.
    pub fn name_bytes(name: &[u8]) -> usize {
        name.len().saturating_add(1).next_multiple_of(8)
    }
}

/// Unused bytes of a data segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalHeapFreeBlock {
    /// First byte in the data segment.
    pub offset: u64,
    /// Bytes, those of its own two fields among them.
    pub size: u64,
}

/// The smallest free block: what is smaller has no room for its own fields.
fn free_block_bytes(sizes: Sizes) -> u64 {
    u64::from(sizes.lengths).saturating_mul(2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decode_header() {
        let mut bytes = b"HEAP\0\0\0\0".to_vec();
        for word in [88_u64, 1, 0x2a8] {
            bytes.extend(word.to_le_bytes());
        }
        let sizes = Sizes { offsets: 8, lengths: 8 };
        let heap = LocalHeap::decode(&bytes, sizes).unwrap();
        assert_eq!(LocalHeap::bytes(sizes), bytes.len() as u64);
        assert_eq!((heap.data_segment_bytes, heap.free_list_head_offset), (88, None));
        assert_eq!(heap.data_segment_address, Address(0x2a8));
        for end in 0..bytes.len() {
            assert!(LocalHeap::decode(&bytes[..end], sizes).is_err(), "{end}");
        }
        bytes[24..32].fill(0xff);
        assert!(LocalHeap::decode(&bytes, sizes).is_err());
    }

    #[test]
    fn encode_header_with_and_without_free_blocks() {
        let sizes = Sizes { offsets: 4, lengths: 4 };
        let mut heap = LocalHeap {
            data_segment_bytes: 88,
            free_list_head_offset: None,
            data_segment_address: Address(0x2a8),
        };
        let mut expected = b"HEAP\0\0\0\0\x58\0\0\0\x01\0\0\0\xa8\x02\0\0".to_vec();
        assert_eq!(heap.encode(sizes).unwrap(), expected);
        heap.free_list_head_offset = Some(16);
        expected[12] = 16;
        assert_eq!(heap.encode(sizes).unwrap(), expected);
        assert_eq!(LocalHeap::decode(&expected, sizes).unwrap(), heap);
        heap.data_segment_bytes = 1 << 32;
        assert!(heap.encode(sizes).is_err());
    }

    #[test]
    fn encode_data_segment_with_a_free_list() {
        let sizes = Sizes { offsets: 4, lengths: 4 };
        let free = |offset, size| LocalHeapFreeBlock { offset, size };
        let names = [(0, &b""[..]), (8, b"group"), (24, b"a")];
        let encode = |free: &[_], bytes| LocalHeap::encode_data_segment(&names, free, bytes, sizes);
        let mut expected = b"\0\0\0\0\0\0\0\0group\0\0\0".to_vec();
        expected.extend([1, 0, 0, 0, 8, 0, 0, 0]);
        expected.extend(b"a\0\0\0\0\0\0\0");
        expected.extend([16, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0]);
        let blocks = [free(32, 12), free(16, 8)];
        assert_eq!(encode(&blocks, 44).unwrap(), expected);
        let heap = LocalHeap {
            data_segment_bytes: 44,
            free_list_head_offset: Some(32),
            data_segment_address: Address(0),
        };
        assert_eq!(heap.free_blocks(&expected, sizes).unwrap(), blocks);
        // A list that comes back to its first block.
        expected[16] = 32;
        assert!(heap.free_blocks(&expected, sizes).is_err());
        assert!(encode(&blocks, 43).is_err());
        assert!(encode(&[free(32, 7)], 44).is_err());
        assert!(encode(&[free(16, 16)], 44).is_err());
        assert_eq!(LocalHeap::name_bytes(b"1234567"), 8);
        assert_eq!(LocalHeap::name_bytes(b"12345678"), 16);
    }

    proptest! {
        #[test]
        fn headers_decode_to_what_was_encoded(size: u64, head in prop::option::of(2..u64::MAX), at in 0..u64::MAX) {
            let sizes = Sizes { offsets: 8, lengths: 8 };
            let heap = LocalHeap {
                data_segment_bytes: size,
                free_list_head_offset: head,
                data_segment_address: Address(at),
            };
            let bytes = heap.encode(sizes).unwrap();
            prop_assert_eq!(bytes.len() as u64, LocalHeap::bytes(sizes));
            prop_assert_eq!(LocalHeap::decode(&bytes, sizes).unwrap(), heap);
        }
    }
}
