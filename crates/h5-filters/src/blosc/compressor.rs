//! The codecs inside a blosc chunk.

use flate2::{Compression, Decompress, FlushDecompress, Status};

use super::blosclz;
use crate::{FilterError, lz4, zstd};

/// What compressed the streams of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compressor {
    BloscLz,
    /// LZ4 and LZ4HC: one format.
    Lz4,
    Snappy,
    Zlib,
    Zstd,
}

impl Compressor {
    /// From the format code in a chunk's flags.
    pub(crate) fn from_format(code: u8) -> Result<Self, FilterError> {
        match code {
            0 => Ok(Self::BloscLz),
            1 => Ok(Self::Lz4),
            2 => Ok(Self::Snappy),
            3 => Ok(Self::Zlib),
            4 => Ok(Self::Zstd),
            other => Err(FilterError::Unsupported(format!("blosc compressor format {other}"))),
        }
    }

    /// The format code for a chunk's flags.
    pub(crate) fn format(self) -> u8 {
        match self {
            Self::BloscLz => 0,
            Self::Lz4 => 1,
            Self::Snappy => 2,
            Self::Zlib => 3,
            Self::Zstd => 4,
        }
    }

    /// From the compressor code of the client data, which counts LZ4HC on its own.
    pub(crate) fn from_client_data(code: u32) -> Result<Self, FilterError> {
        match code {
            0 => Ok(Self::BloscLz),
            1 | 2 => Ok(Self::Lz4),
            3 => Ok(Self::Snappy),
            4 => Ok(Self::Zlib),
            5 => Ok(Self::Zstd),
            other => Err(FilterError::Parameters(format!("blosc compressor {other}, expected 0 to 5"))),
        }
    }

    /// The compressor code, as in the client data.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::BloscLz => 0,
            Self::Lz4 => 1,
            Self::Snappy => 3,
            Self::Zlib => 4,
            Self::Zstd => 5,
        }
    }

    /// Decodes one stream that must fill `output`.
    pub(crate) fn decode(self, input: &[u8], output: &mut [u8]) -> Result<(), FilterError> {
        match self {
            Self::BloscLz => blosclz::decode(input, output),
            Self::Lz4 => lz4::decode_block(input, output),
            Self::Snappy => decode_snappy(input, output),
            Self::Zlib => decode_zlib(input, output),
            Self::Zstd => zstd::decode_exact(input, output),
        }
    }

    /// Compresses one stream at blosc's `level`, 1 to 9. `None`: there is no encoder for this codec.
    pub(crate) fn encode(self, input: &[u8], level: u32) -> Option<Result<Vec<u8>, FilterError>> {
        match self {
            Self::BloscLz => None,
            Self::Lz4 => Some(Ok(lz4_flex::block::compress(input))),
            Self::Snappy => Some(
                snap::raw::Encoder::new()
                    .compress_vec(input)
                    .map_err(|error| FilterError::Unsupported(format!("snappy encoder: {error}"))),
            ),
            Self::Zlib => Some(encode_zlib(input, level)),
            Self::Zstd => Some(zstd::encode(input)),
        }
    }
}

fn decode_snappy(input: &[u8], output: &mut [u8]) -> Result<(), FilterError> {
    let expected = output.len();
    match snap::raw::Decoder::new().decompress(input, output) {
        Ok(size) if size == expected => Ok(()),
        Ok(size) => Err(FilterError::Corrupt(format!("snappy stream of {size} bytes, expected {expected}"))),
        Err(error) => Err(FilterError::Corrupt(format!("snappy stream: {error}"))),
    }
}

fn decode_zlib(input: &[u8], output: &mut [u8]) -> Result<(), FilterError> {
    let mut decoder = Decompress::new(true);
    let expected = u64::try_from(output.len()).unwrap_or(u64::MAX);
    match decoder.decompress(input, output, FlushDecompress::Finish) {
        Ok(Status::StreamEnd) if decoder.total_out() == expected => Ok(()),
        Ok(_) => Err(FilterError::Corrupt(format!(
            "zlib stream of {} bytes or more, expected {expected}",
            decoder.total_out()
        ))),
        Err(error) => Err(FilterError::Corrupt(format!("zlib stream: {error}"))),
    }
}

fn encode_zlib(input: &[u8], level: u32) -> Result<Vec<u8>, FilterError> {
    use std::io::Write;
    let failed = |error: std::io::Error| FilterError::Unsupported(format!("zlib encoder: {error}"));
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::new(level.min(9)));
    encoder.write_all(input).map_err(failed)?;
    encoder.finish().map_err(failed)
}
