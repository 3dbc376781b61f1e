//! Elements as bytes, as they go over the wire: packed, in the stored byte order, what is of variable length in place behind its length.

use std::cell::RefCell;

use h5_types::{Datatype, Error, ErrorKind, Heap, ObjectToken, Reference, Result, StringLength};

use crate::id::Id;

/// Bytes of a reference: the name of an object, filled up with zeros.
const REFERENCE_BYTES: usize = 48;

/// What references stand for.
pub(crate) struct References<'r> {
    /// The object of a token.
    pub(crate) known: &'r dyn Fn(ObjectToken) -> Option<Id>,
    /// Objects that were met.
    pub(crate) met: RefCell<Vec<Id>>,
}

impl<'r> References<'r> {
    pub(crate) fn new(known: &'r dyn Fn(ObjectToken) -> Option<Id>) -> Self {
        Self { known, met: RefCell::default() }
    }

    /// The reference that a text stands for.
    pub(crate) fn read(&self, text: &[u8]) -> Reference {
        if text.is_empty() {
            return Reference::Null;
        }
        match std::str::from_utf8(text).ok().and_then(Id::parse) {
            Some(id) => {
                self.met.borrow_mut().push(id);
                Reference::Object(id.token())
            }
            None => Reference::Dangling("a reference that names no object".to_owned()),
        }
    }

    /// The text of a reference; empty for what leads nowhere.
    pub(crate) fn written(&self, reference: &Reference) -> Result<String> {
        match reference {
            Reference::Null | Reference::Dangling(_) => Ok(String::new()),
            Reference::Object(token) => match (self.known)(*token) {
                Some(id) => Ok(id.reference()),
                None => Err(Error::not_found(format!("no object {token} to refer to"))),
            },
            _ => Err(Error::unsupported("HSDS does not store this kind of reference")),
        }
    }
}

/// Bytes that one element takes; `None` if that differs from element to element.
pub(crate) fn fixed_size(datatype: &Datatype) -> Option<usize> {
    match datatype {
        Datatype::Reference(_) => Some(REFERENCE_BYTES),
        Datatype::Vlen(_) => None,
        Datatype::String(t) => match t.length {
            StringLength::Fixed(size) => Some(size),
            StringLength::Variable { .. } => None,
        },
        Datatype::Compound(t) => {
            t.members.iter().try_fold(0_usize, |size, member| size.checked_add(fixed_size(&member.datatype)?))
        }
        Datatype::Array(t) => t.element_count().checked_mul(fixed_size(&t.base)?),
        other => Some(other.size()),
    }
}

/// Writes elements in memory form, of a packed datatype.
///
/// # Errors
/// `Usage` if an element points outside the heap, `Unsupported` for text that is no UTF-8, `NotFound` for a reference to no object, `Limit` for a sequence over 4 GiB.
pub(crate) fn encode(
    datatype: &Datatype,
    elements: &[u8],
    heap: &Heap,
    references: &References<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    if !datatype.has_variable_part() {
        out.try_reserve(elements.len()).map_err(|e| Error::limit("elements on their way").with_source(e))?;
        out.extend_from_slice(elements);
        return Ok(());
    }
    for element in elements.chunks_exact(datatype.size().max(1)) {
        encode_one(datatype, element, heap, references, out)?;
    }
    Ok(())
}

fn encode_one(
    datatype: &Datatype,
    element: &[u8],
    heap: &Heap,
    references: &References<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    match datatype {
        Datatype::Vlen(_) | Datatype::String(_) if datatype.has_variable_part() => {
            let base = match datatype {
                Datatype::Vlen(vlen) => vlen.base.size(),
                _ => 1,
            };
            let (_, values) = heap.sequence(element, base)?;
            if matches!(datatype, Datatype::String(_)) && std::str::from_utf8(values).is_err() {
                return Err(Error::unsupported("HSDS keeps text of variable length in UTF-8 only"));
            }
            let mut written = Vec::new();
            let values = match datatype {
                Datatype::Vlen(vlen) if vlen.base.has_variable_part() => {
                    encode(&vlen.base, values, heap, references, &mut written)?;
                    written.as_slice()
                }
                _ => values,
            };
            let length = u32::try_from(values.len())
                .map_err(|e| Error::limit("a sequence of more than 4 GiB").with_source(e))?;
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(values);
        }
        Datatype::Reference(_) => {
            let text = references.written(heap.reference(element)?)?;
            let end = out.len().saturating_add(REFERENCE_BYTES);
            out.extend_from_slice(text.as_bytes());
            out.resize(end, 0);
        }
        Datatype::Compound(compound) => {
            for member in &compound.members {
                let end = member.offset.saturating_add(member.datatype.size());
                let part = element.get(member.offset..end).ok_or_else(outside)?;
                encode_one(&member.datatype, part, heap, references, out)?;
            }
        }
        Datatype::Array(array) => encode(&array.base, element, heap, references, out)?,
        _ => out.extend_from_slice(element),
    }
    Ok(())
}

