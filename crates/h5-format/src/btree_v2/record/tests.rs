use proptest::prelude::*;

use super::*;

const SIZES: Sizes = Sizes { offsets: 4, lengths: 4 };

#[test]
fn decode_huge_objects_of_all_four_types() {
    let bytes: Vec<u8> = [0x100_u32, 50, 1, 90, 7].iter().flat_map(|word| word.to_le_bytes()).collect();
    let all = HugeObjectRecord::decode(&bytes, SIZES, true, false).unwrap();
    assert_eq!((all.stored_bytes, all.filtered, all.id), (50, Some((1, 90)), Some(7)));
    let plain = HugeObjectRecord::decode(&bytes, SIZES, false, false).unwrap();
    assert_eq!((plain.filtered, plain.id), (None, Some(1)));
    assert_eq!(HugeObjectRecord::decode(&bytes[..8], SIZES, false, true).unwrap().id, None);
    assert!(HugeObjectRecord::decode(&bytes[..15], SIZES, true, true).is_err());
}

#[test]
fn decode_attribute_name() {
    let bytes = [1, 2, 3, 4, 5, 6, 7, 8, 2, 9, 0, 0, 0, 0x78, 0x56, 0x34, 0x12];
    let record = AttributeNameRecord::decode(&bytes).unwrap();
    assert_eq!((record.hash, record.attribute.creation_order), (0x1234_5678, 9));
    assert!(record.attribute.is_shared());
    assert_eq!(record.attribute.heap_id, &bytes[..8]);
}

#[test]
fn decode_shared_message_in_either_place() {
    let mut bytes = vec![0, 1, 0, 0, 0, 2, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1];
    assert_eq!(SharedMessageRecord::bytes(SIZES), bytes.len());
    let heap = SharedMessageLocation::Heap { reference_count: 2, heap_id: [8, 7, 6, 5, 4, 3, 2, 1] };
    assert_eq!(SharedMessageRecord::decode(&bytes, SIZES).unwrap().location, heap);
    bytes[0] = 1;
    let header = SharedMessageRecord::decode(&bytes, SIZES).unwrap().location;
    let address = Address(0x0506_0708);
    assert_eq!(header, SharedMessageLocation::ObjectHeader { message_type: 0, creation_index: 0, address });
    bytes[0] = 2;
    assert!(SharedMessageRecord::decode(&bytes, SIZES).is_err());
}

#[test]
fn decode_filtered_chunk() {
    let mut bytes = vec![0, 1, 0, 0, 0x34, 0x12, 3, 0, 0, 0];
    bytes.extend([5_u64, 6].map(u64::to_le_bytes).concat());
    let mut scaled = [0; 2];
    let record = ChunkRecord::decode(&bytes, SIZES, Some(2), &mut scaled).unwrap();
    assert_eq!(record, ChunkRecord { address: Some(Address(0x100)), filtered: Some((0x1234, 3)) });
    assert_eq!(scaled, [5, 6]);
}

#[test]
fn encode_records_as_the_specification_lays_them_out() {
    let huge =
        HugeObjectRecord { address: Address(0x100), stored_bytes: 50, filtered: Some((1, 90)), id: Some(7) };
    let words: Vec<u8> = [0x100_u32, 50, 1, 90, 7].iter().flat_map(|word| word.to_le_bytes()).collect();
    assert_eq!(huge.encode(SIZES).unwrap(), words);
    let link = LinkNameRecord { hash: 0x0403_0201, heap_id: &[5, 6, 7, 8, 9, 10, 11] };
    assert_eq!(link.encode().unwrap(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    let order = LinkCreationOrderRecord { creation_order: -2, heap_id: &[1; 7] };
    assert_eq!(order.encode().unwrap(), [0xfe, 255, 255, 255, 255, 255, 255, 255, 1, 1, 1, 1, 1, 1, 1]);
    let chunk = ChunkRecord { address: Some(Address(0x100)), filtered: Some((0x1234, 3)) };
    let bytes = chunk.encode(SIZES, Some(2), &[5]).unwrap();
    assert_eq!(bytes, [0, 1, 0, 0, 0x34, 0x12, 3, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn what_a_record_has_no_room_for_is_an_error() {
    assert!(LinkNameRecord { hash: 0, heap_id: &[0; 8] }.encode().is_err());
    assert!(LinkCreationOrderRecord { creation_order: 0, heap_id: &[0; 6] }.encode().is_err());
    let attribute = AttributeCreationOrderRecord { heap_id: &[0; 7], message_flags: 0, creation_order: 0 };
    assert!(AttributeNameRecord { attribute, hash: 0 }.encode().is_err());
    let chunk = ChunkRecord { address: None, filtered: Some((256, 0)) };
    assert!(chunk.encode(SIZES, Some(1), &[0]).is_err());
    assert!(chunk.encode(SIZES, None, &[0]).is_err());
    assert!(ChunkRecord { filtered: None, ..chunk }.encode(SIZES, Some(1), &[0]).is_err());
    let huge = HugeObjectRecord { address: Address(0), stored_bytes: 1 << 32, filtered: None, id: None };
    assert!(huge.encode(SIZES).is_err());
}

proptest! {
    #[test]
    fn records_decode_to_what_was_encoded(
        numbers: [u32; 6],
        id: [u8; 8],
        filtered: bool,
        direct: bool,
        scaled in prop::collection::vec(any::<u64>(), 1..5),
    ) {
        let address = Address(u64::from(numbers[0] >> 1));
        let huge = HugeObjectRecord {
            address,
            stored_bytes: u64::from(numbers[1]),
            filtered: filtered.then_some((numbers[2], u64::from(numbers[3]))),
            id: (!direct).then_some(u64::from(numbers[4])),
        };
        let bytes = huge.encode(SIZES).unwrap();
        prop_assert_eq!(HugeObjectRecord::decode(&bytes, SIZES, filtered, direct).unwrap(), huge);
        let attribute = AttributeCreationOrderRecord {
            heap_id: &id,
            message_flags: id[0],
            creation_order: numbers[1],
        };
        let bytes = attribute.encode().unwrap();
        prop_assert_eq!(AttributeCreationOrderRecord::decode(&bytes).unwrap(), attribute);
        let by_name = AttributeNameRecord { attribute, hash: numbers[2] };
        let bytes = by_name.encode().unwrap();
        prop_assert_eq!(AttributeNameRecord::decode(&bytes).unwrap(), by_name);
        let location = if direct {
            SharedMessageLocation::Heap { reference_count: numbers[1], heap_id: id }
        } else {
            let creation_index = numbers[2] as u16;
            SharedMessageLocation::ObjectHeader { message_type: id[0], creation_index, address }
        };
        let message = SharedMessageRecord { hash: numbers[3], location };
        for sizes in [SIZES, Sizes { offsets: 16, lengths: 8 }] {
            let bytes = message.encode(sizes).unwrap();
            prop_assert_eq!(bytes.len(), SharedMessageRecord::bytes(sizes));
            prop_assert_eq!(SharedMessageRecord::decode(&bytes, sizes).unwrap(), message);
        }
        let chunk = ChunkRecord {
            address: (!direct).then_some(address),
            filtered: filtered.then_some((u64::from(numbers[5]), numbers[4])),
        };
        let width = filtered.then_some(5);
        let bytes = chunk.encode(SIZES, width, &scaled).unwrap();
        let mut found = vec![0; scaled.len()];
        prop_assert_eq!(ChunkRecord::decode(&bytes, SIZES, width, &mut found).unwrap(), chunk);
        prop_assert_eq!(found, scaled);
    }
}
