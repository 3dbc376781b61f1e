use h5::{
    AllocationTime, ChunkIndexKind, Dataset, DatasetInfo, Dataspace, Datatype, Elements, ErrorKind,
    FillDefinition, FillTime, FillValue, Heap, Hyperslab, HyperslabDimension, Layout, ObjectToken, Reference,
    ReferenceKind, Result, Selection, VirtualMapping,
};
use serde_json::{Value, json};

use super::encode::{Context, encode};
use super::{Hasher, Record, data_record, datatype, hex, selection};

/// Larger datasets are digested by their first and last rows only.
const LARGEST_WHOLE_BYTES: u64 = 64 << 20;
/// How much of such a dataset is read at either end.
const EDGE_BYTES: u64 = 1 << 20;
/// Rows larger than this are not read at all.
const LARGEST_ROW_BYTES: u64 = 256 << 20;
/// Bytes read at a time.
const SLAB_BYTES: u64 = 8 << 20;
/// Fill values longer than this are given by their hash.
const LARGEST_FILL_HEX: usize = 4096;

/// Fills in a dataset's record.
pub(super) fn describe(dataset: &Dataset, context: &Context<'_>, record: &mut Record) -> Result<()> {
    let info = dataset.info()?;
    record.insert("layout".into(), layout(&info));
    record.insert("shape".into(), shape(&info.dataspace));
    record.insert("maxshape".into(), maximum_shape(&info.dataspace));
    let filters: Vec<Value> = info
        .filters
        .iter()
        .map(|f| json!({ "id": f.id, "flags": f.flags, "cd": f.client_data.iter().take(64).collect::<Vec<_>>() }))
        .collect();
    record.insert("filters".into(), json!(filters));
    record.insert("fill".into(), fill(&info.fill, &info.datatype, context));
    if info.committed_datatype.is_some() {
        record.insert("type_committed".into(), json!(true));
    }
    record.insert("type".into(), datatype::describe(&info.datatype));
    if let Ok(bytes) = dataset.node()?.storage_bytes() {
        record.insert("storage".into(), json!(bytes));
    }
    match data(dataset, &info, context) {
        Ok(data) => record.insert("data".into(), data),
        Err(error) => record.insert("data_error".into(), json!(error.to_string())),
    };
    Ok(())
}

/// The extent: a list, empty for a scalar, null for a null dataspace.
pub(super) fn shape(dataspace: &Dataspace) -> Value {
    match dataspace {
        Dataspace::Null => Value::Null,
        other => json!(other.dimensions()),
    }
}

fn maximum_shape(dataspace: &Dataspace) -> Value {
    match dataspace {
        Dataspace::Null => Value::Null,
        Dataspace::Scalar => json!([]),
        Dataspace::Simple { maximum, .. } => {
            json!(maximum.iter().map(|m| m.map_or(json!(-1), |m| json!(m))).collect::<Vec<_>>())
        }
    }
}

fn layout(info: &DatasetInfo) -> Value {
    let mut record = Record::new();
    match &info.layout {
        Layout::Compact => record.insert("kind".into(), json!("compact")),
        Layout::Contiguous => record.insert("kind".into(), json!("contiguous")),
        Layout::Chunked { chunk, index } => {
            record.insert("chunk".into(), json!(chunk));
            record.insert("index".into(), json!(chunk_index(*index)));
            record.insert("kind".into(), json!("chunked"))
        }
        Layout::Virtual { mappings } => {
            let dimensions = info.dataspace.dimensions();
            record.insert("sources".into(), mappings.iter().map(|m| source(m, dimensions)).collect());
            record.insert("kind".into(), json!("virtual"))
        }
        _ => None,
    };
    if !info.external.is_empty() {
        let files: Vec<Value> = info
            .external
            .iter()
            .map(|f| json!([f.name.to_text(), f.offset_bytes, f.size_bytes.map_or(json!(-1), |s| json!(s))]))
            .collect();
        record.insert("external".into(), json!(files));
    }
    Value::Object(record)
}

