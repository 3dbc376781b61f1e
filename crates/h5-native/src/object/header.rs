use h5_format::message::{Context, Continuation, MessageType, RawMessage, ReferenceCount};
use h5_format::object_header::{MessageEntry, Messages, Prefix};
use h5_types::{Address, Error, Limits, Result};

use crate::storage::{Metadata, Storage};

/// An object header with all its blocks: messages as they lie there, decoded on request. It owns its bytes.
#[derive(Debug)]
pub struct ObjectHeader {
    address: Address,
    prefix: Prefix,
    blocks: Vec<Metadata<'static>>,
    /// Each message with the number of its block.
    entries: Vec<(usize, MessageEntry)>,
    /// Where the blocks after the first are.
    continuations: Vec<Continuation>,
}

/// A block that is still to be read. The length makes two overlapping ones differ; both count against the budget.
type Pending = Continuation;

impl ObjectHeader {
    /// Loads the object header at an address, continuation blocks included.
    ///
    /// # Errors
    /// `Format` if a block is damaged or continues into itself, `Unsupported` if the header has a message of an unknown type that
    /// says that the object must not be used then, `Limit`, `Io`.
    pub fn load(storage: &Storage, address: Address) -> Result<Self> {
        let at = |error: h5_format::FormatError| Error::from(error).at_address(address.0);
        let start = storage.metadata_up_to(address, Prefix::MAXIMUM_BYTES)?;
        let prefix = Prefix::decode(&start).map_err(at)?;
        let block = storage.metadata(address, prefix.block_bytes())?;
        let context = Context { sizes: storage.sizes(), limits: storage.limits() };
        let (blocks, entries, continuations) = Default::default();
        let mut header = Self { address, prefix, blocks, entries, continuations };
        let mut pending = Vec::new();
        let messages = header.prefix.messages(&block).map_err(at)?;
        let mut entries = Vec::new();
        header
            .collect(context, messages, &block, 0, &mut entries, &mut pending)
            .map_err(|e| e.at_address(address.0))?;
        header.entries = entries;
        header.blocks.push(block.into_owned());
        if !pending.is_empty() {
            header.follow(storage, pending)?;
        }
        Ok(header)
    }

    /// Reads continuation blocks until there are no more, in the order of the messages that name them.
    fn follow(&mut self, storage: &Storage, mut pending: Vec<Pending>) -> Result<()> {
        let context = Context { sizes: storage.sizes(), limits: storage.limits() };
        let mut seen = Vec::new();
        let mut budget = Budget::new(storage);
        let mut next = 0_usize;
        while let Some(&continuation) = pending.get(next) {
            next = next.saturating_add(1);
            let Continuation { offset, length } = continuation;
            let fail = |e: Error| e.at_address(offset.0).in_structure("Object Header", "IV.A.1");
            if offset == self.address || seen.contains(&offset) {
                return Err(fail(Error::format("the continuation block was met before")));
            }
            seen.push(offset);
            self.continuations.push(continuation);
            budget.spend(length).map_err(fail)?;
            let block = storage.metadata(offset, length)?;
            let number = self.blocks.len();
            let mut entries = std::mem::take(&mut self.entries);
            let messages = self.prefix.continuation_messages(&block).map_err(|e| fail(e.into()))?;
            let outcome = self.collect(context, messages, &block, number, &mut entries, &mut pending);
            self.entries = entries;
            outcome.map_err(fail)?;
            self.blocks.push(block.into_owned());
        }
        Ok(())
    }

    /// Sorts the messages of one block: continuations apart, the others into the list.
    fn collect(
        &self,
        context: Context<'_>,
        messages: Messages<'_>,
        block: &[u8],
        number: usize,
        entries: &mut Vec<(usize, MessageEntry)>,
        pending: &mut Vec<Pending>,
    ) -> Result<()> {
        for entry in messages {
            let entry = entry?;
            match entry.kind {
                MessageType::Nil => {}
                MessageType::Continuation => {
                    pending.push(Continuation::decode(entry.in_block(block).body, context)?);
                }
                MessageType::Unknown(number) if entry.flags.fails_if_unknown() => {
                    let message = format!("message type {number:#x} is unknown and says not to go on then");
                    return Err(Error::unsupported(message).in_structure("Object Header", "IV.A.1"));
                }
                MessageType::ReferenceCount if self.prefix.version == 1 => {
                    let message = "version 1 keeps the reference count in its prefix, not in a message";
                    return Err(Error::format(message).in_structure("Object Header", "IV.A.1"));
                }
                _ => entries.push((number, entry)),
            }
        }
        Ok(())
    }

    /// Where the header is.
    pub fn address(&self) -> Address {
        self.address
    }

