//! Pickled strings, as PyMoDAQ keeps lines of log.
//!
//! A pickle is a program for a small machine. Of its instructions only those that make one string are
//! followed; every other one is refused, so that reading runs nothing.

use crate::error::{Error, Result};

const PROTO: u8 = 0x80;
const FRAME: u8 = 0x95;
const SHORT_BINUNICODE: u8 = 0x8c;
const BINUNICODE: u8 = 0x58;
const BINUNICODE8: u8 = 0x8d;
const UNICODE: u8 = 0x56;
const MEMOIZE: u8 = 0x94;
const PUT: u8 = 0x70;
const BINPUT: u8 = 0x71;
const LONG_BINPUT: u8 = 0x72;
const STOP: u8 = 0x2e;

/// Reads a pickled string of any protocol.
///
/// # Errors
///
/// `Parse`, if the bytes end early, go on after the end, or hold anything but one string.
pub fn loads(bytes: &[u8]) -> Result<String> {
    let mut reader = Reader { rest: bytes };
    let mut found: Option<String> = None;
    loop {
        let text = match reader.byte()? {
            PROTO => reader.take(1).map(|_| None)?,
            FRAME => reader.take(8).map(|_| None)?,
            MEMOIZE => None,
            PUT => reader.line().map(|_| None)?,
            BINPUT => reader.take(1).map(|_| None)?,
            LONG_BINPUT => reader.take(4).map(|_| None)?,
            SHORT_BINUNICODE => Some(reader.utf8(1)?),
            BINUNICODE => Some(reader.utf8(4)?),
            BINUNICODE8 => Some(reader.utf8(8)?),
            UNICODE => Some(raw_unicode_escape(reader.line()?)?),
            STOP => break,
            other => return Err(Error::parse(format!("pickle instruction {other:#04x} makes no string"))),
        };
        if text.is_some() && found.is_some() {
            return Err(Error::parse("a pickle of more than one string"));
        }
        found = text.or(found);
    }
    if !reader.rest.is_empty() {
        return Err(Error::parse(format!("{} bytes after the end of a pickle", reader.rest.len())));
    }
    found.ok_or_else(|| Error::parse("a pickle without a string"))
}

/// Pickles a string as Python 3.11 does by default: protocol 4, in one frame.
pub fn dumps(text: &str) -> Vec<u8> {
    let mut body = Vec::with_capacity(text.len().saturating_add(16));
    if let Ok(length) = u8::try_from(text.len()) {
        body.push(SHORT_BINUNICODE);
        body.push(length);
    } else if let Ok(length) = u32::try_from(text.len()) {
        body.push(BINUNICODE);
        body.extend_from_slice(&length.to_le_bytes());
    } else {
        body.push(BINUNICODE8);
        body.extend_from_slice(&(text.len() as u64).to_le_bytes());
    }
    body.extend_from_slice(text.as_bytes());
    body.extend_from_slice(&[MEMOIZE, STOP]);
    let mut pickle = vec![PROTO, 4];
    if text.len() < FRAME_TARGET {
        pickle.push(FRAME);
        pickle.extend_from_slice(&(body.len() as u64).to_le_bytes());
    }
    pickle.extend_from_slice(&body);
    pickle
}

/// From this size on Python writes a string outside frames, and what follows it is too short for one.
const FRAME_TARGET: usize = 64 * 1024;

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) =
            self.rest.split_at_checked(count).ok_or_else(|| Error::parse("a pickle that ends early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        self.take(1)?.first().copied().ok_or_else(|| Error::parse("a pickle that ends early"))
    }

    /// A string after its length, which is a little-endian number of `width` bytes.
    fn utf8(&mut self, width: usize) -> Result<String> {
        let mut length = [0u8; 8];
        for (place, byte) in length.iter_mut().zip(self.take(width)?) {
            *place = *byte;
        }
        let length = usize::try_from(u64::from_le_bytes(length))
            .map_err(|_| Error::parse("a pickled string longer than memory"))?;
        let text = std::str::from_utf8(self.take(length)?);
        text.map(str::to_owned).map_err(|_| Error::parse("a pickled string that is not UTF-8"))
    }

    /// What stands before the next line feed, which is passed over.
    fn line(&mut self) -> Result<&'a [u8]> {
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let line = self.take(end.ok_or_else(|| Error::parse("a pickle that ends early"))?)?;
        self.take(1)?;
        Ok(line)
    }
}

/// Protocol 0 writes Latin-1 with `\uXXXX` and `\UXXXXXXXX` for what is not in it.
fn raw_unicode_escape(line: &[u8]) -> Result<String> {
    let refused = || Error::parse("a bad escape in a pickled string");
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((&byte, after)) = rest.split_first() {
        let width = match (byte, after.first()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            _ => {
                text.push(char::from(byte));
                rest = after;
                continue;
            }
        };
        let digits = after.get(1..).and_then(|digits| digits.split_at_checked(width)).ok_or_else(refused)?;
        let code = std::str::from_utf8(digits.0).ok().and_then(|hex| u32::from_str_radix(hex, 16).ok());
        text.push(code.and_then(char::from_u32).ok_or_else(refused)?);
        rest = digits.1;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dumps_writes_what_python_writes() {
        assert_eq!(dumps("a\u{e9}"), b"\x80\x04\x95\x07\0\0\0\0\0\0\0\x8c\x03a\xc3\xa9\x94.");
        let long = dumps(&"x".repeat(300));
        assert_eq!(long[..16], *b"\x80\x04\x95\x33\x01\0\0\0\0\0\0X\x2c\x01\0\0");
    }

    #[test]
    fn loads_reads_each_protocol() {
        for pickle in [
            &b"Va\\u20ac\np0\n."[..],
            b"X\x04\0\0\0a\xe2\x82\xacq\0.",
            b"\x80\x02X\x04\0\0\0a\xe2\x82\xacq\0.",
            b"\x80\x04\x95\x08\0\0\0\0\0\0\0\x8c\x04a\xe2\x82\xac\x94.",
            b"\x80\x04\x8d\x04\0\0\0\0\0\0\0a\xe2\x82\xacr\0\0\0\0.",
        ] {
            assert_eq!(loads(pickle).unwrap(), "a\u{20ac}");
        }
    }

    #[test]
    fn loads_refuses_programs_and_broken_bytes() {
        for pickle in [
            &b"cos\nsystem\n(S'true'\ntR."[..],
            b"\x80\x04\x8c\x05ab.",
            b"\x80\x04.",
            b"\x80\x04\x8c\x01a\x8c\x01b.",
            b"\x80\x04\x8c\x01a\x94.more",
            b"X\xff\xff\xff\xffa.",
            b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffa.",
            b"\x8c\x01\xff.",
            b"V\\ud800\n.",
            b"",
        ] {
            assert!(loads(pickle).is_err(), "{pickle:?}");
        }
    }

    #[test]
    fn strings_of_every_length_come_back() {
        for length in [0, 1, 255, 256, 65_535, 65_536, 70_000] {
            let text = "y".repeat(length);
            assert_eq!(loads(&dumps(&text)).unwrap(), text);
        }
    }
}
