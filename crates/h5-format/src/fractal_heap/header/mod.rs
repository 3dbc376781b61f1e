use h5_types::Address;

use super::{DoublingTable, SECTION};
use crate::{Reader, Result, Sizes, Writer, bytes_needed};

/// Fractal heap header: HDF5 File Format Specification 4.0, III.G. Reads and writes version 0.
///
/// ```text
/// byte 0 "FRHP"   4 version (0)   5 heap ID length (2)   7 I/O filters' encoded length (2)   9 flags
///     10 maximum size of managed objects (4)   14 next huge object ID (L)   v2 B-tree address of huge objects (O)
///        free space in managed blocks (L)   address of managed block free space manager (O)   managed space (L)
///        allocated managed space (L)   offset of direct block allocation iterator (L)   managed objects (L)
///        size of huge objects (L)   huge objects (L)   size of tiny objects (L)   tiny objects (L)
///        table width (2)   starting block size (L)   maximum direct block size (L)   maximum heap size (2)
///        starting rows in root indirect block (2)   address of root block (O)   current rows in root indirect block (2)
///        [size of filtered root direct block (L)   I/O filter mask (4)   I/O filter information]   checksum (4)
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FractalHeapHeader {
    /// Bytes of a heap ID.
    pub heap_id_length: u16,
    /// Bit 0: huge object IDs have wrapped around; bit 1: direct blocks have checksums.
    pub flags: u8,
    /// Longest object in direct blocks.
    pub max_managed_object_bytes: u32,
    /// ID of the next huge object.
    pub next_huge_object_id: u64,
    /// B-tree of huge objects.
    pub huge_objects_b_tree_address: Option<Address>,
    /// Unused bytes in direct blocks.
    pub managed_free_bytes: u64,
    /// Free-space manager of the direct blocks.
    pub free_space_manager_address: Option<Address>,
    /// Bytes of the heap's address space in use.
    pub managed_bytes: u64,
    /// Bytes of allocated direct blocks.
    pub allocated_managed_bytes: u64,
    /// Where in the address space the next direct block goes.
    pub allocation_iterator_offset: u64,
    /// Objects in direct blocks.
    pub managed_objects: u64,
    /// Bytes of huge objects.
    pub huge_bytes: u64,
    /// Huge objects.
    pub huge_objects: u64,
    /// Bytes of tiny objects.
    pub tiny_bytes: u64,
    /// Tiny objects.
    pub tiny_objects: u64,
    /// Sizes of the blocks.
    pub doubling_table: DoublingTable,
    /// Bytes of the largest direct block.
    pub max_direct_block_bytes: u64,
    /// Bits of the heap's address space.
    pub max_heap_size_bits: u16,
    /// Rows that a new root indirect block gets.
    pub starting_root_rows: u16,
    /// The root block; `None` in a heap without managed objects.
    pub root: Option<RootBlock>,
    /// A Filter Pipeline message (IV.A.2.l), if blocks and huge objects are filtered.
    pub filter_information: Option<Vec<u8>>,
}

/// The root block of a fractal heap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootBlock {
    /// One direct block of the starting block size.
    Direct {
        /// The block.
        address: Address,
        /// Its bytes in the file and its filter mask, if the heap is filtered.
        filtered: Option<(u64, u32)>,
    },
    /// An indirect block.
    Indirect {
        /// The block.
        address: Address,
        /// Its rows.
        rows: u16,
    },
}

impl FractalHeapHeader {
    /// Bytes of a header without filters.
    pub fn bytes(sizes: Sizes) -> u64 {
        let (offsets, lengths) = (u64::from(sizes.offsets), u64::from(sizes.lengths));
        offsets.saturating_mul(3).saturating_add(lengths.saturating_mul(12)).saturating_add(26)
    }

