use h5_types::{ArrayType, ComplexType, CompoundType, Datatype, EnumMember, EnumType, Member, Name};

use super::{Context, Header, decode_nested, encode_nested};
use crate::{Fault, Reader, Result, Sizes, Writer};

/// Most dimensions of an array datatype, the library's own bound.
const MAXIMUM_ARRAY_RANK: u8 = 32;
/// Dimensions that version 1 has room for in each member of a compound.
const V1_MEMBER_DIMENSIONS: usize = 4;

pub(super) fn decode_compound(
    reader: &mut Reader<'_>,
    header: Header,
    context: Context<'_>,
    depth: usize,
) -> Result<CompoundType> {
    let count = decode_member_count(reader, header, context)?;
    let mut members = Vec::new();
    for _ in 0..count {
        let member = decode_member(reader, header, context, depth)?;
        let end = member.offset.checked_add(member.datatype.size());
        if end.is_none_or(|end| end > header.size) {
            let found = u64::try_from(member.offset).unwrap_or(u64::MAX);
            return Err(reader.bad_value("byte_offset_of_member", found, "a member inside its compound"));
        }
        members.push(member);
    }
    Ok(CompoundType { size: header.size, members })
}

pub(super) fn encode_compound(
    writer: &mut Writer<'_>,
    compound: &CompoundType,
    version: u8,
    sizes: Sizes,
) -> Result<()> {
    let bits = encode_member_count(writer, compound.members.len())?;
    Header { version, class: 6, bits, size: compound.size }.encode(writer)?;
    for member in &compound.members {
        let end = member.offset.checked_add(member.datatype.size());
        if end.is_none_or(|end| end > compound.size) {
            return Err(writer.unencodable("byte_offset_of_member", "a member inside its compound"));
        }
        encode_name(writer, &member.name, version)?;
        let width = if version >= 3 { width_of_offset(compound.size) } else { 4 };
        writer.count("byte_offset_of_member", member.offset, width)?;
        if version == 1 {
            // No dimensions: an array as a member asks for version 2, where it is a datatype of its own.
            writer.zeros(V1_MEMBER_DIMENSIONS.saturating_mul(4).saturating_add(12));
        }
        encode_nested(writer, &member.datatype, version, sizes)?;
    }
    Ok(())
}

fn decode_member(
    reader: &mut Reader<'_>,
    header: Header,
    context: Context<'_>,
    depth: usize,
) -> Result<Member> {
    let name = decode_name(reader, header)?;
    let width = if header.version >= 3 { width_of_offset(header.size) } else { 4 };
    let stored_offset = reader.uint(width)?;
    let offset = usize::try_from(stored_offset)
        .map_err(|_| reader.bad_value("byte_offset_of_member", stored_offset, "an address in memory"))?;
    let dimensions = if header.version == 1 { decode_v1_dimensions(reader)? } else { Vec::new() };
    let mut datatype = decode_nested(reader, context, depth)?;
    if !dimensions.is_empty() {
        datatype = Datatype::Array(array_of(reader, dimensions, datatype)?);
    }
    Ok(Member { name, offset, datatype })
}

/// Bytes of a member's offset from version 3 on: as few as hold the compound's size.
fn width_of_offset(size: usize) -> usize {
    let bits = usize::BITS.saturating_sub(size.leading_zeros());
    usize::try_from(bits.div_ceil(8).max(1)).unwrap_or(4)
}

/// Version 1: rank (1), reserved (3), permutation (4, never used), reserved (4), four dimensions of which the first `rank` count.
fn decode_v1_dimensions(reader: &mut Reader<'_>) -> Result<Vec<u32>> {
    let rank = reader.u8()?;
    if usize::from(rank) > V1_MEMBER_DIMENSIONS {
        return Err(reader.bad_value("dimensionality", rank, "at most 4"));
    }
    reader.skip(11)?;
    let mut dimensions = Vec::new();
    for index in 0..V1_MEMBER_DIMENSIONS {
        let dimension = reader.u32()?;
        if index < usize::from(rank) {
            dimensions.push(dimension);
        }
    }
    Ok(dimensions)
}

