//! Datasets as the server describes them, and as it is told of them.

use h5_backend::auto_chunk;
use h5_types::{
    AllocationTime, ChunkIndexKind, Converter, DatasetInfo, Dataspace, Datatype, Elements, Error,
    FillDefinition, FillTime, FillValue, FilterInfo, Heap, Layout, NewDataset, NewLayout, Result,
};
use serde_json::{Map, Value, json};

use crate::datatype;
use crate::id::Id;
use crate::json::lacks;
use crate::object::Met;
use crate::value;
use crate::wire::References;

/// Creation property in which this crate notes what the server has no word for; the server keeps it and asks nothing.
pub(crate) const OWN: &str = "h5";
/// Bytes of the largest dataset in one piece: the server's largest chunk.
const LARGEST_PIECE: u64 = 4 << 20;
/// Filters that the server takes, and how it calls them.
const FILTERS: [(u16, &str); 8] = [
    (1, "H5Z_FILTER_DEFLATE"),
    (2, "H5Z_FILTER_SHUFFLE"),
    (3, "H5Z_FILTER_FLETCHER32"),
    (5, "H5Z_FILTER_NBIT"),
    (6, "H5Z_FILTER_SCALEOFFSET"),
    (32004, "H5Z_FILTER_LZ4"),
    (32008, "H5Z_FILTER_BITSHUFFLE"),
    (32015, "H5Z_FILTER_ZSTD"),
];

/// Numbers of the filters that new datasets may have.
pub(crate) fn filters() -> impl Iterator<Item = u16> {
    FILTERS.iter().map(|(id, _)| *id)
}

/// Reads what a dataset says of itself.
pub(crate) fn read(json: &Value, creation: &Value, met: &mut Met) -> Result<DatasetInfo> {
    let (datatype, committed) = datatype::decode_stored(json.get("type").ok_or_else(|| lacks("type"))?)?;
    met.0.extend(committed);
    let dataspace = dataspace(json.get("shape"))?;
    let layout = layout(json.get("layout").or_else(|| creation.get("layout")), &dataspace)?;
    let filters = match creation.get("filters") {
        Some(Value::Array(list)) => {
            let noted =
                |at: usize| creation.get(OWN).and_then(|own| own.get("filters")).and_then(|all| all.get(at));
            list.iter().enumerate().map(|(at, json)| filter(json, noted(at))).collect::<Result<_>>()?
        }
        _ => Vec::new(),
    };
    let is_undefined = creation.get(OWN).is_some_and(|own| own.get("undefinedFill").is_some());
    let definition = match creation.get("fillValue") {
        _ if is_undefined => FillDefinition::Undefined,
        Some(value) if !value.is_null() => fill(&datatype, value)?,
        _ => FillDefinition::Default,
    };
    let allocation_time = match layout {
        Layout::Compact => AllocationTime::Early,
        Layout::Chunked { .. } => AllocationTime::Incremental,
        _ => AllocationTime::Late,
    };
    Ok(DatasetInfo {
        datatype,
        committed_datatype: committed.map(Id::token),
        dataspace,
        layout,
        filters,
        fill: FillValue { definition, allocation_time, fill_time: FillTime::IfSet },
        external: Vec::new(),
    })
}

/// Reads an extent.
pub(crate) fn dataspace(json: Option<&Value>) -> Result<Dataspace> {
    let Some(json) = json else { return Ok(Dataspace::Scalar) };
    let sizes = match json {
        Value::String(class) if class == "H5S_NULL" => return Ok(Dataspace::Null),
        Value::String(_) => return Ok(Dataspace::Scalar),
        Value::Array(_) => json,
        _ => match json.get("class").and_then(Value::as_str) {
            Some("H5S_NULL") => return Ok(Dataspace::Null),
            Some("H5S_SCALAR") => return Ok(Dataspace::Scalar),
            _ => json.get("dims").ok_or_else(|| lacks("dims"))?,
        },
    };
    let sizes = sizes.as_array().filter(|sizes| !sizes.is_empty() && sizes.len() <= 32);
    let sizes = sizes.ok_or_else(|| lacks("dims"))?;
    let dimensions: Vec<u64> =
        sizes.iter().map(|size| size.as_u64().ok_or_else(|| lacks("dims"))).collect::<Result<_>>()?;
    let maximum = match json.get("maxdims") {
        Some(Value::Array(list)) if list.len() == dimensions.len() => {
            // Zero and a word both mean: without end.
            list.iter().map(|most| most.as_u64().filter(|&most| most > 0)).collect()
        }
        _ => dimensions.iter().copied().map(Some).collect(),
    };
    Ok(Dataspace::Simple { dimensions, maximum })
}

