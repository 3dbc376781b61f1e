use h5_types::Address;

use super::{ExtensibleArrayHeader, SECTION, SuperBlockShape};
use crate::{FormatError, Reader, Records, Result, verify_checksum};

/// Extensible array index block: HDF5 File Format Specification 4.0, VII.D. Reads version 0.
///
/// ```text
/// byte 0 "EAIB"   4 version (0)   5 client ID   6 header address (O)   elements   data block addresses (O each)
///        secondary block addresses (O each)   checksum (4)
/// ```
#[derive(Debug, Clone)]
pub struct IndexBlock<'a> {
    /// The array's first elements.
    pub elements: Records<'a>,
    data_blocks: Records<'a>,
    super_blocks: Records<'a>,
    header: &'a ExtensibleArrayHeader,
}

impl<'a> IndexBlock<'a> {
    /// Bytes of the block.
    pub fn bytes(header: &ExtensibleArrayHeader) -> u64 {
        let elements = u64::from(header.index_block_elements).saturating_mul(element_bytes(header));
        let addresses = header.data_blocks_in_index().saturating_add(header.super_block_addresses());
        let offsets = u64::from(header.format().sizes.offsets);
        elements.saturating_add(addresses.saturating_add(1).saturating_mul(offsets)).saturating_add(10)
    }

    /// Reads a block of exactly [`Self::bytes`] bytes and verifies its checksum.
    ///
    /// # Errors
    /// Wrong signature, version, client, owner or checksum, or too few bytes.
    pub fn decode(
        bytes: &'a [u8],
        header: &'a ExtensibleArrayHeader,
        header_address: Address,
    ) -> Result<Self> {
        let mut reader = Reader::new(bytes, "extensible array index block", SECTION);
        read_owner(&mut reader, b"EAIB", header, header_address)?;
        let elements = u64::from(header.index_block_elements).saturating_mul(element_bytes(header));
        let elements = Records::new(reader.take_u64(elements)?, header.format().bytes());
        let data_blocks = read_addresses(&mut reader, header, header.data_blocks_in_index())?;
        let super_blocks = read_addresses(&mut reader, header, header.super_block_addresses())?;
        reader.checksum()?;
        Ok(Self { elements, data_blocks, super_blocks, header })
    }

    /// Data block `number`; `None` if it was never written.
    ///
    /// # Errors
    /// There is no such block.
    pub fn data_block(&self, number: u64) -> Result<Option<Address>> {
        address_of(self.data_blocks, number, self.header)
    }

    /// Super block `number`; `None` if it was never written.
    ///
    /// # Errors
    /// There is no such block.
    pub fn super_block(&self, number: u64) -> Result<Option<Address>> {
        address_of(self.super_blocks, number, self.header)
    }
}

/// Extensible array secondary (super) block: HDF5 File Format Specification 4.0, VII.D. Reads version 0.
///
/// ```text
/// byte 0 "EASB"   4 version (0)   5 client ID   6 header address (O)   block offset   [page bitmap]
///        data block addresses (O each)   checksum (4)
/// ```
#[derive(Debug, Clone)]
pub struct SuperBlock<'a> {
    bitmap: &'a [u8],
    data_blocks: Records<'a>,
    pages: u64,
    header: &'a ExtensibleArrayHeader,
}

impl<'a> SuperBlock<'a> {
    /// Bytes of the block.
    pub fn bytes(header: &ExtensibleArrayHeader, shape: &SuperBlockShape) -> u64 {
        let offsets = u64::from(header.format().sizes.offsets);
        let addresses = shape.data_blocks.saturating_add(1).saturating_mul(offsets);
        let offset_bytes = u64::try_from(header.offset_bytes()).unwrap_or(u64::MAX);
        addresses.saturating_add(bitmap_bytes(shape)).saturating_add(offset_bytes).saturating_add(10)
    }

    /// Reads a block of exactly [`Self::bytes`] bytes and verifies its checksum.
    ///
    /// # Errors
    /// Wrong signature, version, client, owner, place or checksum, or too few bytes.
    pub fn decode(
        bytes: &'a [u8],
        header: &'a ExtensibleArrayHeader,
        header_address: Address,
        shape: &SuperBlockShape,
    ) -> Result<Self> {
        let mut reader = Reader::new(bytes, "extensible array secondary block", SECTION);
        read_owner(&mut reader, b"EASB", header, header_address)?;
        read_offset(&mut reader, header, [shape.first_element; 2])?;
        let bitmap = reader.take_u64(bitmap_bytes(shape))?;
        let data_blocks = read_addresses(&mut reader, header, shape.data_blocks)?;
        reader.checksum()?;
        Ok(Self { bitmap, data_blocks, pages: shape.pages, header })
    }

