//! One block of integers, coded with rounding or reversibly.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "bit counts below 2^16; each subtraction is saturating or follows its comparison"
)]
#![expect(clippy::cast_possible_truncation, reason = "fields of at most 6 bits, read into 64")]

use super::bit_planes;
use super::bit_stream::{BitReader, BitWriter};
use super::coefficient::Coefficient;
use super::mode::BlockParameters;
use super::order::sequency_order;
use super::transform;

/// Decodes a block of `N` = 4^`D` integers, in reversible mode if the parameters say so.
pub(super) fn decode<T: Coefficient, const D: usize, const N: usize>(
    reader: &mut BitReader<'_>,
    parameters: &BlockParameters,
) -> [T; N] {
    let mut words = [0_u64; N];
    let mut used = 0;
    let mut precision = parameters.max_precision;
    if parameters.is_reversible() {
        // The precision is stored, less one: planes below it hold no ones.
        precision = precision.min(reader.read_bits(T::PRECISION_BITS) as u32 + 1);
        used = T::PRECISION_BITS;
    }
    let budget = parameters.max_bits.saturating_sub(used);
    used += bit_planes::decode(reader, budget, T::BITS, precision, &mut words);
    reader.skip(parameters.min_bits.saturating_sub(used));

    let mut block = [T::default(); N];
    for (&word, &place) in words.iter().zip(sequency_order::<N>()) {
        if let Some(value) = block.get_mut(usize::from(place)) {
            *value = T::from_negabinary(word);
        }
    }
    match parameters.is_reversible() {
        true => transform::inverse_reversible::<T, D, N>(&mut block),
        false => transform::inverse::<T, D, N>(&mut block),
    }
    block
}

/// Encodes a block of `N` = 4^`D` integers, in reversible mode if the parameters say so.
pub(super) fn encode<T: Coefficient, const D: usize, const N: usize>(
    writer: &mut BitWriter<'_>,
    parameters: &BlockParameters,
    mut block: [T; N],
) {
    match parameters.is_reversible() {
        true => transform::forward_reversible::<T, D, N>(&mut block),
        false => transform::forward::<T, D, N>(&mut block),
    }
    let mut words = [0_u64; N];
    for (word, &place) in words.iter_mut().zip(sequency_order::<N>()) {
        *word = block.get(usize::from(place)).copied().unwrap_or_default().to_negabinary();
    }
    let mut used = 0;
    let mut precision = parameters.max_precision;
    if parameters.is_reversible() {
        let any = words.iter().fold(0, |any, word| any | word);
        precision = precision.min(T::BITS.saturating_sub(any.trailing_zeros()).max(1));
        writer.write_bits(u64::from(precision - 1), T::PRECISION_BITS);
        used = T::PRECISION_BITS;
    }
    let budget = parameters.max_bits.saturating_sub(used);
    used += bit_planes::encode(writer, budget, T::BITS, precision, &words);
    writer.pad(parameters.min_bits.saturating_sub(used));
}
