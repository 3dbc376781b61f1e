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

#[cfg(test)]
mod tests {
    use h5_types::{ByteOrder, FloatType, IntegerType, Limits};

    use super::*;
    use crate::Sizes;

    /// A 32-bit little-endian integer, version 1.
    const I32: [u8; 12] = [0x10, 0x08, 0, 0, 4, 0, 0, 0, 0, 0, 32, 0];

    fn decode_with(body: &[u8], limits: &Limits) -> Result<Datatype> {
        super::decode(body, Context { sizes: Sizes { offsets: 8, lengths: 8 }, limits })
    }

    fn decode(body: &[u8]) -> Result<Datatype> {
        decode_with(body, &Limits::default())
    }

    fn i32_type() -> Datatype {
        Datatype::Integer(IntegerType::plain(4, true, ByteOrder::Little))
    }

    #[test]
    fn integer_and_float() {
        assert_eq!(decode(&I32).unwrap(), i32_type());
        let f64_be = [0x11, 0x21, 63, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0];
        assert_eq!(decode(&f64_be).unwrap(), Datatype::Float(FloatType::f64(ByteOrder::Big)));
        let mut outside = I32;
        outside[8] = 1;
        assert!(decode(&outside).is_err(), "offset 1 and precision 32 in 32 bits");
        let mut zero = I32;
        zero[4] = 0;
        assert!(decode(&zero).is_err());
    }

    #[test]
    fn strings_fixed_and_variable() {
        let fixed = decode(&[0x13, 0x11, 0, 0, 5, 0, 0, 0]).unwrap();
        let padding = StringPadding::NullPadded;
        let character_set = CharacterSet::Utf8;
        assert_eq!(
            fixed,
            Datatype::String(StringType { length: StringLength::Fixed(5), padding, character_set })
        );
        let mut variable = vec![0x19, 0x01, 0x01, 0, 16, 0, 0, 0];
        variable.extend([0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0]);
        let Datatype::String(t) = decode(&variable).unwrap() else { panic!("not a string") };
        assert_eq!(t.length, StringLength::Variable { size: 16 });
        assert_eq!((t.padding, t.character_set), (StringPadding::NullTerminated, CharacterSet::Utf8));
        variable[4] = 12;
        assert!(decode(&variable).is_err(), "the size does not go with the size of offsets");
    }

    #[test]
    fn compound_of_each_version_is_the_same() {
        let v1 = [&[0x16, 1, 0, 0, 8, 0, 0, 0][..], b"member\0\0", &[4, 0, 0, 0], &[0; 28], &I32].concat();
        let v2 = [&[0x26, 1, 0, 0, 8, 0, 0, 0][..], b"member\0\0", &[4, 0, 0, 0], &I32].concat();
        let v3 = [&[0x36, 1, 0, 0, 8, 0, 0, 0][..], b"member\0", &[4], &I32].concat();
        let expected = decode(&v3).unwrap();
        let Datatype::Compound(compound) = &expected else { panic!("not a compound") };
        assert_eq!(compound.member(b"member").unwrap().offset, 4);
        assert_eq!(decode(&v1).unwrap(), expected);
        assert_eq!(decode(&v2).unwrap(), expected);
        let outside = [&[0x36, 1, 0, 0, 8, 0, 0, 0][..], b"member\0", &[5], &I32].concat();
        assert!(decode(&outside).is_err());
    }

    #[test]
    fn version_1_member_with_dimensions_is_an_array() {
        let dimensions = [&[2, 0, 0, 0][..], &[0; 8], &[3, 0, 0, 0], &[2, 0, 0, 0], &[9; 8]].concat();
        let v1 = [&[0x16, 1, 0, 0, 24, 0, 0, 0][..], b"a\0\0\0\0\0\0\0", &[0; 4], &dimensions, &I32].concat();
        let Datatype::Compound(compound) = decode(&v1).unwrap() else { panic!("not a compound") };
        let Datatype::Array(array) = &compound.members[0].datatype else { panic!("not an array") };
        assert_eq!(array.dimensions, [3, 2]);
    }

    #[test]
    fn arrays_of_each_version_are_the_same() {
        let v2 = [&[0x2a, 0, 0, 0, 24, 0, 0, 0][..], &[2, 0, 0, 0], &[3, 0, 0, 0, 2, 0, 0, 0], &[0; 8], &I32]
            .concat();
        let v3 = [&[0x3a, 0, 0, 0, 24, 0, 0, 0][..], &[2], &[3, 0, 0, 0, 2, 0, 0, 0], &I32].concat();
        assert_eq!(decode(&v2).unwrap(), decode(&v3).unwrap());
        assert_eq!(decode(&v3).unwrap().size(), 24);
        let mut v1 = v2.clone();
        v1[0] = 0x1a;
        assert_eq!(decode(&v1).unwrap(), decode(&v3).unwrap());
        let huge = [&[0x3a, 0, 0, 0, 24, 0, 0, 0][..], &[2], &[0xff; 8], &I32].concat();
        assert!(decode(&huge).is_err());
    }

    #[test]
    fn enumeration_keeps_names_and_values() {
        let v3 = [&[0x38, 2, 0, 0, 4, 0, 0, 0][..], &I32, b"no\0yes\0", &[0, 0, 0, 0, 1, 0, 0, 0]].concat();
        let Datatype::Enum(t) = decode(&v3).unwrap() else { panic!("not an enum") };
        assert_eq!(t.members[1].name, Name::from("yes"));
        assert_eq!(t.members[1].value, [1, 0, 0, 0]);
        assert!(decode(&v3[..v3.len() - 1]).is_err());
    }

    #[test]
    fn complex_reference_and_opaque() {
        let f32_le = [0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0];
        let complex = [&[0x5b, 1, 0, 0, 8, 0, 0, 0][..], &f32_le].concat();
        assert!(matches!(decode(&complex).unwrap(), Datatype::Complex(_)));
        let polar = [&[0x5b, 3, 0, 0, 8, 0, 0, 0][..], &f32_le].concat();
        assert!(matches!(decode(&polar).unwrap_err().fault, Fault::Unsupported { .. }));
        let reference = decode(&[0x47, 0x12, 0, 0, 18, 0, 0, 0]).unwrap();
        let expected = ReferenceType { size: 18, kind: ReferenceKind::Object2 };
        assert_eq!(reference, Datatype::Reference(expected));
        let opaque = decode(&[&[0x15, 8, 0, 0, 3, 0, 0, 0][..], b"tag\0\0\0\0\0"].concat()).unwrap();
        assert_eq!(opaque, Datatype::Opaque(OpaqueType { size: 3, tag: Name::from("tag") }));
    }

    #[test]
    fn nesting_is_bounded() {
        let mut limits = Limits::default();
        let vlen = [0x19, 0, 0, 0, 16, 0, 0, 0];
        let nested = |levels: usize| [vlen.repeat(levels), I32.to_vec()].concat();
        limits.datatype_depth = 4;
        assert!(decode_with(&nested(3), &limits).is_ok());
        let fault = decode_with(&nested(4), &limits).unwrap_err().fault;
        assert!(matches!(fault, Fault::Limit { limit: 4, .. }), "{fault:?}");
    }
}
