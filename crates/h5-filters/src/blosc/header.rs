//! The header of a blosc chunk, of either generation.
//!
//! ```text
//! | version 1 | versionlz 1 | flags 1 | typesize 1 | nbytes 4 | blocksize 4 | cbytes 4 |
//! ```
//! and, if both the byte- and the bit-shuffle flags are set (blosc 2):
//!
//! ```text
//! | filter codes 6 | compressor 1 | its meta 1 | filter metas 6 | reserved 1 | blosc2_flags 1 |
//! ```
//! Numbers are little-endian. Source: Blosc chunk format description.

use super::compressor::Compressor;
use crate::FilterError;
use crate::bounded::Reader;

/// A chunk's header, checked against the bytes that are there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChunkHeader {
    /// Format version: 1 and 2 are blosc 1, later ones blosc 2.
    pub(crate) version: u8,
    pub(crate) flags: u8,
    /// Bytes in an element, 1 to 255.
    pub(crate) type_size: usize,
    /// Decoded bytes.
    pub(crate) nbytes: usize,
    /// Decoded bytes in a block; not 0 unless the chunk is empty.
    pub(crate) block_size: usize,
    /// Stored bytes, this header included.
    pub(crate) cbytes: usize,
    /// The second half, if there is one.
    pub(crate) extension: Option<Extension>,
}

/// What blosc 2 adds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extension {
    /// Filters in the order in which they were applied, each with its parameter.
    pub(crate) filters: [(u8, u8); 6],
    /// A codec registered by number, used if the flags say so.
    pub(crate) user_codec: u8,
    pub(crate) flags: u8,
}

impl ChunkHeader {
    /// Reads a header; `input` is the chunk and may be followed by other bytes.
    pub(crate) fn decode(input: &[u8]) -> Result<Self, FilterError> {
        let mut reader = Reader::new(input);
        let [version, _version_lz, flags, type_size] = reader.array()?;
        let nbytes = size(reader.i32_le()?, "decoded size")?;
        let block_size = size(reader.i32_le()?, "block size")?;
        let cbytes = size(reader.i32_le()?, "stored size")?;
        if version == 0 || type_size == 0 {
            return Err(FilterError::Corrupt(format!(
                "blosc chunk of version {version}, type size {type_size}"
            )));
        }
        let extension =
            if flags & EXTENDED == EXTENDED { Some(Extension::decode(&mut reader)?) } else { None };
        let header =
            Self { version, flags, type_size: usize::from(type_size), nbytes, block_size, cbytes, extension };
        if cbytes > input.len() || cbytes < header.bytes() {
            return Err(FilterError::Corrupt(format!(
                "blosc chunk of {cbytes} bytes, {} are there",
                input.len()
            )));
        }
        if nbytes > 0 && block_size == 0 {
            return Err(FilterError::Corrupt("blosc blocks of 0 bytes".into()));
        }
        Ok(header)
    }

    /// Its own length in bytes.
    pub(crate) fn bytes(&self) -> usize {
        if self.extension.is_some() { 32 } else { 16 }
    }

    /// The content follows the header as it is.
    pub(crate) fn is_copied(&self) -> bool {
        self.flags & COPIED != 0
    }

    /// Each block is one stream, never one stream a byte of the element.
    pub(crate) fn is_never_split(&self) -> bool {
        self.flags & NEVER_SPLIT != 0
    }

    pub(crate) fn compressor(&self) -> Result<Compressor, FilterError> {
        match (self.flags >> 5, self.extension) {
            (6, Some(extension)) => {
                Err(FilterError::Unsupported(format!("registered blosc2 codec {}", extension.user_codec)))
            }
            (format, _) => Compressor::from_format(format),
        }
    }

    /// Kind of the value that the whole chunk has, 0 if it is an ordinary one.
    pub(crate) fn special(&self) -> u8 {
        self.extension.map_or(0, |extension| extension.flags >> 4 & 7)
    }
}

impl Extension {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, FilterError> {
        let codes = reader.array::<6>()?;
        let [user_codec, _user_codec_meta] = reader.array()?;
        let metas = reader.array::<6>()?;
        let [_reserved, flags] = reader.array()?;
        let mut filters = [(0, 0); 6];
        for (filter, pair) in filters.iter_mut().zip(codes.into_iter().zip(metas)) {
            *filter = pair;
        }
        for (bit, what) in
            [(0x01, "a dictionary"), (0x02, "a second header extension"), (0x08, "lazy loading")]
        {
            if flags & bit != 0 {
                return Err(FilterError::Unsupported(format!("blosc2 chunk with {what}")));
            }
        }
        Ok(Self { filters, user_codec, flags })
    }
}

fn size(stated: i32, what: &str) -> Result<usize, FilterError> {
    usize::try_from(stated).map_err(|_| FilterError::Corrupt(format!("blosc {what} of {stated}")))
}

pub(crate) const BYTE_SHUFFLE: u8 = 0x01;
pub(crate) const COPIED: u8 = 0x02;
pub(crate) const BIT_SHUFFLE: u8 = 0x04;
pub(crate) const DELTA: u8 = 0x08;
pub(crate) const NEVER_SPLIT: u8 = 0x10;
const EXTENDED: u8 = BYTE_SHUFFLE | BIT_SHUFFLE;