fn layout(json: Option<&Value>, dataspace: &Dataspace) -> Result<Layout> {
    let class = json.and_then(|json| json.get("class")).and_then(Value::as_str).unwrap_or("H5D_CONTIGUOUS");
    match class {
        "H5D_COMPACT" => Ok(Layout::Compact),
        _ if dataspace.rank() == 0 => Ok(Layout::Contiguous),
        "H5D_CHUNKED" | "H5D_CHUNKED_REF" | "H5D_CHUNKED_REF_INDIRECT" => {
            let dims = json.and_then(|json| json.get("dims")).and_then(Value::as_array);
            let chunk: Option<Vec<u64>> = dims
                .and_then(|dims| dims.iter().map(|size| size.as_u64().filter(|&size| size > 0)).collect());
            let chunk =
                chunk.filter(|chunk| chunk.len() == dataspace.rank()).ok_or_else(|| lacks("layout"))?;
            Ok(Layout::Chunked { chunk, index: ChunkIndexKind::BTreeV1 })
        }
        _ => Ok(Layout::Contiguous),
    }
}

fn filter(json: &Value, noted: Option<&Value>) -> Result<FilterInfo> {
    let class = json.get("class").and_then(Value::as_str).unwrap_or_default();
    let known = FILTERS.iter().find(|(_, name)| *name == class).map(|(id, _)| *id);
    let id = json.get("id").and_then(Value::as_u64).and_then(|id| u16::try_from(id).ok());
    let id = id.or(known).ok_or_else(|| lacks("filters"))?;
    let level = json.get("level").and_then(Value::as_u64).and_then(|level| u32::try_from(level).ok());
    let client_data = match noted.and_then(Value::as_array) {
        Some(list) => {
            list.iter().filter_map(Value::as_u64).filter_map(|word| u32::try_from(word).ok()).collect()
        }
        None => level.into_iter().collect(),
    };
    Ok(FilterInfo { id, flags: 0, name: None, client_data })
}

/// A fill value as an element; what has a variable part is told by nobody.
fn fill(datatype: &Datatype, value: &Value) -> Result<FillDefinition> {
    if datatype.has_variable_part() {
        return Ok(FillDefinition::Default);
    }
    let references = References::new(&|_| None);
    let read = match value {
        Value::Object(encoded) => match encoded.get("base64").and_then(Value::as_str) {
            Some(text) => Some(value::read_base64(datatype, &Dataspace::Scalar, text, &references)?),
            None => None,
        },
        other => value::read(datatype, &Dataspace::Scalar, other, &references)?,
    };
    Ok(read.map_or(FillDefinition::Default, |elements| FillDefinition::User(elements.bytes)))
}

/// Describes a new dataset to the server.
///
/// # Errors
/// `Unsupported` for what it refuses.
pub(crate) fn write(new: &NewDataset, committed: Option<Id>) -> Result<(Map<String, Value>, Datatype)> {
    let described = datatype::encode(&new.datatype)?;
    // Packed, as the server keeps it.
    let stored = datatype::decode(&described)?;
    let mut body = Map::new();
    body.insert("type".to_owned(), committed.map_or(described, |id| json!(id.to_string())));
    match &new.dataspace {
        Dataspace::Null => drop(body.insert("shape".to_owned(), json!("H5S_NULL"))),
        Dataspace::Scalar => drop(body.insert("shape".to_owned(), json!("H5S_SCALAR"))),
        Dataspace::Simple { dimensions, maximum } => {
            body.insert("shape".to_owned(), json!(dimensions));
            if dimensions.iter().zip(maximum).any(|(&size, &most)| most != Some(size)) {
                let most: Vec<Value> = maximum
                    .iter()
                    .map(|most| most.map_or(json!("H5S_UNLIMITED"), |most| json!(most)))
                    .collect();
                body.insert("maxdims".to_owned(), Value::Array(most));
            }
        }
    }
    let mut creation = Map::new();
    creation.insert("layout".to_owned(), write_layout(new, &stored)?);
    let mut own = Map::new();
    if !new.filters.is_empty() {
        let list: Result<Vec<(Value, Value)>> = new.filters.iter().filter_map(write_filter).collect();
        let (filters, noted): (Vec<Value>, Vec<Value>) = list?.into_iter().unzip();
        creation.insert("filters".to_owned(), Value::Array(filters));
        own.insert("filters".to_owned(), Value::Array(noted));
    }
    if let Some(value) = write_fill(new, &stored)? {
        creation.insert("fillValue".to_owned(), value);
    }
    if new.fill == FillDefinition::Undefined && new.fill_elements.is_none() {
        own.insert("undefinedFill".to_owned(), json!(true));
    }
    if !own.is_empty() {
        creation.insert(OWN.to_owned(), Value::Object(own));
    }
    if new.tracks_attribute_creation {
        creation.insert("CreateOrder".to_owned(), json!(1));
    }
    body.insert("creationProperties".to_owned(), Value::Object(creation));
    Ok((body, stored))
}

