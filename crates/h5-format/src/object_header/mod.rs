//! Object headers (specification IV.A.1), versions 1 and 2: a prefix, then messages, in one block or several.
//!
//! Nothing here reads: [`Prefix::decode`] tells how long the first block is, [`Prefix::messages`] and
//! [`Prefix::continuation_messages`] cut blocks into messages. [`PrefixV1`] and [`PrefixV2`] write blocks of a given length; which message
//! goes into which block is for the caller to say.

mod block;
mod messages;
mod v1;
mod v2;

pub use messages::{MessageEntry, Messages};
pub use v1::PrefixV1;
pub use v2::PrefixV2;

use crate::{Reader, Result, Sizes, Writer};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttributePhaseChange {
    /// Most attributes that are kept in the object header.
    pub maximum_compact_attributes: u16,
    /// Fewest attributes that are kept densely.
    pub minimum_dense_attributes: u16,
}

impl Times {
    const BYTES: usize = 16;

    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let (access, modification) = (reader.u32()?, reader.u32()?);
        Ok(Self { access, modification, change: reader.u32()?, birth: reader.u32()? })
    }
}

impl AttributePhaseChange {
    const BYTES: usize = 4;

    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let maximum_compact_attributes = reader.u16()?;
        Ok(Self { maximum_compact_attributes, minimum_dense_attributes: reader.u16()? })
    }
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

/// A body's bytes as the 16-bit number before it.
fn body_size(writer: &Writer<'_>, bytes: Option<usize>) -> Result<u16> {
    let size = bytes.and_then(|bytes| u16::try_from(bytes).ok());
    size.ok_or_else(|| {
        writer.unencodable("size_of_header_message_data", "at most 65535 bytes, padding included")
    })
}

#[cfg(test)]
mod tests;
