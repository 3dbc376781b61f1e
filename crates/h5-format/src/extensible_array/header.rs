use h5_types::Address;

use super::SECTION;
use crate::{ChunkElementFormat, Reader, Result, Sizes, Writer};

const STRUCTURE: &str = "extensible array header";

/// Extensible array header: HDF5 File Format Specification 4.0, VII.D. Reads and writes version 0.
///
/// ```text
/// byte 0 "EAHD"   4 version (0)   5 client ID   6 element size   7 max nelmts bits   8 index blk elmts   9 data blk min elmts
///     10 secondary blk min data ptrs   11 max data blk page nelmts bits   12 num secondary blks (L)
///        secondary blk size (L)   num data blks (L)   data blk size (L)   max index set (L)   num elements (L)
///        index block address (O)   checksum (4)
/// ```
/// The specification does not say how many blocks of which size there are. The first elements are in the index block. The others
/// are in data blocks, grouped by super (secondary) blocks: super block n has 2^(n/2) data blocks of 2^((n+1)/2) times the minimum
/// number of elements each (divisions rounded down), so that it begins at element (2^n - 1) times the minimum. The addresses of the
/// data blocks of the first super blocks are in the index block, and those super blocks do not exist in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensibleArrayHeader {
    /// Bits of the number of elements that the array can have.
    pub max_nelmts_bits: u8,
    /// Elements in the index block.
    pub index_block_elements: u8,
    /// Elements of the smallest data block.
    pub data_block_min_elements: u8,
    /// Data blocks of the smallest super block that exists in the file.
    pub super_block_min_data_pointers: u8,
    /// log2 of the elements in a page of a data block.
    pub page_bits: u8,
    /// Super blocks in the file.
    pub super_blocks: u64,
    /// Bytes of all super blocks.
    pub super_blocks_bytes: u64,
    /// Data blocks in the file.
    pub data_blocks: u64,
    /// Bytes of all data blocks.
    pub data_blocks_bytes: u64,
    /// Elements that were ever set: one more than the highest index of them.
    pub max_index_set: u64,
    /// Elements that there is room for in the blocks of the file.
    pub realized_elements: u64,
    /// The index block; `None` if no chunk was ever written.
    pub index_block_address: Option<Address>,
    /// Encoding of the elements.
    pub format: ChunkElementFormat,
}

/// Where an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementPlace {
    /// In the index block.
    Index {
        /// Which of its elements.
        element: u64,
    },
    /// In a data block whose address is in the index block.
    Direct {
        /// Which of the index block's data block addresses.
        data_block: u64,
        /// Shape of the data block.
        shape: SuperBlockShape,
        /// First element of the data block, counted from the first one outside the index block.
        block_offset: u64,
        /// Which of the block's elements.
        element: u64,
    },
    /// In a data block whose address is in a super block.
    Super {
        /// Which of the index block's super block addresses.
        super_block: u64,
        /// Shape of the super block.
        shape: SuperBlockShape,
        /// Which of the super block's data blocks.
        data_block: u64,
        /// First element of the data block, counted from the first one outside the index block.
        block_offset: u64,
        /// Which of the block's elements.
        element: u64,
    },
}

/// Sizes that all data blocks of one super block have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuperBlockShape {
    /// First element, counted from the first one outside the index block.
    pub first_element: u64,
    /// Data blocks.
    pub data_blocks: u64,
    /// Elements of each data block.
    pub data_block_elements: u64,
    /// Pages of each data block; 0 if its elements are in the block itself.
    pub pages: u64,
}

impl ExtensibleArrayHeader {
    /// Bytes of the header.
    pub fn bytes(sizes: Sizes) -> u64 {
        u64::from(sizes.lengths).saturating_mul(6).saturating_add(u64::from(sizes.offsets)).saturating_add(16)
    }

    /// Reads a header and verifies its checksum.
    ///
    /// # Errors
    /// Wrong signature, version, client, element size or checksum, parameters that do not go together, or too few bytes.
    pub fn decode(bytes: &[u8], format: ChunkElementFormat) -> Result<Self> {
        let sizes = format.sizes;
        let mut reader = Reader::new(bytes, STRUCTURE, SECTION);
        reader.signature(b"EAHD")?;
        reader.version(0..=0, "0")?;
        format.check_client(&mut reader)?;
        format.check_size(&mut reader)?;
        let header = Self {
            max_nelmts_bits: reader.u8()?,
            index_block_elements: reader.u8()?,
            data_block_min_elements: reader.u8()?,
            super_block_min_data_pointers: reader.u8()?,
            page_bits: reader.u8()?,
            super_blocks: reader.length(sizes)?,
            super_blocks_bytes: reader.length(sizes)?,
            data_blocks: reader.length(sizes)?,
            data_blocks_bytes: reader.length(sizes)?,
            max_index_set: reader.length(sizes)?,
            realized_elements: reader.length(sizes)?,
            index_block_address: reader.address(sizes)?,
            format,
        };
        reader.checksum()?;
        match header.contradiction() {
            None => Ok(header),
            Some((field, found, expected)) => Err(reader.bad_value(field, found, expected)),
        }
    }

