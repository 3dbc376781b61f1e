//! PyMoDAQ's data, settings, logs and pictures.

mod data;
mod plots;
mod reduction;
mod tree;

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use h5_backend::{Backend, File, Mode, ObjectKind, Registry};
use h5_types::{Datatype, Error, ErrorKind, Result};
use pymodaq_data::PyValue;
use pymodaq_h5::{H5BrowserUtil, Node, NodeKind};

use crate::answer::{Answer, Outcome, error_json};
use crate::files::SettingsReader;
use crate::json::{Record, list, quoted};
use crate::request::Request;
use crate::responder::{OpenFile, Responder, canonical};
use crate::tree::PAGE_ITEMS;

pub(crate) use plots::plot;
pub use tree::settings_json;

/// Bytes of a comment.
const LARGEST_COMMENT: usize = 64 << 10;
/// Paths of data that are offered beside a node.
const NEARBY: usize = 100;
/// Scans that are listed.
const SCANS: usize = 1000;
/// Objects that are looked at for them.
const LOOKED_AT: usize = 20_000;

/// A browser over a file that is open.
pub(crate) fn browser(open: &OpenFile) -> Result<H5BrowserUtil> {
    browser_of(&open.file, None)
}

/// How a new file is made.
type Create = dyn Fn() -> Result<Arc<dyn Backend>> + Send + Sync;

fn browser_of(file: &File, create: Option<Arc<Create>>) -> Result<H5BrowserUtil> {
    let mut registry = Registry::new("file");
    let backend = Arc::clone(file.backend());
    registry.register("file", move |_: &OsStr, mode| match (mode, &create) {
        (Mode::Create | Mode::CreateNew, Some(create)) => create(),
        (Mode::Create | Mode::CreateNew, None) => Err(Error::unsupported("new files")),
        _ => Ok(Arc::new(Kept(Arc::clone(&backend))) as Arc<dyn Backend>),
    })?;
    H5BrowserUtil::open(&registry, "file")
}

/// A file that stays open when one of its users closes it.
#[derive(Debug)]
struct Kept(Arc<dyn Backend>);

impl Backend for Kept {
    fn capability(&self) -> h5_backend::Capability {
        self.0.capability()
    }

    fn file_info(&self) -> Result<h5_backend::FileInfo> {
        self.0.file_info()
    }

    fn root(&self) -> h5_types::ObjectToken {
        self.0.root()
    }

    fn open(&self, object: h5_types::ObjectToken) -> Result<Arc<dyn h5_backend::Node>> {
        self.0.open(object)
    }

    fn open_external(&self, file: &h5_types::Name) -> Result<Arc<dyn Backend>> {
        self.0.open_external(file)
    }

    fn flush(&self) -> Result<()> {
        self.0.flush()
    }

    fn refresh(&self) -> Result<()> {
        self.0.refresh()
    }

    fn version(&self) -> Result<Option<u64>> {
        self.0.version()
    }
}

/// What PyMoDAQ's browser shows of a node.
pub(crate) fn node(open: &OpenFile, request: &Request) -> Outcome {
    let (object, path) = open.asked(request)?;
    if object.kind() == ObjectKind::CommittedDatatype {
        return Ok(Answer::json(other(None)));
    }
    let browser = browser(open)?;
    match described(&browser, &path, open.settings_reader) {
        Ok(json) => Ok(Answer::json(json)),
        // What is no node of PyMoDAQ's is nothing to complain about here.
        Err(error) if matches!(error.kind(), ErrorKind::Usage | ErrorKind::Unsupported) => {
            Ok(Answer::json(other(None)))
        }
        Err(error) => Ok(Answer::json(other(Some(&error)))),
    }
}

/// What has nothing of PyMoDAQ's.
fn other(error: Option<&Error>) -> String {
    let record = Record::new().text("title", "").text("kind", "other").raw("data", "null");
    let record = record.raw("nearby", "[]").raw("settings", "[]").raw("scan_settings", "null");
    let record = record.raw("comments", "null").plain("log", false).plain("pixmaps", 0);
    record.raw("error", &error.map_or_else(|| "null".to_owned(), error_json)).end()
}

