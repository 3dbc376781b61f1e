//! Values on one line, safe for a terminal.

use std::fmt;

use super::Value;
use crate::{Name, Reference};

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::UInt(value) => write!(f, "{value}"),
            Self::BigInt(value) => write!(f, "{value}"),
            Self::BigUInt(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::String(text) => write_quoted(f, text),
            Self::Bitfield(bits) => write!(f, "{bits:#x}"),
            Self::Opaque { bytes, .. } | Self::Time { bytes, .. } => {
                f.write_str("0x")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::Compound(members) => {
                f.write_str("{")?;
                for (index, (name, value)) in members.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{name}: {value}")?;
                }
                f.write_str("}")
            }
            Self::Enum { name: Some(name), .. } => write!(f, "{name}"),
            Self::Enum { name: None, value } => write!(f, "{value}"),
            Self::Array { dimensions, values } => write_array(f, dimensions, values),
            Self::Sequence(values) => write_list(f, values),
            Self::Reference(reference) => write_reference(f, reference),
            Self::Complex { real, imaginary } => {
                // The sign is written for NaN too, which has none in `Display`.
                let sign = if imaginary.is_sign_negative() { '-' } else { '+' };
                write!(f, "{real:?}{sign}{:?}i", imaginary.abs())
            }
        }
    }
}

/// Quotation marks and backslashes are escaped beside what [`Name`] escapes.
fn write_quoted(f: &mut fmt::Formatter<'_>, text: &Name) -> fmt::Result {
    f.write_str("\"")?;
    for part in text.as_bytes().split_inclusive(|&b| matches!(b, b'"' | b'\\')) {
        match part.split_last() {
            Some((last @ (b'"' | b'\\'), before)) => {
                write!(f, "{}\\{}", Name::new(before), char::from(*last))?;
            }
            _ => write!(f, "{}", Name::new(part))?,
        }
    }
    f.write_str("\"")
}

fn write_list(f: &mut fmt::Formatter<'_>, values: &[Value]) -> fmt::Result {
    f.write_str("[")?;
    for (index, value) in values.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(f, "{separator}{value}")?;
    }
    f.write_str("]")
}

/// One pair of brackets a dimension.
fn write_array(f: &mut fmt::Formatter<'_>, dimensions: &[u32], values: &[Value]) -> fmt::Result {
    let Some((&length, inner @ [_, ..])) = dimensions.split_first() else { return write_list(f, values) };
    let row = usize::try_from(length).ok().and_then(|length| values.len().checked_div(length)).unwrap_or(0);
    f.write_str("[")?;
    for (index, row) in values.chunks(row.max(1)).enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write_array(f, inner, row)?;
    }
    f.write_str("]")
}

fn write_reference(f: &mut fmt::Formatter<'_>, reference: &Reference) -> fmt::Result {
    match reference {
        Reference::Null => f.write_str("null"),
        Reference::Object(object) => write!(f, "object {object}"),
        Reference::Region { object, .. } => write!(f, "region of object {object}"),
        Reference::Attribute { object, name } => write!(f, "attribute \"{name}\" of object {object}"),
        Reference::External { file, target } => {
            write!(f, "in file \"{file}\": ")?;
            write_reference(f, target)
        }
        Reference::Dangling(reason) => write!(f, "dangling ({})", Name::from(reason.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn values_read_as_one_line() {
        let text = |text: &str| Value::String(text.into());
        let int = Value::Int;
        let shown = [
            (Value::Float(1.0), "1.0"),
            (text("a\"b\\c\x1b\n"), r#""a\"b\\c\x1b\x0a""#),
            (Value::Complex { real: 1.0, imaginary: -0.0 }, "1.0-0.0i"),
            (
                Value::Array { dimensions: vec![2, 2], values: vec![int(1), int(2), int(3), int(4)] },
                "[[1, 2], [3, 4]]",
            ),
            (Value::Compound(vec![("x\n".into(), int(1)), ("y".into(), text(""))]), r#"{x\x0a: 1, y: ""}"#),
            (Value::Enum { name: None, value: Box::new(int(7)) }, "7"),
            (Value::Opaque { bytes: vec![1, 255], tag: "t".into() }, "0x01ff"),
            (Value::Bitfield(5), "0x5"),
        ];
        for (value, expected) in shown {
            assert_eq!(value.to_string(), expected);
        }
    }
}
