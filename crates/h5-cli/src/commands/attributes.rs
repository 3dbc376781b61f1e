//! Attributes in listings.

use h5::{Attribute, Object, Order, Result};
use serde_json::{Value as Json, json};

use crate::describe::{error_json, shape_json, shape_text, shortened};
use crate::json::{Record, record};
use crate::values::{nested, to_json};

/// Characters of a value in a listing.
const PREVIEW_CHARACTERS: usize = 70;
/// Elements of a value in a listing.
const PREVIEW_ELEMENTS: usize = 10;

/// `"counts"`, `[1, 2, 3]`: the beginning of an attribute's value.
pub(crate) fn preview(attribute: &Attribute) -> Result<String> {
    text(attribute, PREVIEW_ELEMENTS, PREVIEW_CHARACTERS)
}

/// An attribute's value on one line, at most so many elements and characters.
pub(crate) fn text(attribute: &Attribute, elements: usize, characters: usize) -> Result<String> {
    let read = attribute.elements()?;
    let count = read.count();
    if attribute.dataspace().rank() == 0 {
        return match read.values().next() {
            Some(value) => Ok(shortened(&value?, characters)),
            None => Ok("null".into()),
        };
    }
    let mut text = String::from("[");
    for (number, value) in read.values().take(elements).enumerate() {
        if number > 0 {
            text.push_str(", ");
        }
        let left = characters.saturating_sub(text.len());
        if left == 0 {
            text.push_str("...");
            return Ok(text);
        }
        text.push_str(&shortened(&value?, left));
    }
    text.push_str(if count > elements { ", ...]" } else { "]" });
    Ok(text)
}

/// An attribute with its value, cut after `limit` elements.
pub(crate) fn json_record(attribute: &Attribute, limit: usize) -> Record {
    let info = attribute.info();
    let mut fields = record(json!({
        "name": info.name.to_text(), "datatype": info.datatype.to_string(), "shape": shape_json(&info.dataspace),
    }));
    match values(attribute, limit) {
        Ok((value, cut)) => {
            fields.insert("value".into(), value);
            if cut {
                fields.insert("truncated".into(), json!(true));
            }
        }
        Err(error) => {
            fields.insert("error".into(), error_json(&error));
        }
    }
    fields
}

fn values(attribute: &Attribute, limit: usize) -> Result<(Json, bool)> {
    let elements = attribute.elements()?;
    let cut = elements.count() > limit;
    let values =
        elements.values().take(limit).map(|value| Ok(to_json(&value?))).collect::<Result<Vec<Json>>>()?;
    Ok((nested(attribute.dataspace(), values), cut))
}

/// All attributes of an object as JSON; one that cannot be read says why.
pub(crate) fn all_json(object: &Object, limit: usize) -> Json {
    match object.attributes(Order::Name) {
        Ok(attributes) => attributes
            .iter()
            .map(|attribute| match attribute {
                Ok(attribute) => Json::Object(json_record(attribute, limit)),
                Err(error) => json!({ "error": error_json(error) }),
            })
            .collect(),
        Err(error) => json!([{ "error": error_json(&error) }]),
    }
}

/// One line about an attribute: name, value, and type where the value does not show it.
pub(crate) fn line(attribute: &Attribute, paint: crate::out::Paint) -> String {
    use crate::out::Role;
    let name = paint.text(Role::Attribute, &format!("@{}", shortened(attribute.name(), 200)));
    match preview(attribute) {
        Ok(value) => format!("{name} = {value}"),
        Err(error) => {
            format!("{name}  {}", paint.text(Role::Broken, &crate::describe::printable(&error.to_string())))
        }
    }
}

/// Datatype and shape of an attribute.
pub(crate) fn type_text(attribute: &Attribute) -> String {
    let datatype = shortened(attribute.datatype(), 100);
    match shape_text(attribute.dataspace()).as_str() {
        "scalar" => datatype,
        shape => format!("{datatype} {shape}"),
    }
}
