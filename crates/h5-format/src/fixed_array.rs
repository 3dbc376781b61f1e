//! Fixed array: HDF5 File Format Specification 4.0, VII.C. Reads version 0.
//!
//! ```text
//! header      byte 0 "FAHD"   4 version (0)   5 client ID   6 entry size   7 page bits   8 max num entries (L)
//!                    data block address (O)   checksum (4)
//! data block  byte 0 "FADB"   4 version (0)   5 client ID   6 header address (O)   [page bitmap]   [elements]   checksum (4)
//! page        elements   checksum (4)
//! ```
//! A data block of more entries than fit in a page has a bitmap of the pages that were written instead of elements; its pages
//! follow it. In the bitmap the first page is the highest bit of the first byte.

use h5_types::Address;

use crate::{ChunkElementFormat, Reader, Records, Result, Sizes, verify_checksum};

const SECTION: &str = "VII.C";

/// Header of a fixed array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedArrayHeader {
    /// log2 of the elements in a page.
    pub page_bits: u8,
    /// Elements of the array.
    pub max_num_entries: u64,
    /// The data block; `None` if no chunk was ever written.
    pub data_block_address: Option<Address>,
    format: ChunkElementFormat,
}

impl FixedArrayHeader {
    /// Bytes of the header.
    pub fn bytes(sizes: Sizes) -> u64 {
        u64::from(sizes.offsets).saturating_add(u64::from(sizes.lengths)).saturating_add(12)
    }

    /// Reads a header and verifies its checksum.
    ///
    /// # Errors
    /// Wrong signature, version, client, element size or checksum, page bits that cannot be, or too few bytes.
    pub fn decode(bytes: &[u8], format: ChunkElementFormat) -> Result<Self> {
        let mut reader = Reader::new(bytes, "fixed array header", SECTION);
        reader.signature(b"FAHD")?;
        reader.version(0..=0, "0")?;
        format.check_client(&mut reader)?;
        format.check_size(&mut reader)?;
        let page_bits = reader.u8()?;
        if page_bits >= 32 {
            return Err(reader.bad_value("page_bits", page_bits, "less than 32"));
        }
        let max_num_entries = reader.length(format.sizes)?;
        let data_block_address = reader.address(format.sizes)?;
        reader.checksum()?;
        Ok(Self { page_bits, max_num_entries, data_block_address, format })
    }

    /// Elements of a page; the last page may have fewer.
    pub fn page_elements(&self) -> u64 {
        1_u64.checked_shl(u32::from(self.page_bits)).unwrap_or(u64::MAX)
    }

    /// Pages of the data block; 0 if its elements are in the block itself.
    pub fn pages(&self) -> u64 {
        if self.max_num_entries <= self.page_elements() {
            return 0;
        }
        self.max_num_entries.div_ceil(self.page_elements())
    }

    /// Bytes of the data block without its pages.
    pub fn data_block_bytes(&self) -> u64 {
        let content = match self.pages() {
            0 => self.max_num_entries.saturating_mul(self.element_bytes()),
            pages => pages.div_ceil(8),
        };
        u64::from(self.format.sizes.offsets).saturating_add(content).saturating_add(10)
    }

    /// Place of a page from the start of the data block, its elements, and its bytes. `None` if there is no such page.
    pub fn page(&self, page: u64) -> Option<(u64, u64, u64)> {
        let first = page.checked_mul(self.page_elements())?;
        let elements = self.max_num_entries.checked_sub(first)?.min(self.page_elements());
        let full_bytes = self.page_elements().checked_mul(self.element_bytes())?.checked_add(4)?;
        let offset = self.data_block_bytes().checked_add(page.checked_mul(full_bytes)?)?;
        let bytes = elements.checked_mul(self.element_bytes())?.checked_add(4)?;
        (elements > 0).then_some((offset, elements, bytes))
    }