    /// What the header begins with.
    pub fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// Where the blocks after the first are.
    pub fn continuations(&self) -> impl Iterator<Item = Continuation> {
        self.continuations.iter().copied()
    }

    /// All messages but nil and continuation, in stored order.
    pub fn messages(&self) -> impl Iterator<Item = RawMessage<'_>> {
        self.entries.iter().map(|(block, entry)| self.raw(*block, entry))
    }

    /// The first message of a type.
    pub fn find(&self, kind: MessageType) -> Option<RawMessage<'_>> {
        self.entries
            .iter()
            .find(|(_, entry)| entry.kind == kind)
            .map(|(block, entry)| self.raw(*block, entry))
    }

    /// All messages of a type, in stored order.
    pub fn find_all(&self, kind: MessageType) -> impl Iterator<Item = RawMessage<'_>> {
        self.entries
            .iter()
            .filter(move |(_, entry)| entry.kind == kind)
            .map(|(block, entry)| self.raw(*block, entry))
    }

    /// Whether there is a message of a type.
    pub fn has(&self, kind: MessageType) -> bool {
        self.entries.iter().any(|(_, entry)| entry.kind == kind)
    }

    /// Number of hard links to the object: of the prefix in version 1, of a message in version 2 (1 without one).
    ///
    /// # Errors
    /// `Format` if that message is damaged.
    pub fn reference_count(&self) -> Result<u32> {
        if let Some(count) = self.prefix.reference_count {
            return Ok(count);
        }
        let Some(message) = self.find(MessageType::ReferenceCount) else { return Ok(1) };
        let count = ReferenceCount::decode(message.body).map_err(|e| self.error(e))?;
        Ok(count.reference_count)
    }

    /// A message's failure, with this header's address.
    pub fn error(&self, error: h5_format::FormatError) -> Error {
        Error::from(error).at_address(self.address.0)
    }

    fn raw<'b>(&'b self, block: usize, entry: &MessageEntry) -> RawMessage<'b> {
        let block: &[u8] = self.blocks.get(block).map(|b| &**b).unwrap_or_default();
        entry.in_block(block)
    }
}

/// What the continuation blocks of one header may come to: not more bytes than the file has, not more blocks than the limit.
struct Budget<'a> {
    bytes: u64,
    blocks: u64,
    limits: &'a Limits,
}

impl<'a> Budget<'a> {
    fn new(storage: &'a Storage) -> Self {
        let limits = storage.limits();
        Self { bytes: storage.length(), blocks: limits.structure_blocks, limits }
    }

    fn spend(&mut self, length: u64) -> Result<()> {
        let blocks = self.blocks.checked_sub(1).ok_or_else(|| {
            Error::limit(format!("more than {} continuation blocks", self.limits.structure_blocks))
        })?;
        let bytes = self
            .bytes
            .checked_sub(length)
            .ok_or_else(|| Error::format("the continuation blocks exceed the file"))?;
        (self.blocks, self.bytes) = (blocks, bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use h5_format::Sizes;

    use super::*;
    use crate::vfd::MemoryVfd;

    /// A version 1 header at 0 whose only message continues at `place` for 16 bytes, and there again a continuation to `next`.
    fn storage(place: u8, next: u8) -> Storage {
        let mut bytes = vec![1, 0, 1, 0, 1, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0];
        let continuation = |to: u8| vec![0x10, 0, 8, 0, 0, 0, 0, 0, to, 0, 0, 0, 16, 0, 0, 0];
        bytes.extend(continuation(place));
        bytes.extend(continuation(next));
        bytes.extend([0x0d, 0, 8, 0, 0, 0, 0, 0, b'h', b'i', 0, 0, 0, 0, 0, 0]);
        let sizes = Sizes { offsets: 4, lengths: 4 };
        Storage::new(Arc::new(MemoryVfd::new(bytes)), 0, sizes, Limits::default()).unwrap()
    }

    #[test]
    fn continuation_blocks_are_followed() {
        let storage = storage(32, 48);
        let header = ObjectHeader::load(&storage, Address(0)).unwrap();
        assert_eq!(header.find(MessageType::Comment).unwrap().body, b"hi\0\0\0\0\0\0");
        assert_eq!(header.messages().count(), 1);
    }

    #[test]
    fn a_cycle_of_continuation_blocks_is_an_error() {
        for (place, next) in [(32, 32), (0, 48)] {
            let storage = storage(place, next);
            let error = ObjectHeader::load(&storage, Address(0)).unwrap_err();
            assert_eq!(error.kind(), h5_types::ErrorKind::Format, "{error}");
        }
    }

    #[test]
    fn a_continuation_past_the_end_is_an_error() {
        assert!(ObjectHeader::load(&storage(200, 48), Address(0)).is_err());
    }
}
