//! Free-space manager header and section list: HDF5 File Format Specification 4.0, III.H. Reads and writes version 0.
//!
//! ```text
//! header  byte 0 "FSHD"   4 version (0)   5 client ID   6 total space tracked (L)   total sections (L)
//!                serialized sections (L)   un-serialized sections (L)   section classes (2)   shrink percent (2)
//!                expand percent (2)   size of address space (2)   maximum section size (L)
//!                address of section list (O)   bytes of it used (L)   bytes of it allocated (L)   checksum (4)
//! list    byte 0 "FSSE"   4 version (0)   5 header address (O)   sets   checksum (4)
//! set     number of sections   section size   sections: offset, type (1), data
//! ```
//! The list says nowhere where its sets end: they end when all serialized sections were read.

use h5_types::Address;

use crate::{Fault, Reader, Result, Sizes, Writer, bytes_needed};

const SECTION: &str = "III.H";

/// Whose free space it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreeSpaceClient {
    /// 0: a fractal heap's.
    FractalHeap,
    /// 1: the file's.
    File,
}

/// Header of a free-space manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeSpaceHeader {
    /// Whose free space it is.
    pub client: FreeSpaceClient,
    /// Free bytes.
    pub total_space_bytes: u64,
    /// Free sections.
    pub total_sections: u64,
    /// Free sections in the list.
    pub serialized_sections: u64,
    /// Free sections that the client derives from others.
    pub unserialized_sections: u64,
    /// Kinds of sections that the client has.
    pub section_classes: u16,
    /// When the list is to shrink.
    pub shrink_percent: u16,
    /// When the list is to grow.
    pub expand_percent: u16,
    /// log2 of the client's address space.
    pub address_space_bits: u16,
    /// Longest section, in bytes.
    pub max_section_bytes: u64,
    /// The list; `None` if there is none.
    pub section_list_address: Option<Address>,
    /// Bytes of the list in use.
    pub section_list_used_bytes: u64,
    /// Bytes of the list.
    pub section_list_allocated_bytes: u64,
}

/// One free section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreeSection {
    /// First free byte in the client's address space.
    pub offset: u64,
    /// Free bytes.
    pub size: u64,
    /// The section's class: 0 for a range of bytes; 1 to 3 in fractal heaps for blocks that do not exist yet.
    pub section_type: u8,
    /// Blocks of the heap that the section stands for, for types 1 and 3.
    pub blocks: Option<FreeHeapBlocks>,
}

/// Blocks of a fractal heap that do not exist yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreeHeapBlocks {
    /// Offset of the indirect block in the heap.
    pub indirect_block_offset: u64,
    /// First row.
    pub start_row: u16,
    /// First column.
    pub start_column: u16,
    /// Number of blocks.
    pub blocks: u16,
}

impl FreeSpaceHeader {
    /// Bytes of the header.
    pub fn bytes(sizes: Sizes) -> u64 {
        u64::from(sizes.lengths).saturating_mul(7).saturating_add(u64::from(sizes.offsets)).saturating_add(18)
    }

    /// Reads a header and verifies its checksum.
    ///
    /// # Errors
    /// Wrong signature, version, client or checksum, or too few bytes.
    pub fn decode(bytes: &[u8], sizes: Sizes) -> Result<Self> {
        let mut reader = Reader::new(bytes, "free-space manager header", SECTION);
        reader.signature(b"FSHD")?;
        reader.version(0..=0, "0")?;
        let client = match reader.u8()? {
            0 => FreeSpaceClient::FractalHeap,
            1 => FreeSpaceClient::File,
            other => return Err(reader.bad_value("client_id", other, "0 or 1")),
        };
        let header = Self {
            client,
            total_space_bytes: reader.length(sizes)?,
            total_sections: reader.length(sizes)?,
            serialized_sections: reader.length(sizes)?,
            unserialized_sections: reader.length(sizes)?,
            section_classes: reader.u16()?,
            shrink_percent: reader.u16()?,
            expand_percent: reader.u16()?,
            address_space_bits: reader.u16()?,
            max_section_bytes: reader.length(sizes)?,
            section_list_address: reader.address(sizes)?,
            section_list_used_bytes: reader.length(sizes)?,
            section_list_allocated_bytes: reader.length(sizes)?,
        };
        reader.checksum()?;
        if header.section_list_used_bytes > header.section_list_allocated_bytes {
            let (found, expected) = (header.section_list_used_bytes, "no more than is allocated");
            return Err(reader.error(Fault::Value { field: "section_list_used", found, expected }));
        }
        Ok(header)
    }

