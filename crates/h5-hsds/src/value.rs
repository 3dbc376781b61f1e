//! Values as JSON: of attributes, of fill values, and of small datasets that are made together with them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use h5_types::{
    ByteOrder, Converter, Dataspace, Datatype, Elements, Error, ErrorKind, H5Type, Heap, IntegerType, Result,
    StringLength, StringPadding, StringType,
};
use serde_json::{Value, json};

use crate::json::{as_number, number};
use crate::wire::{self, References};

/// A value for the server: bytes where it takes them, else JSON. With it, its encoding if that is not JSON.
pub(crate) fn written(
    elements: &Elements,
    dataspace: &Dataspace,
    references: &References<'_>,
) -> Result<(Value, Option<&'static str>)> {
    let Elements { datatype, bytes, heap } = elements;
    let is_plain = matches!(datatype, Datatype::Integer(_) | Datatype::Float(_));
    if wire::fixed_size(datatype).is_some() && !(is_plain && elements.count() <= FEW) {
        let mut out = Vec::new();
        wire::encode(datatype, bytes, heap, references, &mut out)?;
        return Ok((Value::String(STANDARD.encode(out)), Some("base64")));
    }
    if has_array_of_records(datatype) {
        return Err(Error::unsupported(
            "HSDS does not take arrays of compounds in JSON, which attributes of variable length are sent as",
        ));
    }
    Ok((nested(datatype, bytes, heap, dataspace.dimensions(), references)?, None))
}

/// True if a part of the datatype is an array of compounds.
pub(crate) fn has_array_of_records(datatype: &Datatype) -> bool {
    match datatype {
        Datatype::Array(array) => {
            matches!(*array.base, Datatype::Compound(_)) || has_array_of_records(&array.base)
        }
        Datatype::Vlen(vlen) => has_array_of_records(&vlen.base),
        Datatype::Compound(compound) => compound.members.iter().any(|m| has_array_of_records(&m.datatype)),
        _ => false,
    }
}

/// Numbers up to which JSON is taken, which a person can read on the server.
const FEW: usize = 16;

/// Elements of an extent as nested lists.
pub(crate) fn nested(
    datatype: &Datatype,
    bytes: &[u8],
    heap: &Heap,
    dimensions: &[u64],
    references: &References<'_>,
) -> Result<Value> {
    let Some((&first, rest)) = dimensions.split_first() else {
        return one(datatype, bytes, heap, references);
    };
    let count = usize::try_from(first).unwrap_or(usize::MAX);
    let size = bytes.len().checked_div(count).unwrap_or(0);
    if size == 0 {
        return Ok(json!([]));
    }
    let rows = bytes.chunks_exact(size).map(|row| nested(datatype, row, heap, rest, references));
    Ok(Value::Array(rows.collect::<Result<_>>()?))
}

fn one(datatype: &Datatype, bytes: &[u8], heap: &Heap, references: &References<'_>) -> Result<Value> {
    Ok(match datatype {
        Datatype::Integer(integer) => integer_value(bytes, integer),
        Datatype::Enum(enumeration) => one(&enumeration.base, bytes, heap, references)?,
        Datatype::Float(_) => number(to_f64(datatype, bytes)?),
        Datatype::String(t) => {
            let text = match t.length {
                StringLength::Fixed(_) => trimmed(bytes, t.padding),
                StringLength::Variable { .. } => heap.sequence(bytes, 1)?.1,
            };
            let text = std::str::from_utf8(text).map_err(|e| {
                Error::unsupported("HSDS keeps text of variable length in UTF-8 only").with_source(e)
            })?;
            Value::String(text.to_owned())
        }
        Datatype::Vlen(vlen) => {
            let (_, values) = heap.sequence(bytes, vlen.base.size())?;
            let values = values.chunks_exact(vlen.base.size().max(1));
            Value::Array(values.map(|value| one(&vlen.base, value, heap, references)).collect::<Result<_>>()?)
        }
        Datatype::Array(array) => {
            let dimensions: Vec<u64> = array.dimensions.iter().copied().map(u64::from).collect();
            nested(&array.base, bytes, heap, &dimensions, references)?
        }
        Datatype::Compound(compound) => {
            let mut fields = Vec::with_capacity(compound.members.len());
            for member in &compound.members {
                let end = member.offset.saturating_add(member.datatype.size());
                let part = bytes.get(member.offset..end).unwrap_or_default();
                fields.push(one(&member.datatype, part, heap, references)?);
            }
            Value::Array(fields)
        }
        Datatype::Reference(_) => Value::String(references.written(heap.reference(bytes)?)?),
        _ => return Err(Error::unsupported(format!("a value of {datatype} as JSON"))),
    })
}

