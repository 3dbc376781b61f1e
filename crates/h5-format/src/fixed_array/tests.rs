use proptest::prelude::*;

use super::*;
use crate::chunk_element::tests::format_and_elements;
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

#[test]
fn encode_header_and_unpaged_block() {
    let mut bytes = b"FAHD\0\0\x08\x02\x03\0\0\0\0\0\0\0\0\x05\0\0\0\0\0\0".to_vec();
    bytes.extend(lookup3(&bytes).to_le_bytes());
    let mut header = header(3);
    assert_eq!(header.encode().unwrap(), bytes);
    let mut bytes = b"FADB\0\0".to_vec();
    bytes.extend([0x400_u64, 1, u64::MAX, 3].map(u64::to_le_bytes).concat());
    bytes.extend(lookup3(&bytes).to_le_bytes());
    let element = |at| Some(ChunkElement { address: Address(at), filtered: None });
    let elements = [element(1), None, element(3)];
    assert_eq!(header.encode_data_block(&elements, Address(0x400)).unwrap(), bytes);
    assert!(header.encode_data_block(&elements[1..], Address(0x400)).is_err());
    assert!(header.encode_paged_data_block(&[], Address(0x400)).is_err());
    assert!(header.encode_page(0, &elements).is_err());
    header.page_bits = 32;
    assert!(header.encode().is_err());
}

#[test]
fn bitmap_has_the_first_page_in_the_highest_bit() {
    let mut pages = [false; 10];
    (pages[0], pages[6], pages[9]) = (true, true, true);
    assert_eq!(page_bitmap(&pages), [0x82, 0x40]);
}

proptest! {
    #[test]
    fn arrays_decode_to_what_was_encoded(
        (format, elements) in format_and_elements(1..60),
        page_bits in 0..6_u8,
        at in 0..u64::from(u32::MAX),
    ) {
        let at = Address(at);
        let max_num_entries = elements.len() as u64;
        let header = FixedArrayHeader { page_bits, max_num_entries, data_block_address: Some(at), format };
        let bytes = header.encode().unwrap();
        prop_assert_eq!(FixedArrayHeader::decode(&bytes, format).unwrap(), header.clone());
        let decode = |records: Records<'_>| -> Vec<_> {
            records.iter().map(|record| format.decode(record).unwrap()).collect()
        };
        if header.pages() == 0 {
            let block = header.encode_data_block(&elements, at).unwrap();
            prop_assert_eq!(block.len() as u64, header.data_block_total_bytes());
            let FixedArrayDataBlock::Elements(found) = header.decode_data_block(&block, at).unwrap() else {
                panic!("paged")
            };
            prop_assert_eq!(decode(found), elements);
            return Ok(());
        }
        let parts: Vec<_> = elements.chunks(1 << page_bits).collect();
        let initialized: Vec<bool> = parts.iter().map(|part| part.iter().any(Option::is_some)).collect();
        let mut block = header.encode_paged_data_block(&initialized, at).unwrap();
        prop_assert_eq!(block.len() as u64, header.data_block_bytes());
        for (page, &part) in (0..).zip(&parts) {
            let bytes = header.encode_page(page, part).unwrap();
            prop_assert_eq!(header.page(page), Some((block.len() as u64, part.len() as u64, bytes.len() as u64)));
            prop_assert_eq!(decode(header.decode_page(&bytes).unwrap()), part);
            block.extend(bytes);
        }
        prop_assert_eq!(block.len() as u64, header.data_block_total_bytes());
        let bytes = &block[..header.data_block_bytes() as usize];
        let FixedArrayDataBlock::Paged { bitmap } = header.decode_data_block(bytes, at).unwrap() else {
            panic!("not paged")
        };
        let found: Vec<bool> = (0..header.pages()).map(|page| is_page_initialized(bitmap, page)).collect();
        prop_assert_eq!(found, initialized);
    }
}
