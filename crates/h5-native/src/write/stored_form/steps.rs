//! What is done to one element that has variable parts: from its memory form to its stored form.

use h5_format::global_heap::GlobalHeapId;
use h5_types::{Datatype, Error, Heap, ReferenceKind, Result, StringLength};

use super::super::references;
use super::super::session::Session;

/// Nesting of datatypes that is followed.
const DEPTH: usize = 64;

/// The steps for elements of one datatype.
#[derive(Debug)]
pub(super) struct Steps {
    form_size: usize,
    stored_size: usize,
    steps: Vec<Step>,
}

/// One step; offsets are in the element's memory form and in its stored form.
#[derive(Debug)]
struct Step {
    from: usize,
    to: usize,
    form_size: usize,
    stored_size: usize,
    action: Action,
}

#[derive(Debug)]
enum Action {
    /// The bytes stay as they are.
    Copy,
    /// A string.
    Text,
    /// A sequence whose values stay as they are.
    Values {
        value_size: usize,
    },
    /// A sequence whose values have variable parts themselves.
    Nested(Steps),
    /// Elements side by side.
    Array(Steps),
    Reference(ReferenceKind),
}

impl Steps {
    /// Finds the steps. `memory` is what the elements were converted from, and tells which members of compounds there are.
    pub(super) fn new(memory: &Datatype, form: &Datatype, stored: &Datatype) -> Result<Self> {
        Self::nested(Some(memory), form, stored, 0)
    }

    fn nested(memory: Option<&Datatype>, form: &Datatype, stored: &Datatype, depth: usize) -> Result<Self> {
        let mut steps = Self { form_size: form.size(), stored_size: stored.size(), steps: Vec::new() };
        steps.add(memory, (0, form), (0, stored), depth)?;
        Ok(steps)
    }

    fn add(
        &mut self,
        memory: Option<&Datatype>,
        (from, form): (usize, &Datatype),
        (to, stored): (usize, &Datatype),
        depth: usize,
    ) -> Result<()> {
        if depth > DEPTH {
            return Err(Error::limit("datatypes nested too deep"));
        }
        let depth = depth.saturating_add(1);
        let action = match (form, stored) {
            (Datatype::String(_), Datatype::String(t))
                if matches!(t.length, StringLength::Variable { .. }) =>
            {
                Action::Text
            }
            (Datatype::Vlen(form), Datatype::Vlen(t)) if t.base.has_variable_part() => {
                Action::Nested(Self::nested(None, &form.base, &t.base, depth)?)
            }
            (Datatype::Vlen(_), Datatype::Vlen(t)) => Action::Values { value_size: t.base.size() },
            (Datatype::Reference(_), Datatype::Reference(t)) => Action::Reference(t.kind),
            (Datatype::Compound(form), Datatype::Compound(t)) => {
                for (place, member) in form.members.iter().zip(&t.members) {
                    let given = match memory {
                        Some(Datatype::Compound(memory)) => match memory.member(member.name.as_bytes()) {
                            Some(found) => Some(&found.datatype),
                            // What the elements lack, stays.
                            None => continue,
                        },
                        _ => None,
                    };
                    let from = (from.saturating_add(place.offset), &place.datatype);
                    self.add(given, from, (to.saturating_add(member.offset), &member.datatype), depth)?;
                }
                return Ok(());
            }
            (Datatype::Array(form), Datatype::Array(t)) if t.base.has_variable_part() => {
                let given = match memory {
                    Some(Datatype::Array(memory)) => Some(&*memory.base),
                    _ => None,
                };
                Action::Array(Self::nested(given, &form.base, &t.base, depth)?)
            }
            _ if form.size() == stored.size() => Action::Copy,
            _ => return Err(Error::unsupported("a datatype whose memory form has another size")),
        };
        let (form_size, stored_size) = (form.size(), stored.size());
        self.steps.push(Step { from, to, form_size, stored_size, action });
        Ok(())
    }