    /// Writes the header.
    ///
    /// # Errors
    /// Parameters that do not go together, or a number too wide for its field.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let sizes = self.format.sizes;
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, STRUCTURE, SECTION);
        if let Some((field, _, expected)) = self.contradiction() {
            return Err(writer.unencodable(field, expected));
        }
        writer.put(b"EAHD");
        writer.u8(0);
        writer.u8(self.format.client_id());
        writer.count("element_size", self.format.bytes(), 1)?;
        writer.u8(self.max_nelmts_bits);
        writer.u8(self.index_block_elements);
        writer.u8(self.data_block_min_elements);
        writer.u8(self.super_block_min_data_pointers);
        writer.u8(self.page_bits);
        writer.length("num_secondary_blks", self.super_blocks, sizes)?;
        writer.length("secondary_blk_size", self.super_blocks_bytes, sizes)?;
        writer.length("num_data_blks", self.data_blocks, sizes)?;
        writer.length("data_blk_size", self.data_blocks_bytes, sizes)?;
        writer.length("max_index_set", self.max_index_set, sizes)?;
        writer.length("num_elements", self.realized_elements, sizes)?;
        writer.optional_address("index_block_address", self.index_block_address, sizes)?;
        writer.checksum();
        Ok(bytes)
    }

    /// The first parameter that does not go with the others: its field, its value, and what it must be.
    fn contradiction(&self) -> Option<(&'static str, u8, &'static str)> {
        if !self.data_block_min_elements.is_power_of_two() {
            return Some(("data_blk_min_elmts", self.data_block_min_elements, "a power of two"));
        }
        let pointers = self.super_block_min_data_pointers;
        if !pointers.is_power_of_two() {
            return Some(("secondary_blk_min_data_ptrs", pointers, "a power of two"));
        }
        let min_bits = u8::try_from(self.data_block_min_elements.trailing_zeros()).unwrap_or(u8::MAX);
        if self.max_nelmts_bits > 64 || self.max_nelmts_bits < min_bits {
            let expected = "64 at most, and room for the smallest data block";
            return Some(("max_nelmts_bits", self.max_nelmts_bits, expected));
        }
        if self.page_bits >= 32 {
            return Some(("max_data_blk_page_nelmts_bits", self.page_bits, "less than 32"));
        }
        if self.total_super_blocks() < self.super_blocks_in_index() {
            let expected = "no more super blocks in the index block than in the array";
            return Some(("secondary_blk_min_data_ptrs", pointers, expected));
        }
        None
    }

    /// Elements of a page.
    pub fn page_elements(&self) -> u64 {
        1_u64.checked_shl(u32::from(self.page_bits)).unwrap_or(u64::MAX)
    }

    /// Data block addresses in the index block.
    pub fn data_blocks_in_index(&self) -> u64 {
        u64::from(self.super_block_min_data_pointers).saturating_sub(1).saturating_mul(2)
    }

    /// Super block addresses in the index block.
    pub fn super_block_addresses(&self) -> u64 {
        u64::from(self.total_super_blocks().saturating_sub(self.super_blocks_in_index()))
    }

    /// Super blocks of an array of the greatest size.
    fn total_super_blocks(&self) -> u32 {
        let min_bits = self.data_block_min_elements.trailing_zeros();
        u32::from(self.max_nelmts_bits).saturating_sub(min_bits).saturating_add(1)
    }

    /// Super blocks whose data blocks are listed in the index block.
    fn super_blocks_in_index(&self) -> u32 {
        self.super_block_min_data_pointers.trailing_zeros().saturating_mul(2)
    }

    /// Width of block offsets.
    pub fn offset_bytes(&self) -> usize {
        usize::from(self.max_nelmts_bits).div_ceil(8)
    }

    /// Shape of super block `number`; `None` if its numbers exceed 64 bits.
    pub fn shape(&self, number: u32) -> Option<SuperBlockShape> {
        let minimum = u64::from(self.data_block_min_elements);
        let data_blocks = 1_u64.checked_shl(number / 2)?;
        let data_block_elements = 1_u64.checked_shl(number.checked_add(1)? / 2)?.checked_mul(minimum)?;
        let first_element = 1_u64.checked_shl(number)?.checked_sub(1)?.checked_mul(minimum)?;
        let pages = if data_block_elements > self.page_elements() {
            data_block_elements.checked_div(self.page_elements())?
        } else {
            0
        };
        Some(SuperBlockShape { first_element, data_blocks, data_block_elements, pages })
    }

    /// Where element `index` is; `None` if the array can never have so many.
    pub fn locate(&self, index: u64) -> Option<ElementPlace> {
        let Some(outside) = index.checked_sub(u64::from(self.index_block_elements)) else {
            return Some(ElementPlace::Index { element: index });
        };
        let minimum = u64::from(self.data_block_min_elements);
        let number = outside.checked_div(minimum)?.checked_add(1)?.ilog2();
        if number >= self.total_super_blocks() {
            return None;
        }
        let shape = self.shape(number)?;
        let within = outside.checked_sub(shape.first_element)?;
        let data_block = within.checked_div(shape.data_block_elements)?;
        let element = within.checked_rem(shape.data_block_elements)?;
        let block_offset = outside.checked_sub(element)?;
        let Some(super_block) = number.checked_sub(self.super_blocks_in_index()) else {
            let data_block = data_blocks_before(number)?.checked_add(data_block)?;
            return Some(ElementPlace::Direct { data_block, shape, block_offset, element });
        };
        let super_block = u64::from(super_block);
        Some(ElementPlace::Super { super_block, shape, data_block, block_offset, element })
    }
}

