//! JSON on the standard output: ASCII, one document a command, long lists written as they are found.

use std::io::{self, Write};

use serde_json::{Map, Value};

/// Fields of a JSON object.
pub(crate) type Record = Map<String, Value>;

/// Makes a record of a `json!({..})`; empty for anything else.
pub(crate) fn record(value: Value) -> Record {
    match value {
        Value::Object(record) => record,
        _ => Record::new(),
    }
}

/// A document `{"schema":..,"version":1, HEAD, "NAME":[ITEM, ..], TAIL}` with one item a line, so that it also reads as a stream.
#[derive(Debug)]
pub(crate) struct ListDocument {
    items: u64,
}

impl ListDocument {
    /// Writes what comes before the list.
    ///
    /// # Errors
    /// Those of the writer.
    pub(crate) fn begin(out: &mut impl Write, schema: &str, head: &Record, list: &str) -> io::Result<Self> {
        write!(out, "{{\"schema\":\"{schema}\",\"version\":1")?;
        write_fields(out, head)?;
        write!(out, ",\"{list}\":[")?;
        Ok(Self { items: 0 })
    }

    /// Writes one item.
    ///
    /// # Errors
    /// Those of the writer.
    pub(crate) fn item(&mut self, out: &mut impl Write, item: &Value) -> io::Result<()> {
        self.separator(out)?;
        write_value(out, item)
    }

    /// Writes what comes before an item that the caller writes.
    ///
    /// # Errors
    /// Those of the writer.
    pub(crate) fn separator(&mut self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(if self.items == 0 { b"\n" } else { b",\n" })?;
        self.items = self.items.saturating_add(1);
        Ok(())
    }

    /// Writes what comes after the list.
    ///
    /// # Errors
    /// Those of the writer.
    pub(crate) fn end(self, out: &mut impl Write, tail: &Record) -> io::Result<()> {
        out.write_all(b"\n]")?;
        write_fields(out, tail)?;
        out.write_all(b"}\n")
    }
}

/// Writes a document that is one object.
///
/// # Errors
/// Those of the writer.
pub(crate) fn write_document(out: &mut impl Write, schema: &str, fields: &Record) -> io::Result<()> {
    write!(out, "{{\"schema\":\"{schema}\",\"version\":1")?;
    write_fields(out, fields)?;
    out.write_all(b"}\n")
}

/// Writes fields, each after a comma.
///
/// # Errors
/// Those of the writer.
pub(crate) fn write_fields(out: &mut impl Write, fields: &Record) -> io::Result<()> {
    for (name, value) in fields {
        out.write_all(b",")?;
        write_value(out, &Value::String(name.clone()))?;
        out.write_all(b":")?;
        write_value(out, value)?;
    }
    Ok(())
}

/// Writes a value in ASCII, without spaces or a line's end.
///
/// # Errors
/// Those of the writer.
pub(crate) fn write_value(out: &mut impl Write, value: &Value) -> io::Result<()> {
    crate::digest::to_ascii(value, out)
}
