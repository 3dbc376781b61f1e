//! Settings as a tree.

use h5_types::{Error, Result};
use pymodaq_data::{Parameter, PyValue};
use pymodaq_h5::Node;

use crate::files::SettingsReader;
use crate::json::{Record, list, number};

/// Parameters inside one another.
const DEPTH: usize = 64;

/// Settings as bytes or text, whichever a release wrote; `None` if they are empty.
pub(super) fn of_value(value: &PyValue, node: &Node, reader: SettingsReader) -> Result<Option<String>> {
    let xml = match value {
        PyValue::Bytes(bytes) if !bytes.is_empty() => bytes.as_slice(),
        PyValue::Str(text) if !text.trim().is_empty() => text.as_bytes(),
        _ => return Ok(None),
    };
    match reader(xml) {
        Ok(tree) => Ok(Some(tree)),
        Err(error) => Err(Error::format(format!("settings: {error}")).with_path(node.path())),
    }
}

/// PyMoDAQ's settings, XML in UTF-8, as the JSON that the page takes.
///
/// # Errors
/// What is wrong with them.
pub fn settings_json(xml: &[u8]) -> std::result::Result<String, String> {
    let tree = Parameter::from_xml_bytes(xml).map_err(|error| error.to_string())?;
    Ok(json(&tree, DEPTH))
}

fn json(parameter: &Parameter, depth: usize) -> String {
    let value = match parameter.value() {
        Ok(PyValue::Bool(value)) => value.to_string(),
        Ok(PyValue::Float(value)) => number(value),
        Ok(value) => match value.as_f64() {
            Some(value) => number(value),
            None => value.as_str().map_or_else(|| "null".to_owned(), crate::json::quoted),
        },
        Err(_) => "null".to_owned(),
    };
    let units = parameter.attribute("suffix").or_else(|| parameter.attribute("units"));
    let children = match depth.checked_sub(1) {
        Some(depth) => list(parameter.children().iter().map(|child| json(child, depth))),
        None => "[]".to_owned(),
    };
    Record::new()
        .text("name", parameter.name())
        .text("title", parameter.title())
        .text("type", parameter.kind())
        .raw("value", &value)
        .text("text", parameter.text())
        .maybe_text("units", units)
        .raw("children", &children)
        .end()
}
