//! Zstandard: one frame a chunk. Source: RFC 8878.

use std::io::Read;

use structured_zstd::decoding::{FrameDecoder, StreamingDecoder};
use structured_zstd::encoding::{CompressionLevel, compress_to_vec};

use crate::bounded::{Reader, checked_size, sized};
use crate::{Filter, FilterContext, FilterError};

/// Registered filter 32015. Client data: the compression level, as a signed number (absent: 3).
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
        let limit_bytes = context.max_output_bytes;
        match content_size(input)? {
            Some(stated) if stated <= most_content(input) => {
                let size = checked_size(stated, limit_bytes)?;
                decode_exact(input, sized(output, size)?)
            }
            Some(stated) => Err(FilterError::Corrupt(format!(
                "zstd frame of {} bytes states {stated} bytes of content",
                input.len()
            ))),
            None => decode_unsized(input, limit_bytes, output),
        }
    }

    fn decode_into(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, FilterError> {
        let limit_bytes = context.max_output_bytes.min(output.len());
        // Bytes that hold no frame at all are as wrong here as they are above.
        content_size(input)?;
        decode_into(input, output.get_mut(..limit_bytes).unwrap_or_default())
    }

    fn encode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        let level = context.client_data.first().map_or(3, |level| level.cast_signed());
        *output = encode(input, level);
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

/// Compresses to one frame that states its content's size.
pub(crate) fn encode(input: &[u8], level: i32) -> Vec<u8> {
    compress_to_vec(input, CompressionLevel::from_level(level))
}

fn decode_into(input: &[u8], output: &mut [u8]) -> Result<usize, FilterError> {
    use structured_zstd::decoding::errors::FrameDecoderError;
    let limit_bytes = output.len();
    FrameDecoder::new().decode_all(input, output).map_err(|error| match error {
        FrameDecoderError::TargetTooSmall => FilterError::TooLong { limit_bytes },
        other => FilterError::Corrupt(format!("zstd frame: {other}")),
    })
}

/// Decodes a frame that does not state its size, growing the output as it comes.
fn decode_unsized(input: &[u8], limit_bytes: usize, output: &mut Vec<u8>) -> Result<(), FilterError> {
    let corrupt = |error: &dyn std::fmt::Display| FilterError::Corrupt(format!("zstd frame: {error}"));
    let decoder = StreamingDecoder::new(input);
    output.clear();
    let one_over = u64::try_from(limit_bytes).unwrap_or(u64::MAX).saturating_add(1);
    decoder.take(one_over).read_to_end(output).map_err(|error| corrupt(&error))?;
    if output.len() > limit_bytes {
        return Err(FilterError::TooLong { limit_bytes });
    }
    Ok(())
}

/// The content size that the first frame's header states, if it does. RFC 8878, 3.1.1.1.
fn content_size(input: &[u8]) -> Result<Option<u64>, FilterError> {
    let mut reader = Reader::new(input);
    let magic = reader.u32_le()?;
    if magic != 0xfd2f_b528 {
        return Err(FilterError::Corrupt(format!("zstd magic number {magic:#010x}, expected 0xfd2fb528")));
    }
    let descriptor = reader.u8()?;
    let single_segment = descriptor & 0x20 != 0;
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