/// A name with its NUL; before version 3 filled up to a multiple of eight bytes.
fn decode_name(reader: &mut Reader<'_>, header: Header) -> Result<Name> {
    let name = reader.nul_terminated()?;
    if header.version < 3 {
        reader.skip(name.len().saturating_add(1).wrapping_neg() & 7)?;
    }
    Ok(Name::new(name))
}

fn encode_name(writer: &mut Writer<'_>, name: &Name, version: u8) -> Result<()> {
    writer.nul_terminated("name", name.as_bytes())?;
    if version < 3 {
        writer.zeros(name.as_bytes().len().saturating_add(1).wrapping_neg() & 7);
    }
    Ok(())
}

/// Members of a compound or enumeration, from the class bit field.
fn decode_member_count(reader: &Reader<'_>, header: Header, context: Context<'_>) -> Result<u32> {
    let count = header.bits & 0xffff;
    let limit = context.limits.datatype_members;
    if usize::try_from(count).is_ok_and(|count| count <= limit) {
        return Ok(count);
    }
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    Err(reader.error(Fault::Limit { field: "number_of_members", found: count.into(), limit }))
}

fn encode_member_count(writer: &Writer<'_>, count: usize) -> Result<u32> {
    let count = u16::try_from(count).map_err(|_| writer.unencodable("number_of_members", "at most 65535"))?;
    Ok(count.into())
}

pub(super) fn decode_enum(
    reader: &mut Reader<'_>,
    header: Header,
    context: Context<'_>,
    depth: usize,
) -> Result<EnumType> {
    let count = decode_member_count(reader, header, context)?;
    let base = decode_nested(reader, context, depth)?;
    if !matches!(base, Datatype::Integer(_)) {
        return Err(reader.bad_value("class of the base type", header.class, "an integer"));
    }
    if base.size() != header.size {
        let found = u64::try_from(header.size).unwrap_or(u64::MAX);
        return Err(reader.bad_value("size", found, "the size of the base type"));
    }
    let mut names = Vec::new();
    for _ in 0..count {
        names.push(decode_name(reader, header)?);
    }
    let mut members = Vec::with_capacity(names.len());
    for name in names {
        members.push(EnumMember { name, value: reader.take(header.size)?.to_vec() });
    }
    Ok(EnumType { base: Box::new(base), members })
}

pub(super) fn encode_enum(
    writer: &mut Writer<'_>,
    enumeration: &EnumType,
    version: u8,
    sizes: Sizes,
) -> Result<()> {
    let bits = encode_member_count(writer, enumeration.members.len())?;
    let size = enumeration.base.size();
    if !matches!(*enumeration.base, Datatype::Integer(_)) {
        return Err(writer.unencodable("class of the base type", "an integer"));
    }
    if enumeration.members.iter().any(|member| member.value.len() != size) {
        return Err(writer.unencodable("value", "one element of the base type"));
    }
    Header { version, class: 8, bits, size }.encode(writer)?;
    encode_nested(writer, &enumeration.base, version, sizes)?;
    for member in &enumeration.members {
        encode_name(writer, &member.name, version)?;
    }
    for member in &enumeration.members {
        writer.put(&member.value);
    }
    Ok(())
}

