//! Blocks of either version, written through a [`Prefix`].

use h5_types::Address;

use super::{Prefix, PrefixV1, PrefixV2, Times};
use crate::message::RawMessage;
use crate::{Result, Sizes, Writer};

/// Bytes that are reserved at once for a block that says it is longer.
const LARGEST_RESERVED: usize = 1 << 16;

impl Prefix {
    /// The prefix of a new version 1 header whose first block has room for `messages_bytes` of messages, a multiple of eight.
    pub fn version_1(messages_bytes: u64) -> Self {
        Self {
            version: 1,
            reference_count: Some(1),
            number_of_messages: Some(0),
            times: None,
            attribute_phase_change: None,
            attribute_creation_order_tracked: false,
            attribute_creation_order_indexed: false,
            prefix_bytes: PrefixV1::BYTES,
            messages_bytes,
        }
    }

    /// The prefix of a new version 2 header whose first block has room for `messages_bytes` of messages. Where the order in which
    /// attributes are created is tracked, it is indexed too.
    pub fn version_2(messages_bytes: u64, times: Option<Times>, tracks_attribute_creation: bool) -> Self {
        let encoding = PrefixV2 {
            times,
            attribute_phase_change: None,
            attribute_creation_order_tracked: tracks_attribute_creation,
            attribute_creation_order_indexed: tracks_attribute_creation,
            size_width: PrefixV2::size_width_for(messages_bytes),
        };
        Self {
            version: 2,
            reference_count: None,
            number_of_messages: None,
            times,
            attribute_phase_change: None,
            attribute_creation_order_tracked: tracks_attribute_creation,
            attribute_creation_order_indexed: tracks_attribute_creation,
            prefix_bytes: encoding.overhead_bytes().saturating_sub(CHECKSUM_BYTES),
            messages_bytes,
        }
    }

    /// Room for messages in the first block, in bytes.
    pub fn messages_bytes(&self) -> u64 {
        self.messages_bytes
    }

    /// Bytes that a message with a body of so many bytes takes in this header.
    pub fn message_bytes(&self, body: usize) -> u64 {
        let bytes = match self.encoding() {
            None => PrefixV1::message_bytes(body),
            Some(version_2) => version_2.message_bytes(body),
        };
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }

    /// Bytes of a continuation block around its messages.
    pub fn continuation_overhead_bytes(&self) -> u64 {
        if self.version == 1 { 0 } else { PrefixV2::CONTINUATION_OVERHEAD_BYTES as u64 }
    }

    /// Encodes the first block, of [`Prefix::block_bytes`] bytes. What the messages leave free is a nil message or a gap. In version 1 the
    /// prefix says how many messages all blocks have; `others` of them are in other blocks.
    ///
    /// # Errors
    /// If the messages do not fit, one has a body of more than 65,535 bytes, or there are more than version 1 counts.
    pub fn encode_block(&self, messages: &[RawMessage<'_>], others: usize) -> Result<Vec<u8>> {
        let length = usize::try_from(self.block_bytes()).unwrap_or(usize::MAX);
        let mut block = Vec::with_capacity(length.min(LARGEST_RESERVED));
        match self.encoding() {
            Some(version_2) => version_2.encode_block(messages, length, &mut block)?,
            None => {
                let room = length.saturating_sub(PrefixV1::BYTES);
                let count = PrefixV1::stored_messages(messages, room).saturating_add(others);
                let mut writer = Writer::new(&mut block, "Object Header, version 1", "IV.A.1.a");
                let number_of_messages = u16::try_from(count)
                    .map_err(|_| writer.unencodable("number_of_messages", "at most 65,535"))?;
                writer.buffer().clear();
                let reference_count = self.reference_count.unwrap_or(1);
                PrefixV1 { reference_count, number_of_messages }
                    .encode_block(messages, length, &mut block)?;
            }
        }
        Ok(block)
    }

    /// Encodes a continuation block with room for just these messages.
    ///
    /// # Errors
    /// If one has a body of more than 65,535 bytes.
    pub fn encode_continuation(&self, messages: &[RawMessage<'_>]) -> Result<Vec<u8>> {
        let length = messages.iter().map(|m| self.message_bytes(m.body.len()));
        let length = length.fold(self.continuation_overhead_bytes(), u64::saturating_add);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let mut block = Vec::with_capacity(length.min(LARGEST_RESERVED));
        match self.encoding() {
            Some(version_2) => version_2.encode_continuation(messages, length, &mut block)?,
            None => PrefixV1::encode_continuation(messages, length, &mut block)?,
        }
        Ok(block)
    }

    /// The body of a message that says where a continuation block is.
    ///
    /// # Errors
    /// If a number does not fit its width.
    pub fn encode_continuation_message(address: Address, length: u64, sizes: Sizes) -> Result<Vec<u8>> {
        let mut body = Vec::with_capacity(Self::continuation_bytes(sizes));
        let mut writer = Writer::new(&mut body, "Object Header Continuation Message", "IV.A.2.q");
        writer.address("offset", address, sizes)?;
        writer.length("length", length, sizes)?;
        Ok(body)
    }

    /// What version 2 is encoded with; `None` in version 1. A header keeps the width that its size field was made with.
    fn encoding(&self) -> Option<PrefixV2> {
        if self.version == 1 {
            return None;
        }
        let mut encoding = PrefixV2 {
            times: self.times,
            attribute_phase_change: self.attribute_phase_change,
            attribute_creation_order_tracked: self.attribute_creation_order_tracked,
            attribute_creation_order_indexed: self.attribute_creation_order_indexed,
            size_width: 0,
        };
        let around = encoding.overhead_bytes().saturating_sub(CHECKSUM_BYTES);
        encoding.size_width = u8::try_from(self.prefix_bytes.saturating_sub(around)).unwrap_or(0);
        Some(encoding)
    }
}

/// Bytes of the checksum that ends a block of version 2.
const CHECKSUM_BYTES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{MessageFlags, MessageType};

    fn message(kind: MessageType, body: &[u8]) -> RawMessage<'_> {
        RawMessage { kind, flags: MessageFlags(0), creation_index: None, body }
    }

    #[test]
    fn blocks_of_both_versions_decode_to_what_they_were_made_of() {
        let messages =
            [message(MessageType::Comment, b"hello\0\0\0"), message(MessageType::GroupInfo, b"\0\0")];
        for room in [28, 40, 41, 300, 70_000, 200_000] {
            for prefix in [Prefix::version_1(room & !7), Prefix::version_2(room, None, false)] {
                if prefix.version == 1 && room < 40 {
                    assert!(prefix.encode_block(&messages, 0).is_err());
                    continue;
                }
                let block = prefix.encode_block(&messages, 0).unwrap();
                let decoded = Prefix::decode(&block).unwrap();
                assert_eq!(decoded.encoding(), prefix.encoding());
                assert_eq!(block.len() as u64, decoded.block_bytes());
                let found: Vec<_> = decoded.messages(&block).unwrap().map(Result::unwrap).collect();
                let found = found.iter().filter(|m| m.kind != MessageType::Nil).map(|m| m.in_block(&block));
                let bodies: Vec<_> = found.map(|m| m.body[..2].to_vec()).collect();
                assert_eq!(bodies, [b"he".to_vec(), b"\0\0".to_vec()], "{room}");
            }
        }
    }
}
