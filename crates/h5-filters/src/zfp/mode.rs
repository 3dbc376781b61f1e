//! Compression modes, and the four numbers per block that each of them stands for.

use crate::FilterError;

use super::ZfpScalar;
use super::float::power_of_two;

/// How zfp trades size for accuracy. Source: zfp documentation, "Compression Modes".
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ZfpMode {
    /// Each block takes the same number of bits.
    FixedRate {
        /// Bits per value; 4 to the power of the number of dimensions times it is rounded to the bits of a block.
        bits_per_value: f64,
    },
    /// Each block keeps the same number of bit planes.
    FixedPrecision {
        /// Bit planes, 1 to 64.
        bit_planes: u32,
    },
    /// No value differs by more than a tolerance. For integers this keeps everything that zfp's transform keeps.
    FixedAccuracy {
        /// The absolute tolerance, rounded down to a power of two. Zero keeps as much as zfp can without
        /// [`ZfpMode::Reversible`].
        tolerance: f64,
    },
    /// The block parameters themselves.
    Expert {
        /// Least number of bits of a block, from 1; shorter ones are padded.
        min_bits: u32,
        /// Greatest number of bits of a block, up to 32768.
        max_bits: u32,
        /// Greatest number of bit planes, 1 to 64.
        max_precision: u32,
        /// Lowest bit plane as power of two, -16495 to 16272; below -1074 the mode is reversible.
        min_exponent: i32,
    },
    /// Every bit of every value is kept.
    Reversible,
}

impl ZfpMode {
    /// Reads the client data that a caller of H5Z-ZFP passes when creating a dataset (not those that the file holds):
    /// mode number, an unused word, then the mode's parameters, a double as its two words in little-endian order.
    /// No values at all mean tolerance zero. Source: H5Z-ZFP documentation, "Interfaces".
    ///
    /// # Errors
    /// [`FilterError::Parameters`] for an unknown mode or missing values.
    pub fn from_user_client_data(values: &[u32]) -> Result<Self, FilterError> {
        let word = |index: usize| {
            let missing = || FilterError::Parameters(format!("zfp mode with {} values", values.len()));
            values.get(index).copied().ok_or_else(missing)
        };
        let double = |index: usize, next: usize| -> Result<f64, FilterError> {
            Ok(f64::from_bits(u64::from(word(next)?) << 32 | u64::from(word(index)?)))
        };
        if values.is_empty() {
            return Ok(Self::FixedAccuracy { tolerance: 0.0 });
        }
        match word(0)? {
            1 => Ok(Self::FixedRate { bits_per_value: double(2, 3)? }),
            2 => Ok(Self::FixedPrecision { bit_planes: word(2)? }),
            3 => Ok(Self::FixedAccuracy { tolerance: double(2, 3)? }),
            4 => Ok(Self::Expert {
                min_bits: word(2)?,
                max_bits: word(3)?,
                max_precision: word(4)?,
                min_exponent: word(5)?.cast_signed(),
            }),
            5 => Ok(Self::Reversible),
            other => Err(FilterError::Parameters(format!("zfp mode {other}, expected 1 to 5"))),
        }
    }
}

/// The constraints under which each block is coded; all modes come down to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockParameters {
    pub(super) min_bits: u32,
    pub(super) max_bits: u32,
    pub(super) max_precision: u32,
    pub(super) min_exponent: i32,
}

const MIN_BITS: u32 = 1;
const MAX_BITS: u32 = 16_658;
const MAX_PRECISION: u32 = 64;
const MIN_EXPONENT: i32 = -1074;
/// The long form has 15 bits for the number of bits less one.
const MAX_FIELD_BITS: u32 = 1 << 15;
const MIN_FIELD_EXPONENT: i32 = -16_495;

// First codes of the short form, 12 bits, and the mark of the long form.
const SHORT_PRECISION: u32 = 2048;
const SHORT_REVERSIBLE: u32 = 2176;
const SHORT_ACCURACY: u32 = 2177;
pub(super) const SHORT_BITS: u32 = 12;
pub(super) const LONG_MARK: u32 = 0xfff;

