//! Version 1 (specification IV.A.1.a).
//!
//! ```text
//! | version 1 | 0 | messages (2) | reference count (4) | header size (4) | 0 (4) | messages: type (2) size (2) flags 0 (3) body |
//! ```

use super::{Messages, Prefix};
use crate::{Reader, Result};

const STRUCTURE: &str = "Object Header, version 1";
const SECTION: &str = "IV.A.1.a";

pub(super) fn decode_prefix(bytes: &[u8]) -> Result<Prefix> {
    let mut reader = Reader::new(bytes, STRUCTURE, SECTION);
    reader.version(1..=1, "1, or the signature of version 2")?;
    reader.skip(1)?;
    let number_of_messages = reader.u16()?;
    let reference_count = reader.u32()?;
    let messages_bytes = u64::from(reader.u32()?);
    // Fills up to a multiple of eight bytes, which messages begin at.
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
        messages_bytes,
    })
}

pub(super) fn messages(block: &[u8], start: usize) -> Messages<'_> {
    let mut reader = Reader::new(block, STRUCTURE, SECTION);
    // A block shorter than its prefix has no messages.
    let _ = reader.skip(start.min(block.len()));
    Messages::new(reader, 1, false)
}