    /// Reads the section list from its used bytes. `heap_offset_bytes` is the width of offsets in the fractal heap; it does not
    /// matter for the file's own free space.
    ///
    /// # Errors
    /// Wrong signature, version, owner or checksum, an unknown section type, or too few bytes.
    pub fn decode_sections(
        &self,
        bytes: &[u8],
        header_address: Address,
        heap_offset_bytes: usize,
        sizes: Sizes,
    ) -> Result<Vec<FreeSection>> {
        let mut reader = Reader::new(bytes, "free-space section list", SECTION);
        reader.signature(b"FSSE")?;
        reader.version(0..=0, "0")?;
        let owner = reader.defined_address(sizes, "free_space_manager_header_address")?;
        if owner != header_address {
            let expected = "the address of this manager";
            return Err(reader.bad_value("free_space_manager_header_address", owner.0, expected));
        }
        let (count_bytes, size_bytes, offset_bytes) = self.widths();
        let mut sections = Vec::new();
        let mut left = self.serialized_sections;
        while left > 0 {
            let count = reader.uint(count_bytes)?;
            let size = reader.uint(size_bytes)?;
            let expected = "between 1 and the sections that are left";
            let wrong = reader.bad_value("number_of_section_records", count, expected);
            left = left.checked_sub(count).filter(|_| count > 0).ok_or(wrong)?;
            for _ in 0..count {
                let offset = reader.uint(offset_bytes)?;
                let section_type = reader.u8()?;
                let blocks = self.read_blocks(&mut reader, section_type, heap_offset_bytes)?;
                sections.push(FreeSection { offset, size, section_type, blocks });
            }
        }
        reader.checksum()?;
        Ok(sections)
    }

