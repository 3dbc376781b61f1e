//! Filter 6: numbers as distances from their minimum, in as few bits as the widest needs.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "sizes are 1, 2, 4 or 8 by parsing, bit counts at most 64, and lengths are checked against the slices"
)]

use crate::bits::{BitReader, BitWriter};
use crate::{Filter, FilterContext, FilterError};

mod real;

/// Filter 6, scale-offset, for integers (lossless) and floats (`D` decimal digits kept).
///
/// Client data: `[scale type (0 float D-scale, 1 float E-scale, 2 integer), scale factor, elements, class (0 integer,
/// 1 float), size, sign (1 two's complement), byte order (0 little, 1 big), 1 if a fill value follows, fill value...]`, the
/// fill value in words of 32 bits, the least significant first. The scale factor of integers is the number of bits to use, 0 for
/// as many as needed; that of floats is `D`.
///
/// Stored: `minbits` (4 bytes), a byte 8, the minimum (8 bytes), 8 unused bytes, all little-endian, then `minbits` for each element
/// from the most significant bit on. All bits one stand for the fill value, if there is one. With `minbits` of the full width
/// the elements follow as they are in the writer's byte order, which is taken to be little-endian.
///
/// Where the library would cut bits off (a given number of bits too small for the data), the encoder fails. Floats that are not finite
/// have no distance from a minimum: they make the encoder store the full width.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScaleOffset;

impl Filter for ScaleOffset {
    fn id(&self) -> u16 {
        6
    }

    fn name(&self) -> &'static str {
        "scaleoffset"
    }

    fn decode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        let parameters = Parameters::parse(context.client_data)?;
        let length = parameters.decoded_bytes(input);
        check_limit(length, context.max_output_bytes)?;
        output.resize(length, 0);
        parameters.decode(input, output)
    }

    fn decode_into(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, FilterError> {
        let parameters = Parameters::parse(context.client_data)?;
        let length = parameters.decoded_bytes(input);
        check_limit(length, context.max_output_bytes.min(output.len()))?;
        parameters.decode(input, &mut output[..length])?;
        Ok(length)
    }

    fn encode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        crate::filter::check_encodes()?;
        let parameters = Parameters::parse(context.client_data)?;
        let expected = parameters.decoded_bytes(input);
        if input.len() != expected {
            return Err(FilterError::Parameters(format!(
                "scaleoffset: {} bytes, expected {expected}",
                input.len()
            )));
        }
        output.clear();
        if parameters.passes_through() {
            output.extend_from_slice(input);
        } else {
            parameters.encode(input, output)?;
        }
        check_limit(output.len(), context.max_output_bytes)
    }
}

fn check_limit(length: usize, limit_bytes: usize) -> Result<(), FilterError> {
    if length > limit_bytes { Err(FilterError::TooLong { limit_bytes }) } else { Ok(()) }
}

/// What the elements are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unsigned,
    Signed,
    /// With the decimal digits to keep.
    Float(i32),
}

impl Kind {
    fn digits(self) -> i32 {
        if let Self::Float(digits) = self { digits } else { 0 }
    }
}

/// The client data, understood.
struct Parameters {
    kind: Kind,
    /// Bits that the caller asked for; 0 for as many as needed.
    given_bits: u32,
    elements: usize,
    /// 1, 2, 4 or 8.
    size: usize,
    big_endian: bool,
    /// Bit pattern of the fill value.
    fill: Option<u64>,
}

/// What stands before the packed elements.
struct Header {
    minbits: u32,
    minimum: u64,
}

