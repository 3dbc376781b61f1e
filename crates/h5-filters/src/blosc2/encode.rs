//! Encoding of a frame with one chunk and no metalayers, which every reader of the filter takes for arrays of any shape.

use crate::FilterError;
use crate::blosc::{ChunkOptions, Compressor, Shuffle, encode_chunk};

/// Appends the frame to `output`.
pub(super) fn encode_frame(
    options: ChunkOptions,
    input: &[u8],
    output: &mut Vec<u8>,
) -> Result<(), FilterError> {
    let mut chunk = Vec::new();
    encode_chunk(options, input, &mut chunk)?;
    // The one offset is 0: the chunk follows the header.
    let plain = ChunkOptions { level: 0, shuffle: Shuffle::None, type_size: 8, ..options };
    let mut offsets = Vec::new();
    encode_chunk(plain, &[0; 8], &mut offsets)?;
    let frame_size = [HEADER_BYTES, chunk.len(), offsets.len(), TRAILER.len()].iter().sum::<usize>();
    push_header(options, input.len(), chunk.len(), frame_size, output)?;
    for part in [&chunk, &offsets, TRAILER] {
        output.extend_from_slice(part);
    }
    Ok(())
}

fn push_header(
    options: ChunkOptions,
    nbytes: usize,
    cbytes: usize,
    frame_size: usize,
    output: &mut Vec<u8>,
) -> Result<(), FilterError> {
    let header_size = u32::try_from(HEADER_BYTES).unwrap_or_default();
    let chunk_size = i32::try_from(nbytes)
        .map_err(|_| FilterError::Unsupported(format!("blosc2 chunk of {nbytes} bytes, over 2 GiB")))?;
    output.extend_from_slice(b"\x9e\xa8b2frame\0\xd2");
    output.extend_from_slice(&header_size.to_be_bytes());
    output.push(0xcf);
    output.extend_from_slice(&wide(frame_size));
    // Format version 2 with offsets of 64 bits; contiguous; codec and level.
    let level = u8::try_from(options.level).unwrap_or(9);
    output.extend_from_slice(&[0xa4, 0x12, 0, level << 4 | options.compressor.format(), 0]);
    for size in [nbytes, cbytes] {
        output.push(0xd3);
        output.extend_from_slice(&wide(size));
    }
    // The chunk's own header states its block size; 0 leaves it to that.
    for size in [i32::from(options.type_size), 0, chunk_size] {
        output.push(0xd2);
        output.extend_from_slice(&size.to_be_bytes());
    }
    // One thread each way, no content in the trailer, the filters of the sixth slot, no metalayers.
    output.extend_from_slice(&[
        0xd1,
        0,
        1,
        0xd1,
        0,
        1,
        0xc2,
        0xd8,
        6,
        0,
        0,
        0,
        0,
        0,
        options.shuffle.code(),
        0,
        0,
    ]);
    output.extend_from_slice(&[0; 8]);
    output.extend_from_slice(&[0x93, 0xcd, 0, 7, 0xde, 0, 0, 0xdc, 0, 0]);
    Ok(())
}

fn wide(size: usize) -> [u8; 8] {
    u64::try_from(size).unwrap_or(u64::MAX).to_be_bytes()
}

/// Whether this module can write what the options ask for.
pub(super) fn check(options: &ChunkOptions) -> Result<(), FilterError> {
    match options.compressor {
        Compressor::Snappy => Err(FilterError::Unsupported("blosc2 has no snappy".into())),
        _ => Ok(()),
    }
}

/// Length of a header without metalayers.
const HEADER_BYTES: usize = 97;

/// Version 1, no metalayers of variable length, its own length (35), no fingerprint.
const TRAILER: &[u8] =
    b"\x94\x01\x93\xcd\0\x06\xde\0\0\xdc\0\0\xce\0\0\0\x23\xd8\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
