//! How an object is stored.

use std::ops::ControlFlow;

use h5_backend::{Dataset, Object};
use h5_filters::Registry;
use h5_types::{
    AllocationTime, ChunkIndexKind, DatasetInfo, Error, FillDefinition, FillTime, Layout, Result, Selection,
    shortened,
};

use super::filter_name;
use crate::answer::{Answer, Outcome, error_json};
use crate::json::{Record, list, numbers};
use crate::request::Request;
use crate::responder::OpenFile;
use crate::session::shape_json;
use crate::tree::{PAGE_ITEMS, kind_text, maximum_json};
use crate::values::cell;

/// Chunks that are counted.
const COUNTED_CHUNKS: u64 = 100_000;
/// Chunks of a page.
const CHUNKS: usize = 100;
/// Sources of a virtual dataset, and external files, that are listed.
const SOURCES: usize = 1000;

/// Facts about the object's storage.
pub(crate) fn storage(open: &OpenFile, request: &Request) -> Outcome {
    let (object, _) = open.asked(request)?;
    let info = object.info()?;
    let record = Record::new()
        .plain("address", object.token().0)
        .maybe_plain("header_version", info.header_version)
        .plain("reference_count", info.reference_count)
        .maybe_plain("modified_s", info.modification_time)
        .text("kind", kind_text(object.kind()));
    let record = match object.clone().into_dataset() {
        Ok(dataset) => dataset_record(record, &dataset, &open.filters, request)?,
        Err(_) => other_record(record, &object),
    };
    Ok(Answer::json(record.end()))
}

/// What groups and datatypes have not.
fn other_record(record: Record, object: &Object) -> Record {
    let datatype = object.clone().into_datatype().ok();
    let datatype = datatype.as_ref().and_then(|datatype| datatype.datatype().ok());
    let short = datatype.map(|datatype| shortened(datatype, 200));
    let long = datatype.map(|datatype| shortened(datatype, 100_000));
    let record = record.maybe_text("type", short.as_deref()).maybe_text("type_long", long.as_deref());
    let absent = ["layout", "shape", "maxshape", "chunk", "index", "fill", "logical_bytes", "stored_bytes"];
    let record = absent.into_iter().fold(record, |record, name| record.raw(name, "null"));
    let record = ["ratio", "chunks_stored", "chunks_total"]
        .into_iter()
        .fold(record, |record, name| record.raw(name, "null"));
    let record = record.plain("complete", true);
    ["filters", "chunks", "external", "virtual"]
        .into_iter()
        .fold(record, |record, name| record.raw(name, "[]"))
}

fn dataset_record(
    record: Record,
    dataset: &Dataset,
    registry: &Registry,
    request: &Request,
) -> Result<Record> {
    let info = dataset.info()?;
    let filters = info.filters.iter().map(|filter| {
        Record::new()
            .plain("id", filter.id)
            .text("name", &filter_name(filter))
            .plain("optional", filter.flags & 1 == 1)
            .raw("parameters", &numbers(&filter.client_data))
            .plain("decodes", registry.get(filter.id).is_some())
            .end()
    });
    let (chunk, index) = match &info.layout {
        Layout::Chunked { chunk, index } => (numbers(chunk), Some(index_name(*index))),
        _ => ("null".to_owned(), None),
    };
    let size = u64::try_from(info.datatype.size()).unwrap_or(u64::MAX);
    let record = record
        .text("layout", layout_name(&info))
        .text("type", &shortened(&info.datatype, 200))
        .text("type_long", &shortened(&info.datatype, 100_000))
        .raw("shape", &shape_json(&info.dataspace))
        .raw("maxshape", &maximum_json(&info.dataspace))
        .raw("chunk", &chunk)
        .maybe_text("index", index)
        .list("filters", filters)
        .raw("fill", &fill_json(dataset, &info))
        .maybe_plain("logical_bytes", info.dataspace.element_count().map(|n| n.saturating_mul(size)));
    let record = chunk_record(record, dataset, &info, size, request)?;
    Ok(sources_record(record, &info))
}

fn chunk_record(
    record: Record,
    dataset: &Dataset,
    info: &DatasetInfo,
    element_bytes: u64,
    request: &Request,
) -> Result<Record> {
    let Layout::Chunked { chunk, .. } = &info.layout else {
        let stored = dataset.node()?.storage_bytes();
        let record = match stored {
            Ok(bytes) => record.plain("stored_bytes", bytes),
            Err(error) => record.raw("stored_bytes", "null").raw("error", &error_json(&error)),
        };
        let record = record.raw("ratio", "null").raw("chunks_stored", "null").raw("chunks_total", "null");
        return Ok(record.plain("complete", true).raw("chunks", "[]"));
    };
    let start = request.number("start", 0, COUNTED_CHUNKS)?;
    let limit = request.count("limit", CHUNKS, PAGE_ITEMS)?;
    let (mut count, mut bytes, mut page) = (0_u64, 0_u64, Vec::new());
    let mut failed: Option<Error> = None;
    let listed = dataset.node()?.chunks(&mut |found| {
        match found {
            Ok(found) if count < COUNTED_CHUNKS => {
                if count >= start && page.len() < limit {
                    let record = Record::new().raw("offset", &numbers(&found.offset));
                    let record = record.plain("address", found.address).plain("bytes", found.stored_bytes);
                    page.push(record.plain("mask", found.filter_mask).end());
                }
                count = count.saturating_add(1);
                bytes = bytes.saturating_add(found.stored_bytes);
            }
            Ok(_) => return ControlFlow::Break(()),
            Err(error) => failed = Some(error),
        }
        ControlFlow::Continue(())
    });
    let failed = failed.or(listed.err());
    let of_chunk = chunk.iter().fold(element_bytes, |bytes, &size| bytes.saturating_mul(size));
    let total = info
        .dataspace
        .dimensions()
        .iter()
        .zip(chunk)
        .fold(1_u64, |total, (&size, &chunk)| total.saturating_mul(size.div_ceil(chunk.max(1))));
    let record = record.plain("stored_bytes", bytes);
    let record = match bytes {
        0 => record.raw("ratio", "null"),
        bytes => record.number("ratio", as_f64(of_chunk.saturating_mul(count)) / as_f64(bytes)),
    };
    let record = record
        .plain("chunks_stored", count)
        .plain("chunks_total", total)
        .plain("complete", count < COUNTED_CHUNKS && failed.is_none())
        .list("chunks", page);
    Ok(match failed {
        Some(error) => record.raw("error", &error_json(&error)),
        None => record,
    })
}

