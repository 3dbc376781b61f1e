//! One object: attributes, storage, cells of a table, snippets, exports.

mod export;
mod storage;

use h5_backend::{Attribute, Order};
use h5_types::{Datatype, Error, FilterInfo, Name, Result, Value, shortened};
use pymodaq_data::{PyValue, literal};

use crate::answer::{Answer, Outcome, error_json};
use crate::grove::{attribute_json, check_attribute, check_size};
use crate::json::{self, Record, list, quoted};
use crate::request::Request;
use crate::responder::OpenFile;
use crate::selection::Slice;
use crate::session::shape_json;
use crate::tree::PAGE_ITEMS;
use crate::values::cell;

pub(crate) use export::export;
pub(crate) use storage::storage;

/// Bytes of a value beyond which it is shown shortened.
const LONG_BYTES: u64 = 4096;
/// Characters of a value's text.
const TEXT_CHARACTERS: usize = 4096;
/// Cells of one answer.
const CELLS: u64 = 10_000;
/// Characters of one cell.
const CELL_CHARACTERS: usize = 1000;

/// A page of attributes with their values, in order of names.
pub(crate) fn attributes(open: &OpenFile, request: &Request) -> Outcome {
    let (object, _) = open.asked(request)?;
    let all = object.attributes(Order::Name)?;
    let start = request.count("start", 0, usize::MAX)?;
    let limit = request.count("limit", PAGE_ITEMS, PAGE_ITEMS)?;
    let items = all.iter().skip(start).take(limit).map(|attribute| match attribute {
        Ok(attribute) => item_json(attribute, false),
        Err(error) => {
            let record = Record::new().text("name", "").raw("type", "null").raw("shape", "null");
            let record = record.raw("bytes", "null").raw("value", "null").text("text", "");
            record.plain("long", false).raw("error", &error_json(error)).end()
        }
    });
    Ok(Answer::json(Record::new().plain("total", all.len()).list("items", items).end()))
}

/// One attribute, whole.
pub(crate) fn attribute(open: &OpenFile, request: &Request) -> Outcome {
    let (object, _) = open.asked(request)?;
    let name = request.text("name")?;
    let attribute = object
        .attribute(name)
        .or_else(|error| object.attribute(crate::responder::unescaped(name)).map_err(|_| error))?;
    Ok(Answer::json(item_json(&attribute, true)))
}

fn item_json(attribute: &Attribute, whole: bool) -> String {
    let info = attribute.info();
    let size = u64::try_from(info.datatype.size()).unwrap_or(u64::MAX);
    let bytes = info.dataspace.element_count().map(|count| count.saturating_mul(size));
    let record = Record::new()
        .text("name", &info.name.to_text())
        .text("type", &shortened(&info.datatype, 1000))
        .raw("shape", &shape_json(&info.dataspace))
        .maybe_plain("bytes", bytes);
    let failed = |record: Record, error: &Error| {
        let record = record.raw("value", "null").text("text", "").plain("long", false);
        record.raw("error", &error_json(error)).end()
    };
    let value = match check_attribute(attribute).and_then(|()| attribute.value()) {
        Ok(value) => value,
        Err(error) => return failed(record, &error),
    };
    let text = match &value {
        Value::String(text) if whole => text.to_text().into_owned(),
        Value::String(text) => text.to_text().chars().take(TEXT_CHARACTERS).collect(),
        other => shortened(other, if whole { crate::ANSWER_BYTES / 4 } else { TEXT_CHARACTERS }),
    };
    let json = match attribute_json(attribute) {
        Ok(json) => json,
        Err(error) => return failed(record, &error),
    };
    let long = u64::try_from(json.len()).unwrap_or(u64::MAX) > LONG_BYTES;
    let record = record.raw("value", if long && !whole { "null" } else { &json }).text("text", &text);
    let decoded = match &value {
        Value::String(text) if text.as_bytes().starts_with(b"{\"module\"") => {
            Some(shown(&literal::decode_recovering(&text.to_text())))
        }
        _ => None,
    };
    let largest = if whole { usize::MAX } else { TEXT_CHARACTERS };
    let decoded = decoded.map(|text| text.chars().take(largest).collect::<String>());
    let record = record.maybe_text("pymodaq", decoded.as_deref());
    record.plain("long", long && !whole).raw("error", "null").end()
}

/// A value of Python's as PyMoDAQ shows it: text without quotes.
fn shown(value: &PyValue) -> String {
    match value {
        PyValue::Str(text) => text.clone(),
        PyValue::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => literal::repr(other),
    }
}

