//! Object headers (specification IV.A.1), versions 1 and 2: a prefix, then messages, in one block or several.
//!
//! Nothing here reads: [`Prefix::decode`] tells how long the first block is, [`Prefix::messages`] and
//! [`Prefix::continuation_messages`] cut blocks into messages.

mod messages;
mod v1;
mod v2;

pub use messages::{MessageEntry, Messages};

use binrw::BinRead;

use crate::{Result, Sizes};

/// What an object header begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    /// Version, 1 or 2.
    pub version: u8,
    /// Hard links to the object, in version 1; version 2 has a message for it.
    pub reference_count: Option<u32>,
    /// *Total Number of Header Messages*, in version 1.
    pub number_of_messages: Option<u16>,
    /// Times, in version 2 if flag 5 is set.
    pub times: Option<Times>,
    /// When attributes change between compact and dense storage, in version 2 if flag 4 is set.
    pub attribute_phase_change: Option<AttributePhaseChange>,
    /// Whether the creation order of attributes is tracked (version 2, flag 2); messages are then two bytes longer.
    pub attribute_creation_order_tracked: bool,
    /// Whether it is indexed (version 2, flag 3).
    pub attribute_creation_order_indexed: bool,
    /// Bytes of the prefix.
    prefix_bytes: usize,
    /// Bytes of the messages that follow.
    messages_bytes: u64,
}

/// Times of an object, in seconds since 1970-01-01T00:00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BinRead)]
pub struct Times {
    /// Last access.
    pub access: u32,
    /// Last change of the raw data.
    pub modification: u32,
    /// Last change of the metadata.
    pub change: u32,
    /// Creation.
    pub birth: u32,
}

/// When attributes change between compact and dense storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BinRead)]
pub struct AttributePhaseChange {
    /// Most attributes that are kept in the object header.
    pub maximum_compact_attributes: u16,
    /// Fewest attributes that are kept densely.
    pub minimum_dense_attributes: u16,
}

impl Times {
    const BYTES: usize = 16;
}

impl AttributePhaseChange {
    const BYTES: usize = 4;
}

/// Bytes of the checksum that ends each block of version 2.
const CHECKSUM_BYTES: u64 = 4;

impl Prefix {
    /// Bytes that no prefix is longer than.
    pub const MAXIMUM_BYTES: u64 = 34;

    /// Decodes the prefix of either version; `bytes` may go on after it.
    ///
    /// # Errors
    /// If signature, version or sizes are impossible, or the bytes end early.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        if bytes.starts_with(&v2::SIGNATURE) { v2::decode_prefix(bytes) } else { v1::decode_prefix(bytes) }
    }

    /// Bytes of the header's first block: prefix, messages, and in version 2 the checksum.
    pub fn block_bytes(&self) -> u64 {
        let prefix = u64::try_from(self.prefix_bytes).unwrap_or(u64::MAX);
        let checksum = if self.version == 1 { 0 } else { CHECKSUM_BYTES };
        prefix.saturating_add(self.messages_bytes).saturating_add(checksum)
    }

    /// The messages of the first block, which has [`Prefix::block_bytes`] bytes.
    ///
    /// # Errors
    /// If the checksum is wrong.
    pub fn messages<'a>(&self, block: &'a [u8]) -> Result<Messages<'a>> {
        if self.version == 1 {
            return Ok(v1::messages(block, self.prefix_bytes));
        }
        v2::messages(block, self.prefix_bytes, self.attribute_creation_order_tracked)
    }

    /// The messages of a continuation block.
    ///
    /// # Errors
    /// If its signature or checksum is wrong (version 2).
    pub fn continuation_messages<'a>(&self, block: &'a [u8]) -> Result<Messages<'a>> {
        if self.version == 1 {
            return Ok(v1::messages(block, 0));
        }
        v2::continuation_messages(block, self.attribute_creation_order_tracked)
    }

    /// Fewest bytes that a message of this header takes, its own prefix alone.
    pub fn message_prefix_bytes(&self) -> usize {
        messages::prefix_bytes(self.version, self.attribute_creation_order_tracked)
    }

    /// Bytes of a continuation message's body.
    pub fn continuation_bytes(sizes: Sizes) -> usize {
        usize::from(sizes.offsets).saturating_add(usize::from(sizes.lengths))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lookup3;
    use crate::message::MessageType;

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
}