/// Reads a value that JSON holds as it was written; `None` where bytes have to be asked for.
pub(crate) fn read(
    datatype: &Datatype,
    dataspace: &Dataspace,
    value: &Value,
    references: &References<'_>,
) -> Result<Option<Elements>> {
    let count = dataspace.element_count().and_then(|count| usize::try_from(count).ok());
    let mut leaves = Vec::new();
    if count != Some(0) && flatten(value, dataspace.rank(), &mut leaves).is_none() {
        return Ok(None);
    }
    if Some(leaves.len()) != count {
        return Ok(None);
    }
    let size =
        leaves.len().checked_mul(datatype.size()).ok_or_else(|| Error::limit("a value of too many bytes"))?;
    let mut bytes = vec![0; size];
    let mut heap = Heap::default();
    for (element, leaf) in bytes.chunks_exact_mut(datatype.size().max(1)).zip(leaves) {
        if read_one(datatype, leaf, element, &mut heap, references)?.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(Elements { datatype: datatype.clone(), bytes, heap }))
}

fn flatten<'v>(value: &'v Value, rank: usize, leaves: &mut Vec<&'v Value>) -> Option<()> {
    let Some(inner) = rank.checked_sub(1) else {
        leaves.push(value);
        return Some(());
    };
    value.as_array()?.iter().try_for_each(|value| flatten(value, inner, leaves))
}

fn read_one(
    datatype: &Datatype,
    value: &Value,
    element: &mut [u8],
    heap: &mut Heap,
    references: &References<'_>,
) -> Result<Option<()>> {
    let done = match datatype {
        Datatype::Integer(integer) => {
            integer_bytes(value, integer).map(|bytes| element.copy_from_slice(&bytes))
        }
        Datatype::Enum(enumeration) => return read_one(&enumeration.base, value, element, heap, references),
        Datatype::Float(_) => match as_number(value) {
            Some(value) => Some(from_f64(value, datatype, element)?),
            None => None,
        },
        Datatype::String(t) => match (value, t.length) {
            (Value::String(text), StringLength::Variable { .. }) => {
                Some(heap.push_sequence(text.len(), text.as_bytes(), element)?)
            }
            // An unwritten one.
            (Value::Null | Value::Number(_), StringLength::Variable { .. }) => {
                Some(heap.push_sequence(0, &[], element)?)
            }
            (Value::String(text), StringLength::Fixed(_)) => padded(text, t, element),
            _ => None,
        },
        Datatype::Vlen(vlen) => {
            let size = vlen.base.size();
            let values = match value {
                Value::Array(values) => values.as_slice(),
                // The server writes an empty sequence as a zero, and so no sequence of one number.
                Value::Number(_) | Value::Null => &[],
                _ => return Ok(None),
            };
            let mut bytes = vec![0; values.len().saturating_mul(size)];
            for (place, value) in bytes.chunks_exact_mut(size.max(1)).zip(values) {
                if read_one(&vlen.base, value, place, heap, references)?.is_none() {
                    return Ok(None);
                }
            }
            Some(heap.push_sequence(values.len(), &bytes, element)?)
        }
        Datatype::Compound(compound) => {
            let Some(values) = value.as_array().filter(|v| v.len() == compound.members.len()) else {
                return Ok(None);
            };
            for (member, value) in compound.members.iter().zip(values) {
                let end = member.offset.saturating_add(member.datatype.size());
                let Some(part) = element.get_mut(member.offset..end) else { return Ok(None) };
                if read_one(&member.datatype, value, part, heap, references)?.is_none() {
                    return Ok(None);
                }
            }
            Some(())
        }
        Datatype::Reference(_) => match value {
            Value::String(text) => Some(heap.push_reference(references.read(text.as_bytes()), element)?),
            _ => None,
        },
        // Bytes that JSON does not hold as they are.
        _ => None,
    };
    Ok(done)
}

/// The elements of a value in base64.
pub(crate) fn read_base64(
    datatype: &Datatype,
    dataspace: &Dataspace,
    text: &str,
    references: &References<'_>,
) -> Result<Elements> {
    let wire = STANDARD
        .decode(text)
        .map_err(|e| Error::new(ErrorKind::Service, "a value that is no base64").with_source(e))?;
    let count = dataspace.element_count().and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
    let mut heap = Heap::default();
    let bytes = wire::decode(datatype, count, &wire, &mut heap, references)?;
    Ok(Elements { datatype: datatype.clone(), bytes, heap })
}

/// Text of a fixed length as it was stored, if text alone says that.
fn padded(text: &str, t: &StringType, element: &mut [u8]) -> Option<()> {
    // What is beyond ASCII may have come from bytes that were no text.
    if !text.is_ascii() || text.len() > element.len() {
        return None;
    }
    element.fill(if t.padding == StringPadding::SpacePadded { b' ' } else { 0 });
    element.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
    Some(())
}

