//! The bit transpose that bitshuffle, blosc and blosc2 share.
//!
//! `n` elements of `s` bytes become `8 * s` rows of `n / 8` bytes: row `8 * j + b` holds bit `b` of byte `j` of every
//! element, the first element in the lowest bit. Source: K. Masui et al., "A compression scheme for radio data in high
//! performance computing", Astronomy and Computing 12 (2015), section 3.3.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "kernel: both slices have `rows * row_bytes` bytes, checked on entry; all indices are below that"
)]

use crate::byte_transpose::{PLANE, Plane, gather_planes, scatter_planes};

/// Turns elements into rows of bits. Both slices have the same length, a multiple of `8 * element_size`; what does not
/// fit that is left untouched.
pub(crate) fn bit_transpose(input: &[u8], output: &mut [u8], element_size: usize) {
    let Some(row_bytes) = row_bytes(input, output, element_size) else { return };
    let mut planes = vec![[0_u8; PLANE]; element_size];
    for start in (0..row_bytes).step_by(8) {
        let width = (row_bytes - start).min(8);
        let elements = &input[8 * start * element_size..8 * (start + width) * element_size];
        gather_planes(elements, &mut planes);
        for (j, plane) in planes.iter().enumerate() {
            let mut words = words_of_plane(plane);
            exchange_bits(&mut words);
            for (b, word) in words.iter().enumerate() {
                let at = (8 * j + b) * row_bytes + start;
                output[at..at + width].copy_from_slice(&word.to_le_bytes()[..width]);
            }
        }
    }
}

/// Undoes [`bit_transpose`].
pub(crate) fn bit_untranspose(input: &[u8], output: &mut [u8], element_size: usize) {
    let Some(row_bytes) = row_bytes(input, output, element_size) else { return };
    let mut planes = vec![[0_u8; PLANE]; TILE * element_size];
    for tile in (0..row_bytes).step_by(8 * TILE) {
        let starts = (tile..row_bytes.min(tile + 8 * TILE)).step_by(8);
        for j in 0..element_size {
            let rows = &input[8 * j * row_bytes..8 * (j + 1) * row_bytes];
            for (t, start) in starts.clone().enumerate() {
                let mut words = load_rows(rows, row_bytes, start, (row_bytes - start).min(8));
                exchange_bits(&mut words);
                plane_of_words(words, &mut planes[t * element_size + j]);
            }
        }
        for (planes, start) in planes.chunks_exact(element_size).zip(starts) {
            let end = (start + 8).min(row_bytes);
            scatter_planes(planes, &mut output[8 * start * element_size..8 * end * element_size]);
        }
    }
}

/// Bytes in a row of bits, if there is anything to do.
fn row_bytes(input: &[u8], output: &[u8], element_size: usize) -> Option<usize> {
    debug_assert_eq!(input.len(), output.len(), "a transpose keeps the length");
    let row_bytes = input.len().min(output.len()).checked_div(element_size.checked_mul(8)?)?;
    (row_bytes > 0).then_some(row_bytes)
}

/// Up to 8 bytes of each of 8 rows, one word a row.
#[inline]
fn load_rows(rows: &[u8], row_bytes: usize, start: usize, width: usize) -> [u64; 8] {
    let mut words = [0_u64; 8];
    for (b, word) in words.iter_mut().enumerate() {
        let row = &rows[b * row_bytes + start..];
        *word = match row.first_chunk::<8>() {
            Some(bytes) if width == 8 => u64::from_le_bytes(*bytes),
            _ => {
                let mut bytes = [0_u8; 8];
                bytes[..width].copy_from_slice(&row[..width]);
                u64::from_le_bytes(bytes)
            }
        };
    }
    words
}

/// Transposes, at each of the 8 byte positions, the 8 x 8 bits that the 8 words have there. Its own inverse.
#[inline]
fn exchange_bits(words: &mut [u64; 8]) {
    exchange(words, 4, 4, 0x0f0f_0f0f_0f0f_0f0f);
    exchange(words, 2, 2, 0x3333_3333_3333_3333);
    exchange(words, 1, 1, 0x5555_5555_5555_5555);
}

/// Transposes the 8 x 8 bytes of 8 words. Its own inverse.
#[inline]
fn exchange_bytes(words: &mut [u64; 8]) {
    exchange(words, 4, 32, 0x0000_0000_ffff_ffff);
    exchange(words, 2, 16, 0x0000_ffff_0000_ffff);
    exchange(words, 1, 8, 0x00ff_00ff_00ff_00ff);
}

/// One stage of a transpose by halves: swaps the high part of each word with the low part of the word `distance` on.
#[inline]
fn exchange(words: &mut [u64; 8], distance: usize, shift: u32, low: u64) {
    for k in 0..8 {
        if k & distance == 0 {
            let swap = ((words[k] >> shift) ^ words[k + distance]) & low;
            words[k] ^= swap << shift;
            words[k + distance] ^= swap;
        }
    }
}

/// After [`exchange_bits`], byte `p` of word `k` belongs to element `8 * p + k`: puts them in element order.
#[inline]
fn plane_of_words(mut words: [u64; 8], plane: &mut Plane) {
    exchange_bytes(&mut words);
    for (bytes, word) in plane.chunks_exact_mut(8).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
}

/// Undoes [`plane_of_words`].
#[inline]
fn words_of_plane(plane: &Plane) -> [u64; 8] {
    let mut words = [0_u64; 8];
    for (word, bytes) in words.iter_mut().zip(plane.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    exchange_bytes(&mut words);
    words
}

/// Words of a row that are read before the next rows: a cache line. Rows are often a power of two apart, where each evicts
/// the others.
const TILE: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, bit by bit.
    fn slow(input: &[u8], element_size: usize) -> Vec<u8> {
        let elements = input.len() / element_size;
        let mut output = vec![0; input.len()];
        for i in 0..elements {
            for j in 0..element_size {
                for b in 0..8 {
                    let bit = input[i * element_size + j] >> b & 1;
                    output[(8 * j + b) * (elements / 8) + i / 8] |= bit << (i % 8);
                }
            }
        }
        output
    }

    #[test]
    fn bit_transpose_equals_its_definition_and_is_undone() {
        for element_size in [1, 2, 3, 4, 5, 8, 16, 31] {
            for groups in [1, 2, 7, 8, 9, 40, 64, 65, 130] {
                let input: Vec<u8> = (0_usize..8 * groups * element_size)
                    .map(|i| ((i.wrapping_mul(167) >> 3) ^ i).to_le_bytes()[0])
                    .collect();
                let mut rows = vec![0; input.len()];
                bit_transpose(&input, &mut rows, element_size);
                assert_eq!(rows, slow(&input, element_size), "{element_size} bytes, {groups} groups");
                let mut back = vec![0; input.len()];
                bit_untranspose(&rows, &mut back, element_size);
                assert_eq!(back, input, "{element_size} bytes, {groups} groups");
            }
        }
    }
}
