use h5_types::Address;

use super::Context;
use crate::{Reader, Result, Sizes, Writer};

/// Metadata Cache Image (RFC "Metadata Cache Image", message 0x18): where the block of cached metadata is that overrides the
/// file's own; in the superblock extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetadataCacheImageMessage {
    /// The image block; `None` if there is none after all.
    pub image_address: Option<Address>,
    /// Its bytes.
    pub image_length: u64,
}

impl MetadataCacheImageMessage {
    /// Decodes the message's body.
    ///
    /// # Errors
    /// If the version is not 0 or the body ends early.
    pub fn decode(body: &[u8], context: Context<'_>) -> Result<Self> {
        let mut reader = Reader::new(body, "Metadata Cache Image message", "RFC Metadata Cache Image");
        reader.version(0..=0, "0")?;
        Ok(Self {
            image_address: reader.address(context.sizes)?,
            image_length: reader.length(context.sizes)?,
        })
    }

    /// Appends the message's body.
    ///
    /// # Errors
    /// If a number exceeds its field.
    pub fn encode(&self, sizes: Sizes, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::new(out, "Metadata Cache Image message", "RFC Metadata Cache Image");
        writer.u8(0);
        writer.optional_address("image_address", self.image_address, sizes)?;
        writer.length("image_length", self.image_length, sizes)
    }
}

#[cfg(test)]
mod tests {
    use h5_types::Limits;

    use super::*;

    fn decode_and_encode(body: &[u8]) -> Vec<u8> {
        let limits = Limits::default();
        let sizes = Sizes { offsets: 4, lengths: 2 };
        let decoded = MetadataCacheImageMessage::decode(body, Context { sizes, limits: &limits }).unwrap();
        let mut out = Vec::new();
        decoded.encode(sizes, &mut out).unwrap();
        out
    }

    #[test]
    fn place_and_length() {
        assert_eq!(decode_and_encode(&[0, 0x60, 0, 0, 0, 40, 0]), [0, 0x60, 0, 0, 0, 40, 0]);
        assert_eq!(decode_and_encode(&[0, 0xff, 0xff, 0xff, 0xff, 0, 0]), [0, 0xff, 0xff, 0xff, 0xff, 0, 0]);
    }
}
