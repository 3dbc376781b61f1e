//! Encoding of blosc chunks, of either generation: blocks of one stream each.

use super::compressor::Compressor;
use super::header::{BIT_SHUFFLE, BYTE_SHUFFLE, COPIED, NEVER_SPLIT};
use super::stage::bit_shuffled_bytes;
use crate::FilterError;
use crate::bit_transpose::bit_transpose;
use crate::byte_transpose::shuffle;

/// What to make of a chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChunkOptions {
    pub(crate) compressor: Compressor,
    /// 0 (store) to 9.
    pub(crate) level: u32,
    pub(crate) shuffle: Shuffle,
    pub(crate) type_size: u8,
    /// With the header of blosc 2.
    pub(crate) extended: bool,
}

/// Filter before the codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shuffle {
    None,
    Byte,
    Bit,
}

impl Shuffle {
    pub(crate) fn from_client_data(code: u32) -> Result<Self, FilterError> {
        match code {
            0 => Ok(Self::None),
            1 => Ok(Self::Byte),
            2 => Ok(Self::Bit),
            other => Err(FilterError::Unsupported(format!("encoding with blosc filter {other}"))),
        }
    }

    pub(crate) fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Byte => 1,
            Self::Bit => 2,
        }
    }
}

/// Appends the chunk to `output`. A chunk that would not get smaller is stored as it is.
pub(crate) fn encode_chunk(
    options: ChunkOptions,
    input: &[u8],
    output: &mut Vec<u8>,
) -> Result<(), FilterError> {
    let start = output.len();
    if options.level > 0 && encode_blocks(options, input, output)? {
        return Ok(());
    }
    output.truncate(start);
    let cbytes = input.len().saturating_add(header_bytes(options));
    push_header(options, COPIED, input.len(), input.len(), cbytes, output)?;
    output.extend_from_slice(input);
    Ok(())
}

/// Whether the chunk got smaller; if not, what was appended is of no use.
fn encode_blocks(options: ChunkOptions, input: &[u8], output: &mut Vec<u8>) -> Result<bool, FilterError> {
    let start = output.len();
    let size = usize::from(options.type_size).max(1);
    // Blocks of whole groups of eight elements, so that a bit shuffle covers them.
    let group = size.saturating_mul(8);
    let whole = BLOCK_BYTES.checked_div(group).unwrap_or(0).max(1).saturating_mul(group);
    let block_size = whole.min(input.len());
    if block_size == 0 {
        return Ok(false);
    }
    push_header(options, 0, input.len(), block_size, 0, output)?;
    let mut offset_at = output.len();
    output.resize(offset_at.saturating_add(input.len().div_ceil(block_size).saturating_mul(4)), 0);
    let mut scratch = vec![0; block_size];
    for block in input.chunks(block_size) {
        let offset = stated_size(output.len().saturating_sub(start))?;
        put(output, offset_at, &offset.to_le_bytes());
        offset_at = offset_at.saturating_add(4);
        let filtered = filter(options, block, &mut scratch);
        let Some(packed) = options.compressor.encode(filtered, options.level) else {
            return Err(FilterError::Unsupported(format!("encoding with {:?} in blosc", options.compressor)));
        };
        let packed = packed?;
        let stored = if packed.len() < block.len() { packed.as_slice() } else { filtered };
        output.extend_from_slice(&stated_size(stored.len())?.to_le_bytes());
        output.extend_from_slice(stored);
    }
    let cbytes = output.len().saturating_sub(start);
    put(output, start.saturating_add(12), &stated_size(cbytes)?.to_le_bytes());
    Ok(cbytes < input.len().saturating_add(header_bytes(options)))
}

fn filter<'a>(options: ChunkOptions, block: &'a [u8], scratch: &'a mut [u8]) -> &'a [u8] {
    let size = usize::from(options.type_size).max(1);
    let scratch = scratch.get_mut(..block.len()).unwrap_or_default();
    match options.shuffle {
        Shuffle::None => return block,
        Shuffle::Byte => shuffle(block, scratch, size),
        Shuffle::Bit => {
            let done = bit_shuffled_bytes(block.len(), size, !options.extended);
            let (elements, rest) = block.split_at(done);
            let (bits, rest_scratch) = scratch.split_at_mut(done);
            bit_transpose(elements, bits, size);
            rest_scratch.copy_from_slice(rest);
        }
    }
    scratch
}

fn push_header(
    options: ChunkOptions,
    flags: u8,
    nbytes: usize,
    block_size: usize,
    cbytes: usize,
    output: &mut Vec<u8>,
) -> Result<(), FilterError> {
    let shuffle = match options.shuffle {
        _ if options.extended => BYTE_SHUFFLE | BIT_SHUFFLE,
        Shuffle::None => 0,
        Shuffle::Byte => BYTE_SHUFFLE,
        Shuffle::Bit => BIT_SHUFFLE,
    };
    let flags = flags | shuffle | NEVER_SPLIT | options.compressor.format() << 5;
    let version = if options.extended { 5 } else { 2 };
    output.extend_from_slice(&[version, 1, flags, options.type_size.max(1)]);
    for size in [nbytes, block_size, cbytes] {
        output.extend_from_slice(&stated_size(size)?.to_le_bytes());
    }
    if options.extended {
        output.extend_from_slice(&[0, 0, 0, 0, 0, options.shuffle.code(), options.compressor.code()]);
        output.extend_from_slice(&[0; 9]);
    }
    Ok(())
}

fn header_bytes(options: ChunkOptions) -> usize {
    if options.extended { 32 } else { 16 }
}

fn put(output: &mut [u8], at: usize, bytes: &[u8]) {
    for (to, from) in output.iter_mut().skip(at).zip(bytes) {
        *to = *from;
    }
}

fn stated_size(size: usize) -> Result<i32, FilterError> {
    i32::try_from(size)
        .map_err(|_| FilterError::Unsupported(format!("blosc chunk of {size} bytes, over 2 GiB")))
}

/// Fits the second-level cache, as blosc's own choice does.
const BLOCK_BYTES: usize = 256 << 10;
