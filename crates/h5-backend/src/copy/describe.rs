//! What the copy of a dataset is asked to be.

use h5_types::{DatasetInfo, Error, FillDefinition, Layout, NewDataset, NewLayout};

use crate::backend::ObjectInfo;

/// A dataset like another one, apart from a fill value that has a variable part.
pub(super) fn new_dataset(info: &DatasetInfo, object: &ObjectInfo) -> NewDataset {
    let mut new = NewDataset::new(info.datatype.clone(), info.dataspace.clone());
    new.layout = layout(&info.layout);
    new.filters = info.filters.clone();
    new.fill = match &info.fill.definition {
        FillDefinition::User(_) if has_variable_fill(info) => FillDefinition::Default,
        definition => definition.clone(),
    };
    new.allocation_time = Some(info.fill.allocation_time);
    new.fill_time = info.fill.fill_time;
    new.external = info.external.clone();
    new.tracks_attribute_creation = object.tracks_attribute_creation;
    new
}

/// True if the fill value has variable-length data or a reference, which are not in its bytes.
pub(super) fn has_variable_fill(info: &DatasetInfo) -> bool {
    let FillDefinition::User(value) = &info.fill.definition else { return false };
    info.datatype.has_variable_part() && value.iter().any(|&byte| byte != 0)
}

/// True if elements that were never written read as something else in the copy.
pub(super) fn lacks_fill(from: &DatasetInfo, to: &DatasetInfo) -> bool {
    has_variable_fill(from) && !has_variable_fill(to)
}

/// Why a datatype is no longer a committed one.
pub(super) fn uncommitted() -> Error {
    Error::unsupported("its committed datatype cannot be copied; the datatype is repeated instead")
}

/// How chunks are found is up to the target: it follows from its version bounds and the extent.
fn layout(layout: &Layout) -> NewLayout {
    match layout {
        Layout::Compact => NewLayout::Compact,
        Layout::Chunked { chunk, .. } => NewLayout::Chunked { chunk: chunk.clone(), index: None },
        Layout::Virtual { mappings } => NewLayout::Virtual { mappings: mappings.clone() },
        // A layout that this version does not know has no description either; contiguous holds any extent.
        _ => NewLayout::Contiguous,
    }
}
