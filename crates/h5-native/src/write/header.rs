//! Object headers while they are changed: a list of messages, laid out in blocks when somebody has to see them.

use std::ops::Deref;

use h5_format::message::{MessageFlags, MessageType, RawMessage, ReferenceCount};
use h5_format::object_header::Prefix;
use h5_types::{Address, Error, Result};

use super::session::Session;
use super::space::SpaceKind;
use crate::object::ObjectHeader;

/// One message of a header that is being changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeaderMessage {
    pub(crate) kind: MessageType,
    pub(crate) flags: MessageFlags,
    pub(crate) creation_index: Option<u16>,
    pub(crate) body: Body,
}

/// The bytes of a message. There are many, and most are short.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Body {
    Short(u8, [u8; Self::SHORT]),
    Long(Box<[u8]>),
}

impl Body {
    /// What fits where a long one has its place and length.
    const SHORT: usize = 30;
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Self {
        let mut short = [0; Self::SHORT];
        match (short.get_mut(..bytes.len()), u8::try_from(bytes.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(bytes);
                Self::Short(length, short)
            }
            _ => Self::Long(bytes.into()),
        }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        bytes.as_slice().into()
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Short(length, bytes) => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

/// An object header that is being changed. Its first block stays where it is and keeps its size, since links, references and
/// shared messages know its address; everything that does not fit there goes to one continuation block, which is replaced as a
/// whole.
#[derive(Debug)]
pub(crate) struct EditedHeader {
    pub(crate) address: Address,
    pub(crate) prefix: Prefix,
    pub(crate) messages: Vec<HeaderMessage>,
    /// Blocks that hold its messages now, besides the first.
    continuations: Vec<(Address, u64)>,
    /// Whether the blocks lack something of it.
    pub(super) is_changed: bool,
}

/// What a header says, for who does not change it: the one that is being changed, or else a stored one.
#[derive(Debug)]
pub(crate) enum HeaderView<'s> {
    Edited(&'s EditedHeader),
    Stored(EditedHeader),
}

impl Deref for HeaderView<'_> {
    type Target = EditedHeader;

    fn deref(&self) -> &EditedHeader {
        match self {
            Self::Edited(header) => header,
            Self::Stored(header) => header,
        }
    }
}

impl HeaderMessage {
    /// A message without flags.
    pub(crate) fn new(kind: MessageType, body: impl Into<Body>) -> Self {
        Self { kind, flags: MessageFlags(0), creation_index: None, body: body.into() }
    }

    /// A message that never changes (flag bit 0), as the C library marks datatypes, layouts and fill values.
    pub(crate) fn constant(kind: MessageType, body: impl Into<Body>) -> Self {
        Self { flags: MessageFlags(1), ..Self::new(kind, body) }
    }

    /// The message as it lies in a header.
    pub(crate) fn raw(&self) -> RawMessage<'_> {
        RawMessage {
            kind: self.kind,
            flags: self.flags,
            creation_index: self.creation_index,
            body: &self.body,
        }
    }
}

impl EditedHeader {
    /// A header that is not in the file yet.
    pub(super) fn new(address: Address, prefix: Prefix, messages: Vec<HeaderMessage>) -> Self {
        Self { address, prefix, messages, continuations: Vec::new(), is_changed: true }
    }

