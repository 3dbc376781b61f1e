//! How long attributes are in the service's own words.
//!
//! The node that takes a request hands the attributes of an object to the node that keeps it in one request, with each number written out, and
//! that takes a megabyte at most: `413`, of which the first node makes `500: Internal Server Error`.

use h5_types::{Datatype, Elements};
use serde_json::Value;

use crate::value;

/// Bytes of an object's attributes in one request, with something to spare.
pub(crate) const MOST: usize = (1 << 20) - (1 << 12);
/// Bytes of what describes an attribute.
const DESCRIPTION: usize = 400;
/// A number has at most 24 characters, and another number follows: of bytes, which have four at most, less.
const MOST_OF_A_BYTE: usize = 13;
/// Bytes of values that are not looked at one by one.
const FEW: usize = 1 << 10;

/// Bytes of an attribute of such a value, which `described` tells the server.
pub(crate) fn length(elements: &Elements, described: &Value) -> usize {
    let value = match described.get("encoding") {
        Some(_) if elements.bytes.len() <= FEW => elements.bytes.len().saturating_mul(MOST_OF_A_BYTE),
        Some(_) => all(&elements.datatype, &elements.bytes),
        None => crate::json::text(described).len().saturating_add(elements.count()),
    };
    value.saturating_add(DESCRIPTION)
}

fn all(datatype: &Datatype, bytes: &[u8]) -> usize {
    let elements = bytes.chunks_exact(datatype.size().max(1));
    elements.fold(0, |sum: usize, element| sum.saturating_add(one(datatype, element)))
}

/// An element, with what separates it from the next.
fn one(datatype: &Datatype, bytes: &[u8]) -> usize {
    let length = match datatype {
        Datatype::Enum(enumeration) => return one(&enumeration.base, bytes),
        Datatype::Integer(integer) => value::integer_value(bytes, integer).to_string().len(),
        Datatype::Float(_) => {
            value::to_f64(datatype, bytes).map_or(FLOAT, |value| format!("{value:?}").len())
        }
        Datatype::Array(array) => all(&array.base, bytes),
        Datatype::Compound(compound) => compound.members.iter().fold(0, |sum: usize, member| {
            let end = member.offset.saturating_add(member.datatype.size());
            sum.saturating_add(one(&member.datatype, bytes.get(member.offset..end).unwrap_or_default()))
        }),
        // In base64.
        _ => bytes.len().div_ceil(3).saturating_mul(4),
    };
    length.saturating_add(2)
}

/// The longest number.
const FLOAT: usize = 24;

#[cfg(test)]
mod tests {
    use h5_types::{H5Type, Heap};
    use serde_json::json;

    use super::*;

    fn length_of<T: H5Type>(bytes: &[u8]) -> usize {
        let elements = Elements { datatype: T::datatype(), bytes: bytes.to_vec(), heap: Heap::default() };
        length(&elements, &json!({"encoding": "base64"}))
    }

    #[test]
    fn numbers_are_counted_as_they_are_written() {
        let written: String = (0..200_000_u32).map(|i| format!("{}, ", i * 7 % 251)).collect();
        let bytes: Vec<u8> = (0..200_000_u32).map(|i| u8::try_from(i * 7 % 251).unwrap()).collect();
        assert_eq!(length_of::<u8>(&bytes), written.len() + DESCRIPTION);
        assert_eq!(length_of::<f64>(&0.1_f64.to_le_bytes().repeat(1000)), 5000 + DESCRIPTION);
        assert!(length_of::<f64>(&f64::MIN.to_le_bytes()) >= f64::MIN.to_string().len().min(24));
    }
}