fn sources_record(record: Record, info: &DatasetInfo) -> Record {
    let external = info.external.iter().take(SOURCES).map(|file| {
        let record = Record::new().text("name", &file.name.to_text()).plain("offset", file.offset_bytes);
        record.maybe_plain("bytes", file.size_bytes).end()
    });
    let record = record.list("external", external);
    let Layout::Virtual { mappings } = &info.layout else { return record.raw("virtual", "[]") };
    let mappings = mappings.iter().take(SOURCES).map(|mapping| {
        Record::new()
            .text("file", &mapping.source_file.to_text())
            .text("path", &mapping.source_dataset.to_text())
            .text("source", &selection_words(&mapping.source_selection))
            .text("target", &selection_words(&mapping.virtual_selection))
            .end()
    });
    record.raw("virtual", &list(mappings))
}

/// A selection in numpy's notation, as far as it has one.
fn selection_words(selection: &Selection) -> String {
    match selection {
        Selection::All => "all".to_owned(),
        Selection::None => "none".to_owned(),
        Selection::Hyperslab(slab) => {
            let parts = slab.dimensions.iter().map(|d| match (d.count, d.block) {
                (Some(1), Some(block)) => format!("{}:{}", d.start, d.start.saturating_add(block)),
                (Some(count), Some(1)) => {
                    let end = d.start.saturating_add(d.stride.saturating_mul(count));
                    format!("{}:{end}:{}", d.start, d.stride)
                }
                (None, Some(1)) => format!("{}::{}", d.start, d.stride),
                (_, None) => format!("{}:", d.start),
                (None, Some(block)) => format!("{}: blocks of {block} each {}", d.start, d.stride),
                (Some(count), Some(block)) => {
                    format!("{}: {count} blocks of {block} each {}", d.start, d.stride)
                }
            });
            parts.collect::<Vec<_>>().join(", ")
        }
        Selection::Union(blocks) => format!("{} boxes", blocks.len()),
        _ => "points".to_owned(),
    }
}

fn fill_json(dataset: &Dataset, info: &DatasetInfo) -> String {
    let fill = &info.fill;
    let defined = match &fill.definition {
        FillDefinition::Undefined => "undefined",
        FillDefinition::Default => "default",
        FillDefinition::User(_) => "user",
    };
    let value = match &fill.definition {
        FillDefinition::User(_) => {
            let elements = dataset.node().and_then(|node| node.fill_elements()).ok().flatten();
            elements.and_then(|elements| elements.value(0).ok()).map(|value| cell(&value, 1000))
        }
        _ => None,
    };
    let written = match fill.fill_time {
        FillTime::Allocation => "on allocation",
        FillTime::Never => "never",
        FillTime::IfSet => "on allocation, if set",
    };
    let allocated = match fill.allocation_time {
        AllocationTime::Early => "with the dataset",
        AllocationTime::Late => "with the first write",
        AllocationTime::Incremental => "chunk by chunk",
    };
    let record = Record::new().text("defined", defined).maybe_text("value", value.as_deref());
    record.text("written", written).text("allocated", allocated).end()
}

fn layout_name(info: &DatasetInfo) -> &'static str {
    match &info.layout {
        Layout::Compact => "compact",
        Layout::Contiguous if info.external.is_empty() => "contiguous",
        Layout::Contiguous => "external",
        Layout::Chunked { .. } => "chunked",
        Layout::Virtual { .. } => "virtual",
        _ => "unknown",
    }
}

fn index_name(index: ChunkIndexKind) -> &'static str {
    match index {
        ChunkIndexKind::BTreeV1 => "version 1 B-tree",
        ChunkIndexKind::Single => "single chunk",
        ChunkIndexKind::Implicit => "implicit index",
        ChunkIndexKind::FixedArray => "fixed array",
        ChunkIndexKind::ExtensibleArray => "extensible array",
        ChunkIndexKind::BTreeV2 => "version 2 B-tree",
    }
}

/// For ratios, where the last digits do not matter.
fn as_f64(number: u64) -> f64 {
    number as f64
}