    /// Bytes of the whole header, from its first [`Self::bytes`].
    ///
    /// # Errors
    /// Wrong signature or version, or too few bytes.
    pub fn total_bytes(first: &[u8], sizes: Sizes) -> Result<u64> {
        let mut reader = Reader::new(first, "fractal heap header", SECTION);
        reader.signature(b"FRHP")?;
        reader.version(0..=0, "0")?;
        reader.skip(2)?;
        let encoded = u64::from(reader.u16()?);
        let plain = Self::bytes(sizes);
        if encoded == 0 {
            return Ok(plain);
        }
        Ok(plain.saturating_add(u64::from(sizes.lengths)).saturating_add(4).saturating_add(encoded))
    }

    /// Reads a header of exactly [`Self::total_bytes`] bytes and verifies its checksum.
    ///
    /// # Errors
    /// Wrong signature, version or checksum; sizes that cannot be; too few bytes.
    pub fn decode(bytes: &[u8], sizes: Sizes) -> Result<Self> {
        let mut reader = Reader::new(bytes, "fractal heap header", SECTION);
        // The checksum first: everything after it can rely on fields that were written so.
        crate::verify_checksum(bytes, "fractal heap header", SECTION)?;
        reader.signature(b"FRHP")?;
        reader.version(0..=0, "0")?;
        let heap_id_length = reader.u16()?;
        let encoded_length = reader.u16()?;
        let flags = reader.u8()?;
        let max_managed_object_bytes = reader.u32()?;
        let next_huge_object_id = reader.length(sizes)?;
        let huge_objects_b_tree_address = reader.address(sizes)?;
        let managed_free_bytes = reader.length(sizes)?;
        let free_space_manager_address = reader.address(sizes)?;
        let managed_bytes = reader.length(sizes)?;
        let allocated_managed_bytes = reader.length(sizes)?;
        let allocation_iterator_offset = reader.length(sizes)?;
        let managed_objects = reader.length(sizes)?;
        let (huge_bytes, huge_objects) = (reader.length(sizes)?, reader.length(sizes)?);
        let (tiny_bytes, tiny_objects) = (reader.length(sizes)?, reader.length(sizes)?);
        let table_width = reader.u16()?;
        let starting_block_size = reader.length(sizes)?;
        let max_direct_block_bytes = reader.length(sizes)?;
        let max_heap_size_bits = reader.u16()?;
        let doubling_table =
            DoublingTable::new(table_width, starting_block_size, max_direct_block_bytes, max_heap_size_bits)?;
        let starting_root_rows = reader.u16()?;
        let (root, filter_information) = Self::read_root(&mut reader, sizes, encoded_length)?;
        if heap_id_length == 0 {
            return Err(reader.bad_value("heap_id_length", heap_id_length, "at least 1"));
        }
        Ok(Self {
            heap_id_length,
            flags,
            max_managed_object_bytes,
            next_huge_object_id,
            huge_objects_b_tree_address,
            managed_free_bytes,
            free_space_manager_address,
            managed_bytes,
            allocated_managed_bytes,
            allocation_iterator_offset,
            managed_objects,
            huge_bytes,
            huge_objects,
            tiny_bytes,
            tiny_objects,
            doubling_table,
            max_direct_block_bytes,
            max_heap_size_bits,
            starting_root_rows,
            root,
            filter_information,
        })
    }

    fn read_root(
        reader: &mut Reader<'_>,
        sizes: Sizes,
        encoded_length: u16,
    ) -> Result<(Option<RootBlock>, Option<Vec<u8>>)> {
        let address = reader.address(sizes)?;
        let rows = reader.u16()?;
        let mut filtered = None;
        let mut information = None;
        if encoded_length > 0 {
            filtered = Some((reader.length(sizes)?, reader.u32()?));
            information = Some(reader.take(usize::from(encoded_length))?.to_vec());
        }
        let root = address.map(|address| match rows {
            0 => RootBlock::Direct { address, filtered },
            rows => RootBlock::Indirect { address, rows },
        });
        Ok((root, information))
    }

