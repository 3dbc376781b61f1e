//! Elements from memory form to what the file stores: the mirror of what reading does in `dataset::materialize`.
//!
//! Numbers are converted in one pass. What is of variable length becomes an object of the global heap, and the element its length and the
//! object's ID (specification IV.A.2.d, class 9; VIII for references).

mod steps;

use h5_types::{Converter, Datatype, Error, Heap, Result};

use self::steps::Steps;
use super::session::Session;

/// Bytes of elements in their memory form that are converted at a time where they have variable parts.
const TILE_BYTES: usize = 64 << 10;

/// How elements in memory become elements of the file. Made once, used for as many elements as there are, in any portions.
#[derive(Debug)]
pub(crate) struct StoredForm {
    memory_size: usize,
    stored_size: usize,
    /// From memory to the stored datatype or, with variable parts, to its memory form; `None` if that changes nothing.
    converter: Option<Converter>,
    variable: Option<Variable>,
    keeps_bytes: bool,
}

/// What happens to elements that have variable parts, after they were converted.
#[derive(Debug)]
struct Variable {
    form_size: usize,
    steps: Steps,
}

impl StoredForm {
    /// Prepares the way from a memory form to a datatype of the file, whose variable parts are as wide as the file has them (see
    /// [`super::datatypes::file_form`]).
    ///
    /// # Errors
    /// `Conversion` if none leads there; `Unsupported` for numbers that cannot be converted; `Limit` for datatypes nested too deep.
    pub(crate) fn new(memory: &Datatype, stored: &Datatype) -> Result<Self> {
        let (memory_size, stored_size) = (memory.size(), stored.size());
        let keeps_bytes = lacks_members(memory, stored);
        let form = stored.memory_form();
        let converter = match is_plain_and_same(memory, &form) {
            true => None,
            false => Some(Converter::new(memory, &form)?).filter(|converter| !converter.is_identity()),
        };
        let variable = if stored.has_variable_part() {
            Some(Variable { form_size: form.size(), steps: Steps::new(memory, &form, stored)? })
        } else {
            None
        };
        Ok(Self { memory_size, stored_size, converter, variable, keeps_bytes })
    }

    /// True if the stored elements are those in memory, byte for byte.
    pub(crate) fn is_identity(&self) -> bool {
        self.converter.is_none() && self.variable.is_none()
    }

    /// True if elements have parts in the global heap, so that only whoever holds the session can encode them. Others may be encoded by
    /// many threads ([`StoredForm::convert`]).
    pub(crate) fn needs_session(&self) -> bool {
        self.variable.is_some()
    }

    /// True if what is stored keeps some of its bytes: the elements in memory lack members that the stored compound has.
    pub(crate) fn keeps_bytes(&self) -> bool {
        self.keeps_bytes
    }

    /// Bytes of one element in memory.
    pub(crate) fn memory_size(&self) -> usize {
        self.memory_size
    }

    /// Bytes of one stored element.
    pub(crate) fn stored_size(&self) -> usize {
        self.stored_size
    }

    /// Encodes elements without variable parts over `target`, which has room for just as many; see [`Self::encode_over`].
    ///
    /// # Errors
    /// `Usage` if the buffers do not fit each other or the elements the heap, or if elements have variable parts as stored.
    pub(crate) fn convert(&self, elements: &[u8], heap: &Heap, target: &mut [u8]) -> Result<()> {
        if self.variable.is_some() {
            return Err(Error::usage("elements with variable parts encoded without a heap"));
        }
        self.check_lengths(elements, target)?;
        match &self.converter {
            Some(converter) => converter.convert(elements, heap, target, &mut Heap::default()),
            None => {
                target.copy_from_slice(elements);
                Ok(())
            }
        }
    }

    /// Encodes elements; gaps between members are zero.
    ///
    /// # Errors
    /// As [`Self::encode_over`].
    pub(crate) fn encode(&self, session: &mut Session, elements: &[u8], heap: &Heap) -> Result<Vec<u8>> {
        let mut stored = Vec::new();
        self.append(session, elements, heap, &mut stored)?;
        Ok(stored)
    }

