//! What Python's `repr` writes.

use std::fmt::Write;

use super::PyValue;

/// The text that Python's `repr` makes of a value.
pub fn repr(value: &PyValue) -> String {
    let mut text = String::new();
    write_value(&mut text, value);
    text
}

/// The text that Python's `repr` makes of a float: the shortest that reads back as the same number.
pub fn repr_float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    // Rust's exponent form has the shortest digits; Python writes it below 1e-4 and from 1e16 on.
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// The text that Python's `repr` makes of text, quotes included.
pub fn repr_str(text: &str) -> String {
    let quote = quote_for(text.contains('\''), text.contains('"'));
    let mut out = String::with_capacity(text.len().saturating_add(2));
    out.push(quote);
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if letter == quote => out.extend(['\\', letter]),
            letter if is_printable(letter) => out.push(letter),
            letter => write_code(&mut out, u32::from(letter)),
        }
    }
    out.push(quote);
    out
}

fn write_value(out: &mut String, value: &PyValue) {
    match value {
        PyValue::None => out.push_str("None"),
        PyValue::Bool(value) => out.push_str(if *value { "True" } else { "False" }),
        PyValue::Int(value) => out.push_str(&value.to_string()),
        PyValue::BigInt(text) | PyValue::DateTime(text) | PyValue::Opaque(text) => out.push_str(text),
        PyValue::Float(value) => out.push_str(&repr_float(*value)),
        PyValue::Str(text) => out.push_str(&repr_str(text)),
        PyValue::Bytes(bytes) => write_bytes(out, bytes),
        PyValue::Tuple(items) => {
            write_items(out, '(', items);
            // One item in parentheses would be the item itself.
            out.push_str(if items.len() == 1 { ",)" } else { ")" });
        }
        PyValue::List(items) => {
            write_items(out, '[', items);
            out.push(']');
        }
        PyValue::Dict(pairs) => write_pairs(out, pairs),
        PyValue::NumpyFloat64(value) => out.extend(["np.float64(", &repr_float(*value), ")"]),
        PyValue::NumpyInt64(value) => out.extend(["np.int64(", &value.to_string(), ")"]),
        PyValue::NumpyBool(value) => out.push_str(if *value { "np.True_" } else { "np.False_" }),
    }
}

fn write_items(out: &mut String, open: char, items: &[PyValue]) {
    out.push(open);
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push_str(", ");
        }
        write_value(out, item);
    }
}

fn write_pairs(out: &mut String, pairs: &[(PyValue, PyValue)]) {
    out.push('{');
    for (place, (key, value)) in pairs.iter().enumerate() {
        if place > 0 {
            out.push_str(", ");
        }
        write_value(out, key);
        out.push_str(": ");
        write_value(out, value);
    }
    out.push('}');
}

fn write_bytes(out: &mut String, bytes: &[u8]) {
    let quote = quote_for(bytes.contains(&b'\''), bytes.contains(&b'"'));
    out.extend(['b', quote]);
    for byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            byte if char::from(*byte) == quote => out.extend(['\\', quote]),
            0x20..=0x7e => out.push(char::from(*byte)),
            byte => write_code(out, u32::from(*byte)),
        }
    }
    out.push(quote);
}

/// Single quotes, unless there are some and no double ones.
fn quote_for(single: bool, double: bool) -> char {
    if single && !double { '"' } else { '\'' }
}

/// Whether Python writes a character as itself.
///
/// Rust escapes the same classes of characters in `{:?}` (controls, formats, private, unassigned, separators but
/// the space); combining ones only at the start of a text, so that a letter stands before the one in question.
fn is_printable(letter: char) -> bool {
    matches!(letter, '"' | '\'')
        || ['a', letter].iter().collect::<String>().escape_debug().nth(1) == Some(letter)
}

fn write_code(out: &mut String, code: u32) {
    // Writing into a `String` cannot fail.
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}