fn chunk_index(kind: ChunkIndexKind) -> &'static str {
    match kind {
        ChunkIndexKind::BTreeV1 => "btree1",
        ChunkIndexKind::Single => "single",
        ChunkIndexKind::Implicit => "implicit",
        ChunkIndexKind::FixedArray => "fixed_array",
        ChunkIndexKind::ExtensibleArray => "extensible_array",
        ChunkIndexKind::BTreeV2 => "btree2",
    }
}

fn source(mapping: &VirtualMapping, dimensions: &[u64]) -> Value {
    // The source's extent is not stored; the smallest one that holds the selection stands for it.
    let bounds = selection::smallest_extent(&mapping.source_selection);
    json!({
        "file": mapping.source_file.to_text(), "dataset": mapping.source_dataset.to_text(),
        "virtual": selection::describe(&mapping.virtual_selection, dimensions),
        "source": selection::describe(&mapping.source_selection, &bounds),
    })
}

fn fill(fill: &FillValue, stored: &Datatype, context: &Context<'_>) -> Value {
    let mut record = Record::new();
    let defined = match &fill.definition {
        FillDefinition::Undefined => "undefined",
        FillDefinition::Default => "default",
        FillDefinition::User(bytes) => {
            if let Some(text) = fill_hex(bytes, stored, context) {
                record.insert("value_hex".into(), json!(text));
            }
            "user"
        }
    };
    record.insert("defined".into(), json!(defined));
    let allocation_time = match fill.allocation_time {
        AllocationTime::Early => "early",
        AllocationTime::Late => "late",
        AllocationTime::Incremental => "incremental",
    };
    record.insert("alloc_time".into(), json!(allocation_time));
    let fill_time = match fill.fill_time {
        FillTime::Allocation => "alloc",
        FillTime::Never => "never",
        FillTime::IfSet => "ifset",
    };
    record.insert("fill_time".into(), json!(fill_time));
    Value::Object(record)
}

/// The fill value, canonically encoded; none for datatypes with variable-length parts.
fn fill_hex(bytes: &[u8], stored: &Datatype, context: &Context<'_>) -> Option<String> {
    let elements = fill_element(bytes, stored)?;
    let mut encoded = Vec::new();
    super::encode::encode_to(&elements, context, &mut encoded).ok()?;
    if stored.size() <= LARGEST_FILL_HEX {
        Some(hex(&encoded))
    } else {
        let mut hash = Hasher::default();
        hash.update(&encoded);
        hash.into_record("", 1).get("sha256").and_then(Value::as_str).map(String::from)
    }
}

/// A fill value, which is kept as stored, in memory form. Addresses of objects need no file for that; other parts of variable size do.
fn fill_element(bytes: &[u8], stored: &Datatype) -> Option<Elements> {
    let datatype = stored.memory_form();
    let mut element = vec![0; datatype.size()];
    let mut heap = Heap::default();
    place(stored, &datatype, bytes, &mut element, &mut heap)?;
    Some(Elements { datatype, bytes: element, heap })
}

fn place(stored: &Datatype, form: &Datatype, from: &[u8], to: &mut [u8], heap: &mut Heap) -> Option<()> {
    if !stored.has_variable_part() {
        return (from.len() == to.len()).then(|| to.copy_from_slice(from));
    }
    match (stored, form) {
        (Datatype::Reference(t), _) if t.kind == ReferenceKind::Object => {
            let is_null = from.iter().all(|&b| b == 0) || from.iter().all(|&b| b == 0xff);
            let address = from.iter().rev().fold(0_u128, |number, &byte| number << 8 | u128::from(byte));
            let reference = if is_null { Reference::Null } else { Reference::Object(ObjectToken(address)) };
            heap.push_reference(reference, to).ok()
        }
        (Datatype::Compound(t), Datatype::Compound(form)) => {
            t.members.iter().zip(&form.members).try_for_each(|(m, f)| {
                let from = from.get(m.offset..)?.get(..m.datatype.size())?;
                let to = to.get_mut(f.offset..)?.get_mut(..f.datatype.size())?;
                place(&m.datatype, &f.datatype, from, to, heap)
            })
        }
        (Datatype::Array(t), Datatype::Array(form)) => {
            let elements =
                from.chunks_exact(t.base.size().max(1)).zip(to.chunks_exact_mut(form.base.size().max(1)));
            elements.map(|(from, to)| place(&t.base, &form.base, from, to, heap)).collect()
        }
        _ => None,
    }
}

