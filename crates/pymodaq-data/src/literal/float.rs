//! Decimal numbers as text to floating point, to the bit.

/// The number that a text of digits stands for, with a sign, a point and an exponent where it has them; the nearest float64, of two the
/// even one.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    // The standard library's way is faster, and takes 15 kB that a page would have to load.
    if cfg!(h5_read_only) { small(text) } else { text.parse().ok() }
}

/// Digits that are looked at: no border between two numbers has as many, so that of the others only counts whether there are any.
const DIGITS: usize = 800;

/// By one division of integers of any size.
fn small(text: &str) -> Option<f64> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (number, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (unsigned.get(..at)?, decimal_exponent(unsigned.get(at.checked_add(1)?..)?)?),
        None => (unsigned, 0),
    };
    let (mut point, mut any) = (false, false);
    let mut digits = Big(Vec::new());
    let (mut taken, mut scale, mut more) = (0_usize, exponent, false);
    for letter in number.bytes() {
        match letter {
            b'.' if !point => point = true,
            b'0'..=b'9' => {
                any = true;
                scale = scale.saturating_sub(i64::from(point));
                if taken < DIGITS {
                    digits.multiply_add(10, u32::from(letter.wrapping_sub(b'0')));
                    taken = taken.saturating_add(usize::from(!digits.is_zero()));
                } else {
                    scale = scale.saturating_add(1);
                    more |= letter != b'0';
                }
            }
            _ => return None,
        }
    }
    if more {
        digits.multiply_add(10, 1);
        (taken, scale) = (taken.saturating_add(1), scale.saturating_sub(1));
    }
    let size = i64::try_from(taken).ok()?.saturating_add(scale);
    let magnitude = match size {
        _ if digits.is_zero() || size < -330 => 0.0,
        311.. => f64::INFINITY,
        _ => quotient(digits, scale),
    };
    any.then_some(if negative { -magnitude } else { magnitude })
}

fn decimal_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    let add =
        |sum: i64, digit: u8| sum.saturating_mul(10).saturating_add(i64::from(digit.wrapping_sub(b'0')));
    let size = digits.bytes().fold(0, add).min(1 << 32);
    is_number.then_some(if negative { size.saturating_neg() } else { size })
}

/// `digits * 10^scale`, rounded.
fn quotient(mut above: Big, scale: i64) -> f64 {
    let mut below = Big(vec![1]);
    let scaled = if scale < 0 { &mut below } else { &mut above };
    for _ in 0..scale.unsigned_abs() {
        scaled.multiply_add(10, 0);
    }
    // So that the quotient has 64 or 65 bits, of which the lowest are for rounding.
    let shift = below.bits().saturating_add(64).saturating_sub(above.bits());
    let shifted = if shift < 0 { &mut below } else { &mut above };
    shifted.shift(shift.unsigned_abs());
    below.shift(65);
    let mut bits = 0_u128;
    for _ in 0..66 {
        bits = bits.wrapping_shl(1) | u128::from(above.subtract(&below));
        above.shift(1);
    }
    let width = i64::from(u128::BITS.saturating_sub(bits.leading_zeros()));
    // Of the highest bit, as in the number itself.
    let exponent = width.saturating_sub(shift).saturating_sub(1);
    let precision = exponent.saturating_add(1075).min(53);
    let dropped = u32::try_from(width.saturating_sub(precision)).unwrap_or(0);
    let kept = bits.checked_shr(dropped).unwrap_or(0);
    let rest = bits.wrapping_sub(kept.wrapping_shl(dropped));
    let half = 1_u128.wrapping_shl(dropped.saturating_sub(1));
    let is_odd = kept & 1 == 1;
    let up = rest > half || rest == half && (is_odd || !above.is_zero());
    // A carry from the digits goes on to the exponent, which is what it has to do.
    let biased = u64::try_from(exponent.saturating_add(1022)).unwrap_or(0);
    let magnitude = u64::try_from(kept).unwrap_or(0).saturating_add(u64::from(up));
    let value = biased.saturating_mul(1 << 52).saturating_add(magnitude);
    f64::from_bits(value.min(f64::INFINITY.to_bits()))
}

