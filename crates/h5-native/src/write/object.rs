//! What objects of all kinds have: the time of their last change, and a comment.

use std::time::{SystemTime, UNIX_EPOCH};

use h5_format::message::{Comment, MessageType, ModificationTime};
use h5_types::{Address, Error, Name, Result};

use super::header::EditedHeader;
use super::session::Session;

/// Longest body of a message, padded to eight bytes.
const LONGEST_COMMENT: usize = 65_528;

/// Sets an object's comment, or removes it; an empty one is none, as in the C library.
///
/// # Errors
/// See `h5_backend::Node::set_comment`.
pub(crate) fn set_comment(session: &mut Session, object: Address, comment: Option<&Name>) -> Result<()> {
    let Some(comment) = comment.filter(|comment| !comment.as_bytes().is_empty()) else {
        if session.peek_header(object)?.find(MessageType::Comment).is_some() {
            let header = session.header(object)?;
            header.remove_all(MessageType::Comment);
            changed_now(header);
        }
        return Ok(());
    };
    let mut body = Vec::new();
    Comment { text: comment.as_bytes() }
        .encode(&mut body)
        .map_err(|e| Error::usage("a comment with a NUL in it").with_source(e))?;
    if body.len() > LONGEST_COMMENT {
        return Err(Error::unsupported("a comment of more than 65,527 bytes"));
    }
    let header = session.header(object)?;
    header.set(MessageType::Comment, body);
    changed_now(header);
    Ok(())
}

/// Says that an object was changed now, where it keeps the time of that.
pub(super) fn changed_now(header: &mut EditedHeader) {
    if let Some(times) = &mut header.prefix.times {
        if let Some(now) = now() {
            times.change = now;
        }
        return;
    }
    let is_kept = |kind| matches!(kind, MessageType::ModificationTime | MessageType::ModificationTimeOld);
    let Some(message) = header.messages.iter_mut().find(|message| is_kept(message.kind)) else { return };
    let Some(now) = now() else { return };
    let time = ModificationTime { seconds_after_unix_epoch: i64::from(now) };
    let mut body = Vec::new();
    let encoded = match message.kind {
        MessageType::ModificationTimeOld => time.encode_old(&mut body),
        _ => time.encode(&mut body),
    };
    // A time always encodes; if it did not, the old one would stay.
    if encoded.is_ok() {
        message.body = body.into();
    }
}

/// Seconds since 1970, where there is a clock.
pub(crate) fn now() -> Option<u32> {
    if cfg!(all(target_family = "wasm", target_os = "unknown")) {
        return None;
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    u32::try_from(since.as_secs()).ok()
}
