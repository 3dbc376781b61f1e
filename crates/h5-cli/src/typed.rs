//! JSON as values of a datatype, and the datatype of JSON that has none.

use h5::{
    ByteOrder, CompoundType, Datatype, FloatType, H5Type as _, IntegerType, Name, Reference, StringType,
    Value,
};
use serde_json::Value as Json;

/// Values in C order, with the dimensions that they fill; none for a single value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shaped {
    /// Dimensions.
    pub(crate) shape: Vec<u64>,
    /// Values.
    pub(crate) values: Vec<Json>,
}

impl Shaped {
    /// Takes lists within lists apart: as many levels as said, or as all lists of a level are equally long.
    ///
    /// # Errors
    /// A sentence for the user: lists of a level that are not equally long.
    pub(crate) fn new(json: Json, rank: Option<usize>) -> Result<Self, String> {
        let mut shape = Vec::new();
        let mut values = vec![json];
        loop {
            let is_wanted = rank.map_or_else(|| values.iter().all(Json::is_array), |rank| shape.len() < rank);
            // Of no value at all, nothing can be said.
            if !is_wanted || (rank.is_none() && values.is_empty()) {
                return Ok(Self { shape, values });
            }
            let mut size = None;
            let mut next = Vec::new();
            for value in values {
                let Json::Array(items) = value else {
                    return Err(format!("a value where a list of dimension {} is expected", shape.len()));
                };
                if size.is_some_and(|size| size != items.len()) {
                    return Err(format!("lists of different lengths along dimension {}", shape.len()));
                }
                size = Some(items.len());
                next.extend(items);
            }
            shape.push(u64::try_from(size.unwrap_or(0)).unwrap_or(u64::MAX));
            values = next;
        }
    }
}

/// Lists that one element of a datatype is written as.
pub(crate) fn inner_rank(datatype: &Datatype) -> usize {
    match datatype {
        Datatype::Array(t) => t.dimensions.len().saturating_add(inner_rank(&t.base)),
        Datatype::Vlen(t) => inner_rank(&t.base).saturating_add(1),
        _ => 0,
    }
}

/// Lists within lists, down the first of each.
pub(crate) fn depth(json: &Json) -> usize {
    let mut depth = 0_usize;
    let mut here = json;
    while let Json::Array(items) = here {
        depth = depth.saturating_add(1);
        let Some(first) = items.first() else { break };
        here = first;
    }
    depth
}

/// The datatype for values that nobody gave one: 64-bit numbers, booleans, UTF-8 strings, compounds of these.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn datatype_of(values: &[Json]) -> Result<Datatype, String> {
    let first = values.first().ok_or("an empty list has no datatype; --type gives one")?;
    match first {
        Json::Bool(_) if values.iter().all(Json::is_boolean) => Ok(bool::datatype()),
        Json::String(_) if values.iter().all(Json::is_string) => {
            Ok(Datatype::String(StringType::variable_utf8()))
        }
        Json::Number(_) | Json::String(_) if values.iter().all(is_number) => Ok(number_type(values)),
        Json::Object(members) => {
            let mut types = Vec::new();
            for name in members.keys() {
                let column: Vec<Json> = values.iter().filter_map(|value| value.get(name)).cloned().collect();
                if column.len() != values.len() {
                    return Err(format!("member `{name}` is not in all records"));
                }
                types.push((Name::from(name.as_str()), datatype_of(&column)?));
            }
            if types.is_empty() {
                return Err("a record without members".into());
            }
            Ok(Datatype::Compound(CompoundType::packed(types)))
        }
        Json::Null => Err("null has no datatype".into()),
        _ => Err("values of several kinds in one list; --type gives them one".into()),
    }
}

/// Numbers that JSON lacks are strings, as this program writes them.
fn is_number(value: &Json) -> bool {
    value.is_number() || value.as_str().is_some_and(|text| special(text).is_some())
}