fn trimmed(bytes: &[u8], padding: StringPadding) -> &[u8] {
    let end = match padding {
        StringPadding::NullTerminated => bytes.iter().position(|&byte| byte == 0),
        StringPadding::NullPadded => {
            bytes.iter().rposition(|&byte| byte != 0).map(|at| at.saturating_add(1)).or(Some(0))
        }
        StringPadding::SpacePadded => {
            bytes.iter().rposition(|&byte| byte != b' ').map(|at| at.saturating_add(1)).or(Some(0))
        }
    };
    bytes.get(..end.unwrap_or(bytes.len())).unwrap_or(bytes)
}

pub(crate) fn to_f64(datatype: &Datatype, bytes: &[u8]) -> Result<f64> {
    let mut out = [0; 8];
    let target = f64::datatype();
    Converter::new(datatype, &target)?.convert(bytes, &Heap::default(), &mut out, &mut Heap::default())?;
    Ok(if cfg!(target_endian = "big") { f64::from_be_bytes(out) } else { f64::from_le_bytes(out) })
}

fn from_f64(value: f64, datatype: &Datatype, element: &mut [u8]) -> Result<()> {
    let bytes = if cfg!(target_endian = "big") { value.to_be_bytes() } else { value.to_le_bytes() };
    Converter::new(&f64::datatype(), datatype)?.convert(
        &bytes,
        &Heap::default(),
        element,
        &mut Heap::default(),
    )
}

/// A plain integer of at most 8 bytes as JSON.
pub(crate) fn integer_value(bytes: &[u8], integer: &IntegerType) -> Value {
    let ordered: Vec<u8> = match integer.order {
        ByteOrder::Big => bytes.iter().rev().copied().collect(),
        _ => bytes.to_vec(),
    };
    let is_negative = integer.signed && ordered.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut word = if is_negative { [0xff; 8] } else { [0; 8] };
    for (place, byte) in word.iter_mut().zip(ordered) {
        *place = byte;
    }
    if integer.signed { json!(i64::from_le_bytes(word)) } else { json!(u64::from_le_bytes(word)) }
}

/// An integer of JSON as an element; `None` if it is none, or does not fit.
pub(crate) fn integer_bytes(value: &Value, integer: &IntegerType) -> Option<Vec<u8>> {
    let value = match value {
        Value::Number(number) => number.as_i64().map(i128::from).or(number.as_u64().map(i128::from))?,
        Value::Bool(truth) => i128::from(*truth),
        _ => return None,
    };
    let bits = u32::from(integer.precision_bits);
    let (low, high) = if integer.signed {
        let half = 1_i128.checked_shl(bits.checked_sub(1)?)?;
        (half.checked_neg()?, half.checked_sub(1)?)
    } else {
        (0, 1_i128.checked_shl(bits)?.checked_sub(1)?)
    };
    if value < low || value > high {
        return None;
    }
    let mut bytes = value.to_le_bytes().get(..integer.size)?.to_vec();
    if integer.order == ByteOrder::Big {
        bytes.reverse();
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip<T: H5Type + PartialEq + std::fmt::Debug>(values: &[T]) {
        let elements = Elements::from_values(values).unwrap();
        let dataspace = Dataspace::fixed([u64::try_from(values.len()).unwrap()]);
        let references = References::new(&|_| None);
        let json =
            nested(&elements.datatype, &elements.bytes, &elements.heap, dataspace.dimensions(), &references)
                .unwrap();
        let json = crate::json::parse(&crate::json::text(&json)).unwrap();
        let read = read(&elements.datatype, &dataspace, &json, &references).unwrap().unwrap();
        assert_eq!((read.bytes, read.heap), (elements.bytes, elements.heap), "{json}");
    }

    #[test]
    fn numbers_and_text_come_back_bit_for_bit() {
        round_trip(&[0.1_f64, -0.0, f64::MIN_POSITIVE, f64::MAX, 5e-324, f64::INFINITY, f64::NEG_INFINITY]);
        round_trip(&[0.1_f32, f32::MAX, 1e-45]);
        round_trip(&[u64::MAX, 0]);
        round_trip(&[i64::MIN, i64::MAX]);
        round_trip(&["a".to_owned(), String::new(), "h\u{e9} \u{1f600}\u{1}NaN\n".to_owned()]);
    }

    #[test]
    fn what_json_does_not_hold_is_asked_for_as_bytes() {
        let references = References::new(&|_| None);
        let fixed = Datatype::String(StringType::fixed(4, StringPadding::NullPadded));
        let read = |value| read(&fixed, &Dataspace::Scalar, &value, &references).unwrap();
        assert_eq!(read(json!("ab")).unwrap().bytes, b"ab\0\0");
        assert!(read(json!("\u{e9}")).is_none());
        assert!(read(json!("abcde")).is_none());
        assert!(read(json!(5)).is_none());
    }
}
