use h5_types::{
    ArrayType, ByteOrder, CharacterSet, CompoundType, Datatype, EnumMember, EnumType, Error, ErrorKind,
    FloatType, IntegerType, Name, OpaqueType, ReferenceKind, ReferenceType, Result, StringLength,
    StringPadding, StringType, VlenType,
};
use serde_json::Value;

use crate::id::Id;
use crate::value::integer_bytes;

/// Deepest nesting that is read.
const DEEPEST: usize = 32;
/// Largest element that is read.
const LARGEST_ELEMENT: usize = 1 << 31;

/// Reads a datatype: its name, or what it is made of.
pub(crate) fn decode(json: &Value) -> Result<Datatype> {
    nested(json, DEEPEST)
}

/// Reads a datatype of an object, and which committed one it is.
pub(crate) fn decode_stored(json: &Value) -> Result<(Datatype, Option<Id>)> {
    let committed = json.get("id").and_then(Value::as_str).and_then(Id::parse);
    Ok((decode(json)?, committed))
}

fn nested(json: &Value, depth: usize) -> Result<Datatype> {
    let depth = depth.checked_sub(1).ok_or_else(|| wrong("a datatype that is nested too deeply"))?;
    let datatype = match json {
        Value::String(name) => plain(name)?,
        Value::Object(_) => of_class(json, depth)?,
        _ => return Err(wrong("a datatype that is none")),
    };
    if datatype.size() == 0 || datatype.size() > LARGEST_ELEMENT {
        return Err(wrong(&format!("elements of {} bytes", datatype.size())));
    }
    Ok(datatype)
}

fn of_class(json: &Value, depth: usize) -> Result<Datatype> {
    let class = text(json, "class")?;
    let base = || nested(json.get("base").ok_or_else(|| wrong("a datatype without its base"))?, depth);
    Ok(match class {
        "H5T_INTEGER" | "H5T_FLOAT" => return base(),
        "H5T_STRING" => Datatype::String(string(json)?),
        "H5T_OPAQUE" => Datatype::Opaque(OpaqueType {
            size: size(json, "size")?,
            tag: json.get("tag").and_then(Value::as_str).unwrap_or_default().into(),
        }),
        "H5T_COMPOUND" => Datatype::Compound(compound(json, depth)?),
        "H5T_REFERENCE" => Datatype::Reference(reference(json)?),
        "H5T_ENUM" => Datatype::Enum(enumeration(json, base()?)?),
        "H5T_VLEN" => Datatype::Vlen(VlenType { size: 16, base: Box::new(base()?) }),
        "H5T_ARRAY" => {
            let base = base()?;
            Datatype::Array(ArrayType { dimensions: dimensions(json)?, base: Box::new(base) })
        }
        other => return Err(Error::unsupported(format!("the datatype class {}", Name::from(other)))),
    })
}

/// `H5T_STD_I32LE` and its like.
fn plain(name: &str) -> Result<Datatype> {
    let unknown = || Error::unsupported(format!("the datatype {}", Name::from(name)));
    let (name, order) = if let Some(name) = name.strip_suffix("LE") {
        (name, ByteOrder::Little)
    } else {
        (name.strip_suffix("BE").ok_or_else(unknown)?, ByteOrder::Big)
    };
    let integer = |size: u8, signed| Datatype::Integer(IntegerType::plain(size, signed, order));
    Ok(match name {
        "H5T_STD_I8" => integer(1, true),
        "H5T_STD_I16" => integer(2, true),
        "H5T_STD_I32" => integer(4, true),
        "H5T_STD_I64" => integer(8, true),
        "H5T_STD_U8" => integer(1, false),
        "H5T_STD_U16" => integer(2, false),
        "H5T_STD_U32" => integer(4, false),
        "H5T_STD_U64" => integer(8, false),
        "H5T_IEEE_F16" => Datatype::Float(FloatType::f16(order)),
        "H5T_IEEE_F32" => Datatype::Float(FloatType::f32(order)),
        "H5T_IEEE_F64" => Datatype::Float(FloatType::f64(order)),
        _ => return Err(unknown()),
    })
}

