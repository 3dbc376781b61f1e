//! Heap objects of filled elements.
//!
//! A fill value of variable length leads to an object of the global heap (specification IV.A.2.f, III.E). The C library gives an object back
//! when an element that leads to it is overwritten: if filled elements led to the fill value's own object, all others would be lost with
//! it, and the fill value too. Each of them therefore leads to a copy, as in the C library's files.

use std::ops::Range;

use h5_format::Reader;
use h5_format::global_heap::GlobalHeapId;
use h5_types::{Datatype, Error, ErrorKind, FillDefinition, Result, StringLength};

use super::Description;
use crate::heap::GlobalHeapReader;
use crate::write::session::Session;

/// Bytes before the heap ID of a sequence: its length (IV.A.2.d, class 9).
const LENGTH_BYTES: usize = 4;

/// A fill value with parts in the global heap.
#[derive(Debug)]
pub(crate) struct SharedFill {
    element_bytes: usize,
    slots: Vec<Slot>,
}

/// A sequence or string in an element.
#[derive(Debug)]
struct Slot {
    place: Range<usize>,
    /// As the fill value has it.
    stored: Vec<u8>,
    object: HeapObject,
}

/// What a sequence leads to.
#[derive(Debug)]
struct HeapObject {
    bytes: Vec<u8>,
    /// Sequences in these bytes.
    inner: Vec<Slot>,
}

/// Looks for sequences.
struct Finder<'s> {
    session: &'s Session,
    objects: GlobalHeapReader<'s>,
}

/// Gives filled elements of a dataset that lead to the fill value's objects copies of their own.
///
/// # Errors
/// As [`SharedFill::find`] and [`SharedFill::separate`].
pub(super) fn separate(session: &mut Session, description: &Description, elements: &mut [u8]) -> Result<()> {
    match SharedFill::find(session, description)? {
        Some(fill) => fill.separate(session, elements),
        None => Ok(()),
    }
}

impl SharedFill {
    /// The fill value of a dataset, if it leads to objects.
    ///
    /// # Errors
    /// `Io` and `Limit` of reading them. What is damaged is left as it is.
    pub(crate) fn find(session: &Session, description: &Description) -> Result<Option<Self>> {
        let FillDefinition::User(element) = &description.fill.definition else { return Ok(None) };
        let datatype = &description.datatype;
        if !datatype.has_variable_part() || element.len() != datatype.size() {
            return Ok(None);
        }
        let objects = GlobalHeapReader::new(session.core().storage());
        let mut slots = Vec::new();
        Finder { session, objects }.find(datatype, element, 0, &mut slots, 0)?;
        Ok((!slots.is_empty()).then_some(Self { element_bytes: element.len(), slots }))
    }

    /// Gives elements that lead to the fill value's objects copies of their own.
    ///
    /// # Errors
    /// `Limit` if the file is full; `Io`.
    pub(crate) fn separate(&self, session: &mut Session, elements: &mut [u8]) -> Result<()> {
        for element in elements.chunks_exact_mut(self.element_bytes.max(1)) {
            for slot in &self.slots {
                if element.get(slot.place.clone()) == Some(slot.stored.as_slice()) {
                    slot.put_copy(session, element)?;
                }
            }
        }
        session.stage_global_heap()
    }

    /// Lets elements lead to the fill value's objects where theirs hold the same, so that they can be compared with the fill value.
    ///
    /// # Errors
    /// `Io` and `Limit` of reading objects.
    pub(crate) fn unite(&self, session: &Session, elements: &mut [u8]) -> Result<()> {
        let mut finder = Finder { session, objects: GlobalHeapReader::new(session.core().storage()) };
        for element in elements.chunks_exact_mut(self.element_bytes.max(1)) {
            for slot in &self.slots {
                // Sequences of sequences stay apart: they are filled once more, which does no harm.
                let Some(place) = element.get_mut(slot.place.clone()) else { continue };
                let same_length = place.get(..LENGTH_BYTES) == slot.stored.get(..LENGTH_BYTES);
                if same_length
                    && finder.object(place, slot.object.bytes.len())?.as_ref() == Some(&slot.object.bytes)
                {
                    place.copy_from_slice(&slot.stored);
                }
            }
        }
        Ok(())
    }
}

