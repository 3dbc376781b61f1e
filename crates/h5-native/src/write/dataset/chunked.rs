//! Datasets in chunks: what is asked for goes to whoever writes their chunks.

use h5_types::{
    Address, ArrayType, CompoundType, Dataspace, Datatype, Error, Heap, Member, Name, OpaqueType, Result,
    Selection,
};

use super::{DatasetState, DatasetStorage, Description, NewElements, with_state};
use crate::dataset::transfer::Transfer;
use crate::write::chunks::{ChunkedWriter, Source};
use crate::write::session::Session;
use crate::write::stored_form::StoredForm;

/// Writes elements of a dataset in chunks.
///
/// # Errors
/// See `h5_backend::DatasetNode::write`.
pub(super) fn write(
    session: &mut Session,
    dataset: Address,
    description: &Description,
    writer: &mut ChunkedWriter,
    memory: &Datatype,
    new: &NewElements<'_>,
) -> Result<()> {
    with_source(session, description, memory, new, |session, source| {
        writer.write(session, dataset, &new.selection, source)
    })
}

/// Calls `write` with elements that have no variable part.
fn with_source<T>(
    session: &mut Session,
    description: &Description,
    memory: &Datatype,
    new: &NewElements<'_>,
    write: impl FnOnce(&mut Session, Source<'_>) -> Result<T>,
) -> Result<T> {
    let stored = &description.datatype;
    if !new.uses_heap && !new.form.needs_session() {
        let transfer = Transfer::to_stored(memory, stored)?;
        let keeps_bytes = new.form.keeps_bytes();
        return write(session, Source { elements: new.elements, transfer: &transfer, keeps_bytes });
    }
    if new.form.keeps_bytes() {
        return with_members(session, stored, memory, new, write);
    }
    let elements = new.form.encode(session, new.elements, new.heap)?;
    let transfer = Transfer::stored(stored);
    write(session, Source { elements: &elements, transfer: &transfer, keeps_bytes: false })
}

/// As [`with_source`], for some members of compounds of which some have variable parts: those that are written are encoded first, in a
/// compound of their own, and then put into the stored ones, whose variable parts are bytes like others by then.
fn with_members<T>(
    session: &mut Session,
    stored: &Datatype,
    memory: &Datatype,
    new: &NewElements<'_>,
    write: impl FnOnce(&mut Session, Source<'_>) -> Result<T>,
) -> Result<T> {
    let written = written_members(memory, stored);
    let written = written.ok_or_else(|| Error::usage("elements without any member of the dataset's"))?;
    let elements = StoredForm::new(memory, &written)?.encode(session, new.elements, new.heap)?;
    let (written, stored) = (as_bytes(&written), as_bytes(stored));
    let transfer = Transfer::to_stored(&written, &stored)?;
    write(session, Source { elements: &elements, transfer: &transfer, keeps_bytes: true })
}

/// What of a stored datatype elements in memory have, packed; `None` if that is nothing.
fn written_members(memory: &Datatype, stored: &Datatype) -> Option<Datatype> {
    match (memory, stored) {
        (Datatype::Compound(memory), Datatype::Compound(stored)) => {
            let (mut size, mut members) = (0_usize, Vec::new());
            for member in &stored.members {
                let found = memory.member(member.name.as_bytes());
                let Some(datatype) = found.and_then(|m| written_members(&m.datatype, &member.datatype))
                else {
                    continue;
                };
                let end = size.checked_add(datatype.size())?;
                members.push(Member { name: member.name.clone(), offset: size, datatype });
                size = end;
            }
            (!members.is_empty()).then_some(Datatype::Compound(CompoundType { size, members }))
        }
        (Datatype::Array(memory), Datatype::Array(stored)) => {
            let base = Box::new(written_members(&memory.base, &stored.base)?);
            Some(Datatype::Array(ArrayType { base, ..stored.clone() }))
        }
        _ => Some(stored.clone()),
    }
}

/// A stored datatype whose variable parts, the places of heap objects, are so many bytes.
fn as_bytes(stored: &Datatype) -> Datatype {
    match stored {
        Datatype::Compound(compound) => {
            let members = compound.members.iter();
            let members =
                members.map(|member| Member { datatype: as_bytes(&member.datatype), ..member.clone() });
            Datatype::Compound(CompoundType { size: compound.size, members: members.collect() })
        }
        Datatype::Array(array) => {
            Datatype::Array(ArrayType { base: Box::new(as_bytes(&array.base)), ..array.clone() })
        }
        other if other.has_variable_part() => {
            Datatype::Opaque(OpaqueType { size: other.size(), tag: Name::from("") })
        }
        other => other.clone(),
    }
}

/// Makes a dataset in chunks longer along one dimension, and writes the new part. False, and nothing is done, if it is not in chunks.
///
/// # Errors
/// See `h5_backend::DatasetNode::append`.
pub(crate) fn append(
    session: &mut Session,
    dataset: Address,
    (axis, count): (usize, u64),
    (memory, elements, heap): (&Datatype, &[u8], &Heap),
) -> Result<bool> {
    if session.append_to_tail(dataset, (axis, count), (memory, elements)) {
        return Ok(true);
    }
    with_state(session, dataset, |session, state| {
        let DatasetState { description, storage, .. } = &mut *state;
        let DatasetStorage::Chunked(writer) = storage else { return Ok(false) };
        let form = StoredForm::new(memory, &description.datatype)?;
        let selection = Selection::None.resolve(writer.dimensions())?;
        let uses_heap = memory.has_variable_part();
        let new = NewElements { selection, elements, heap, form, uses_heap };
        let appended = with_source(session, description, memory, &new, |session, source| {
            writer.append(session, dataset, (axis, count), source)
        });
        state.take_extent();
        appended.map(|()| true)
    })
}

/// Writes one chunk as it is to be stored.
///
/// # Errors
/// See `h5_backend::DatasetNode::write_raw_chunk`.
pub(crate) fn write_raw_chunk(
    session: &mut Session,
    dataset: Address,
    offset: &[u64],
    (filter_mask, stored): (u32, &[u8]),
) -> Result<()> {
    with_state(session, dataset, |session, state| match &mut state.storage {
        DatasetStorage::Chunked(writer) => {
            writer.write_raw_chunk(session, dataset, offset, filter_mask, stored)
        }
        _ => Err(Error::usage("the dataset has no chunks")),
    })
}

impl DatasetState {
    /// After a change of the extent.
    pub(crate) fn take_extent(&mut self) {
        if let (DatasetStorage::Chunked(writer), Dataspace::Simple { dimensions, .. }) =
            (&self.storage, &mut self.description.dataspace)
        {
            dimensions.clear();
            dimensions.extend_from_slice(writer.dimensions());
        }
    }
}
