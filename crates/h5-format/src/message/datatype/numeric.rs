use h5_types::{BitfieldType, ByteOrder, FloatType, IntegerType, MantissaNormalization, Padding, TimeType};

use super::Header;
use crate::{Reader, Result, Writer};

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

pub(super) fn encode_integer(writer: &mut Writer<'_>, t: &IntegerType) -> Result<()> {
    let bits = word_bits(writer, t.order, t.low_padding, t.high_padding)? | u32::from(t.signed) << 3;
    check_encodable(writer, t.size, t.offset_bits.into(), t.precision_bits.into())?;
    Header { version: 1, class: 0, bits, size: t.size }.encode(writer)?;
    writer.u16(t.offset_bits);
    writer.u16(t.precision_bits);
    Ok(())
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

pub(super) fn encode_bitfield(writer: &mut Writer<'_>, t: &BitfieldType) -> Result<()> {
    let bits = word_bits(writer, t.order, t.low_padding, t.high_padding)?;
    check_encodable(writer, t.size, t.offset_bits.into(), t.precision_bits.into())?;
    Header { version: 1, class: 4, bits, size: t.size }.encode(writer)?;
    writer.u16(t.offset_bits);
    writer.u16(t.precision_bits);
    Ok(())
}

pub(super) fn decode_time(reader: &mut Reader<'_>, header: Header) -> Result<TimeType> {
    let precision_bits = reader.u16()?;
    check_inside(reader, header, "bit_precision", 0, u64::from(precision_bits))?;
    Ok(TimeType { size: header.size, order: order(header.bit(0)), precision_bits })
}

pub(super) fn encode_time(writer: &mut Writer<'_>, t: &TimeType) -> Result<()> {
    let bits = word_bits(writer, t.order, Padding::Zero, Padding::Zero)?;
    check_encodable(writer, t.size, 0, t.precision_bits.into())?;
    Header { version: 1, class: 2, bits, size: t.size }.encode(writer)?;
    writer.u16(t.precision_bits);
    Ok(())
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

pub(super) fn encode_float(writer: &mut Writer<'_>, t: &FloatType, version: u8) -> Result<()> {
    let normalization = match t.normalization {
        MantissaNormalization::None => 0,
        MantissaNormalization::MostSignificantBitSet => 1,
        MantissaNormalization::Implied => 2,
    };
    // Bits 0 and 6 together are the byte order: both set for VAX.
    let order = match t.order {
        ByteOrder::Vax => 0x41,
        order => order_bit(writer, order)?,
    };
    let bits = order
        | padding_bit(writer, t.low_padding)? << 1
        | padding_bit(writer, t.high_padding)? << 2
        | padding_bit(writer, t.internal_padding)? << 3
        | normalization << 4
        | u32::from(t.sign_position) << 8;
    check_encodable(writer, t.size, t.offset_bits.into(), t.precision_bits.into())?;
    check_encodable(writer, t.size, t.sign_position.into(), 1)?;
    check_encodable(writer, t.size, t.exponent_position.into(), t.exponent_bits.into())?;
    check_encodable(writer, t.size, t.mantissa_position.into(), t.mantissa_bits.into())?;
    Header { version, class: 1, bits, size: t.size }.encode(writer)?;
    writer.u16(t.offset_bits);
    writer.u16(t.precision_bits);
    writer.put(&[t.exponent_position, t.exponent_bits, t.mantissa_position, t.mantissa_bits]);
    writer.u32(t.exponent_bias);
    Ok(())
}

/// Bits 0 to 2 of the class bit field, which all classes of words share.
fn word_bits(writer: &Writer<'_>, order: ByteOrder, low: Padding, high: Padding) -> Result<u32> {
    Ok(order_bit(writer, order)? | padding_bit(writer, low)? << 1 | padding_bit(writer, high)? << 2)
}

fn order_bit(writer: &Writer<'_>, order: ByteOrder) -> Result<u32> {
    match order {
        ByteOrder::Little => Ok(0),
        ByteOrder::Big => Ok(1),
        ByteOrder::Vax => Err(writer.unencodable("byte_order", "little- or big-endian in this class")),
    }
}

fn padding_bit(writer: &Writer<'_>, padding: Padding) -> Result<u32> {
    match padding {
        Padding::Zero => Ok(0),
        Padding::One => Ok(1),
        Padding::Background => Err(writer.unencodable("padding", "zeros or ones")),
    }
}

/// As [`check_inside`], of what is to be written.
fn check_encodable(writer: &Writer<'_>, size: usize, first: usize, count: usize) -> Result<()> {
    if count > 0 && first.saturating_add(count) <= size.saturating_mul(8) {
        Ok(())
    } else {
        Err(writer.unencodable("position or precision in bits", "at least 1 bit, inside the element's"))
    }
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
