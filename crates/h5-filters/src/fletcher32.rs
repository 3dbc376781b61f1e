//! Filter 3: a checksum behind the data.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "lane sums stay below 2^32 within a block and totals are reduced modulo 65535 after each"
)]

use crate::{Filter, FilterContext, FilterError};

/// Filter 3, Fletcher's checksum over 16-bit big-endian words modulo 65535, four bytes little-endian behind the data.
///
/// An odd last byte counts as the high half of a word. Before release 1.6.3 the library summed words of the host's byte
/// order, so that a little-endian host wrote both halves of the sum byte-swapped: such sums are accepted, as the library does.
/// Client data: none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fletcher32;

impl Filter for Fletcher32 {
    fn id(&self) -> u16 {
        3
    }

    fn name(&self) -> &'static str {
        "fletcher32"
    }

    fn decode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        let data = verified(context.max_output_bytes, input)?;
        output.clear();
        output.extend_from_slice(data);
        Ok(())
    }

    fn decode_into(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, FilterError> {
        let limit_bytes = context.max_output_bytes.min(output.len());
        let data = verified(limit_bytes, input)?;
        output.get_mut(..data.len()).ok_or(FilterError::TooLong { limit_bytes })?.copy_from_slice(data);
        Ok(data.len())
    }

    fn encode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        crate::filter::check_encodes()?;
        let limit_bytes = context.max_output_bytes;
        if input.len() > limit_bytes.saturating_sub(CHECKSUM_BYTES) {
            return Err(FilterError::TooLong { limit_bytes });
        }
        output.clear();
        output.extend_from_slice(input);
        output.extend_from_slice(&checksum(input).to_le_bytes());
        Ok(())
    }
}

/// The data in front of the checksum, once both agree.
fn verified(limit_bytes: usize, input: &[u8]) -> Result<&[u8], FilterError> {
    let Some((data, stored)) = input.split_last_chunk::<CHECKSUM_BYTES>() else {
        return Err(FilterError::Corrupt(format!("{} bytes hold no checksum of 4", input.len())));
    };
    if data.len() > limit_bytes {
        return Err(FilterError::TooLong { limit_bytes });
    }
    let (stored, computed) = (u32::from_le_bytes(*stored), checksum(data));
    let swapped = computed.swap_bytes().rotate_left(16);
    if stored == computed || stored == swapped {
        Ok(data)
    } else {
        Err(FilterError::Checksum { stored, computed })
    }
}

const CHECKSUM_BYTES: usize = 4;
/// Independent sums that one vector instruction can advance.
const LANES: usize = 16;
/// Steps before a lane's second sum could leave 32 bits: 65535 * 361 * 362 / 2 < 2^32.
const STEPS: usize = 256;
const MODULUS: u64 = 65535;

/// Fletcher's checksum: the second sum in the high half, the first in the low.
///
/// The words are read little-endian, since modulo 2^16 - 1 a swap of two bytes is a product by 2^8 and thus commutes with sums.
pub(crate) fn checksum(data: &[u8]) -> u32 {
    let (mut sum1, mut sum2) = (0_u64, 0_u64);
    for block in data.chunks(2 * LANES * STEPS) {
        let (rows, rest) = block.as_chunks::<{ 2 * LANES }>();
        let (first, second) = lane_sums(rows);
        // The word of lane `l` in a block of `w` words is counted `w - l` times in the row it came in.
        let words = (rows.len() * LANES) as u64;
        let mut block1 = 0;
        let mut block2 = 0;
        for (lane, (&a, &b)) in (0_u64..).zip(first.iter().zip(&second)) {
            block1 += u64::from(a);
            block2 += LANES as u64 * u64::from(b) - lane * u64::from(a);
        }
        sum2 += words * sum1 + block2;
        sum1 += block1;
        let (pairs, odd) = rest.as_chunks::<2>();
        let last = odd.first().map(|&byte| [byte, 0]);
        for pair in pairs.iter().chain(last.as_ref()) {
            sum1 += u64::from(u16::from_le_bytes(*pair));
            sum2 += sum1;
        }
        sum1 = reduced(sum1);
        sum2 = reduced(sum2);
    }
    swapped_half(sum2) << 16 | swapped_half(sum1)
}

/// For each lane the sum of its words, and the sum of these running sums.
fn lane_sums(rows: &[[u8; 2 * LANES]]) -> ([u32; LANES], [u32; LANES]) {
    let (mut first, mut second) = ([0_u32; LANES], [0_u32; LANES]);
    for row in rows {
        let words: &[[u8; 2]; LANES] = row.as_chunks().0.try_into().unwrap_or(&[[0; 2]; LANES]);
        for ((a, b), word) in first.iter_mut().zip(&mut second).zip(words) {
            *a += u32::from(u16::from_le_bytes(*word));
            *b += *a;
        }
    }
    (first, second)
}

/// Modulo 65535, but with 65535 and not 0 for a sum above zero, as folding the carries gives it.
fn reduced(sum: u64) -> u64 {
    if sum == 0 { 0 } else { (sum - 1) % MODULUS + 1 }
}

/// A reduced sum of little-endian words as that of big-endian words.
fn swapped_half(sum: u64) -> u32 {
    u32::from(u16::try_from(sum).unwrap_or(u16::MAX).swap_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition, word by word.
    fn by_definition(data: &[u8]) -> u32 {
        let fold = |mut sum: u64| {
            while sum > 0xFFFF {
                sum = (sum & 0xFFFF) + (sum >> 16);
            }
            sum
        };
        let (mut sum1, mut sum2) = (0, 0);
        for pair in data.chunks(2) {
            sum1 = fold(sum1 + u64::from(pair[0]) * 256 + u64::from(*pair.get(1).unwrap_or(&0)));
            sum2 = fold(sum2 + sum1);
        }
        u32::try_from(sum2 << 16 | sum1).unwrap()
    }

    proptest! {
        #[test]
        fn equals_the_definition(data in prop::collection::vec(any::<u8>(), 0..3000)) {
            prop_assert_eq!(checksum(&data), by_definition(&data));
        }
    }

    #[test]
    fn extremes_equal_the_definition() {
        for length in [0, 1, 2, 31, 32, 33, 8191, 8192, 8193, 20_001, 200_000] {
            for byte in [0, 1, 0xFF] {
                let data = vec![byte; length];
                assert_eq!(checksum(&data), by_definition(&data), "{length} bytes of {byte}");
            }
        }
    }

    #[test]
    fn a_sum_of_host_words_of_old_releases_is_accepted() {
        let context = FilterContext { client_data: &[], max_output_bytes: 9 };
        let data = [1, 2, 3, 4, 5];
        let [a, b, c, d] = checksum(&data).to_le_bytes();
        let mut output = Vec::new();
        for sum in [[a, b, c, d], [b, a, d, c]] {
            Fletcher32.decode(context, &[&data[..], &sum].concat(), &mut output).unwrap();
            assert_eq!(output, data);
        }
        for sum in [[c, d, a, b], [d, c, b, a], [a, b, c, !d]] {
            let failure = Fletcher32.decode(context, &[&data[..], &sum].concat(), &mut output).unwrap_err();
            assert!(matches!(failure, FilterError::Checksum { .. }));
        }
    }

    #[test]
    fn three_bytes_hold_no_checksum() {
        let context = FilterContext { client_data: &[], max_output_bytes: 9 };
        assert!(matches!(Fletcher32.decode(context, &[0; 3], &mut Vec::new()), Err(FilterError::Corrupt(_))));
        assert_eq!(Fletcher32.decode_into(context, &[0; 4], &mut []), Ok(0));
    }
}