    /// Encodes elements side by side.
    pub(super) fn run(
        &self,
        session: &mut Session,
        heap: &Heap,
        form: &[u8],
        stored: &mut [u8],
    ) -> Result<()> {
        let elements = form.chunks_exact(self.form_size.max(1));
        let places = stored.chunks_exact_mut(self.stored_size.max(1));
        for (element, place) in elements.zip(places) {
            for step in &self.steps {
                let from = part(element, step.from, step.form_size)?;
                let to = part_mut(place, step.to, step.stored_size)?;
                step.action.run(session, heap, from, to)?;
            }
        }
        Ok(())
    }
}

impl Action {
    #[inline]
    fn run(&self, session: &mut Session, heap: &Heap, from: &[u8], to: &mut [u8]) -> Result<()> {
        match self {
            Self::Copy => {
                to.copy_from_slice(from);
                Ok(())
            }
            Self::Text => {
                let (count, text) = heap.sequence(from, 1)?;
                put_object(session, count, text, to)
            }
            Self::Values { value_size } => {
                let (count, values) = heap.sequence(from, *value_size)?;
                put_sequence(session, count, values, to)
            }
            Self::Nested(steps) => {
                let (count, values) = heap.sequence(from, steps.form_size)?;
                let bytes = count.checked_mul(steps.stored_size).ok_or_else(too_long)?;
                let mut stored = Vec::new();
                stored.try_reserve_exact(bytes).map_err(|e| too_long().with_source(e))?;
                stored.resize(bytes, 0);
                steps.run(session, heap, values, &mut stored)?;
                put_sequence(session, count, &stored, to)
            }
            Self::Array(steps) => steps.run(session, heap, from, to),
            Self::Reference(kind) => references::encode(session, heap.reference(from)?, *kind, to),
        }
    }
}

/// A sequence of so many values. One without values is all zeros, as the C library writes it: it is its null pointer. A string without
/// characters is none, and has an object without bytes.
#[inline]
fn put_sequence(session: &mut Session, count: usize, values: &[u8], to: &mut [u8]) -> Result<()> {
    if values.is_empty() {
        to.fill(0);
        return Ok(());
    }
    put_object(session, count, values, to)
}

/// The length of a sequence, and the ID of the heap object that its values are.
#[inline]
fn put_object(session: &mut Session, count: usize, values: &[u8], to: &mut [u8]) -> Result<()> {
    let length = u32::try_from(count).map_err(|_| too_long())?;
    let id = session.add_heap_object(values)?;
    let offsets = usize::from(session.sizes().offsets);
    let place = to.split_first_chunk_mut::<4>();
    let (first, id_place) = place.ok_or_else(too_short)?;
    *first = length.to_le_bytes();
    put_heap_id(id, offsets, id_place)
}

/// A global heap ID: an address of the allocator's, which fits the file's offsets, and an index.
#[inline]
fn put_heap_id(id: GlobalHeapId, offsets: usize, to: &mut [u8]) -> Result<()> {
    let address = id.collection_address.0.to_le_bytes();
    let (place, rest) = to.split_at_mut_checked(offsets).ok_or_else(too_short)?;
    place.copy_from_slice(address.get(..offsets).ok_or_else(too_short)?);
    let (index, rest) = rest.split_first_chunk_mut::<4>().ok_or_else(too_short)?;
    *index = id.object_index.to_le_bytes();
    rest.fill(0);
    Ok(())
}

fn part(bytes: &[u8], offset: usize, size: usize) -> Result<&[u8]> {
    let end = offset.checked_add(size);
    end.and_then(|end| bytes.get(offset..end)).ok_or_else(outside)
}

fn part_mut(bytes: &mut [u8], offset: usize, size: usize) -> Result<&mut [u8]> {
    let end = offset.checked_add(size);
    end.and_then(|end| bytes.get_mut(offset..end)).ok_or_else(outside)
}

fn outside() -> Error {
    Error::usage("a member outside its compound")
}

fn too_short() -> Error {
    Error::usage("a stored element too short for a length and the ID of a heap object")
}

fn too_long() -> Error {
    Error::limit("a sequence longer than the file or memory can hold")
}
