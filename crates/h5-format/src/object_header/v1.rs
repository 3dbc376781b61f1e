//! Version 1 (specification IV.A.1.a).
//!
//! ```text
//! | version 1 | 0 | messages (2) | reference count (4) | header size (4) | 0 (4) | messages: type (2) size (2) flags 0 (3) body |
//! ```

use binrw::BinRead;

use super::{Messages, Prefix};
use crate::{Reader, Result};

const STRUCTURE: &str = "Object Header, version 1";
const SECTION: &str = "IV.A.1.a";

/// The prefix behind its version.
#[derive(BinRead)]
struct FixedPrefix {
    #[br(pad_before = 1)]
    number_of_messages: u16,
    reference_count: u32,
    // Filled up to a multiple of eight bytes, which messages begin at.
    #[br(pad_after = 4)]
    header_size: u32,
}

/// Bytes of [`FixedPrefix`].
const FIXED_PREFIX_BYTES: usize = 15;

pub(super) fn decode_prefix(bytes: &[u8]) -> Result<Prefix> {
    let mut reader = Reader::new(bytes, STRUCTURE, SECTION);
    reader.version(1..=1, "1, or the signature of version 2")?;
    let fixed: FixedPrefix = reader.record(FIXED_PREFIX_BYTES)?;
    Ok(Prefix {
        version: 1,
        reference_count: Some(fixed.reference_count),
        number_of_messages: Some(fixed.number_of_messages),
        times: None,
        attribute_phase_change: None,
        attribute_creation_order_tracked: false,
        attribute_creation_order_indexed: false,
        prefix_bytes: reader.position(),
        messages_bytes: u64::from(fixed.header_size),
    })
}

pub(super) fn messages(block: &[u8], start: usize) -> Messages<'_> {
    let mut reader = Reader::new(block, STRUCTURE, SECTION);
    // A block shorter than its prefix has no messages.
    let _ = reader.skip(start.min(block.len()));
    Messages::new(reader, 1, false)
}
