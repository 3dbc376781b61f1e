//! What zfp needs of IEEE 754 numbers: exponents, scaling by powers of two, and the bits themselves.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "exponents of floating-point numbers and of zfp blocks: below 2^12 in magnitude"
)]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "conversions between integers and floats are the codec's own, with its rounding"
)]

use super::coefficient::Coefficient;

/// A floating-point type, with the integers that stand for its values in a block.
pub(super) trait Float: Copy + Default {
    type Integer: Coefficient;
    const EXPONENT_BITS: u32;
    const EXPONENT_BIAS: i32;

    fn is_finite(self) -> bool;

    /// `e` such that the magnitude is in 2^(e-1)..2^e, at least that of subnormal numbers; `None` for zero.
    fn exponent(self) -> Option<i32>;

    /// The values scaled by 2^(W-2-`exponent`), W being the integer's width, and cut to integers. No magnitude may
    /// reach 2^`exponent`.
    fn to_integers<const N: usize>(block: &[Self; N], exponent: i32) -> [Self::Integer; N];

    /// Undoes [`Float::to_integers`]. The scale is a number of this type: it underflows to zero for small exponents.
    fn from_integers<const N: usize>(block: &[Self::Integer; N], exponent: i32) -> [Self; N];

    /// The bits as a two's complement number that orders as the values do.
    fn to_ordered_integer(self) -> Self::Integer;
    fn from_ordered_integer(integer: Self::Integer) -> Self;

    fn is_same(self, other: Self) -> bool;
}

macro_rules! float {
    ($float:ty, $signed:ty, $exponent_bits:literal) => {
        impl Float for $float {
            type Integer = $signed;
            const EXPONENT_BITS: u32 = $exponent_bits;
            const EXPONENT_BIAS: i32 = <$float>::MAX_EXP - 1;

            fn is_finite(self) -> bool {
                <$float>::is_finite(self)
            }

            fn exponent(self) -> Option<i32> {
                let biased = (self.abs().to_bits() >> (<$float>::MANTISSA_DIGITS - 1)) as i32;
                (self != 0.0).then_some(biased - Self::EXPONENT_BIAS + 1)
            }

            fn to_integers<const N: usize>(block: &[Self; N], exponent: i32) -> [$signed; N] {
                // Two factors, since one alone may leave the range of f64. Only values that end below one are rounded.
                let scale = <$signed>::BITS as i32 - 2 - exponent;
                let first = power_of_two(scale / 2);
                let second = power_of_two(scale - scale / 2);
                block.map(|value| (f64::from(value) * first * second) as $signed)
            }

            fn from_integers<const N: usize>(block: &[$signed; N], exponent: i32) -> [Self; N] {
                // Narrowing a power of two is exact, or zero where the type has no such number.
                let scale = power_of_two(exponent - (<$signed>::BITS as i32 - 2)) as $float;
                block.map(|integer| scale * integer as $float)
            }

            fn to_ordered_integer(self) -> $signed {
                flip_magnitude_of_negative(self.to_bits() as $signed)
            }

            fn from_ordered_integer(integer: $signed) -> Self {
                Self::from_bits(flip_magnitude_of_negative(integer).cast_unsigned())
            }

            fn is_same(self, other: Self) -> bool {
                self.to_bits() == other.to_bits()
            }
        }

        impl FlipMagnitude for $signed {
            #[inline]
            fn flip_magnitude(self) -> Self {
                if self < 0 { self ^ <$signed>::MAX } else { self }
            }
        }
    };
}

trait FlipMagnitude {
    fn flip_magnitude(self) -> Self;
}

/// Turns sign and magnitude into two's complement, less one for negative numbers; its own inverse.
fn flip_magnitude_of_negative<T: FlipMagnitude>(integer: T) -> T {
    integer.flip_magnitude()
}

float!(f32, i32, 8);
float!(f64, i64, 11);

/// 2^`exponent` for exponents up to 1023; zero below the range of subnormal numbers.
pub(super) fn power_of_two(exponent: i32) -> f64 {
    match exponent {
        -1022..=1023 => f64::from_bits(((exponent + 1023) as u64) << 52),
        -1074..-1022 => f64::from_bits(1 << (exponent + 1074)),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_bound_magnitudes() {
        assert_eq!(1.0_f32.exponent(), Some(1));
        assert_eq!((-0.75_f64).exponent(), Some(0));
        assert_eq!(f32::MAX.exponent(), Some(128));
        assert_eq!(f64::from_bits(1).exponent(), Some(-1022));
        assert_eq!((-0.0_f64).exponent(), None);
    }

    #[test]
    fn scaling_reaches_the_ends_of_the_range() {
        assert_eq!(f64::to_integers(&[f64::MIN_POSITIVE / 2.0], -1022), [1 << 61]);
        assert_eq!(f64::to_integers(&[-f64::MAX], 1024), [-((1 << 62) - (1 << 9))]);
        assert_eq!(f64::from_integers(&[1 << 61], 1024), [2_f64.powi(1023)]);
        assert_eq!(f32::from_integers(&[1 << 29], -119), [2_f32.powi(-120)]);
        assert_eq!(f32::from_integers(&[1 << 29], -120), [0.0], "the scale 2^-150 is no f32");
    }

    #[test]
    fn ordered_integers_keep_all_bits_and_the_order() {
        let values = [f64::NEG_INFINITY, -1.0, -0.0, 0.0, 1e-310, 1.0, f64::INFINITY];
        let integers = values.map(f64::to_ordered_integer);
        assert!(integers.is_sorted());
        for (value, integer) in values.into_iter().zip(integers) {
            assert!(f64::from_ordered_integer(integer).is_same(value));
        }
    }
}
