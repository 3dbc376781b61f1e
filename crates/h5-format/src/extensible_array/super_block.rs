use h5_types::Address;

use super::block::{address_of, read_addresses, read_offset, read_owner, write_addresses, write_owner};
use super::{ExtensibleArrayHeader, SECTION, SuperBlockShape};
use crate::fixed_array::page_bitmap;
use crate::{Reader, Records, Result, Writer};

/// Extensible array secondary (super) block: HDF5 File Format Specification 4.0, VII.D. Reads and writes version 0.
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
        let offsets = u64::from(header.format.sizes.offsets);
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

    /// Writes a block from whether each page of each data block was written (of all pages of the first, then of the second; none where
    /// data blocks have no pages), and the addresses of the data blocks, `None` for those that were never written.
    ///
    /// # Errors
    /// Other numbers of them than the shape has, or a number too wide for its field.
    pub fn encode(
        header: &ExtensibleArrayHeader,
        header_address: Address,
        shape: &SuperBlockShape,
        initialized: &[bool],
        data_blocks: &[Option<Address>],
    ) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "extensible array secondary block", SECTION);
        if u64::try_from(initialized.len()).ok() != shape.pages.checked_mul(shape.data_blocks) {
            return Err(writer.unencodable("page_bitmap", "a bit for each page of each data block"));
        }
        write_owner(&mut writer, b"EASB", header, header_address)?;
        writer.uint("block_offset", shape.first_element, header.offset_bytes())?;
        let end = u64::try_from(writer.position()).unwrap_or(u64::MAX).saturating_add(bitmap_bytes(shape));
        writer.put(&page_bitmap(initialized));
        writer.pad_to(end)?;
        write_addresses(&mut writer, header, "data_block_addresses", data_blocks, shape.data_blocks)?;
        writer.checksum();
        Ok(bytes)
    }
}

/// The bitmap has room for whole bytes of each data block, though its bits are used without gaps.
fn bitmap_bytes(shape: &SuperBlockShape) -> u64 {
    shape.pages.div_ceil(8).saturating_mul(shape.data_blocks)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::block::tests::block;
    use super::super::header::tests::header;
    use super::*;

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
    fn encode_super_block_with_and_without_pages() {
        let header = header();
        let shape = header.shape(4).unwrap();
        let addresses = [Some(Address(16)), Some(Address(32)), None, Some(Address(48))];
        let words = [16_u64, 32, u64::MAX, 48].map(u64::to_le_bytes).concat();
        let expected = block(b"EASB", &[&240_u32.to_le_bytes(), &[0x80, 0, 1, 0], &words]);
        let mut pages = [false; 32];
        (pages[0], pages[23]) = (true, true);
        let encode = |pages: &[_], addresses: &[_]| {
            SuperBlock::encode(&header, Address(0x90), &shape, pages, addresses)
        };
        assert_eq!(encode(&pages, &addresses).unwrap(), expected);
        assert!(encode(&pages[1..], &addresses).is_err());
        assert!(encode(&pages, &addresses[1..]).is_err());
        let shape =
            SuperBlockShape { first_element: 1 << 32, data_blocks: 1, data_block_elements: 4, pages: 0 };
        assert!(SuperBlock::encode(&header, Address(0x90), &shape, &[], &[None]).is_err());
        let shape = SuperBlockShape { first_element: 3, ..shape };
        let expected = block(b"EASB", &[&[3, 0, 0, 0], &[0xff; 8]]);
        assert_eq!(SuperBlock::encode(&header, Address(0x90), &shape, &[], &[None]).unwrap(), expected);
    }

    proptest! {
        #[test]
        fn blocks_decode_to_what_was_encoded(
            number in 0..8_u32,
            page_bits in 2..9_u8,
            addresses in prop::collection::vec(prop::option::of(0..u64::MAX), 8),
            bits in prop::collection::vec(any::<bool>(), 1024),
        ) {
            let header = ExtensibleArrayHeader { page_bits, ..header() };
            let shape = header.shape(number).unwrap();
            let addresses: Vec<_> = addresses.into_iter().map(|address| address.map(Address)).collect();
            let addresses = &addresses[..shape.data_blocks as usize];
            let pages = &bits[..(shape.pages * shape.data_blocks) as usize];
            let bytes = SuperBlock::encode(&header, Address(5), &shape, pages, addresses).unwrap();
            prop_assert_eq!(bytes.len() as u64, SuperBlock::bytes(&header, &shape));
            let block = SuperBlock::decode(&bytes, &header, Address(5), &shape).unwrap();
            for (at, address) in (0..).zip(addresses) {
                prop_assert_eq!(&block.data_block(at).unwrap(), address);
            }
            for (at, &bit) in (0..).zip(pages) {
                prop_assert_eq!(block.is_page_initialized(at / shape.pages, at % shape.pages), bit);
            }
        }
    }
}
