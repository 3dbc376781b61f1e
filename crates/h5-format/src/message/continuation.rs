use h5_types::Address;

use super::Context;
use crate::{Reader, Result, Sizes, Writer};

/// Object Header Continuation (specification IV.A.2.q): where the header goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Continuation {
    /// Address of the block.
    pub offset: Address,
    /// Its bytes, with signature and checksum in a version 2 header.
    pub length: u64,
}

impl Continuation {
    /// Decodes the message's body.
    ///
    /// # Errors
    /// If the address is undefined or the length zero.
    pub fn decode(body: &[u8], context: Context<'_>) -> Result<Self> {
        let mut reader = Reader::new(body, "Object Header Continuation message", "IV.A.2.q");
        let offset = reader.defined_address(context.sizes, "offset")?;
        let length = reader.length(context.sizes)?;
        if length == 0 {
            return Err(reader.bad_value("length", length, "at least 1"));
        }
        Ok(Self { offset, length })
    }

    /// Appends the message's body.
    ///
    /// # Errors
    /// If the length is zero or a number exceeds its field.
    pub fn encode(&self, sizes: Sizes, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::new(out, "Object Header Continuation message", "IV.A.2.q");
        if self.length == 0 {
            return Err(writer.unencodable("length", "at least 1"));
        }
        writer.address("offset", self.offset, sizes)?;
        writer.length("length", self.length, sizes)
    }
}

#[cfg(test)]
mod tests {
    use h5_types::Limits;

    use super::*;

    fn decode_and_encode(body: &[u8]) -> Vec<u8> {
        let limits = Limits::default();
        let sizes = Sizes { offsets: 4, lengths: 2 };
        let decoded = Continuation::decode(body, Context { sizes, limits: &limits }).unwrap();
        let mut out = Vec::new();
        decoded.encode(sizes, &mut out).unwrap();
        out
    }

    #[test]
    fn place_and_length() {
        assert_eq!(decode_and_encode(&[0x60, 0, 0, 0, 40, 0]), [0x60, 0, 0, 0, 40, 0]);
        let encode = |offset, length| {
            let sizes = Sizes { offsets: 4, lengths: 2 };
            Continuation { offset: Address(offset), length }.encode(sizes, &mut Vec::new())
        };
        assert!(encode(0x60, 0).is_err());
        assert!(encode(0x60, 0x1_0000).is_err());
        assert!(encode(0xffff_ffff, 1).is_err(), "it would read as undefined");
    }
}