fn write_layout(new: &NewDataset, stored: &Datatype) -> Result<Value> {
    let size = crate::wire::fixed_size(stored).unwrap_or(VARIABLE_BYTES);
    let bytes = new
        .dataspace
        .element_count()
        .unwrap_or(u64::MAX)
        .saturating_mul(u64::try_from(size).unwrap_or(u64::MAX));
    match &new.layout {
        _ if !new.external.is_empty() => {
            Err(Error::unsupported("HSDS does not keep elements in other files"))
        }
        NewLayout::Chunked { chunk, .. } => Ok(json!({"class": "H5D_CHUNKED", "dims": chunk})),
        NewLayout::Compact => Ok(json!({"class": "H5D_COMPACT"})),
        NewLayout::Contiguous if bytes > LARGEST_PIECE => {
            Ok(json!({"class": "H5D_CHUNKED", "dims": auto_chunk(&new.dataspace, size)}))
        }
        NewLayout::Contiguous => Ok(json!({"class": "H5D_CONTIGUOUS"})),
        _ => Err(Error::unsupported("HSDS does not assemble datasets from others")),
    }
}

/// What an element of variable length is taken to be, where its length matters.
const VARIABLE_BYTES: usize = 64;

/// A filter in the server's words, and its parameters, which it has no place for; `None` for an optional one that it has not.
fn write_filter(filter: &FilterInfo) -> Option<Result<(Value, Value)>> {
    let Some((id, class)) = FILTERS.iter().find(|(id, _)| *id == filter.id) else {
        let is_optional = filter.flags & 1 != 0;
        let error = || Error::unsupported(format!("HSDS does not apply filter {}", filter.id));
        return (!is_optional).then(|| Err(error()));
    };
    let mut json = json!({"class": class, "id": id});
    if let (1, Some(level), Some(map)) = (*id, filter.client_data.first(), json.as_object_mut()) {
        map.insert("level".to_owned(), json!(level));
    }
    Some(Ok((json, json!(filter.client_data))))
}

fn write_fill(new: &NewDataset, stored: &Datatype) -> Result<Option<Value>> {
    let (given, datatype) = match (&new.fill_elements, &new.fill) {
        (Some(elements), _) => (elements.clone(), elements.datatype.clone()),
        (None, FillDefinition::User(bytes)) if !new.datatype.has_variable_part() => {
            let elements =
                Elements { datatype: new.datatype.clone(), bytes: bytes.clone(), heap: Heap::default() };
            (elements, new.datatype.clone())
        }
        // Null, which is what the server gives anyway.
        _ => return Ok(None),
    };
    if stored.has_variable_part() {
        return Err(Error::unsupported("HSDS does not keep fill values of variable length"));
    }
    let mut bytes = vec![0; stored.size()];
    Converter::new(&datatype, stored)?.convert(
        &given.bytes,
        &given.heap,
        &mut bytes,
        &mut Heap::default(),
    )?;
    let references = References::new(&|_| None);
    let is_plain = matches!(stored, Datatype::Integer(_) | Datatype::Enum(_) | Datatype::Float(_));
    let is_text = matches!(stored, Datatype::String(_) | Datatype::Compound(_));
    if !is_plain && !is_text {
        return Err(Error::unsupported(format!("HSDS does not keep a fill value of {stored}")));
    }
    value::nested(stored, &bytes, &Heap::default(), &[], &references).map(Some)
}

/// A new extent, as the server is told of it.
pub(crate) fn shape(dimensions: &[u64]) -> Value {
    json!({"shape": dimensions})
}

#[cfg(test)]
mod tests {
    use h5_types::H5Type;

    use super::*;

    #[test]
    fn what_is_said_of_a_dataset_is_read_again() {
        let mut new = NewDataset::new(
            f32::datatype(),
            Dataspace::Simple { dimensions: vec![0, 5], maximum: vec![None, Some(5)] },
        );
        new.layout = NewLayout::Chunked { chunk: vec![2, 5], index: None };
        new.fill = FillDefinition::User(1.5_f32.to_le_bytes().to_vec());
        let filter = |id, client_data| FilterInfo { id, flags: 0, name: None, client_data };
        new.filters = vec![filter(2, vec![4]), filter(1, vec![9])];
        let (body, stored) = write(&new, None).unwrap();
        let body = Value::Object(body);
        let info = read(&body, &body["creationProperties"], &mut Met::default());
        let mut described = body.clone();
        described["shape"] = json!({"class": "H5S_SIMPLE", "dims": [0, 5], "maxdims": ["H5S_UNLIMITED", 5]});
        let info = info.and(read(&described, &body["creationProperties"], &mut Met::default())).unwrap();
        assert_eq!((&info.datatype, &info.dataspace), (&stored, &new.dataspace));
        assert_eq!(info.filters, new.filters);
        assert_eq!(info.fill.definition, new.fill);
        assert_eq!(info.layout, Layout::Chunked { chunk: vec![2, 5], index: ChunkIndexKind::BTreeV1 });
    }

    #[test]
    fn what_the_server_has_not_is_refused() {
        let mut new = NewDataset::new(i32::datatype(), Dataspace::fixed([4]));
        new.filters = vec![FilterInfo { id: 4, flags: 0, name: None, client_data: vec![] }];
        assert_eq!(write(&new, None).unwrap_err().kind(), h5_types::ErrorKind::Unsupported);
    }
}
