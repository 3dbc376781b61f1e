//! Integers packed as small differences, in as many bits as these need.
//!
//! Measured values differ from their neighbours by little more than their noise. Each integer is predicted as the mean of the two before
//! it, which follows the signal and averages the noise; what is left over is stored in blocks as an offset from the smallest, with
//! the bits that the largest needs (frame of reference: Goldstein, Ramakrishnan and Shaft, ICDE 1998).
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    reason = "differences wrap by intent and are undone the same way; indices are constants below the lengths of arrays"
)]

/// Integers of a block. Few, so that one outlier widens few; many, so that the block's three numbers are a small share.
pub(super) const BLOCK: usize = 128;
/// Integers that are packed together: they end on a byte at any width.
const GROUP: usize = 8;
/// The widest differences that are packed; wider ones take 32 bits.
const WIDEST: u32 = 16;

/// Appends blocks of integers to bytes.
#[derive(Debug, Default)]
pub(super) struct DifferenceWriter {
    first: i32,
}

impl DifferenceWriter {
    /// Appends a block: its width, the smallest difference, its first integer less that of the block before, the differences.
    pub(super) fn push(&mut self, block: &[i32; BLOCK], out: &mut Vec<u8>) {
        let mut differences = [0_i32; BLOCK];
        differences[1] = block[1].wrapping_sub(block[0]);
        for (difference, of) in differences[2..].iter_mut().zip(block.windows(3)) {
            *difference = of[2].wrapping_sub(mean(of[0], of[1]));
        }
        let smallest = differences[1..].iter().copied().min().unwrap_or(0);
        let mut offsets = differences.map(|difference| difference.wrapping_sub(smallest) as u32);
        // The first integer is stored apart.
        offsets[0] = 0;
        let used = offsets.iter().fold(0, |all, offset| all | offset);
        let bits = u32::BITS - used.leading_zeros();
        let width = if bits > WIDEST { u32::BITS } else { bits };
        out.push(width as u8);
        push_varint(smallest, out);
        push_varint(block[0].wrapping_sub(self.first), out);
        self.first = block[0];
        match width {
            u32::BITS => offsets.iter().for_each(|offset| out.extend_from_slice(&offset.to_le_bytes())),
            width => pack(&offsets, width as usize, out),
        }
    }
}

/// Takes blocks of integers from bytes.
#[derive(Debug)]
pub(super) struct DifferenceReader<'p> {
    packed: &'p [u8],
    first: i32,
}

impl<'p> DifferenceReader<'p> {
    pub(super) fn new(packed: &'p [u8]) -> Self {
        Self { packed, first: 0 }
    }

    /// Takes the next block; `None` where the bytes end.
    pub(super) fn next(&mut self, block: &mut [i32; BLOCK]) -> Option<()> {
        let (&width, rest) = self.packed.split_first()?;
        self.packed = rest;
        let smallest = self.varint()?;
        self.first = self.first.wrapping_add(self.varint()?);
        let width = usize::from(width);
        let (bytes, rest) = self.packed.split_at_checked(width * (BLOCK / GROUP * GROUP) / 8)?;
        self.packed = rest;
        unpack(bytes, width, block)?;
        block[0] = self.first;
        block[1] = block[1].wrapping_add(smallest).wrapping_add(self.first);
        let (mut before, mut last) = (self.first, block[1]);
        for value in &mut block[2..] {
            *value = value.wrapping_add(smallest).wrapping_add(mean(before, last));
            (before, last) = (last, *value);
        }
        Some(())
    }

    fn varint(&mut self) -> Option<i32> {
        let (mut zigzag, mut shift) = (0_u32, 0);
        loop {
            let (&byte, rest) = self.packed.split_first()?;
            self.packed = rest;
            zigzag |= u32::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some((zigzag >> 1) as i32 ^ -((zigzag & 1) as i32));
            }
            shift += 7;
        }
    }
}

/// What the next integer is predicted to be. The sum may wrap, and does so alike on both ways.
fn mean(a: i32, b: i32) -> i32 {
    a.wrapping_add(b) >> 1
}

