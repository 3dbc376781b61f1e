//! Datatype (specification IV.A.2.d), versions 1 to 5, all twelve classes.
//!
//! ```text
//! | version (4 bits), class (4 bits) | class bit field (3) | size (4) | properties |
//! ```

mod numeric;
mod structured;

use h5_types::{
    ByteOrder, CharacterSet, Datatype, IntegerType, Name, OpaqueType, ReferenceKind, ReferenceType,
    StringLength, StringPadding, StringType, VlenType,
};

use super::Context;
use crate::{Fault, Reader, Result, Sizes, Writer};

const STRUCTURE: &str = "Datatype message";
const SECTION: &str = "IV.A.2.d";

/// Decodes the message's body. Bytes after the datatype are padding.
///
/// # Errors
/// If version or class is none that exists, the datatype contradicts itself (a bit field outside its word, a member outside its
/// compound, a zero size), it is nested deeper than `Limits::datatype_depth`, or the body ends early.
pub fn decode(body: &[u8], context: Context<'_>) -> Result<Datatype> {
    let mut reader = Reader::new(body, STRUCTURE, SECTION);
    decode_nested(&mut reader, context, context.limits.datatype_depth)
}

/// Appends the message's body.
///
/// `version` is that of compounds, enumerations and arrays; it is raised where what they hold needs more. Other classes are the same in
/// all versions, and keep the lowest one that has them, as the library does (so that a reader of HDF5 1.6 still reads an integer).
///
/// # Errors
/// If the version does not exist, the datatype contradicts itself as [`decode`] says it, a number exceeds its field, or a
/// variable-length element or a reference is in its memory form where the file's is another.
pub fn encode(datatype: &Datatype, version: u8, sizes: Sizes, out: &mut Vec<u8>) -> Result<()> {
    let mut writer = Writer::new(out, STRUCTURE, SECTION);
    if !(1..=5).contains(&version) {
        return Err(writer.unencodable("version", "1 to 5"));
    }
    encode_nested(&mut writer, datatype, version, sizes)
}

/// Lowest version of the message that can describe the datatype: arrays came with 2, VAX byte order with 3, the references of
/// HDF5 1.12 with 4, complex numbers with 5.
pub fn minimum_version(datatype: &Datatype) -> u8 {
    version_of(datatype, 1)
}

/// The version that a datatype is written with where `wanted` is asked for: no class is older than what it holds.
fn version_of(datatype: &Datatype, wanted: u8) -> u8 {
    match datatype {
        Datatype::Float(t) if t.order == ByteOrder::Vax => 3,
        Datatype::Reference(t) if is_revised(t.kind) => 4,
        Datatype::Compound(t) => {
            let members = t.members.iter().map(|member| version_of(&member.datatype, wanted));
            members.fold(wanted, u8::max)
        }
        Datatype::Enum(_) => wanted,
        Datatype::Vlen(t) => version_of(&t.base, wanted),
        Datatype::Array(t) => version_of(&t.base, wanted).max(wanted).max(2),
        Datatype::Complex(_) => wanted.max(5),
        _ => 1,
    }
}

