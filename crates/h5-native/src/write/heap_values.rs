//! Objects of the global heap that stored elements lead to, so that they can go when the elements do.
//!
//! A variable-length string or sequence has its object for itself: the C library gives the object back when the element is overwritten,
//! and so does this one. The exceptions stay out of it: objects of a dataset's fill value, which chunks in memory may share until they
//! are settled, and those of region references, which programs copy from place to place as bytes.

use std::collections::BTreeSet;

use h5_format::Reader;
use h5_format::global_heap::GlobalHeapId;
use h5_types::{Address, Datatype, ErrorKind, FillDefinition, Result, StringLength};

use super::dataset::Description;
use super::session::Session;
use crate::heap::GlobalHeapReader;

/// Objects of the global heap: collection and index.
pub(crate) type HeapObjects = BTreeSet<(Address, u32)>;

/// Bytes before the heap ID of a sequence: its length (IV.A.2.d, class 9).
const LENGTH_BYTES: usize = 4;
/// Nesting of datatypes that is followed.
const DEPTH: usize = 64;
/// Sequences of one element. What has more keeps its objects.
const MOST_SLOTS: usize = 1024;

/// Where the elements of a datatype lead to objects of their own.
#[derive(Debug)]
pub(crate) struct HeapValues {
    slots: Slots,
    /// Objects that no element has for itself.
    kept: HeapObjects,
}

#[derive(Debug)]
struct Slots {
    element_bytes: usize,
    slots: Vec<Slot>,
}

/// A sequence in an element.
#[derive(Debug)]
struct Slot {
    offset: usize,
    /// Of a sequence whose values have sequences themselves.
    inner: Option<Slots>,
}

impl HeapValues {
    /// Of elements without a fill value; `None` if they lead to no object of their own.
    pub(crate) fn of_elements(datatype: &Datatype) -> Option<Self> {
        if !datatype.has_variable_part() {
            return None;
        }
        Some(Self { slots: Slots::of(datatype, 0)?, kept: HeapObjects::new() })
    }

    /// Of a dataset's elements.
    ///
    /// # Errors
    /// `Io` of reading its fill value.
    pub(crate) fn of_dataset(session: &Session, description: &Description) -> Result<Option<Self>> {
        let Some(mut values) = Self::of_elements(&description.datatype) else { return Ok(None) };
        if let FillDefinition::User(fill) = &description.fill.definition {
            let mut kept = HeapObjects::new();
            values.collect(session, fill, &mut kept)?;
            values.kept = kept;
        }
        Ok(Some(values))
    }

    /// Adds the objects of some elements. What cannot be read leads nowhere.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn collect(&self, session: &Session, elements: &[u8], found: &mut HeapObjects) -> Result<()> {
        let mut reader = GlobalHeapReader::new(session.core().storage());
        self.slots.collect(session, &mut reader, elements, &self.kept, found)
    }
}

impl Slots {
    fn of(datatype: &Datatype, depth: usize) -> Option<Self> {
        let mut slots = Vec::new();
        add(datatype, 0, depth, &mut slots)?;
        (!slots.is_empty()).then_some(Self { element_bytes: datatype.size(), slots })
    }

    fn collect(
        &self,
        session: &Session,
        reader: &mut GlobalHeapReader<'_>,
        elements: &[u8],
        kept: &HeapObjects,
        found: &mut HeapObjects,
    ) -> Result<()> {
        for element in elements.chunks_exact(self.element_bytes.max(1)) {
            for slot in &self.slots {
                let stored = element.get(slot.offset..).unwrap_or_default();
                let Some((count, id)) = sequence(stored, session) else { continue };
                let object = (id.collection_address, id.object_index);
                if kept.contains(&object) || !found.insert(object) {
                    continue;
                }
                let Some(inner) = &slot.inner else { continue };
                let bytes = readable(reader.object(id))?.and_then(|bytes| {
                    let length = usize::try_from(count).ok()?.checked_mul(inner.element_bytes)?;
                    bytes.get(..length).map(<[u8]>::to_vec)
                });
                inner.collect(session, reader, &bytes.unwrap_or_default(), kept, found)?;
            }
        }
        Ok(())
    }
}

/// Adds the sequences of a datatype at an offset; `None` if there are too many.
fn add(datatype: &Datatype, offset: usize, depth: usize, slots: &mut Vec<Slot>) -> Option<()> {
    if depth > DEPTH || slots.len() >= MOST_SLOTS {
        return None;
    }
    let deeper = depth.saturating_add(1);
    match datatype {
        Datatype::String(text) if matches!(text.length, StringLength::Variable { .. }) => {
            slots.push(Slot { offset, inner: None });
        }
        Datatype::Vlen(sequence) => {
            let inner =
                if sequence.base.has_variable_part() { Slots::of(&sequence.base, deeper) } else { None };
            slots.push(Slot { offset, inner });
        }
        Datatype::Compound(compound) => {
            for member in compound.members.iter().filter(|member| member.datatype.has_variable_part()) {
                add(&member.datatype, offset.saturating_add(member.offset), deeper, slots)?;
            }
        }
        Datatype::Array(array) if array.base.has_variable_part() => {
            let size = array.base.size().max(1);
            for number in 0..datatype.size().checked_div(size).unwrap_or(0) {
                add(&array.base, offset.saturating_add(number.saturating_mul(size)), deeper, slots)?;
            }
        }
        _ => {}
    }
    Some(())
}

/// Length and object of a stored sequence.
fn sequence(stored: &[u8], session: &Session) -> Option<(u32, GlobalHeapId)> {
    let count = Reader::new(stored, "variable-length element", "IV.A.2.d").u32().ok()?;
    let id = GlobalHeapId::decode(stored.get(LENGTH_BYTES..)?, session.sizes()).ok()??;
    Some((count, id))
}

/// What cannot be read is none; but storage that fails is an error.
pub(crate) fn readable<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::Io => Err(error),
        Err(_) => Ok(None),
    }
}
