//! The contiguous frame: a header, chunks, a chunk of the chunks' offsets, a trailer.
//!
//! The header is a msgpack array: magic, header size, frame size, four flag bytes, decoded size, stored size of the chunks,
//! type size, block size, chunk size, threads twice, whether there is a trailer's content, filters, metalayers. Frames of
//! 13 elements lack the block size. The trailer holds nothing that decoding needs. Source: Blosc2 contiguous frame format description; the block size, which it omits, and the codes of special
//! offsets are as python-blosc2 writes them.

use super::msgpack;
use crate::FilterError;
use crate::blosc::{Chunk, special_value};
use crate::bounded::{Reader, sized};

/// A frame whose header has been read.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    bytes: &'a [u8],
    header_size: usize,
    /// Decoded bytes of all chunks, padding included.
    pub(super) nbytes: usize,
    /// Stored bytes of all chunks, without that of the offsets.
    cbytes: usize,
    pub(super) type_size: usize,
    /// Decoded bytes of each chunk but the last.
    pub(super) chunk_size: usize,
    /// Where the metalayer `b2nd` is, if there is one.
    b2nd_offset: Option<usize>,
}

/// One chunk of a frame.
#[derive(Debug)]
pub(super) enum FrameChunk<'a> {
    Stored(Chunk<'a>),
    /// All of it repeats these bytes; only its offset says so.
    Repeated(Vec<u8>),
}

impl<'a> Frame<'a> {
    pub(super) fn decode(bytes: &'a [u8]) -> Result<Self, FilterError> {
        let mut reader = Reader::new(bytes);
        let elements = msgpack::array_length(&mut reader)?;
        if msgpack::string(&mut reader)? != b"b2frame\0" || !(13..=14).contains(&elements) {
            return Err(FilterError::Corrupt("no blosc2 frame".into()));
        }
        let header_size = msgpack::size(&mut reader)?;
        let frame_size = msgpack::size(&mut reader)?;
        let bytes = bytes.get(..frame_size).ok_or_else(|| {
            FilterError::Corrupt(format!("blosc2 frame of {frame_size} bytes, {} are there", bytes.len()))
        })?;
        check_flags(msgpack::string(&mut reader)?)?;
        let nbytes = msgpack::size(&mut reader)?;
        let cbytes = msgpack::size(&mut reader)?;
        let type_size = msgpack::size(&mut reader)?;
        if elements == 14 {
            let _block_size = msgpack::size(&mut reader)?;
        }
        let chunk_size = msgpack::size(&mut reader)?;
        let _encoding_threads = msgpack::size(&mut reader)?;
        let _decoding_threads = msgpack::size(&mut reader)?;
        let _has_trailer_content = msgpack::boolean(&mut reader)?;
        let _filters = msgpack::extension_16(&mut reader)?;
        let b2nd_offset = find_metalayer(&mut reader, b"b2nd")?;
        if type_size == 0 || (chunk_size == 0 && nbytes > 0) {
            return Err(FilterError::Corrupt(format!("blosc2 frame of chunks of {chunk_size} bytes")));
        }
        Ok(Self { bytes, header_size, nbytes, cbytes, type_size, chunk_size, b2nd_offset })
    }

    /// The content of the metalayer `b2nd`.
    pub(super) fn b2nd(&self) -> Result<Option<&'a [u8]>, FilterError> {
        self.b2nd_offset.map(|offset| msgpack::binary(&mut Reader::at(self.bytes, offset))).transpose()
    }

    /// Number of chunks.
    pub(super) fn chunks(&self) -> usize {
        self.nbytes.checked_div(self.chunk_size).map_or(0, |_| self.nbytes.div_ceil(self.chunk_size))
    }

    /// The offsets of the chunks, decoded: 8 bytes each. `most_chunks` bounds what is decoded.
    pub(super) fn offsets(&self, most_chunks: usize) -> Result<Vec<u8>, FilterError> {
        let chunks = self.chunks();
        if chunks > most_chunks {
            return Err(FilterError::Corrupt(format!(
                "blosc2 frame of {chunks} chunks, {most_chunks} can be of use"
            )));
        }
        let mut offsets = Vec::new();
        if chunks > 0 {
            let at = self.header_size.saturating_add(self.cbytes);
            let mut chunk = Chunk::new(Reader::at(self.bytes, at).rest())?;
            chunk.decode(sized(&mut offsets, chunks.saturating_mul(8))?)?;
        }
        Ok(offsets)
    }

    /// The chunk at `index`, by the `offsets` that [`Frame::offsets`] gave.
    pub(super) fn chunk(&self, offsets: &[u8], index: usize) -> Result<FrameChunk<'a>, FilterError> {
        let offset = u64::from_le_bytes(Reader::at(offsets, index.saturating_mul(8)).array()?);
        // The top byte: its highest bit says that the rest of it is the code of a special value.
        let [.., top] = offset.to_le_bytes();
        if top & 0x80 != 0 {
            return special_value(top & 0x7f, self.type_size, &[]).map(FrameChunk::Repeated);
        }
        let offset = usize::try_from(offset).ok().and_then(|offset| offset.checked_add(self.header_size));
        let bytes = Reader::at(self.bytes, offset.unwrap_or(usize::MAX)).rest();
        Chunk::new(bytes).map(FrameChunk::Stored)
    }
}

fn check_flags(flags: &[u8]) -> Result<(), FilterError> {
    let [general, frame_type, _codec, _reserved] = *flags else {
        return Err(FilterError::Corrupt("blosc2 frame without its four flag bytes".into()));
    };
    if frame_type & 0x0f != 0 {
        return Err(FilterError::Unsupported(format!(
            "blosc2 frame of type {}, expected contiguous",
            frame_type & 0x0f
        )));
    }
    // Offsets of 64 bits are the only ones in use.
    if general >> 4 & 3 != 1 || general & 0x40 != 0 {
        return Err(FilterError::Unsupported(format!("blosc2 frame with general flags {general:#04x}")));
    }
    Ok(())
}

/// Reads the metalayers' index and gives the offset of the one called `name`.
fn find_metalayer(reader: &mut Reader<'_>, name: &[u8]) -> Result<Option<usize>, FilterError> {
    let _elements = msgpack::array_length(reader)?;
    let _index_size = msgpack::size(reader)?;
    let mut found = None;
    // Each pair takes bytes from the reader, which ends the walk of a lying count.
    for _ in 0..msgpack::map_length(reader)? {
        let key = msgpack::string(reader)?;
        let offset = msgpack::size(reader)?;
        if key == name {
            found = Some(offset);
        }
    }
    Ok(found)
}
