//! Version 2 (specification IV.A.1.b).
//!
//! ```text
//! | OHDR | version 2 | flags | times (4 x 4, flag 5) | phase change (2 x 2, flag 4) | size of chunk 0 (1-8, flags 0-1)
//! | messages: type (1) size (2) flags (1) creation order (2, flag 2) body | gap | checksum (4) |
//! | OCHK | messages | gap | checksum (4) |
//! ```

use super::{AttributePhaseChange, CHECKSUM_BYTES, Messages, Prefix, Times, body_size, messages};
use crate::message::{MessageFlags, MessageType, RawMessage};
use crate::{Reader, Result, Writer, verify_checksum};

const STRUCTURE: &str = "Object Header, version 2";
const SECTION: &str = "IV.A.1.b";

pub(super) const SIGNATURE: [u8; 4] = *b"OHDR";
const CONTINUATION_SIGNATURE: [u8; 4] = *b"OCHK";

pub(super) fn decode_prefix(bytes: &[u8]) -> Result<Prefix> {
    let mut reader = Reader::new(bytes, STRUCTURE, SECTION);
    reader.signature(&SIGNATURE)?;
    reader.version(2..=2, "2")?;
    let flags = reader.u8()?;
    let times = if flags & 0x20 == 0 { None } else { Some(Times::decode(&mut reader)?) };
    let attribute_phase_change =
        if flags & 0x10 == 0 { None } else { Some(AttributePhaseChange::decode(&mut reader)?) };
    let messages_bytes = reader.uint(1 << (flags & 3))?;
    Ok(Prefix {
        version: 2,
        reference_count: None,
        number_of_messages: None,
        times,
        attribute_phase_change,
        attribute_creation_order_tracked: flags & 0x04 != 0,
        attribute_creation_order_indexed: flags & 0x08 != 0,
        prefix_bytes: reader.position(),
        messages_bytes,
    })
}

pub(super) fn messages(block: &[u8], start: usize, creation_order_tracked: bool) -> Result<Messages<'_>> {
    verify_checksum(block, STRUCTURE, SECTION)?;
    let mut reader = without_checksum(block, STRUCTURE);
    reader.skip(start)?;
    Ok(Messages::new(reader, 2, creation_order_tracked))
}

pub(super) fn continuation_messages(block: &[u8], creation_order_tracked: bool) -> Result<Messages<'_>> {
    const STRUCTURE: &str = "Object Header Continuation Block";
    let mut reader = without_checksum(block, STRUCTURE);
    reader.signature(&CONTINUATION_SIGNATURE)?;
    verify_checksum(block, STRUCTURE, SECTION)?;
    Ok(Messages::new(reader, 2, creation_order_tracked))
}

fn without_checksum<'a>(block: &'a [u8], structure: &'static str) -> Reader<'a> {
    let checksum = usize::try_from(CHECKSUM_BYTES).unwrap_or(0);
    let covered = block.get(..block.len().saturating_sub(checksum)).unwrap_or_default();
    Reader::new(covered, structure, SECTION)
}

/// What a version 2 header to be written begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrefixV2 {
    /// Times, if they are kept.
    pub times: Option<Times>,
    /// When attributes change between compact and dense storage, if not at 8 and 6.
    pub attribute_phase_change: Option<AttributePhaseChange>,
    /// Whether the creation order of attributes is tracked; messages are then two bytes longer.
    pub attribute_creation_order_tracked: bool,
    /// Whether it is indexed.
    pub attribute_creation_order_indexed: bool,
    /// Bytes of the number that says how long the first block is: 1, 2, 4 or 8.
    pub size_width: u8,
}

impl PrefixV2 {
    /// Bytes of a continuation block's signature and checksum.
    pub const CONTINUATION_OVERHEAD_BYTES: usize = 8;

    /// Narrowest [`PrefixV2::size_width`] for a first block with so many bytes of messages.
    pub fn size_width_for(messages_bytes: u64) -> u8 {
        match messages_bytes {
            0..=0xff => 1,
            0x100..=0xffff => 2,
            0x1_0000..=0xffff_ffff => 4,
            _ => 8,
        }
    }

    /// Bytes of the first block beside its messages: prefix and checksum.
    pub fn overhead_bytes(&self) -> usize {
        let times = if self.times.is_some() { Times::BYTES } else { 0 };
        let phase_change =
            if self.attribute_phase_change.is_some() { AttributePhaseChange::BYTES } else { 0 };
        // Signature, version, flags; checksum.
        usize::from(self.size_width).saturating_add(times).saturating_add(phase_change).saturating_add(10)
    }