/// Data blocks of all super blocks before `number`: 1 + 1 + 2 + 2 + 4 + 4 + ...
fn data_blocks_before(number: u32) -> Option<u64> {
    let pairs = 1_u64.checked_shl(number / 2)?;
    let of_pairs = pairs.checked_sub(1)?.checked_mul(2)?;
    if number.is_multiple_of(2) { Some(of_pairs) } else { of_pairs.checked_add(pairs) }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lookup3;

    pub(in crate::extensible_array) const FORMAT: ChunkElementFormat =
        ChunkElementFormat { chunk_size_bytes: None, sizes: Sizes { offsets: 8, lengths: 8 } };

    /// The library's default parameters for chunks, with pages of eight elements.
    pub(in crate::extensible_array) fn header() -> ExtensibleArrayHeader {
        let mut bytes = b"EAHD\0\0\x08\x20\x04\x10\x04\x03".to_vec();
        for word in [0_u64, 0, 0, 0, 7, 20, 0x700] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(lookup3(&bytes).to_le_bytes());
        assert_eq!(ExtensibleArrayHeader::bytes(FORMAT.sizes), bytes.len() as u64);
        ExtensibleArrayHeader::decode(&bytes, FORMAT).unwrap()
    }

    #[test]
    fn locate_equals_a_walk_over_all_blocks() {
        let header = header();
        assert_eq!((header.data_blocks_in_index(), header.super_block_addresses()), (6, 25));
        let mut index = 4_u64;
        let mut listed = 0;
        for number in 0..12_u32 {
            let shape = header.shape(number).unwrap();
            assert_eq!(shape.first_element, index - 4);
            for block in 0..shape.data_blocks {
                for element in [0, shape.data_block_elements - 1] {
                    let block_offset = index - 4;
                    let expected = if number < 4 {
                        ElementPlace::Direct { data_block: listed, shape, block_offset, element }
                    } else {
                        let super_block = u64::from(number) - 4;
                        ElementPlace::Super { super_block, shape, data_block: block, block_offset, element }
                    };
                    assert_eq!(header.locate(index + element), Some(expected));
                }
                listed += 1;
                index += shape.data_block_elements;
            }
        }
        assert_eq!(header.locate(3), Some(ElementPlace::Index { element: 3 }));
        assert_eq!(header.locate(u64::MAX), None);
    }

    #[test]
    fn encode_header() {
        let mut bytes = b"EAHD\0\0\x08\x20\x04\x10\x04\x03".to_vec();
        for word in [0_u64, 0, 0, 0, 7, 20, 0x700] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(lookup3(&bytes).to_le_bytes());
        assert_eq!(header().encode().unwrap(), bytes);
        assert!(ExtensibleArrayHeader { data_block_min_elements: 3, ..header() }.encode().is_err());
        let narrow = ChunkElementFormat { sizes: Sizes { offsets: 8, lengths: 2 }, ..FORMAT };
        assert!(ExtensibleArrayHeader { data_blocks: 1 << 16, format: narrow, ..header() }.encode().is_err());
    }

    proptest! {
        #[test]
        fn headers_decode_to_what_was_encoded(
            numbers: [u64; 6],
            address in prop::option::of(0..u64::MAX),
            bits in (16..65_u8, any::<u8>(), 0..8_u8, 0..8_u8, 0..32_u8),
            chunk_size_bytes in prop::option::of(1..9_usize),
        ) {
            let header = ExtensibleArrayHeader {
                max_nelmts_bits: bits.0,
                index_block_elements: bits.1,
                data_block_min_elements: 1 << bits.2,
                super_block_min_data_pointers: 1 << bits.3,
                page_bits: bits.4,
                super_blocks: numbers[0],
                super_blocks_bytes: numbers[1],
                data_blocks: numbers[2],
                data_blocks_bytes: numbers[3],
                max_index_set: numbers[4],
                realized_elements: numbers[5],
                index_block_address: address.map(Address),
                format: ChunkElementFormat { chunk_size_bytes, ..FORMAT },
            };
            match header.encode() {
                Ok(bytes) => {
                    prop_assert_eq!(ExtensibleArrayHeader::decode(&bytes, header.format).unwrap(), header);
                }
                Err(_) => prop_assert!(2 * bits.3 > bits.0 - bits.2 + 1),
            }
        }
    }
}
