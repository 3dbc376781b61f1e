//! What a new virtual dataset shows of others: checked, and put into the global heap (specification IV.A.2.i, class 3; III.F).

use h5_format::encode_virtual_layout;
use h5_format::message::DataLayout;
use h5_types::{Error, LibverBounds, NewDataset, Result, Selection, VirtualMapping};

use crate::write::session::Session;

/// Checks the mappings of a new dataset.
///
/// # Errors
/// `Unsupported` if the version bounds have no virtual datasets; `Usage` if a mapping leaves the extent, has no proper names, or maps
/// another number of elements than it shows.
pub(super) fn check(session: &Session, dataset: &NewDataset, mappings: &[VirtualMapping]) -> Result<()> {
    if session.options().bounds < LibverBounds::V110 {
        return Err(Error::unsupported("virtual datasets, which need the version bounds of 1.10"));
    }
    mappings.iter().try_for_each(|mapping| check_mapping(mapping, dataset.dataspace.dimensions()))
}

fn check_mapping(mapping: &VirtualMapping, dimensions: &[u64]) -> Result<()> {
    let VirtualMapping { source_file, source_dataset, source_selection, virtual_selection } = mapping;
    for name in [source_file, source_dataset] {
        if name.as_bytes().is_empty() || name.as_bytes().contains(&0) {
            return Err(Error::usage(format!("`{name}` is no name of a virtual dataset's source")));
        }
    }
    let shown = virtual_selection.element_count(dimensions)?;
    if virtual_selection.is_unlimited() {
        return Ok(());
    }
    if source_selection.is_unlimited() {
        return Err(Error::usage("an unlimited selection of a source, shown by one that is not"));
    }
    // All of a source is as much as the source has, which may not be there yet.
    let Some(mapped) = definite_count(source_selection)? else { return Ok(()) };
    if mapped != shown {
        return Err(Error::usage(format!("{mapped} elements of a source, shown as {shown}")));
    }
    Ok(())
}

/// The number of elements that a selection has of any extent that holds it.
fn definite_count(selection: &Selection) -> Result<Option<u64>> {
    let rank = match selection {
        Selection::Hyperslab(slab) => slab.dimensions.len(),
        Selection::Union(blocks) => blocks.first().map_or(0, |block| block.start.len()),
        Selection::Points(points) => points.rank,
        Selection::None => return Ok(Some(0)),
        _ => return Ok(None),
    };
    selection.element_count(&vec![u64::MAX; rank]).map(Some)
}

/// The block of the global heap that has the mappings.
///
/// # Errors
/// `Unsupported` if a selection cannot be written by the version bounds.
pub(super) fn heap_block(session: &Session, mappings: &[VirtualMapping]) -> Result<Vec<u8>> {
    // Version 1 came with HDF5 2.0.
    let version = if session.options().bounds == LibverBounds::V200 { 1 } else { 0 };
    encode_virtual_layout(mappings, version, session.sizes())
        .map_err(|e| Error::unsupported("mappings that the version bounds cannot say").with_source(e))
}

/// Puts the block into the global heap; the layout that leads there.
///
/// # Errors
/// As `Session::add_heap_object`.
pub(super) fn store(session: &mut Session, block: &[u8]) -> Result<DataLayout> {
    let id = session.add_heap_object(block)?;
    session.stage_global_heap()?;
    Ok(DataLayout::Virtual { heap_address: Some(id.collection_address), heap_index: id.object_index })
}
