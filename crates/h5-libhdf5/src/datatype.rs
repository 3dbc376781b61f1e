//! Datatypes of the library's as ours, and back. Ours are in memory form: sizes of variable parts are not the file's.

use h5_types::{
    ArrayType, BitfieldType, ComplexType, CompoundType, Datatype, EnumMember, EnumType, Error, FloatType,
    IntegerType, Member, OpaqueType, ReferenceKind, ReferenceType, Result, StringLength, StringType,
    TimeType, VlenType,
};

use crate::ffi::{Class, FloatFields, Id, Library, convert};

/// What a datatype of the library's is.
pub(crate) fn decode(library: &Library, id: &Id) -> Result<Datatype> {
    let size = library.type_size(id)?;
    Ok(match library.class(id)? {
        Class::Integer => Datatype::Integer(integer(library, id, size)?),
        Class::Float => Datatype::Float(float(library, id, size)?),
        Class::Time => {
            let (_, precision_bits) = library.bits(id)?;
            Datatype::Time(TimeType { size, order: library.order(id)?, precision_bits })
        }
        Class::String => Datatype::String(string(library, id, size)?),
        Class::Bitfield => Datatype::Bitfield(bitfield(library, id, size)?),
        Class::Opaque => Datatype::Opaque(OpaqueType { size, tag: library.tag(id)? }),
        Class::Compound => Datatype::Compound(compound(library, id, size)?),
        Class::ObjectReference => reference(ReferenceKind::Object),
        Class::RegionReference => reference(ReferenceKind::Region),
        Class::OtherReference => {
            return Err(Error::unsupported("references in the encoding of HDF5 1.12"));
        }
        Class::Enum => Datatype::Enum(enumeration(library, id)?),
        Class::Vlen => {
            let base = Box::new(decode(library, &library.base(id)?)?);
            Datatype::Vlen(VlenType { size: 16, base })
        }
        Class::Array => {
            let dimensions = library.array_dimensions(id)?.into_iter();
            let dimensions = dimensions.map(|size| convert(size, "the dimension of an array"));
            let dimensions = dimensions.collect::<Result<_>>()?;
            Datatype::Array(ArrayType { dimensions, base: Box::new(decode(library, &library.base(id)?)?) })
        }
        Class::Complex => {
            Datatype::Complex(ComplexType { base: Box::new(decode(library, &library.base(id)?)?) })
        }
    })
}

fn reference(kind: ReferenceKind) -> Datatype {
    Datatype::Reference(ReferenceType { size: 8, kind })
}

fn integer(library: &Library, id: &Id, size: usize) -> Result<IntegerType> {
    let (offset_bits, precision_bits) = library.bits(id)?;
    let (low_padding, high_padding) = library.padding(id)?;
    let (order, signed) = (library.order(id)?, library.is_signed(id)?);
    Ok(IntegerType { size, order, signed, offset_bits, precision_bits, low_padding, high_padding })
}

fn bitfield(library: &Library, id: &Id, size: usize) -> Result<BitfieldType> {
    let (offset_bits, precision_bits) = library.bits(id)?;
    let (low_padding, high_padding) = library.padding(id)?;
    let order = library.order(id)?;
    Ok(BitfieldType { size, order, offset_bits, precision_bits, low_padding, high_padding })
}

fn float(library: &Library, id: &Id, size: usize) -> Result<FloatType> {
    let (offset_bits, precision_bits) = library.bits(id)?;
    let (low_padding, high_padding) = library.padding(id)?;
    let fields = library.float_fields(id)?;
    let (exponent_bias, normalization, internal_padding) = library.float_rules(id)?;
    let position = |number: usize| convert(number, "a bit position");
    Ok(FloatType {
        size,
        order: library.order(id)?,
        offset_bits,
        precision_bits,
        low_padding,
        high_padding,
        internal_padding,
        normalization,
        sign_position: position(fields.sign_position)?,
        exponent_position: position(fields.exponent_position)?,
        exponent_bits: position(fields.exponent_bits)?,
        mantissa_position: position(fields.mantissa_position)?,
        mantissa_bits: position(fields.mantissa_bits)?,
        exponent_bias,
    })
}

fn string(library: &Library, id: &Id, size: usize) -> Result<StringType> {
    let (padding, character_set) = library.text(id)?;
    let length = match library.is_variable_string(id)? {
        true => StringLength::Variable { size: 16 },
        false => StringLength::Fixed(size),
    };
    Ok(StringType { length, padding, character_set })
}

fn compound(library: &Library, id: &Id, size: usize) -> Result<CompoundType> {
    let mut members = Vec::new();
    for index in 0..library.member_count(id)? {
        members.push(Member {
            name: library.member_name(id, index)?,
            offset: library.member_offset(id, index),
            datatype: decode(library, &library.member_type(id, index)?)?,
        });
    }
    if members.iter().any(|member| member.datatype.has_variable_part()) {
        return Ok(CompoundType::packed(members.into_iter().map(|m| (m.name, m.datatype))));
    }
    Ok(CompoundType { size, members })
}

fn enumeration(library: &Library, id: &Id) -> Result<EnumType> {
    let mut members = Vec::new();
    for index in 0..library.member_count(id)? {
        let (name, value) = (library.member_name(id, index)?, library.member_value(id, index)?);
        members.push(EnumMember { name, value });
    }
    Ok(EnumType { base: Box::new(decode(library, &library.base(id)?)?), members })
}