    /// Encodes elements at the end of a buffer.
    ///
    /// # Errors
    /// As [`Self::encode_over`].
    pub(crate) fn append(
        &self,
        session: &mut Session,
        elements: &[u8],
        heap: &Heap,
        stored: &mut Vec<u8>,
    ) -> Result<()> {
        if self.is_identity() {
            stored.extend_from_slice(elements);
            return Ok(());
        }
        let count = elements.len().checked_div(self.memory_size).unwrap_or(0);
        let start = stored.len();
        let end = count.checked_mul(self.stored_size).and_then(|bytes| start.checked_add(bytes));
        let end = end.ok_or_else(too_large)?;
        stored.try_reserve(end.saturating_sub(start)).map_err(|e| too_large().with_source(e))?;
        stored.resize(end, 0);
        self.encode_over(session, elements, heap, stored.get_mut(start..).unwrap_or_default())
    }

    /// Encodes elements over `target`, which has room for just as many. Members that the elements in memory lack, and gaps, keep
    /// the bytes that are there.
    ///
    /// Readers find the objects that were added to the global heap when this returns. In the file they are after the next commit:
    /// elements that a commit uses must not be overwritten in place by ones that refer to them.
    ///
    /// # Errors
    /// `Usage` if the buffers do not fit each other or the elements the heap, or a reference cannot be stored as the datatype says;
    /// `Limit` if the file is full or a sequence longer than 32 bits count; `Io`.
    pub(crate) fn encode_over(
        &self,
        session: &mut Session,
        elements: &[u8],
        heap: &Heap,
        target: &mut [u8],
    ) -> Result<()> {
        self.encode_unseen(session, elements, heap, target)?;
        session.stage_global_heap()
    }

    /// As [`Self::encode_over`], where nobody meets the elements before their object is settled.
    ///
    /// # Errors
    /// As there.
    pub(in crate::write) fn encode_unseen(
        &self,
        session: &mut Session,
        elements: &[u8],
        heap: &Heap,
        target: &mut [u8],
    ) -> Result<()> {
        let Some(variable) = &self.variable else { return self.convert(elements, heap, target) };
        self.check_lengths(elements, target)?;
        let Some(converter) = &self.converter else {
            return variable.steps.run(session, heap, elements, target);
        };
        // The conversion of a tile has a heap of its own, so that memory stays bounded by the tile.
        let tile = TILE_BYTES.checked_div(self.memory_size).unwrap_or(1).max(1);
        let sources = elements.chunks(tile.saturating_mul(self.memory_size.max(1)));
        let targets = target.chunks_mut(tile.saturating_mul(self.stored_size.max(1)));
        let (mut form, mut form_heap) = (Vec::new(), Heap::default());
        for (from, to) in sources.zip(targets) {
            let count = from.len().checked_div(self.memory_size).unwrap_or(0);
            form.clear();
            form.resize(count.checked_mul(variable.form_size).ok_or_else(too_large)?, 0);
            form_heap.bytes.clear();
            form_heap.references.clear();
            converter.convert(from, heap, &mut form, &mut form_heap)?;
            variable.steps.run(session, &form_heap, &form, to)?;
        }
        Ok(())
    }

    fn check_lengths(&self, elements: &[u8], target: &[u8]) -> Result<()> {
        let count = elements.len().checked_div(self.memory_size).unwrap_or(0);
        let whole = elements.len().is_multiple_of(self.memory_size.max(1));
        if whole && count.checked_mul(self.stored_size) == Some(target.len()) {
            return Ok(());
        }
        let (from, to) = (elements.len(), target.len());
        let sizes = (self.memory_size, self.stored_size);
        Err(Error::usage(format!("buffers of {from} and {to} bytes for elements of {sizes:?} bytes")))
    }
}

/// True if a stored compound, at any depth, has members that the one in memory has not.
fn lacks_members(memory: &Datatype, stored: &Datatype) -> bool {
    match (memory, stored) {
        (Datatype::Compound(memory), Datatype::Compound(stored)) => stored.members.iter().any(|member| {
            let found = memory.member(member.name.as_bytes());
            found.is_none_or(|found| lacks_members(&found.datatype, &member.datatype))
        }),
        (Datatype::Array(memory), Datatype::Array(stored)) => lacks_members(&memory.base, &stored.base),
        _ => false,
    }
}

/// True for numbers and text that stay as they are: what most attributes are, so that no conversion is planned for each of them.
fn is_plain_and_same(memory: &Datatype, form: &Datatype) -> bool {
    let is_plain = matches!(memory, Datatype::Integer(_) | Datatype::Float(_) | Datatype::String(_));
    is_plain && memory.size() > 0 && memory == form
}

fn too_large() -> Error {
    Error::limit("more elements than memory holds")
}
