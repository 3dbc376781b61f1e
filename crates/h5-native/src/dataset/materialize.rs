//! Variable-length data and references: from what an element stores to what memory holds.
//!
//! A stored sequence or string is its length (4 bytes) and a global heap ID (specification IV.A.2.d, class 9); a null pointer is an
//! address of zero or the undefined one.

use h5_format::{
    Reader, StoredReference, decode_object_reference, decode_reference_block, decode_region_block,
    decode_region_reference, decode_revised_reference,
};
use h5_types::{
    Address, Datatype, Elements, Error, ErrorKind, Heap, Reference, ReferenceKind, Result, StringLength,
};

use super::ReadContext;

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
    let materializer = Materializer::new(*context, stored);
    let count = bytes.len().checked_div(stored.size()).unwrap_or(0);
    let mut elements =
        Elements { datatype: materializer.form.clone(), bytes: Vec::new(), heap: Heap::default() };
    let length = count
        .checked_mul(elements.datatype.size())
        .ok_or_else(|| Error::limit("an attribute larger than memory"))?;
    elements.bytes.try_reserve_exact(length).map_err(|_| Error::limit("an attribute larger than memory"))?;
    elements.bytes.resize(length, 0);
    materializer.materialize(bytes, &mut elements.bytes, &mut elements.heap)?;
    Ok(elements)
}

/// Follows the variable parts of elements of one datatype.
#[derive(Debug)]
pub(super) struct Materializer<'a> {
    context: ReadContext<'a>,
    stored: &'a Datatype,
    form: Datatype,
}

impl<'a> Materializer<'a> {
    pub(super) fn new(context: ReadContext<'a>, stored: &'a Datatype) -> Self {
        Self { context, stored, form: stored.memory_form() }
    }

    /// Elements side by side: from file form to memory form.
    pub(super) fn materialize(&self, source: &[u8], target: &mut [u8], heap: &mut Heap) -> Result<()> {
        self.elements(self.stored, &self.form, source, target, heap, 0)
    }

    fn elements(
        &self,
        stored: &Datatype,
        form: &Datatype,
        source: &[u8],
        target: &mut [u8],
        heap: &mut Heap,
        depth: usize,
    ) -> Result<()> {
        if depth > self.context.storage.limits().datatype_depth {
            return Err(Error::limit("datatypes nested too deep"));
        }
        let pairs =
            source.chunks_exact(stored.size().max(1)).zip(target.chunks_exact_mut(form.size().max(1)));
        for (from, to) in pairs {
            self.element(stored, form, from, to, heap, depth)?;
        }
        Ok(())
    }

    fn element(
        &self,
        stored: &Datatype,
        form: &Datatype,
        from: &[u8],
        to: &mut [u8],
        heap: &mut Heap,
        depth: usize,
    ) -> Result<()> {
        let deeper = depth.saturating_add(1);
        match (stored, form) {
            (Datatype::String(t), _) if matches!(t.length, StringLength::Variable { .. }) => {
                self.sequence(None, from, to, heap, deeper)
            }
            (Datatype::Vlen(t), Datatype::Vlen(form)) => {
                self.sequence(Some((&t.base, &form.base)), from, to, heap, deeper)
            }
            (Datatype::Reference(t), _) => {
                let reference = self.reference(t.kind, from)?;
                put_reference(reference, to, heap)
            }
            (Datatype::Compound(t), Datatype::Compound(form)) => {
                for (member, place) in t.members.iter().zip(&form.members) {
                    let from = part(from, member.offset, member.datatype.size())?;
                    let to = part_mut(to, place.offset, place.datatype.size())?;
                    self.element(&member.datatype, &place.datatype, from, to, heap, deeper)?;
                }
                Ok(())
            }
            (Datatype::Array(t), Datatype::Array(form)) => {
                self.elements(&t.base, &form.base, from, to, heap, deeper)
            }
            _ if from.len() == to.len() => {
                to.copy_from_slice(from);
                Ok(())
            }
            _ => Err(Error::unsupported("a datatype whose memory form has another size")),
        }
    }