/// Elements as text, exact, for a table.
pub(crate) fn cells(open: &OpenFile, request: &Request) -> Outcome {
    let (object, _) = open.asked(request)?;
    let dataset = object.into_dataset()?;
    let info = dataset.info()?;
    let slice = Slice::parse(request.find("selection"), info.dataspace.dimensions())?;
    let count = slice.element_count();
    if count > CELLS {
        return Err(Error::limit(format!("{count} elements; a table is asked for {CELLS} at a time")));
    }
    check_size(&slice, info.datatype.size())?;
    let elements = dataset.elements(&slice.selection())?;
    let shape = slice.shape();
    let row = shape.get(1..).unwrap_or_default().iter().fold(1_u64, |row, &size| row.saturating_mul(size));
    let row = usize::try_from(row).unwrap_or(usize::MAX).max(1);
    let columns = match &info.datatype {
        Datatype::Compound(t) => list(t.members.iter().map(|member| quoted(&member.name.to_text()))),
        _ => "null".to_owned(),
    };
    let texts: Vec<Result<Vec<String>>> = elements.values().map(|value| value.map(cells_of)).collect();
    let rows = texts.chunks(row).map(|row| {
        list(row.iter().flat_map(|cells| match cells {
            Ok(cells) => cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>(),
            Err(error) => vec![quoted(&format!("error: {error}"))],
        }))
    });
    let record = Record::new().raw("shape", &json::numbers(&shape)).raw("columns", &columns);
    Ok(Answer::json(record.list("cells", rows).end()))
}

fn cells_of(value: Value) -> Vec<String> {
    match value {
        Value::Compound(members) => members.iter().map(|(_, value)| cell(value, CELL_CHARACTERS)).collect(),
        other => vec![cell(&other, CELL_CHARACTERS)],
    }
}

/// The name of a filter: the registered one, else what the file calls it, else its number.
pub(crate) fn filter_name(filter: &FilterInfo) -> String {
    match (h5_filters::registered_name(filter.id), &filter.name) {
        (Some(name), _) => name.to_owned(),
        (None, Some(name)) => shortened(name, 40),
        (None, None) => format!("filter {}", filter.id),
    }
}

/// Code that reads an object.
pub(crate) fn snippet(open: &OpenFile, request: &Request) -> Outcome {
    let (object, path) = open.asked(request)?;
    let is_dataset = object.into_dataset().is_ok();
    let selection = request.find("selection").filter(|selection| !selection.trim().is_empty());
    let (file, path) = (literal(&open.name), literal(&path));
    let text = match request.find("language").unwrap_or("h5py") {
        "rust" => {
            let slice = selection.map(rust_slice);
            let read = match (&slice, is_dataset) {
                (_, false) => format!("let object = file.object({path})?;"),
                (Some(slice), true) => {
                    format!("let values: ArrayD<f64> = file.dataset({path})?.read_slice(s![{slice}])?;")
                }
                (None, true) => {
                    format!("let values: ArrayD<f64> = file.dataset({path})?.read_array()?;")
                }
            };
            format!("use h5::prelude::*;\n\nlet file = File::open({file})?;\n{read}\n")
        }
        "h5py" => {
            let read = match is_dataset {
                true => format!("values = file[{path}][{}]", selection.unwrap_or("()")),
                false => format!("item = file[{path}]"),
            };
            format!("import h5py\n\nwith h5py.File({file}, \"r\") as file:\n    {read}\n")
        }
        other => return Err(Error::usage(format!("no language `{}`", Name::from(other)))),
    };
    Ok(Answer::json(Record::new().text("text", &text).end()))
}

/// Text in quotes that both languages read alike.
fn literal(text: &str) -> String {
    let mut out = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            // Nothing that could end the line it is pasted into.
            c if c.is_control() => out.push('?'),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// `:` of numpy is `..` of Rust's; a step comes behind a semicolon.
fn rust_slice(selection: &str) -> String {
    let part = |part: &str| match part.trim().split_once(':') {
        None => part.trim().to_owned(),
        Some((start, rest)) => match rest.split_once(':') {
            Some((stop, step)) if !step.is_empty() => format!("{start}..{stop};{step}"),
            Some((stop, _)) => format!("{start}..{stop}"),
            None => format!("{start}..{rest}"),
        },
    };
    selection.split(',').map(part).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{literal, rust_slice};

    #[test]
    fn snippets_are_code() {
        assert_eq!(rust_slice("3,:,1:5:2"), "3, .., 1..5;2");
        assert_eq!(literal("a\"\\b\n"), "\"a\\\"\\\\b?\"");
    }
}