impl Parameters {
    fn parse(client_data: &[u32]) -> Result<Self, FilterError> {
        let Some((&[scale_type, scale_factor, elements, class, size, sign, order, has_fill], fill)) =
            client_data.split_first_chunk::<8>()
        else {
            return Err(bad(format!("{} values of client data, expected 8 at least", client_data.len())));
        };
        let kind = match (scale_type, class, sign, size) {
            (2, 0, 0, 1 | 2 | 4 | 8) => Kind::Unsigned,
            (2, 0, 1, 1 | 2 | 4 | 8) => Kind::Signed,
            (0, 1, _, 4 | 8) => Kind::Float(scale_factor.cast_signed()),
            (1, 1, ..) => {
                return Err(FilterError::Unsupported(
                    "scaleoffset: E-scaling, which no library implements".into(),
                ));
            }
            _ => {
                return Err(bad(format!(
                    "scale type {scale_type} of class {class}, size {size}, sign {sign}"
                )));
            }
        };
        if order > 1 {
            return Err(bad(format!("byte order {order}, expected 0 or 1")));
        }
        let size = usize::try_from(size).map_err(|_| bad("size".into()))?;
        let elements = usize::try_from(elements).map_err(|_| bad("number of elements".into()))?;
        elements.checked_mul(size).ok_or_else(|| bad(format!("{elements} elements of {size} bytes")))?;
        let given_bits = if matches!(kind, Kind::Float(_)) { 0 } else { scale_factor };
        let fill = match (has_fill, size, fill) {
            (0, ..) => None,
            (_, 8, &[low, high, ..]) => Some(u64::from(high) << 32 | u64::from(low)),
            (_, 1 | 2 | 4, &[low, ..]) => Some(u64::from(low)),
            _ => return Err(bad("fill value missing".into())),
        };
        let parameters = Self { kind, given_bits, elements, size, big_endian: order == 1, fill };
        if given_bits > parameters.full_bits() {
            return Err(bad(format!("{given_bits} bits for elements of {size} bytes")));
        }
        Ok(Self { fill: fill.map(|value| value & parameters.mask()), ..parameters })
    }

    fn full_bits(&self) -> u32 {
        match self.size {
            1 => 8,
            2 => 16,
            4 => 32,
            _ => 64,
        }
    }

    /// All bits of an element.
    fn mask(&self) -> u64 {
        u64::MAX >> (64 - self.full_bits())
    }

    /// With the full width asked for the filter does nothing, not even a header.
    fn passes_through(&self) -> bool {
        self.given_bits == self.full_bits()
    }

    fn decoded_bytes(&self, input: &[u8]) -> usize {
        if self.passes_through() { input.len() } else { self.elements * self.size }
    }

    fn decode(&self, input: &[u8], output: &mut [u8]) -> Result<(), FilterError> {
        if self.passes_through() {
            output.copy_from_slice(input);
            return Ok(());
        }
        let (header, packed) = Header::decode(input)?;
        if header.minbits > self.full_bits() {
            let full = self.full_bits();
            return Err(FilterError::Corrupt(format!(
                "scaleoffset: {} bits, expected {full} at most",
                header.minbits
            )));
        }
        let mut bits = BitReader::new(packed);
        let mut next = || bits.read(header.minbits).ok_or_else(|| short(packed));
        if header.minbits == self.full_bits() {
            let bytes = packed.get(..output.len()).ok_or_else(|| short(packed))?;
            for (element, raw) in output.chunks_exact_mut(self.size).zip(bytes.chunks_exact(self.size)) {
                element.copy_from_slice(raw);
                if self.big_endian {
                    element.reverse();
                }
            }
            return Ok(());
        }
        let fill_code = (1_u64 << header.minbits) - 1;
        let restore = real::Restore::new(self.size, header.minimum, self.kind.digits());
        for element in output.chunks_exact_mut(self.size) {
            let code = next()?;
            let value = match (self.fill, self.kind) {
                (Some(fill), _) if code == fill_code => fill,
                (_, Kind::Float(_)) => restore.value(code),
                _ => code.wrapping_add(header.minimum),
            };
            self.store(value, element);
        }
        Ok(())
    }

    fn encode(&self, input: &[u8], output: &mut Vec<u8>) -> Result<(), FilterError> {
        let values = || input.chunks_exact(self.size).map(|element| self.load(element));
        let codes = match self.kind {
            Kind::Float(digits) => real::codes(self.size, values(), self.fill, digits),
            _ => self.integer_codes(values()),
        };
        // One code more than the largest, and one for the fill value.
        let needed_bits = match &codes {
            Some(codes) => 64 - codes.largest.saturating_add(u64::from(self.fill.is_some())).leading_zeros(),
            None => self.full_bits(),
        };
        if self.given_bits != 0 && needed_bits > self.given_bits {
            let given = self.given_bits;
            return Err(FilterError::Parameters(format!(
                "scaleoffset: the data need {needed_bits} bits, not {given}"
            )));
        }
        let minbits = if self.given_bits == 0 { needed_bits } else { self.given_bits };
        match codes {
            Some(codes) if minbits < self.full_bits() => {
                Header { minbits, minimum: codes.minimum }.encode(output);
                let mut bits = BitWriter::new(output);
                for distance in codes.distances {
                    bits.write(distance, minbits);
                }
                bits.finish();
            }
            _ => {
                Header { minbits: self.full_bits(), minimum: 0 }.encode(output);
                output.extend_from_slice(input);
                if self.big_endian {
                    output[HEADER_BYTES..].chunks_exact_mut(self.size).for_each(<[u8]>::reverse);
                }
            }
        }
        // The library counts whole bytes and one more; its decoder may look at that one.
        output.resize(HEADER_BYTES + self.packed_bytes(minbits), 0);
        Ok(())
    }

