//! Every object header message from any bytes: decoded or refused.
//!
//! Input: header message type, flags, widths of offsets (bits 0-1) and lengths (bits 2-3) as powers of two, the body.
#![no_main]

use h5_format::Sizes;
use h5_format::message::{Context, MessageFlags, MessageType, RawMessage};
use h5_types::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let [kind, flags, widths, body @ ..] = input else { return };
    let sizes = Sizes { offsets: width(*widths), lengths: width(*widths >> 2) };
    let limits = Limits::default();
    let message = RawMessage {
        kind: MessageType::from(u16::from(*kind)),
        flags: MessageFlags(*flags),
        creation_index: None,
        body,
    };
    // Two runs agree: nothing in a decoder may depend on anything but the bytes.
    let context = Context { sizes, limits: &limits };
    assert_eq!(message.decode(context), message.decode(context));
});

/// 2, 4, 8 or 16 bytes; the superblock's decoder admits no other width.
fn width(bits: u8) -> u8 {
    2 << (bits & 3)
}
