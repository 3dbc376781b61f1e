//! Writing elements: what is asked for is checked, then the layout says how it is done.

use h5_backend::ElementSource;
use h5_types::{Address, Dataspace, Datatype, Error, Heap, ResolvedSelection, Result, Selection};

use super::{DatasetState, DatasetStorage, Files, chunked, compact, contiguous, external, lost, with_state};
use crate::write::heap_values::HeapObjects;
use crate::write::session::Session;
use crate::write::stored_form::StoredForm;

/// Elements to be written, in memory form, and where to.
#[derive(Debug)]
pub(crate) struct NewElements<'e> {
    /// Which elements of the dataset; checked against its extent.
    pub(crate) selection: ResolvedSelection,
    /// Packed, in selection order; as many as are selected.
    pub(crate) elements: &'e [u8],
    /// What variable-length elements and references stand for.
    pub(crate) heap: &'e Heap,
    /// How they are stored.
    pub(crate) form: StoredForm,
    /// Whether storing an element can fail although its datatype converts: it points into the heap.
    pub(crate) uses_heap: bool,
}

impl NewElements<'_> {
    /// True if nothing of what the dataset had before is left.
    pub(crate) fn replaces_all(&self) -> bool {
        self.selection.is_all() && !self.form.keeps_bytes()
    }
}

/// Writes elements of a dataset. False, and nothing is done, if it is virtual: whoever holds the session cannot write to its sources.
///
/// # Errors
/// See `h5_backend::DatasetNode::write`.
pub(crate) fn write(
    session: &mut Session,
    files: &dyn Files,
    dataset: Address,
    selection: &Selection,
    (memory, elements, heap): (&Datatype, &[u8], &Heap),
) -> Result<bool> {
    with_state(session, dataset, |session, state| {
        let extent = &state.description.dataspace;
        let selection = selection.resolve(extent.dimensions())?;
        let count = if *extent == Dataspace::Null { 0 } else { selection.element_count() };
        let bytes = usize::try_from(count).ok().and_then(|count| count.checked_mul(memory.size()));
        if bytes != Some(elements.len()) {
            let (size, found) = (memory.size(), elements.len());
            return Err(Error::usage(format!(
                "a buffer of {found} bytes for {count} elements of {size} bytes"
            )));
        }
        let form = StoredForm::new(memory, &state.description.datatype)?;
        if count == 0 {
            return Ok(true);
        }
        let uses_heap = memory.has_variable_part();
        write_resolved(
            session,
            files,
            dataset,
            state,
            memory,
            &NewElements { selection, elements, heap, form, uses_heap },
        )
    })
}

/// Writes elements that are made as they are needed. False, and nothing is done, where they have to be there all at once: all but those
/// of a whole long block.
///
/// # Errors
/// As [`write()`], and those of making elements.
pub(crate) fn write_made(
    session: &mut Session,
    dataset: Address,
    selection: &Selection,
    source: &dyn ElementSource,
) -> Result<bool> {
    with_state(session, dataset, |session, state| {
        let resolved = selection.resolve(state.description.dataspace.dimensions())?;
        if !resolved.is_all() || usize::try_from(resolved.element_count()) != Ok(source.count()) {
            return Ok(false);
        }
        let before = lost::in_block(session, state, &resolved)?;
        let DatasetState { description, storage: DatasetStorage::Contiguous(block), .. } = state else {
            return Ok(false);
        };
        let is_written = contiguous::write_made(session, dataset, description, block, source)?;
        if is_written {
            session.lose_heap_objects(&before)?;
        }
        Ok(is_written)
    })
}

fn write_resolved(
    session: &mut Session,
    files: &dyn Files,
    dataset: Address,
    state: &mut DatasetState,
    memory: &Datatype,
    new: &NewElements<'_>,
) -> Result<bool> {
    let before = lost::in_block(session, state, &new.selection)?;
    let DatasetState { description, storage, .. } = state;
    match storage {
        DatasetStorage::Compact { version, data } => {
            compact::write(session, dataset, description, (*version, data), new)
        }
        DatasetStorage::Contiguous(block) => contiguous::write(session, dataset, description, block, new),
        DatasetStorage::External => external::write(session, files, description, new),
        DatasetStorage::Chunked(writer) => chunked::write(session, dataset, description, writer, memory, new),
        // Its elements are others'.
        DatasetStorage::Virtual => return Ok(false),
    }?;
    if before.is_empty() {
        return Ok(true);
    }
    // Where only some members are written, others keep their objects.
    let after = if new.form.keeps_bytes() {
        lost::in_block(session, state, &new.selection)?
    } else {
        HeapObjects::new()
    };
    session.lose_heap_objects(&before.difference(&after).copied().collect())?;
    Ok(true)
}
