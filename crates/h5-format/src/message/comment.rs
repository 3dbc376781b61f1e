use crate::{Reader, Result, Writer};

/// Object Comment (specification IV.A.2.n).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment<'a> {
    /// The text, without its NUL.
    pub text: &'a [u8],
}

impl<'a> Comment<'a> {
    /// Decodes the message's body.
    ///
    /// # Errors
    /// If the text has no end.
    pub fn decode(body: &'a [u8]) -> Result<Self> {
        Ok(Self { text: Reader::new(body, "Object Comment message", "IV.A.2.n").nul_terminated()? })
    }

    /// Appends the message's body.
    ///
    /// # Errors
    /// If there is a NUL in the text.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        Writer::new(out, "Object Comment message", "IV.A.2.n").nul_terminated("comment", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_ends_with_a_nul() {
        assert_eq!(Comment::decode(b"abc\0\0").unwrap(), Comment { text: b"abc" });
        let mut out = Vec::new();
        Comment { text: b"abc" }.encode(&mut out).unwrap();
        assert_eq!(out, b"abc\0");
        assert!(Comment { text: b"a\0c" }.encode(&mut out).is_err());
    }
}
