//! Samples to bits: CCSDS 121.0-B-2, sections 3 and 5, each block with the shortest of its codes.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "positions stay within a block or a line, and lengths of codes are sums of at most 32 values of 31 bits"
)]

use super::mapping::map;
use super::{BLOCKS_PER_SEGMENT, Coding, REMAINDER_OF_SEGMENT};
use crate::FilterError;
use crate::bits::BitWriter;

/// Appends the stream of `input`, a whole number of samples. The last line is filled up as the others are.
pub(super) fn encode(coding: &Coding, input: &[u8], output: &mut Vec<u8>) -> Result<(), FilterError> {
    let mut bits = BitWriter::new(output);
    let mut line = Vec::with_capacity(coding.blocks_per_line * coding.samples_per_block);
    for bytes in input.chunks(coding.samples_per_line * coding.sample_bytes) {
        line.clear();
        line.extend(bytes.chunks_exact(coding.sample_bytes).map(|sample| load(sample, coding.big_endian)));
        if let Some(sample) = line.iter().find(|&&sample| sample > coding.maximum()) {
            let bits = coding.bits_per_sample;
            return Err(FilterError::Parameters(format!("szip: {sample:#x} has more than {bits} bits")));
        }
        // The filling costs least where it predicts itself: as the last sample again, or as zeros.
        let filling = if coding.preprocess { line.last().copied().unwrap_or(0) } else { 0 };
        line.resize(coding.blocks_per_line * coding.samples_per_block, filling);
        if coding.preprocess {
            for index in (1..line.len()).rev() {
                line[index] = map(line[index - 1], line[index], coding.maximum());
            }
        }
        encode_line(coding, &line, &mut bits);
    }
    bits.finish();
    Ok(())
}

fn load(sample: &[u8], big_endian: bool) -> u32 {
    let join = |value: u32, &byte: &u8| value << 8 | u32::from(byte);
    if big_endian { sample.iter().fold(0, join) } else { sample.iter().rev().fold(0, join) }
}

/// One reference sample interval of whole blocks; with preprocessing the first value is the reference sample.
fn encode_line(coding: &Coding, line: &[u32], bits: &mut BitWriter<'_>) {
    let block_at = |index: usize| &line[index * coding.samples_per_block..][..coding.samples_per_block];
    let mut index = 0;
    while index < coding.blocks_per_line {
        let block = block_at(index);
        let reference = (coding.preprocess && index == 0).then(|| block[0]);
        let codes = &block[usize::from(reference.is_some())..];
        if codes.iter().any(|&code| code != 0) {
            encode_block(coding, block, reference, bits);
            index += 1;
            continue;
        }
        let segment_end =
            (index - index % BLOCKS_PER_SEGMENT + BLOCKS_PER_SEGMENT).min(coding.blocks_per_line);
        let more =
            (index + 1..segment_end).take_while(|&next| block_at(next).iter().all(|&code| code == 0)).count();
        let count = 1 + more;
        bits.write(0, coding.option_bits() + 1);
        if let Some(sample) = reference {
            bits.write(u64::from(sample), coding.bits_per_sample);
        }
        bits.write_unary(match count as u64 {
            short @ 1..=REMAINDER_OF_SEGMENT => short - 1,
            _ if index + count == segment_end => REMAINDER_OF_SEGMENT,
            long => long,
        });
        index += count;
    }
}

/// A block that is not all zero.
fn encode_block(coding: &Coding, block: &[u32], reference: Option<u32>, bits: &mut BitWriter<'_>) {
    let codes = &block[usize::from(reference.is_some())..];
    let reference_bits = reference.map_or(0, |_| u64::from(coding.bits_per_sample));
    let plain_bits = block.len() as u64 * u64::from(coding.bits_per_sample);
    let most_split_bits = (coding.uncompressed_option() - 2).min(u64::from(coding.bits_per_sample));
    let split_cost = |split_bits: u64| {
        let high: u64 = codes.iter().map(|&code| u64::from(code) >> split_bits).sum();
        (reference_bits + high + codes.len() as u64 * (split_bits + 1), split_bits)
    };
    let (split_cost, split_bits) = (0..=most_split_bits).map(split_cost).min().unwrap_or((u64::MAX, 0));
    let pairs_cost = 1
        + reference_bits
        + pairs(block, reference).map(|number| number.saturating_add(1)).fold(0, u64::saturating_add);
    if plain_bits <= split_cost.min(pairs_cost) {
        bits.write(coding.uncompressed_option(), coding.option_bits());
        block.iter().for_each(|&code| bits.write(u64::from(code), coding.bits_per_sample));
        return;
    }
    let put_reference = |bits: &mut BitWriter<'_>| {
        if let Some(sample) = reference {
            bits.write(u64::from(sample), coding.bits_per_sample);
        }
    };
    if pairs_cost < split_cost {
        bits.write(1, coding.option_bits() + 1);
        put_reference(bits);
        pairs(block, reference).for_each(|number| bits.write_unary(number));
    } else {
        bits.write(split_bits + 1, coding.option_bits());
        put_reference(bits);
        codes.iter().for_each(|&code| bits.write_unary(u64::from(code) >> split_bits));
        let low_bits = u32::try_from(split_bits).unwrap_or(0);
        codes.iter().for_each(|&code| bits.write(u64::from(code), low_bits));
    }
}

/// The numbers of the second extension; a reference sample counts as 0.
fn pairs(block: &[u32], reference: Option<u32>) -> impl Iterator<Item = u64> {
    block.as_chunks::<2>().0.iter().enumerate().map(move |(index, &[first, second])| {
        let first = if index == 0 && reference.is_some() { 0 } else { u64::from(first) };
        let sum = first + u64::from(second);
        // Codes have at most 31 bits, so that the product fits 64.
        sum * (sum + 1) / 2 + u64::from(second)
    })
}