    /// Data block `number`; `None` if it was never written.
    ///
    /// # Errors
    /// There is no such block.
    pub fn data_block(&self, number: u64) -> Result<Option<Address>> {
        address_of(self.data_blocks, number, self.header)
    }

    /// True if `page` of data block `number` was written. The bits of one data block follow those of the one before without a gap.
    pub fn is_page_initialized(&self, number: u64, page: u64) -> bool {
        let bit = number.saturating_mul(self.pages).saturating_add(page);
        crate::fixed_array::is_page_initialized(self.bitmap, bit)
    }
}

/// The bitmap has room for whole bytes of each data block, though its bits are used without gaps.
fn bitmap_bytes(shape: &SuperBlockShape) -> u64 {
    shape.pages.div_ceil(8).saturating_mul(shape.data_blocks)
}

/// Extensible array data block: HDF5 File Format Specification 4.0, VII.D. Reads version 0.
///
/// ```text
/// block  byte 0 "EADB"   4 version (0)   5 client ID   6 header address (O)   block offset   [elements]   checksum (4)
/// page   elements   checksum (4)
/// ```
/// A block of more elements than a page holds has none itself; its pages follow it.
///
/// The block offset of data blocks that the index block lists is not their place in the array: the library adds to the first element
/// of the super block the number of the block among all data blocks, not among those of the super block, times its elements.
#[derive(Debug, Clone, Copy)]
pub struct DataBlock<'a> {
    /// The elements of a block without pages.
    pub elements: Records<'a>,
}

impl<'a> DataBlock<'a> {
    /// Bytes of the block without its pages.
    pub fn bytes(header: &ExtensibleArrayHeader, shape: &SuperBlockShape) -> u64 {
        let offset_bytes = u64::try_from(header.offset_bytes()).unwrap_or(u64::MAX);
        let elements = if shape.pages == 0 { shape.data_block_elements } else { 0 };
        let elements = elements.saturating_mul(element_bytes(header));
        let offsets = u64::from(header.format().sizes.offsets);
        elements.saturating_add(offset_bytes).saturating_add(offsets).saturating_add(10)
    }

    /// Reads a block of exactly [`Self::bytes`] bytes and verifies its checksum. `block_offset` is its place in the array, and
    /// `listed_as` its number in the index block, if it is there.
    ///
    /// # Errors
    /// Wrong signature, version, client, owner, place or checksum, or too few bytes.
    pub fn decode(
        bytes: &'a [u8],
        header: &ExtensibleArrayHeader,
        header_address: Address,
        shape: &SuperBlockShape,
        block_offset: u64,
        listed_as: Option<u64>,
    ) -> Result<Self> {
        let mut reader = Reader::new(bytes, "extensible array data block", SECTION);
        read_owner(&mut reader, b"EADB", header, header_address)?;
        let stored = listed_as.map_or(block_offset, |number| {
            shape.first_element.saturating_add(number.saturating_mul(shape.data_block_elements))
        });
        read_offset(&mut reader, header, [block_offset, stored])?;
        let elements = if shape.pages == 0 { shape.data_block_elements } else { 0 };
        let elements = reader.take_u64(elements.saturating_mul(element_bytes(header)))?;
        reader.checksum()?;
        Ok(Self { elements: Records::new(elements, header.format().bytes()) })
    }

    /// Bytes before the elements of a block without pages.
    pub fn elements_offset(header: &ExtensibleArrayHeader) -> u64 {
        let offset_bytes = u64::try_from(header.offset_bytes()).unwrap_or(u64::MAX);
        offset_bytes.saturating_add(u64::from(header.format().sizes.offsets)).saturating_add(6)
    }

    /// Place of a page from the start of the data block, and its bytes. `None` if there is no such page.
    pub fn page(header: &ExtensibleArrayHeader, shape: &SuperBlockShape, page: u64) -> Option<(u64, u64)> {
        let bytes = header.page_elements().checked_mul(element_bytes(header))?.checked_add(4)?;
        let offset = Self::bytes(header, shape).checked_add(page.checked_mul(bytes)?)?;
        (page < shape.pages).then_some((offset, bytes))
    }

