//! BloscLZ, the codec that blosc brings itself: the second level of the FastLZ format.
//!
//! A stream is a row of instructions. The upper three bits of an instruction's first byte, `c`, say which:
//!
//! ```text
//! 0       literals: c + 1 bytes follow (the very first instruction is one, whatever its upper bits say)
//! 1 to 6  match of (c >> 5) + 2 bytes
//! 7       match of 9 bytes and more: length bytes follow and are added, up to and with the first that is not 255
//! ```
//! A match then has one byte, the lower half of the distance less one, whose upper half is the lower five bits of `c`. If
//! all 13 bits are set, two more bytes, big-endian, are added to that distance.
//! Source: the FastLZ format description; the far distance's offset is checked by the golden vectors.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "kernel: every position is at most the length of its slice, checked before it is added to"
)]

use crate::FilterError;
use crate::bounded::Reader;

/// Decodes one stream that must fill `output`.
pub(super) fn decode(input: &[u8], output: &mut [u8]) -> Result<(), FilterError> {
    let mut reader = Reader::new(input);
    let mut written = 0;
    let mut control = reader.u8()? & 31;
    loop {
        if control < 32 {
            let literals = reader.take(usize::from(control) + 1)?;
            let target = output.get_mut(written..written + literals.len()).ok_or_else(too_long)?;
            target.copy_from_slice(literals);
            written += literals.len();
        } else {
            let (length, distance) = read_match(control, &mut reader)?;
            copy_match(output, written, distance, length)?;
            written += length;
        }
        match reader.u8() {
            Ok(next) => control = next,
            Err(_) => break,
        }
    }
    if written == output.len() {
        return Ok(());
    }
    Err(FilterError::Corrupt(format!("blosclz stream of {written} bytes, expected {}", output.len())))
}

/// Length and distance of the match that `control` starts.
fn read_match(control: u8, reader: &mut Reader<'_>) -> Result<(usize, usize), FilterError> {
    let mut length = usize::from(control >> 5) + 2;
    if control >> 5 == 7 {
        loop {
            let more = reader.u8()?;
            // Bounded by 255 for each byte of the input.
            length += usize::from(more);
            if more != 255 {
                break;
            }
        }
    }
    let distance = (usize::from(control & 31) << 8) + usize::from(reader.u8()?);
    let far = if distance == MAX_NEAR { usize::from(u16::from_be_bytes(reader.array()?)) } else { 0 };
    Ok((length, distance + far + 1))
}

/// Copies `length` bytes from `distance` bytes back; the two may overlap, which repeats a pattern.
fn copy_match(output: &mut [u8], written: usize, distance: usize, length: usize) -> Result<(), FilterError> {
    let from = written.checked_sub(distance).ok_or_else(|| {
        FilterError::Corrupt(format!("blosclz match reaches {distance} bytes back, {written} are there"))
    })?;
    if length > output.len() - written {
        return Err(too_long());
    }
    let mut copied = 0;
    while copied < length {
        // What is there already repeats with period `distance`, so that the piece doubles each time.
        let piece = (length - copied).min(distance + copied);
        output.copy_within(from..from + piece, written + copied);
        copied += piece;
    }
    Ok(())
}

fn too_long() -> FilterError {
    FilterError::Corrupt("blosclz stream is longer than its block".into())
}

/// The largest distance less one that needs no further bytes.
const MAX_NEAR: usize = (31 << 8) + 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_match_repeats_its_pattern() {
        let mut output = [0; 13];
        decode(&[2, b'a', b'b', b'c', 7 << 5, 1, 2], &mut output).unwrap();
        assert_eq!(&output, b"abcabcabcabca");
    }

    #[test]
    fn match_before_the_start_is_an_error() {
        assert!(matches!(decode(&[0, b'a', 1 << 5, 1], &mut [0; 4]), Err(FilterError::Corrupt(_))));
    }
}
