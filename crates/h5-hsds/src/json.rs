//! JSON as the server writes it: with numbers that are none.

use std::borrow::Cow;

use h5_types::{Error, ErrorKind, Result};
use serde_json::Value;

/// Reads an answer. `NaN`, `Infinity` and `-Infinity`, which Python writes and JSON has not, become texts.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value> {
    let sound = tolerated(bytes);
    serde_json::from_slice(&sound)
        .map_err(|e| Error::new(ErrorKind::Service, "an answer that is no JSON").with_source(e))
}

/// Writes what [`number`] made too.
pub(crate) fn text(value: &Value) -> Vec<u8> {
    let mut text = value.to_string();
    if text.contains(MARK_WRITTEN) {
        for name in NAMES {
            text = text.replace(&format!("\"{MARK_WRITTEN}{name}\""), name);
        }
    }
    text.into_bytes()
}

/// A number as JSON, also one that is none.
pub(crate) fn number(value: f64) -> Value {
    match serde_json::Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => Value::String(format!("{MARK}NaN")),
        None if value > 0.0 => Value::String(format!("{MARK}Infinity")),
        None => Value::String(format!("{MARK}-Infinity")),
    }
}

/// The number that a JSON value stands for.
pub(crate) fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Value::String(text) => match text.strip_prefix(MARK).unwrap_or(text) {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

/// A text of an object.
pub(crate) fn string<'v>(value: &'v Value, key: &str) -> Result<&'v str> {
    value.get(key).and_then(Value::as_str).ok_or_else(|| lacks(key))
}

/// The error of an answer without something.
pub(crate) fn lacks(key: &str) -> Error {
    Error::new(ErrorKind::Service, format!("an answer without a proper `{key}`"))
}

/// Comes before a number that is none; no text of a user that is a number begins with it.
const MARK: &str = "\u{1}";
/// The same as it is written in JSON.
const MARK_WRITTEN: &str = "\\u0001";
/// Longest first: one ends with another.
const NAMES: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

/// The same with what is no number between quotes, and with halves of characters, which no text holds, replaced.
fn tolerated(bytes: &[u8]) -> Cow<'_, [u8]> {
    let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    if !has(b"NaN") && !has(b"Infinity") && !has(b"\\ud") {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len().saturating_add(64));
    let mut rest = bytes;
    let mut in_text = false;
    while let Some((&byte, after)) = rest.split_first() {
        if !in_text && let Some(name) = NAMES.iter().find(|name| rest.starts_with(name.as_bytes())) {
            out.extend_from_slice(format!("\"{MARK_WRITTEN}{name}\"").as_bytes());
            rest = rest.get(name.len()..).unwrap_or_default();
            continue;
        }
        if in_text && byte == b'\\' {
            let taken = escape(rest, &mut out);
            rest = rest.get(taken..).unwrap_or_default();
            continue;
        }
        in_text ^= byte == b'"';
        out.push(byte);
        rest = after;
    }
    Cow::Owned(out)
}

/// Copies an escaped character, and tells how many bytes it took.
fn escape(rest: &[u8], out: &mut Vec<u8>) -> usize {
    let unit = |from: usize| {
        let digits = rest.get(from..from.saturating_add(6))?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let (taken, is_half) = match (unit(0), unit(6)) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (12, false),
        (Some(0xd800..=0xdfff), _) => (6, true),
        (Some(_), _) => (6, false),
        (None, _) => (2, false),
    };
    if is_half {
        out.extend_from_slice(b"\\ufffd");
    } else {
        out.extend_from_slice(rest.get(..taken).unwrap_or(rest));
    }
    taken
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_that_are_none_are_read_and_written() {
        let read = parse(br#"{"NaN": [NaN, -Infinity, 1.5, Infinity], "t": "NaN \" NaN"}"#).unwrap();
        let values: Vec<f64> = read["NaN"].as_array().unwrap().iter().filter_map(as_number).collect();
        assert!(values[0].is_nan());
        assert_eq!(values[1..], [f64::NEG_INFINITY, 1.5, f64::INFINITY]);
        assert_eq!(read["t"], "NaN \" NaN");
        let written = text(&json!([number(f64::NAN), number(f64::NEG_INFINITY), number(0.1), "NaN"]));
        assert_eq!(String::from_utf8(written).unwrap(), r#"[NaN,-Infinity,0.1,"NaN"]"#);
    }

    #[test]
    fn halves_of_characters_do_not_hide_the_rest() {
        let read = parse(br#"["a\udc80b", "\ud83d\ude00", "\\ud800", 1]"#).unwrap();
        assert_eq!(read, json!(["a\u{fffd}b", "\u{1f600}", "\\ud800", 1]));
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        assert_eq!(parse(b"{").unwrap_err().kind(), ErrorKind::Service);
        let deep = "[".repeat(100_000);
        assert!(parse(deep.as_bytes()).is_err());
    }
}
