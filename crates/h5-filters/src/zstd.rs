//! Zstandard: one frame a chunk. Source: RFC 8878.

use std::io::Read;

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::bounded::{Reader, checked_size, front, sized};
use crate::{Filter, FilterContext, FilterError};

/// Registered filter 32015. Client data: the compression level; encoding has one level, the fastest, whatever is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Zstd;

impl Filter for Zstd {
    fn id(&self) -> u16 {
        32015
    }

    fn name(&self) -> &'static str {
        "zstd"
    }

    fn decode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        match checked_content_size(input, context.max_output_bytes)? {
            Some(size) => decode_exact(input, sized(output, size)?),
            None => decode_unsized(input, context.max_output_bytes, output),
        }
    }

    fn decode_into(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, FilterError> {
        let limit_bytes = context.max_output_bytes.min(output.len());
        if let Some(size) = checked_content_size(input, limit_bytes)? {
            decode_exact(input, front(output, size)?)?;
            return Ok(size);
        }
        let mut decoded = Vec::new();
        decode_unsized(input, limit_bytes, &mut decoded)?;
        front(output, decoded.len())?.copy_from_slice(&decoded);
        Ok(decoded.len())
    }

    fn encode(
        &self,
        _context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        crate::filter::check_encodes()?;
        *output = encode(input)?;
        Ok(())
    }
}

/// Decodes frames that must fill `output`.
pub(crate) fn decode_exact(input: &[u8], output: &mut [u8]) -> Result<(), FilterError> {
    let size = decode_into(input, output)?;
    if size == output.len() {
        return Ok(());
    }
    Err(FilterError::Corrupt(format!("zstd frame of {size} bytes, expected {}", output.len())))
}

/// Compresses to one frame that states its content's size, as readers of HDF5 files require (the encoder's own header does not).
pub(crate) fn encode(input: &[u8]) -> Result<Vec<u8>, FilterError> {
    let frame = compress_to_vec(input, CompressionLevel::Fastest);
    let mut reader = Reader::new(&frame);
    let _magic = reader.u32_le()?;
    let descriptor = reader.u8()?;
    let header_bytes =
        header_fields(&mut reader, descriptor).map(|_| frame.len().saturating_sub(reader.rest().len()))?;
    // One segment: the content is the window. Bit 2, the checksum's, stays.
    let stated = STATES_EIGHT_BYTES | SINGLE_SEGMENT | (descriptor & HAS_CHECKSUM);
    let size = u64::try_from(input.len()).unwrap_or(u64::MAX);
    let mut whole = Vec::with_capacity(frame.len().saturating_add(8));
    whole.extend_from_slice(&MAGIC.to_le_bytes());
    whole.push(stated);
    whole.extend_from_slice(&size.to_le_bytes());
    whole.extend_from_slice(frame.get(header_bytes..).unwrap_or_default());
    Ok(whole)
}

fn decode_into(input: &[u8], output: &mut [u8]) -> Result<usize, FilterError> {
    let limit_bytes = output.len();
    FrameDecoder::new().decode_all(input, output).map_err(|error| match error {
        FrameDecoderError::TargetTooSmall => FilterError::TooLong { limit_bytes },
        other => FilterError::Corrupt(format!("zstd frame: {other}")),
    })
}

/// Decodes a frame that does not state its size, growing the output as it comes.
fn decode_unsized(input: &[u8], limit_bytes: usize, output: &mut Vec<u8>) -> Result<(), FilterError> {
    let corrupt = |error: &dyn std::fmt::Display| FilterError::Corrupt(format!("zstd frame: {error}"));
    let decoder = StreamingDecoder::new(input).map_err(|error| corrupt(&error))?;
    output.clear();
    let one_over = u64::try_from(limit_bytes).unwrap_or(u64::MAX).saturating_add(1);
    decoder.take(one_over).read_to_end(output).map_err(|error| corrupt(&error))?;
    if output.len() > limit_bytes {
        return Err(FilterError::TooLong { limit_bytes });
    }
    Ok(())
}

/// The content size that the header states, if it does, within the bound and no more than such a frame can hold.
fn checked_content_size(input: &[u8], limit_bytes: usize) -> Result<Option<usize>, FilterError> {
    match content_size(input)? {
        Some(stated) if stated > most_content(input) => Err(FilterError::Corrupt(format!(
            "zstd frame of {} bytes states {stated} bytes of content",
            input.len()
        ))),
        Some(stated) => checked_size(stated, limit_bytes).map(Some),
        None => Ok(None),
    }
}

const MAGIC: u32 = 0xfd2f_b528;
/// Bits of the frame header's descriptor (RFC 8878, 3.1.1.1.1).
const STATES_EIGHT_BYTES: u8 = 0xc0;
const SINGLE_SEGMENT: u8 = 0x20;
const HAS_CHECKSUM: u8 = 0x04;

/// The content size that the first frame's header states, if it does. RFC 8878, 3.1.1.1.
fn content_size(input: &[u8]) -> Result<Option<u64>, FilterError> {
    let mut reader = Reader::new(input);
    let magic = reader.u32_le()?;
    if magic != MAGIC {
        return Err(FilterError::Corrupt(format!("zstd magic number {magic:#010x}, expected {MAGIC:#010x}")));
    }
    let descriptor = reader.u8()?;
    header_fields(&mut reader, descriptor)
}

/// Reads what follows the descriptor: window, dictionary, and the content's size, which is returned if it is stated.
fn header_fields(reader: &mut Reader<'_>, descriptor: u8) -> Result<Option<u64>, FilterError> {
    let single_segment = descriptor & SINGLE_SEGMENT != 0;
    if !single_segment {
        let _window = reader.u8()?;
    }
    let dictionary_bytes = match descriptor & 3 {
        3 => 4,
        fewer => usize::from(fewer),
    };
    let _dictionary = reader.take(dictionary_bytes)?;
    Ok(match descriptor >> 6 {
        0 if single_segment => Some(u64::from(reader.u8()?)),
        0 => None,
        // The two-byte form starts where the one-byte form ends.
        1 => Some(u64::from(u16::from_le_bytes(reader.array()?)).saturating_add(256)),
        2 => Some(u64::from(reader.u32_le()?)),
        _ => Some(u64::from_le_bytes(reader.array()?)),
    })
}

/// More than any valid frame of this length holds: a block is 3 bytes at least and 128 KiB of content at most. Keeps a
/// lying header from reserving memory.
fn most_content(input: &[u8]) -> u64 {
    u64::try_from(input.len() / 3).unwrap_or(u64::MAX).saturating_mul(128 << 10)
}
