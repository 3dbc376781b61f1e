//! Stored numbers as integers of 32 bits, where that loses nothing.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "what does not fit 32 bits is refused in `NumberForm::of`; bits of a word are taken apart"
)]

use h5_types::{ByteOrder, Datatype, FloatType};

/// Which stored numbers these are, and how they become integers.
///
/// Detectors and converters give multiples of a step, also where they are stored in floating point: counts, or a fixed-point number.
/// Such are integers times a power of two. Where the sign bit is set, all bits of the integer are turned over, which tells the two
/// zeros apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum NumberForm {
    Signed8,
    Unsigned8,
    Signed16,
    Unsigned16,
    /// Of either sign: differences wrap.
    Integer32,
    Float32 {
        step: f64,
    },
    Float64 {
        step: f64,
    },
}

impl NumberForm {
    /// The form of a chunk's elements; `None` if they are no little-endian numbers or do not fit.
    pub(super) fn of(datatype: &Datatype, chunk: &[u8]) -> Option<Self> {
        match datatype {
            Datatype::Integer(integer) if integer.is_plain() && integer.order == ByteOrder::Little => {
                match (integer.size, integer.signed) {
                    (1, true) => Some(Self::Signed8),
                    (1, false) => Some(Self::Unsigned8),
                    (2, true) => Some(Self::Signed16),
                    (2, false) => Some(Self::Unsigned16),
                    (4, _) => Some(Self::Integer32),
                    _ => None,
                }
            }
            Datatype::Float(float) if *float == FloatType::f32(ByteOrder::Little) => {
                let step = common_step(chunk.as_chunks().0, |&bytes| f64::from(f32::from_le_bytes(bytes)))?;
                Some(Self::Float32 { step })
            }
            Datatype::Float(float) if *float == FloatType::f64(ByteOrder::Little) => Some(Self::Float64 {
                step: common_step(chunk.as_chunks().0, |&bytes| f64::from_le_bytes(bytes))?,
            }),
            _ => None,
        }
    }

    /// Bytes of an element.
    pub(super) fn size(self) -> usize {
        match self {
            Self::Signed8 | Self::Unsigned8 => 1,
            Self::Signed16 | Self::Unsigned16 => 2,
            Self::Integer32 | Self::Float32 { .. } => 4,
            Self::Float64 { .. } => 8,
        }
    }

    /// Elements to integers, as many as there are of both.
    pub(super) fn load(self, bytes: &[u8], integers: &mut [i32]) {
        match self {
            Self::Signed8 => each(integers, bytes.as_chunks().0, |b| i32::from(i8::from_le_bytes(b))),
            Self::Unsigned8 => each(integers, bytes.as_chunks().0, |b| i32::from(u8::from_le_bytes(b))),
            Self::Signed16 => each(integers, bytes.as_chunks().0, |b| i32::from(i16::from_le_bytes(b))),
            Self::Unsigned16 => each(integers, bytes.as_chunks().0, |b| i32::from(u16::from_le_bytes(b))),
            Self::Integer32 => each(integers, bytes.as_chunks().0, i32::from_le_bytes),
            Self::Float32 { step } => {
                let inverse = step.recip();
                each(integers, bytes.as_chunks().0, |b| {
                    to_integer(f64::from(f32::from_le_bytes(b)), inverse)
                });
            }
            Self::Float64 { step } => {
                let inverse = step.recip();
                each(integers, bytes.as_chunks().0, |b| to_integer(f64::from_le_bytes(b), inverse));
            }
        }
    }

    /// Integers that [`NumberForm::load`] gave back to elements, as many as there are of both.
    pub(super) fn store(self, integers: &[i32], bytes: &mut [u8]) {
        match self {
            Self::Signed8 | Self::Unsigned8 => {
                each(bytes.as_chunks_mut().0, integers, |i| (i as u8).to_le_bytes())
            }
            Self::Signed16 | Self::Unsigned16 => {
                each(bytes.as_chunks_mut().0, integers, |i| (i as u16).to_le_bytes());
            }
            Self::Integer32 => each(bytes.as_chunks_mut().0, integers, i32::to_le_bytes),
            Self::Float32 { step } => {
                each(bytes.as_chunks_mut().0, integers, |i| (to_float(i, step) as f32).to_le_bytes());
            }
            Self::Float64 { step } => {
                each(bytes.as_chunks_mut().0, integers, |i| to_float(i, step).to_le_bytes());
            }
        }
    }
}

/// Multiplying by a power of two is exact.
fn to_integer(number: f64, inverse_step: f64) -> i32 {
    let sign = (number.to_bits() as i64 >> 63) as i32;
    (number.abs() * inverse_step) as i32 ^ sign
}

fn to_float(integer: i32, step: f64) -> f64 {
    let sign = integer >> 31;
    let magnitude = f64::from(integer ^ sign) * step;
    f64::from_bits(magnitude.to_bits() | (i64::from(sign) as u64 & SIGN_BIT))
}