fn described(browser: &H5BrowserUtil, path: &str, reader: SettingsReader) -> Result<String> {
    let node = browser.get_node(path)?;
    let found = browser.get_h5_attributes(path)?;
    let kind = match node.kind() {
        NodeKind::Group => "group",
        NodeKind::CArray | NodeKind::EArray => "array",
        NodeKind::StringArray => "strings",
        NodeKind::VlArray => "other",
    };
    let (mut problem, mut trees) = (None, Vec::new());
    for value in &found.settings {
        match tree::of_value(value, &node, reader) {
            Ok(Some(tree)) => trees.push(tree),
            Ok(None) => {}
            Err(error) => problem = Some(error),
        }
    }
    let scan_settings = match found.scan_settings.as_ref().map(|value| tree::of_value(value, &node, reader)) {
        Some(Ok(tree)) => tree,
        Some(Err(error)) => {
            problem = Some(error);
            None
        }
        None => None,
    };
    let data = match node.kind() {
        NodeKind::CArray | NodeKind::EArray => match data::described(browser, &node) {
            Ok(data) => data,
            Err(error) => {
                problem = Some(error);
                None
            }
        },
        _ => None,
    };
    let comments = found.attributes.get("comments").and_then(PyValue::as_str);
    let nearby = if node.kind() == NodeKind::Group { data::nearby(&node, NEARBY) } else { Vec::new() };
    let record = Record::new()
        .text("title", &node.title().unwrap_or_default())
        .text("kind", kind)
        .raw("data", data.as_deref().unwrap_or("null"))
        .list("nearby", nearby.iter().map(|path| quoted(path)))
        .raw("settings", &list(trees))
        .raw("scan_settings", scan_settings.as_deref().unwrap_or("null"))
        .maybe_text("comments", comments)
        .plain("log", node.kind() == NodeKind::StringArray)
        .plain("pixmaps", found.pixmaps.len())
        .raw("error", &problem.as_ref().map_or_else(|| "null".to_owned(), error_json));
    Ok(record.end())
}

/// Lines of a log.
pub(crate) fn log(open: &OpenFile, request: &Request) -> Outcome {
    let (object, path) = open.asked(request)?;
    let info = object.clone().into_dataset()?.info()?;
    let start = request.number("start", 0, u64::MAX)?;
    let limit = request.number("limit", 200, u64::try_from(PAGE_ITEMS).unwrap_or(1000))?;
    let total = info.dataspace.dimensions().first().copied().unwrap_or(0);
    if !matches!(info.datatype, Datatype::Vlen(_)) {
        return Err(Error::usage("this is no log"));
    }
    let node = browser(open)?.get_node(&*path)?;
    let text = node.into_string_array()?;
    let items = (start..total.min(start.saturating_add(limit))).map(|index| match text.line(index) {
        Ok(line) => quoted(&line),
        Err(error) => quoted(&format!("error: {error}")),
    });
    Ok(Answer::json(Record::new().plain("total", total).list("items", items).end()))
}

/// A picture of a node.
pub(crate) fn pixmap(open: &OpenFile, request: &Request) -> Outcome {
    let (_, path) = open.asked(request)?;
    let index = request.count("index", 0, usize::MAX)?;
    let pictures = browser(open)?.get_h5_attributes(&*path)?.pixmaps;
    let picture = pictures.into_iter().nth(index);
    let picture = picture.ok_or_else(|| Error::not_found(format!("no picture {index}")))?;
    if !picture.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Err(Error::unsupported("a picture that is no PNG"));
    }
    Ok(Answer::bytes("image/png", picture))
}

