//! Filter 5: the significant bits of each number, without the padding.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "layouts are checked when they are parsed: every field lies within its element, every precision within its size"
)]

use crate::bits::{BitReader, BitWriter};
use crate::{Filter, FilterContext, FilterError};

/// Filter 5, n-bit packing of integers and floats with padding, also inside arrays and compounds.
///
/// Client data: `[number of values, 1 if nothing can be packed, elements in the chunk, type...]`. A type is one of
/// * `[1, size, byte order (0 little, 1 big), precision, offset]`: a number;
/// * `[2, size, type...]`: an array, of the size of all its elements together;
/// * `[3, size, members, (offset, type...)...]`: a compound;
/// * `[4, size]`: bytes kept as they are.
///
/// An array of arrays or compounds must be the last member of its compound: behind one that is not, the library takes the wrong
/// client data for the members that follow and loses their values (HDF5 2.0 writes such chunks and then reads zeros or
/// fails), so that there is nothing to read and nothing that others could read.
///
/// The numbers' bits follow each other from the most significant on. The padding that was cut off is zero when it is read back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nbit;

impl Filter for Nbit {
    fn id(&self) -> u16 {
        5
    }

    fn name(&self) -> &'static str {
        "nbit"
    }

    fn decode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        let plan = Plan::parse(context.client_data)?;
        let length = plan.decoded_bytes(input);
        check_limit(length, context.max_output_bytes)?;
        output.clear();
        output.resize(length, 0);
        plan.unpack(input, output)
    }

    fn decode_into(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, FilterError> {
        let plan = Plan::parse(context.client_data)?;
        let length = plan.decoded_bytes(input);
        check_limit(length, context.max_output_bytes.min(output.len()))?;
        let target = &mut output[..length];
        target.fill(0);
        plan.unpack(input, target)?;
        Ok(length)
    }

    fn encode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        crate::filter::check_encodes()?;
        let plan = Plan::parse(context.client_data)?;
        let expected = plan.decoded_bytes(input);
        if input.len() != expected {
            return Err(FilterError::Parameters(format!("nbit: {} bytes, expected {expected}", input.len())));
        }
        output.clear();
        match &plan.packed {
            None => output.extend_from_slice(input),
            Some((layout, _)) => {
                let mut bits = BitWriter::new(output);
                input.chunks_exact(layout.size()).for_each(|element| layout.pack(element, &mut bits));
                // The library starts one more byte even if the last is full, and reads it: so it is kept.
                bits.write(0, 8);
                bits.finish();
                output.truncate(layout.packed_bits(input.len()) / 8 + 1);
            }
        }
        check_limit(output.len(), context.max_output_bytes)
    }
}

fn check_limit(length: usize, limit_bytes: usize) -> Result<(), FilterError> {
    if length > limit_bytes { Err(FilterError::TooLong { limit_bytes }) } else { Ok(()) }
}

/// The client data, understood.
struct Plan {
    /// Layout and number of the elements; nothing if the bytes pass as they are.
    packed: Option<(Layout, usize)>,
}

impl Plan {
    fn parse(client_data: &[u32]) -> Result<Self, FilterError> {
        let mut values = Values { rest: client_data };
        let (_count, keeps_all, elements) = (values.next()?, values.next()?, values.next()?);
        if keeps_all != 0 {
            return Ok(Self { packed: None });
        }
        let layout = values.layout(0)?;
        let elements = elements as usize;
        elements
            .checked_mul(layout.size())
            .ok_or_else(|| FilterError::Parameters("nbit: chunk too large".into()))?;
        Ok(Self { packed: Some((layout, elements)) })
    }

    fn decoded_bytes(&self, input: &[u8]) -> usize {
        self.packed.as_ref().map_or(input.len(), |(layout, elements)| layout.size() * elements)
    }

    /// Fills `output`, zeroed and of [`Plan::decoded_bytes`].
    fn unpack(&self, input: &[u8], output: &mut [u8]) -> Result<(), FilterError> {
        let Some((layout, _)) = &self.packed else {
            output.copy_from_slice(input);
            return Ok(());
        };
        let mut bits = BitReader::new(input);
        for element in output.chunks_exact_mut(layout.size()) {
            layout.unpack(element, &mut bits).ok_or_else(|| {
                FilterError::Corrupt(format!("nbit: {} bytes are too few for the chunk", input.len()))
            })?;
        }
        Ok(())
    }
}

