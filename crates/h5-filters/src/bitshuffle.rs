//! Bitshuffle: the bit transpose, block by block, alone or with LZ4 or Zstandard.
//!
//! Compressed chunks start with 8 bytes, the decoded size, and 4 bytes, the block size in bytes; then each block has 4 bytes,
//! its stored size, and as many bytes. All are big-endian. Chunks that are not compressed have the blocks alone. The last
//! block has what is left in groups of eight elements; what is left after that, fewer than eight, is copied.
//! Sources: the bitshuffle project's description of its HDF5 filter; K. Masui et al. (2015), section 3.

use crate::bit_transpose::{bit_transpose, bit_untranspose};
use crate::bounded::{Reader, checked_size, front, sized, to_u32};
use crate::{Filter, FilterContext, FilterError, lz4, zstd};

/// Registered filter 32008. Client data: major and minor version, element size, block size in elements (0: the default),
/// compression (0 none, 2 LZ4, 3 Zstandard), level of Zstandard (not needed to decode; encoding has one).
#[derive(Debug, Clone, Copy, Default)]
pub struct Bitshuffle;

impl Filter for Bitshuffle {
    fn id(&self) -> u16 {
        32008
    }

    fn name(&self) -> &'static str {
        "bitshuffle"
    }

    fn decode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        let layout = Layout::of_stored(context, input)?;
        layout.decode(input, sized(output, layout.total)?)
    }

    fn decode_into(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, FilterError> {
        let layout = Layout::of_stored(context, input)?;
        layout.decode(input, front(output, layout.total)?)?;
        Ok(layout.total)
    }

    fn encode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        crate::filter::check_encodes()?;
        let parameters = Parameters::decode(context.client_data)?;
        Layout::new(parameters, input.len(), parameters.block_bytes()?)?.encode(input, output)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codec {
    None,
    Lz4,
    Zstd,
}

/// The client data.
#[derive(Debug, Clone, Copy)]
struct Parameters {
    element_size: usize,
    /// Elements in a block; 0 for the default.
    block_elements: usize,
    codec: Codec,
}

impl Parameters {
    fn decode(client_data: &[u32]) -> Result<Self, FilterError> {
        let value =
            |at: usize| usize::try_from(client_data.get(at).copied().unwrap_or(0)).unwrap_or(usize::MAX);
        let element_size = value(2);
        if element_size == 0 || element_size > MAX_ELEMENT_BYTES {
            return Err(FilterError::Parameters(format!("bitshuffle of elements of {element_size} bytes")));
        }
        let block_elements = value(3);
        if block_elements % GROUP != 0 {
            return Err(FilterError::Parameters(format!("bitshuffle blocks of {block_elements} elements")));
        }
        let codec = match value(4) {
            0 => Codec::None,
            2 => Codec::Lz4,
            3 => Codec::Zstd,
            other => return Err(FilterError::Parameters(format!("bitshuffle compression {other}"))),
        };
        Ok(Self { element_size, block_elements, codec })
    }

    fn block_bytes(&self) -> Result<usize, FilterError> {
        let elements =
            if self.block_elements == 0 { self.default_block_elements() } else { self.block_elements };
        elements
            .checked_mul(self.element_size)
            .ok_or_else(|| FilterError::Parameters(format!("bitshuffle blocks of {elements} elements")))
    }

    /// As many elements as 8 KiB hold, in whole groups, and 128 at least.
    fn default_block_elements(&self) -> usize {
        let fitting = DEFAULT_BLOCK_BYTES.checked_div(self.element_size).unwrap_or(0);
        fitting.saturating_sub(fitting % GROUP).max(MIN_DEFAULT_ELEMENTS)
    }
}

/// Sizes of a chunk in bytes, checked.
#[derive(Debug, Clone, Copy)]
struct Layout {
    parameters: Parameters,
    /// Decoded bytes.
    total: usize,
    /// Bytes in whole groups of eight elements; the rest is copied.
    grouped: usize,
    /// Bytes in each block but the last: whole groups, not 0.
    block: usize,
}

impl Layout {
    fn new(parameters: Parameters, total: usize, block: usize) -> Result<Self, FilterError> {
        let group = parameters.element_size.saturating_mul(GROUP);
        if block == 0 || !block.is_multiple_of(group) {
            return Err(FilterError::Corrupt(format!("bitshuffle blocks of {block} bytes")));
        }
        if !total.is_multiple_of(parameters.element_size) {
            let size = parameters.element_size;
            return Err(FilterError::Corrupt(format!("bitshuffle of {total} bytes in elements of {size}")));
        }
        let left = total.checked_rem(group).unwrap_or(0);
        Ok(Self { parameters, total, grouped: total.saturating_sub(left), block })
    }

    fn of_stored(context: FilterContext<'_>, input: &[u8]) -> Result<Self, FilterError> {
        let parameters = Parameters::decode(context.client_data)?;
        if parameters.codec == Codec::None {
            let total =
                checked_size(u64::try_from(input.len()).unwrap_or(u64::MAX), context.max_output_bytes)?;
            return Self::new(parameters, total, parameters.block_bytes()?);
        }
        let mut reader = Reader::new(input);
        let total = checked_size(reader.u64_be()?, context.max_output_bytes)?;
        let block = match usize::try_from(reader.u32_be()?).unwrap_or(usize::MAX) {
            0 => parameters.block_bytes()?,
            stated => stated,
        };
        Self::new(parameters, total, block)
    }

    fn decode(&self, input: &[u8], output: &mut [u8]) -> Result<(), FilterError> {
        let Parameters { element_size, codec, .. } = self.parameters;
        let (grouped, rest) = output.split_at_mut(self.grouped);
        let mut reader = Reader::at(input, if codec == Codec::None { 0 } else { HEADER_BYTES });
        let mut bits = Vec::new();
        for block in grouped.chunks_mut(self.block) {
            if codec == Codec::None {
                bit_untranspose(reader.take(block.len())?, block, element_size);
                continue;
            }
            let stored = usize::try_from(reader.u32_be()?).unwrap_or(usize::MAX);
            let stored = reader.take(stored)?;
            let bits = sized(&mut bits, block.len())?;
            match codec {
                Codec::Zstd => zstd::decode_exact(stored, bits)?,
                _ => lz4::decode_block(stored, bits)?,
            }
            bit_untranspose(bits, block, element_size);
        }
        rest.copy_from_slice(reader.take(rest.len())?);
        Ok(())
    }

    fn encode(&self, input: &[u8], output: &mut Vec<u8>) -> Result<(), FilterError> {
        let Parameters { element_size, codec, .. } = self.parameters;
        output.clear();
        if codec != Codec::None {
            output.extend_from_slice(&u64::try_from(self.total).unwrap_or(u64::MAX).to_be_bytes());
            output.extend_from_slice(&to_u32(self.block, "a bitshuffle block")?.to_be_bytes());
        }
        let (grouped, rest) = input.split_at_checked(self.grouped).unwrap_or_default();
        let mut bits = vec![0; self.block.min(grouped.len())];
        for block in grouped.chunks(self.block) {
            let bits = front(&mut bits, block.len())?;
            bit_transpose(block, bits, element_size);
            let packed = match codec {
                Codec::None => {
                    output.extend_from_slice(bits);
                    continue;
                }
                Codec::Lz4 => lz4_flex::block::compress(bits),
                Codec::Zstd => zstd::encode(bits)?,
            };
            output.extend_from_slice(&to_u32(packed.len(), "a bitshuffle block")?.to_be_bytes());
            output.extend_from_slice(&packed);
        }
        output.extend_from_slice(rest);
        Ok(())
    }
}

/// Elements that are transposed together.
const GROUP: usize = 8;
const DEFAULT_BLOCK_BYTES: usize = 8192;
const MIN_DEFAULT_ELEMENTS: usize = 128;
const HEADER_BYTES: usize = 12;

/// Far above any element worth shuffling; bounds the scratch space, which is 64 bytes for each byte of an element.
const MAX_ELEMENT_BYTES: usize = 1 << 20;
