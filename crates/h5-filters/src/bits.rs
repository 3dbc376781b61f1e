//! Most-significant-bit-first bit streams, as nbit, scaleoffset and szip write them.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "bit counts stay below 64 and byte positions below the length of a slice; each function says why"
)]

/// Reads from the top bit of the first byte on. Running out of bits is `None`, never a made-up zero.
#[derive(Debug)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    /// The unread bits, left-aligned. Bits past `available_bits` may already be set from `bytes`.
    window: u64,
    /// Below 64 always, so that no shift by it overflows.
    available_bits: u32,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, window: 0, available_bits: 0 }
    }

    /// The next `count_bits` (at most 64) as a number.
    #[inline]
    pub(crate) fn read(&mut self, count_bits: u32) -> Option<u64> {
        if count_bits > 56 {
            return self.read_long(count_bits);
        }
        self.read_short(count_bits)
    }

    /// In two parts; apart from [`BitReader::read`] so that the usual case is small enough to be inlined.
    #[cold]
    fn read_long(&mut self, count_bits: u32) -> Option<u64> {
        let high = self.read_short(count_bits - 32)?;
        Some((high << 32) | self.read_short(32)?)
    }

    /// The next `count_bits`, at most 56.
    #[inline]
    fn read_short(&mut self, count_bits: u32) -> Option<u64> {
        if self.available_bits < count_bits {
            self.refill();
            if self.available_bits < count_bits {
                return None;
            }
        }
        // Two shifts, since one by 64 (for a count of 0) would overflow.
        let value = (self.window >> 1) >> (63 - count_bits);
        self.consume(count_bits);
        Some(value)
    }

    /// The number of zeros before the next one bit, which is taken too.
    #[inline]
    pub(crate) fn read_unary(&mut self) -> Option<u64> {
        let mut zeros = 0_u64;
        loop {
            if self.available_bits == 0 {
                self.refill();
                if self.available_bits == 0 {
                    return None;
                }
            }
            let run_bits = self.window.leading_zeros();
            if run_bits < self.available_bits {
                self.consume(run_bits + 1);
                return Some(zeros + u64::from(run_bits));
            }
            zeros += u64::from(self.available_bits);
            self.consume(self.available_bits);
        }
    }

    #[inline]
    fn consume(&mut self, count_bits: u32) {
        // `count_bits` is at most `available_bits`, thus below 64.
        self.window <<= count_bits;
        self.available_bits -= count_bits;
    }

    /// Fills the window to at least 56 bits, or with all that is left.
    #[inline]
    fn refill(&mut self) {
        if let Some((next, _)) = self.bytes.split_first_chunk::<8>() {
            self.window |= u64::from_be_bytes(*next) >> self.available_bits;
            let whole_bytes = (63 - self.available_bits) / 8;
            self.available_bits += whole_bytes * 8;
            self.bytes = self.bytes.get(whole_bytes as usize..).unwrap_or_default();
            return;
        }
        while self.available_bits < 56 {
            let Some((&next, rest)) = self.bytes.split_first() else { return };
            self.window |= u64::from(next) << (56 - self.available_bits);
            self.available_bits += 8;
            self.bytes = rest;
        }
    }
}

/// Appends to a vector from the top bit of its first new byte on.
#[derive(Debug)]
pub(crate) struct BitWriter<'a> {
    bytes: &'a mut Vec<u8>,
    /// The bits not yet in `bytes`, right-aligned.
    window: u64,
    /// Below 32 between calls.
    used_bits: u32,
}

impl<'a> BitWriter<'a> {
    pub(crate) fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes, window: 0, used_bits: 0 }
    }

    /// Writes the low `count_bits` (at most 64) of `value`; the bits above them are ignored.
    #[inline]
    pub(crate) fn write(&mut self, value: u64, count_bits: u32) {
        if count_bits > 32 {
            self.write_short(value >> 32, count_bits - 32);
            return self.write_short(value, 32);
        }
        self.write_short(value, count_bits);
    }

    /// Writes the low `count_bits`, at most 32.
    #[inline]
    fn write_short(&mut self, value: u64, count_bits: u32) {
        let kept = value & ((1 << count_bits) - 1);
        self.window = (self.window << count_bits) | kept;
        self.used_bits += count_bits;
        if self.used_bits >= 32 {
            self.used_bits -= 32;
            let [.., a, b, c, d] = (self.window >> self.used_bits).to_be_bytes();
            self.bytes.extend_from_slice(&[a, b, c, d]);
        }
    }

    /// Writes `zeros` zero bits and a one.
    #[inline]
    pub(crate) fn write_unary(&mut self, zeros: u64) {
        let mut left = zeros;
        while left >= 32 {
            self.write(0, 32);
            left -= 32;
        }
        // Below 32, so that the cast is exact.
        #[expect(clippy::cast_possible_truncation, reason = "below 32")]
        self.write(1, left as u32 + 1);
    }

    /// Writes the bits that are left, filled up with zeros to a whole byte.
    pub(crate) fn finish(self) {
        let Self { bytes, window, used_bits } = self;
        let aligned = (window << 32) << (32 - used_bits);
        bytes.extend(aligned.to_be_bytes().iter().take(used_bits.div_ceil(8) as usize));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn reads_what_was_written(fields in prop::collection::vec((any::<u64>(), 0_u32..=64, 0_u64..150), 0..60)) {
            let mut bytes = Vec::new();
            let mut writer = BitWriter::new(&mut bytes);
            let mut total_bits = 0;
            for &(value, count_bits, zeros) in &fields {
                writer.write(value, count_bits);
                writer.write_unary(zeros);
                total_bits += u64::from(count_bits) + zeros + 1;
            }
            writer.finish();
            prop_assert_eq!(bytes.len() as u64, total_bits.div_ceil(8));
            let mut reader = BitReader::new(&bytes);
            for &(value, count_bits, zeros) in &fields {
                let expected = if count_bits == 64 { value } else { value & ((1 << count_bits) - 1) };
                prop_assert_eq!(reader.read(count_bits), Some(expected));
                prop_assert_eq!(reader.read_unary(), Some(zeros));
            }
            prop_assert_eq!(reader.read(8), None);
        }
    }

    #[test]
    fn the_end_is_not_a_zero() {
        let mut reader = BitReader::new(&[0x00, 0x80]);
        assert_eq!(reader.read(0), Some(0));
        assert_eq!(reader.read_unary(), Some(8));
        assert_eq!(reader.read(7), Some(0));
        assert_eq!(reader.read(1), None);
        assert_eq!(reader.read_unary(), None);
    }
}