fn data(dataset: &Dataset, info: &DatasetInfo, context: &Context<'_>) -> Result<Value> {
    let dimensions = info.dataspace.dimensions();
    let count = info.dataspace.element_count().unwrap_or(u64::MAX);
    let (Some(&rows), true) = (dimensions.first(), count > 0) else {
        return data_record(&dataset.elements(&Selection::All)?, context);
    };
    let element_bytes = library_memory_bytes(&info.datatype);
    let row_bytes = dimensions.iter().skip(1).fold(element_bytes, |bytes, &n| bytes.saturating_mul(n));
    if row_bytes > LARGEST_ROW_BYTES {
        return Ok(json!({ "mode": "skipped", "why": "one row is larger than 256 MiB" }));
    }
    let whole = rows.saturating_mul(row_bytes) <= LARGEST_WHOLE_BYTES;
    let parts = if whole {
        vec![(0, rows)]
    } else {
        let edge = EDGE_BYTES.checked_div(row_bytes).unwrap_or(1).max(1);
        vec![(0, edge.min(rows)), (rows.saturating_sub(edge), rows)]
    };
    let mut step = SLAB_BYTES.checked_div(row_bytes).unwrap_or(1).max(1);
    let mut hash = Hasher::default();
    let mut read = 0_usize;
    for &(first, end) in &parts {
        let mut row = first;
        while row < end {
            let next = row.saturating_add(step).min(end);
            let elements = match dataset.elements(&rows_selection(dimensions, row, next)) {
                // The rows may hold more values of variable size than are read at once.
                Err(error) if error.kind() == ErrorKind::Limit && next.saturating_sub(row) > 1 => {
                    step = next.saturating_sub(row).div_ceil(2);
                    continue;
                }
                read => read?,
            };
            encode(&elements, context, &mut hash)?;
            read = read.saturating_add(elements.count());
            row = next;
        }
    }
    let mut record = hash.into_record(if whole { "full" } else { "head-tail" }, read);
    if !whole && let Some(record) = record.as_object_mut() {
        record.insert("rows".into(), json!(parts));
    }
    Ok(record)
}

fn rows_selection(dimensions: &[u64], first: u64, end: u64) -> Selection {
    let contiguous = |start, size| HyperslabDimension { start, stride: 1, count: Some(size), block: Some(1) };
    let rest = dimensions.iter().skip(1).map(|&n| contiguous(0, n));
    let dimensions = std::iter::once(contiguous(first, end.saturating_sub(first))).chain(rest).collect();
    Selection::Hyperslab(Hyperslab { dimensions })
}

/// Bytes of an element in the C library's memory: what decides whether a dataset is digested whole.
fn library_memory_bytes(datatype: &Datatype) -> u64 {
    let wide = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    match datatype {
        Datatype::Vlen(_) => 16,
        Datatype::String(_) if datatype.has_variable_part() => 8,
        Datatype::Reference(t) => match t.kind {
            ReferenceKind::Object => 8,
            ReferenceKind::Region => 12,
            _ => 64,
        },
        Datatype::Array(t) => wide(t.element_count()).saturating_mul(library_memory_bytes(&t.base)),
        Datatype::Compound(t) => t.members.iter().fold(wide(t.size), |bytes, m| {
            bytes.saturating_sub(wide(m.datatype.size())).saturating_add(library_memory_bytes(&m.datatype))
        }),
        other => wide(other.size()),
    }
}

/// The element that a region reference selects in its dataset, in words.
pub(super) fn region_text(reference: &Reference, context: &Context<'_>) -> Option<String> {
    let Reference::Region { object, selection } = reference else { return None };
    let dataset =
        context.file.object_by_token(*object, context.path_of(*object)).ok()?.into_dataset().ok()?;
    let info = dataset.info().ok()?;
    Some(selection::describe(selection, info.dataspace.dimensions()))
}
