//! Version 1 (specification IV.A.1.a).
//!
//! ```text
//! | version 1 | 0 | messages (2) | reference count (4) | header size (4) | 0 (4) | messages: type (2) size (2) flags 0 (3) body |
//! ```

use super::{Messages, Prefix, body_size};
use crate::message::{MessageFlags, MessageType, RawMessage};
use crate::{Reader, Result, Writer};

const STRUCTURE: &str = "Object Header, version 1";
const SECTION: &str = "IV.A.1.a";

pub(super) fn decode_prefix(bytes: &[u8]) -> Result<Prefix> {
    let mut reader = Reader::new(bytes, STRUCTURE, SECTION);
    reader.version(1..=1, "1, or the signature of version 2")?;
    reader.skip(1)?;
    let number_of_messages = reader.u16()?;
    let reference_count = reader.u32()?;
    let header_size = reader.u32()?;
    // Filled up to a multiple of eight bytes, which messages begin at.
    reader.skip(4)?;
    Ok(Prefix {
        version: 1,
        reference_count: Some(reference_count),
        number_of_messages: Some(number_of_messages),
        times: None,
        attribute_phase_change: None,
        attribute_creation_order_tracked: false,
        attribute_creation_order_indexed: false,
        prefix_bytes: reader.position(),
        messages_bytes: u64::from(header_size),
    })
}

pub(super) fn messages(block: &[u8], start: usize) -> Messages<'_> {
    let mut reader = Reader::new(block, STRUCTURE, SECTION);
    // A block shorter than its prefix has no messages.
    let _ = reader.skip(start.min(block.len()));
    Messages::new(reader, 1, false)
}

/// What a version 1 header to be written begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrefixV1 {
    /// Hard links to the object.
    pub reference_count: u32,
    /// Messages in all blocks, those of type NIL and continuations included; [`PrefixV1::stored_messages`] counts a block's.
    pub number_of_messages: u16,
}

impl PrefixV1 {
    /// Bytes of the prefix, filled up to a multiple of eight.
    pub const BYTES: usize = 16;

    /// Bytes that a message with a body of so many bytes takes in a block.
    pub fn message_bytes(body: usize) -> usize {
        body.checked_next_multiple_of(8).unwrap_or(usize::MAX).saturating_add(MESSAGE_PREFIX_BYTES)
    }

    /// Messages that a block has when these fill it: they, and the NIL messages that fill the rest of its `messages_bytes` bytes
    /// (without the prefix, in the first block).
    pub fn stored_messages(messages: &[RawMessage<'_>], messages_bytes: usize) -> usize {
        let taken =
            messages.iter().fold(0_usize, |sum, m| sum.saturating_add(Self::message_bytes(m.body.len())));
        let fillers = messages_bytes.saturating_sub(taken).div_ceil(MAXIMUM_MESSAGE_BYTES);
        messages.len().saturating_add(fillers)
    }

    /// Appends the first block, of exactly `block_bytes` bytes with the prefix.
    ///
    /// # Errors
    /// If `block_bytes` is no multiple of eight or the messages need more, a body is longer than 65,528 bytes, or a message has a
    /// creation index.
    pub fn encode_block(
        &self,
        messages: &[RawMessage<'_>],
        block_bytes: usize,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let mut writer = Writer::new(out, STRUCTURE, SECTION);
        writer.put(&[1, 0]);
        writer.u16(self.number_of_messages);
        writer.u32(self.reference_count);
        let Some(header_size) = block_bytes.checked_sub(Self::BYTES) else {
            return Err(writer.unencodable("header_size", "room for the prefix"));
        };
        writer.count("header_size", header_size, 4)?;
        writer.zeros(4);
        encode_messages(&mut writer, messages, block_bytes)
    }

    /// Appends a continuation block of exactly `block_bytes` bytes.
    ///
    /// # Errors
    /// Those of [`PrefixV1::encode_block`].
    pub fn encode_continuation(
        messages: &[RawMessage<'_>],
        block_bytes: usize,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        encode_messages(&mut Writer::new(out, STRUCTURE, SECTION), messages, block_bytes)
    }
}

/// Bytes of what stands before a body.
const MESSAGE_PREFIX_BYTES: usize = 8;
/// Longest body: the largest multiple of eight in 16 bits.
const MAXIMUM_BODY_BYTES: usize = 0xfff8;
const MAXIMUM_MESSAGE_BYTES: usize = MAXIMUM_BODY_BYTES + MESSAGE_PREFIX_BYTES;

/// The messages, then messages of type NIL up to the block's end.
fn encode_messages(writer: &mut Writer<'_>, messages: &[RawMessage<'_>], block_bytes: usize) -> Result<()> {
    if !block_bytes.is_multiple_of(8) {
        return Err(writer.unencodable("block size", "a multiple of eight bytes"));
    }
    for message in messages {
        if message.creation_index.is_some() {
            return Err(writer.unencodable("creation_index", "none in version 1"));
        }
        encode_prefix(writer, message.kind, message.flags, message.body.len())?;
        writer.put(message.body);
        writer.pad_to_8();
    }
    let room = block_bytes.checked_sub(writer.position());
    let mut room = room.ok_or_else(|| writer.unencodable("block size", "room for all messages"))?;
    // Messages take multiples of eight bytes, so that what is left has room for at least a message's prefix.
    while let Some(rest) = room.checked_sub(MESSAGE_PREFIX_BYTES) {
        let body = rest.min(MAXIMUM_BODY_BYTES);
        encode_prefix(writer, MessageType::Nil, MessageFlags::default(), body)?;
        writer.zeros(body);
        room = rest.saturating_sub(body);
    }
    Ok(())
}

fn encode_prefix(writer: &mut Writer<'_>, kind: MessageType, flags: MessageFlags, body: usize) -> Result<()> {
    writer.u16(kind.number());
    writer.u16(body_size(writer, body.checked_next_multiple_of(8))?);
    writer.u8(flags.0);
    writer.zeros(3);
    Ok(())
}