/// The library's datatype of ours.
pub(crate) fn encode(library: &Library, datatype: &Datatype) -> Result<Id> {
    match datatype {
        Datatype::Integer(t) => {
            let id = word(library, Class::Integer, t.size, t.offset_bits, t.precision_bits)?;
            library.set_order(&id, t.order)?;
            library.set_padding(&id, t.low_padding, t.high_padding)?;
            library.set_signed(&id, t.signed)?;
            Ok(id)
        }
        Datatype::Bitfield(t) => {
            let id = word(library, Class::Bitfield, t.size, t.offset_bits, t.precision_bits)?;
            library.set_order(&id, t.order)?;
            library.set_padding(&id, t.low_padding, t.high_padding)?;
            Ok(id)
        }
        Datatype::Float(t) => encode_float(library, t),
        Datatype::Time(t) => {
            let id = word(library, Class::Time, t.size, 0, t.precision_bits)?;
            library.set_order(&id, t.order)?;
            Ok(id)
        }
        Datatype::String(t) => {
            let id = library.new_type(Class::String)?;
            library.set_size(
                &id,
                match t.length {
                    StringLength::Fixed(size) => Some(size),
                    StringLength::Variable { .. } => None,
                },
            )?;
            library.set_text(&id, t.padding, t.character_set)?;
            Ok(id)
        }
        Datatype::Opaque(t) => {
            let id = library.new_record(Class::Opaque, t.size)?;
            library.set_tag(&id, t.tag.as_bytes())?;
            Ok(id)
        }
        Datatype::Compound(t) => encode_compound(library, t),
        Datatype::Reference(t) => match t.kind {
            ReferenceKind::Object => library.new_type(Class::ObjectReference),
            ReferenceKind::Region => library.new_type(Class::RegionReference),
            other => Err(Error::unsupported(format!("references of kind {other:?}"))),
        },
        Datatype::Enum(t) => {
            let id = library.new_enum(&encode(library, &t.base)?)?;
            for member in &t.members {
                library.add_value(&id, member.name.as_bytes(), &member.value)?;
            }
            Ok(id)
        }
        Datatype::Vlen(t) => library.new_vlen(&encode(library, &t.base)?),
        Datatype::Array(t) => {
            let dimensions: Vec<u64> = t.dimensions.iter().copied().map(u64::from).collect();
            library.new_array(&encode(library, &t.base)?, &dimensions)
        }
        Datatype::Complex(t) => library.new_complex(&encode(library, &t.base)?),
        other => Err(Error::unsupported(format!("the datatype {other}"))),
    }
    // What the library refuses is no fault of a file's.
    .map_err(refused)
}

/// A number of bits in a word: first wide enough, then as asked for, since each step has to be possible.
fn word(library: &Library, class: Class, size: usize, offset: u16, precision: u16) -> Result<Id> {
    let id = library.new_type(class)?;
    library.set_size(&id, Some(size))?;
    library.set_precision(&id, precision.into())?;
    library.set_offset(&id, offset.into())?;
    Ok(id)
}

fn encode_float(library: &Library, t: &FloatType) -> Result<Id> {
    let id = library.new_type(Class::Float)?;
    let wide = t.size.max(library.type_size(&id)?);
    library.set_size(&id, Some(wide))?;
    library.set_precision(&id, wide.saturating_mul(8))?;
    library.set_float_fields(
        &id,
        &FloatFields {
            sign_position: t.sign_position.into(),
            exponent_position: t.exponent_position.into(),
            exponent_bits: t.exponent_bits.into(),
            mantissa_position: t.mantissa_position.into(),
            mantissa_bits: t.mantissa_bits.into(),
        },
    )?;
    library.set_precision(&id, t.precision_bits.into())?;
    library.set_size(&id, Some(t.size))?;
    library.set_offset(&id, t.offset_bits.into())?;
    library.set_float_rules(&id, t.exponent_bias, t.normalization, t.internal_padding)?;
    library.set_padding(&id, t.low_padding, t.high_padding)?;
    library.set_order(&id, t.order)?;
    Ok(id)
}

/// Members where they are asked for, or, with variable parts, whose sizes are the library's, one after the other.
fn encode_compound(library: &Library, t: &CompoundType) -> Result<Id> {
    let packs = t.members.iter().any(|member| member.datatype.has_variable_part());
    let mut members = Vec::new();
    let mut end = 0_usize;
    for member in &t.members {
        let id = encode(library, &member.datatype)?;
        let offset = if packs { end } else { member.offset };
        end = end.saturating_add(library.type_size(&id)?);
        members.push((&member.name, offset, id));
    }
    let id = library.new_record(Class::Compound, if packs { end } else { t.size })?;
    for (name, offset, member) in members {
        library.add_member(&id, name.as_bytes(), offset, &member)?;
    }
    Ok(id)
}

/// What the library will not make cannot be stored.
pub(crate) fn refused(error: Error) -> Error {
    match error.kind() {
        h5_types::ErrorKind::Format => Error::unsupported(error.message().to_owned()).with_source(error),
        _ => error,
    }
}