/// Small numbers of either sign in few bytes: seven bits each, the sign lowest.
fn push_varint(value: i32, out: &mut Vec<u8>) {
    let mut zigzag = ((value << 1) ^ (value >> 31)) as u32;
    while zigzag > 0x7f {
        out.push(zigzag as u8 | 0x80);
        zigzag >>= 7;
    }
    out.push(zigzag as u8);
}

/// Calls [`unpack_width`] compiled for one of the widths.
macro_rules! unpack_one_of {
    ($width:expr, $bytes:expr, $block:expr, $($w:literal)*) => {
        match $width {
            $($w => unpack_width::<$w>($bytes, $block),)*
            _ => return None,
        }
    };
}

fn pack(offsets: &[u32; BLOCK], width: usize, out: &mut Vec<u8>) {
    for group in offsets.chunks_exact(GROUP) {
        let word = group.iter().rev().fold(0_u128, |word, &offset| (word << width) | u128::from(offset));
        out.extend_from_slice(&word.to_le_bytes()[..width]);
    }
}

fn unpack(bytes: &[u8], width: usize, block: &mut [i32; BLOCK]) -> Option<()> {
    if width == 32 {
        for (value, four) in block.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *value = i32::from_le_bytes(*four);
        }
        return Some(());
    }
    unpack_one_of!(width, bytes, block, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
    Some(())
}

fn unpack_width<const WIDTH: usize>(bytes: &[u8], block: &mut [i32; BLOCK]) {
    if WIDTH == 0 {
        block.fill(0);
        return;
    }
    let mask = (1_u64 << WIDTH) - 1;
    for (group, packed) in block.as_chunks_mut::<GROUP>().0.iter_mut().zip(bytes.as_chunks::<WIDTH>().0) {
        let mut words = [0; 16];
        words[..WIDTH].copy_from_slice(packed);
        if WIDTH <= 8 {
            let word = u128::from_le_bytes(words) as u64;
            for (k, value) in group.iter_mut().enumerate() {
                *value = ((word >> (k * WIDTH)) & mask) as i32;
            }
        } else {
            let word = u128::from_le_bytes(words);
            for (k, value) in group.iter_mut().enumerate() {
                *value = ((word >> (k * WIDTH)) as u64 & mask) as i32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(amplitude: u32) -> impl Iterator<Item = i32> {
        let mut state = 7_u64;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 32) as u32 & amplitude) as i32
        })
    }

    fn packed(values: &[i32]) -> Vec<u8> {
        let (mut writer, mut out) = (DifferenceWriter::default(), Vec::new());
        values.as_chunks::<BLOCK>().0.iter().for_each(|block| writer.push(block, &mut out));
        out
    }

    #[test]
    fn noise_of_any_width_comes_back() {
        for bits in 0..=32_u32 {
            let amplitude = 1_u32.checked_shl(bits).map_or(u32::MAX, |high| high - 1);
            let slope = if bits % 2 == 0 { 3 } else { -40_000 };
            let values: Vec<i32> = noise(amplitude)
                .zip(0_i32..)
                .map(|(n, i)| n.wrapping_add(i.wrapping_mul(slope)))
                .take(4 * BLOCK)
                .collect();
            let bytes = packed(&values);
            let mut reader = DifferenceReader::new(&bytes);
            let mut block = [1; BLOCK];
            for expected in values.as_chunks::<BLOCK>().0 {
                reader.next(&mut block).unwrap();
                assert_eq!(block, *expected, "{bits} bits");
            }
            assert!(reader.next(&mut block).is_none());
        }
    }

    #[test]
    fn a_ramp_takes_three_numbers_a_block() {
        let ramp: Vec<i32> = (0..4 * BLOCK as i32).map(|i| 10 * i).collect();
        assert!(packed(&ramp).len() < 4 * 80, "{}", packed(&ramp).len());
        assert!(packed(&vec![5; 4 * BLOCK]).len() == 4 * 3);
    }

    #[test]
    fn bytes_cut_short_are_no_block() {
        let bytes = packed(&noise(63).take(BLOCK).collect::<Vec<_>>());
        for end in 0..bytes.len() {
            assert!(DifferenceReader::new(&bytes[..end]).next(&mut [0; BLOCK]).is_none(), "{end}");
        }
        assert!(
            DifferenceReader::new(&[0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).next(&mut [0; BLOCK]).is_none()
        );
    }
}