fn special(text: &str) -> Option<f64> {
    match text {
        "NaN" | "nan" => Some(f64::NAN),
        "Infinity" | "inf" => Some(f64::INFINITY),
        "-Infinity" | "-inf" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

fn number_type(values: &[Json]) -> Datatype {
    let order = ByteOrder::Little;
    if values.iter().all(|value| value.is_i64()) {
        Datatype::Integer(IntegerType::plain(8, true, order))
    } else if values.iter().all(|value| value.is_u64()) {
        Datatype::Integer(IntegerType::plain(8, false, order))
    } else {
        Datatype::Float(FloatType::f64(order))
    }
}

/// A JSON value as one of a datatype: the reverse of how this program writes values.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn value(json: &Json, datatype: &Datatype) -> Result<Value, String> {
    let misfit = || Err(format!("{} does not fit {datatype}", shortened(json)));
    Ok(match (datatype, json) {
        (Datatype::String(_), Json::String(text)) => Value::String(text.as_str().into()),
        (Datatype::Enum(_), Json::Bool(flag)) => Value::String(if *flag { "TRUE" } else { "FALSE" }.into()),
        (Datatype::Enum(_), Json::String(name)) => Value::String(name.as_str().into()),
        (Datatype::Float(_), Json::String(text)) => match special(text) {
            Some(number) => Value::Float(number),
            None => return misfit(),
        },
        (Datatype::Integer(_) | Datatype::Bitfield(_), Json::String(text)) => match text.parse::<i128>() {
            Ok(number) => Value::BigInt(number),
            Err(_) => match text.parse::<u128>() {
                Ok(number) => Value::BigUInt(number),
                Err(_) => return misfit(),
            },
        },
        (
            Datatype::Integer(_) | Datatype::Float(_) | Datatype::Enum(_) | Datatype::Complex(_),
            Json::Number(n),
        ) => number(n),
        (Datatype::Integer(_), Json::Bool(flag)) => Value::UInt(u64::from(*flag)),
        (Datatype::Bitfield(_), Json::Number(n)) => match n.as_u64() {
            Some(bits) => Value::Bitfield(bits.into()),
            None => return misfit(),
        },
        (Datatype::Complex(t), Json::Object(parts)) => {
            let part = |name: &str| match parts.get(name).map(|part| value(part, &t.base)) {
                Some(Ok(Value::Float(x))) => Some(x),
                Some(Ok(Value::Int(n))) => number_as_float(n.to_string()),
                Some(Ok(Value::UInt(n))) => number_as_float(n.to_string()),
                _ => None,
            };
            match (part("real"), part("imaginary")) {
                (Some(real), Some(imaginary)) => Value::Complex { real, imaginary },
                _ => return misfit(),
            }
        }
        (Datatype::Opaque(t), Json::String(text)) => match bytes(text) {
            Some(bytes) => Value::Opaque { bytes, tag: t.tag.clone() },
            None => return misfit(),
        },
        (Datatype::Compound(t), Json::Object(members)) => {
            let known = |name: &String| t.member(name.as_bytes()).is_some();
            if let Some(name) = members.keys().find(|name| !known(name)) {
                return Err(format!("`{name}` is no member of {datatype}"));
            }
            let mut values = Vec::new();
            for member in &t.members {
                let Some(json) = members.get(&*member.name.to_text()) else {
                    return Err(format!("member `{}` is missing", member.name));
                };
                values.push((member.name.clone(), value(json, &member.datatype)?));
            }
            Value::Compound(values)
        }
        (Datatype::Array(t), Json::Array(_)) => {
            let Shaped { shape, values } = Shaped::new(json.clone(), Some(t.dimensions.len()))?;
            if !shape.iter().copied().eq(t.dimensions.iter().copied().map(u64::from)) {
                return misfit();
            }
            let values = values.iter().map(|json| value(json, &t.base)).collect::<Result<_, _>>()?;
            Value::Array { dimensions: t.dimensions.clone(), values }
        }
        (Datatype::Vlen(t), Json::Array(items)) => {
            Value::Sequence(items.iter().map(|json| value(json, &t.base)).collect::<Result<_, _>>()?)
        }
        (Datatype::Reference(_), Json::Null) => Value::Reference(Reference::Null),
        _ => return misfit(),
    })
}

fn number(n: &serde_json::Number) -> Value {
    n.as_i64()
        .map(Value::Int)
        .or_else(|| n.as_u64().map(Value::UInt))
        .unwrap_or_else(|| Value::Float(n.as_f64().unwrap_or(f64::NAN)))
}

fn number_as_float(digits: String) -> Option<f64> {
    digits.parse().ok()
}

/// `0x01ff` as bytes.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x")?.as_bytes();
    let (pairs, rest) = digits.as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.iter().map(byte).collect::<Option<Vec<u8>>>().filter(|_| rest.is_empty())
}

fn shortened(json: &Json) -> String {
    crate::describe::shortened(&Name::from(json.to_string()), 60)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::type_spec;
    use crate::values::to_json;

    #[test]
    fn json_of_this_program_is_read_back() {
        for (datatype, json) in [
            ("int32", json!(-5)),
            ("uint64", json!(u64::MAX)),
            ("float64", json!("NaN")),
            ("float64", json!(2.5)),
            ("string", json!("a\"b")),
            ("string(4)", json!("abc")),
            ("bool", json!("TRUE")),
            ("opaque(2)", json!("0x01ff")),
            ("{x: int8, y: [2] float32}", json!({ "x": 1, "y": [0.5, 1.5] })),
            ("vlen<int16>", json!([1, 2, 3])),
            ("[2,2] int8", json!([[1, 2], [3, 4]])),
            ("complex<float64>", json!({ "real": 1.5, "imaginary": -0.5 })),
        ] {
            let datatype = type_spec::parse(datatype).unwrap();
            let value = value(&json, &datatype).unwrap();
            let elements = h5::Elements::from_dynamic(&datatype.memory_form(), [&value]).unwrap();
            assert_eq!(to_json(&elements.value(0).unwrap()), json, "{datatype}");
        }
    }

    #[test]
    fn datatypes_follow_from_values() {
        let of = |json: Json| {
            let shaped = Shaped::new(json, None).unwrap();
            (shaped.shape, datatype_of(&shaped.values).map(|t| t.to_string()))
        };
        assert_eq!(of(json!([[1, 2], [3, 4]])), (vec![2, 2], Ok("int64".into())));
        assert_eq!(of(json!([1, 2.5, "NaN"])), (vec![3], Ok("float64".into())));
        assert_eq!(of(json!("text")), (vec![], Ok("string".into())));
        assert_eq!(of(json!([{ "a": 1, "b": "x" }])), (vec![1], Ok("{a: int64, b: string}".into())));
        assert!(of(json!([1, "x"])).1.is_err());
        assert!(Shaped::new(json!([[1], [2, 3]]), None).is_err());
    }
}
