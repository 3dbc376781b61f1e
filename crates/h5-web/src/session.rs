//! What is open, and how it is.

use h5_backend::FileSpaceStrategy;
use h5_types::Result;
use pymodaq_h5::FileOrigin;

use crate::answer::{Answer, Outcome};
use crate::files::Entry;
use crate::json::{self, Record, quoted};
use crate::request::Request;
use crate::responder::Responder;
use crate::{plot, pymodaq, tree};

/// The program, what it has open and what it can do.
pub(crate) fn session(responder: &Responder) -> Outcome {
    let (files, options) = (responder.files(), responder.options());
    let names = files.names().into_iter().map(|name| {
        let bytes = files.state(&name).ok().and_then(|state| state.bytes);
        Record::new().text("file", &name).maybe_plain("bytes", bytes).end()
    });
    let limits = Record::new()
        .plain("answer_bytes", crate::ANSWER_BYTES)
        .plain("page_items", tree::PAGE_ITEMS)
        .plain("plot_points", plot::POINTS)
        .plain("export_bytes", options.export_bytes);
    let registry = files.filters();
    let filters = registry.iter().map(|filter| {
        let record = Record::new().plain("id", filter.id()).text("name", filter.name());
        record.plain("decodes", true).end()
    });
    let record = Record::new()
        .text("program", "h5")
        .text("version", env!("CARGO_PKG_VERSION"))
        .text("shape", if options.is_static { "static" } else { "server" })
        .plain("write", files.is_writable())
        .plain("folder", files.list("")?.is_some())
        .list("files", names)
        .raw("limits", &limits.end())
        .list("filters", filters)
        .list("exports", exports())
        .maybe_text("csrf", options.csrf.as_deref());
    Ok(Answer::json(record.end()))
}

/// Formats that objects are exported in.
fn exports() -> impl Iterator<Item = String> {
    let all = ["csv", "npy", "txt", "json", "h5"].into_iter();
    all.filter(|&format| format != "h5" || cfg!(feature = "export-h5")).map(quoted)
}

/// Entries of a folder that are listed at a time.
const ENTRIES: usize = 1000;

/// A folder, folders first.
pub(crate) fn files(responder: &Responder, request: &Request) -> Outcome {
    let folder = request.find("folder").unwrap_or_default();
    let mut entries = responder.files().list(folder)?.unwrap_or_default();
    entries.sort_by(|a, b| (!a.is_folder, &a.name).cmp(&(!b.is_folder, &b.name)));
    let start = request.count("start", 0, usize::MAX)?;
    let limit = request.count("limit", ENTRIES, ENTRIES)?;
    let items = entries.iter().skip(start).take(limit).map(entry_json);
    let record = Record::new().text("folder", folder).plain("total", entries.len()).list("items", items);
    Ok(Answer::json(record.end()))
}

fn entry_json(entry: &Entry) -> String {
    Record::new()
        .text("name", &entry.name)
        .text("file", &entry.file)
        .text("kind", if entry.is_folder { "folder" } else { "file" })
        .maybe_plain("bytes", entry.bytes)
        .maybe_plain("modified_ms", entry.modified_ms)
        .plain("hdf5", entry.is_hdf5)
        .end()
}

/// What a file says of itself.
pub(crate) fn file(responder: &Responder, request: &Request) -> Outcome {
    let open = responder.file(request)?;
    let info = open.file.info()?;
    let strategy = info.file_space_strategy.map(|strategy| match strategy {
        FileSpaceStrategy::FreeSpaceManagers => "free-space managers",
        FileSpaceStrategy::Page => "pages",
        FileSpaceStrategy::Aggregators => "aggregators",
        _ => "none",
    });
    let record = Record::new()
        .text("file", &open.name)
        .maybe_plain("bytes", info.length_bytes)
        .maybe_plain("superblock_version", info.superblock_version)
        .maybe_plain("user_block_bytes", info.user_block_bytes)
        .maybe_text("file_space_strategy", strategy)
        .list("warnings", info.warnings.iter().map(|warning| quoted(warning)))
        .raw("origin", &origin(pymodaq::browser(&open).and_then(|browser| browser.origin())))
        .plain("write", responder.files().is_writable());
    Ok(Answer::json(record.end()))
}

fn origin(found: Result<FileOrigin>) -> String {
    let (program, version, warning) = match &found {
        Ok(origin @ (FileOrigin::Pymodaq(version) | FileOrigin::Legacy(version))) => {
            (Some("PyMoDAQ"), Some(version.as_str()).filter(|version| !version.is_empty()), origin.warning())
        }
        Ok(_) => (None, None, None),
        Err(error) => (None, None, Some(error.to_string())),
    };
    let record = Record::new().maybe_text("program", program).maybe_text("version", version);
    record.maybe_text("warning", warning.as_deref()).end()
}

/// Whether a file has changed.
pub(crate) fn live(responder: &Responder, request: &Request) -> Outcome {
    let state = responder.files().state(&responder.file_name(request)?)?;
    let record = Record::new().plain("live", state.live).text("version", &state.version);
    Ok(Answer::json(record.maybe_plain("bytes", state.bytes).end()))
}

/// A shape as JSON: `null` for a null dataspace.
pub(crate) fn shape_json(dataspace: &h5_types::Dataspace) -> String {
    match dataspace {
        h5_types::Dataspace::Null => "null".to_owned(),
        other => json::numbers(other.dimensions()),
    }
}
