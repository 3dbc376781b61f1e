//! Attributes as values of Python's: text that holds one as its literal, or what the libraries store themselves.

use std::borrow::Cow;

use h5_backend::{Attribute, Object};
use h5_types::{Dataspace, Datatype, Elements, Result, StringLength, Value};
use pymodaq_data::{PyValue, literal};

use crate::backend::{Flavour, TextKind};

/// Attributes that are text whatever it looks like.
const PLAIN_TEXT: [&str; 2] = ["TITLE", "CLASS"];

/// Sets an attribute to the text that holds a value.
pub(crate) fn write_value(object: &Object, name: &str, value: &PyValue, flavour: Flavour) -> Result<()> {
    let (attribute, elements) = flavour.text_attribute(name, &literal::encode(value), TextKind::User)?;
    object.write_attr(&attribute, &elements)
}

/// The value of an attribute; `None` if there is none of that name.
pub(crate) fn read_value(object: &Object, name: &str) -> Result<Option<PyValue>> {
    if object.node().attribute(name.as_bytes())?.is_none() {
        return Ok(None);
    }
    decode(&object.attribute(name)?).map(Some)
}

/// The value of an attribute, as it was set.
///
/// Values that PyMoDAQ itself does not read back come back here: `None`, NaN, integers of numpy, dictionaries.
pub(crate) fn decode(attribute: &Attribute) -> Result<PyValue> {
    let plain = PLAIN_TEXT.iter().any(|name| attribute.name().as_bytes() == name.as_bytes());
    match text_of(attribute)? {
        Some(text) if plain && !text.starts_with('{') => Ok(PyValue::Str(text)),
        Some(text) => Ok(literal::decode_recovering(&text)),
        None => attribute.value().map(|value| from_stored(&value)),
    }
}

/// The value of an attribute as PyMoDAQ reads it, with what it loses.
pub(crate) fn decode_as_pymodaq(attribute: &Attribute) -> Result<PyValue> {
    match text_of(attribute)? {
        Some(text) => Ok(literal::decode(&text)),
        None => attribute.value().map(|value| from_stored(&value)),
    }
}

/// The text of an attribute that is one text; `None` if it is something else.
fn text_of(attribute: &Attribute) -> Result<Option<String>> {
    let Datatype::String(string) = attribute.datatype() else { return Ok(None) };
    match attribute.dataspace() {
        Dataspace::Null => return Ok(Some(String::new())),
        Dataspace::Scalar => {}
        Dataspace::Simple { .. } => return Ok(None),
    }
    let elements = attribute.elements()?;
    let bytes = match string.length {
        StringLength::Variable { .. } => elements.heap.sequence(&elements.bytes, 1)?.1,
        StringLength::Fixed(_) => trimmed(&elements),
    };
    Ok(Some(match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => text.to_owned(),
        Cow::Owned(text) => text,
    }))
}

/// Text of fixed length without the NULs behind it.
fn trimmed(elements: &Elements) -> &[u8] {
    let end = elements.bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last.saturating_add(1));
    elements.bytes.get(..end).unwrap_or_default()
}

/// What other programs store in attributes: numbers, truth values, lists of them.
fn from_stored(value: &Value) -> PyValue {
    match value {
        Value::Int(value) => PyValue::Int(*value),
        Value::UInt(value) => PyValue::from(*value),
        Value::Float(value) => PyValue::Float(*value),
        Value::String(text) => PyValue::Str(text.to_text().into_owned()),
        Value::Enum { name: Some(name), .. } if name.as_bytes() == b"TRUE" => PyValue::Bool(true),
        Value::Enum { name: Some(name), .. } if name.as_bytes() == b"FALSE" => PyValue::Bool(false),
        Value::Enum { value, .. } => from_stored(value),
        Value::Opaque { bytes, .. } => PyValue::Bytes(bytes.clone()),
        Value::Array { values, .. } | Value::Sequence(values) => {
            PyValue::List(values.iter().map(from_stored).collect())
        }
        other => PyValue::Opaque(other.to_string()),
    }
}
