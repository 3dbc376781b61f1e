//! Any bytes decode or give an error; nothing panics.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests compute with numbers of their own, and a failure is a panic"
)]

use h5_format::message::{
    AttributeMessage, Context, Message, MessageFlags, MessageType, RawMessage, SharedMessage, datatype,
};
use h5_format::metadata_cache_image::CacheImageEntry;
use h5_format::object_header::Prefix;
use h5_format::superblock::{DriverInformation, DriverInformationBlock, SIGNATURE, Superblock};
use h5_format::{Sizes, lookup3};
use h5_types::Limits;
use proptest::prelude::*;

fn sizes() -> impl Strategy<Value = Sizes> {
    let width = prop::sample::select(vec![2_u8, 4, 8, 16]);
    (width.clone(), width).prop_map(|(offsets, lengths)| Sizes { offsets, lengths })
}

/// Small numbers are common, so that versions, counts and sizes are often possible ones.
fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![3 => 0_u8..6, 1 => Just(8), 1 => Just(0xff), 1 => any::<u8>()];
    prop::collection::vec(byte, 0..most)
}

fn check_attribute(attribute: &AttributeMessage<'_>, context: Context<'_>) {
    let _ = attribute.datatype(context);
    let _ = attribute.dataspace(context);
    assert!(attribute.data(u64::MAX).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn messages_of_every_type(
        kind in 0_u16..26,
        flags in prop_oneof![3 => Just(0_u8), 1 => Just(2)],
        body in bytes(160),
        sizes in sizes(),
    ) {
        let limits = Limits::default();
        let context = Context { sizes, limits: &limits };
        let kind = MessageType::from(kind);
        let raw = RawMessage { kind, flags: MessageFlags(flags), creation_index: None, body: &body };
        if let Ok(Message::Attribute(attribute)) = raw.decode(context) {
            check_attribute(&attribute, context);
        }
        let _ = SharedMessage::decode(&body, context);
    }

    #[test]
    fn datatypes_are_valid_when_they_decode(version in 1_u8..6, class in 0_u8..12, rest in bytes(200)) {
        let limits = Limits::default();
        let context = Context { sizes: Sizes { offsets: 8, lengths: 8 }, limits: &limits };
        let mut body = vec![version << 4 | class];
        body.extend(rest);
        if let Ok(datatype) = datatype::decode(&body, context) {
            prop_assert!(datatype.size() > 0);
            prop_assert!(u32::try_from(datatype.size()).is_ok());
        }
    }

    #[test]
    fn object_headers(v2 in any::<bool>(), rest in bytes(200)) {
        let mut block = if v2 { b"OHDR\x02".to_vec() } else { vec![1] };
        block.extend(rest);
        if v2 {
            let checksum = lookup3(&block);
            block.extend(checksum.to_le_bytes());
        }
        if let Ok(prefix) = Prefix::decode(&block) {
            let first = prefix.messages(&block);
            let other = prefix.continuation_messages(&block);
            for messages in [first, other].into_iter().flatten() {
                // Each message takes four bytes at least, so that the walk ends.
                prop_assert!(messages.count() <= block.len() / 4 + 1);
            }
        }
    }

    #[test]
    fn superblocks_and_what_is_beside_them(version in 0_u8..5, rest in bytes(200), sizes in sizes()) {
        let limits = Limits::default();
        let context = Context { sizes, limits: &limits };
        let mut block = SIGNATURE.to_vec();
        block.push(version);
        block.extend(&rest);
        let _ = Superblock::decode(&block);
        let _ = DriverInformationBlock::decode(&rest);
        for id in [b"NCSAfami", b"NCSAmult"] {
            let _ = DriverInformation::decode(*id, &rest, context);
        }
    }

    #[test]
    fn cache_images(count in 0_u8..5, entries in bytes(200)) {
        let limits = Limits::default();
        let context = Context { sizes: Sizes { offsets: 4, lengths: 2 }, limits: &limits };
        let mut image = b"MDCI\0\0".to_vec();
        image.extend(u16::try_from(entries.len() + 16).unwrap().to_le_bytes());
        image.extend([count, 0, 0, 0]);
        image.extend(&entries);
        let checksum = lookup3(&image);
        image.extend(checksum.to_le_bytes());
        if let Ok(entries) = CacheImageEntry::decode_image(&image, context) {
            prop_assert_eq!(entries.len(), usize::from(count));
            for entry in entries {
                prop_assert!(image.get(entry.block).is_some());
            }
        }
    }
}
