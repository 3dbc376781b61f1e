//! Variable-length data and references: from what an element stores to what memory holds.
//!
//! A stored sequence or string is its length (4 bytes) and a global heap ID (specification IV.A.2.d, class 9); a null pointer is an
//! address of zero or the undefined one.

use h5_format::global_heap::GlobalHeapId;
use h5_format::{
    Reader, StoredReference, decode_object_reference, decode_reference_block, decode_region_block,
    decode_region_reference, decode_revised_reference,
};
use h5_types::{
    Address, Datatype, Elements, Error, ErrorKind, Heap, Reference, ReferenceKind, Result, StringLength,
};

use super::ReadContext;
use super::transfer::resize;
use crate::heap::GlobalHeapReader;

/// Elements whose bytes are at hand (an attribute's value), in the memory form of their datatype.
///
/// # Errors
/// `Format`, `Io` or `Limit` if what variable parts point to cannot be read.
pub(crate) fn materialize_elements(
    context: &ReadContext<'_>,
    stored: &Datatype,
    bytes: &[u8],
) -> Result<Elements> {
    if !stored.has_variable_part() {
        return Ok(Elements { datatype: stored.clone(), bytes: bytes.to_vec(), heap: Heap::default() });
    }
    let materializer = Materializer::new(*context, stored, &Heap::default());
    let count = bytes.len().checked_div(stored.size()).unwrap_or(0);
    let form = materializer.form.clone();
    let mut elements = Elements { datatype: form, bytes: Vec::new(), heap: Heap::default() };
    resize(&mut elements.bytes, count.checked_mul(elements.datatype.size()).ok_or_else(too_long)?)?;
    let mut objects = GlobalHeapReader::new(context.storage);
    materializer.materialize(bytes, &mut elements.bytes, &mut elements.heap, &mut objects)?;
    Ok(elements)
}

/// Follows the variable parts of elements of one datatype.
#[derive(Debug)]
pub(super) struct Materializer<'a> {
    context: ReadContext<'a>,
    stored: &'a Datatype,
    form: Datatype,
    room: HeapRoom,
}

/// Where one element's parts come from and go to.
struct Parts<'p, 's> {
    heap: &'p mut Heap,
    objects: &'p mut GlobalHeapReader<'s>,
}

impl<'a> Materializer<'a> {
    pub(super) fn new(context: ReadContext<'a>, stored: &'a Datatype, heap: &Heap) -> Self {
        Self { context, stored, form: stored.memory_form(), room: HeapRoom::new(&context, heap) }
    }

    /// How far the heap may grow.
    pub(super) fn room(&self) -> HeapRoom {
        self.room
    }

    /// Elements side by side: from file form to memory form.
    pub(super) fn materialize(
        &self,
        source: &[u8],
        target: &mut [u8],
        heap: &mut Heap,
        objects: &mut GlobalHeapReader<'_>,
    ) -> Result<()> {
        self.elements((self.stored, &self.form), source, target, &mut Parts { heap, objects }, 0)
    }

    /// Elements of one datatype, given as stored and in memory form.
    fn elements(
        &self,
        (stored, form): (&Datatype, &Datatype),
        source: &[u8],
        target: &mut [u8],
        parts: &mut Parts<'_, '_>,
        depth: usize,
    ) -> Result<()> {
        if depth > self.context.storage.limits().datatype_depth {
            return Err(Error::limit("datatypes nested too deep"));
        }
        let sources = source.chunks_exact(stored.size().max(1));
        for (from, to) in sources.zip(target.chunks_exact_mut(form.size().max(1))) {
            self.element((stored, form), from, to, parts, depth)?;
        }
        Ok(())
    }

    fn element(
        &self,
        types: (&Datatype, &Datatype),
        from: &[u8],
        to: &mut [u8],
        parts: &mut Parts<'_, '_>,
        depth: usize,
    ) -> Result<()> {
        let deeper = depth.saturating_add(1);
        match types {
            (Datatype::String(t), _) if matches!(t.length, StringLength::Variable { .. }) => {
                self.sequence(None, from, to, parts, deeper)
            }
            (Datatype::Vlen(t), Datatype::Vlen(form)) => {
                self.sequence(Some((&t.base, &form.base)), from, to, parts, deeper)
            }
            (Datatype::Reference(t), _) => {
                let reference = self.reference(t.kind, from, parts)?;
                parts.heap.push_reference(reference, to)
            }
            (Datatype::Compound(t), Datatype::Compound(form)) => {
                for (member, place) in t.members.iter().zip(&form.members) {
                    let from = part(from, member.offset, member.datatype.size())?;
                    let to = part_mut(to, place.offset, place.datatype.size())?;
                    self.element((&member.datatype, &place.datatype), from, to, parts, deeper)?;
                }
                Ok(())
            }
            (Datatype::Array(t), Datatype::Array(form)) => {
                self.elements((&t.base, &form.base), from, to, parts, deeper)
            }
            _ if from.len() == to.len() => {
                to.copy_from_slice(from);
                Ok(())
            }
            _ => Err(Error::unsupported("a datatype whose memory form has another size")),
        }
    }