    /// Bytes of the packed elements as the library sizes them.
    fn packed_bytes(&self, minbits: u32) -> usize {
        let bits = u128::from(minbits) * self.elements as u128;
        let more = u128::from(minbits < self.full_bits());
        usize::try_from(bits / 8 + more).unwrap_or(usize::MAX)
    }

    fn integer_codes(&self, values: impl Iterator<Item = u64> + Clone) -> Option<Codes> {
        let is_fill = |value: &u64| self.fill == Some(*value);
        let minimum = values
            .clone()
            .filter(|value| !is_fill(value))
            .min_by_key(|&value| self.ordered(value))
            .unwrap_or(0);
        let distance = |value: u64| value.wrapping_sub(minimum) & self.mask();
        let mut largest = 0;
        let code = |value| {
            if is_fill(&value) {
                return u64::MAX;
            }
            let code = distance(value);
            largest = code.max(largest);
            code
        };
        let distances = values.map(code).collect();
        let minimum = if self.kind == Kind::Signed { self.sign_extended(minimum) } else { minimum };
        Some(Codes { minimum, largest, distances })
    }

    /// A key that orders bit patterns as their values.
    fn ordered(&self, value: u64) -> u64 {
        let sign = 1 << (self.full_bits() - 1);
        if self.kind == Kind::Signed { value ^ sign } else { value }
    }

    fn sign_extended(&self, value: u64) -> u64 {
        let unused = 64 - self.full_bits();
        ((value << unused).cast_signed() >> unused).cast_unsigned()
    }

    fn load(&self, element: &[u8]) -> u64 {
        let mut wide = [0; 8];
        wide[..element.len()].copy_from_slice(element);
        if self.big_endian {
            wide[..element.len()].reverse();
        }
        u64::from_le_bytes(wide)
    }

    #[inline]
    fn store(&self, value: u64, element: &mut [u8]) {
        element.copy_from_slice(&value.to_le_bytes()[..element.len()]);
        if self.big_endian {
            element.reverse();
        }
    }
}

impl Header {
    fn decode(input: &[u8]) -> Result<(Self, &[u8]), FilterError> {
        let Some((header, packed)) = input.split_first_chunk::<HEADER_BYTES>() else {
            return Err(FilterError::Corrupt(format!(
                "scaleoffset: {} bytes hold no header of 21",
                input.len()
            )));
        };
        let &[a, b, c, d, width, ref rest @ ..] = header;
        if usize::from(width) > rest.len() {
            return Err(FilterError::Corrupt(format!("scaleoffset: a minimum of {width} bytes")));
        }
        let mut minimum = [0; 8];
        let used = usize::from(width).min(8);
        minimum[..used].copy_from_slice(&rest[..used]);
        let minbits = u32::from_le_bytes([a, b, c, d]);
        Ok((Self { minbits, minimum: u64::from_le_bytes(minimum) }, packed))
    }

    fn encode(&self, output: &mut Vec<u8>) {
        output.extend_from_slice(&self.minbits.to_le_bytes());
        output.push(8);
        output.extend_from_slice(&self.minimum.to_le_bytes());
        output.extend_from_slice(&[0; 8]);
    }
}

/// Elements as distances from a minimum.
struct Codes {
    /// As stored: an integer of 64 bits, or the bit pattern of a float.
    minimum: u64,
    /// The largest distance, that of the fill value left out.
    largest: u64,
    /// For the fill value all bits one.
    distances: Vec<u64>,
}

fn bad(what: String) -> FilterError {
    FilterError::Parameters(format!("scaleoffset: {what}"))
}

fn short(packed: &[u8]) -> FilterError {
    FilterError::Corrupt(format!("scaleoffset: {} bytes are too few for the chunk", packed.len()))
}

const HEADER_BYTES: usize = 21;
