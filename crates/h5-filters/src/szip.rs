//! Filter 4: extended Rice coding in the form of the szip library.

use crate::shuffle::{shuffle, unshuffle};
use crate::{Filter, FilterContext, FilterError};

mod decoder;
mod encoder;
mod mapping;

/// Filter 4, szip: CCSDS 121.0-B adaptive entropy coding behind the decoded length (4 bytes, little-endian).
///
/// Client data: `[options mask, pixels per block, bits per pixel, pixels per scanline]`. Of the options matter 32 (nearest
/// neighbour: the unit-delay preprocessor of section 4 of CCSDS 121.0-B) and 16 (pixels most significant byte first).
/// A scanline is a reference sample interval; one that does not end with a block is filled up with pixels that are dropped again.
/// Pixels of 32 and 64 bits are coded as bytes: all first bytes of the chunk, then all second ones, and so on.
///
/// The encoder fails with [`FilterError::TooLong`] where the stream would be longer than the input, as the library does.
#[derive(Debug, Clone, Copy, Default)]
pub struct Szip;

impl Filter for Szip {
    fn id(&self) -> u16 {
        4
    }

    fn name(&self) -> &'static str {
        "szip"
    }

    fn decode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        let (length, _) = split_length(input, context.max_output_bytes)?;
        output.resize(length, 0);
        self.decode_into(context, input, output)?;
        Ok(())
    }

    fn decode_into(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, FilterError> {
        let parameters = Parameters::parse(context.client_data)?;
        let limit_bytes = context.max_output_bytes.min(output.len());
        let (length, stream) = split_length(input, limit_bytes)?;
        parameters.check_length(length)?;
        let target = output.get_mut(..length).ok_or(FilterError::TooLong { limit_bytes })?;
        if parameters.interleaved_bytes == 1 {
            decoder::decode(&parameters.coding, stream, target)?;
        } else {
            let mut planes = vec![0; length];
            decoder::decode(&parameters.coding, stream, &mut planes)?;
            unshuffle(parameters.interleaved_bytes, &planes, target);
        }
        Ok(length)
    }

    fn encode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        crate::filter::check_encodes()?;
        let parameters = Parameters::parse(context.client_data)?;
        parameters.check_length(input.len())?;
        let limit_bytes = context.max_output_bytes.min(input.len().saturating_add(LENGTH_BYTES));
        let length = u32::try_from(input.len())
            .map_err(|_| FilterError::Unsupported(format!("szip: a chunk of {} bytes", input.len())))?;
        output.clear();
        output.extend_from_slice(&length.to_le_bytes());
        if parameters.interleaved_bytes == 1 {
            encoder::encode(&parameters.coding, input, output)?;
        } else {
            let mut planes = vec![0; input.len()];
            shuffle(parameters.interleaved_bytes, input, &mut planes);
            encoder::encode(&parameters.coding, &planes, output)?;
        }
        if output.len() > limit_bytes { Err(FilterError::TooLong { limit_bytes }) } else { Ok(()) }
    }
}

fn split_length(input: &[u8], limit_bytes: usize) -> Result<(usize, &[u8]), FilterError> {
    let Some((length, stream)) = input.split_first_chunk::<LENGTH_BYTES>() else {
        return Err(FilterError::Corrupt(format!("szip: {} bytes hold no length of 4", input.len())));
    };
    match usize::try_from(u32::from_le_bytes(*length)) {
        Ok(length) if length <= limit_bytes => Ok((length, stream)),
        _ => Err(FilterError::TooLong { limit_bytes }),
    }
}

/// The client data, understood.
struct Parameters {
    coding: Coding,
    /// Bytes of a pixel that is coded as bytes; else 1.
    interleaved_bytes: usize,
}

/// How samples become bits.
struct Coding {
    /// 1 to 31.
    bits_per_sample: u32,
    /// 1, 2 or 4.
    sample_bytes: usize,
    big_endian: bool,
    /// Whether differences to the sample before are coded.
    preprocess: bool,
    /// 2 to 32, even.
    samples_per_block: usize,
    /// Above 0.
    samples_per_line: usize,
    /// 1 to 4096.
    blocks_per_line: usize,
}

impl Parameters {
    fn parse(client_data: &[u32]) -> Result<Self, FilterError> {
        let &[options, block, bits, line, ..] = client_data else {
            let count = client_data.len();
            return Err(FilterError::Parameters(format!("szip: {count} values of client data, expected 4")));
        };
        let (bits_per_sample, sample_bytes, interleaved_bytes) = match bits {
            1..=8 => (bits, 1, 1),
            9..=16 => (bits, 2, 1),
            17..=31 => (bits, 4, 1),
            32 => (8, 1, 4),
            64 => (8, 1, 8),
            _ => return Err(FilterError::Parameters(format!("szip: {bits} bits per pixel"))),
        };
        if !(2..=LONGEST_BLOCK).contains(&block) || block % 2 != 0 {
            return Err(FilterError::Parameters(format!(
                "szip: {block} pixels per block, expected 2 to 32, even"
            )));
        }
        let blocks = line.div_ceil(block);
        if !(1..=MOST_BLOCKS_PER_LINE).contains(&blocks) {
            return Err(FilterError::Parameters(format!(
                "szip: {line} pixels per scanline in blocks of {block}"
            )));
        }
        let coding = Coding {
            bits_per_sample,
            sample_bytes,
            big_endian: options & MSB_OPTION_MASK != 0,
            preprocess: options & NN_OPTION_MASK != 0,
            samples_per_block: block as usize,
            samples_per_line: line as usize,
            blocks_per_line: blocks as usize,
        };
        Ok(Self { coding, interleaved_bytes })
    }

    fn check_length(&self, length: usize) -> Result<(), FilterError> {
        let pixel_bytes = self.interleaved_bytes.max(self.coding.sample_bytes);
        if length.is_multiple_of(pixel_bytes) {
            return Ok(());
        }
        Err(FilterError::Corrupt(format!(
            "szip: {length} bytes are no whole number of pixels of {pixel_bytes}"
        )))
    }
}

impl Coding {
    /// Width of the field that names a block's code option: CCSDS 121.0-B-2, table 5-1.
    fn option_bits(&self) -> u32 {
        match self.bits_per_sample {
            ..=8 => 3,
            9..=16 => 4,
            _ => 5,
        }
    }

    /// The option of a block that is not coded, and all bits of the field.
    fn uncompressed_option(&self) -> u64 {
        match self.option_bits() {
            3 => 7,
            4 => 15,
            _ => 31,
        }
    }

    /// The largest sample.
    fn maximum(&self) -> u32 {
        u32::MAX.checked_shr(32_u32.saturating_sub(self.bits_per_sample)).unwrap_or(0)
    }
}

const LENGTH_BYTES: usize = 4;
const MSB_OPTION_MASK: u32 = 16;
const NN_OPTION_MASK: u32 = 32;
const LONGEST_BLOCK: u32 = 32;
/// CCSDS 121.0-B-2, 4.3: a reference sample interval has at most this many blocks.
const MOST_BLOCKS_PER_LINE: u32 = 4096;
/// CCSDS 121.0-B-2, 3.4.3: runs of zero blocks end with these segments at the latest.
const BLOCKS_PER_SEGMENT: usize = 64;
/// Unary code of a run of zero blocks up to the end of its segment.
const REMAINDER_OF_SEGMENT: u64 = 4;