    /// Bytes that a message with a body of so many bytes takes in a block.
    pub fn message_bytes(&self, body: usize) -> usize {
        body.saturating_add(messages::prefix_bytes(2, self.attribute_creation_order_tracked))
    }

    /// Appends the first block, of exactly `block_bytes` bytes with prefix and checksum.
    ///
    /// # Errors
    /// If the messages need more bytes, their size does not fit in `size_width` or that width does not exist, a body is longer than
    /// 65,535 bytes, a type is over 255, or a message has a creation index and none is tracked.
    pub fn encode_block(
        &self,
        messages: &[RawMessage<'_>],
        block_bytes: usize,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let mut writer = Writer::new(out, STRUCTURE, SECTION);
        let width_code = match self.size_width {
            1 => 0,
            2 => 1,
            4 => 2,
            8 => 3,
            _ => return Err(writer.unencodable("size_width", "1, 2, 4 or 8")),
        };
        let Some(messages_bytes) = block_bytes.checked_sub(self.overhead_bytes()) else {
            return Err(writer.unencodable("block size", "room for prefix and checksum"));
        };
        writer.put(&SIGNATURE);
        writer.u8(2);
        writer.u8(width_code
            | u8::from(self.attribute_creation_order_tracked) << 2
            | u8::from(self.attribute_creation_order_indexed) << 3
            | u8::from(self.attribute_phase_change.is_some()) << 4
            | u8::from(self.times.is_some()) << 5);
        if let Some(times) = self.times {
            [times.access, times.modification, times.change, times.birth].iter().for_each(|&t| writer.u32(t));
        }
        if let Some(change) = self.attribute_phase_change {
            writer.u16(change.maximum_compact_attributes);
            writer.u16(change.minimum_dense_attributes);
        }
        writer.count("size_of_chunk_0", messages_bytes, usize::from(self.size_width))?;
        self.encode_messages(&mut writer, messages, block_bytes)
    }

    /// Appends a continuation block of exactly `block_bytes` bytes, with signature and checksum.
    ///
    /// # Errors
    /// Those of [`PrefixV2::encode_block`].
    pub fn encode_continuation(
        &self,
        messages: &[RawMessage<'_>],
        block_bytes: usize,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let mut writer = Writer::new(out, "Object Header Continuation Block", SECTION);
        writer.put(&CONTINUATION_SIGNATURE);
        self.encode_messages(&mut writer, messages, block_bytes)
    }

    /// The messages; up to the checksum a message of type NIL, or a gap where there is no room for one; the checksum.
    fn encode_messages(
        &self,
        writer: &mut Writer<'_>,
        messages: &[RawMessage<'_>],
        block_bytes: usize,
    ) -> Result<()> {
        for message in messages {
            if message.creation_index.is_some() && !self.attribute_creation_order_tracked {
                return Err(writer.unencodable("creation_index", "none where it is not tracked"));
            }
            let index = message.creation_index.unwrap_or(0);
            self.encode_message_prefix(writer, message.kind, message.flags, index, message.body.len())?;
            writer.put(message.body);
        }
        let checksum = usize::try_from(CHECKSUM_BYTES).unwrap_or(usize::MAX);
        let room = block_bytes.checked_sub(writer.position()).and_then(|room| room.checked_sub(checksum));
        let mut room = room.ok_or_else(|| writer.unencodable("block size", "room for all messages"))?;
        while let Some(rest) = room.checked_sub(self.message_bytes(0)) {
            let body = rest.min(usize::from(u16::MAX));
            self.encode_message_prefix(writer, MessageType::Nil, MessageFlags::default(), 0, body)?;
            writer.zeros(body);
            room = rest.saturating_sub(body);
        }
        writer.zeros(room);
        writer.checksum();
        Ok(())
    }

    fn encode_message_prefix(
        &self,
        writer: &mut Writer<'_>,
        kind: MessageType,
        flags: MessageFlags,
        creation_index: u16,
        body: usize,
    ) -> Result<()> {
        writer.uint("header_message_type", kind.number().into(), 1)?;
        writer.u16(body_size(writer, Some(body))?);
        writer.u8(flags.0);
        if self.attribute_creation_order_tracked {
            writer.u16(creation_index);
        }
        Ok(())
    }
}