    /// Checks the data block and returns its elements, or, if it is paged, the bitmap of its pages.
    ///
    /// # Errors
    /// Wrong signature, version, client, owner or checksum, or too few bytes.
    pub fn decode_data_block<'a>(
        &self,
        bytes: &'a [u8],
        header_address: Address,
    ) -> Result<FixedArrayDataBlock<'a>> {
        let mut reader = Reader::new(bytes, "fixed array data block", SECTION);
        reader.signature(b"FADB")?;
        reader.version(0..=0, "0")?;
        self.format.check_client(&mut reader)?;
        let owner = reader.defined_address(self.format.sizes, "header_address")?;
        if owner != header_address {
            return Err(reader.bad_value("header_address", owner.0, "the address of this array"));
        }
        let block = match self.pages() {
            0 => {
                let elements = reader.take_u64(self.max_num_entries.saturating_mul(self.element_bytes()))?;
                FixedArrayDataBlock::Elements(Records::new(elements, self.format.bytes()))
            }
            pages => FixedArrayDataBlock::Paged { bitmap: reader.take_u64(pages.div_ceil(8))? },
        };
        reader.checksum()?;
        Ok(block)
    }

    /// Checks a page and returns its elements.
    ///
    /// # Errors
    /// Wrong checksum, or too few bytes.
    pub fn decode_page<'a>(&self, bytes: &'a [u8]) -> Result<Records<'a>> {
        verify_checksum(bytes, "fixed array data block page", SECTION)?;
        let elements = bytes.split_last_chunk::<4>().map_or(&[][..], |(elements, _)| elements);
        Ok(Records::new(elements, self.format.bytes()))
    }

    fn element_bytes(&self) -> u64 {
        u64::try_from(self.format.bytes()).unwrap_or(u64::MAX)
    }
}

/// What is in a fixed array's data block.
#[derive(Debug, Clone, Copy)]
pub enum FixedArrayDataBlock<'a> {
    /// All elements.
    Elements(Records<'a>),
    /// Which pages were written.
    Paged {
        /// One bit a page, see [`is_page_initialized`].
        bitmap: &'a [u8],
    },
}

/// True if the bit of `page` is set: bits count from the highest of each byte.
pub fn is_page_initialized(bitmap: &[u8], page: u64) -> bool {
    let byte = usize::try_from(page / 8).ok().and_then(|at| bitmap.get(at));
    byte.is_some_and(|byte| byte & (0x80 >> (page % 8)) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lookup3;

    const FORMAT: ChunkElementFormat =
        ChunkElementFormat { chunk_size_bytes: None, sizes: Sizes { offsets: 8, lengths: 8 } };

    fn header(entries: u64) -> FixedArrayHeader {
        let mut bytes = b"FAHD\0\0\x08\x02".to_vec();
        bytes.extend(entries.to_le_bytes());
        bytes.extend(0x500_u64.to_le_bytes());
        bytes.extend(lookup3(&bytes).to_le_bytes());
        assert_eq!(FixedArrayHeader::bytes(FORMAT.sizes), bytes.len() as u64);
        FixedArrayHeader::decode(&bytes, FORMAT).unwrap()
    }

    #[test]
    fn unpaged_elements() {
        let header = header(3);
        assert_eq!(header.pages(), 0);
        let mut bytes = b"FADB\0\0".to_vec();
        bytes.extend([0x400_u64, 1, u64::MAX, 3].map(u64::to_le_bytes).concat());
        bytes.extend(lookup3(&bytes).to_le_bytes());
        assert_eq!(header.data_block_bytes(), bytes.len() as u64);
        let block = header.decode_data_block(&bytes, Address(0x400)).unwrap();
        let FixedArrayDataBlock::Elements(elements) = block else { panic!("paged") };
        let decode = |at| FORMAT.decode(elements.get(at).unwrap()).unwrap().map(|e| e.address);
        assert_eq!([0, 1, 2].map(decode), [Some(Address(1)), None, Some(Address(3))]);
        assert!(header.decode_data_block(&bytes, Address(0x401)).is_err());
    }

    #[test]
    fn pages_lie_behind_the_block() {
        let header = header(10);
        assert_eq!((header.pages(), header.data_block_bytes()), (3, 19));
        assert_eq!(header.page(0), Some((19, 4, 36)));
        assert_eq!(header.page(2), Some((19 + 72, 2, 20)));
        assert_eq!(header.page(3), None);
    }

    #[test]
    fn bitmap_counts_from_the_highest_bit() {
        assert!(is_page_initialized(&[0x80, 0x01], 0));
        assert!(!is_page_initialized(&[0x80, 0x01], 1));
        assert!(is_page_initialized(&[0x80, 0x01], 15));
        assert!(!is_page_initialized(&[0x80, 0x01], 16));
    }
}
