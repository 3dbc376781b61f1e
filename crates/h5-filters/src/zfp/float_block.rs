//! One block of floating-point numbers: a common exponent and a block of integers.
//!
//! zfp documentation, "Algorithm". Bits of a block:
//!
//! ```text
//! lossy       0                    all values are zero (or below the tolerance)
//!             1 exponent integers  exponent biased, 8 or 11 bits
//! reversible  0                    all values are zero
//!             1 0 exponent integers
//!             1 1 integers         the numbers' own bits as integers
//! ```
#![expect(
    clippy::arithmetic_side_effects,
    reason = "exponents below 2^15 in magnitude and bit counts below 2^16"
)]

use crate::FilterError;

use super::bit_stream::{BitReader, BitWriter};
use super::float::Float;
use super::integer_block;
use super::mode::BlockParameters;

/// Decodes a block of `N` = 4^`D` numbers.
///
/// # Errors
/// [`FilterError::Unsupported`] for the form that [`is_zero_block_ambiguous`] tells.
pub(super) fn decode<T: Float, const D: usize, const N: usize>(
    reader: &mut BitReader<'_>,
    parameters: &BlockParameters,
) -> Result<[T; N], FilterError> {
    if !reader.read_bit() {
        if is_zero_block_ambiguous(parameters) {
            return Err(FilterError::Unsupported(
                "zfp block of zeros in reversible mode with a least size".to_owned(),
            ));
        }
        reader.skip(parameters.min_bits - 1);
        return Ok([T::default(); N]);
    }
    let mut used = 1;
    if parameters.is_reversible() {
        used += 1;
        if reader.read_bit() {
            let integers = integer_block::decode::<T::Integer, D, N>(reader, &remaining(parameters, used));
            return Ok(integers.map(T::from_ordered_integer));
        }
    }
    let biased = reader.read_bits(T::EXPONENT_BITS);
    used += T::EXPONENT_BITS;
    let exponent = i32::try_from(biased).unwrap_or(i32::MAX) - T::EXPONENT_BIAS;
    let mut rest = remaining(parameters, used);
    rest.max_precision = precision::<D>(parameters, exponent);
    let integers = integer_block::decode::<T::Integer, D, N>(reader, &rest);
    Ok(T::from_integers(&integers, exponent))
}

/// Encodes a block of `N` = 4^`D` numbers.
///
/// # Errors
/// [`FilterError::Unsupported`] for an infinity or NaN outside of reversible mode.
pub(super) fn encode<T: Float, const D: usize, const N: usize>(
    writer: &mut BitWriter<'_>,
    parameters: &BlockParameters,
    block: [T; N],
) -> Result<(), FilterError> {
    if parameters.is_reversible() {
        encode_reversible::<T, D, N>(writer, parameters, block);
        return Ok(());
    }
    if !block.iter().all(|value| value.is_finite()) {
        return Err(FilterError::Unsupported("infinity or NaN in a lossy mode of zfp".to_owned()));
    }
    let exponent = common_exponent(&block);
    let precision = exponent.map_or(0, |exponent| precision::<D>(parameters, exponent));
    match exponent {
        Some(exponent) if precision > 0 => {
            writer.write_bits(1, 1);
            write_exponent::<T>(writer, exponent);
            let mut rest = remaining(parameters, 1 + T::EXPONENT_BITS);
            rest.max_precision = precision;
            integer_block::encode::<T::Integer, D, N>(writer, &rest, T::to_integers(&block, exponent));
        }
        _ => write_zeros(writer, parameters),
    }
    Ok(())
}

fn encode_reversible<T: Float, const D: usize, const N: usize>(
    writer: &mut BitWriter<'_>,
    parameters: &BlockParameters,
    block: [T; N],
) {
    if !is_zero_block_ambiguous(parameters) && block.iter().all(|value| value.is_same(T::default())) {
        return write_zeros(writer, parameters);
    }
    if let Some(exponent) = common_exponent(&block).filter(|_| block.iter().all(|value| value.is_finite())) {
        let integers = T::to_integers(&block, exponent);
        let restored: [T; N] = T::from_integers(&integers, exponent);
        if restored.iter().zip(&block).all(|(restored, value)| restored.is_same(*value)) {
            writer.write_bits(0b01, 2);
            write_exponent::<T>(writer, exponent);
            let mut rest = remaining(parameters, 2 + T::EXPONENT_BITS);
            rest.max_precision = precision::<D>(parameters, exponent);
            return integer_block::encode::<T::Integer, D, N>(writer, &rest, integers);
        }
    }
    writer.write_bits(0b11, 2);
    let integers = block.map(T::to_ordered_integer);
    integer_block::encode::<T::Integer, D, N>(writer, &remaining(parameters, 2), integers);
}

fn write_zeros(writer: &mut BitWriter<'_>, parameters: &BlockParameters) {
    writer.pad(parameters.min_bits);
}

/// Whether the one-bit form of a block of zeros has no sure end. In reversible mode zfp 1.0.1 is seen to write it
/// without padding to the least number of bits, but to skip the padding when it reads, and so to misread what it wrote.
/// Other forms are padded both ways.
fn is_zero_block_ambiguous(parameters: &BlockParameters) -> bool {
    parameters.is_reversible() && parameters.min_bits > 1
}

fn write_exponent<T: Float>(writer: &mut BitWriter<'_>, exponent: i32) {
    writer.write_bits((exponent + T::EXPONENT_BIAS).unsigned_abs().into(), T::EXPONENT_BITS);
}

fn common_exponent<T: Float>(block: &[T]) -> Option<i32> {
    block.iter().filter_map(|value| value.exponent()).max()
}

/// The parameters for the integers, after `used` bits.
fn remaining(parameters: &BlockParameters, used: u32) -> BlockParameters {
    BlockParameters {
        min_bits: parameters.min_bits.saturating_sub(used),
        max_bits: parameters.max_bits.saturating_sub(used),
        ..*parameters
    }
}

/// How many bit planes of a block with a common exponent lie above the lowest one wanted. The transform widens values,
/// hence the `2 (D + 1)` more. Reversible mode bounds them not here but by what the block holds.
fn precision<const D: usize>(parameters: &BlockParameters, exponent: i32) -> u32 {
    if parameters.is_reversible() {
        return parameters.max_precision;
    }
    let guard = i32::try_from(D).unwrap_or_default() * 2 + 2;
    let planes = (exponent - parameters.min_exponent + guard).max(0).unsigned_abs();
    planes.min(parameters.max_precision)
}
