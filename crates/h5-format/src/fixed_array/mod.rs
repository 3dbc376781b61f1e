//! Fixed array: HDF5 File Format Specification 4.0, VII.C. Reads and writes version 0.
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

use crate::{ChunkElement, ChunkElementFormat, Reader, Records, Result, Sizes, Writer, verify_checksum};

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
    /// Encoding of the elements.
    pub format: ChunkElementFormat,
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

    /// Writes the header.
    ///
    /// # Errors
    /// Page bits that cannot be, or a number too wide for its field.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "fixed array header", SECTION);
        if self.page_bits >= 32 {
            return Err(writer.unencodable("page_bits", "less than 32"));
        }
        writer.put(b"FAHD");
        writer.u8(0);
        writer.u8(self.format.client_id());
        writer.count("entry_size", self.format.bytes(), 1)?;
        writer.u8(self.page_bits);
        writer.length("max_num_entries", self.max_num_entries, self.format.sizes)?;
        writer.optional_address("data_block_address", self.data_block_address, self.format.sizes)?;
        writer.checksum();
        Ok(bytes)
    }

    /// Writes the data block of an array without pages.
    ///
    /// # Errors
    /// The array has pages, another number of elements, or an element that cannot be written.
    pub fn encode_data_block(
        &self,
        elements: &[Option<ChunkElement>],
        header_address: Address,
    ) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = self.start_data_block(&mut bytes, header_address)?;
        if self.pages() > 0 || u64::try_from(elements.len()) != Ok(self.max_num_entries) {
            return Err(writer.unencodable("elements", "all elements of an array without pages"));
        }
        for &element in elements {
            self.format.write(&mut writer, element)?;
        }
        writer.checksum();
        Ok(bytes)
    }

    /// Writes the data block of an array with pages, without the pages that follow it: for each of them, whether it was written.
    ///
    /// # Errors
    /// The array has another number of pages, or none; a number too wide for its field.
    pub fn encode_paged_data_block(&self, initialized: &[bool], header_address: Address) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = self.start_data_block(&mut bytes, header_address)?;
        if initialized.is_empty() || u64::try_from(initialized.len()) != Ok(self.pages()) {
            return Err(writer.unencodable("page_bitmap", "a bit for each page"));
        }
        writer.put(&page_bitmap(initialized));
        writer.checksum();
        Ok(bytes)
    }

    fn start_data_block<'b>(&self, bytes: &'b mut Vec<u8>, header_address: Address) -> Result<Writer<'b>> {
        let mut writer = Writer::new(bytes, "fixed array data block", SECTION);
        writer.put(b"FADB");
        writer.u8(0);
        writer.u8(self.format.client_id());
        writer.address("header_address", header_address, self.format.sizes)?;
        Ok(writer)
    }

    /// Writes page `page`.
    ///
    /// # Errors
    /// There is no such page, it has another number of elements, or an element cannot be written.
    pub fn encode_page(&self, page: u64, elements: &[Option<ChunkElement>]) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "fixed array data block page", SECTION);
        let count = self.page(page).filter(|_| page < self.pages()).map(|(_, count, _)| count);
        if count.is_none() || u64::try_from(elements.len()).ok() != count {
            return Err(writer.unencodable("elements", "all elements of a page of the array"));
        }
        for &element in elements {
            self.format.write(&mut writer, element)?;
        }
        writer.checksum();
        Ok(bytes)
    }

    /// Bytes of the data block with all its pages, which are one block of the file.
    pub fn data_block_total_bytes(&self) -> u64 {
        let Some(last) = self.pages().checked_sub(1) else { return self.data_block_bytes() };
        self.page(last).map_or(u64::MAX, |(offset, _, bytes)| offset.saturating_add(bytes))
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

/// The bits of pages, from the highest of each byte; the last byte is filled up with zeros.
pub(crate) fn page_bitmap(initialized: &[bool]) -> Vec<u8> {
    let byte = |pages: &[bool]| {
        let bits = pages.iter().zip([0x80, 0x40, 0x20, 0x10, 8, 4, 2, 1]);
        bits.fold(0_u8, |byte, (&is_set, bit)| if is_set { byte | bit } else { byte })
    };
    initialized.chunks(8).map(byte).collect()
}

#[cfg(test)]
mod tests;