fn string(json: &Value) -> Result<StringType> {
    let length = match json.get("length") {
        Some(Value::String(text)) if text == "H5T_VARIABLE" => StringLength::Variable { size: 16 },
        _ => StringLength::Fixed(size(json, "length")?),
    };
    let padding = match json.get("strPad").and_then(Value::as_str) {
        Some("H5T_STR_NULLPAD") => StringPadding::NullPadded,
        Some("H5T_STR_SPACEPAD") => StringPadding::SpacePadded,
        _ => StringPadding::NullTerminated,
    };
    let character_set = match json.get("charSet").and_then(Value::as_str) {
        Some("H5T_CSET_UTF8") => CharacterSet::Utf8,
        _ => CharacterSet::Ascii,
    };
    Ok(StringType { length, padding, character_set })
}

fn compound(json: &Value, depth: usize) -> Result<CompoundType> {
    let fields = json.get("fields").and_then(Value::as_array);
    let fields = fields.filter(|fields| !fields.is_empty() && fields.len() <= 65_535);
    let fields = fields.ok_or_else(|| wrong("a compound without fields"))?;
    let mut members = Vec::with_capacity(fields.len());
    for field in fields {
        let datatype = field.get("type").ok_or_else(|| wrong("a field without its type"))?;
        members.push((Name::from(text(field, "name")?), nested(datatype, depth)?));
    }
    Ok(CompoundType::packed(members))
}

fn reference(json: &Value) -> Result<ReferenceType> {
    let kind = match text(json, "base")? {
        "H5T_STD_REF_OBJ" => ReferenceKind::Object,
        "H5T_STD_REF_DSETREG" => ReferenceKind::Region,
        other => return Err(Error::unsupported(format!("the reference {}", Name::from(other)))),
    };
    Ok(ReferenceType { size: 8, kind })
}

fn enumeration(json: &Value, base: Datatype) -> Result<EnumType> {
    let Datatype::Integer(integer) = &base else { return Err(wrong("an enumeration of no integers")) };
    let mut members = Vec::new();
    let mut add = |name: &str, value: &Value| {
        let value = integer_bytes(value, integer).ok_or_else(|| wrong("a member that is no such integer"))?;
        members.push(EnumMember { name: name.into(), value });
        Ok::<_, Error>(())
    };
    match (json.get("members"), json.get("mapping")) {
        (Some(Value::Array(list)), _) => {
            for member in list {
                add(text(member, "name")?, member.get("value").unwrap_or(&Value::Null))?;
            }
        }
        // As older clients wrote it.
        (_, Some(Value::Object(map))) => {
            for (name, value) in map {
                add(name, value)?;
            }
        }
        _ => return Err(wrong("an enumeration without members")),
    }
    Ok(EnumType { base: Box::new(base), members })
}

fn dimensions(json: &Value) -> Result<Vec<u32>> {
    let wrong = || wrong("an array without proper dimensions");
    let list = match json.get("dims") {
        Some(Value::Array(list)) if !list.is_empty() && list.len() <= 32 => list.clone(),
        Some(single @ Value::Number(_)) => vec![single.clone()],
        _ => return Err(wrong()),
    };
    let size =
        |value: &Value| value.as_u64().and_then(|size| u32::try_from(size).ok()).filter(|&size| size > 0);
    list.iter().map(|value| size(value).ok_or_else(wrong)).collect()
}

fn size(json: &Value, key: &str) -> Result<usize> {
    let size = json.get(key).and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok());
    size.filter(|&size| size > 0 && size <= LARGEST_ELEMENT)
        .ok_or_else(|| wrong(&format!("a datatype without a proper {key}")))
}

fn text<'v>(json: &'v Value, key: &str) -> Result<&'v str> {
    json.get(key).and_then(Value::as_str).ok_or_else(|| wrong(&format!("a datatype without its {key}")))
}

fn wrong(message: &str) -> Error {
    Error::new(ErrorKind::Service, message.to_owned())
}
