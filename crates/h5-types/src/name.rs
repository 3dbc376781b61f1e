use std::borrow::{Borrow, Cow};
use std::fmt;

/// A name as the file stores it: bytes, usually UTF-8 but not always (links, attributes, compound members, tags, files).
///
/// Ordering is by byte. `Display` is safe for a terminal: control characters, bidirectional overrides and bytes that are no
/// valid UTF-8 are shown as `\xNN` or `\u{..}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Name(Vec<u8>);

impl Name {
    /// Wraps bytes, without a terminating NUL.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes as stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The name as text, if it is valid UTF-8.
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The name as text in which each byte that is not valid UTF-8 became the four characters `\xNN`, and nothing else is
    /// escaped. For data formats that escape by themselves (JSON), not for a terminal.
    pub fn to_text(&self) -> Cow<'_, str> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => {
                let mut out = String::with_capacity(self.0.len());
                for chunk in self.0.utf8_chunks() {
                    out.push_str(chunk.valid());
                    for byte in chunk.invalid() {
                        out.push_str(&format!("\\x{byte:02x}"));
                    }
                }
                Cow::Owned(out)
            }
        }
    }

    /// True if the name has no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Characters that change how a terminal shows what follows them.
fn is_unsafe_on_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}' | '\u{feff}')
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                if !is_unsafe_on_terminal(c) {
                    f.write_char(c)?;
                } else if u32::from(c) < 0x100 {
                    write!(f, "\\x{:02x}", u32::from(c))?;
                } else {
                    write!(f, "\\u{{{:x}}}", u32::from(c))?;
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl Borrow<[u8]> for Name {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn display_shows_no_control_byte_raw() {
        let name = Name::new(b"a\x1b[31mb\xff\xe2\x80\xae".to_vec());
        assert_eq!(name.to_string(), "a\\x1b[31mb\\xff\\u{202e}");
    }

    #[test]
    fn text_escapes_only_invalid_utf8() {
        assert_eq!(Name::new(b"10 \xb0C\n".to_vec()).to_text(), "10 \\xb0C\n");
    }
}