fn each<F: Copy, T>(to: &mut [T], from: &[F], convert: impl Fn(F) -> T) {
    to.iter_mut().zip(from).for_each(|(to, &from)| *to = convert(from));
}

/// Exponents of the step whose inverse is a normal number too.
const EXPONENTS: std::ops::RangeInclusive<i32> = -1000..=1000;
const MANTISSA_BITS: u32 = 52;
const SIGN_BIT: u64 = 1 << 63;
const EXPONENT_MASK: u64 = 0x7ff;
const BIAS: i32 = 1023;

/// The largest power of two of which all numbers are multiples by less than 2^31; `None` if there is none, or a number is not
/// finite or is subnormal.
fn common_step<const N: usize>(elements: &[[u8; N]], number: impl Fn(&[u8; N]) -> f64) -> Option<f64> {
    let (mut lowest, mut highest, mut smallest) = (i32::MAX, 0, i32::MAX);
    for part in elements.chunks(256) {
        for element in part {
            let bits = number(element).to_bits();
            let exponent = (bits >> MANTISSA_BITS & EXPONENT_MASK) as i32;
            if bits & !SIGN_BIT == 0 {
                continue;
            }
            let zeros = (bits | 1 << MANTISSA_BITS).trailing_zeros() as i32;
            lowest = lowest.min(exponent + zeros);
            highest = highest.max(exponent);
            smallest = smallest.min(exponent);
        }
        // Infinity and not a number have the highest exponent, subnormal numbers the lowest.
        if highest == EXPONENT_MASK as i32 || smallest == 0 {
            return None;
        }
    }
    if lowest == i32::MAX {
        return Some(1.0);
    }
    let exponent = lowest - BIAS - MANTISSA_BITS as i32;
    let fits = highest - BIAS - exponent <= 30 && EXPONENTS.contains(&exponent);
    fits.then(|| f64::from_bits(((exponent + BIAS) as u64) << MANTISSA_BITS))
}

#[cfg(test)]
mod tests {
    use h5_types::IntegerType;

    use super::*;

    fn back(datatype: &Datatype, bytes: &[u8]) -> Option<Vec<u8>> {
        let form = NumberForm::of(datatype, bytes)?;
        let mut integers = vec![0; bytes.len() / form.size()];
        form.load(bytes, &mut integers);
        let mut out = vec![0xa5; bytes.len()];
        form.store(&integers, &mut out);
        Some(out)
    }

    #[test]
    fn integers_of_either_sign_come_back() {
        let bytes: Vec<u8> = (0..=255).chain([0, 0x80, 0xff, 0x7f]).collect();
        for size in [1, 2, 4] {
            for signed in [false, true] {
                let datatype = Datatype::Integer(IntegerType::plain(size, signed, ByteOrder::Little));
                assert_eq!(back(&datatype, &bytes).as_ref(), Some(&bytes), "{size} {signed}");
            }
        }
        let big = Datatype::Integer(IntegerType::plain(4, false, ByteOrder::Big));
        assert_eq!(NumberForm::of(&big, &bytes), None);
    }

    #[test]
    fn multiples_of_a_power_of_two_come_back() {
        let f32s = Datatype::Float(FloatType::f32(ByteOrder::Little));
        let f64s = Datatype::Float(FloatType::f64(ByteOrder::Little));
        for step in [1.0, 0.0625, 3.0, 2_f64.powi(-100), 2_f64.powi(90), 0.75] {
            let numbers: Vec<f64> = (-9..1000).map(|i| f64::from(i * i * 7) * step).collect();
            let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
            assert_eq!(back(&f64s, &bytes), Some(bytes), "{step}");
            let bytes: Vec<u8> = numbers.iter().flat_map(|n| (*n as f32).to_le_bytes()).collect();
            assert_eq!(back(&f32s, &bytes), Some(bytes), "{step}");
        }
        assert_eq!(back(&f32s, &[0; 64]), Some(vec![0; 64]));
        let largest = [-(2_f64.powi(31) - 1.0), 1.0].map(f64::to_le_bytes).concat();
        assert_eq!(back(&f64s, &largest), Some(largest));
    }

    #[test]
    fn what_no_integer_has_is_refused() {
        let f64s = Datatype::Float(FloatType::f64(ByteOrder::Little));
        let odd = [
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            5e-324,
            2_f64.powi(31),
            2_f64.powi(-40),
            1e300,
            1e-305,
        ];
        for number in odd {
            let bytes = [1.0, number].map(f64::to_le_bytes).concat();
            assert_eq!(NumberForm::of(&f64s, &bytes), None, "{number}");
        }
        let f32s = Datatype::Float(FloatType::f32(ByteOrder::Little));
        for number in [f32::NAN, f32::INFINITY, 0.1_f32 + 1e9] {
            let bytes = [1.0 / 1024.0, number].map(f32::to_le_bytes).concat();
            assert_eq!(NumberForm::of(&f32s, &bytes), None, "{number}");
        }
    }
}
