//! Facts about objects in words and in JSON.

use std::fmt::{Display, Write as _};

pub(crate) use h5::shortened;
use h5::{
    AllocationTime, ChunkIndexKind, Dataset, DatasetInfo, Dataspace, Feature, FillDefinition, FillTime,
    FillValue, FilterInfo, Layout, Link, LinkTarget, Name, ObjectKind,
};
use serde_json::{Value, json};

/// Text in which nothing can change how a terminal behaves.
pub(crate) fn printable(text: &str) -> String {
    Name::from(text).to_string()
}

/// A number of things: `1 link`, `2 links`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Bytes for people: `312 B`, `1.5 KiB`.
pub(crate) fn size_text(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut tenths = u128::from(bytes).saturating_mul(10);
    let mut unit = "B";
    for next in UNITS {
        if tenths < 10_240 {
            break;
        }
        tenths = tenths.div_ceil(1024);
        unit = next;
    }
    format!("{}.{} {unit}", tenths.checked_div(10).unwrap_or(0), tenths.checked_rem(10).unwrap_or(0))
}

/// `group`, `dataset` or `datatype`.
pub(crate) fn kind_text(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Group => "group",
        ObjectKind::Dataset => "dataset",
        ObjectKind::CommittedDatatype => "datatype",
    }
}

/// Numbers in brackets, as numpy shows a shape: `()`, `(3,)`, `(3, 4)`.
pub(crate) fn tuple(items: impl IntoIterator<Item = impl Display>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    match items.as_slice() {
        [one] => format!("({one},)"),
        items => format!("({})", items.join(", ")),
    }
}

/// Extent, with what it can grow to if it can.
pub(crate) fn shape_text(dataspace: &Dataspace) -> String {
    match dataspace {
        Dataspace::Null => "null".into(),
        Dataspace::Scalar => "scalar".into(),
        Dataspace::Simple { dimensions, maximum } => {
            let grows = dimensions.iter().zip(maximum).any(|(size, maximum)| *maximum != Some(*size));
            let largest = |m: &Option<u64>| m.map_or_else(|| "unlimited".to_owned(), |m| m.to_string());
            let growth =
                if grows { format!(" of {}", tuple(maximum.iter().map(largest))) } else { String::new() };
            format!("{}{growth}", tuple(dimensions))
        }
    }
}

/// Dimensions; null for a null dataspace.
pub(crate) fn shape_json(dataspace: &Dataspace) -> Value {
    match dataspace {
        Dataspace::Null => Value::Null,
        other => json!(other.dimensions()),
    }
}

/// Largest dimensions, null for unlimited ones.
pub(crate) fn maximum_json(dataspace: &Dataspace) -> Value {
    match dataspace {
        Dataspace::Simple { maximum, .. } => json!(maximum),
        other => shape_json(other),
    }
}

/// True if the backend tells which chunks of a dataset are stored.
pub(crate) fn lists_chunks(dataset: &Dataset) -> bool {
    dataset.object().file().backend().capability().has(Feature::RawChunks)
}

/// Name of a layout.
pub(crate) fn layout_kind(info: &DatasetInfo) -> &'static str {
    match &info.layout {
        Layout::Compact => "compact",
        Layout::Contiguous if info.external.is_empty() => "contiguous",
        Layout::Contiguous => "external",
        Layout::Chunked { .. } => "chunked",
        Layout::Virtual { .. } => "virtual",
        _ => "unknown",
    }
}

/// Layout in words.
pub(crate) fn layout_text(info: &DatasetInfo) -> String {
    match &info.layout {
        Layout::Chunked { chunk, index } => {
            format!("chunked {}, {}", tuple(chunk), chunk_index_text(*index))
        }
        Layout::Virtual { mappings } => {
            format!("virtual, {}", counted(u64::try_from(mappings.len()).unwrap_or(u64::MAX), "source"))
        }
        _ => layout_kind(info).to_owned(),
    }
}

/// Name of a chunk index.
pub(crate) fn chunk_index_text(index: ChunkIndexKind) -> &'static str {
    match index {
        ChunkIndexKind::BTreeV1 => "version 1 B-tree",
        ChunkIndexKind::Single => "single chunk",
        ChunkIndexKind::Implicit => "implicit index",
        ChunkIndexKind::FixedArray => "fixed array",
        ChunkIndexKind::ExtensibleArray => "extensible array",
        ChunkIndexKind::BTreeV2 => "version 2 B-tree",
    }
}

/// Name of a filter: the registered one, else what the file calls it, else its number.
pub(crate) fn filter_name(filter: &FilterInfo) -> String {
    match (h5::filters::registered_name(filter.id), &filter.name) {
        (Some(name), _) => name.to_owned(),
        (None, Some(name)) => shortened(name, 40),
        (None, None) => format!("filter {}", filter.id),
    }
}

