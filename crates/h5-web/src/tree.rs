//! The tree: pages of children, and what a child is.

mod listing;
mod search;

use h5_backend::{Child, Group, Object, ObjectKind};
use h5_types::{Dataspace, Datatype, Error, Link, LinkTarget, Name, Result};
use pymodaq_data::{PyValue, literal};

use crate::answer::{Answer, Outcome, error_json};
use crate::json::Record;
use crate::request::Request;
use crate::responder::{OpenFile, join};
use crate::session::shape_json;
use crate::values;

pub(crate) use listing::Listing;
pub(crate) use search::{Search, search};

/// Items of a page at most.
pub(crate) const PAGE_ITEMS: usize = 1000;
const DEFAULT_ITEMS: usize = 200;
/// Characters of a title or a badge that are shown.
const TITLE_CHARACTERS: usize = 200;

/// A page of the children of a group.
pub(crate) fn children(open: &OpenFile, request: &Request) -> Outcome {
    let (object, path) = open.asked(request)?;
    let group = object.into_group()?;
    let total = group.link_count()?;
    let limit = request.count("limit", DEFAULT_ITEMS, PAGE_ITEMS)?;
    let start = match request.find("find") {
        Some(name) => {
            let place = open.listing(&group, &path)?.position(name);
            place.ok_or_else(|| Error::not_found(format!("no link {}", Name::from(name))))?
        }
        None => request.count("start", 0, usize::MAX)?,
    };
    let links = page(open, &group, &path, (start, limit), total)?;
    let items = links.into_iter().map(|link| match link {
        Ok(link) => child_json(&group, &path, &link),
        Err(error) => {
            let record = Record::new().text("name", "").text("path", &path).text("link", "hard");
            unresolved(record.raw("target", "null"), &error)
        }
    });
    let record = Record::new().text("path", &path).plain("total", total).plain("start", start);
    Ok(Answer::json(record.list("items", items).end()))
}

/// The links of a page. Those of large groups are listed once: an index by hashes has to be gone through as a whole to be in order.
fn page(
    open: &OpenFile,
    group: &Group,
    path: &str,
    (start, limit): (usize, usize),
    total: u64,
) -> Result<Vec<Result<Link>>> {
    if start == 0 {
        return group.links_page(None, limit);
    }
    if total <= u64::try_from(PAGE_ITEMS).unwrap_or(u64::MAX) {
        let links = group.links_page(None, PAGE_ITEMS)?;
        return Ok(links.into_iter().skip(start).take(limit).collect());
    }
    let listing = open.listing(group, path)?;
    Ok(listing.page(group, start, limit).collect())
}

/// A link and what it leads to.
fn child_json(group: &Group, parent: &str, link: &Link) -> String {
    let name = link.name.to_text();
    let (kind, target) = link_words(&link.target);
    let record = Record::new()
        .text("name", &name)
        .text("path", &join(parent, &name))
        .text("link", kind)
        .maybe_text("target", target.as_deref());
    match group.follow(link) {
        Ok(object) => object_json(record, &object, &name),
        Err(error) => unresolved(record, &error),
    }
}

/// A link behind which nothing can be opened.
fn unresolved(record: Record, error: &Error) -> String {
    let record = record.text("kind", "unresolved").raw("title", "null").raw("badge", "null");
    with_members(record, Vec::new()).raw("error", &error_json(error)).end()
}

fn object_json(record: Record, object: &Object, name: &str) -> String {
    let title = text_attribute(object, "TITLE").filter(|title| !title.is_empty() && title != name);
    let badge = text_attribute(object, "data_type").or_else(|| text_attribute(object, "type"));
    let record = record
        .text("kind", kind_text(object.kind()))
        .maybe_text("title", title.as_deref())
        .maybe_text("badge", badge.as_deref().filter(|badge| !badge.is_empty()));
    let described = match object.kind() {
        ObjectKind::Group => group_json(object),
        ObjectKind::Dataset => dataset_json(object),
        ObjectKind::CommittedDatatype => datatype_json(object),
    };
    match described {
        Ok(members) => with_members(record, members).raw("error", "null").end(),
        Err(error) => with_members(record, Vec::new()).raw("error", &error_json(&error)).end(),
    }
}

