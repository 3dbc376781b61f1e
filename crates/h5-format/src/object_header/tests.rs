use super::*;
use crate::lookup3;
use crate::message::{MessageFlags, MessageType, RawMessage};

fn with_checksum(mut block: Vec<u8>) -> Vec<u8> {
    let checksum = lookup3(&block);
    block.extend(checksum.to_le_bytes());
    block
}

#[test]
fn version_1_begins_its_messages_at_a_multiple_of_eight() {
    let mut block = vec![1, 0, 2, 0, 3, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0];
    block.extend([0x16, 0, 0, 0, 0, 0, 0, 0]);
    block.extend([1, 0, 8, 0, 1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    let prefix = Prefix::decode(&block).unwrap();
    assert_eq!((prefix.reference_count, prefix.number_of_messages), (Some(3), Some(2)));
    assert_eq!(prefix.block_bytes(), block.len() as u64);
    let messages: Vec<_> = prefix.messages(&block).unwrap().map(Result::unwrap).collect();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1].kind, MessageType::Dataspace);
    assert!(messages[1].flags.is_constant());
    assert_eq!(messages[1].in_block(&block).body, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn version_2_with_all_options_and_a_gap() {
    let mut block = b"OHDR\x02\x3c".to_vec();
    block.extend([1_u32, 2, 3, 4].map(u32::to_le_bytes).concat());
    block.extend([8, 0, 6, 0]);
    block.push(12);
    block.extend([3, 1, 0, 0x40, 5, 0, 0xaa]);
    block.extend([0; 5]);
    let block = with_checksum(block);
    let prefix = Prefix::decode(&block).unwrap();
    assert_eq!(prefix.block_bytes(), block.len() as u64);
    assert_eq!(prefix.times.unwrap().birth, 4);
    assert_eq!(prefix.attribute_phase_change.unwrap().minimum_dense_attributes, 6);
    let messages: Vec<_> = prefix.messages(&block).unwrap().map(Result::unwrap).collect();
    assert_eq!(messages.len(), 1, "five bytes are too short for a message: a gap");
    assert_eq!((messages[0].creation_index, messages[0].kind), (Some(5), MessageType::Datatype));
    assert!(messages[0].flags.may_be_shared());
    assert_eq!(messages[0].in_block(&block).body, [0xaa]);
    let mut damaged = block.clone();
    damaged[30] ^= 1;
    assert!(prefix.messages(&damaged).is_err());
}

#[test]
fn continuation_blocks_have_signature_and_checksum() {
    let prefix = Prefix::decode(b"OHDR\x02\x00\x00").unwrap();
    let block = with_checksum(b"OCHK\x06\x01\x00\x00\x09".to_vec());
    assert_eq!(prefix.continuation_messages(&block).unwrap().count(), 1);
    assert!(prefix.continuation_messages(&block[..block.len() - 1]).is_err());
    assert!(prefix.continuation_messages(&with_checksum(b"OHDR\x06\x00\x00\x00".to_vec())).is_err());
}

#[test]
fn a_message_past_the_end_ends_the_block_with_an_error() {
    let block = [1, 0, 1, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 9, 0, 0, 0, 0, 0];
    let mut messages = Prefix::decode(&block).unwrap().messages(&block).unwrap();
    assert!(messages.next().unwrap().is_err());
    assert!(messages.next().is_none());
}

fn message(kind: MessageType, body: &[u8]) -> RawMessage<'_> {
    RawMessage { kind, flags: MessageFlags(1), creation_index: None, body }
}

#[test]
fn version_1_blocks_are_filled_with_nil_messages() {
    let prefix = PrefixV1 { reference_count: 3, number_of_messages: 2 };
    let messages = [message(MessageType::Dataspace, &[1, 2, 3])];
    let mut block = Vec::new();
    prefix.encode_block(&messages, 48, &mut block).unwrap();
    let mut expected = vec![1, 0, 2, 0, 3, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0];
    expected.extend([1, 0, 8, 0, 1, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0]);
    expected.extend([0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(block, expected);
    assert_eq!(PrefixV1::stored_messages(&messages, 32), 2);
    assert_eq!(PrefixV1::stored_messages(&messages, 16), 1);
    assert_eq!(PrefixV1::message_bytes(3), 16);
    let mut exact = Vec::new();
    prefix.encode_block(&messages, 32, &mut exact).unwrap();
    assert_eq!(exact.len(), 32);
    for too_small in [0, 8, 24, 36] {
        assert!(prefix.encode_block(&messages, too_small, &mut Vec::new()).is_err(), "{too_small}");
    }
    let tracked = RawMessage { creation_index: Some(0), ..messages[0] };
    assert!(prefix.encode_block(&[tracked], 48, &mut Vec::new()).is_err());
    let long = vec![0; 0xfff9];
    assert!(prefix.encode_block(&[message(MessageType::Comment, &long)], 1 << 20, &mut Vec::new()).is_err());
}

#[test]
fn a_large_rest_is_several_nil_messages() {
    let mut block = Vec::new();
    PrefixV1::encode_continuation(&[], 0x2_0008, &mut block).unwrap();
    assert_eq!(block.len(), 0x2_0008);
    let prefix = Prefix::decode(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    let found: Vec<_> = prefix.continuation_messages(&block).unwrap().map(Result::unwrap).collect();
    assert_eq!(found.len(), PrefixV1::stored_messages(&[], 0x2_0008));
    assert!(found.iter().all(|m| m.kind == MessageType::Nil));
    assert_eq!(found.last().unwrap().body.end, block.len());
}

fn prefix_v2(tracked: bool) -> PrefixV2 {
    PrefixV2 {
        times: None,
        attribute_phase_change: None,
        attribute_creation_order_tracked: tracked,
        attribute_creation_order_indexed: false,
        size_width: 1,
    }
}

#[test]
fn version_2_with_all_options_is_written_as_it_reads() {
    let prefix = PrefixV2 {
        times: Some(Times { access: 1, modification: 2, change: 3, birth: 4 }),
        attribute_phase_change: Some(AttributePhaseChange {
            maximum_compact_attributes: 8,
            minimum_dense_attributes: 6,
        }),
        attribute_creation_order_indexed: true,
        ..prefix_v2(true)
    };
    let datatype = RawMessage {
        kind: MessageType::Datatype,
        flags: MessageFlags(0x40),
        creation_index: Some(5),
        body: &[0xaa],
    };
    let mut expected = b"OHDR\x02\x3c".to_vec();
    expected.extend([1_u32, 2, 3, 4].map(u32::to_le_bytes).concat());
    expected.extend([8, 0, 6, 0]);
    expected.push(12);
    expected.extend([3, 1, 0, 0x40, 5, 0, 0xaa]);
    expected.extend([0; 5]);
    let expected = with_checksum(expected);
    let mut block = Vec::new();
    prefix.encode_block(&[datatype], expected.len(), &mut block).unwrap();
    assert_eq!(block, expected, "five bytes are a gap");
    assert_eq!(expected.len(), prefix.overhead_bytes() + prefix.message_bytes(1) + 5);
}

#[test]
fn version_2_rests_are_gaps_or_nil_messages() {
    for tracked in [false, true] {
        let prefix = prefix_v2(tracked);
        let index = tracked.then_some(0);
        let link = RawMessage { creation_index: index, ..message(MessageType::Link, &[9; 3]) };
        let taken = prefix.message_bytes(3);
        for rest in 0..40 {
            let mut first = Vec::new();
            prefix.encode_block(&[link], prefix.overhead_bytes() + taken + rest, &mut first).unwrap();
            let decoded = Prefix::decode(&first).unwrap();
            assert_eq!(decoded.block_bytes(), first.len() as u64);
            let length = PrefixV2::CONTINUATION_OVERHEAD_BYTES + taken + rest;
            let mut next = Vec::new();
            prefix.encode_continuation(&[link], length, &mut next).unwrap();
            assert_eq!(next.len(), length);
            let nils = usize::from(rest >= prefix.message_bytes(0));
            for messages in [decoded.messages(&first), decoded.continuation_messages(&next)] {
                let found: Vec<_> = messages.unwrap().map(Result::unwrap).collect();
                assert_eq!(found.len(), 1 + nils);
                assert_eq!((found[0].kind, found[0].creation_index), (MessageType::Link, index));
                assert!(found[1..].iter().all(|m| m.kind == MessageType::Nil));
            }
        }
    }
}

#[test]
fn version_2_blocks_hold_all_or_nothing() {
    let prefix = prefix_v2(false);
    let link = message(MessageType::Link, &[9; 3]);
    let least = prefix.overhead_bytes() + prefix.message_bytes(3);
    let encode = |prefix: PrefixV2, message, bytes| prefix.encode_block(&[message], bytes, &mut Vec::new());
    assert!(encode(prefix, link, least).is_ok());
    assert!(encode(prefix, link, least - 1).is_err());
    assert!(encode(prefix, link, 3).is_err());
    assert!(encode(prefix, link, prefix.overhead_bytes() + 0x100).is_err(), "one byte holds 255");
    let wide = PrefixV2 { size_width: PrefixV2::size_width_for(0x100), ..prefix };
    assert!(encode(wide, link, wide.overhead_bytes() + 0x100).is_ok());
    assert!(encode(PrefixV2 { size_width: 3, ..prefix }, link, 40).is_err());
    assert!(encode(prefix, RawMessage { creation_index: Some(1), ..link }, 40).is_err());
    assert!(encode(prefix, message(MessageType::Unknown(0x100), &[]), 40).is_err());
    assert!(prefix.encode_continuation(&[link], 14, &mut Vec::new()).is_err());
}
