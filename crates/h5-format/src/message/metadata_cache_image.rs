use h5_types::Address;

use super::Context;
use crate::{Reader, Result};

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
}
