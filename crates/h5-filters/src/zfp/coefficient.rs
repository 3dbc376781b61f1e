//! The signed integers that zfp transforms and codes: 32 and 64 bits wide.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "two's complement words are reinterpreted"
)]

/// An integer of a block. All arithmetic wraps, as the transform expects for damaged or too large values.
pub(super) trait Coefficient: Copy + Default {
    /// Width of the type, which is also how many bit planes it has.
    const BITS: u32;
    /// Width of the field that holds a reversible block's precision, less one.
    const PRECISION_BITS: u32;

    fn add(self, other: Self) -> Self;
    fn subtract(self, other: Self) -> Self;
    /// Arithmetic shift right by one.
    fn halve(self) -> Self;
    fn double(self) -> Self;
    /// The number in base -2; zfp documentation, "Algorithm", step 5. Only the low [`Self::BITS`] are used.
    fn to_negabinary(self) -> u64;
    fn from_negabinary(word: u64) -> Self;
}

macro_rules! coefficient {
    ($signed:ty, $unsigned:ty, $precision_bits:literal, $mask:literal) => {
        impl Coefficient for $signed {
            const BITS: u32 = <$signed>::BITS;
            const PRECISION_BITS: u32 = $precision_bits;

            #[inline]
            fn add(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            #[inline]
            fn subtract(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }

            #[inline]
            fn halve(self) -> Self {
                self >> 1
            }

            #[inline]
            fn double(self) -> Self {
                self << 1
            }

            #[inline]
            fn to_negabinary(self) -> u64 {
                u64::from((self as $unsigned).wrapping_add($mask) ^ $mask)
            }

            #[inline]
            fn from_negabinary(word: u64) -> Self {
                (word as $unsigned ^ $mask).wrapping_sub($mask) as $signed
            }
        }
    };
}

coefficient!(i32, u32, 5, 0xaaaa_aaaa);
coefficient!(i64, u64, 6, 0xaaaa_aaaa_aaaa_aaaa);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negabinary_digits_have_weights_of_powers_of_minus_two() {
        for value in -200_i32..=200 {
            let word = value.to_negabinary();
            let sum: i64 = (0..32).filter(|bit| word >> bit & 1 == 1).map(|bit| (-2_i64).pow(bit)).sum();
            assert_eq!(sum, i64::from(value));
            assert_eq!(i32::from_negabinary(word), value);
            assert_eq!(i64::from_negabinary(i64::from(value).to_negabinary()), i64::from(value));
        }
    }
}