    /// Writes the header.
    ///
    /// # Errors
    /// Heap IDs without bytes, an indirect root without rows, a filtered size without filters or the other way round, or a number too
    /// wide for its field.
    pub fn encode(&self, sizes: Sizes) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "fractal heap header", SECTION);
        if self.heap_id_length == 0 {
            return Err(writer.unencodable("heap_id_length", "at least 1"));
        }
        writer.put(b"FRHP");
        writer.u8(0);
        writer.u16(self.heap_id_length);
        let filter_bytes = self.filter_information.as_deref().map_or(0, <[u8]>::len);
        writer.count("io_filters_encoded_length", filter_bytes, 2)?;
        writer.u8(self.flags);
        writer.u32(self.max_managed_object_bytes);
        writer.length("next_huge_object_id", self.next_huge_object_id, sizes)?;
        writer.optional_address("v2_b_tree_address", self.huge_objects_b_tree_address, sizes)?;
        writer.length("free_space_in_managed_blocks", self.managed_free_bytes, sizes)?;
        writer.optional_address("free_space_manager_address", self.free_space_manager_address, sizes)?;
        writer.length("managed_space", self.managed_bytes, sizes)?;
        writer.length("allocated_managed_space", self.allocated_managed_bytes, sizes)?;
        writer.length("allocation_iterator_offset", self.allocation_iterator_offset, sizes)?;
        writer.length("managed_objects", self.managed_objects, sizes)?;
        writer.length("size_of_huge_objects", self.huge_bytes, sizes)?;
        writer.length("huge_objects", self.huge_objects, sizes)?;
        writer.length("size_of_tiny_objects", self.tiny_bytes, sizes)?;
        writer.length("tiny_objects", self.tiny_objects, sizes)?;
        writer.u16(self.doubling_table.table_width);
        writer.length("starting_block_size", self.doubling_table.starting_block_bytes(), sizes)?;
        writer.length("maximum_direct_block_size", self.max_direct_block_bytes, sizes)?;
        writer.u16(self.max_heap_size_bits);
        writer.u16(self.starting_root_rows);
        self.write_root(&mut writer, sizes)?;
        writer.checksum();
        Ok(bytes)
    }

    fn write_root(&self, writer: &mut Writer<'_>, sizes: Sizes) -> Result<()> {
        let (address, rows, filtered) = match self.root {
            None => (None, 0, None),
            Some(RootBlock::Direct { address, filtered }) => {
                if filtered.is_some() != self.is_filtered() {
                    return Err(
                        writer.unencodable("size_of_filtered_root_direct_block", "one if there are filters")
                    );
                }
                (Some(address), 0, filtered)
            }
            Some(RootBlock::Indirect { rows: 0, .. }) => {
                return Err(writer.unencodable("current_rows_in_root_indirect_block", "at least 1"));
            }
            Some(RootBlock::Indirect { address, rows }) => (Some(address), rows, None),
        };
        writer.optional_address("address_of_root_block", address, sizes)?;
        writer.u16(rows);
        if let Some(information) = &self.filter_information {
            // An empty message would be read as no filters.
            if information.is_empty() {
                return Err(writer.unencodable("io_filter_information", "a filter pipeline message"));
            }
            let (size, filter_mask) = filtered.unwrap_or_default();
            writer.length("size_of_filtered_root_direct_block", size, sizes)?;
            writer.u32(filter_mask);
            writer.put(information);
        }
        Ok(())
    }

    /// True if direct blocks have checksums.
    pub fn has_direct_block_checksums(&self) -> bool {
        self.flags & 2 != 0
    }

    /// True if blocks and huge objects are filtered.
    pub fn is_filtered(&self) -> bool {
        self.filter_information.is_some()
    }

    /// Width of offsets in the heap's address space.
    pub fn offset_bytes(&self) -> usize {
        usize::from(self.max_heap_size_bits).div_ceil(8)
    }

    /// Width of the length in the heap ID of a managed object.
    pub fn length_bytes(&self) -> usize {
        bytes_needed(self.max_direct_block_bytes.min(u64::from(self.max_managed_object_bytes)))
    }
}

#[cfg(test)]
pub(super) mod tests;