/// One datatype as the packing sees it. Sizes are above zero; parts lie within the whole.
enum Layout {
    Number { size: usize, big_endian: bool, precision: u32, offset: u32 },
    Array { size: usize, base: Box<Layout> },
    Compound { size: usize, members: Vec<(usize, Layout)> },
    Kept { size: usize },
}

impl Layout {
    fn size(&self) -> usize {
        match self {
            Self::Number { size, .. }
            | Self::Array { size, .. }
            | Self::Compound { size, .. }
            | Self::Kept { size } => *size,
        }
    }

    /// Whether the library loses its place in the client data behind this type.
    fn misleads(&self) -> bool {
        match self {
            Self::Array { base, .. } => matches!(**base, Self::Array { .. } | Self::Compound { .. }),
            Self::Compound { members, .. } => members.last().is_some_and(|(_, member)| member.misleads()),
            Self::Number { .. } | Self::Kept { .. } => false,
        }
    }

    /// Bits that elements of `length` bytes in all become.
    fn packed_bits(&self, length: usize) -> usize {
        length / self.size()
            * match self {
                Self::Number { precision, .. } => *precision as usize,
                Self::Array { size, base } => base.packed_bits(*size),
                Self::Compound { members, .. } => {
                    members.iter().map(|(_, member)| member.packed_bits(member.size())).sum()
                }
                Self::Kept { size } => size * 8,
            }
    }

    fn unpack(&self, element: &mut [u8], bits: &mut BitReader<'_>) -> Option<()> {
        match self {
            Self::Number { size: ..=8, big_endian, precision, offset } => {
                let value = bits.read(*precision)? << offset;
                if *big_endian {
                    element.copy_from_slice(&value.to_be_bytes()[8 - element.len()..]);
                } else {
                    element.copy_from_slice(&value.to_le_bytes()[..element.len()]);
                }
            }
            Self::Number { size, big_endian, precision, offset } => {
                for (index, low, count) in byte_spans(*precision, *offset) {
                    let place = if *big_endian { size - 1 - index } else { index };
                    element[place] = (bits.read(count)? << low) as u8;
                }
            }
            Self::Array { base, .. } => {
                for part in element.chunks_exact_mut(base.size()) {
                    base.unpack(part, bits)?;
                }
            }
            Self::Compound { members, .. } => {
                for (offset, member) in members {
                    member.unpack(&mut element[*offset..][..member.size()], bits)?;
                }
            }
            Self::Kept { .. } => {
                for byte in element {
                    *byte = bits.read(8)? as u8;
                }
            }
        }
        Some(())
    }

    fn pack(&self, element: &[u8], bits: &mut BitWriter<'_>) {
        match self {
            Self::Number { size: ..=8, big_endian, precision, offset } => {
                let mut wide = [0; 8];
                let value = if *big_endian {
                    wide[8 - element.len()..].copy_from_slice(element);
                    u64::from_be_bytes(wide)
                } else {
                    wide[..element.len()].copy_from_slice(element);
                    u64::from_le_bytes(wide)
                };
                bits.write(value >> offset, *precision);
            }
            Self::Number { size, big_endian, precision, offset } => {
                for (index, low, count) in byte_spans(*precision, *offset) {
                    let place = if *big_endian { size - 1 - index } else { index };
                    bits.write(u64::from(element[place]) >> low, count);
                }
            }
            Self::Array { base, .. } => {
                element.chunks_exact(base.size()).for_each(|part| base.pack(part, bits))
            }
            Self::Compound { members, .. } => {
                members
                    .iter()
                    .for_each(|(offset, member)| member.pack(&element[*offset..][..member.size()], bits));
            }
            Self::Kept { .. } => element.iter().for_each(|&byte| bits.write(u64::from(byte), 8)),
        }
    }
}

/// From the most significant on, the bytes that hold bits of a number: index (0 the least significant), lowest bit, bits.
fn byte_spans(precision: u32, offset: u32) -> impl Iterator<Item = (usize, u32, u32)> {
    let end = offset + precision;
    (offset / 8..end.div_ceil(8)).rev().map(move |index| {
        let low = offset.saturating_sub(index * 8);
        (index as usize, low, (end - index * 8).min(8) - low)
    })
}

