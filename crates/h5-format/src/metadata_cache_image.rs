//! The block with the metadata cache's image (RFC "Metadata Cache Image").

use std::ops::Range;

use h5_types::Address;

use crate::message::Context;
use crate::{Reader, Result, verify_checksum};

/// One entry of the image: a metadata block that overrides the file's bytes at its address.
///
/// ```text
/// image: | MDCI | version 0 | flags | image length (L) | entries (4) | entries | checksum (4) |
/// entry: | type | flags | ring | age | dependency children (2) | dirty children (2) | parents (2) | LRU rank (4)
///        | address (O) | size (L) | parent addresses (O each) | block |
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheImageEntry {
    /// Where the block belongs.
    pub address: Address,
    /// Its bytes, as a place in the image.
    pub block: Range<usize>,
}

const STRUCTURE: &str = "Metadata Cache Image";
const SECTION: &str = "RFC Metadata Cache Image";

impl CacheImageEntry {
    /// Decodes the whole image.
    ///
    /// # Errors
    /// If signature, version, length or checksum is wrong, an entry has no address, or the bytes end early.
    pub fn decode_image(bytes: &[u8], context: Context<'_>) -> Result<Vec<Self>> {
        let mut reader = Reader::new(bytes, STRUCTURE, SECTION);
        reader.signature(b"MDCI")?;
        reader.version(0..=0, "0")?;
        reader.skip(1)?;
        let length = reader.length(context.sizes)?;
        if usize::try_from(length) != Ok(bytes.len()) {
            return Err(reader.bad_value("image_data_length", length, "the length in the message"));
        }
        verify_checksum(bytes, STRUCTURE, SECTION)?;
        let count = reader.u32()?;
        let mut entries = Vec::new();
        for _ in 0..count {
            entries.push(Self::decode(&mut reader, context)?);
        }
        Ok(entries)
    }

    fn decode(reader: &mut Reader<'_>, context: Context<'_>) -> Result<Self> {
        // Type, flags, ring and age are of use to the library's cache alone, and so are the dependencies.
        reader.skip(4)?;
        reader.skip(4)?;
        let parents = usize::from(reader.u16()?);
        reader.skip(4)?;
        let address = reader.defined_address(context.sizes, "address")?;
        let size = reader.length(context.sizes)?;
        reader.skip(parents.saturating_mul(usize::from(context.sizes.offsets)))?;
        let start = reader.position();
        reader.take_u64(size)?;
        Ok(Self { address, block: start..reader.position() })
    }
}

#[cfg(test)]
mod tests {
    use h5_types::Limits;

    use super::*;
    use crate::{Sizes, lookup3};

    #[test]
    fn entries_with_and_without_parents() {
        let limits = Limits::default();
        let context = Context { sizes: Sizes { offsets: 4, lengths: 2 }, limits: &limits };
        let mut image = b"MDCI\0\0\x41\0\x02\0\0\0".to_vec();
        image.extend([0x16, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
        image.extend([0x60, 0, 0, 0, 3, 0, 7, 8, 9]);
        image.extend([0x17, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
        image.extend([0x80, 0, 0, 0, 2, 0, 0x60, 0, 0, 0, 5, 6]);
        let checksum = lookup3(&image);
        image.extend(checksum.to_le_bytes());
        let entries = CacheImageEntry::decode_image(&image, context).unwrap();
        let blocks: Vec<_> = entries.into_iter().map(|e| (e.address.0, image[e.block].to_vec())).collect();
        assert_eq!(blocks, [(0x60, vec![7, 8, 9]), (0x80, vec![5, 6])]);
        image[30] ^= 1;
        assert!(CacheImageEntry::decode_image(&image, context).is_err());
    }
}
