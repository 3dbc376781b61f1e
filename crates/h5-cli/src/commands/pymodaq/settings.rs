//! Trees of settings, and values of Python's, as text and as JSON.

use std::io::Write as _;

use pymodaq_data::{Parameter, PyValue, literal};
use serde_json::{Map, Value, json};

use crate::describe::{printable, shortened};
use crate::out::{Out, Role};

/// Characters of a value in a line.
const LONGEST_VALUE: usize = 100;

/// Writes a tree of settings, one a line: titles, and values where there are some.
pub(crate) fn write(settings: &Parameter, depth: usize, out: &mut Out) -> std::io::Result<()> {
    let mut result = Ok(());
    settings.walk(&mut |parameter, below| {
        if result.is_ok() {
            result = line(parameter, depth.saturating_add(below), out);
        }
    });
    result
}

fn line(parameter: &Parameter, depth: usize, out: &mut Out) -> std::io::Result<()> {
    let indent = "  ".repeat(depth);
    let title = shortened(&printable(parameter.title().trim_end_matches(':')), LONGEST_VALUE);
    if !parameter.children().is_empty() {
        return writeln!(out, "{indent}{}", out.paint.text(Role::Group, &title));
    }
    let value = shortened(&printable(&text_of(parameter)), LONGEST_VALUE);
    let padding = " ".repeat(30_usize.saturating_sub(title.chars().count().saturating_add(indent.len())));
    let name = out.paint.text(Role::Attribute, &title);
    writeln!(out, "{}", format!("{indent}{name}{padding} {value}").trim_end())
}

/// The value of a parameter for people: what is not of its type as it stands.
fn text_of(parameter: &Parameter) -> String {
    match parameter.value() {
        Ok(PyValue::None) | Err(_) => parameter.text().to_owned(),
        Ok(PyValue::Str(text)) => text,
        Ok(PyValue::Bool(value)) => if value { "yes" } else { "no" }.to_owned(),
        Ok(value) => literal::repr(&value),
    }
}

/// A tree of settings as JSON: groups are objects by name, leaves values.
pub(super) fn to_json(settings: &Parameter) -> Value {
    if settings.children().is_empty() {
        return settings.value().map_or_else(|_| json!(settings.text()), |value| value_json(&value));
    }
    // Trees are at most 100 deep when they are read.
    let children = settings.children().iter().map(|child| (child.name().to_owned(), to_json(child)));
    Value::Object(children.collect::<Map<_, _>>())
}

/// A value of Python's as JSON: bytes as text where they are text, what JSON lacks as Python writes it.
pub(super) fn value_json(value: &PyValue) -> Value {
    match value {
        PyValue::None => Value::Null,
        PyValue::Bool(value) | PyValue::NumpyBool(value) => json!(value),
        PyValue::Int(value) | PyValue::NumpyInt64(value) => json!(value),
        PyValue::Float(value) | PyValue::NumpyFloat64(value) => number_json(*value),
        PyValue::Str(text) => json!(text),
        PyValue::Bytes(bytes) => json!(String::from_utf8_lossy(bytes)),
        PyValue::Tuple(values) | PyValue::List(values) => values.iter().map(value_json).collect(),
        other => json!(literal::repr(other)),
    }
}

/// A number as the other commands write it: `"NaN"`, `"Infinity"` and `"-Infinity"` for what JSON lacks.
pub(super) fn number_json(value: f64) -> Value {
    match value {
        value if value.is_nan() => json!("NaN"),
        value if value.is_infinite() => json!(if value > 0.0 { "Infinity" } else { "-Infinity" }),
        value => json!(value),
    }
}

/// A value of Python's in one line.
pub(super) fn value_text(value: &PyValue) -> String {
    let text = match value {
        PyValue::Str(text) => text.clone(),
        PyValue::Bytes(bytes) if bytes.first() == Some(&b'<') => {
            format!("settings, {} bytes of XML", bytes.len())
        }
        other => literal::repr(other),
    };
    shortened(&printable(&text), LONGEST_VALUE)
}
