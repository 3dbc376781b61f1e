//! Szip and scale-offset, whose elements are numbers.

use h5_types::{ByteOrder, Datatype, Error, FillDefinition, Result};

use super::{ChunkShape, word};

/// Options of szip that follow from the datatype or are always set by the library.
const ALLOW_K13: u32 = 1;
const CHIP: u32 = 2;
const LEAST_SIGNIFICANT_FIRST: u32 = 8;
const MOST_SIGNIFICANT_FIRST: u32 = 16;
const RAW: u32 = 128;

/// Blocks of a scan line, at most.
const BLOCKS_A_SCAN_LINE: u32 = 128;

/// Words of scale-offset's parameters, and those of them before the fill value.
const SCALE_OFFSET_WORDS: usize = 20;
const SCALE_OFFSET_FILL: usize = 8;

/// Where the value's bits are in a number's bytes.
struct Bits {
    order: ByteOrder,
    precision: u32,
    offset: u32,
    size: u32,
}

impl Bits {
    fn of(datatype: &Datatype) -> Result<Option<Self>> {
        let (order, precision, offset) = match datatype {
            Datatype::Integer(t) => (t.order, t.precision_bits, t.offset_bits),
            Datatype::Float(t) => (t.order, t.precision_bits, t.offset_bits),
            Datatype::Bitfield(t) => (t.order, t.precision_bits, t.offset_bits),
            Datatype::Enum(t) => return Self::of(&t.base),
            _ => return Ok(None),
        };
        let (precision, offset) = (u32::from(precision), u32::from(offset));
        Ok(Some(Self { order, precision, offset, size: word(datatype.size())? }))
    }

    fn is_big_endian(&self) -> Result<bool> {
        match self.order {
            ByteOrder::Little => Ok(false),
            ByteOrder::Big => Ok(true),
            ByteOrder::Vax => Err(Error::unsupported("a filter of numbers in VAX byte order")),
        }
    }
}

/// Options, pixels a block, bits a pixel, pixels a scan line.
pub(super) fn szip(given: &[u32], shape: ChunkShape<'_>) -> Result<Vec<u32>> {
    let &[options, block, ..] = given else {
        return Err(Error::usage("szip needs options and the pixels of a block"));
    };
    if !(2..=32).contains(&block) || !block.is_multiple_of(2) {
        return Err(Error::usage(format!("szip blocks of {block} pixels; an even number from 2 to 32")));
    }
    let bits = Bits::of(shape.datatype)?
        .ok_or_else(|| Error::unsupported("szip of elements that are no numbers"))?;
    let whole = bits.size.saturating_mul(8);
    let precision = match if bits.offset == 0 { bits.precision } else { whole } {
        few @ 1..=24 => few,
        25..=32 => 32,
        33..=64 => 64,
        many => return Err(Error::unsupported(format!("szip of numbers of {many} bits"))),
    };
    let order = if bits.is_big_endian()? { MOST_SIGNIFICANT_FIRST } else { LEAST_SIGNIFICANT_FIRST };
    let kept = options & !(CHIP | LEAST_SIGNIFICANT_FIRST | MOST_SIGNIFICANT_FIRST);
    let elements = shape.elements()?;
    let row = shape.chunk.last().copied().and_then(|row| u32::try_from(row).ok()).unwrap_or(0);
    // Rows shorter than a block run into one another.
    let line = if row < block { elements } else { row };
    if line < block {
        return Err(Error::unsupported(format!("szip blocks of {block} pixels in chunks of {elements}")));
    }
    let line = line.min(block.saturating_mul(BLOCKS_A_SCAN_LINE));
    Ok(vec![kept | order | RAW | ALLOW_K13, block, precision, line])
}

/// Scale type, scale factor, elements, class, size, sign, byte order, whether there is a fill value, and its words.
pub(super) fn scale_offset(given: &[u32], shape: ChunkShape<'_>) -> Result<Vec<u32>> {
    let &[scale_type, factor, ..] = given else {
        return Err(Error::usage("scaleoffset needs a scale type and a scale factor"));
    };
    let (class, sizes, signed) = match shape.datatype {
        Datatype::Integer(t) => (0, &[1, 2, 4, 8][..], t.signed),
        Datatype::Float(_) => (1, &[4, 8][..], false),
        _ => return Err(Error::unsupported("scaleoffset of elements that are neither integers nor floats")),
    };
    let wanted = if class == 0 { 2 } else { 0 };
    if scale_type != wanted {
        if given.len() > 2 {
            // Complete, from another release: such chunks are stored as they come, or not at all.
            return Ok(given.to_vec());
        }
        return Err(Error::usage(format!("scaleoffset of scale type {scale_type}, expected {wanted}")));
    }
    let size = shape.datatype.size();
    let bits = Bits::of(shape.datatype)?.filter(|_| sizes.contains(&size));
    let bits = bits.ok_or_else(|| Error::unsupported(format!("scaleoffset of numbers of {size} bytes")))?;
    let big_endian = bits.is_big_endian()?;
    let mut values = vec![scale_type, factor, shape.elements()?, class, bits.size, u32::from(signed)];
    values.push(u32::from(big_endian));
    values.push(u32::from(*shape.fill != FillDefinition::Undefined));
    debug_assert_eq!(values.len(), SCALE_OFFSET_FILL, "the fill value follows");
    if let FillDefinition::User(value) = shape.fill {
        let mut value = value.clone();
        if big_endian {
            value.reverse();
        }
        values.extend(
            value
                .chunks(4)
                .map(|bytes| bytes.iter().rev().fold(0_u32, |number, &byte| number << 8 | u32::from(byte))),
        );
    }
    values.resize(SCALE_OFFSET_WORDS, 0);
    Ok(values)
}
