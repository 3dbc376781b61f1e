//! Single values as text, JSON and CSV cells.

use h5::{Dataspace, Name, Reference, Value};
use serde_json::{Number, Value as Json, json};

/// A value on one line, safe for a terminal. A string stands without quotation marks.
pub(crate) fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        value => value.to_string(),
    }
}

/// A value as JSON: numbers as numbers where JSON has them, else as text; see `docs/json.md`.
pub(crate) fn to_json(value: &Value) -> Json {
    match value {
        Value::Int(n) => json!(n),
        Value::UInt(n) => json!(n),
        Value::BigInt(n) => Number::from_i128(*n).map_or_else(|| json!(n.to_string()), Json::Number),
        Value::BigUInt(n) | Value::Bitfield(n) => {
            Number::from_u128(*n).map_or_else(|| json!(n.to_string()), Json::Number)
        }
        Value::Float(x) => float_json(*x),
        Value::String(text) => json!(text.to_text()),
        Value::Opaque { bytes, .. } | Value::Time { bytes, .. } => json!(hexadecimal(bytes)),
        Value::Compound(members) => {
            let member = |(name, value): &(Name, Value)| (name.to_text().into_owned(), to_json(value));
            Json::Object(members.iter().map(member).collect())
        }
        Value::Enum { name: Some(name), .. } => json!(name.to_text()),
        Value::Enum { name: None, value } => to_json(value),
        Value::Array { dimensions, values } => array_json(dimensions, values),
        Value::Sequence(values) => values.iter().map(to_json).collect(),
        Value::Reference(reference) => reference_json(reference),
        Value::Complex { real, imaginary } => {
            json!({ "real": float_json(*real), "imaginary": float_json(*imaginary) })
        }
        // A kind that this version does not know is still shown.
        other => json!(other.to_string()),
    }
}

/// JSON has no infinities and no NaN: those are strings.
fn float_json(x: f64) -> Json {
    match Number::from_f64(x) {
        Some(number) => Json::Number(number),
        None if x.is_nan() => json!("NaN"),
        None if x > 0.0 => json!("Infinity"),
        None => json!("-Infinity"),
    }
}

fn array_json(dimensions: &[u32], values: &[Value]) -> Json {
    let Some((&length, inner @ [_, ..])) = dimensions.split_first() else {
        return values.iter().map(to_json).collect();
    };
    let row = usize::try_from(length).ok().and_then(|length| values.len().checked_div(length)).unwrap_or(0);
    values.chunks(row.max(1)).map(|row| array_json(inner, row)).collect()
}

fn reference_json(reference: &Reference) -> Json {
    match reference {
        Reference::Null => Json::Null,
        Reference::Object(object) => json!({ "object": object.to_string() }),
        Reference::Region { object, .. } => json!({ "region_of": object.to_string() }),
        Reference::Attribute { object, name } => {
            json!({ "object": object.to_string(), "attribute": name.to_text() })
        }
        Reference::External { file, target } => {
            json!({ "file": file.to_text(), "in_file": reference_json(target) })
        }
        Reference::Dangling(reason) => json!({ "dangling": reason }),
        _ => json!({ "unknown": true }),
    }
}

/// Values in lists of a dataspace's shape; the plain value for a scalar, null for none. A list that was cut short stays flat in
/// its last incomplete part.
pub(crate) fn nested(dataspace: &Dataspace, values: Vec<Json>) -> Json {
    if dataspace.rank() == 0 {
        return values.into_iter().next().unwrap_or(Json::Null);
    }
    let mut items = values;
    for &size in dataspace.dimensions().iter().skip(1).rev() {
        let size = usize::try_from(size).unwrap_or(usize::MAX).max(1);
        items = items.chunks(size).map(|row| Json::Array(row.to_vec())).collect();
    }
    Json::Array(items)
}

/// Bytes as `0x...`.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::from("0x"), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The cells of a value in a CSV row: one, or one for each member of a compound.
pub(crate) fn csv_cells(value: &Value, guard: bool) -> Vec<String> {
    match value {
        Value::Compound(members) => members.iter().map(|(_, value)| csv_cell(value, guard)).collect(),
        value => vec![csv_cell(value, guard)],
    }
}

/// One CSV cell, quoted where needed (RFC 4180). Line ends and control characters in text stay escaped as on a terminal.
pub(crate) fn csv_cell(value: &Value, guard: bool) -> String {
    match value {
        Value::String(text) => csv_text(&text.to_string(), guard),
        Value::Enum { name: Some(name), .. } => csv_text(&name.to_string(), guard),
        value => csv_text(&value.to_string(), false),
    }
}

/// Text as one CSV cell. With `guard`, text that a spreadsheet would run as a formula begins with an apostrophe.
pub(crate) fn csv_text(text: &str, guard: bool) -> String {
    let is_formula = guard && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use h5::Value;
    use serde_json::json;

    use super::{csv_cells, csv_text, to_json};

    #[test]
    fn values_become_json() {
        let int = Value::Int;
        for (value, expected) in [
            (Value::Float(f64::NAN), json!("NaN")),
            (Value::Float(f64::NEG_INFINITY), json!("-Infinity")),
            (Value::UInt(u64::MAX), json!(u64::MAX)),
            (Value::BigUInt(u128::MAX), json!("340282366920938463463374607431768211455")),
            (
                Value::Array { dimensions: vec![2, 2], values: vec![int(1), int(2), int(3), int(4)] },
                json!([[1, 2], [3, 4]]),
            ),
            (Value::Compound(vec![("x\x1b".into(), int(1))]), json!({ "x\u{1b}": 1 })),
            (Value::Opaque { bytes: vec![1, 255], tag: "t".into() }, json!("0x01ff")),
        ] {
            assert_eq!(to_json(&value), expected);
        }
    }

    #[test]
    fn csv_quotes_what_would_break_a_row() {
        assert_eq!(csv_text("a,b", false), "\"a,b\"");
        assert_eq!(csv_text("a\"b", false), "\"a\"\"b\"");
        assert_eq!(csv_text("=1+1", false), "=1+1");
        assert_eq!(csv_text("=1+1", true), "'=1+1");
        let compound =
            Value::Compound(vec![("x".into(), Value::Int(-1)), ("y".into(), Value::String("-1".into()))]);
        assert_eq!(csv_cells(&compound, true), ["-1", "'-1"]);
    }
}
