//! Bits to samples: CCSDS 121.0-B-2, sections 3 and 5.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "block positions stay below 32, values are checked against the largest sample before they are narrowed"
)]

use super::mapping::unmap;
use super::{BLOCKS_PER_SEGMENT, Coding, LONGEST_BLOCK, REMAINDER_OF_SEGMENT};
use crate::FilterError;
use crate::bits::BitReader;

/// Fills `output`, a whole number of samples.
pub(super) fn decode(coding: &Coding, stream: &[u8], output: &mut [u8]) -> Result<(), FilterError> {
    let mut bits = BitReader::new(stream);
    let line_bytes = coding.samples_per_line * coding.sample_bytes;
    for line in output.chunks_mut(line_bytes) {
        decode_line(coding, &mut bits, line)?;
    }
    Ok(())
}

/// One reference sample interval. A line that is not full is the last, so that blocks behind its samples need not be read;
/// what fills up the last block of a full line is read and dropped.
fn decode_line(coding: &Coding, bits: &mut BitReader<'_>, line: &mut [u8]) -> Result<(), FilterError> {
    let samples = line.len() / coding.sample_bytes;
    let mut writer = LineWriter { coding, line, previous: 0 };
    let mut block = 0;
    while block * coding.samples_per_block < samples {
        let has_reference = coding.preprocess && block == 0;
        let mut codes = [0_u32; LONGEST_BLOCK as usize];
        let codes = &mut codes[..coding.samples_per_block];
        let option = read(bits, coding.option_bits())?;
        let mut same_blocks = 1;
        if option == 0 {
            let second_extension = read(bits, 1)? == 1;
            if has_reference {
                codes[0] = read(bits, coding.bits_per_sample)? as u32;
            }
            if second_extension {
                read_pairs(coding, bits, has_reference, codes)?;
            } else {
                same_blocks = read_zero_blocks(coding, bits, block)?;
            }
        } else if option == coding.uncompressed_option() {
            for code in codes.iter_mut() {
                *code = read(bits, coding.bits_per_sample)? as u32;
            }
        } else {
            if has_reference {
                codes[0] = read(bits, coding.bits_per_sample)? as u32;
            }
            read_split(coding, bits, option as u32 - 1, &mut codes[usize::from(has_reference)..])?;
        }
        writer.put(block, codes, has_reference);
        codes.fill(0);
        for more in 1..same_blocks {
            writer.put(block + more, codes, false);
        }
        block += same_blocks;
    }
    Ok(())
}

fn read(bits: &mut BitReader<'_>, count_bits: u32) -> Result<u64, FilterError> {
    bits.read(count_bits).ok_or_else(truncated)
}

fn truncated() -> FilterError {
    FilterError::Corrupt("szip: stream ends inside a block".into())
}

/// Sample splitting: the high parts in unary, then the low `split_bits` of each.
fn read_split(
    coding: &Coding,
    bits: &mut BitReader<'_>,
    split_bits: u32,
    codes: &mut [u32],
) -> Result<(), FilterError> {
    let highest = u64::from(coding.maximum()) >> split_bits;
    for code in codes.iter_mut() {
        let high = bits.read_unary().ok_or_else(truncated)?;
        if high > highest {
            return Err(too_large(coding));
        }
        *code = (high << split_bits) as u32;
    }
    if split_bits > 0 {
        for code in codes {
            *code |= read(bits, split_bits)? as u32;
            if *code > coding.maximum() {
                return Err(too_large(coding));
            }
        }
    }
    Ok(())
}

fn too_large(coding: &Coding) -> FilterError {
    FilterError::Corrupt(format!("szip: a code of more than {} bits", coding.bits_per_sample))
}

/// Second extension: pairs `(a, b)` as `(a + b)(a + b + 1) / 2 + b`. The reference sample stands for the first `a`.
fn read_pairs(
    coding: &Coding,
    bits: &mut BitReader<'_>,
    has_reference: bool,
    codes: &mut [u32],
) -> Result<(), FilterError> {
    for (index, pair) in codes.chunks_exact_mut(2).enumerate() {
        let number = bits.read_unary().ok_or_else(truncated)?;
        let mut sum = 0_u64;
        while (sum + 1) * (sum + 2) / 2 <= number {
            sum += 1;
        }
        let second = number - sum * (sum + 1) / 2;
        let first = sum - second;
        if first.max(second) > u64::from(coding.maximum()) {
            return Err(too_large(coding));
        }
        if index > 0 || !has_reference {
            pair[0] = first as u32;
        }
        pair[1] = second as u32;
    }
    Ok(())
}

/// Length of a run of zero blocks that starts with `block`.
fn read_zero_blocks(coding: &Coding, bits: &mut BitReader<'_>, block: usize) -> Result<usize, FilterError> {
    let left = coding.blocks_per_line - block;
    let code = bits.read_unary().ok_or_else(truncated)?;
    let count = match code {
        REMAINDER_OF_SEGMENT => return Ok(left.min(BLOCKS_PER_SEGMENT - block % BLOCKS_PER_SEGMENT)),
        0..REMAINDER_OF_SEGMENT => code + 1,
        _ => code,
    };
    match usize::try_from(count) {
        Ok(count) if count <= left => Ok(count),
        _ => Err(FilterError::Corrupt(format!("szip: {count} zero blocks where {left} are left"))),
    }
}

/// Undoes the prediction and lays samples into a line; those behind its end are dropped.
struct LineWriter<'a> {
    coding: &'a Coding,
    line: &'a mut [u8],
    previous: u32,
}

impl LineWriter<'_> {
    fn put(&mut self, block: usize, codes: &[u32], has_reference: bool) {
        match (self.coding.sample_bytes, self.coding.big_endian) {
            (1, _) => self.put_as(block, codes, has_reference, |sample| [sample as u8]),
            (2, false) => self.put_as(block, codes, has_reference, |sample| (sample as u16).to_le_bytes()),
            (2, true) => self.put_as(block, codes, has_reference, |sample| (sample as u16).to_be_bytes()),
            (_, false) => self.put_as(block, codes, has_reference, u32::to_le_bytes),
            (_, true) => self.put_as(block, codes, has_reference, u32::to_be_bytes),
        }
    }

    #[inline]
    fn put_as<const N: usize>(
        &mut self,
        block: usize,
        codes: &[u32],
        has_reference: bool,
        bytes: impl Fn(u32) -> [u8; N],
    ) {
        let from = (block * codes.len() * N).min(self.line.len());
        let places = self.line[from..].as_chunks_mut::<N>().0;
        if !self.coding.preprocess {
            return places.iter_mut().zip(codes).for_each(|(place, &code)| *place = bytes(code));
        }
        let maximum = self.coding.maximum();
        let mut previous = self.previous;
        for (index, (place, &code)) in places.iter_mut().zip(codes).enumerate() {
            previous = if has_reference && index == 0 { code } else { unmap(previous, code, maximum) };
            *place = bytes(previous);
        }
        self.previous = previous;
    }
}