/// What an object of one kind has, and nothing of all others.
fn with_members(record: Record, members: Members) -> Record {
    let value = |name: &str| members.iter().find(|(known, _)| *known == name).map(|(_, json)| json.as_str());
    let all = ["children", "shape", "maxshape", "type", "class"];
    all.into_iter().fold(record, |record, name| record.raw(name, value(name).unwrap_or("null")))
}

type Members = Vec<(&'static str, String)>;

fn group_json(object: &Object) -> Result<Members> {
    let count = object.clone().into_group()?.link_count()?;
    Ok(vec![("children", count.to_string()), ("class", "\"group\"".to_owned())])
}

fn dataset_json(object: &Object) -> Result<Members> {
    let info = object.clone().into_dataset()?.info()?;
    let datatype = h5_types::shortened(&info.datatype, TITLE_CHARACTERS);
    Ok(vec![
        ("shape", shape_json(&info.dataspace)),
        ("maxshape", maximum_json(&info.dataspace)),
        ("type", crate::json::quoted(&datatype)),
        ("class", crate::json::quoted(class_of(&info.datatype))),
    ])
}

fn datatype_json(object: &Object) -> Result<Members> {
    let object = object.clone().into_datatype()?;
    let datatype = object.datatype()?;
    let text = h5_types::shortened(datatype, TITLE_CHARACTERS);
    let class = crate::json::quoted(class_of(datatype));
    Ok(vec![("type", crate::json::quoted(&text)), ("class", class)])
}

/// Largest dimensions; `null` for one without a bound.
pub(crate) fn maximum_json(dataspace: &Dataspace) -> String {
    match dataspace {
        Dataspace::Simple { maximum, .. } => {
            let one = |size: &Option<u64>| size.map_or_else(|| "null".to_owned(), |size| size.to_string());
            crate::json::list(maximum.iter().map(one))
        }
        other => shape_json(other),
    }
}

/// What kind of view fits.
pub(crate) fn class_of(datatype: &Datatype) -> &'static str {
    match datatype {
        Datatype::Integer(_) | Datatype::Float(_) => "number",
        Datatype::Enum(_) => "number",
        Datatype::Complex(_) => "complex",
        Datatype::Compound(t) if values::is_complex(t) => "complex",
        Datatype::Compound(_) => "compound",
        Datatype::String(_) => "text",
        _ => "other",
    }
}

/// The kind of a link, and where it leads in words.
fn link_words(target: &LinkTarget) -> (&'static str, Option<String>) {
    match target {
        LinkTarget::Hard(_) => ("hard", None),
        LinkTarget::Soft(path) => ("soft", Some(path.to_text().into_owned())),
        LinkTarget::External { file, path } => {
            ("external", Some(format!("{}::{}", file.to_text(), path.to_text())))
        }
        LinkTarget::UserDefined { class, value } => {
            ("user", Some(format!("class {class}, {} bytes", value.len())))
        }
        _ => ("user", None),
    }
}

pub(crate) fn kind_text(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Group => "group",
        ObjectKind::Dataset => "dataset",
        ObjectKind::CommittedDatatype => "datatype",
    }
}

/// The text of a short scalar attribute; `None` if there is none that can be read.
pub(crate) fn text_attribute(object: &Object, name: &str) -> Option<String> {
    let info = object.node().attribute(name.as_bytes()).ok().flatten()?;
    if !matches!(info.datatype, Datatype::String(_)) || info.dataspace.element_count() != Some(1) {
        return None;
    }
    let elements = object.node().read_attribute(name.as_bytes()).ok()?;
    match elements.value(0).ok()? {
        h5_types::Value::String(text) => {
            let text = text.to_text();
            // PyMoDAQ's attributes are literals of Python's, but for titles.
            let decoded = (name != "TITLE").then(|| literal::decode_recovering(&text));
            let plain = decoded.as_ref().and_then(PyValue::as_str).unwrap_or(&text);
            Some(plain.chars().take(TITLE_CHARACTERS).collect())
        }
        _ => None,
    }
}

/// Opens a child for a listing that does not care how it failed.
pub(crate) fn opened(child: &Child) -> Option<Object> {
    child.open().ok()
}
