//! Version 2 (specification IV.A.1.b).
//!
//! ```text
//! | OHDR | version 2 | flags | times (4 x 4, flag 5) | phase change (2 x 2, flag 4) | size of chunk 0 (1-8, flags 0-1)
//! | messages: type (1) size (2) flags (1) creation order (2, flag 2) body | gap | checksum (4) |
//! | OCHK | messages | gap | checksum (4) |
//! ```

use super::{AttributePhaseChange, CHECKSUM_BYTES, Messages, Prefix, Times};
use crate::{Reader, Result, verify_checksum};

const STRUCTURE: &str = "Object Header, version 2";
const SECTION: &str = "IV.A.1.b";

pub(super) const SIGNATURE: [u8; 4] = *b"OHDR";
const CONTINUATION_SIGNATURE: [u8; 4] = *b"OCHK";

pub(super) fn decode_prefix(bytes: &[u8]) -> Result<Prefix> {
    let mut reader = Reader::new(bytes, STRUCTURE, SECTION);
    reader.signature(&SIGNATURE)?;
    reader.version(2..=2, "2")?;
    let flags = reader.u8()?;
    let times = if flags & 0x20 == 0 { None } else { Some(reader.record(Times::BYTES)?) };
    let attribute_phase_change =
        if flags & 0x10 == 0 { None } else { Some(reader.record(AttributePhaseChange::BYTES)?) };
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
