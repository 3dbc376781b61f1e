//! Objects as files.

use std::io::{self, Write};

use h5_backend::{Dataset, Object, Order};
use h5_types::{
    ByteOrder, Datatype, Error, ErrorKind, FloatType, IntegerType, LinkTarget, Result, StringLength, Value,
};

use crate::answer::{Answer, Outcome, error_json};
use crate::grove::{attribute_json, type_json};
use crate::json::{Record, quoted};
use crate::plot::quotient;
use crate::pymodaq;
use crate::request::Request;
use crate::responder::{OpenFile, Options, join, last_part};
use crate::selection::{Part, Slice};
use crate::session::shape_json;
use crate::tree::kind_text;
use crate::values::{cell, is_boolean};

/// Elements that are read at a time.
const PIECE: u64 = 64 << 10;

/// An object as a file of a format.
pub(crate) fn export(open: &OpenFile, request: &Request, options: &Options) -> Outcome {
    let format = request.text("format")?;
    let (object, path) = open.asked(request)?;
    let selection = request.find("selection").filter(|selection| !selection.trim().is_empty());
    let mut out = Bounded { bytes: Vec::new(), largest: options.export_bytes };
    let content_type = match format {
        "npy" => {
            npy(&object.into_dataset()?, selection, &mut out)?;
            "application/octet-stream"
        }
        "csv" => {
            if selection.is_some() || !pymodaq::exported(open, &path, "csv", &mut out)? {
                csv(&object.into_dataset()?, selection, &mut out)?;
            }
            "text/csv"
        }
        "txt" if selection.is_none() => {
            check_bytes(&object, options)?;
            if !pymodaq::exported(open, &path, "txt", &mut out)? {
                return Err(Error::usage("neither an array nor a group of arrays that text is made of"));
            }
            "text/plain"
        }
        "json" => {
            out.bytes = structure(object, &path, options.export_bytes)?.into_bytes();
            "application/json"
        }
        "h5" => {
            out.bytes = hdf5(open, &path, options)?;
            "application/x-hdf5"
        }
        "txt" => return Err(Error::usage("a selection is exported as csv, npy or json")),
        other => return Err(Error::usage(format!("no format {other:?}; there are csv, npy, txt, json, h5"))),
    };
    let file = last_part(open.name.as_str()).rsplit_once('.').map_or(open.name.as_str(), |(stem, _)| stem);
    let name = if path == "/" { last_part(file).to_owned() } else { last_part(&path).to_owned() };
    Ok(Answer::bytes(content_type, out.bytes).saved_as(format!("{name}.{format}")))
}

