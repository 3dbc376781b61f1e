use std::ops::Range;

use crate::message::{MessageFlags, MessageType, RawMessage};
use crate::{Reader, Result};

/// Cuts a block of an object header into messages.
#[derive(Debug, Clone)]
pub struct Messages<'a> {
    reader: Reader<'a>,
    version: u8,
    creation_order_tracked: bool,
}

/// One message of a block, and where its body is in the block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageEntry {
    /// What it is.
    pub kind: MessageType,
    /// *Header Message Flags*.
    pub flags: MessageFlags,
    /// Creation order, in headers that track it.
    pub creation_index: Option<u16>,
    /// The body's place in the block.
    pub body: Range<usize>,
}

impl MessageEntry {
    /// The message, in the block that it was cut from.
    pub fn in_block<'a>(&self, block: &'a [u8]) -> RawMessage<'a> {
        let body = block.get(self.body.clone()).unwrap_or_default();
        RawMessage { kind: self.kind, flags: self.flags, creation_index: self.creation_index, body }
    }
}

/// Bytes of what stands before a message's body.
pub(super) fn prefix_bytes(version: u8, creation_order_tracked: bool) -> usize {
    match (version, creation_order_tracked) {
        (1, _) => 8,
        (_, false) => 4,
        (_, true) => 6,
    }
}

impl<'a> Messages<'a> {
    /// `block` without its checksum; messages begin where `reader` stands.
    pub(super) fn new(reader: Reader<'a>, version: u8, creation_order_tracked: bool) -> Self {
        Self { reader, version, creation_order_tracked }
    }

    fn next_v1(&mut self) -> Result<MessageEntry> {
        let kind = MessageType::from(self.reader.u16()?);
        let size = usize::from(self.reader.u16()?);
        let flags = MessageFlags(self.reader.u8()?);
        self.reader.skip(3)?;
        Ok(MessageEntry { kind, flags, creation_index: None, body: self.body(size)? })
    }

    fn next_v2(&mut self) -> Result<MessageEntry> {
        let kind = MessageType::from(u16::from(self.reader.u8()?));
        let size = usize::from(self.reader.u16()?);
        let flags = MessageFlags(self.reader.u8()?);
        let creation_index = if self.creation_order_tracked { Some(self.reader.u16()?) } else { None };
        Ok(MessageEntry { kind, flags, creation_index, body: self.body(size)? })
    }

    fn body(&mut self, size: usize) -> Result<Range<usize>> {
        let start = self.reader.position();
        self.reader.skip(size)?;
        Ok(start..self.reader.position())
    }
}

impl Iterator for Messages<'_> {
    type Item = Result<MessageEntry>;

    /// The next message. What is too short for one is a gap, and ends the block; a failure ends it too.
    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.remaining() < prefix_bytes(self.version, self.creation_order_tracked) {
            return None;
        }
        let entry = if self.version == 1 { self.next_v1() } else { self.next_v2() };
        if entry.is_err() {
            self.reader = Reader::new(&[], "Object Header", "IV.A.1");
        }
        Some(entry)
    }
}
