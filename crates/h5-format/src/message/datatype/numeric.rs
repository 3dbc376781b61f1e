use h5_types::{BitfieldType, ByteOrder, FloatType, IntegerType, MantissaNormalization, Padding, TimeType};

use super::Header;
use crate::{Reader, Result};

pub(super) fn decode_integer(reader: &mut Reader<'_>, header: Header) -> Result<IntegerType> {
    let (offset_bits, precision_bits) = decode_bits(reader, header)?;
    Ok(IntegerType {
        size: header.size,
        order: order(header.bit(0)),
        signed: header.bit(3),
        offset_bits,
        precision_bits,
        low_padding: padding(header.bit(1)),
        high_padding: padding(header.bit(2)),
    })
}

pub(super) fn decode_bitfield(reader: &mut Reader<'_>, header: Header) -> Result<BitfieldType> {
    let (offset_bits, precision_bits) = decode_bits(reader, header)?;
    Ok(BitfieldType {
        size: header.size,
        order: order(header.bit(0)),
        offset_bits,
        precision_bits,
        low_padding: padding(header.bit(1)),
        high_padding: padding(header.bit(2)),
    })
}

pub(super) fn decode_time(reader: &mut Reader<'_>, header: Header) -> Result<TimeType> {
    let precision_bits = reader.u16()?;
    check_inside(reader, header, "bit_precision", 0, u64::from(precision_bits))?;
    Ok(TimeType { size: header.size, order: order(header.bit(0)), precision_bits })
}

/// Positions of sign, exponent and mantissa count from bit 0 of the word, as the offset does.
pub(super) fn decode_float(reader: &mut Reader<'_>, header: Header) -> Result<FloatType> {
    let order = match (header.bit(6), header.bit(0)) {
        (false, big) => order(big),
        (true, true) => ByteOrder::Vax,
        (true, false) => return Err(reader.bad_value("byte_order", 2_u8, "0, 1 or 3")),
    };
    let normalization = match header.field(4, 2) {
        0 => MantissaNormalization::None,
        1 => MantissaNormalization::MostSignificantBitSet,
        2 => MantissaNormalization::Implied,
        other => return Err(reader.bad_value("mantissa_normalization", other, "0, 1 or 2")),
    };
    let sign_position = header.field(8, 8);
    let (offset_bits, precision_bits) = decode_bits(reader, header)?;
    let (exponent_position, exponent_bits) = (reader.u8()?, reader.u8()?);
    let (mantissa_position, mantissa_bits) = (reader.u8()?, reader.u8()?);
    check_inside(reader, header, "sign_location", sign_position.into(), 1)?;
    check_inside(reader, header, "exponent_location", exponent_position.into(), exponent_bits.into())?;
    check_inside(reader, header, "mantissa_location", mantissa_position.into(), mantissa_bits.into())?;
    Ok(FloatType {
        size: header.size,
        order,
        offset_bits,
        precision_bits,
        low_padding: padding(header.bit(1)),
        high_padding: padding(header.bit(2)),
        internal_padding: padding(header.bit(3)),
        normalization,
        sign_position,
        exponent_position,
        exponent_bits,
        mantissa_position,
        mantissa_bits,
        exponent_bias: reader.u32()?,
    })
}

/// Offset and precision of the value in its word.
fn decode_bits(reader: &mut Reader<'_>, header: Header) -> Result<(u16, u16)> {
    let (offset, precision) = (reader.u16()?, reader.u16()?);
    check_inside(reader, header, "bit_precision", offset.into(), precision.into())?;
    Ok((offset, precision))
}

/// A field of `count` bits (at least one) from bit `first` on must lie inside the word.
fn check_inside(
    reader: &Reader<'_>,
    header: Header,
    field: &'static str,
    first: u64,
    count: u64,
) -> Result<()> {
    let word_bits = u64::try_from(header.size).unwrap_or(u64::MAX).saturating_mul(8);
    if count == 0 {
        return Err(reader.bad_value(field, count, "at least 1 bit"));
    }
    if first.saturating_add(count) > word_bits {
        return Err(reader.bad_value(field, first.saturating_add(count), "inside the element's bits"));
    }
    Ok(())
}

fn order(big: bool) -> ByteOrder {
    if big { ByteOrder::Big } else { ByteOrder::Little }
}

fn padding(ones: bool) -> Padding {
    if ones { Padding::One } else { Padding::Zero }
}
