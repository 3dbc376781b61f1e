//! LZ4 in the layout of the registered HDF5 filter.
//!
//! ```text
//! | 8 bytes, big-endian  | 4 bytes, big-endian | then each block:                                    |
//! | decoded bytes, total | bytes in a block    | 4 bytes, big-endian: stored bytes | the stored bytes |
//! ```
//! A block whose stored and decoded sizes are equal is not compressed. The last block may be shorter. Sources: the registered
//! filter's description (HDF5 registered filters, 32004) and the LZ4 block format description.

use crate::bounded::{Reader, checked_size, front, sized, to_u32};
use crate::{Filter, FilterContext, FilterError};

/// Registered filter 32004. Client data: bytes in a block (0 or absent: 1 GiB).
#[derive(Debug, Clone, Copy, Default)]
pub struct Lz4;

impl Filter for Lz4 {
    fn id(&self) -> u16 {
        32004
    }

    fn name(&self) -> &'static str {
        "lz4"
    }

    fn decode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        let size = decoded_size(input, context.max_output_bytes)?;
        decode_blocks(input, sized(output, size)?)
    }

    fn decode_into(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, FilterError> {
        let size = decoded_size(input, context.max_output_bytes)?;
        decode_blocks(input, front(output, size)?)?;
        Ok(size)
    }

    fn encode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        crate::filter::check_encodes()?;
        let block_bytes = match context.client_data.first().copied() {
            None | Some(0) => DEFAULT_BLOCK_BYTES,
            Some(bytes) if bytes <= MAX_BLOCK_BYTES => bytes,
            Some(bytes) => return Err(FilterError::Parameters(format!("lz4 block of {bytes} bytes"))),
        };
        let whole = u32::try_from(input.len()).unwrap_or(u32::MAX);
        // An empty chunk still needs a block size that a reader can divide by.
        let block_bytes = block_bytes.min(whole).max(1);
        output.clear();
        output.extend_from_slice(&u64::try_from(input.len()).unwrap_or(u64::MAX).to_be_bytes());
        output.extend_from_slice(&block_bytes.to_be_bytes());
        for block in input.chunks(usize::try_from(block_bytes).unwrap_or(usize::MAX)) {
            let packed = lz4_flex::block::compress(block);
            let stored = if packed.len() < block.len() { packed.as_slice() } else { block };
            output.extend_from_slice(&to_u32(stored.len(), "an lz4 block")?.to_be_bytes());
            output.extend_from_slice(stored);
        }
        Ok(())
    }
}

/// Decodes one raw LZ4 block that must fill `output`.
pub(crate) fn decode_block(input: &[u8], output: &mut [u8]) -> Result<(), FilterError> {
    let expected = output.len();
    match lz4_flex::block::decompress_into(input, output) {
        Ok(size) if size == expected => Ok(()),
        Ok(size) => Err(FilterError::Corrupt(format!("lz4 block of {size} bytes, expected {expected}"))),
        Err(error) => Err(FilterError::Corrupt(format!("lz4 block: {error}"))),
    }
}

fn decoded_size(input: &[u8], limit_bytes: usize) -> Result<usize, FilterError> {
    checked_size(Reader::new(input).u64_be()?, limit_bytes)
}

fn decode_blocks(input: &[u8], mut output: &mut [u8]) -> Result<(), FilterError> {
    let mut reader = Reader::new(input);
    let _total = reader.u64_be()?;
    let block_bytes = usize::try_from(reader.u32_be()?).unwrap_or(usize::MAX);
    if block_bytes == 0 && !output.is_empty() {
        return Err(FilterError::Corrupt("lz4 blocks of 0 bytes".into()));
    }
    while !output.is_empty() {
        let (block, rest) = output.split_at_mut(block_bytes.min(output.len()));
        let stored = reader.u32_be()?;
        let stored = reader.take(usize::try_from(stored).unwrap_or(usize::MAX))?;
        if stored.len() == block.len() {
            block.copy_from_slice(stored);
        } else {
            decode_block(stored, block)?;
        }
        output = rest;
    }
    Ok(())
}

const DEFAULT_BLOCK_BYTES: u32 = 1 << 30;

/// The LZ4 library's own bound on one block.
const MAX_BLOCK_BYTES: u32 = 0x7e00_0000;