    /// Takes over a header of the file, to be looked at.
    pub(super) fn view(header: &ObjectHeader) -> Self {
        let message = |message: RawMessage<'_>| HeaderMessage {
            kind: message.kind,
            flags: message.flags,
            creation_index: message.creation_index,
            body: message.body.into(),
        };
        Self {
            address: header.address(),
            prefix: header.prefix().clone(),
            messages: header.messages().map(message).collect(),
            continuations: header.continuations().map(|c| (c.offset, c.length)).collect(),
            is_changed: false,
        }
    }

    /// Takes over a header of the file, to be changed.
    ///
    /// # Errors
    /// `Unsupported` if a message of an unknown type says that the object must not be changed then.
    pub(super) fn from_stored(header: &ObjectHeader) -> Result<Self> {
        let mut edited = Self::view(header);
        for message in &mut edited.messages {
            let MessageType::Unknown(number) = message.kind else { continue };
            if message.flags.fails_if_unknown_and_writing() {
                let text =
                    format!("message type {number:#x} is unknown and forbids to change the object then");
                return Err(header_error(Error::unsupported(text), header.address()));
            }
            if message.flags.marks_if_unknown() {
                message.flags = MessageFlags(message.flags.0 | 0x20);
            }
        }
        Ok(edited)
    }

    /// The first message of a type.
    pub(crate) fn find(&self, kind: MessageType) -> Option<&HeaderMessage> {
        self.messages.iter().find(|message| message.kind == kind)
    }

    /// All messages of a type.
    pub(crate) fn find_all(&self, kind: MessageType) -> impl Iterator<Item = &HeaderMessage> {
        self.messages.iter().filter(move |message| message.kind == kind)
    }

    /// Gives the first message of a type another body, or adds a message.
    pub(crate) fn set(&mut self, kind: MessageType, body: impl Into<Body>) {
        match self.messages.iter_mut().find(|message| message.kind == kind) {
            Some(message) => message.body = body.into(),
            None => self.messages.push(HeaderMessage::new(kind, body)),
        }
    }

    /// Removes all messages of a type.
    pub(crate) fn remove_all(&mut self, kind: MessageType) {
        self.messages.retain(|message| message.kind != kind);
    }

    /// Hard links to the object.
    ///
    /// # Errors
    /// `Format` if the message that says it is damaged.
    pub(crate) fn reference_count(&self) -> Result<u32> {
        if let Some(count) = self.prefix.reference_count {
            return Ok(count);
        }
        let Some(message) = self.find(MessageType::ReferenceCount) else { return Ok(1) };
        let count = ReferenceCount::decode(&message.body);
        Ok(count.map_err(|e| header_error(e.into(), self.address))?.reference_count)
    }

    /// Says how many hard links the object has; version 2 has a message for it unless it is one (IV.A.2.w).
    pub(crate) fn set_reference_count(&mut self, count: u32) {
        if self.prefix.version == 1 {
            self.prefix.reference_count = Some(count);
        } else if count == 1 {
            self.remove_all(MessageType::ReferenceCount);
        } else {
            let mut body = vec![0];
            body.extend(count.to_le_bytes());
            self.set(MessageType::ReferenceCount, body);
        }
    }

    /// Blocks that hold its messages now, besides the first.
    pub(crate) fn continuations(&self) -> &[(Address, u64)] {
        &self.continuations
    }

    /// Lays the messages out in the first block and, if need be, a continuation block; for all who read from now on.
    ///
    /// # Errors
    /// `Limit` if the file is full; `Unsupported` if a message is too long for a header, or the first block too small to lead on.
    pub(super) fn settle(&mut self, session: &mut Session) -> Result<()> {
        let (first, rest) = self.split(session)?;
        let (head, tail) = self.messages.split_at(first.min(self.messages.len()));
        // One more may lead on.
        let mut raw = Vec::with_capacity(head.len().saturating_add(1));
        raw.extend(head.iter().map(HeaderMessage::raw));
        let mut continuation = Vec::new();
        let mut old = std::mem::take(&mut self.continuations);
        if rest == 0 || old.len() > 1 {
            old.drain(..).for_each(|(address, length)| session.free(address, length));
        }
        if rest > 0 {
            let tail: Vec<RawMessage<'_>> = tail.iter().map(HeaderMessage::raw).collect();
            let block = self.prefix.encode_continuation(&tail).map_err(|e| self.error(e))?;
            let length = u64::try_from(block.len()).unwrap_or(u64::MAX);
            let address = match old.pop() {
                Some((old, old_length)) => session.replace(old, old_length, block)?,
                None => session.put(SpaceKind::Metadata, block)?,
            };
            self.continuations.push((address, length));
            continuation = Prefix::encode_continuation_message(address, length, session.sizes())
                .map_err(|e| self.error(e))?;
        }
        if rest > 0 {
            raw.push(RawMessage {
                kind: MessageType::Continuation,
                flags: MessageFlags(0),
                creation_index: None,
                body: &continuation,
            });
        }
        let block = self.prefix.encode_block(&raw, tail.len()).map_err(|e| self.error(e))?;
        session.stage(self.address, block);
        self.is_changed = false;
        Ok(())
    }

    /// How many messages go to the first block, and the bytes of the others.
    fn split(&self, session: &Session) -> Result<(usize, u64)> {
        let bytes = |message: &HeaderMessage| self.prefix.message_bytes(message.body.len());
        let room = self.prefix.messages_bytes();
        let total = self.messages.iter().map(bytes).fold(0, u64::saturating_add);
        if total <= room {
            return Ok((self.messages.len(), 0));
        }
        let continuation = self.prefix.message_bytes(Prefix::continuation_bytes(session.sizes()));
        let room = room.checked_sub(continuation);
        let room =
            room.ok_or_else(|| self.unsupported("the header's first block has no room to lead to another"))?;
        let (mut first, mut used) = (0_usize, 0_u64);
        for message in &self.messages {
            let with = used.saturating_add(bytes(message));
            if with > room {
                break;
            }
            used = with;
            first = first.saturating_add(1);
        }
        Ok((first, total.saturating_sub(used)))
    }

    fn error(&self, error: h5_format::FormatError) -> Error {
        header_error(
            Error::unsupported("the object header cannot hold this").with_source(error),
            self.address,
        )
    }

    fn unsupported(&self, text: &'static str) -> Error {
        header_error(Error::unsupported(text), self.address)
    }
}

fn header_error(error: Error, address: Address) -> Error {
    error.in_structure("Object Header", "IV.A.1").at_address(address.0)
}
