//! Numbers apart from their layout, and the arithmetic of conversion: clipping, truncation, rounding to nearest even.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "exponents are sums of values below 2^33 in i64, and shift amounts are compared with the width"
)]

use super::word::Word;

/// An integer: sign and magnitude. Zero is not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Integer {
    pub(crate) negative: bool,
    pub(crate) magnitude: Word,
}

/// A floating-point number of any range and up to 128 bits of precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Float {
    pub(crate) negative: bool,
    pub(crate) kind: FloatKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FloatKind {
    Zero,
    /// `significand / 2^127 * 2^exponent`; bit 127 of the significand is set.
    Finite {
        exponent: i64,
        significand: u128,
    },
    Infinite,
    /// The payload's most significant bit is bit 127.
    Nan {
        payload: u128,
    },
}

/// What a floating-point layout can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FloatRange {
    /// Bits of precision, the leading one included, stored or not.
    pub(crate) precision: u32,
    /// Exponent of the smallest normal number, and of all subnormal ones.
    pub(crate) minimum_exponent: i64,
    /// Exponent of the largest finite number.
    pub(crate) maximum_exponent: i64,
}

impl From<Integer> for Float {
    /// Exact, apart from bits below the 128 leading ones, which leave their trace in the lowest bit for the rounding.
    fn from(integer: Integer) -> Self {
        let Integer { negative, magnitude } = integer;
        if magnitude.is_zero() {
            return Self { negative: false, kind: FloatKind::Zero };
        }
        let zeros = magnitude.leading_zeros();
        let aligned = magnitude.shl(zeros);
        let significand = aligned.high() | u128::from(aligned.low() != 0);
        let exponent = i64::from(Word::BITS - 1) - i64::from(zeros);
        Self { negative, kind: FloatKind::Finite { exponent, significand } }
    }
}

impl From<Float> for Integer {
    /// Truncates toward zero; not a number becomes 0 and what exceeds 256 bits becomes the largest magnitude.
    fn from(float: Float) -> Self {
        let magnitude = match float.kind {
            FloatKind::Zero | FloatKind::Nan { .. } => Word::ZERO,
            FloatKind::Infinite => Word::ONES,
            FloatKind::Finite { exponent, significand } => match u32::try_from(exponent) {
                Err(_) if exponent < 0 => Word::ZERO,
                Ok(e @ 0..=127) => Word::new(significand >> (127 - e)),
                Ok(e @ 128..=255) => Word::new(significand).shl(e - 127),
                _ => Word::ONES,
            },
        };
        Self { negative: float.negative && !magnitude.is_zero(), magnitude }
    }
}

impl Float {
    /// The same number rounded to a range: nearest, ties to even; beyond the largest finite number it is infinite, below the
    /// smallest subnormal zero. The second value is the significand as the layout stores it, the leading one included,
    /// scaled so that its unit is `2^(exponent - precision + 1)`; it lacks the leading one exactly if it is subnormal.
    pub(crate) fn round(self, range: FloatRange) -> Rounded {
        let FloatKind::Finite { exponent, significand } = self.kind else {
            return match self.kind {
                FloatKind::Nan { payload } => Rounded::Nan { payload },
                FloatKind::Infinite => Rounded::Infinite,
                _ => Rounded::Finite { exponent: range.minimum_exponent, significand: 0 },
            };
        };
        let mut exponent = exponent;
        let below = (range.minimum_exponent - exponent).max(0);
        exponent += below;
        let drop = i64::from(128 - range.precision.min(128)) + below;
        let mut rounded = round_shift(significand, u32::try_from(drop).unwrap_or(u32::MAX));
        // A carry out of the leading bit: only possible if something was dropped, so precision is below 128.
        if range.precision < 128 && rounded >> range.precision != 0 {
            rounded >>= 1;
            exponent += 1;
        }
        let normal = rounded >> (range.precision - 1) != 0;
        if normal && exponent > range.maximum_exponent {
            return Rounded::Infinite;
        }
        Rounded::Finite { exponent, significand: rounded }
    }
}

/// A number rounded to a layout's range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounded {
    /// See [`Float::round`].
    Finite {
        exponent: i64,
        significand: u128,
    },
    Infinite,
    Nan {
        payload: u128,
    },
}

/// `value / 2^n`, rounded to the nearest integer, ties to even.
fn round_shift(value: u128, n: u32) -> u128 {
    match n {
        0 => value,
        1..=127 => {
            let quotient = value >> n;
            let rest = value & !(u128::MAX << n);
            let half = 1_u128 << (n - 1);
            quotient + u128::from(rest > half || (rest == half && quotient & 1 == 1))
        }
        128 => u128::from(value > 1 << 127),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{Float, FloatKind, Integer, round_shift};
    use crate::convert::word::Word;

    #[test]
    fn ties_go_to_even() {
        assert_eq!([2, 3, 5, 6, 7, 9].map(|v| round_shift(v, 2)), [0, 1, 1, 2, 2, 2]);
        assert_eq!(round_shift(1 << 127, 128), 0);
        assert_eq!(round_shift((1 << 127) + 1, 128), 1);
        assert_eq!(round_shift(u128::MAX, 129), 0);
    }

    #[test]
    fn integers_survive_the_way_over_floats() {
        for magnitude in [Word::new(1), Word::new(u128::MAX), Word::mask(128).shl(100), Word::new(12345)] {
            let integer = Integer { negative: true, magnitude };
            assert_eq!(Integer::from(Float::from(integer)), integer);
        }
        let huge = Float { negative: true, kind: FloatKind::Finite { exponent: 300, significand: 1 << 127 } };
        assert_eq!(Integer::from(huge).magnitude, Word::ONES);
    }
}
