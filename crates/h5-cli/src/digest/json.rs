use std::io;

use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

/// Keys sorted, no spaces, everything outside ASCII as `\u` escapes.
struct AsciiFormatter;

impl Formatter for AsciiFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut plain_from = 0_usize;
        for (at, c) in fragment.char_indices() {
            if !c.is_ascii() || c == '\u{7f}' {
                writer.write_all(fragment.get(plain_from..at).unwrap_or_default().as_bytes())?;
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
                plain_from = at.saturating_add(c.len_utf8());
            }
        }
        writer.write_all(fragment.get(plain_from..).unwrap_or_default().as_bytes())
    }
}

/// Writes a value in ASCII.
///
/// # Errors
/// Those of the writer.
pub(crate) fn to_ascii(value: &Value, writer: &mut impl io::Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *writer, AsciiFormatter);
    serde::Serialize::serialize(value, &mut serializer).map_err(io::Error::from)
}

/// Writes a value as one line of ASCII.
///
/// # Errors
/// Those of the writer.
pub(crate) fn to_ascii_line(value: &Value, writer: &mut impl io::Write) -> io::Result<()> {
    to_ascii(value, writer)?;
    writer.write_all(b"\n")
}