    /// Writes the header.
    ///
    /// # Errors
    /// More bytes of the list in use than it has, or a number too wide for its field.
    pub fn encode(&self, sizes: Sizes) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "free-space manager header", SECTION);
        if self.section_list_used_bytes > self.section_list_allocated_bytes {
            return Err(writer.unencodable("section_list_used", "no more than is allocated"));
        }
        writer.put(b"FSHD");
        writer.u8(0);
        writer.u8(match self.client {
            FreeSpaceClient::FractalHeap => 0,
            FreeSpaceClient::File => 1,
        });
        writer.length("total_space_tracked", self.total_space_bytes, sizes)?;
        writer.length("total_number_of_sections", self.total_sections, sizes)?;
        writer.length("number_of_serialized_sections", self.serialized_sections, sizes)?;
        writer.length("number_of_un_serialized_sections", self.unserialized_sections, sizes)?;
        writer.u16(self.section_classes);
        writer.u16(self.shrink_percent);
        writer.u16(self.expand_percent);
        writer.u16(self.address_space_bits);
        writer.length("maximum_section_size", self.max_section_bytes, sizes)?;
        writer.optional_address("address_of_section_list", self.section_list_address, sizes)?;
        writer.length("section_list_used", self.section_list_used_bytes, sizes)?;
        writer.length("section_list_allocated", self.section_list_allocated_bytes, sizes)?;
        writer.checksum();
        Ok(bytes)
    }

    /// Writes the used bytes of the section list; sections of one size that follow each other make one set, and the library has them
    /// sorted by size. Of the header only the client, the number of serialized sections and the widths matter, so that
    /// `section_list_used_bytes` can be taken from the length.
    ///
    /// # Errors
    /// Another number of sections than the header says, a type that the client does not have, blocks where a type has none or none
    /// where it has some, or a number too wide for its field.
    pub fn encode_sections(
        &self,
        sections: &[FreeSection],
        header_address: Address,
        heap_offset_bytes: usize,
        sizes: Sizes,
    ) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "free-space section list", SECTION);
        if u64::try_from(sections.len()) != Ok(self.serialized_sections) {
            return Err(writer.unencodable("number_of_serialized_sections", "the number of sections"));
        }
        writer.put(b"FSSE");
        writer.u8(0);
        writer.address("free_space_manager_header_address", header_address, sizes)?;
        let (count_bytes, size_bytes, offset_bytes) = self.widths();
        for set in sections.chunk_by(|one, next| one.size == next.size) {
            writer.count("number_of_section_records", set.len(), count_bytes)?;
            writer.uint("section_size", set.first().map_or(0, |section| section.size), size_bytes)?;
            for section in set {
                writer.uint("section_offset", section.offset, offset_bytes)?;
                writer.u8(section.section_type);
                self.write_blocks(&mut writer, section, heap_offset_bytes)?;
            }
        }
        writer.checksum();
        Ok(bytes)
    }

    fn write_blocks(
        &self,
        writer: &mut Writer<'_>,
        section: &FreeSection,
        heap_offset_bytes: usize,
    ) -> Result<()> {
        match (self.client, section.section_type, section.blocks) {
            (FreeSpaceClient::File, 0..=2, None) | (FreeSpaceClient::FractalHeap, 0 | 2, None) => Ok(()),
            (FreeSpaceClient::FractalHeap, 1 | 3, Some(blocks)) => {
                writer.uint("indirect_block_offset", blocks.indirect_block_offset, heap_offset_bytes)?;
                writer.u16(blocks.start_row);
                writer.u16(blocks.start_column);
                writer.u16(blocks.blocks);
                Ok(())
            }
            _ => Err(writer.unencodable("section_type", "a type of the client, with blocks if it has some")),
        }
    }

    /// Widths of the list's counts, section sizes and offsets.
    fn widths(&self) -> (usize, usize, usize) {
        let offset_bytes = usize::from(self.address_space_bits).div_ceil(8);
        (bytes_needed(self.serialized_sections), bytes_needed(self.max_section_bytes), offset_bytes)
    }

    fn read_blocks(
        &self,
        reader: &mut Reader<'_>,
        section_type: u8,
        heap_offset_bytes: usize,
    ) -> Result<Option<FreeHeapBlocks>> {
        match (self.client, section_type) {
            // Type 1 is in use for the file too: sections smaller and larger than a page differ in paged aggregation.
            (FreeSpaceClient::File, 0..=2) | (FreeSpaceClient::FractalHeap, 0 | 2) => Ok(None),
            (FreeSpaceClient::FractalHeap, 1 | 3) => Ok(Some(FreeHeapBlocks {
                indirect_block_offset: reader.uint(heap_offset_bytes)?,
                start_row: reader.u16()?,
                start_column: reader.u16()?,
                blocks: reader.u16()?,
            })),
            (FreeSpaceClient::File, _) => Err(reader.bad_value("section_type", section_type, "0 to 2")),
            (FreeSpaceClient::FractalHeap, _) => {
                Err(reader.bad_value("section_type", section_type, "0 to 3"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lookup3;

    const SIZES: Sizes = Sizes { offsets: 8, lengths: 8 };

    fn header(client: u8, sections: u64) -> FreeSpaceHeader {
        let mut bytes = b"FSHD\0".to_vec();
        bytes.push(client);
        for word in [900, sections, sections, 0_u64] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend([4, 0, 80, 0, 120, 0, 32, 0]);
        for word in [65_536_u64, 0x800, 40, 60] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(lookup3(&bytes).to_le_bytes());
        assert_eq!(FreeSpaceHeader::bytes(SIZES), bytes.len() as u64);
        FreeSpaceHeader::decode(&bytes, SIZES).unwrap()
    }

    fn list(sets: &[&[u8]]) -> Vec<u8> {
        let mut bytes = [&b"FSSE\0"[..], &0x70_u64.to_le_bytes(), &sets.concat()].concat();
        bytes.extend(lookup3(&bytes).to_le_bytes());
        bytes
    }

    #[test]
    fn decode_two_sets_of_a_heap() {
        let bytes = list(&[
            &[2, 100, 0, 0, 0x10, 0, 0, 0, 0, 0x20, 0, 0, 0, 0],
            &[1, 0, 1, 0, 0x30, 0, 0, 0, 3, 7, 0, 0, 0, 1, 0, 2, 0, 3, 0],
        ]);
        let sections = header(0, 3).decode_sections(&bytes, Address(0x70), 4, SIZES).unwrap();
        assert_eq!(sections.len(), 3);
        assert_eq!((sections[1].offset, sections[1].size, sections[1].blocks), (0x20, 100, None));
        let blocks = FreeHeapBlocks { indirect_block_offset: 7, start_row: 1, start_column: 2, blocks: 3 };
        assert_eq!((sections[2].size, sections[2].blocks), (256, Some(blocks)));
    }

    #[test]
    fn counts_that_do_not_add_up_are_errors() {
        for count in [0, 2] {
            let bytes = list(&[&[count, 100, 0, 0, 0x10, 0, 0, 0, 0, 0x20, 0, 0, 0, 0]]);
            assert!(header(1, 1).decode_sections(&bytes, Address(0x70), 4, SIZES).is_err());
        }
        let bytes = list(&[&[1, 100, 0, 0, 0x10, 0, 0, 0, 9]]);
        assert!(header(1, 1).decode_sections(&bytes, Address(0x70), 4, SIZES).is_err());
        assert!(header(1, 1).decode_sections(&bytes, Address(0x71), 4, SIZES).is_err());
    }

    #[test]
    fn encode_two_sets_of_a_heap() {
        let bytes = list(&[
            &[2, 100, 0, 0, 0x10, 0, 0, 0, 0, 0x20, 0, 0, 0, 0],
            &[1, 0, 1, 0, 0x30, 0, 0, 0, 3, 7, 0, 0, 0, 1, 0, 2, 0, 3, 0],
        ]);
        let section = |offset, size| FreeSection { offset, size, section_type: 0, blocks: None };
        let blocks = FreeHeapBlocks { indirect_block_offset: 7, start_row: 1, start_column: 2, blocks: 3 };
        let row = FreeSection { section_type: 3, blocks: Some(blocks), ..section(0x30, 256) };
        let sections = [section(0x10, 100), section(0x20, 100), row];
        let encode = |header: &FreeSpaceHeader, sections: &[_]| {
            header.encode_sections(sections, Address(0x70), 4, SIZES)
        };
        assert_eq!(encode(&header(0, 3), &sections).unwrap(), bytes);
        assert!(encode(&header(0, 2), &sections).is_err());
        assert!(encode(&header(1, 3), &sections).is_err());
        assert!(encode(&header(0, 1), &[FreeSection { blocks: None, ..row }]).is_err());
        assert!(encode(&header(0, 1), &[section(1 << 32, 1)]).is_err());
        assert!(encode(&header(0, 1), &[section(1, 1 << 24)]).is_err());
        let unused = FreeSpaceHeader { section_list_used_bytes: 61, ..header(0, 1) };
        assert!(unused.encode(SIZES).is_err());
    }

    proptest! {
        #[test]
        fn managers_decode_to_what_was_encoded(
            is_file: bool,
            numbers in prop::collection::vec((any::<u32>(), 0..4_u64, 0..4_u8, any::<[u16; 4]>()), 0..300),
            fields: [u64; 4],
            small: [u16; 3],
            address in prop::option::of(0..u64::MAX),
        ) {
            let client = if is_file { FreeSpaceClient::File } else { FreeSpaceClient::FractalHeap };
            let sections: Vec<_> = numbers
                .into_iter()
                .map(|(offset, size, section_type, [block, start_row, start_column, blocks])| {
                    let section_type = if is_file { section_type % 3 } else { section_type };
                    let blocks = FreeHeapBlocks {
                        indirect_block_offset: u64::from(block),
                        start_row,
                        start_column,
                        blocks,
                    };
                    let blocks = (!is_file && section_type % 2 == 1).then_some(blocks);
                    FreeSection { offset: u64::from(offset), size: 200 * size, section_type, blocks }
                })
                .collect();
            let mut header = FreeSpaceHeader {
                client,
                total_space_bytes: fields[0],
                total_sections: fields[1],
                serialized_sections: sections.len() as u64,
                unserialized_sections: fields[2],
                section_classes: small[0],
                shrink_percent: small[1],
                expand_percent: small[2],
                address_space_bits: 32,
                max_section_bytes: 600,
                section_list_address: address.map(Address),
                section_list_used_bytes: 0,
                section_list_allocated_bytes: fields[3] | 0xffff,
            };
            let list = header.encode_sections(&sections, Address(9), 5, SIZES).unwrap();
            header.section_list_used_bytes = list.len() as u64;
            prop_assert_eq!(header.decode_sections(&list, Address(9), 5, SIZES).unwrap(), sections);
            let bytes = header.encode(SIZES).unwrap();
            prop_assert_eq!(FreeSpaceHeader::decode(&bytes, SIZES).unwrap(), header);
        }
    }
}
