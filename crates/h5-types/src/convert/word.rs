//! A 256-bit word: what the generic engine holds one number in.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "shift amounts are compared with the width before each shift, and no operation can overflow"
)]

use crate::ByteOrder;

/// Unsigned 256-bit word. Shifts by any amount are defined; bits that leave the word are lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Word {
    // The order of the fields makes the derived ordering numeric.
    high: u128,
    low: u128,
}

impl Word {
    /// Bytes of the widest word.
    pub(crate) const BYTES: usize = 32;
    /// Bits of the widest word.
    pub(crate) const BITS: u32 = 256;
    pub(crate) const ZERO: Self = Self { high: 0, low: 0 };
    pub(crate) const ONES: Self = Self { high: u128::MAX, low: u128::MAX };

    pub(crate) const fn new(low: u128) -> Self {
        Self { high: 0, low }
    }

    /// The lowest `bits` bits set.
    pub(crate) fn mask(bits: u32) -> Self {
        Self::ONES.shr(Self::BITS.saturating_sub(bits))
    }

    /// Reads a word of at most 32 bytes.
    pub(crate) fn read(bytes: &[u8], order: ByteOrder) -> Self {
        let mut little = [0_u8; Self::BYTES];
        for (to, &from) in little.iter_mut().zip(bytes) {
            *to = from;
        }
        if let Some(used) = little.get_mut(..bytes.len()) {
            exchange(used, order);
        }
        let (halves, _) = little.as_chunks::<16>();
        match halves {
            [low, high] => Self { high: u128::from_le_bytes(*high), low: u128::from_le_bytes(*low) },
            _ => Self::ZERO,
        }
    }

    /// Writes the lowest bytes of the word, as many as the buffer has.
    pub(crate) fn write(self, bytes: &mut [u8], order: ByteOrder) {
        let little = self.low.to_le_bytes().into_iter().chain(self.high.to_le_bytes());
        for (to, from) in bytes.iter_mut().zip(little) {
            *to = from;
        }
        exchange(bytes, order);
    }

    pub(crate) fn shl(self, n: u32) -> Self {
        match n {
            0 => self,
            1..128 => Self { high: (self.high << n) | (self.low >> (128 - n)), low: self.low << n },
            128..256 => Self { high: self.low << (n - 128), low: 0 },
            _ => Self::ZERO,
        }
    }

    pub(crate) fn shr(self, n: u32) -> Self {
        match n {
            0 => self,
            1..128 => Self { high: self.high >> n, low: (self.low >> n) | (self.high << (128 - n)) },
            128..256 => Self { high: 0, low: self.high >> (n - 128) },
            _ => Self::ZERO,
        }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self { high: self.high & other.high, low: self.low & other.low }
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self { high: self.high | other.high, low: self.low | other.low }
    }

    pub(crate) fn not(self) -> Self {
        Self { high: !self.high, low: !self.low }
    }

    /// Two's complement negation.
    pub(crate) fn negate(self) -> Self {
        let low = (!self.low).wrapping_add(1);
        Self { high: (!self.high).wrapping_add(u128::from(low == 0)), low }
    }

    pub(crate) fn is_zero(self) -> bool {
        self.high == 0 && self.low == 0
    }

    /// True if bit `n` is set.
    pub(crate) fn bit(self, n: u32) -> bool {
        self.shr(n).low & 1 == 1
    }

    pub(crate) fn leading_zeros(self) -> u32 {
        if self.high == 0 { 128 + self.low.leading_zeros() } else { self.high.leading_zeros() }
    }

    /// The lower 128 bits.
    pub(crate) fn low(self) -> u128 {
        self.low
    }

    /// The upper 128 bits.
    pub(crate) fn high(self) -> u128 {
        self.high
    }
}

/// Exchanges the bytes of one word between an order and little-endian; the exchange is its own inverse. VAX order keeps
/// the bytes of each 16-bit pair and reverses the pairs.
pub(crate) fn exchange(word: &mut [u8], order: ByteOrder) {
    match order {
        ByteOrder::Little => {}
        ByteOrder::Big => word.reverse(),
        ByteOrder::Vax => word.as_chunks_mut::<2>().0.reverse(),
    }
}

#[cfg(test)]
mod tests {
    use super::Word;
    use crate::ByteOrder;

    #[test]
    fn shifts_cross_the_middle() {
        let one = Word::new(1);
        for n in 0..256 {
            assert_eq!(one.shl(n).shr(n), one, "{n}");
            assert_eq!(one.shl(n).leading_zeros(), 255 - n);
            assert!(one.shl(n).bit(n));
        }
        assert!(one.shl(256).is_zero());
        assert_eq!(Word::mask(130), Word::ONES.shr(126));
        assert!(Word::mask(0).is_zero());
    }

    #[test]
    fn negation_carries_into_the_upper_half() {
        assert_eq!(Word::ZERO.negate(), Word::ZERO);
        assert_eq!(Word::new(1).negate(), Word::ONES);
        assert_eq!(Word::new(0).or(Word::new(1).shl(128)).negate(), Word::new(u128::MAX).shl(128));
    }

    #[test]
    fn byte_orders_agree_on_the_value() {
        let bytes: Vec<u8> = (1..=8).collect();
        assert_eq!(Word::read(&bytes, ByteOrder::Little).low(), 0x0807_0605_0403_0201);
        assert_eq!(Word::read(&bytes, ByteOrder::Big).low(), 0x0102_0304_0506_0708);
        assert_eq!(Word::read(&bytes, ByteOrder::Vax).low(), 0x0201_0403_0605_0807);
        for order in [ByteOrder::Little, ByteOrder::Big, ByteOrder::Vax] {
            let mut back = [0; 8];
            Word::read(&bytes, order).write(&mut back, order);
            assert_eq!(&back[..], bytes);
        }
    }
}
