//! zfp's bit stream: bits fill each byte from its least significant end.
//!
//! zfp documentation, "Bit Stream API". The plugin requires 8-bit stream words; longer words that are stored
//! little-endian give the same bytes, save for the padding at the end.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "positions are bit counts of one chunk: a block takes less than 2^16 bits, and decoding ends with the \
              block that leaves the input"
)]

/// Reads bits; past the end it delivers zeros, and [`BitReader::is_past_end`] tells so.
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    position_bits: usize,
}

/// How many bits of [`BitReader::peek`] are valid wherever the position stands in a byte.
pub(super) const PEEK_BITS: u32 = 57;

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position_bits: 0 }
    }

    /// The next [`PEEK_BITS`] bits or more, the first in the least significant place.
    #[inline]
    pub(super) fn peek(&self) -> u64 {
        let rest = self.bytes.get(self.position_bits / 8..).unwrap_or_default();
        let word = match rest.first_chunk::<8>() {
            Some(word) => u64::from_le_bytes(*word),
            None => {
                let mut word = [0; 8];
                word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                u64::from_le_bytes(word)
            }
        };
        word >> (self.position_bits % 8)
    }

    /// Reads `count <= 64` bits.
    #[inline]
    pub(super) fn read_bits(&mut self, count: u32) -> u64 {
        if count <= PEEK_BITS {
            let value = self.peek() & low_mask(count);
            self.skip(count);
            return value;
        }
        let low = self.read_bits(32);
        low | self.read_bits(count - 32) << 32
    }

    /// Reads one bit.
    #[inline]
    pub(super) fn read_bit(&mut self) -> bool {
        self.read_bits(1) != 0
    }

    #[inline]
    pub(super) fn skip(&mut self, count: u32) {
        self.position_bits += count as usize;
    }

    /// Whether more bits were read than there are.
    #[inline]
    pub(super) fn is_past_end(&self) -> bool {
        self.position_bits.div_ceil(8) > self.bytes.len()
    }
}

/// Appends bits to a byte vector.
#[derive(Debug)]
pub(super) struct BitWriter<'a> {
    bytes: &'a mut Vec<u8>,
    accumulator: u64,
    /// Bits in the accumulator: fewer than 64 between calls.
    pending_bits: u32,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes, accumulator: 0, pending_bits: 0 }
    }

    /// Writes the `count <= 64` least significant bits of `value`.
    #[inline]
    pub(super) fn write_bits(&mut self, value: u64, count: u32) {
        let value = value & low_mask(count);
        self.accumulator |= value << self.pending_bits;
        let total = self.pending_bits + count;
        if total < 64 {
            self.pending_bits = total;
            return;
        }
        self.bytes.extend_from_slice(&self.accumulator.to_le_bytes());
        self.accumulator = value.checked_shr(64 - self.pending_bits).unwrap_or(0);
        self.pending_bits = total - 64;
    }

    /// Writes `count` zeros, however many.
    pub(super) fn pad(&mut self, count: u32) {
        let mut left = count;
        while left > 0 {
            let step = left.min(64);
            self.write_bits(0, step);
            left -= step;
        }
    }

    /// Bytes written so far, but for at most 8 in the accumulator.
    pub(super) fn len_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Pads the last byte with zeros.
    pub(super) fn finish(self) {
        let length = self.pending_bits.div_ceil(8) as usize;
        self.bytes.extend(self.accumulator.to_le_bytes().into_iter().take(length));
    }
}

/// A word with its `count <= 64` least significant bits set.
#[inline]
pub(super) fn low_mask(count: u32) -> u64 {
    match count {
        0 => 0,
        _ => u64::MAX >> (64 - count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_written_are_read_back_at_every_width() {
        let mut bytes = Vec::new();
        let mut writer = BitWriter::new(&mut bytes);
        let pattern = 0xdead_beef_0123_4567_u64;
        (0..=64).for_each(|count| writer.write_bits(pattern, count));
        writer.finish();
        assert_eq!(bytes.len(), usize::div_ceil(64 * 65 / 2, 8));
        let mut reader = BitReader::new(&bytes);
        for count in 0..=64 {
            assert_eq!(reader.read_bits(count), pattern & low_mask(count), "{count} bits");
        }
        assert!(!reader.is_past_end());
    }

    #[test]
    fn first_bit_is_the_least_significant_of_the_first_byte() {
        let mut reader = BitReader::new(&[0b0000_0110, 0x80]);
        assert!(!reader.read_bit());
        assert!(reader.read_bit());
        assert_eq!(reader.read_bits(14), 0x2001);
        assert!(!reader.is_past_end());
        assert!(!reader.read_bit(), "past the end there are zeros");
        assert!(reader.is_past_end());
    }
}