    /// Checks a page and returns its elements.
    ///
    /// # Errors
    /// Wrong checksum, or too few bytes.
    pub fn decode_page(bytes: &'a [u8], header: &ExtensibleArrayHeader) -> Result<Records<'a>> {
        verify_checksum(bytes, "extensible array data block page", SECTION)?;
        let elements = bytes.split_last_chunk::<4>().map_or(&[][..], |(elements, _)| elements);
        Ok(Records::new(elements, header.format().bytes()))
    }
}

fn element_bytes(header: &ExtensibleArrayHeader) -> u64 {
    u64::try_from(header.format().bytes()).unwrap_or(u64::MAX)
}

/// What all blocks begin with.
fn read_owner(
    reader: &mut Reader<'_>,
    signature: &[u8; 4],
    header: &ExtensibleArrayHeader,
    header_address: Address,
) -> Result<()> {
    reader.signature(signature)?;
    reader.version(0..=0, "0")?;
    header.format().check_client(reader)?;
    let owner = reader.defined_address(header.format().sizes, "header_address")?;
    if owner == header_address {
        return Ok(());
    }
    Err(reader.bad_value("header_address", owner.0, "the address of this array"))
}

fn read_offset(reader: &mut Reader<'_>, header: &ExtensibleArrayHeader, expected: [u64; 2]) -> Result<()> {
    let found = reader.uint(header.offset_bytes())?;
    if expected.contains(&found) {
        return Ok(());
    }
    Err(reader.bad_value("block_offset", found, "the block's place in the array"))
}

fn read_addresses<'a>(
    reader: &mut Reader<'a>,
    header: &ExtensibleArrayHeader,
    count: u64,
) -> Result<Records<'a>> {
    let offsets = header.format().sizes.offsets;
    Ok(Records::new(reader.take_u64(count.saturating_mul(u64::from(offsets)))?, usize::from(offsets)))
}

fn address_of(
    addresses: Records<'_>,
    number: u64,
    header: &ExtensibleArrayHeader,
) -> Result<Option<Address>, FormatError> {
    let bytes = usize::try_from(number).ok().and_then(|number| addresses.get(number)).unwrap_or_default();
    Reader::new(bytes, "extensible array block address", SECTION).address(header.format().sizes)
}

#[cfg(test)]
mod tests {
    use super::super::header::tests::header;
    use super::*;
    use crate::lookup3;

    fn block(signature: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
        let mut bytes = [&signature[..], &[0, 0], &0x90_u64.to_le_bytes(), &parts.concat()].concat();
        bytes.extend(lookup3(&bytes).to_le_bytes());
        bytes
    }

    #[test]
    fn decode_index_block() {
        let header = header();
        let words: Vec<u8> = (0..35_u64).flat_map(|word| (word * 8).to_le_bytes()).collect();
        let bytes = block(b"EAIB", &[&words]);
        assert_eq!(IndexBlock::bytes(&header), bytes.len() as u64);
        let index = IndexBlock::decode(&bytes, &header, Address(0x90)).unwrap();
        assert_eq!(index.elements.len(), 4);
        assert_eq!(index.data_block(5).unwrap(), Some(Address(72)));
        assert_eq!(index.super_block(0).unwrap(), Some(Address(80)));
        assert!(index.data_block(6).is_err());
        assert!(index.super_block(25).is_err());
        assert!(IndexBlock::decode(&bytes, &header, Address(0x91)).is_err());
    }

    #[test]
    fn decode_super_block_with_pages() {
        let header = header();
        let shape = header.shape(4).unwrap();
        assert_eq!((shape.data_blocks, shape.data_block_elements, shape.pages), (4, 64, 8));
        let addresses = [16_u64, 32, u64::MAX, 48].map(u64::to_le_bytes).concat();
        let bytes = block(b"EASB", &[&240_u32.to_le_bytes(), &[0x80, 0, 1, 0], &addresses]);
        assert_eq!(SuperBlock::bytes(&header, &shape), bytes.len() as u64);
        let block = SuperBlock::decode(&bytes, &header, Address(0x90), &shape).unwrap();
        assert_eq!(block.data_block(2).unwrap(), None);
        assert!(block.is_page_initialized(0, 0));
        assert!(block.is_page_initialized(2, 7));
        assert!(!block.is_page_initialized(1, 0));
    }

    #[test]
    fn decode_data_block_and_page() {
        let header = header();
        let shape = SuperBlockShape { first_element: 0, data_blocks: 1, data_block_elements: 2, pages: 0 };
        let bytes = block(b"EADB", &[&0_u32.to_le_bytes(), &[1; 16]]);
        assert_eq!(DataBlock::bytes(&header, &shape), bytes.len() as u64);
        let data = DataBlock::decode(&bytes, &header, Address(0x90), &shape, 0, None).unwrap();
        assert_eq!(data.elements.len(), 2);
        assert!(DataBlock::decode(&bytes, &header, Address(0x90), &shape, 1, None).is_err());
        let paged = header.shape(4).unwrap();
        assert_eq!(DataBlock::page(&header, &paged, 1), Some((22 + 68, 68)));
        assert_eq!(DataBlock::page(&header, &paged, 8), None);
    }
}
