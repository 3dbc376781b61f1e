//! `h5 info`.

use std::ffi::OsString;
use std::io::Write as _;
use std::ops::ControlFlow;

use clap::Args;
use h5::{
    Dataset, DatasetInfo, Elements, FileInfo, FileSpaceStrategy, FillDefinition, Heap, Layout, Object,
    ObjectKind, Result,
};
use serde_json::json;

use super::tree::links_text;
use crate::args::GlobalArgs;
use crate::describe::{
    counted, error_json, fill_text, filter_name, filters_json, kind_text, layout_kind, layout_text,
    maximum_json, printable, shape_json, shape_text, shortened, size_text, tuple,
};
use crate::failure::{Exit, Outcome};
use crate::json::{Record, write_document};
use crate::location::Location;
use crate::out::{Out, Role};
use crate::time::utc;
use crate::values::to_json;

/// Tell all facts about a file or one object.
///
/// Of a file: superblock, sizes of its addresses, how its space is managed. Of an object: header, times, reference count,
/// attributes. Of a dataset: datatype, extent, layout, chunks, filters with their parameters, fill value, storage and the ratio of
/// compression.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 info scan.h5
  h5 info scan.h5::/camera/frames
  h5 info --json scan.h5::/camera/frames | jq .storage_bytes")]
pub(crate) struct InfoArgs {
    /// File, or FILE::/path of an object
    #[arg(value_name = "FILE[::PATH]")]
    pub(crate) place: OsString,

    /// List the stored chunks: place, address, bytes
    #[arg(long)]
    pub(crate) chunks: bool,