    /// A sequence of `base` elements (stored, in memory form), or of characters.
    fn sequence(
        &self,
        base: Option<(&Datatype, &Datatype)>,
        from: &[u8],
        to: &mut [u8],
        heap: &mut Heap,
        depth: usize,
    ) -> Result<()> {
        let mut reader = Reader::new(from, "variable-length element", "IV.A.2.d");
        let count =
            usize::try_from(reader.u32()?).map_err(|_| Error::limit("sequence longer than memory"))?;
        let address = reader.address(self.context.storage.sizes())?;
        let index = reader.u32()?;
        let Some(address) = address.filter(|&address| address != Address(0) && count > 0) else {
            return put_sequence(0, 0, to);
        };
        let (size, nested) = match base {
            None => (1, None),
            Some((stored, form)) => {
                (stored.size(), Some((stored, form)).filter(|_| stored.has_variable_part()))
            }
        };
        let bytes = count.checked_mul(size).ok_or_else(|| Error::limit("sequence longer than memory"))?;
        let Some((stored, form)) = nested else {
            let start = heap.bytes.len();
            self.context.heap.append(address, index, &mut heap.bytes)?;
            return match start.checked_add(bytes).filter(|&end| end <= heap.bytes.len()) {
                Some(end) => {
                    heap.bytes.truncate(end);
                    put_sequence(count, start, to)
                }
                None => Err(too_short(address, bytes, heap.bytes.len().saturating_sub(start))),
            };
        };
        let mut object = Vec::new();
        self.context.heap.append(address, index, &mut object)?;
        let source = object.get(..bytes).ok_or_else(|| too_short(address, bytes, object.len()))?;
        let mut target = Vec::new();
        let length =
            count.checked_mul(form.size()).ok_or_else(|| Error::limit("sequence longer than memory"))?;
        super::transfer::resize(&mut target, length)?;
        self.elements(stored, form, source, &mut target, heap, depth)?;
        let start = heap.bytes.len();
        heap.bytes.try_reserve(length).map_err(|e| Error::limit("no memory for sequences").with_source(e))?;
        heap.bytes.extend_from_slice(&target);
        put_sequence(count, start, to)
    }

    /// A reference; one whose heap object is not there leads nowhere, and is a value all the same.
    fn reference(&self, kind: ReferenceKind, element: &[u8]) -> Result<Reference> {
        let sizes = self.context.storage.sizes();
        let limits = self.context.storage.limits();
        let stored = match kind {
            ReferenceKind::Object => return Ok(decode_object_reference(element, sizes)?),
            ReferenceKind::Region => decode_region_reference(element, sizes)?,
            ReferenceKind::Object2 | ReferenceKind::Region2 | ReferenceKind::Attribute => {
                decode_revised_reference(element, sizes)?
            }
        };
        let StoredReference::InHeap { collection_address, object_index, header } = stored else {
            let StoredReference::Here(reference) = stored else { return Ok(Reference::Null) };
            return Ok(reference);
        };
        let mut block = Vec::new();
        if let Err(error) = self.context.heap.append(collection_address, object_index, &mut block) {
            return match error.kind() {
                ErrorKind::Io | ErrorKind::Limit => Err(error),
                _ => Ok(Reference::Dangling(error.to_string())),
            };
        }
        let decoded = match header {
            None => decode_region_block(&block, sizes, limits),
            Some(header) => decode_reference_block(&block, header, limits),
        };
        Ok(decoded.unwrap_or_else(|error| Reference::Dangling(error.to_string())))
    }
}

fn put_sequence(count: usize, offset: usize, element: &mut [u8]) -> Result<()> {
    let (words, rest) = element.as_chunks_mut::<8>();
    let ([first, second], []) = (words, rest) else { return Err(not_memory_form()) };
    *first = native(count);
    *second = native(offset);
    Ok(())
}

fn put_reference(reference: Reference, element: &mut [u8], heap: &mut Heap) -> Result<()> {
    let number = if reference == Reference::Null {
        0
    } else {
        heap.references.push(reference);
        heap.references.len()
    };
    *element.first_chunk_mut::<8>().ok_or_else(not_memory_form)? = native(number);
    Ok(())
}

fn native(value: usize) -> [u8; 8] {
    let value = u64::try_from(value).unwrap_or(u64::MAX);
    if cfg!(target_endian = "big") { value.to_be_bytes() } else { value.to_le_bytes() }
}

fn not_memory_form() -> Error {
    Error::usage("an element that is not in memory form")
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