fn encode_nested(writer: &mut Writer<'_>, datatype: &Datatype, wanted: u8, sizes: Sizes) -> Result<()> {
    let version = version_of(datatype, wanted);
    let size = datatype.size();
    if size == 0 {
        return Err(writer.unencodable("size", "at least 1"));
    }
    match datatype {
        Datatype::Integer(t) => numeric::encode_integer(writer, t),
        Datatype::Float(t) => numeric::encode_float(writer, t, version),
        Datatype::Time(t) => numeric::encode_time(writer, t),
        Datatype::String(t) => encode_string(writer, t, sizes),
        Datatype::Bitfield(t) => numeric::encode_bitfield(writer, t),
        Datatype::Opaque(t) => encode_opaque(writer, t),
        Datatype::Compound(t) => structured::encode_compound(writer, t, version, sizes),
        Datatype::Reference(t) => encode_reference(writer, t, version),
        Datatype::Enum(t) => structured::encode_enum(writer, t, version, sizes),
        Datatype::Vlen(t) => {
            check_vlen_size(writer, size, sizes)?;
            Header { version, class: 9, bits: 0, size }.encode(writer)?;
            encode_nested(writer, &t.base, wanted, sizes)
        }
        Datatype::Array(t) => structured::encode_array(writer, t, version, sizes),
        Datatype::Complex(t) => structured::encode_complex(writer, t, version, sizes),
        _ => Err(writer.unencodable("class", "0 to 11")),
    }
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

    fn encode(self, writer: &mut Writer<'_>) -> Result<()> {
        writer.u8(self.version << 4 | self.class);
        writer.uint("class_bit_field", self.bits.into(), 3)?;
        writer.count("size", self.size, 4)
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

/// Class 3, or class 9 with a base type that says nothing: an unsigned integer of one byte, as the library writes it.
fn encode_string(writer: &mut Writer<'_>, string: &StringType, sizes: Sizes) -> Result<()> {
    let padding: u32 = match string.padding {
        StringPadding::NullTerminated => 0,
        StringPadding::NullPadded => 1,
        StringPadding::SpacePadded => 2,
    };
    let character_set: u32 = match string.character_set {
        CharacterSet::Ascii => 0,
        CharacterSet::Utf8 => 1,
    };
    match string.length {
        StringLength::Fixed(size) => {
            Header { version: 1, class: 3, bits: padding | character_set << 4, size }.encode(writer)
        }
        StringLength::Variable { size } => {
            check_vlen_size(writer, size, sizes)?;
            let bits = 1 | padding << 4 | character_set << 8;
            Header { version: 1, class: 9, bits, size }.encode(writer)?;
            numeric::encode_integer(writer, &IntegerType::plain(1, false, ByteOrder::Little))
        }
    }
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

fn encode_opaque(writer: &mut Writer<'_>, opaque: &OpaqueType) -> Result<()> {
    let tag = opaque.tag.as_bytes();
    let stored_length = u8::try_from(tag.len().next_multiple_of(8)).ok();
    let Some(stored_length) = stored_length.filter(|_| !tag.contains(&0)) else {
        return Err(writer.unencodable("ascii_tag", "at most 248 bytes without NUL"));
    };
    Header { version: 1, class: 5, bits: stored_length.into(), size: opaque.size }.encode(writer)?;
    writer.put(tag);
    writer.zeros(usize::from(stored_length).saturating_sub(tag.len()));
    Ok(())
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

fn encode_reference(writer: &mut Writer<'_>, reference: &ReferenceType, version: u8) -> Result<()> {
    let kind = match reference.kind {
        ReferenceKind::Object => 0,
        ReferenceKind::Region => 1,
        ReferenceKind::Object2 => 2,
        ReferenceKind::Region2 => 3,
        ReferenceKind::Attribute => 4,
    };
    // Bits 4 to 7 are the version of the references' own encoding.
    let bits = if is_revised(reference.kind) { kind | 1 << 4 } else { kind };
    Header { version, class: 7, bits, size: reference.size }.encode(writer)
}

/// True for the references of HDF5 1.12.
fn is_revised(kind: ReferenceKind) -> bool {
    matches!(kind, ReferenceKind::Object2 | ReferenceKind::Region2 | ReferenceKind::Attribute)
}

fn decode_vlen(
    reader: &mut Reader<'_>,
    header: Header,
    context: Context<'_>,
    depth: usize,
) -> Result<Datatype> {
    let size = vlen_size(context.sizes);
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

/// Bytes of a variable-length element: length (4), global heap collection (O), object in it (4); III.E, VIII.
fn vlen_size(sizes: Sizes) -> usize {
    usize::from(sizes.offsets).saturating_add(8)
}

fn check_vlen_size(writer: &Writer<'_>, size: usize, sizes: Sizes) -> Result<()> {
    if size == vlen_size(sizes) {
        Ok(())
    } else {
        Err(writer.unencodable("size of a variable-length element", "8 more than the size of offsets"))
    }
}

#[cfg(test)]
mod tests;
