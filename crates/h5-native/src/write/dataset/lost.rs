//! Elements in a block that are overwritten: the objects of the global heap that they lead to.

use h5_types::{Address, Block as Extent, ResolvedSelection, Result, Selection};

use super::block::{ElementBlock, FileBlock};
use super::{DatasetState, DatasetStorage, Description};
use crate::write::heap_values::{HeapObjects, HeapValues, readable};
use crate::write::session::Session;

/// Stored bytes that are looked at at a time.
const TILE_BYTES: u64 = 256 << 10;

/// Objects that the selected elements of a dataset lead to, which has them in one block of its own file.
///
/// # Errors
/// `Io`.
pub(super) fn in_block(
    session: &Session,
    state: &DatasetState,
    selection: &ResolvedSelection,
) -> Result<HeapObjects> {
    let DatasetState { description, storage, .. } = state;
    let mut found = HeapObjects::new();
    let Some(values) = HeapValues::of_dataset(session, description)? else { return Ok(found) };
    match storage {
        DatasetStorage::Contiguous(block) => {
            let Some(address) = block.address else { return Ok(found) };
            readable(collect(session, &FileBlock(address), description, &values, selection, &mut found))?;
        }
        DatasetStorage::Compact { data, .. } => {
            readable(collect(session, data, description, &values, selection, &mut found))?;
        }
        DatasetStorage::External | DatasetStorage::Chunked(_) | DatasetStorage::Virtual => {}
    }
    Ok(found)
}

fn collect(
    session: &Session,
    block: &dyn ElementBlock,
    description: &Description,
    values: &HeapValues,
    selection: &ResolvedSelection,
    found: &mut HeapObjects,
) -> Result<()> {
    let size = description.element_bytes().max(1);
    let tile = TILE_BYTES.checked_div(size).unwrap_or(1).max(1);
    let dimensions = selection.dimensions();
    let whole = Extent { start: vec![0; dimensions.len()], size: dimensions.to_vec() };
    let mut elements = Vec::new();
    for copy in selection.copies(&whole)? {
        for run in 0..copy.count {
            let first = copy.from.saturating_add(run.saturating_mul(copy.from_step));
            let mut done = 0_u64;
            while done < copy.length {
                let count = tile.min(copy.length.saturating_sub(done));
                elements.resize(usize::try_from(count.saturating_mul(size)).unwrap_or(0), 0);
                block.read(session, first.saturating_add(done).saturating_mul(size), &mut elements)?;
                values.collect(session, &elements, found)?;
                done = done.saturating_add(count);
            }
        }
    }
    Ok(())
}

/// Objects that all elements of a dataset lead to. Those of its fill value are not among them.
///
/// # Errors
/// `Io`; `Format` and others of chunks that cannot be read.
pub(crate) fn of_all(session: &mut Session, dataset: Address) -> Result<HeapObjects> {
    super::with_state(session, dataset, |session, state| {
        let extent = state.description.dataspace.dimensions().to_vec();
        if let DatasetStorage::Chunked(writer) = &mut state.storage {
            return writer.objects_outside(session, &vec![0; extent.len()]);
        }
        let all = Selection::All.resolve(&extent)?;
        in_block(session, state, &all)
    })
}