/// Reads `count` elements into memory form.
///
/// # Errors
/// `Service` if the bytes are of another length; `Limit` if memory is short.
pub(crate) fn decode(
    datatype: &Datatype,
    count: usize,
    wire: &[u8],
    heap: &mut Heap,
    references: &References<'_>,
) -> Result<Vec<u8>> {
    let size =
        count.checked_mul(datatype.size()).ok_or_else(|| Error::limit("more bytes than memory has"))?;
    let mut out = Vec::new();
    out.try_reserve_exact(size)
        .map_err(|e| Error::limit(format!("{size} bytes of elements")).with_source(e))?;
    out.resize(size, 0);
    let mut rest = wire;
    for element in out.chunks_exact_mut(datatype.size().max(1)) {
        decode_one(datatype, &mut rest, element, heap, references)?;
    }
    if rest.is_empty() { Ok(out) } else { Err(length_error(wire.len())) }
}

fn decode_one(
    datatype: &Datatype,
    rest: &mut &[u8],
    element: &mut [u8],
    heap: &mut Heap,
    references: &References<'_>,
) -> Result<()> {
    let total = rest.len();
    let mut take = |count: usize| {
        let (taken, after) = rest.split_at_checked(count).ok_or_else(|| length_error(total))?;
        *rest = after;
        Ok::<_, Error>(taken)
    };
    match datatype {
        Datatype::Vlen(_) | Datatype::String(_) if datatype.has_variable_part() => {
            let length = take(4)?.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
            let values = take(usize::try_from(length).unwrap_or(usize::MAX))?;
            let base = match datatype {
                Datatype::Vlen(vlen) => fixed_size(&vlen.base).unwrap_or(0).max(1),
                _ => 1,
            };
            if values.len().checked_rem(base) != Some(0) {
                return Err(length_error(total));
            }
            let count = values.len().checked_div(base).unwrap_or(0);
            match datatype {
                Datatype::Vlen(vlen) if vlen.base.has_variable_part() => {
                    let read = decode(&vlen.base, count, values, heap, references)?;
                    heap.push_sequence(count, &read, element)?;
                }
                _ => heap.push_sequence(count, values, element)?,
            }
        }
        Datatype::Reference(_) => {
            let text = take(REFERENCE_BYTES)?;
            let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
            let reference = references.read(text.get(..end).unwrap_or_default());
            heap.push_reference(reference, element)?;
        }
        Datatype::Compound(compound) if datatype.has_variable_part() => {
            for member in &compound.members {
                let end = member.offset.saturating_add(member.datatype.size());
                let part = element.get_mut(member.offset..end).ok_or_else(outside)?;
                decode_one(&member.datatype, rest, part, heap, references)?;
            }
        }
        Datatype::Array(array) if datatype.has_variable_part() => {
            for part in element.chunks_exact_mut(array.base.size().max(1)) {
                decode_one(&array.base, rest, part, heap, references)?;
            }
        }
        _ => element.copy_from_slice(take(element.len())?),
    }
    Ok(())
}

fn length_error(found: usize) -> Error {
    Error::new(ErrorKind::Service, format!("{found} bytes of elements, which are not as many as asked for"))
}

fn outside() -> Error {
    Error::usage("a member outside its element")
}

#[cfg(test)]
mod tests {
    use h5_types::{CompoundType, Elements, H5Type, ReferenceKind, ReferenceType, VlenType};

    use super::*;

    #[test]
    fn text_is_behind_its_length() {
        let elements =
            Elements::from_values(&["a".to_owned(), "h\u{e9}llo".to_owned(), String::new()]).unwrap();
        let references = References::new(&|_| None);
        let mut wire = Vec::new();
        encode(&elements.datatype, &elements.bytes, &elements.heap, &references, &mut wire).unwrap();
        assert_eq!(wire, b"\x01\0\0\0a\x06\0\0\0h\xc3\xa9llo\0\0\0\0");
        let mut heap = Heap::default();
        let read = decode(&elements.datatype, 3, &wire, &mut heap, &references).unwrap();
        assert_eq!(heap.sequence(&read[16..32], 1).unwrap().1, "h\u{e9}llo".as_bytes());
        for (count, wire) in [
            (2, &wire[..]),
            (4, &wire[..]),
            (3, &wire[..wire.len() - 1]),
            (1, b"\xff\xff\xff\xff".as_slice()),
        ] {
            assert!(decode(&elements.datatype, count, wire, &mut Heap::default(), &references).is_err());
        }
    }

    #[test]
    fn compounds_of_everything_come_back() {
        let id = Id::parse("d-09883468-a9450a3c-6b43-ec6078-6a67f3").unwrap();
        let datatype = Datatype::Compound(CompoundType::packed([
            ("n".into(), i32::datatype()),
            ("r".into(), Datatype::Reference(ReferenceType { size: 8, kind: ReferenceKind::Object })),
            ("v".into(), Datatype::Vlen(VlenType { size: 16, base: Box::new(i16::datatype()) })),
        ]));
        assert_eq!(fixed_size(&datatype), None);
        let mut heap = Heap::default();
        let mut element = vec![0; datatype.size()];
        element[..4].copy_from_slice(&7_i32.to_le_bytes());
        heap.push_reference(Reference::Object(id.token()), &mut element[4..12]).unwrap();
        heap.push_sequence(2, &[1, 0, 2, 0], &mut element[12..]).unwrap();
        let known = |_| Some(id);
        let references = References::new(&known);
        let mut wire = Vec::new();
        encode(&datatype, &element, &heap, &references, &mut wire).unwrap();
        assert_eq!(wire.len(), 4 + 48 + 4 + 4);
        let mut again = Heap::default();
        assert_eq!(decode(&datatype, 1, &wire, &mut again, &references).unwrap(), element);
        assert_eq!(again, heap);
        assert_eq!(references.met.into_inner(), [id]);
    }
}
