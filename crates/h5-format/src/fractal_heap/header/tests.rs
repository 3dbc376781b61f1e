use proptest::prelude::*;

use super::*;
use crate::lookup3;

pub(in crate::fractal_heap) const SIZES: Sizes = Sizes { offsets: 8, lengths: 8 };

pub(in crate::fractal_heap) fn header_bytes(filter: &[u8]) -> Vec<u8> {
    let mut bytes = b"FRHP\0\x07\0".to_vec();
    bytes.extend(u16::try_from(filter.len()).unwrap().to_le_bytes());
    bytes.push(2);
    bytes.extend(4096_u32.to_le_bytes());
    for word in [0, u64::MAX, 400, u64::MAX, 512, 512, 0, 9, 0, 0, 0, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend([4, 0]);
    bytes.extend(512_u64.to_le_bytes());
    bytes.extend(65_536_u64.to_le_bytes());
    bytes.extend([32, 0, 1, 0]);
    bytes.extend(0x600_u64.to_le_bytes());
    bytes.extend([0, 0]);
    if !filter.is_empty() {
        bytes.extend(99_u64.to_le_bytes());
        bytes.extend([1, 0, 0, 0]);
        bytes.extend(filter);
    }
    bytes.extend(lookup3(&bytes).to_le_bytes());
    bytes
}

#[test]
fn decode_header() {
    let bytes = header_bytes(b"");
    assert_eq!(FractalHeapHeader::total_bytes(&bytes, SIZES).unwrap(), bytes.len() as u64);
    let header = FractalHeapHeader::decode(&bytes, SIZES).unwrap();
    assert_eq!((header.heap_id_length, header.managed_objects), (7, 9));
    assert_eq!((header.offset_bytes(), header.length_bytes()), (4, 2));
    assert!(header.has_direct_block_checksums());
    assert_eq!(header.root, Some(RootBlock::Direct { address: Address(0x600), filtered: None }));
}

#[test]
fn decode_filtered_header() {
    let bytes = header_bytes(b"pipeline");
    assert_eq!(FractalHeapHeader::total_bytes(&bytes, SIZES).unwrap(), bytes.len() as u64);
    let header = FractalHeapHeader::decode(&bytes, SIZES).unwrap();
    assert_eq!(header.filter_information.as_deref(), Some(&b"pipeline"[..]));
    let root = RootBlock::Direct { address: Address(0x600), filtered: Some((99, 1)) };
    assert_eq!(header.root, Some(root));
}

#[test]
fn each_changed_byte_is_an_error() {
    let bytes = header_bytes(b"");
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert!(FractalHeapHeader::decode(&damaged, SIZES).is_err(), "{at}");
        assert!(FractalHeapHeader::decode(&bytes[..at], SIZES).is_err(), "{at}");
    }
}

#[test]
fn encode_header_with_and_without_filters() {
    for filter in [&b""[..], b"pipeline"] {
        let bytes = header_bytes(filter);
        let mut header = FractalHeapHeader::decode(&bytes, SIZES).unwrap();
        assert_eq!(header.encode(SIZES).unwrap(), bytes);
        let filtered = if filter.is_empty() { Some((1, 0)) } else { None };
        header.root = Some(RootBlock::Direct { address: Address(0x600), filtered });
        assert!(header.encode(SIZES).is_err());
        header.root = Some(RootBlock::Indirect { address: Address(0x600), rows: 0 });
        assert!(header.encode(SIZES).is_err());
        for root in [None, Some(RootBlock::Indirect { address: Address(0x600), rows: 7 })] {
            header.root = root;
            assert_eq!(FractalHeapHeader::decode(&header.encode(SIZES).unwrap(), SIZES).unwrap(), header);
        }
    }
}

proptest! {
    #[test]
    fn headers_decode_to_what_was_encoded(
        numbers in prop::array::uniform16(0..u64::from(u32::MAX)),
        flags in 0..4_u8,
        heap_id_length in 1..=u16::MAX,
        information in prop::option::of(prop::collection::vec(any::<u8>(), 1..40)),
        addresses in (prop::option::of(0..u64::MAX), prop::option::of(0..u64::MAX)),
        bits in (0..4_u32, 4..16_u32, 0..16_u32, 40..65_u16),
    ) {
        let max_direct_block_bytes = 1 << (bits.1 + bits.2);
        let doubling_table =
            DoublingTable::new(1 << bits.0, 1 << bits.1, max_direct_block_bytes, bits.3).unwrap();
        let filtered = information.as_ref().map(|_| (numbers[0], numbers[1] as u32));
        let header = FractalHeapHeader {
            heap_id_length,
            flags,
            max_managed_object_bytes: numbers[2] as u32,
            next_huge_object_id: numbers[3],
            huge_objects_b_tree_address: addresses.0.map(Address),
            managed_free_bytes: numbers[4],
            free_space_manager_address: addresses.1.map(Address),
            managed_bytes: numbers[5],
            allocated_managed_bytes: numbers[6],
            allocation_iterator_offset: numbers[7],
            managed_objects: numbers[8],
            huge_bytes: numbers[9],
            huge_objects: numbers[10],
            tiny_bytes: numbers[11],
            tiny_objects: numbers[12],
            doubling_table,
            max_direct_block_bytes,
            max_heap_size_bits: bits.3,
            starting_root_rows: numbers[13] as u16,
            root: Some(RootBlock::Direct { address: Address(numbers[14]), filtered }),
            filter_information: information,
        };
        let bytes = header.encode(SIZES).unwrap();
        prop_assert_eq!(FractalHeapHeader::total_bytes(&bytes, SIZES).unwrap(), bytes.len() as u64);
        prop_assert_eq!(FractalHeapHeader::decode(&bytes, SIZES).unwrap(), header);
    }
}