    /// A sequence of `base` elements (as stored, in memory form), or of characters.
    fn sequence(
        &self,
        base: Option<(&Datatype, &Datatype)>,
        from: &[u8],
        to: &mut [u8],
        parts: &mut Parts<'_, '_>,
        depth: usize,
    ) -> Result<()> {
        let mut reader = Reader::new(from, "variable-length element", "IV.A.2.d");
        let count = usize::try_from(reader.u32()?).map_err(|_| too_long())?;
        let id = GlobalHeapId::decode(reader.rest(), self.context.storage.sizes())?;
        let Some(id) = id.filter(|_| count > 0) else { return parts.heap.push_sequence(0, &[], to) };
        let size = base.map_or(1, |(stored, _)| stored.size());
        let bytes = count.checked_mul(size).ok_or_else(too_long)?;
        let object = parts.objects.object(id)?;
        let short = || too_short(id.collection_address, bytes, object.len());
        let source = object.get(..bytes).ok_or_else(short)?;
        self.context.storage.spend(bytes)?;
        self.room.check(parts.heap, bytes)?;
        let Some(types) = base.filter(|(stored, _)| stored.has_variable_part()) else {
            return parts.heap.push_sequence(count, source, to);
        };
        // Copied, as the reader goes on to other objects.
        let source = source.to_vec();
        let mut target = Vec::new();
        resize(&mut target, count.checked_mul(types.1.size()).ok_or_else(too_long)?)?;
        self.elements(types, &source, &mut target, parts, depth)?;
        parts.heap.push_sequence(count, &target, to)
    }

    /// A reference; one whose heap object is not there leads nowhere, and is a value all the same.
    fn reference(&self, kind: ReferenceKind, element: &[u8], parts: &mut Parts<'_, '_>) -> Result<Reference> {
        let (sizes, limits) = (self.context.storage.sizes(), self.context.storage.limits());
        let stored = match kind {
            ReferenceKind::Object => return Ok(decode_object_reference(element, sizes)?),
            ReferenceKind::Region => decode_region_reference(element, sizes)?,
            ReferenceKind::Object2 | ReferenceKind::Region2 | ReferenceKind::Attribute => {
                decode_revised_reference(element, sizes)?
            }
        };
        let (id, header) = match stored {
            StoredReference::Here(reference) => return Ok(reference),
            StoredReference::InHeap { collection_address, object_index, header } => {
                (GlobalHeapId { collection_address, object_index }, header)
            }
        };
        let block = parts.objects.object(id);
        if let Ok(block) = &block {
            self.context.storage.spend(block.len())?;
        }
        let decoded = match (block, header) {
            (Err(error), _) if matches!(error.kind(), ErrorKind::Io | ErrorKind::Limit) => return Err(error),
            (Err(error), _) => return Ok(Reference::Dangling(error.to_string())),
            (Ok(block), None) => decode_region_block(block, sizes, limits),
            (Ok(block), Some(header)) => decode_reference_block(block, header, limits),
        };
        Ok(decoded.unwrap_or_else(|error| Reference::Dangling(error.to_string())))
    }
}

/// How far one read may grow the heap: by `sequence_bytes`, and by a multiple of the file's length, since elements of a file of a few
/// megabytes may all name the same long sequence.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeapRoom {
    /// Bytes of the heap before the read.
    before: usize,
    /// Bytes that the read may add.
    most: u64,
}

impl HeapRoom {
    fn new(context: &ReadContext<'_>, heap: &Heap) -> Self {
        let limits = context.storage.limits();
        let most = limits.sequence_bytes.min(limits.repeated_bytes(context.storage.length()));
        Self { before: heap.bytes.len(), most }
    }

    /// Whether so many bytes may be added. What is added first always may, so that selecting less helps.
    pub(super) fn check(&self, heap: &Heap, bytes: usize) -> Result<()> {
        let added = heap.bytes.len().saturating_sub(self.before);
        let sum = u64::try_from(added.saturating_add(bytes)).unwrap_or(u64::MAX);
        if added > 0 && sum > self.most {
            let most = self.most;
            return Err(Error::limit(format!(
                "more than {most} bytes of variable-length values in one read"
            )));
        }
        Ok(())
    }
}

fn too_long() -> Error {
    Error::limit("sequence longer than memory")
}

fn too_short(address: Address, needed: usize, found: usize) -> Error {
    Error::format(format!("a heap object of {found} bytes for a sequence of {needed}"))
        .at_address(address.0)
        .in_structure("global heap collection", "III.E")
}

fn part(bytes: &[u8], offset: usize, size: usize) -> Result<&[u8]> {
    let end = offset.checked_add(size);
    end.and_then(|end| bytes.get(offset..end)).ok_or_else(|| Error::format("a member outside its compound"))
}

fn part_mut(bytes: &mut [u8], offset: usize, size: usize) -> Result<&mut [u8]> {
    let end = offset.checked_add(size);
    end.and_then(|end| bytes.get_mut(offset..end))
        .ok_or_else(|| Error::format("a member outside its compound"))
}