/// A filter pipeline: `shuffle, deflate 4`.
pub(crate) fn filters_text(filters: &[FilterInfo]) -> String {
    /// Parameters shown of each filter.
    const PARAMETERS: usize = 8;
    let one = |filter: &FilterInfo| {
        let mut text = filter_name(filter);
        // The first parameters of shuffle and of the library's own filters only repeat the datatype.
        if filter.id == 1 {
            for parameter in filter.client_data.iter().take(PARAMETERS) {
                let _ = write!(text, " {parameter}");
            }
        }
        text
    };
    filters.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A filter pipeline.
pub(crate) fn filters_json(filters: &[FilterInfo]) -> Value {
    let one = |filter: &FilterInfo| {
        json!({
            "id": filter.id, "name": filter_name(filter), "optional": filter.flags & 1 == 1,
            "parameters": filter.client_data,
        })
    };
    filters.iter().map(one).collect()
}

/// A fill value and its rules.
pub(crate) fn fill_text(fill: &FillValue, value: Option<&str>) -> String {
    let defined = match (&fill.definition, value) {
        (FillDefinition::Undefined, _) => "undefined".to_owned(),
        (FillDefinition::Default, _) => "default".to_owned(),
        (FillDefinition::User(_), Some(value)) => value.to_owned(),
        (FillDefinition::User(bytes), None) => format!("{} bytes", bytes.len()),
    };
    let allocated = match fill.allocation_time {
        AllocationTime::Early => "with the dataset",
        AllocationTime::Late => "with the first write",
        AllocationTime::Incremental => "chunk by chunk",
    };
    let written = match fill.fill_time {
        FillTime::Allocation => "on allocation",
        FillTime::Never => "never",
        FillTime::IfSet => "on allocation if set",
    };
    format!("{defined}; allocated {allocated}, filled {written}")
}

/// Where a link leads.
pub(crate) fn target_text(link: &Link) -> String {
    match &link.target {
        LinkTarget::Hard(token) => format!("object {token}"),
        LinkTarget::Soft(target) => shortened(target, 200),
        LinkTarget::External { file, path } => format!("{}::{}", shortened(file, 200), shortened(path, 200)),
        LinkTarget::UserDefined { class, value } => {
            format!(
                "user-defined class {class}, {}",
                counted(u64::try_from(value.len()).unwrap_or(u64::MAX), "byte")
            )
        }
        _ => "a link of an unknown kind".into(),
    }
}

/// A link, as JSON.
pub(crate) fn link_json(link: &Link) -> Value {
    match &link.target {
        LinkTarget::Hard(token) => json!({ "link": "hard", "token": token.to_string() }),
        LinkTarget::Soft(target) => json!({ "link": "soft", "target": target.to_text() }),
        LinkTarget::External { file, path } => {
            json!({ "link": "external", "file": file.to_text(), "target": path.to_text() })
        }
        LinkTarget::UserDefined { class, value } => {
            json!({ "link": "user-defined", "class": class, "bytes": value.len() })
        }
        _ => json!({ "link": "unknown" }),
    }
}

/// An error, as JSON.
pub(crate) fn error_json(error: &h5::Error) -> Value {
    let mut record = serde_json::Map::new();
    record.insert("kind".into(), json!(format!("{:?}", error.kind())));
    record.insert("message".into(), json!(error.to_string()));
    if let Some(address) = error.address() {
        record.insert("address".into(), json!(address));
    }
    if let Some(structure) = error.structure() {
        record.insert("structure".into(), json!(structure));
    }
    if let Some(section) = error.section() {
        record.insert("section".into(), json!(section));
    }
    Value::Object(record)
}

#[cfg(test)]
mod tests {
    use h5::Dataspace;

    use super::{shape_text, size_text, tuple};

    #[test]
    fn sizes_have_four_digits_at_most() {
        let shown: Vec<_> = [0, 1023, 1024, 1536, 1 << 20, u64::MAX].map(size_text).into();
        assert_eq!(shown, ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "1.0 MiB", "16.0 EiB"]);
    }

    #[test]
    fn shapes_read_as_tuples() {
        assert_eq!(tuple([3]), "(3,)");
        assert_eq!(shape_text(&Dataspace::fixed([3, 4])), "(3, 4)");
        assert_eq!(shape_text(&Dataspace::Scalar), "scalar");
        let growing = Dataspace::Simple { dimensions: vec![3], maximum: vec![None] };
        assert_eq!(shape_text(&growing), "(3,) of (unlimited,)");
    }
}
