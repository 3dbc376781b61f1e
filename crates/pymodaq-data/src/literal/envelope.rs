//! The JSON object that PyMoDAQ stores the value of an attribute in.

use std::fmt::Write;

use super::json::{member, parse_json};
use super::parse::parse_known;
use super::{PyValue, parse, repr};

/// The types whose text PyMoDAQ reads back as a value.
const TRUSTED: [&str; 11] =
    ["float", "int", "str", "datetime", "date", "time", "tuple", "list", "bool", "bytes", "float64"];

/// `{"module": ..., "type": ..., "data": ...}`: a value as the text of its `repr`, with its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The module of the type; readers ignore it.
    pub module: String,
    /// The name of the type.
    pub type_name: String,
    /// The `repr` of the value.
    pub data: String,
}

impl Envelope {
    /// The envelope of a value.
    pub fn new(value: &PyValue) -> Self {
        Self { module: value.module().to_owned(), type_name: value.type_name().to_owned(), data: repr(value) }
    }

    /// Reads an envelope; `None` if the text is not a JSON object with those three strings.
    pub fn parse(text: &str) -> Option<Self> {
        let json = parse_json(text)?;
        let member = |name| member(&json, name).and_then(PyValue::as_str).map(str::to_owned);
        Some(Self { module: member("module")?, type_name: member("type")?, data: member("data")? })
    }

    /// The text of the envelope, to the character as Python's `json.dumps` writes it.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        for (before, text) in
            [("{\"module\": ", &self.module), (", \"type\": ", &self.type_name), (", \"data\": ", &self.data)]
        {
            out.push_str(before);
            write_json_string(&mut out, text);
        }
        out.push('}');
        out
    }

    /// Whether PyMoDAQ reads back values of that type.
    pub fn is_trusted(&self) -> bool {
        TRUSTED.contains(&self.type_name.as_str())
    }
}

/// The text that PyMoDAQ stores for a value.
pub fn encode(value: &PyValue) -> String {
    Envelope::new(value).to_json()
}

/// The value that PyMoDAQ reads from a text.
///
/// Text that is not JSON is itself; JSON that is no object is its value; an object with a trusted type is the value of
/// its `data`, one with another type a dictionary; whatever cannot be read is the text itself. So `None`,
/// NaN, `int64`, arrays and dictionaries do not come back: see [`decode_recovering`].
pub fn decode(text: &str) -> PyValue {
    read(text).unwrap_or_else(|| PyValue::Str(text.to_owned()))
}

/// The value that was stored, where [`decode`] gives what PyMoDAQ makes of it.
///
/// `None`, NaN and infinities, integers of numpy and dictionaries come back; other types are kept as
/// [`PyValue::Opaque`] text.
pub fn decode_recovering(text: &str) -> PyValue {
    let Some(envelope) = Envelope::parse(text) else { return decode(text) };
    match (envelope.type_name.as_str(), envelope.data.as_str()) {
        _ if envelope.is_trusted() => parse(&envelope.data).unwrap_or_else(|_| decode(text)),
        // numpy before its second release writes numbers bare.
        ("float32" | "float16", data) => numpy_call(data).unwrap_or(PyValue::Opaque(envelope.data)),
        (kind, data) if kind.starts_with("int") || kind.starts_with("uint") => {
            numpy_call(data).unwrap_or(PyValue::Opaque(envelope.data))
        }
        (_, data) => parse(data).unwrap_or(PyValue::Opaque(envelope.data)),
    }
}

/// The number within `np.int32(5)`, or the number itself.
fn numpy_call(data: &str) -> Option<PyValue> {
    let inner = match data.split_once('(') {
        Some((_, rest)) => rest.strip_suffix(')')?,
        None => data,
    };
    match parse(inner).ok()? {
        number @ (PyValue::Int(_) | PyValue::BigInt(_) | PyValue::Float(_)) => Some(number),
        _ => None,
    }
}

fn read(text: &str) -> Option<PyValue> {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r']);
    // What Python reads and the JSON of others has not.
    match trimmed {
        "NaN" => return Some(PyValue::Float(f64::NAN)),
        "Infinity" => return Some(PyValue::Float(f64::INFINITY)),
        "-Infinity" => return Some(PyValue::Float(f64::NEG_INFINITY)),
        _ => {}
    }
    match parse_json(text)? {
        // JSON has one kind of numbers, Python has integers of any size.
        PyValue::Int(_) | PyValue::Float(_) | PyValue::BigInt(_) => parse_known(trimmed).ok(),
        object @ PyValue::Dict(_) => {
            let type_name = member(&object, "type")?.as_str();
            if type_name.is_some_and(|name| TRUSTED.contains(&name)) {
                return parse_known(member(&object, "data")?.as_str()?.trim_start_matches([' ', '\t'])).ok();
            }
            Some(object)
        }
        other => Some(other),
    }
}

/// A string as `json.dumps` writes it: everything outside printable ASCII is escaped.
fn write_json_string(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            ' '..='~' => out.push(letter),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    // Writing into a `String` cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}
