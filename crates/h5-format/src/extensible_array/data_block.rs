use h5_types::Address;

use super::block::{element_bytes, read_offset, read_owner, write_elements, write_owner};
use super::{ExtensibleArrayHeader, SECTION, SuperBlockShape};
use crate::{ChunkElement, Reader, Records, Result, Writer, verify_checksum};

/// Extensible array data block: HDF5 File Format Specification 4.0, VII.D. Reads and writes version 0.
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
        let offsets = u64::from(header.format.sizes.offsets);
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
        let stored = stored_offset(shape, block_offset, listed_as);
        read_offset(&mut reader, header, [block_offset, stored])?;
        let elements = if shape.pages == 0 { shape.data_block_elements } else { 0 };
        let elements = reader.take_u64(elements.saturating_mul(element_bytes(header)))?;
        reader.checksum()?;
        Ok(Self { elements: Records::new(elements, header.format.bytes()) })
    }

    /// Bytes before the elements of a block without pages.
    pub fn elements_offset(header: &ExtensibleArrayHeader) -> u64 {
        let offset_bytes = u64::try_from(header.offset_bytes()).unwrap_or(u64::MAX);
        offset_bytes.saturating_add(u64::from(header.format.sizes.offsets)).saturating_add(6)
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
        Ok(Records::new(elements, header.format.bytes()))
    }

    /// Writes a block without its pages; `elements` are empty where it has some. `block_offset` and `listed_as` are as in
    /// [`Self::decode`]; what is written for a block of the index block is what the library writes.
    ///
    /// # Errors
    /// Another number of elements than the shape has, or a number too wide for its field.
    pub fn encode(
        header: &ExtensibleArrayHeader,
        header_address: Address,
        shape: &SuperBlockShape,
        block_offset: u64,
        listed_as: Option<u64>,
        elements: &[Option<ChunkElement>],
    ) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "extensible array data block", SECTION);
        write_owner(&mut writer, b"EADB", header, header_address)?;
        let offset = stored_offset(shape, block_offset, listed_as);
        writer.uint("block_offset", offset, header.offset_bytes())?;
        let count = if shape.pages == 0 { shape.data_block_elements } else { 0 };
        write_elements(&mut writer, header, elements, count)?;
        writer.checksum();
        Ok(bytes)
    }

    /// Writes a page.
    ///
    /// # Errors
    /// Another number of elements than a page has, or one that cannot be written.
    pub fn encode_page(header: &ExtensibleArrayHeader, elements: &[Option<ChunkElement>]) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "extensible array data block page", SECTION);
        write_elements(&mut writer, header, elements, header.page_elements())?;
        writer.checksum();
        Ok(bytes)
    }

    /// Bytes of the block with all its pages, which are one block of the file.
    pub fn total_bytes(header: &ExtensibleArrayHeader, shape: &SuperBlockShape) -> u64 {
        let Some(last) = shape.pages.checked_sub(1) else { return Self::bytes(header, shape) };
        Self::page(header, shape, last).map_or(u64::MAX, |(offset, bytes)| offset.saturating_add(bytes))
    }
}

/// The block offset as the library stores it; see [`DataBlock`].
fn stored_offset(shape: &SuperBlockShape, block_offset: u64, listed_as: Option<u64>) -> u64 {
    listed_as.map_or(block_offset, |number| {
        shape.first_element.saturating_add(number.saturating_mul(shape.data_block_elements))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::block::tests::block;
    use super::super::header::tests::header;
    use super::*;
    use crate::chunk_element::tests::format_and_elements;

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

    #[test]
    fn encode_data_block_with_the_offset_that_the_library_stores() {
        let header = header();
        let shape = SuperBlockShape { first_element: 16, data_blocks: 1, data_block_elements: 2, pages: 0 };
        let element = Some(ChunkElement { address: Address(1), filtered: None });
        let encode = |listed_as, elements: &[_]| {
            DataBlock::encode(&header, Address(0x90), &shape, 18, listed_as, elements)
        };
        let expected =
            |offset: u8| block(b"EADB", &[&[offset, 0, 0, 0], &[1, 0, 0, 0, 0, 0, 0, 0], &[0xff; 8]]);
        assert_eq!(encode(None, &[element, None]).unwrap(), expected(18));
        assert_eq!(encode(Some(3), &[element, None]).unwrap(), expected(22));
        assert!(encode(None, &[element]).is_err());
        assert!(DataBlock::encode_page(&header, &[element; 7]).is_err());
    }

    proptest! {
        #[test]
        fn blocks_decode_to_what_was_encoded(
            (format, elements) in format_and_elements(128),
            number in 0..4_u32,
            page_bits in 2..9_u8,
            block_offset: u32,
        ) {
            let header = ExtensibleArrayHeader { format, page_bits, ..header() };
            let shape = header.shape(number).unwrap();
            let elements = &elements[..shape.data_block_elements as usize];
            let (own, paged) = if shape.pages == 0 { (elements, &[][..]) } else { (&[][..], elements) };
            let offset = u64::from(block_offset);
            let bytes = DataBlock::encode(&header, Address(5), &shape, offset, None, own).unwrap();
            prop_assert_eq!(bytes.len() as u64, DataBlock::bytes(&header, &shape));
            let block = DataBlock::decode(&bytes, &header, Address(5), &shape, offset, None).unwrap();
            let decode = |records: Records<'_>| -> Vec<_> {
                records.iter().map(|record| format.decode(record).unwrap()).collect()
            };
            prop_assert_eq!(decode(block.elements), own);
            let mut end = bytes.len() as u64;
            for (page, part) in (0..).zip(paged.chunks(1 << page_bits)) {
                let bytes = DataBlock::encode_page(&header, part).unwrap();
                prop_assert_eq!(DataBlock::page(&header, &shape, page), Some((end, bytes.len() as u64)));
                prop_assert_eq!(decode(DataBlock::decode_page(&bytes, &header).unwrap()), part);
                end += bytes.len() as u64;
            }
            prop_assert_eq!(end, DataBlock::total_bytes(&header, &shape));
        }
    }
}