/// Bytes that refuse to become too many.
struct Bounded {
    bytes: Vec<u8>,
    largest: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len().saturating_add(bytes.len()) > self.largest {
            return Err(io::Error::other(format!("an export of more than {} bytes", self.largest)));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn too_large(options: &Options) -> Error {
    Error::limit(format!("an export of more than {} bytes; select less", options.export_bytes))
}

/// Fails for what is not even to be read.
fn check_bytes(object: &Object, options: &Options) -> Result<()> {
    let Ok(dataset) = object.clone().into_dataset() else { return Ok(()) };
    let info = dataset.info()?;
    let size = u64::try_from(info.datatype.size()).unwrap_or(u64::MAX);
    let bytes = info.dataspace.element_count().unwrap_or(0).saturating_mul(size);
    let largest = u64::try_from(options.export_bytes).unwrap_or(u64::MAX);
    if bytes > largest { Err(too_large(options)) } else { Ok(()) }
}

/// numpy's array format, version 1.0, with the room that numpy leaves for the first dimension to grow.
fn npy(dataset: &Dataset, selection: Option<&str>, out: &mut Bounded) -> Result<()> {
    let info = dataset.info()?;
    let (memory, descr) = numpy_form(&info.datatype).ok_or_else(|| {
        Error::unsupported(format!("{} has no form in a .npy file; take another format", info.datatype))
    })?;
    let slice = Slice::parse(selection, info.dataspace.dimensions())?;
    let shape = slice.shape();
    let sizes = match shape.as_slice() {
        [] => "()".to_owned(),
        [size] => format!("({size},)"),
        shape => format!("({})", shape.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
    };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {sizes}, }}");
    if let Some(first) = shape.first() {
        header.push_str(&" ".repeat(21_usize.saturating_sub(first.to_string().len())));
    }
    let length = header.len().saturating_add(11);
    header.push_str(&" ".repeat(length.next_multiple_of(64).saturating_sub(length)));
    header.push('\n');
    let header_bytes =
        u16::try_from(header.len()).map_err(|_| Error::unsupported("an array of so many dimensions"))?;
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&header_bytes.to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for piece in pieces(&slice) {
        out.write_all(&dataset.elements_as(&piece.selection(), &memory)?.bytes)?;
    }
    Ok(())
}

/// What elements are read as, and numpy's code for it.
fn numpy_form(datatype: &Datatype) -> Option<(Datatype, String)> {
    let sign = |order: ByteOrder, size: usize| match order {
        _ if size == 1 => '|',
        ByteOrder::Big => '>',
        _ => '<',
    };
    Some(match datatype {
        Datatype::Integer(t) => {
            let size = u8::try_from(t.size.checked_next_power_of_two()?).ok().filter(|&size| size <= 8)?;
            let order = if t.order == ByteOrder::Big { ByteOrder::Big } else { ByteOrder::Little };
            let letter = if t.signed { 'i' } else { 'u' };
            let descr = format!("{}{letter}{size}", sign(order, size.into()));
            (Datatype::Integer(IntegerType::plain(size, t.signed, order)), descr)
        }
        Datatype::Float(t) => {
            let order = if t.order == ByteOrder::Big { ByteOrder::Big } else { ByteOrder::Little };
            let (float, size) = match t.size {
                2 if *t == FloatType::f16(t.order) => (FloatType::f16(order), 2),
                ..=4 => (FloatType::f32(order), 4),
                _ => (FloatType::f64(order), 8),
            };
            (Datatype::Float(float), format!("{}f{size}", sign(order, size)))
        }
        Datatype::Enum(t) if is_boolean(t) => (datatype.clone(), "|b1".to_owned()),
        Datatype::Enum(t) => match numpy_form(&t.base)? {
            (memory, descr) if memory == *t.base => (datatype.clone(), descr),
            _ => return None,
        },
        Datatype::String(t) => match t.length {
            StringLength::Fixed(size) => (datatype.clone(), format!("|S{size}")),
            StringLength::Variable { .. } => return None,
        },
        Datatype::Complex(t) => match &*t.base {
            Datatype::Float(part) if matches!(part.size, 4 | 8) => {
                let order = sign(part.order, part.size);
                (datatype.clone(), format!("{order}c{}", part.size.saturating_mul(2)))
            }
            _ => return None,
        },
        Datatype::Compound(t) if crate::values::is_complex(t) => match t.members.first()?.datatype {
            Datatype::Float(ref part) if matches!(part.size, 4 | 8) => {
                let order = sign(part.order, part.size);
                (datatype.memory_form(), format!("{order}c{}", part.size.saturating_mul(2)))
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// A table: a column of indexes for each dimension, then the value, or of compounds their members.
fn csv(dataset: &Dataset, selection: Option<&str>, out: &mut Bounded) -> Result<()> {
    let info = dataset.info()?;
    let slice = Slice::parse(selection, info.dataspace.dimensions())?;
    let dimensions: Vec<(usize, Part)> =
        slice.0.iter().copied().enumerate().filter(|(_, p)| p.stays).collect();
    let mut titles: Vec<String> = dimensions.iter().map(|(place, _)| format!("index {place}")).collect();
    match &info.datatype {
        Datatype::Compound(t) => titles.extend(t.members.iter().map(|m| field(&m.name.to_text()))),
        _ => titles.push("value".to_owned()),
    }
    write!(out, "{}\r\n", titles.join(","))?;
    let mut position = vec![0_u64; dimensions.len()];
    for piece in pieces(&slice) {
        let elements = dataset.elements(&piece.selection())?;
        for value in elements.values() {
            let value = value?;
            for (at, (_, part)) in position.iter().zip(&dimensions) {
                write!(out, "{},", part.start.saturating_add(at.saturating_mul(part.step)))?;
            }
            let cells: Vec<String> = match &value {
                Value::Compound(members) => members.iter().map(|(_, value)| csv_cell(value)).collect(),
                other => vec![csv_cell(other)],
            };
            write!(out, "{}\r\n", cells.join(","))?;
            for (at, (_, part)) in position.iter_mut().zip(&dimensions).rev() {
                *at = at.saturating_add(1);
                if *at < part.count {
                    break;
                }
                *at = 0;
            }
        }
    }
    Ok(())
}

fn csv_cell(value: &Value) -> String {
    match value {
        Value::Complex { real, imaginary } => {
            let sign = if imaginary.is_sign_negative() { "" } else { "+" };
            format!("{real}{sign}{imaginary}j")
        }
        other => field(&cell(other, usize::MAX)),
    }
}

/// A field of a table, RFC 4180.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// A slice in pieces of a bounded number of elements, in C order: ranges of one dimension, with those before it at one index.
fn pieces(slice: &Slice) -> Vec<Slice> {
    let mut found = vec![slice.clone()];
    for place in 0..slice.0.len() {
        let mut next = Vec::new();
        for one in found {
            let (count, part) = (one.element_count(), one.0.get(place).copied());
            let Some(part) = part.filter(|part| count > PIECE && part.count > 0) else {
                next.push(one);
                continue;
            };
            let step = quotient(PIECE, quotient(count, part.count).max(1)).max(1);
            let mut at = 0;
            while at < part.count {
                let mut piece = one.clone();
                if let Some(cut) = piece.0.get_mut(place) {
                    *cut = part.part(at, step);
                }
                next.push(piece);
                at = at.saturating_add(step);
            }
        }
        found = next;
    }
    found
}

/// An object and all below it without values: kinds, shapes, datatypes, attributes.
fn structure(object: Object, path: &str, largest: usize) -> Result<String> {
    let mut text = "[".to_owned();
    let mut seen = std::collections::HashSet::from([object.token()]);
    let mut levels = Vec::new();
    text.push_str(&object_json(&object, path));
    if let Ok(group) = object.into_group() {
        levels.push((group.children(), path.to_owned()));
    }
    while let Some((children, parent)) = levels.last_mut() {
        let Some(child) = children.next() else {
            levels.pop();
            continue;
        };
        text.push_str(",\n");
        let item = child.and_then(|child| {
            let path = join(parent, &child.name().to_text());
            let LinkTarget::Hard(token) = child.link().target else {
                return Ok((Record::new().text("path", &path).text("kind", "link").end(), None));
            };
            let object = child.open()?;
            let json = object_json(&object, &path);
            Ok((json, Some((object, path)).filter(|_| seen.insert(token))))
        });
        match item {
            Ok((json, below)) => {
                text.push_str(&json);
                if let Some((Ok(group), path)) = below.map(|(object, path)| (object.into_group(), path))
                    && levels.len() < 200
                {
                    levels.push((group.children(), path));
                }
            }
            Err(error) => text.push_str(&Record::new().raw("error", &error_json(&error)).end()),
        }
        if text.len() > largest {
            return Err(Error::limit(format!("an export of more than {largest} bytes")));
        }
    }
    text.push_str("]\n");
    Ok(text)
}

fn object_json(object: &Object, path: &str) -> String {
    let record = Record::new().text("path", path).text("kind", kind_text(object.kind()));
    let record = match object.clone().into_dataset().and_then(|dataset| dataset.info()) {
        Ok(info) => record.raw("shape", &shape_json(&info.dataspace)).raw("type", &type_json(&info.datatype)),
        Err(error) if error.kind() == ErrorKind::Usage => record,
        Err(error) => record.raw("error", &error_json(&error)),
    };
    let mut values = Record::new();
    for attribute in object.attributes(Order::Name).unwrap_or_default().into_iter().flatten() {
        let json = attribute_json(&attribute).unwrap_or_else(|error| quoted(&error.to_string()));
        values = values.raw(&attribute.name().to_text(), &json);
    }
    record.raw("attributes", &values.end()).end()
}

/// A file with an object and all below it.
#[cfg(feature = "export-h5")]
fn hdf5(open: &OpenFile, path: &str, options: &Options) -> Result<Vec<u8>> {
    use std::sync::Arc;

    use h5_native::vfd::{BufferVfd, Vfd as _};
    use h5_native::{CreateOptions, NativeFile, OpenOptions};
    use h5_types::LibverBounds;

    check_stored(open, path, options)?;
    let bytes = Arc::new(BufferVfd::new(Vec::new()));
    let target = Arc::clone(&bytes);
    let create = move || -> Result<Arc<dyn h5_backend::Backend>> {
        // For readers as old as those of PyMoDAQ's own files.
        let settings = OpenOptions::new().bounds(LibverBounds::Earliest);
        Ok(Arc::new(NativeFile::create_vfd(target.clone(), &CreateOptions::new(), &settings)?))
    };
    pymodaq::exported_to(open, path, create)?;
    if bytes.len()? > u64::try_from(options.export_bytes).unwrap_or(u64::MAX) {
        return Err(too_large(options));
    }
    Ok(bytes.to_bytes())
}

/// A build that writes no files.
#[cfg(not(feature = "export-h5"))]
fn hdf5(_: &OpenFile, _: &str, _: &Options) -> Result<Vec<u8>> {
    Err(Error::unsupported("HDF5 files are made by `h5 browse` and `h5 cp`; this page only reads"))
}

/// Fails before anything is copied that would be too much.
#[cfg(feature = "export-h5")]
fn check_stored(open: &OpenFile, path: &str, options: &Options) -> Result<()> {
    let largest = u64::try_from(options.export_bytes).unwrap_or(u64::MAX);
    let mut bytes = 0_u64;
    let stored = |object: Object| object.into_dataset().and_then(|dataset| dataset.node()?.storage_bytes());
    match open.object(path)? {
        object if object.kind() != h5_backend::ObjectKind::Group => bytes = stored(object).unwrap_or(0),
        object => {
            for object in object.into_group()?.walk() {
                let more = object.and_then(stored).unwrap_or(0);
                bytes = bytes.saturating_add(more);
                if bytes > largest {
                    break;
                }
            }
        }
    }
    if bytes > largest { Err(too_large(options)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::{field, pieces};
    use crate::selection::Slice;

    #[test]
    fn pieces_are_all_elements_in_order() {
        let slice = Slice::all(&[5, 300, 300]);
        let found = pieces(&slice);
        assert!(found.iter().all(|piece| piece.element_count() <= super::PIECE));
        assert_eq!(found.iter().map(Slice::element_count).sum::<u64>(), slice.element_count());
        assert_eq!(pieces(&Slice::all(&[])).len(), 1);
    }

    #[test]
    fn fields_are_quoted_where_they_must() {
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(field("a b"), "a b");
    }
}
