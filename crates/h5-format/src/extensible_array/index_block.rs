use h5_types::Address;

use super::block::{
    address_of, element_bytes, read_addresses, read_owner, write_addresses, write_elements, write_owner,
};
use super::{ExtensibleArrayHeader, SECTION};
use crate::{ChunkElement, Reader, Records, Result, Writer};

/// Extensible array index block: HDF5 File Format Specification 4.0, VII.D. Reads and writes version 0.
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
        let offsets = u64::from(header.format.sizes.offsets);
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
        let elements = Records::new(reader.take_u64(elements)?, header.format.bytes());
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

    /// Writes a block from the array's first elements and the addresses of its data blocks and super blocks, `None` for those that were
    /// never written.
    ///
    /// # Errors
    /// Other numbers of them than the array has, or a number too wide for its field.
    pub fn encode(
        header: &ExtensibleArrayHeader,
        header_address: Address,
        elements: &[Option<ChunkElement>],
        data_blocks: &[Option<Address>],
        super_blocks: &[Option<Address>],
    ) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "extensible array index block", SECTION);
        write_owner(&mut writer, b"EAIB", header, header_address)?;
        write_elements(&mut writer, header, elements, u64::from(header.index_block_elements))?;
        let (direct, indirect) = (header.data_blocks_in_index(), header.super_block_addresses());
        write_addresses(&mut writer, header, "data_block_addresses", data_blocks, direct)?;
        write_addresses(&mut writer, header, "secondary_block_addresses", super_blocks, indirect)?;
        writer.checksum();
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::block::tests::block;
    use super::super::header::tests::header;
    use super::*;
    use crate::chunk_element::tests::format_and_elements;

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
    fn encode_index_block() {
        let header = header();
        let words: Vec<u8> = (0..35_u64).flat_map(|word| (word * 8).to_le_bytes()).collect();
        let expected = block(b"EAIB", &[&words]);
        let addresses: Vec<_> = (0..35).map(|word| Some(Address(word * 8))).collect();
        let elements: Vec<_> = addresses[..4]
            .iter()
            .map(|a| a.map(|address| ChunkElement { address, filtered: None }))
            .collect();
        let encode = |elements: &[_], data: &[_], rest: &[_]| {
            IndexBlock::encode(&header, Address(0x90), elements, data, rest)
        };
        assert_eq!(encode(&elements, &addresses[4..10], &addresses[10..]).unwrap(), expected);
        assert!(encode(&elements[1..], &addresses[4..10], &addresses[10..]).is_err());
        assert!(encode(&elements, &addresses[4..9], &addresses[10..]).is_err());
        assert!(encode(&elements, &addresses[4..10], &addresses[11..]).is_err());
    }

    proptest! {
        #[test]
        fn blocks_decode_to_what_was_encoded(
            (format, elements) in format_and_elements(4),
            addresses in prop::collection::vec(prop::option::of(0..u64::from(u32::MAX)), 31),
        ) {
            let header = ExtensibleArrayHeader { format, ..header() };
            let addresses: Vec<_> = addresses.into_iter().map(|address| address.map(Address)).collect();
            let (data, rest) = addresses.split_at(6);
            let bytes = IndexBlock::encode(&header, Address(5), &elements, data, rest).unwrap();
            prop_assert_eq!(bytes.len() as u64, IndexBlock::bytes(&header));
            let block = IndexBlock::decode(&bytes, &header, Address(5)).unwrap();
            let found: Vec<_> = block.elements.iter().map(|bytes| format.decode(bytes).unwrap()).collect();
            prop_assert_eq!(found, elements);
            for (at, address) in (0..).zip(data) {
                prop_assert_eq!(&block.data_block(at).unwrap(), address);
            }
            for (at, address) in (0..).zip(rest) {
                prop_assert_eq!(&block.super_block(at).unwrap(), address);
            }
        }
    }
}
