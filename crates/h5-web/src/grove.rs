//! The four routes of h5grove, as h5web's provider asks them.

mod types;

use std::ops::ControlFlow;

use h5_backend::{Attribute, Group, Object, ObjectKind, Order};
use h5_types::{Error, Link, LinkTarget, Result};

use crate::answer::{Answer, Outcome, error_json};
use crate::json::{self, Record, quoted};
use crate::object;
use crate::request::Request;
use crate::responder::{OpenFile, Options, canonical, join, last_part};
use crate::selection::Slice;
use crate::session::shape_json;
use crate::tree::kind_text;
use crate::values::{self, JsonText};

pub(crate) use types::type_json;

/// Children that are described with their group.
const CHILDREN: usize = 1000;
/// Paths that are listed.
const PATHS: usize = 20_000;

/// An object, and of a group its children.
pub(crate) fn meta(open: &OpenFile, request: &Request) -> Outcome {
    let path = canonical(request.find("path").unwrap_or("/"));
    let name = last_part(&path);
    let object = match open.object(&path) {
        Ok(object) => object,
        Err(error) => match dangling(open, &path) {
            Some(link) => return Ok(Answer::json(link_json(name, &link, &error))),
            None => return Err(error),
        },
    };
    let record = described(name, &object)?;
    if object.kind() != ObjectKind::Group {
        return Ok(Answer::json(record.end()));
    }
    let group = object.into_group()?;
    let links = group.links_page(None, CHILDREN)?;
    let children = links.into_iter().map(|link| match link {
        Ok(link) => child_json(&group, &link),
        Err(error) => unresolved("?", &error),
    });
    let record = record.list("children", children).plain("children_total", group.link_count()?);
    Ok(Answer::json(record.end()))
}

fn child_json(group: &Group, link: &Link) -> String {
    let name = link.name.to_text();
    match group.follow(link).and_then(|object| described(&name, &object)) {
        Ok(record) => record.end(),
        Err(error) => link_json(&name, link, &error),
    }
}

/// The link of a path that leads to nothing; `None` if there is no link.
fn dangling(open: &OpenFile, path: &str) -> Option<Link> {
    let (parent, name) = path.rsplit_once('/')?;
    let group = open.object(if parent.is_empty() { "/" } else { parent }).ok()?.into_group().ok()?;
    group.link(name).ok().flatten()
}

fn link_json(name: &str, link: &Link, error: &Error) -> String {
    let record = Record::new().text("name", name).raw("attributes", "[]");
    let record = match &link.target {
        LinkTarget::Soft(target) => record.text("kind", "soft_link").text("target_path", &target.to_text()),
        LinkTarget::External { file, path } => record
            .text("kind", "external_link")
            .text("target_file", &file.to_text())
            .text("target_path", &path.to_text()),
        _ => record.text("kind", "unresolved"),
    };
    record.raw("error", &error_json(error)).end()
}

fn unresolved(name: &str, error: &Error) -> String {
    let record = Record::new().text("name", name).text("kind", "unresolved").raw("attributes", "[]");
    record.raw("error", &error_json(error)).end()
}

fn described(name: &str, object: &Object) -> Result<Record> {
    let record = Record::new().text("name", name).text("kind", kind_text(object.kind()));
    let record = match object.kind() {
        ObjectKind::Group => record,
        ObjectKind::CommittedDatatype => {
            let datatype = object.clone().into_datatype()?;
            record.raw("type", &type_json(datatype.datatype()?))
        }
        ObjectKind::Dataset => {
            let info = object.clone().into_dataset()?.info()?;
            let record =
                record.raw("shape", &shape_json(&info.dataspace)).raw("type", &type_json(&info.datatype));
            let record = match &info.layout {
                h5_types::Layout::Chunked { chunk, .. } => record.raw("chunks", &json::numbers(chunk)),
                _ => record,
            };
            let filters = info.filters.iter().map(|filter| {
                Record::new().plain("id", filter.id).text("name", &object::filter_name(filter)).end()
            });
            if info.filters.is_empty() { record } else { record.list("filters", filters) }
        }
    };
    // Attributes whose list is broken hide nothing else.
    let mut attributes = Vec::new();
    let _ = object.node().attributes(Order::Name, &mut |attribute| {
        if let Ok(info) = attribute {
            let record = Record::new().text("name", &info.name.to_text());
            let record = record.raw("shape", &shape_json(&info.dataspace));
            attributes.push(record.raw("type", &type_json(&info.datatype)).end());
        }
        ControlFlow::Continue(())
    });
    Ok(record.list("attributes", attributes))
}

/// Values of attributes by their names.
pub(crate) fn attr(open: &OpenFile, request: &Request) -> Outcome {
    let (object, _) = open.asked(request)?;
    let keys: Vec<&str> = request.all("attr_keys").collect();
    let mut record = Record::new();
    for attribute in object.attributes(Order::Name)? {
        let Ok(attribute) = attribute else { continue };
        let name = attribute.name().to_text();
        if !keys.is_empty() && !keys.contains(&&*name) {
            continue;
        }
        let json = attribute_json(&attribute).unwrap_or_else(|error| quoted(&error.to_string()));
        record = record.raw(&name, &json);
    }
    Ok(Answer::json(record.end()))
}

