use proptest::prelude::*;

use super::*;
use crate::lookup3;

const SIZES: Sizes = Sizes { offsets: 8, lengths: 8 };

fn header(client: u8, sections: u64) -> FreeSpaceHeader {
    let mut bytes = b"FSHD\0".to_vec();
    bytes.push(client);
    for word in [900, sections, sections, 0_u64] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend([4, 0, 80, 0, 120, 0, 32, 0]);
    for word in [65_536_u64, 0x800, 40, 60] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(lookup3(&bytes).to_le_bytes());
    assert_eq!(FreeSpaceHeader::bytes(SIZES), bytes.len() as u64);
    FreeSpaceHeader::decode(&bytes, SIZES).unwrap()
}

fn list(sets: &[&[u8]]) -> Vec<u8> {
    let mut bytes = [&b"FSSE\0"[..], &0x70_u64.to_le_bytes(), &sets.concat()].concat();
    bytes.extend(lookup3(&bytes).to_le_bytes());
    bytes
}

#[test]
fn decode_two_sets_of_a_heap() {
    let bytes = list(&[
        &[2, 100, 0, 0, 0x10, 0, 0, 0, 0, 0x20, 0, 0, 0, 0],
        &[1, 0, 1, 0, 0x30, 0, 0, 0, 3, 7, 0, 0, 0, 1, 0, 2, 0, 3, 0],
    ]);
    let sections = header(0, 3).decode_sections(&bytes, Address(0x70), 4, SIZES).unwrap();
    assert_eq!(sections.len(), 3);
    assert_eq!((sections[1].offset, sections[1].size, sections[1].blocks), (0x20, 100, None));
    let blocks = FreeHeapBlocks { indirect_block_offset: 7, start_row: 1, start_column: 2, blocks: 3 };
    assert_eq!((sections[2].size, sections[2].blocks), (256, Some(blocks)));
}

#[test]
fn counts_that_do_not_add_up_are_errors() {
    for count in [0, 2] {
        let bytes = list(&[&[count, 100, 0, 0, 0x10, 0, 0, 0, 0, 0x20, 0, 0, 0, 0]]);
        assert!(header(1, 1).decode_sections(&bytes, Address(0x70), 4, SIZES).is_err());
    }
    let bytes = list(&[&[1, 100, 0, 0, 0x10, 0, 0, 0, 9]]);
    assert!(header(1, 1).decode_sections(&bytes, Address(0x70), 4, SIZES).is_err());
    assert!(header(1, 1).decode_sections(&bytes, Address(0x71), 4, SIZES).is_err());
}

#[test]
fn encode_two_sets_of_a_heap() {
    let bytes = list(&[
        &[2, 100, 0, 0, 0x10, 0, 0, 0, 0, 0x20, 0, 0, 0, 0],
        &[1, 0, 1, 0, 0x30, 0, 0, 0, 3, 7, 0, 0, 0, 1, 0, 2, 0, 3, 0],
    ]);
    let section = |offset, size| FreeSection { offset, size, section_type: 0, blocks: None };
    let blocks = FreeHeapBlocks { indirect_block_offset: 7, start_row: 1, start_column: 2, blocks: 3 };
    let row = FreeSection { section_type: 3, blocks: Some(blocks), ..section(0x30, 256) };
    let sections = [section(0x10, 100), section(0x20, 100), row];
    let encode =
        |header: &FreeSpaceHeader, sections: &[_]| header.encode_sections(sections, Address(0x70), 4, SIZES);
    assert_eq!(encode(&header(0, 3), &sections).unwrap(), bytes);
    assert!(encode(&header(0, 2), &sections).is_err());
    assert!(encode(&header(1, 3), &sections).is_err());
    assert!(encode(&header(0, 1), &[FreeSection { blocks: None, ..row }]).is_err());
    assert!(encode(&header(0, 1), &[section(1 << 32, 1)]).is_err());
    assert!(encode(&header(0, 1), &[section(1, 1 << 24)]).is_err());
    let unused = FreeSpaceHeader { section_list_used_bytes: 61, ..header(0, 1) };
    assert!(unused.encode(SIZES).is_err());
}

proptest! {
    #[test]
    fn managers_decode_to_what_was_encoded(
        is_file: bool,
        numbers in prop::collection::vec((any::<u32>(), 0..4_u64, 0..4_u8, any::<[u16; 4]>()), 0..300),
        fields: [u64; 4],
        small: [u16; 3],
        address in prop::option::of(0..u64::MAX),
    ) {
        let client = if is_file { FreeSpaceClient::File } else { FreeSpaceClient::FractalHeap };
        let sections: Vec<_> = numbers
            .into_iter()
            .map(|(offset, size, section_type, [block, start_row, start_column, blocks])| {
                let section_type = if is_file { section_type % 3 } else { section_type };
                let blocks = FreeHeapBlocks {
                    indirect_block_offset: u64::from(block),
                    start_row,
                    start_column,
                    blocks,
                };
                let blocks = (!is_file && section_type % 2 == 1).then_some(blocks);
                FreeSection { offset: u64::from(offset), size: 200 * size, section_type, blocks }
            })
            .collect();
        let mut header = FreeSpaceHeader {
            client,
            total_space_bytes: fields[0],
            total_sections: fields[1],
            serialized_sections: sections.len() as u64,
            unserialized_sections: fields[2],
            section_classes: small[0],
            shrink_percent: small[1],
            expand_percent: small[2],
            address_space_bits: 32,
            max_section_bytes: 600,
            section_list_address: address.map(Address),
            section_list_used_bytes: 0,
            section_list_allocated_bytes: fields[3] | 0xffff,
        };
        let list = header.encode_sections(&sections, Address(9), 5, SIZES).unwrap();
        header.section_list_used_bytes = list.len() as u64;
        prop_assert_eq!(header.decode_sections(&list, Address(9), 5, SIZES).unwrap(), sections);
        let bytes = header.encode(SIZES).unwrap();
        prop_assert_eq!(FreeSpaceHeader::decode(&bytes, SIZES).unwrap(), header);
    }
}