impl BlockParameters {
    const UNBOUNDED: Self = Self {
        min_bits: MIN_BITS,
        max_bits: MAX_BITS,
        max_precision: MAX_PRECISION,
        min_exponent: MIN_EXPONENT,
    };
    const REVERSIBLE: Self = Self { min_exponent: MIN_EXPONENT - 1, ..Self::UNBOUNDED };

    /// What `mode` means for a type and a number of dimensions.
    pub(super) fn new(mode: ZfpMode, scalar: ZfpScalar, dimensions: usize) -> Result<Self, FilterError> {
        let parameters = match mode {
            ZfpMode::FixedRate { bits_per_value } => {
                let bits = block_bits(bits_per_value, dimensions).max(scalar.min_block_bits());
                Self { min_bits: bits, max_bits: bits, ..Self::UNBOUNDED }
            }
            ZfpMode::FixedPrecision { bit_planes } => Self { max_precision: bit_planes, ..Self::UNBOUNDED },
            ZfpMode::FixedAccuracy { tolerance } => {
                Self { min_exponent: floor_log2(tolerance)?, ..Self::UNBOUNDED }
            }
            ZfpMode::Expert { min_bits, max_bits, max_precision, min_exponent } => {
                Self { min_bits, max_bits, max_precision, min_exponent }
            }
            ZfpMode::Reversible => Self::REVERSIBLE,
        };
        parameters.checked(scalar)
    }

    /// Whether the lossless variant of the algorithm is used.
    pub(super) fn is_reversible(&self) -> bool {
        self.min_exponent < MIN_EXPONENT
    }

    /// Decodes the short form.
    pub(super) fn from_short(code: u32, scalar: ZfpScalar) -> Result<Self, FilterError> {
        let above = |first: u32| code.saturating_sub(first);
        let parameters = match code {
            0..SHORT_PRECISION => {
                let bits = code.saturating_add(1);
                Self { min_bits: bits, max_bits: bits, ..Self::UNBOUNDED }
            }
            SHORT_PRECISION..SHORT_REVERSIBLE => {
                Self { max_precision: above(SHORT_PRECISION).saturating_add(1), ..Self::UNBOUNDED }
            }
            SHORT_REVERSIBLE => Self::REVERSIBLE,
            _ => Self {
                min_exponent: MIN_EXPONENT.saturating_add_unsigned(above(SHORT_ACCURACY)),
                ..Self::UNBOUNDED
            },
        };
        parameters.checked(scalar)
    }

    /// The short form, if these parameters have one.
    pub(super) fn to_short(self) -> Option<u32> {
        let Self { min_bits, max_bits, max_precision, min_exponent } = self;
        if self == Self::REVERSIBLE {
            return Some(SHORT_REVERSIBLE);
        }
        let exponent_rank = u32::try_from(min_exponent.saturating_sub(MIN_EXPONENT)).ok()?;
        if exponent_rank == 0 && max_precision == MAX_PRECISION && min_bits == max_bits {
            return max_bits.checked_sub(1).filter(|&code| code < SHORT_PRECISION);
        }
        if (min_bits, max_bits) != (MIN_BITS, MAX_BITS) {
            return None;
        }
        if exponent_rank == 0 {
            return max_precision.checked_sub(1)?.checked_add(SHORT_PRECISION);
        }
        let code = exponent_rank.checked_add(SHORT_ACCURACY)?;
        (max_precision == MAX_PRECISION && code < LONG_MARK).then_some(code)
    }

