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
            let wrong = || reader.bad_value("number_of_section_records", count, expected);
            left = left.checked_sub(count).filter(|_| count > 0).ok_or_else(wrong)?;
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
mod tests;