/// The value of an attribute as JSON.
pub(crate) fn attribute_json(attribute: &Attribute) -> Result<String> {
    check_attribute(attribute)?;
    let elements = attribute.elements()?;
    if *attribute.dataspace() == h5_types::Dataspace::Null {
        return Ok("null".to_owned());
    }
    let mut out = JsonText::new(crate::ANSWER_BYTES);
    out.elements(&elements, attribute.shape(), false)?;
    Ok(out.text)
}

/// Elements of an attribute that are shown: each takes many bytes while it is put into words.
const ATTRIBUTE_ELEMENTS: u64 = 256 << 10;
const ATTRIBUTE_BYTES: u64 = 16 << 20;

/// Fails for an attribute that is too large to be shown.
pub(crate) fn check_attribute(attribute: &Attribute) -> Result<()> {
    let count = attribute.dataspace().element_count().unwrap_or(u64::MAX);
    let size = u64::try_from(attribute.datatype().size()).unwrap_or(u64::MAX);
    if count <= ATTRIBUTE_ELEMENTS && count.saturating_mul(size) <= ATTRIBUTE_BYTES {
        return Ok(());
    }
    Err(Error::limit(format!("an attribute of {count} elements of {size} bytes is too large to be shown")))
}

/// Values of a dataset.
pub(crate) fn data(open: &OpenFile, request: &Request, options: &Options) -> Outcome {
    let format = request.find("format").unwrap_or("json");
    if matches!(format, "npy" | "csv") {
        return object::export(open, request, options);
    }
    let (object, path) = open.asked(request)?;
    let dataset = object.into_dataset()?;
    let info = dataset.info()?;
    if info.dataspace == h5_types::Dataspace::Null {
        return Ok(Answer::json("null".to_owned()));
    }
    let slice = Slice::parse(request.find("selection"), info.dataspace.dimensions())?;
    match format {
        "bin" => {
            let safe = values::safe(&info.datatype);
            let (memory, is_swapped) = match (&safe, request.find("dtype") == Some("safe")) {
                (Some(safe), _) if safe.is_swapped => (safe.memory.clone(), true),
                (Some(safe), true) => (safe.memory.clone(), false),
                _ => (types::little_endian(&info.datatype), false),
            };
            check_size(&slice, memory.size())?;
            if memory.has_variable_part() {
                return Err(Error::usage("values of variable length have no binary form; ask for JSON"));
            }
            let bytes = dataset.elements_as(&slice.selection(), &memory)?.bytes;
            let bytes = match &safe {
                Some(safe) if is_swapped => safe.ordered(bytes),
                _ => bytes,
            };
            Ok(Answer::bytes("application/octet-stream", bytes))
        }
        "json" => {
            check_size(&slice, info.datatype.size())?;
            let elements = dataset.elements(&slice.selection())?;
            let mut out = JsonText::new(crate::ANSWER_BYTES);
            let flat = request.flag("flatten");
            out.elements(&elements, &slice.shape(), flat).map_err(|error| error.with_path(path))?;
            Ok(Answer::json(out.text))
        }
        other => Err(Error::usage(format!("no format {other:?}; there are json, bin, npy and csv"))),
    }
}

/// Fails if elements do not fit in an answer.
pub(crate) fn check_size(slice: &Slice, element_bytes: usize) -> Result<()> {
    let bytes = slice.element_count().saturating_mul(u64::try_from(element_bytes).unwrap_or(u64::MAX));
    if bytes <= u64::try_from(crate::ANSWER_BYTES).unwrap_or(u64::MAX) {
        return Ok(());
    }
    Err(Error::limit(format!(
        "{} elements have {bytes} bytes, more than the {} of one answer; select less",
        slice.element_count(),
        crate::ANSWER_BYTES
    )))
}

/// Paths of an object and all below it.
pub(crate) fn paths(open: &OpenFile, request: &Request) -> Outcome {
    let (object, path) = open.asked(request)?;
    let mut seen = std::collections::HashSet::from([object.token()]);
    let mut bytes = 0_usize;
    let mut found = vec![quoted(&path)];
    let mut levels = Vec::new();
    if let Ok(group) = object.into_group() {
        levels.push((group.children(), path));
    }
    while found.len() < PATHS && bytes < crate::ANSWER_BYTES / 2 {
        let Some((children, parent)) = levels.last_mut() else { break };
        let Some(child) = children.next() else {
            levels.pop();
            continue;
        };
        let Ok(child) = child else { continue };
        let LinkTarget::Hard(token) = child.link().target else { continue };
        if !seen.insert(token) {
            continue;
        }
        let path = join(parent, &child.name().to_text());
        bytes = bytes.saturating_add(path.len());
        found.push(quoted(&path));
        if levels.len() < 200
            && let Ok(group) = child.open().and_then(Object::into_group)
        {
            levels.push((group.children(), path));
        }
    }
    Ok(Answer::json(json::list(found)))
}
