//! Datatype (specification IV.A.2.d), versions 1 to 5, all twelve classes.
//!
//! ```text
//! | version (4 bits), class (4 bits) | class bit field (3) | size (4) | properties |
//! ```

mod numeric;
mod structured;

use h5_types::{
    CharacterSet, Datatype, Name, OpaqueType, ReferenceKind, ReferenceType, StringLength, StringPadding,
    StringType, VlenType,
};

use super::Context;
use crate::{Fault, Reader, Result};

/// Decodes the message's body. Bytes after the datatype are padding.
///
/// # Errors
/// If version or class is none that exists, the datatype contradicts itself (a bit field outside its word, a member outside its
/// compound, a zero size), it is nested deeper than `Limits::datatype_depth`, or the body ends early.
pub fn decode(body: &[u8], context: Context<'_>) -> Result<Datatype> {
    let mut reader = Reader::new(body, "Datatype message", "IV.A.2.d");
    decode_nested(&mut reader, context, context.limits.datatype_depth)
}

/// The fixed part that every datatype begins with.
#[derive(Debug, Clone, Copy)]
struct Header {
    version: u8,
    class: u8,
    bits: u32,
    size: usize,
}

impl Header {
    /// Whether a bit of the class bit field is set.
    fn bit(&self, number: u32) -> bool {
        self.bits.checked_shr(number).is_some_and(|b| b & 1 != 0)
    }

    /// Up to eight bits of the class bit field.
    fn field(&self, first: u32, count: u32) -> u8 {
        let mask = u32::MAX.checked_shr(32_u32.saturating_sub(count.min(8))).unwrap_or(0);
        let bits = self.bits.checked_shr(first).unwrap_or(0) & mask;
        u8::try_from(bits).unwrap_or(u8::MAX)
    }
}

/// Decodes a datatype and those below it; `depth` is how many levels are still allowed.
fn decode_nested(reader: &mut Reader<'_>, context: Context<'_>, depth: usize) -> Result<Datatype> {
    let Some(depth) = depth.checked_sub(1) else {
        let limit = u64::try_from(context.limits.datatype_depth).unwrap_or(u64::MAX);
        let found = limit.saturating_add(1);
        return Err(reader.error(Fault::Limit { field: "nesting of datatypes", found, limit }));
    };
    let header = decode_header(reader)?;
    match header.class {
        0 => numeric::decode_integer(reader, header).map(Datatype::Integer),
        1 => numeric::decode_float(reader, header).map(Datatype::Float),
        2 => numeric::decode_time(reader, header).map(Datatype::Time),
        3 => decode_string(reader, header).map(Datatype::String),
        4 => numeric::decode_bitfield(reader, header).map(Datatype::Bitfield),
        5 => decode_opaque(reader, header).map(Datatype::Opaque),
        6 => structured::decode_compound(reader, header, context, depth).map(Datatype::Compound),
        7 => decode_reference(reader, header).map(Datatype::Reference),
        8 => structured::decode_enum(reader, header, context, depth).map(Datatype::Enum),
        9 => decode_vlen(reader, header, context, depth),
        10 => structured::decode_array(reader, header, context, depth).map(Datatype::Array),
        11 => structured::decode_complex(reader, header, context, depth).map(Datatype::Complex),
        other => Err(reader.bad_value("class", other, "0 to 11")),
    }
}

fn decode_header(reader: &mut Reader<'_>) -> Result<Header> {
    let first = reader.u8()?;
    let (version, class) = (first >> 4, first & 0x0f);
    if !(1..=5).contains(&version) {
        return Err(reader.error(Fault::Version { found: u64::from(version), expected: "1 to 5" }));
    }
    let bits = u32::try_from(reader.uint(3)?).unwrap_or(0);
    let size = reader.u32()?;
    let size = usize::try_from(size)
        .ok()
        .filter(|&size| size > 0)
        .ok_or_else(|| reader.bad_value("size", size, "at least 1"))?;
    Ok(Header { version, class, bits, size })
}

fn decode_string(reader: &Reader<'_>, header: Header) -> Result<StringType> {
    Ok(StringType {
        length: StringLength::Fixed(header.size),
        padding: decode_string_padding(reader, header.field(0, 4))?,
        character_set: decode_character_set(reader, header.field(4, 4))?,
    })
}

fn decode_string_padding(reader: &Reader<'_>, value: u8) -> Result<StringPadding> {
    match value {
        0 => Ok(StringPadding::NullTerminated),
        1 => Ok(StringPadding::NullPadded),
        2 => Ok(StringPadding::SpacePadded),
        other => Err(reader.bad_value("padding_type", other, "0, 1 or 2")),
    }
}

fn decode_character_set(reader: &Reader<'_>, value: u8) -> Result<CharacterSet> {
    match value {
        0 => Ok(CharacterSet::Ascii),
        1 => Ok(CharacterSet::Utf8),
        other => Err(reader.bad_value("character_set", other, "0 or 1")),
    }
}

/// The tag's length is a multiple of eight; NULs fill it up.
fn decode_opaque(reader: &mut Reader<'_>, header: Header) -> Result<OpaqueType> {
    let stored = reader.take(usize::from(header.field(0, 8)))?;
    let tag = stored.split(|&b| b == 0).next().unwrap_or_default();
    Ok(OpaqueType { size: header.size, tag: Name::new(tag) })
}

fn decode_reference(reader: &Reader<'_>, header: Header) -> Result<ReferenceType> {
    let kind = match header.field(0, 4) {
        0 => ReferenceKind::Object,
        1 => ReferenceKind::Region,
        2 => ReferenceKind::Object2,
        3 => ReferenceKind::Region2,
        4 => ReferenceKind::Attribute,
        other => return Err(reader.bad_value("reference_type", other, "0 to 4")),
    };
    Ok(ReferenceType { size: header.size, kind })
}

fn decode_vlen(
    reader: &mut Reader<'_>,
    header: Header,
    context: Context<'_>,
    depth: usize,
) -> Result<Datatype> {
    // Length (4), global heap collection (O), object in it (4): III.E, VIII.
    let size = usize::from(context.sizes.offsets).saturating_add(8);
    if header.size != size {
        let found = u64::try_from(header.size).unwrap_or(u64::MAX);
        return Err(reader.bad_value("size", found, "8 more than the size of offsets"));
    }
    match header.field(0, 4) {
        0 => {
            let base = Box::new(decode_nested(reader, context, depth)?);
            Ok(Datatype::Vlen(VlenType { size, base }))
        }
        1 => {
            let padding = decode_string_padding(reader, header.field(4, 4))?;
            let character_set = decode_character_set(reader, header.field(8, 4))?;
            // The base type, a string or integer of one byte, says nothing more.
            decode_nested(reader, context, depth)?;
            let length = StringLength::Variable { size };
            Ok(Datatype::String(StringType { length, padding, character_set }))
        }
        other => Err(reader.bad_value("variable_length_type", other, "0 or 1")),
    }
}