struct Values<'a> {
    rest: &'a [u32],
}

impl Values<'_> {
    fn next(&mut self) -> Result<u32, FilterError> {
        let (&value, rest) = self.rest.split_first().ok_or_else(|| bad("ends too early"))?;
        self.rest = rest;
        Ok(value)
    }

    fn layout(&mut self, depth: usize) -> Result<Layout, FilterError> {
        if depth > DEEPEST_NESTING {
            return Err(bad("nests too deep"));
        }
        let class = self.next()?;
        let size = self.next()?;
        if size == 0 {
            return Err(bad("gives a size of 0"));
        }
        match class {
            1 => self.number(size),
            2 => {
                let (size, base) = (size as usize, Box::new(self.layout(depth + 1)?));
                let whole = size.is_multiple_of(base.size());
                if whole {
                    Ok(Layout::Array { size, base })
                } else {
                    Err(bad("gives an array no whole number of elements"))
                }
            }
            3 => self.compound(size as usize, depth),
            4 => Ok(Layout::Kept { size: size as usize }),
            _ => Err(bad(&format!("gives type class {class}, expected 1 to 4"))),
        }
    }

    fn number(&mut self, size: u32) -> Result<Layout, FilterError> {
        let (order, precision, offset) = (self.next()?, self.next()?, self.next()?);
        let fits = precision > 0 && u64::from(precision) + u64::from(offset) <= u64::from(size) * 8;
        match order {
            _ if !fits || size > LARGEST_NUMBER_BYTES => {
                Err(bad(&format!("puts {precision}+{offset} bits in {size} bytes")))
            }
            0 | 1 => Ok(Layout::Number { size: size as usize, big_endian: order == 1, precision, offset }),
            _ => Err(bad(&format!("gives byte order {order}, expected 0 or 1"))),
        }
    }

    fn compound(&mut self, size: usize, depth: usize) -> Result<Layout, FilterError> {
        let count = self.next()?;
        let mut members: Vec<(usize, Layout)> = Vec::new();
        for _ in 0..count {
            if members.last().is_some_and(|(_, member)| member.misleads()) {
                let what =
                    "nbit: members behind an array of arrays or compounds, which the reference library loses";
                return Err(FilterError::Unsupported(what.into()));
            }
            let offset = self.next()? as usize;
            let member = self.layout(depth + 1)?;
            if offset.checked_add(member.size()).is_none_or(|end| end > size) {
                return Err(bad("puts a member outside its compound"));
            }
            members.push((offset, member));
        }
        // A compound of nothing would let a few bytes stand for any number of elements.
        if members.is_empty() {
            Err(bad("gives a compound no members"))
        } else {
            Ok(Layout::Compound { size, members })
        }
    }
}

fn bad(what: &str) -> FilterError {
    FilterError::Parameters(format!("nbit: client data {what}"))
}

/// Far beyond any datatype that was made on purpose.
const DEEPEST_NESTING: usize = 64;
/// No number of HDF5 is near it.
const LARGEST_NUMBER_BYTES: u32 = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_the_library_loses_are_refused() {
        let number = [1, 2, 0, 11, 3];
        let cases: [(&[u32], bool); 4] = [
            (&[2, 8, 2, 4], false),
            (&[2, 8, 3, 4, 2, 0, 1, 2, 0, 11, 3, 2], false),
            (&[2, 8], true),
            (&[3, 10, 2, 8, 1, 2, 0, 11, 3, 0, 2, 8, 2, 4], false),
        ];
        for (front, fine) in cases {
            let data = [&[0, 0, 1, 3, 12, 2, 0], front, &number, &[10], &number].concat();
            let context = FilterContext { client_data: &data, max_output_bytes: 99 };
            let result = Nbit.encode(context, &[0; 12], &mut Vec::new());
            assert_eq!(result.is_ok(), fine, "{front:?}: {result:?}");
            assert_eq!(matches!(result, Err(FilterError::Unsupported(_))), !fine, "{front:?}: {result:?}");
        }
    }
}