    /// List at most so many chunks
    #[arg(long, short = 'n', value_name = "N", default_value_t = 1000)]
    pub(crate) limit: u64,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Sources of a virtual dataset that are shown.
const SHOWN_SOURCES: usize = 20;

/// What is told: a line for people beside a field for programs.
#[derive(Debug, Default)]
struct Facts {
    lines: Vec<(&'static str, String)>,
    fields: Record,
}

impl Facts {
    fn add(&mut self, label: &'static str, text: impl Into<String>, field: &str, value: serde_json::Value) {
        self.lines.push((label, text.into()));
        self.fields.insert(field.to_owned(), value);
    }
}

pub(crate) fn run(args: &InfoArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let location = Location::parse(&args.place);
    let file = location.open_whole_silently(global)?;
    let object = location.find_whole(&file)?;
    let mut facts = Facts::default();
    facts.add("file", location.file_text(), "file", json!(location.file_json()));
    if location.is_whole_file() {
        match file.info() {
            Ok(info) => file_facts(&info, &mut facts),
            Err(error) => {
                facts.add("broken", printable(&error.to_string()), "file_error", error_json(&error))
            }
        }
    }
    facts.add("path", shortened(&location.path, 1000), "path", json!(location.path.to_text()));
    let mut exit = Exit::Success;
    if let Err(error) = object_facts(&object, &mut facts) {
        facts.add("broken", printable(&error.to_string()), "error", error_json(&error));
        exit = Exit::No;
    }
    if args.chunks
        && let Err(error) = chunk_facts(&object, args.limit, &mut facts)
    {
        facts.add("broken", printable(&error.to_string()), "chunks_error", error_json(&error));
        exit = Exit::No;
    }
    if args.json {
        write_document(out, "h5.info", &facts.fields)?;
        return Ok(exit);
    }
    for (label, text) in &facts.lines {
        let role = if *label == "broken" { Role::Broken } else { Role::Aside };
        let label = out.paint.text(role, &format!("{label:16}"));
        for (number, line) in text.lines().enumerate() {
            let label = if number == 0 { label.clone() } else { " ".repeat(16) };
            writeln!(out, "{label} {line}")?;
        }
    }
    Ok(exit)
}

fn file_facts(info: &FileInfo, facts: &mut Facts) {
    if let Some(version) = info.superblock_version {
        facts.add("superblock", format!("version {version}"), "superblock_version", json!(version));
    }
    if let (Some(offsets), Some(lengths)) = (info.offset_size_bytes, info.length_size_bytes) {
        facts.add("offsets", counted(offsets.into(), "byte"), "size_of_offsets", json!(offsets));
        facts.add("lengths", counted(lengths.into(), "byte"), "size_of_lengths", json!(lengths));
    }
    if let Some(bytes) = info.user_block_bytes.filter(|bytes| *bytes > 0) {
        facts.add("user block", size_text(bytes), "user_block_bytes", json!(bytes));
    }
    if let Some(bytes) = info.length_bytes {
        facts.add("length", format!("{} ({bytes} bytes)", size_text(bytes)), "length_bytes", json!(bytes));
    }
    if info.shared_message_indexes > 0 {
        let count = info.shared_message_indexes;
        facts.add("shared messages", counted(count.into(), "index"), "shared_message_indexes", json!(count));
    }
    if let Some(strategy) = info.file_space_strategy {
        let text = match strategy {
            FileSpaceStrategy::FreeSpaceManagers => "free-space managers",
            FileSpaceStrategy::Page => "pages",
            FileSpaceStrategy::Aggregators => "aggregators",
            FileSpaceStrategy::None => "none",
            _ => "unknown",
        };
        facts.add("file space", text, "file_space_strategy", json!(text));
    }
    for warning in &info.warnings {
        facts.lines.push(("warning", printable(warning)));
    }
    if !info.warnings.is_empty() {
        facts.fields.insert("warnings".into(), json!(info.warnings));
    }
}

fn object_facts(object: &Object, facts: &mut Facts) -> Result<()> {
    let kind = kind_text(object.kind());
    facts.add("kind", kind, "kind", json!(kind));
    facts.add("object", object.token().to_string(), "token", json!(object.token().to_string()));
    let info = object.info()?;
    if let Some(version) = info.header_version {
        facts.add("object header", format!("version {version}"), "header_version", json!(version));
    }
    let links = info.reference_count;
    facts.add("hard links", links.to_string(), "reference_count", json!(links));
    if let Some(seconds) = info.birth_time {
        facts.add("created", utc(seconds), "created", json!(utc(seconds)));
    }
    if let Some(seconds) = info.modification_time {
        facts.add("changed", utc(seconds), "changed", json!(utc(seconds)));
    }
    if let Some(comment) = &info.comment {
        facts.add("comment", shortened(comment, 1000), "comment", json!(comment.to_text()));
    }
    if info.tracks_link_creation || info.tracks_attribute_creation {
        let tracked = match (info.tracks_link_creation, info.tracks_attribute_creation) {
            (true, true) => "links, attributes",
            (true, false) => "links",
            _ => "attributes",
        };
        facts.add("creation order", tracked, "creation_order", json!(tracked));
    }
    let attributes = attribute_count(object)?;
    facts.add("attributes", attributes.to_string(), "attributes", json!(attributes));
    match object.kind() {
        ObjectKind::Group => {
            let group = object.clone().into_group()?;
            facts.add("links", links_text(&group), "links", json!(group.link_count()?));
        }
        ObjectKind::CommittedDatatype => {
            let committed = object.clone().into_datatype()?;
            let datatype = committed.datatype()?;
            facts.add("datatype", shortened(datatype, 4000), "datatype", json!(datatype.to_string()));
        }
        ObjectKind::Dataset => dataset_facts(&object.clone().into_dataset()?, facts)?,
    }
    Ok(())
}

fn attribute_count(object: &Object) -> Result<u64> {
    let mut count = 0_u64;
    object.node().attributes(h5::Order::Native, &mut |_| {
        count = count.saturating_add(1);
        ControlFlow::Continue(())
    })?;
    Ok(count)
}

fn dataset_facts(dataset: &Dataset, facts: &mut Facts) -> Result<()> {
    let info = dataset.info()?;
    let element_bytes = info.datatype.size();
    facts.add("datatype", shortened(&info.datatype, 4000), "datatype", json!(info.datatype.to_string()));
    if let Some(token) = info.committed_datatype {
        facts.add(
            "committed type",
            format!("object {token}"),
            "committed_datatype",
            json!(token.to_string()),
        );
    }
    facts.add(
        "element",
        counted(u64::try_from(element_bytes).unwrap_or(u64::MAX), "byte"),
        "element_bytes",
        json!(element_bytes),
    );
    facts.add("shape", shape_text(&info.dataspace), "shape", shape_json(&info.dataspace));
    facts.fields.insert("maximum_shape".into(), maximum_json(&info.dataspace));
    let count = info.dataspace.element_count();
    facts.add(
        "elements",
        count.map_or_else(|| "over 2^64".into(), |n| n.to_string()),
        "elements",
        json!(count),
    );
    facts.add("layout", layout_text(&info), "layout", json!(layout_kind(&info)));
    layout_facts(&info, facts);
    fill_facts(&info, facts);
    let stored = dataset.node()?.storage_bytes()?;
    facts.add("storage", format!("{} ({stored} bytes)", size_text(stored)), "storage_bytes", json!(stored));
    let logical = count.and_then(|count| count.checked_mul(u64::try_from(element_bytes).ok()?));
    facts.fields.insert("logical_bytes".into(), json!(logical));
    if let Some(ratio) = logical.and_then(|logical| ratio_text(logical, stored)) {
        facts.add("ratio", ratio.clone(), "ratio", json!(ratio.parse::<f64>().ok()));
    }
    Ok(())
}

/// Logical bytes for each stored byte, with two decimals; none where nothing is stored.
fn ratio_text(logical: u64, stored: u64) -> Option<String> {
    let hundredths = u128::from(logical).saturating_mul(100).checked_div(stored.into())?;
    Some(format!("{}.{:02}", hundredths.checked_div(100)?, hundredths.checked_rem(100)?))
}

fn layout_facts(info: &DatasetInfo, facts: &mut Facts) {
    match &info.layout {
        Layout::Chunked { chunk, index } => {
            facts.fields.insert("chunk_shape".into(), json!(chunk));
            facts.fields.insert("chunk_index".into(), json!(crate::describe::chunk_index_text(*index)));
        }
        Layout::Virtual { mappings } => {
            let lines: Vec<_> = mappings
                .iter()
                .take(SHOWN_SOURCES)
                .map(|m| format!("{}::{}", shortened(&m.source_file, 200), shortened(&m.source_dataset, 200)))
                .collect();
            let sources: Vec<_> = mappings
                .iter()
                .map(|m| json!({ "file": m.source_file.to_text(), "dataset": m.source_dataset.to_text() }))
                .collect();
            facts.add("sources", lines.join("\n"), "sources", json!(sources));
        }
        _ => {}
    }
    if !info.external.is_empty() {
        let size = |f: &h5::ExternalFile| f.size_bytes.map_or_else(|| "unlimited".into(), |s| s.to_string());
        let lines: Vec<_> = info
            .external
            .iter()
            .take(SHOWN_SOURCES)
            .map(|f| format!("{} from byte {}, {} bytes", shortened(&f.name, 200), f.offset_bytes, size(f)))
            .collect();
        let files: Vec<_> = info
            .external
            .iter()
            .map(|f| json!({ "file": f.name.to_text(), "offset_bytes": f.offset_bytes, "size_bytes": f.size_bytes }))
            .collect();
        facts.add("external files", lines.join("\n"), "external_files", json!(files));
    }
    if !info.filters.is_empty() {
        let lines: Vec<_> = info
            .filters
            .iter()
            .map(|f| {
                let optional = if f.flags & 1 == 1 { ", optional" } else { "" };
                let parameters: Vec<_> = f.client_data.iter().take(64).collect();
                format!("{} (number {}{optional}), parameters {}", filter_name(f), f.id, tuple(parameters))
            })
            .collect();
        facts.lines.push(("filters", lines.join("\n")));
    }
    facts.fields.insert("filters".into(), filters_json(&info.filters));
}

fn fill_facts(info: &DatasetInfo, facts: &mut Facts) {
    let value = match &info.fill.definition {
        FillDefinition::User(bytes) if !info.datatype.has_variable_part() => {
            let element =
                Elements { datatype: info.datatype.clone(), bytes: bytes.clone(), heap: Heap::default() };
            element.value(0).ok()
        }
        _ => None,
    };
    let text = value.as_ref().map(|value| shortened(value, 200));
    let defined = match info.fill.definition {
        FillDefinition::Undefined => "undefined",
        FillDefinition::Default => "default",
        FillDefinition::User(_) => "user",
    };
    facts.add("fill value", fill_text(&info.fill, text.as_deref()), "fill", json!(defined));
    if let Some(value) = value {
        facts.fields.insert("fill_value".into(), to_json(&value));
    }
}

fn chunk_facts(object: &Object, limit: u64, facts: &mut Facts) -> Result<()> {
    let dataset = object.clone().into_dataset()?;
    let (mut lines, mut chunks, mut count, mut broken) = (Vec::new(), Vec::new(), 0_u64, None);
    dataset.node()?.chunks(&mut |chunk| {
        match chunk {
            Ok(chunk) => {
                count = count.saturating_add(1);
                if count <= limit {
                    lines.push(format!(
                        "{} at {:#x}, {} bytes{}",
                        tuple(&chunk.offset),
                        chunk.address,
                        chunk.stored_bytes,
                        if chunk.filter_mask == 0 {
                            String::new()
                        } else {
                            format!(", mask {:#x}", chunk.filter_mask)
                        }
                    ));
                    chunks.push(json!({
                        "offset": chunk.offset, "address": chunk.address, "stored_bytes": chunk.stored_bytes,
                        "filter_mask": chunk.filter_mask,
                    }));
                }
            }
            Err(error) => broken = Some(error),
        }
        ControlFlow::Continue(())
    })?;
    facts.add("chunks", count.to_string(), "chunk_count", json!(count));
    facts.lines.push(("", lines.join("\n")));
    facts.fields.insert("chunks".into(), json!(chunks));
    broken.map_or(Ok(()), Err)
}
