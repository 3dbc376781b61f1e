//! Embedded coding of a block's coefficients, bit plane by bit plane.
//!
//! zfp documentation, "Algorithm", steps 6 to 8. In each plane, from the most significant down, the first `n`
//! coefficients (those with a one in an earlier plane, and all before them) have their bits verbatim; then, as long
//! as a group test bit says that ones are left, a unary run of zeros leads to the next one. The last coefficient's
//! one is not written where the test implies it.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "counts of at most 256 values, 64 planes and 2^15 bits; each subtraction follows its comparison"
)]
#![expect(clippy::cast_possible_truncation, reason = "counts of at most 256")]
#![expect(clippy::indexing_slicing, reason = "indices are below N, the length of the arrays")]

use super::bit_stream::{BitReader, BitWriter, PEEK_BITS, low_mask};

/// Decodes at most `max_precision` planes of `planes` from at most `max_bits` bits into zeroed `values`; returns the
/// number of bits read.
pub(super) fn decode<const N: usize>(
    reader: &mut BitReader<'_>,
    max_bits: u32,
    planes: u32,
    max_precision: u32,
    values: &mut [u64; N],
) -> u32 {
    let mut bits = max_bits;
    let mut verbatim = 0;
    for plane in (planes.saturating_sub(max_precision)..planes).rev() {
        if bits == 0 {
            break;
        }
        bits -= read_verbatim(reader, verbatim.min(bits as usize), plane, values);
        while verbatim < N && bits > 0 {
            let (is_one_left, used) = read_run(reader, N - 1 - verbatim, bits);
            bits -= used;
            let Some(zeros) = is_one_left else { break };
            verbatim += zeros;
            values[verbatim] |= 1 << plane;
            verbatim += 1;
        }
    }
    max_bits - bits
}

/// Reads the bits of the first `count` values in a plane.
#[inline]
fn read_verbatim<const N: usize>(
    reader: &mut BitReader<'_>,
    count: usize,
    plane: u32,
    values: &mut [u64; N],
) -> u32 {
    if N <= 16 && count == N {
        // The common case of small blocks, without branches.
        let word = reader.read_bits(N as u32);
        values.iter_mut().enumerate().for_each(|(place, value)| *value |= (word >> place & 1) << plane);
        return N as u32;
    }
    let mut used = 0;
    for group in values[..count].chunks_mut(64) {
        let mut word = reader.read_bits(group.len() as u32);
        used += group.len() as u32;
        while word != 0 {
            group[word.trailing_zeros() as usize] |= 1 << plane;
            word &= word - 1;
        }
    }
    used
}

/// Reads a group test and, if it holds, the run of zeros up to the next one, which `max_zeros` zeros imply. A run that
/// the budget of `bits > 0` cuts short counts as complete. Returns the run, if any, and the bits used.
#[inline]
fn read_run(reader: &mut BitReader<'_>, max_zeros: usize, bits: u32) -> (Option<usize>, u32) {
    let word = reader.peek();
    if word & 1 == 0 {
        reader.skip(1);
        return (None, 1);
    }
    // Zeros that may be read: a one among or after them ends the run, if both bounds leave room to read it.
    let limit = (max_zeros as u32).min(bits - 1);
    let zeros = (word >> 1).trailing_zeros();
    if zeros < limit && zeros + 2 <= PEEK_BITS {
        reader.skip(zeros + 2);
        return (Some(zeros as usize), zeros + 2);
    }
    reader.skip(1);
    let mut zeros = 0;
    while zeros < limit {
        if reader.read_bit() {
            return (Some(zeros as usize), zeros + 2);
        }
        zeros += 1;
    }
    (Some(zeros as usize), zeros + 1)
}

/// Encodes at most `max_precision` planes of `planes` into at most `max_bits` bits; returns the number of bits written.
pub(super) fn encode<const N: usize>(
    writer: &mut BitWriter<'_>,
    max_bits: u32,
    planes: u32,
    max_precision: u32,
    values: &[u64; N],
) -> u32 {
    let mut bits = max_bits;
    let mut verbatim = 0;
    for plane in (planes.saturating_sub(max_precision)..planes).rev() {
        if bits == 0 {
            break;
        }
        let words = gather_plane(values, plane);
        bits -= write_verbatim(writer, &words, verbatim.min(bits as usize));
        while verbatim < N && bits > 0 {
            let next = next_one(&words, verbatim);
            writer.write_bits(u64::from(next.is_some()), 1);
            bits -= 1;
            let Some(next) = next else { break };
            let zeros = (next - verbatim).min(bits as usize);
            writer.pad(zeros as u32);
            bits -= zeros as u32;
            if next < N - 1 && bits > 0 {
                writer.write_bits(1, 1);
                bits -= 1;
            }
            verbatim = next + 1;
        }
    }
    max_bits - bits
}

/// One bit plane, the first value in the least significant place of the first word.
type Plane = [u64; 4];

fn gather_plane<const N: usize>(values: &[u64; N], plane: u32) -> Plane {
    let mut words = Plane::default();
    for (word, group) in words.iter_mut().zip(values.chunks(64)) {
        *word = group.iter().rev().fold(0, |word, value| word << 1 | (value >> plane & 1));
    }
    words
}

fn write_verbatim(writer: &mut BitWriter<'_>, words: &Plane, count: usize) -> u32 {
    let mut left = count as u32;
    for word in words {
        let step = left.min(64);
        writer.write_bits(*word, step);
        left -= step;
    }
    count as u32
}

/// Place of the first one at or after `start`.
fn next_one(words: &Plane, start: usize) -> Option<usize> {
    let mut first_mask = !low_mask((start % 64) as u32);
    for (index, word) in words.iter().enumerate().skip(start / 64) {
        let ones = word & first_mask;
        if ones != 0 {
            return Some(index * 64 + ones.trailing_zeros() as usize);
        }
        first_mask = u64::MAX;
    }
    None
}