/// An integer of any size, its lowest 32 bits first.
struct Big(Vec<u32>);

impl Big {
    fn is_zero(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }

    fn bits(&self) -> i64 {
        let highest = self.0.iter().zip(1_i64..).filter(|(word, _)| **word != 0).last();
        highest.map_or(0, |(word, count)| {
            count.saturating_mul(32).saturating_sub(i64::from(word.leading_zeros()))
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves of 64 bits")]
    fn multiply_add(&mut self, factor: u32, summand: u32) {
        let mut carry = u64::from(summand);
        for word in &mut self.0 {
            carry = u64::from(*word).wrapping_mul(u64::from(factor)).wrapping_add(carry);
            *word = carry as u32;
            carry = carry.wrapping_shr(32);
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn shift(&mut self, bits: u64) {
        for _ in 0..bits / 32 {
            self.0.insert(0, 0);
        }
        self.multiply_add(1_u32.wrapping_shl((bits % 32) as u32), 0);
    }

    /// Takes another away, if it is not larger.
    fn subtract(&mut self, other: &Self) -> bool {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        let mut left = self.0.clone();
        let mut borrow = false;
        for (word, taken) in left.iter_mut().zip(other.0.iter().copied().chain(std::iter::repeat(0))) {
            let (less, first) = word.overflowing_sub(taken);
            let (less, second) = less.overflowing_sub(u32::from(borrow));
            (*word, borrow) = (less, first || second);
        }
        if !borrow {
            self.0 = left;
        }
        !borrow
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::small;

    #[test]
    fn borders_are_rounded_as_the_standard_library_does() {
        for text in [
            "0",
            "-0.0",
            "1",
            "0.1",
            "1e23",
            "9007199254740993",
            "9007199254740992.999",
            "9007199254740993.0000000000000001",
            "5e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "2.2250738585072011e-308",
            "2.2250738585072014e-308",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "1e309",
            "1e-400",
            "0e999999999999",
            "1.",
            ".5",
            "123456789012345678901234567890e-20",
            "4.9406564584124654e-324",
            "1e22",
            "0.000001e300",
            "+3.5",
        ] {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(small(text).map(f64::to_bits), Some(expected.to_bits()), "{text}");
        }
        // 2^-1075, half of the least number, and a little more.
        let exact = (0..1075).fold("1".to_owned(), |digits, _| half_of(&digits));
        let text = format!("0.{}{exact}", "0".repeat(1075 - exact.len()));
        assert_eq!(small(&text), Some(0.0));
        assert_eq!(small(&format!("{text}{}1", "0".repeat(200))), Some(f64::from_bits(1)));
        for text in ["", ".", "-", "e5", "1e", "1e+", "1.2.3", "1_0", "inf", "0x1", " 1"] {
            assert_eq!(small(text), None, "{text}");
        }
    }

    /// A decimal fraction with one digit more.
    fn half_of(digits: &str) -> String {
        let mut carry = 0;
        let digits = digits.bytes().chain([b'0']).map(|digit| {
            let value = carry * 10 + u32::from(digit - b'0');
            carry = value % 2;
            char::from_digit(value / 2, 10).unwrap()
        });
        digits.collect::<String>().trim_start_matches('0').to_owned()
    }

    proptest! {
        #[test]
        fn any_number_comes_back(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            for text in [format!("{value}"), format!("{value:e}"), format!("{value:.3}")] {
                prop_assert_eq!(small(&text).map(f64::to_bits), text.parse::<f64>().ok().map(f64::to_bits), "{}", text);
            }
        }

        #[test]
        fn any_digits_are_rounded_alike(text in "[0-9]{1,30}(\\.[0-9]{0,30})?(e-?[0-9]{1,3})?") {
            prop_assert_eq!(small(&text).map(f64::to_bits), text.parse::<f64>().ok().map(f64::to_bits));
        }
    }
}
