use h5_types::{
    ByteOrder, CharacterSet, Datatype, EnumType, Error, FloatType, IntegerType, Name, ReferenceKind, Result,
    StringLength, StringPadding, StringType,
};
use serde_json::{Value, json};

use crate::value::{has_array_of_records, integer_value};
use crate::wire::fixed_size;

/// Writes a datatype, of which compounds lose their gaps: the server keeps none.
///
/// # Errors
/// `Unsupported` for what the server refuses, by its name.
pub(crate) fn encode(datatype: &Datatype) -> Result<Value> {
    Ok(match datatype {
        Datatype::Integer(integer) => json!({"class": "H5T_INTEGER", "base": integer_name(integer)?}),
        Datatype::Float(float) => json!({"class": "H5T_FLOAT", "base": float_name(float)?}),
        Datatype::String(string) => of_string(string),
        Datatype::Opaque(opaque) => {
            json!({"class": "H5T_OPAQUE", "size": opaque.size, "tag": text(&opaque.tag)?})
        }
        Datatype::Compound(compound) => {
            let mut fields = Vec::with_capacity(compound.members.len());
            for member in &compound.members {
                fields.push(json!({"name": text(&member.name)?, "type": encode(&member.datatype)?}));
            }
            json!({"class": "H5T_COMPOUND", "fields": fields})
        }
        Datatype::Reference(reference) if reference.kind == ReferenceKind::Object => {
            json!({"class": "H5T_REFERENCE", "base": "H5T_STD_REF_OBJ"})
        }
        Datatype::Reference(reference) => {
            return Err(lacking(match reference.kind {
                ReferenceKind::Region => "references to regions",
                ReferenceKind::Attribute => "references to attributes",
                _ => "references in the encoding of HDF5 1.12",
            }));
        }
        Datatype::Enum(enumeration) => of_enumeration(enumeration)?,
        Datatype::Vlen(vlen) if fixed_size(&vlen.base).is_none() => {
            return Err(lacking("variable-length sequences of what is of variable length"));
        }
        Datatype::Vlen(vlen) if has_array_of_records(&vlen.base) => {
            return Err(lacking("sequences of what has arrays of compounds in it"));
        }
        Datatype::Vlen(vlen) => {
            json!({"class": "H5T_VLEN", "size": "H5T_VARIABLE", "base": encode(&vlen.base)?})
        }
        Datatype::Array(array) if array.base.has_variable_part() => {
            return Err(lacking("arrays of what is of variable length or a reference"));
        }
        Datatype::Array(array) if !is_base_of_arrays(&array.base) => {
            return Err(lacking("arrays of arrays, enumerations, opaque elements and sequences"));
        }
        Datatype::Array(array) => {
            json!({"class": "H5T_ARRAY", "dims": array.dimensions, "base": encode(&array.base)?})
        }
        Datatype::Time(_) => return Err(lacking("elements of the class time (H5T_TIME)")),
        Datatype::Bitfield(_) => return Err(lacking("bit fields (H5T_BITFIELD)")),
        Datatype::Complex(_) => return Err(lacking("elements of the class complex number (H5T_COMPLEX)")),
        _ => return Err(lacking("this class of datatypes")),
    })
}

/// A name as text, which JSON is made of.
///
/// # Errors
/// `Unsupported` for one that is no UTF-8.
pub(crate) fn text(name: &Name) -> Result<&str> {
    name.to_str().ok_or_else(|| lacking("names that are no UTF-8"))
}

fn is_base_of_arrays(base: &Datatype) -> bool {
    use Datatype::{Compound, Float, Integer, String};
    matches!(base, Integer(_) | Float(_) | String(_) | Compound(_))
}

fn integer_name(integer: &IntegerType) -> Result<String> {
    if !integer.is_plain() || !matches!(integer.size, 1 | 2 | 4 | 8) {
        return Err(lacking("integers other than of 8, 16, 32 and 64 bits"));
    }
    let sign = if integer.signed { 'I' } else { 'U' };
    let bits = integer.size.saturating_mul(8);
    Ok(format!("H5T_STD_{sign}{bits}{}", order_name(integer.order)))
}

fn float_name(float: &FloatType) -> Result<String> {
    let order = float.order;
    let known = [(16, FloatType::f16(order)), (32, FloatType::f32(order)), (64, FloatType::f64(order))];
    match known.iter().find(|(_, known)| known == float && order != ByteOrder::Vax) {
        Some((bits, _)) => Ok(format!("H5T_IEEE_F{bits}{}", order_name(order))),
        None => Err(lacking("floating-point formats other than binary16, binary32 and binary64")),
    }
}

fn order_name(order: ByteOrder) -> &'static str {
    if order == ByteOrder::Big { "BE" } else { "LE" }
}

fn of_string(string: &StringType) -> Value {
    let length = match string.length {
        StringLength::Fixed(length) => json!(length),
        StringLength::Variable { .. } => json!("H5T_VARIABLE"),
    };
    let padding = match string.padding {
        StringPadding::NullTerminated => "H5T_STR_NULLTERM",
        StringPadding::NullPadded => "H5T_STR_NULLPAD",
        StringPadding::SpacePadded => "H5T_STR_SPACEPAD",
    };
    let set = match string.character_set {
        CharacterSet::Ascii => "H5T_CSET_ASCII",
        CharacterSet::Utf8 => "H5T_CSET_UTF8",
    };
    json!({"class": "H5T_STRING", "length": length, "strPad": padding, "charSet": set})
}

fn of_enumeration(enumeration: &EnumType) -> Result<Value> {
    let Datatype::Integer(integer) = &*enumeration.base else {
        return Err(lacking("enumerations of no integers"));
    };
    let mut members = Vec::with_capacity(enumeration.members.len());
    for member in &enumeration.members {
        let value = integer_value(&member.value, integer);
        members.push(json!({"name": text(&member.name)?, "value": value}));
    }
    Ok(json!({"class": "H5T_ENUM", "base": encode(&enumeration.base)?, "members": members}))
}

fn lacking(what: &'static str) -> Error {
    Error::unsupported(format!("HSDS does not store {what}"))
}