/// Before version 3 there are reserved bytes after the rank and permutation indices (never used) after the dimensions. Arrays came
/// with version 2; PyTables wrote some that say version 1, which the library reads as version 2, and so do we.
pub(super) fn decode_array(
    reader: &mut Reader<'_>,
    header: Header,
    context: Context<'_>,
    depth: usize,
) -> Result<ArrayType> {
    let rank = reader.u8()?;
    if rank == 0 || rank > MAXIMUM_ARRAY_RANK {
        return Err(reader.bad_value("dimensionality", rank, "1 to 32"));
    }
    if header.version < 3 {
        reader.skip(3)?;
    }
    let mut dimensions = Vec::new();
    for _ in 0..rank {
        dimensions.push(reader.u32()?);
    }
    if header.version < 3 {
        reader.skip(usize::from(rank).saturating_mul(4))?;
    }
    let base = decode_nested(reader, context, depth)?;
    let array = array_of(reader, dimensions, base)?;
    if array.size() != header.size {
        let found = u64::try_from(header.size).unwrap_or(u64::MAX);
        return Err(reader.bad_value("size", found, "the product of dimensions and base size"));
    }
    Ok(array)
}

/// Permutation indices say that no dimension is permuted, as the library writes them.
pub(super) fn encode_array(
    writer: &mut Writer<'_>,
    array: &ArrayType,
    version: u8,
    sizes: Sizes,
) -> Result<()> {
    let rank = u8::try_from(array.dimensions.len()).ok();
    let Some(rank) = rank.filter(|rank| (1..=MAXIMUM_ARRAY_RANK).contains(rank)) else {
        return Err(writer.unencodable("dimensionality", "1 to 32"));
    };
    // `ArrayType::size` saturates: then it does not fit in the header's 32 bits either.
    Header { version, class: 10, bits: 0, size: array.size() }.encode(writer)?;
    writer.u8(rank);
    if version < 3 {
        writer.zeros(3);
    }
    for &dimension in &array.dimensions {
        writer.u32(dimension);
    }
    if version < 3 {
        for index in 0..rank {
            writer.u32(index.into());
        }
    }
    encode_nested(writer, &array.base, version, sizes)
}

/// An array whose dimensions are not zero and whose bytes fit in 32 bits, as the size of every datatype does.
fn array_of(reader: &Reader<'_>, dimensions: Vec<u32>, base: Datatype) -> Result<ArrayType> {
    let mut bytes = u64::try_from(base.size()).unwrap_or(u64::MAX);
    for &dimension in &dimensions {
        if dimension == 0 {
            return Err(reader.bad_value("dimension_size", dimension, "at least 1"));
        }
        bytes = bytes
            .checked_mul(u64::from(dimension))
            .filter(|&bytes| bytes <= u64::from(u32::MAX) && usize::try_from(bytes).is_ok())
            .ok_or_else(|| reader.bad_value("dimension_size", dimension, "an array of less than 4 GiB"))?;
    }
    Ok(ArrayType { dimensions, base: Box::new(base) })
}

pub(super) fn decode_complex(
    reader: &mut Reader<'_>,
    header: Header,
    context: Context<'_>,
    depth: usize,
) -> Result<ComplexType> {
    // Bit 0: both parts of one type; bits 1-2: rectangular. No other form was ever defined to the end.
    if header.field(0, 3) != 1 {
        let found = u64::from(header.field(0, 3));
        return Err(reader.error(Fault::Unsupported { what: "complex number in this form", found }));
    }
    let base = decode_nested(reader, context, depth)?;
    if !matches!(base, Datatype::Float(_)) {
        return Err(reader.bad_value("class of the base type", header.class, "floating-point"));
    }
    if base.size().checked_mul(2) != Some(header.size) {
        let found = u64::try_from(header.size).unwrap_or(u64::MAX);
        return Err(reader.bad_value("size", found, "twice the size of the base type"));
    }
    Ok(ComplexType { base: Box::new(base) })
}

pub(super) fn encode_complex(
    writer: &mut Writer<'_>,
    complex: &ComplexType,
    version: u8,
    sizes: Sizes,
) -> Result<()> {
    if !matches!(*complex.base, Datatype::Float(_)) {
        return Err(writer.unencodable("class of the base type", "floating-point"));
    }
    let size = complex.base.size().saturating_mul(2);
    // Both parts of one type, rectangular.
    Header { version, class: 11, bits: 1, size }.encode(writer)?;
    encode_nested(writer, &complex.base, version, sizes)
}
