//! Filter 32000: LZF.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "positions stay below a slice's length, and the casts keep the 8 or 5 bits that the format has room for"
)]

use crate::{Filter, FilterContext, FilterError};

/// Filter 32000, LZF, as h5py registers it.
///
/// A control byte below 32 announces that many literals and one more; any other is a copy: its top three bits the length
/// less 2 (7: add the next byte), the low five with the next byte the distance less 1.
///
/// Client data: `[filter revision, LZF version, chunk size in bytes]`, none of which a decoder needs.
/// The encoder fails with [`FilterError::TooLong`] where the result would not be shorter than the input, as h5py's does: the
/// filter is declared optional, so that the pipeline then leaves it out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lzf;

impl Filter for Lzf {
    fn id(&self) -> u16 {
        32000
    }

    fn name(&self) -> &'static str {
        "lzf"
    }

    fn decode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        let length = walk(input, context.max_output_bytes)?;
        output.resize(length, 0);
        self.decode_into(context, input, output)?;
        Ok(())
    }

    fn decode_into(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, FilterError> {
        let limit_bytes = context.max_output_bytes.min(output.len());
        let too_long = || FilterError::TooLong { limit_bytes };
        let target = output.get_mut(..limit_bytes).unwrap_or_default();
        let (mut rest, mut written) = (input, 0);
        while let Some(token) = next_token(&mut rest)? {
            written += match token {
                Token::Literals(bytes) => {
                    target
                        .get_mut(written..written + bytes.len())
                        .ok_or_else(too_long)?
                        .copy_from_slice(bytes);
                    bytes.len()
                }
                Token::Copy { distance, length } => {
                    if distance > written {
                        return Err(FilterError::Corrupt(format!(
                            "LZF: distance {distance} at byte {written}"
                        )));
                    }
                    copy(target.get_mut(..written + length).ok_or_else(too_long)?, written, distance);
                    length
                }
            };
        }
        Ok(written)
    }

    fn encode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        crate::filter::check_encodes()?;
        let limit_bytes = context.max_output_bytes.min(input.len().saturating_sub(1));
        output.clear();
        let mut last_seen = vec![usize::MAX; 1 << HASH_BITS];
        let (mut position, mut literals_from) = (0, 0);
        while let Some(three) = input.get(position..position + 3) {
            let key = u32::from_le_bytes([three[0], three[1], three[2], 0]);
            let slot = &mut last_seen[(key.wrapping_mul(0x9E37_79B1) >> (32 - HASH_BITS)) as usize];
            let candidate = std::mem::replace(slot, position);
            let distance = position.wrapping_sub(candidate);
            if candidate >= position
                || distance > LONGEST_DISTANCE
                || input[candidate..candidate + 3] != *three
            {
                position += 1;
                continue;
            }
            let longest = LONGEST_COPY.min(input.len() - position);
            let equal = input[candidate..].iter().zip(&input[position..position + longest]);
            let length = equal.take_while(|(a, b)| a == b).count();
            put_literals(&input[literals_from..position], output);
            put_copy(distance, length, output);
            position += length;
            literals_from = position;
            if output.len() > limit_bytes {
                return Err(FilterError::TooLong { limit_bytes });
            }
        }
        put_literals(&input[literals_from..], output);
        if output.len() > limit_bytes { Err(FilterError::TooLong { limit_bytes }) } else { Ok(()) }
    }
}

enum Token<'a> {
    Literals(&'a [u8]),
    Copy { distance: usize, length: usize },
}

/// Takes one token off the front of `input`; `None` at its end.
#[inline]
fn next_token<'a>(input: &mut &'a [u8]) -> Result<Option<Token<'a>>, FilterError> {
    let truncated = || FilterError::Corrupt("LZF: stream ends inside a token".into());
    let Some((&control, rest)) = input.split_first() else { return Ok(None) };
    let control = usize::from(control);
    if control < 32 {
        let (bytes, rest) = rest.split_at_checked(control + 1).ok_or_else(truncated)?;
        *input = rest;
        return Ok(Some(Token::Literals(bytes)));
    }
    let (more, rest) = match control >> 5 {
        7 => rest.split_first().map(|(&byte, rest)| (usize::from(byte), rest)).ok_or_else(truncated)?,
        _ => (0, rest),
    };
    let (&low, rest) = rest.split_first().ok_or_else(truncated)?;
    *input = rest;
    let distance = ((control & 31) << 8 | usize::from(low)) + 1;
    Ok(Some(Token::Copy { distance, length: (control >> 5) + 2 + more }))
}

/// The decoded length, so that a vector is made for what is there and not for what is allowed.
fn walk(input: &[u8], limit_bytes: usize) -> Result<usize, FilterError> {
    let (mut rest, mut length) = (input, 0);
    while let Some(token) = next_token(&mut rest)? {
        length += match token {
            Token::Literals(bytes) => bytes.len(),
            Token::Copy { length, .. } => length,
        };
        if length > limit_bytes {
            return Err(FilterError::TooLong { limit_bytes });
        }
    }
    Ok(length)
}

/// Fills `target` from `written` on with the bytes `distance` before; a copy that reaches itself repeats them.
fn copy(target: &mut [u8], written: usize, distance: usize) {
    let length = target.len() - written;
    if distance >= length {
        target.copy_within(written - distance..written - distance + length, written);
    } else if distance == 1 {
        let byte = target[written - 1];
        target[written..].fill(byte);
    } else {
        for position in written..target.len() {
            target[position] = target[position - distance];
        }
    }
}

fn put_literals(bytes: &[u8], output: &mut Vec<u8>) {
    for run in bytes.chunks(32) {
        output.push(run.len() as u8 - 1);
        output.extend_from_slice(run);
    }
}

fn put_copy(distance: usize, length: usize, output: &mut Vec<u8>) {
    let (high, low) = (((distance - 1) >> 8) as u8, (distance - 1) as u8);
    match length - 2 {
        short @ 0..7 => output.extend_from_slice(&[(short as u8) << 5 | high, low]),
        long => output.extend_from_slice(&[7 << 5 | high, (long - 7) as u8, low]),
    }
}

const HASH_BITS: u32 = 13;
const LONGEST_DISTANCE: usize = 1 << 13;
const LONGEST_COPY: usize = 2 + 7 + 255;