/// Groups of scans.
pub(crate) fn scans(open: &OpenFile, request: &Request) -> Outcome {
    let _ = request;
    let mut items = Vec::new();
    let mut levels = vec![(open.file.root()?.children(), "/".to_owned())];
    let (mut looked, mut seen) = (0_usize, std::collections::HashSet::new());
    while let Some((children, parent)) = levels.last_mut() {
        let Some(child) = children.next() else {
            levels.pop();
            continue;
        };
        looked = looked.saturating_add(1);
        if looked > LOOKED_AT || items.len() >= SCANS {
            break;
        }
        let Ok(child) = child else { continue };
        let h5_types::LinkTarget::Hard(token) = child.link().target else { continue };
        if !seen.insert(token) {
            continue;
        }
        let path = crate::responder::join(parent, &child.name().to_text());
        let Some(object) = crate::tree::opened(&child) else { continue };
        let is_scan = crate::tree::text_attribute(&object, "type").as_deref() == Some("scan");
        let has_picture = object.node().attribute(b"pixmap2D").is_ok_and(|found| found.is_some());
        if is_scan || has_picture {
            let title = crate::tree::text_attribute(&object, "TITLE").unwrap_or_default();
            let record = Record::new().text("path", &path).text("title", &title);
            items.push(record.plain("pixmap", has_picture).end());
        }
        if levels.len() < 8
            && let Ok(group) = object.into_group()
        {
            levels.push((group.children(), path));
        }
    }
    Ok(Answer::json(Record::new().list("items", items).end()))
}

/// Appends a comment.
pub(crate) fn comment(responder: &Responder, request: &Request) -> Outcome {
    if !responder.files().is_writable() {
        return Err(Error::new(ErrorKind::PermissionDenied, "files are only shown; begin with --write"));
    }
    if request.body.len() > LARGEST_COMMENT {
        return Err(Error::limit(format!("a comment of more than {LARGEST_COMMENT} bytes")));
    }
    let text = std::str::from_utf8(&request.body).map_err(|_| Error::usage("a comment that is no UTF-8"))?;
    let (name, path) = (responder.file_name(request)?, canonical(request.text("path")?));
    // Whoever reads sees the file as it is after the change.
    responder.forget(&name);
    let file = responder.files().open_writable(&name)?;
    let written = browser_of(&file, None).and_then(|browser| {
        browser.add_comment(&*path, text)?;
        let comments = browser.get_node(&*path)?.get_attr("comments")?;
        Ok(comments.as_ref().and_then(PyValue::as_str).unwrap_or_default().to_owned())
    });
    let closed = file.close();
    let comments = written?;
    closed?;
    Ok(Answer::json(Record::new().text("comments", &comments).end()))
}

/// Writes a node as PyMoDAQ exports it; false for what has another way.
pub(crate) fn exported(open: &OpenFile, path: &str, format: &str, out: &mut dyn Write) -> Result<bool> {
    let browser = browser(open)?;
    let Ok(node) = browser.get_node(path) else { return Ok(false) };
    if format == "csv" && !data::holds_data(&node) {
        return Ok(false);
    }
    browser.exporters().create_exporter(format, None)?.write_data(&node, out)?;
    Ok(true)
}

/// Copies a node to a new file of PyMoDAQ's layout, or of another program's file as it is.
#[cfg_attr(not(feature = "export-h5"), expect(dead_code, reason = "only builds that write have it"))]
pub(crate) fn exported_to(
    open: &OpenFile,
    path: &str,
    create: impl Fn() -> Result<Arc<dyn Backend>> + Send + Sync + 'static,
) -> Result<()> {
    let create: Arc<Create> = Arc::new(create);
    let browser = browser_of(&open.file, Some(Arc::clone(&create)))?;
    if matches!(browser.origin()?, pymodaq_h5::FileOrigin::Pymodaq(_)) && browser.get_node(path).is_ok() {
        // A name that no file has: whatever is made is in memory.
        let file = Path::new("\u{1}/export.h5");
        return browser.export_data(path, file, None);
    }
    let target = File::from_backend(create()?);
    let copy = h5_backend::CopyOptions::new();
    let object = open.object(path)?;
    if path == "/" {
        copy.copy_contents(&object.into_group()?, &target.root()?)?;
    } else {
        copy.copy(&object, &target.root()?, crate::responder::last_part(path))?;
    }
    target.close()
}

/// A node, by a path that a request gave.
pub(crate) fn node_at(browser: &H5BrowserUtil, path: &str) -> Result<Node> {
    browser.get_node(path)
}