    /// Decodes the 52 bits that follow the mark of the long form.
    pub(super) fn from_long(fields: u64, scalar: ZfpScalar) -> Result<Self, FilterError> {
        let field = |shift: u32, bits: u32| -> u32 {
            let mask = (1_u64 << bits).saturating_sub(1);
            u32::try_from(fields >> shift & mask).unwrap_or(u32::MAX)
        };
        let parameters = Self {
            min_bits: field(0, 15).saturating_add(1),
            max_bits: field(15, 15).saturating_add(1),
            max_precision: field(30, 7).saturating_add(1),
            min_exponent: MIN_FIELD_EXPONENT.saturating_add_unsigned(field(37, 15)),
        };
        parameters.checked(scalar)
    }

    /// The 52 bits that follow the mark of the long form.
    pub(super) fn to_long(self) -> u64 {
        let exponent = self.min_exponent.saturating_sub(MIN_FIELD_EXPONENT).unsigned_abs();
        u64::from(self.min_bits.saturating_sub(1))
            | u64::from(self.max_bits.saturating_sub(1)) << 15
            | u64::from(self.max_precision.saturating_sub(1)) << 30
            | u64::from(exponent) << 37
    }

    fn checked(self, scalar: ZfpScalar) -> Result<Self, FilterError> {
        let Self { min_bits, max_bits, max_precision, min_exponent } = self;
        let are_bits_valid = 1 <= min_bits && min_bits <= max_bits && max_bits <= MAX_FIELD_BITS;
        let is_exponent_valid = (0..1 << 15).contains(&min_exponent.saturating_sub(MIN_FIELD_EXPONENT));
        if !are_bits_valid || !(1..=MAX_PRECISION).contains(&max_precision) || !is_exponent_valid {
            return Err(FilterError::Parameters(format!(
                "zfp block of {min_bits} to {max_bits} bits, {max_precision} planes, exponent {min_exponent}"
            )));
        }
        if max_bits < scalar.min_block_bits() {
            // The zfp library writes past its buffer here, so there are no such files to agree with.
            return Err(FilterError::Parameters(format!(
                "zfp block of at most {max_bits} bits has no room for its exponent"
            )));
        }
        Ok(self)
    }
}

/// Bits of a block at a rate, rounded to the nearest; 0 for a rate that is not a number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and too many bits are refused afterwards"
)]
fn block_bits(bits_per_value: f64, dimensions: usize) -> u32 {
    let values = [4.0, 16.0, 64.0, 256.0].get(dimensions.saturating_sub(1)).copied().unwrap_or(f64::NAN);
    ((bits_per_value * values + 0.5).floor() as u32).max(1)
}

/// The greatest `n >= -1074` with 2^n <= `tolerance`; -1074 for zero.
fn floor_log2(tolerance: f64) -> Result<i32, FilterError> {
    if !tolerance.is_finite() || tolerance < 0.0 {
        return Err(FilterError::Parameters(format!("zfp tolerance {tolerance}")));
    }
    let is_at_most = |exponent: &i32| power_of_two(*exponent) <= tolerance;
    Ok((MIN_EXPONENT..=1023).rev().find(is_at_most).unwrap_or(MIN_EXPONENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_valid_short_code_is_kept() {
        for code in 0..LONG_MARK {
            // Codes for 65 to 128 planes are refused; the lowest accuracy code equals 64 planes.
            let Ok(parameters) = BlockParameters::from_short(code, ZfpScalar::Int64) else {
                assert!((2112..2176).contains(&code), "code {code}");
                continue;
            };
            let expected = if code == SHORT_ACCURACY { 2111 } else { code };
            assert_eq!(parameters.to_short(), Some(expected));
            assert_eq!(BlockParameters::from_long(parameters.to_long(), ZfpScalar::Int64), Ok(parameters));
        }
    }

    #[test]
    fn tolerance_is_rounded_down_to_a_power_of_two() {
        for (tolerance, exponent) in [(1e-3, -10), (1.0, 0), (0.0, -1074), (5e-324, -1074), (1e300, 996)] {
            assert_eq!(floor_log2(tolerance), Ok(exponent), "{tolerance}");
        }
        assert!(floor_log2(f64::NAN).is_err());
    }
}