impl Slot {
    fn put_copy(&self, session: &mut Session, element: &mut [u8]) -> Result<()> {
        let id = self.object.copy(session)?;
        let id = GlobalHeapId::encode(Some(id), session.sizes())?;
        let place = element.get_mut(self.place.clone()).and_then(|slot| slot.get_mut(LENGTH_BYTES..));
        let place = place.and_then(|place| place.get_mut(..id.len()));
        place.ok_or_else(|| Error::format("an element too short for its heap ID"))?.copy_from_slice(&id);
        Ok(())
    }
}

impl HeapObject {
    fn copy(&self, session: &mut Session) -> Result<GlobalHeapId> {
        if self.inner.is_empty() {
            return session.add_heap_object(&self.bytes);
        }
        let mut bytes = self.bytes.clone();
        self.inner.iter().try_for_each(|slot| slot.put_copy(session, &mut bytes))?;
        session.add_heap_object(&bytes)
    }
}

impl Finder<'_> {
    /// Finds the sequences of an element that begins at `start` of `bytes`.
    fn find(
        &mut self,
        datatype: &Datatype,
        bytes: &[u8],
        start: usize,
        slots: &mut Vec<Slot>,
        depth: usize,
    ) -> Result<()> {
        if depth > self.session.core().storage().limits().datatype_depth {
            return Err(Error::limit("datatypes nested too deep"));
        }
        let deeper = depth.saturating_add(1);
        let base = match datatype {
            Datatype::String(text) if matches!(text.length, StringLength::Variable { .. }) => None,
            Datatype::Vlen(sequence) => Some(&*sequence.base),
            Datatype::Compound(compound) => {
                let members = compound.members.iter().filter(|member| member.datatype.has_variable_part());
                for member in members {
                    let start = start.saturating_add(member.offset);
                    self.find(&member.datatype, bytes, start, slots, deeper)?;
                }
                return Ok(());
            }
            Datatype::Array(array) if array.base.has_variable_part() => {
                let size = array.base.size().max(1);
                for step in 0..datatype.size().checked_div(size).unwrap_or(0) {
                    let start = start.saturating_add(step.saturating_mul(size));
                    self.find(&array.base, bytes, start, slots, deeper)?;
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        let place = start..start.saturating_add(datatype.size());
        let Some(stored) = bytes.get(place.clone()) else { return Ok(()) };
        if let Some(object) = self.sequence(base, stored, deeper)? {
            slots.push(Slot { place, stored: stored.to_vec(), object });
        }
        Ok(())
    }

    /// What a sequence of `base` elements, or of characters, leads to.
    fn sequence(
        &mut self,
        base: Option<&Datatype>,
        stored: &[u8],
        depth: usize,
    ) -> Result<Option<HeapObject>> {
        let Ok(count) = Reader::new(stored, "variable-length element", "IV.A.2.d").u32() else {
            return Ok(None);
        };
        let size = base.map_or(1, Datatype::size);
        let length = usize::try_from(count).ok().and_then(|count| count.checked_mul(size));
        // A text without characters leads to an object too, of no bytes.
        let Some(length) = length else { return Ok(None) };
        let Some(bytes) = self.object(stored, length)? else { return Ok(None) };
        let mut inner = Vec::new();
        if let Some(base) = base.filter(|base| base.has_variable_part()) {
            for start in (0..length).step_by(size.max(1)) {
                self.find(base, &bytes, start, &mut inner, depth)?;
            }
        }
        Ok(Some(HeapObject { bytes, inner }))
    }

    /// The first bytes of the object that a sequence leads to.
    fn object(&mut self, stored: &[u8], length: usize) -> Result<Option<Vec<u8>>> {
        let storage = self.session.core().storage();
        let id = stored.get(LENGTH_BYTES..).and_then(|id| GlobalHeapId::decode(id, storage.sizes()).ok());
        let Some(id) = id.flatten() else { return Ok(None) };
        match self.objects.object(id) {
            Ok(object) => {
                storage.spend(length)?;
                Ok(object.get(..length).map(<[u8]>::to_vec))
            }
            Err(error) if matches!(error.kind(), ErrorKind::Io | ErrorKind::Limit) => Err(error),
            Err(_) => Ok(None),
        }
    }
}
