//! A value of any datatype, also of those that only foreign files have.

use h5_types::{Datatype, Member, Name, Reference, ReferenceKind, StringLength, Value};

use crate::samples::ReferenceTarget;

/// The value of an element by its number: numbers from 0 on differ as far as the datatype lets them. `None` for a datatype that
/// [`Value`] cannot show.
pub fn value_of(datatype: &Datatype, number: u64, target: &ReferenceTarget) -> Option<Value> {
    let integer = i64::try_from(number % 100).unwrap_or(0);
    Some(match datatype {
        Datatype::Integer(t) if t.precision_bits > 64 => return None,
        Datatype::Integer(t) if t.signed => {
            Value::Int(below_bits(integer, t.precision_bits.saturating_sub(1)))
        }
        Datatype::Integer(t) => Value::UInt(below_bits(integer, t.precision_bits).unsigned_abs()),
        // What any format of floating point holds.
        Datatype::Float(_) => Value::Float(half(number)),
        Datatype::Time(t) => {
            let digit = u8::try_from(integer).unwrap_or(0);
            Value::Time { bytes: vec![digit; t.size], datatype: t.clone() }
        }
        Datatype::String(t) => {
            let mut text = format!("t{integer}");
            if let StringLength::Fixed(length) = t.length {
                // The last byte of a terminated string is no text.
                text.truncate(length.saturating_sub(1));
            }
            Value::String(Name::from(text))
        }
        Datatype::Bitfield(t) if t.precision_bits > 128 => return None,
        Datatype::Bitfield(t) => {
            Value::Bitfield(u128::from(below_bits(integer, t.precision_bits).unsigned_abs()))
        }
        Datatype::Opaque(t) => {
            let digit = u8::try_from(integer).unwrap_or(0);
            Value::Opaque { bytes: vec![digit; t.size], tag: t.tag.clone() }
        }
        Datatype::Compound(t) => {
            let member =
                |member: &Member| Some((member.name.clone(), value_of(&member.datatype, number, target)?));
            Value::Compound(t.members.iter().map(member).collect::<Option<_>>()?)
        }
        Datatype::Reference(t) => {
            let object = matches!(t.kind, ReferenceKind::Object | ReferenceKind::Object2);
            let leads = object && number.is_multiple_of(2);
            Value::Reference(if leads { Reference::Object(target.0) } else { Reference::Null })
        }
        Datatype::Enum(t) => {
            let count = u64::try_from(t.members.len()).unwrap_or(0);
            let member = number.checked_rem(count).and_then(|at| t.members.get(usize::try_from(at).ok()?))?;
            Value::String(member.name.clone())
        }
        Datatype::Vlen(t) => {
            let element = |i| value_of(&t.base, number.saturating_add(i), target);
            Value::Sequence((0..number % 4).map(element).collect::<Option<_>>()?)
        }
        Datatype::Array(t) => {
            let count = t.dimensions.iter().map(|&size| u64::from(size)).product::<u64>();
            let element = |i| value_of(&t.base, number.saturating_add(i), target);
            let values = (0..count).map(element).collect::<Option<_>>()?;
            Value::Array { dimensions: t.dimensions.clone(), values }
        }
        Datatype::Complex(_) => Value::Complex { real: half(number), imaginary: 1.0 },
        _ => return None,
    })
}

/// The lowest bits of a small number.
fn below_bits(number: i64, bits: u16) -> i64 {
    match 1_i64.checked_shl(u32::from(bits)) {
        Some(end) if end > 0 => number.checked_rem(end).unwrap_or(0),
        _ => number,
    }
}

fn half(number: u64) -> f64 {
    [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0].get(usize::try_from(number % 7).unwrap_or(0)).copied().unwrap_or(0.0)
}
