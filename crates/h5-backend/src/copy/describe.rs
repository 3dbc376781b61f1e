//! What the copy of a dataset is asked to be.

use h5_types::{DatasetInfo, Error, FillDefinition, Layout, NewDataset, NewLayout};

use crate::backend::ObjectInfo;

/// A dataset like another one, and what of it cannot be the same.
pub(super) fn new_dataset(info: &DatasetInfo, object: &ObjectInfo) -> (NewDataset, Vec<Error>) {
    let mut changes = Vec::new();
    let mut new = NewDataset::new(info.datatype.clone(), info.dataspace.clone());
    new.layout = layout(&info.layout);
    new.filters = info.filters.clone();
    new.fill = match &info.fill.definition {
        FillDefinition::User(_) if has_unwritable_fill(info) => {
            changes.push(Error::unsupported("the fill value, of variable size, is not kept"));
            FillDefinition::Default
        }
        definition => definition.clone(),
    };
    new.allocation_time = Some(info.fill.allocation_time);
    new.fill_time = info.fill.fill_time;
    new.external = info.external.clone();
    new.tracks_attribute_creation = object.tracks_attribute_creation;
    (new, changes)
}

/// True if elements that were never written have a value that the copy's fill value cannot be.
pub(super) fn has_unwritable_fill(info: &DatasetInfo) -> bool {
    let FillDefinition::User(value) = &info.fill.definition else { return false };
    info.datatype.has_variable_part() && value.iter().any(|&byte| byte != 0)
}

/// Why a datatype is no longer a committed one.
pub(super) fn uncommitted() -> Error {
    Error::unsupported("its committed datatype is not part of the copy; the datatype is repeated instead")
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
