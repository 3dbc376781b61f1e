//! Elements with variable parts: from the library's form in memory, which has pointers, to the one that the backends share, and back.

use std::ffi::CStr;

use h5_types::{Error, Heap, ObjectToken, Reference, Result, Selection};
use hdf5_metno_sys::{h5d, h5p};

use super::reference::REGION_BYTES;
use super::{Class, Id, Library};

/// A datatype, and how its elements lie in memory as the library hands them over.
#[derive(Debug)]
pub(crate) struct CForm {
    datatype: Id,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// As stored: nothing lies elsewhere.
    Plain(usize),
    /// A pointer to characters up to a NUL.
    Text,
    /// A count and a pointer.
    Sequence(Box<Form>),
    /// An address.
    Object,
    /// What the library makes of a region.
    Region,
    /// First byte of each member, in order.
    Compound {
        size: usize,
        members: Vec<(usize, Form)>,
    },
    Array {
        count: usize,
        base: Box<Form>,
    },
}

/// What references lead to.
pub(crate) trait Resolver {
    fn token_at(&self, address: u64) -> ObjectToken;

    fn address_of(&self, token: ObjectToken) -> Result<u64>;

    /// The dataset, and a dataspace with the selection.
    fn region(&self, dataset: ObjectToken, selection: &Selection) -> Result<(Id, Id)>;

    /// What was selected of a dataset.
    fn region_of(&self, dataset: &Id, space: &Id) -> Result<Reference>;
}

/// Reads and writes elements of any datatype.
pub(crate) struct Translator<'a> {
    pub(crate) library: &'a Library,
    pub(crate) file: &'a Id,
    pub(crate) resolver: &'a dyn Resolver,
}

/// What pointers in elements point to: buffers that do not move.
type Arena = Vec<Vec<u64>>;

impl Library {
    /// How elements of a datatype lie in memory.
    pub(crate) fn c_form(&self, datatype: Id) -> Result<CForm> {
        let form = self.form(&datatype)?;
        Ok(CForm { datatype, form })
    }

    fn form(&self, datatype: &Id) -> Result<Form> {
        let size = self.type_size(datatype)?;
        Ok(match self.class(datatype)? {
            Class::String if self.is_variable_string(datatype)? => Form::Text,
            Class::ObjectReference => Form::Object,
            Class::RegionReference => Form::Region,
            Class::OtherReference => {
                return Err(Error::unsupported("references in the encoding of HDF5 1.12"));
            }
            Class::Vlen => Form::Sequence(Box::new(self.form(&self.base(datatype)?)?)),
            Class::Array => {
                let base = self.form(&self.base(datatype)?)?;
                match size.checked_div(base.size()) {
                    Some(count) if !base.is_plain() => Form::Array { count, base: Box::new(base) },
                    _ => Form::Plain(size),
                }
            }
            Class::Compound => {
                let mut members = Vec::new();
                for member in 0..self.member_count(datatype)? {
                    let form = self.form(&self.member_type(datatype, member)?)?;
                    members.push((self.member_offset(datatype, member), form));
                }
                match members.iter().all(|(_, form)| form.is_plain()) {
                    true => Form::Plain(size),
                    false => Form::Compound { size, members },
                }
            }
            _ => Form::Plain(size),
        })
    }
}

impl CForm {
    /// The datatype.
    pub(crate) fn datatype(&self) -> &Id {
        &self.datatype
    }

    /// True if nothing of an element lies elsewhere.
    pub(crate) fn is_plain(&self) -> bool {
        self.form.is_plain()
    }

    /// Bytes of an element in the form that the backends share.
    pub(crate) fn shared_size(&self) -> usize {
        self.form.shared_size()
    }
}

impl Form {
    fn is_plain(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    /// Bytes in the library's form.
    fn size(&self) -> usize {
        match self {
            Self::Plain(size) | Self::Compound { size, .. } => *size,
            Self::Text => POINTER,
            Self::Sequence(_) => POINTER.saturating_mul(2),
            Self::Object => size_of::<u64>(),
            Self::Region => REGION_BYTES,
            Self::Array { count, base } => count.saturating_mul(base.size()),
        }
    }

    /// Bytes in the shared form, in which compounds of variable parts are packed.
    fn shared_size(&self) -> usize {
        match self {
            Self::Plain(size) => *size,
            Self::Text | Self::Sequence(_) => 16,
            Self::Object | Self::Region => 8,
            Self::Compound { members, .. } => {
                members.iter().fold(0, |sum, (_, form)| form.shared_size().saturating_add(sum))
            }
            Self::Array { count, base } => count.saturating_mul(base.shared_size()),
        }
    }
}

/// Reading.
impl Translator<'_> {
    /// Elements of a dataset that a dataspace selects, in the shared form.
    pub(crate) fn read_dataset(
        &self,
        dataset: &Id,
        form: &CForm,
        selected: &Id,
        heap: &mut Heap,
    ) -> Result<Vec<u8>> {
        let count = self.library.selected_elements(selected)?;
        let mut received = self.buffer(count, &form.form)?;
        let bytes = used(&mut received, count, &form.form)?;
        self.library.read(dataset, &form.datatype, selected, bytes)?;
        let packed = self.library.packed(bytes.len(), &form.datatype, selected)?;
        self.accept(form, bytes, &packed, heap)
    }

    /// All elements of an attribute, in the shared form.
    pub(crate) fn read_attribute(&self, attribute: &Id, form: &CForm, heap: &mut Heap) -> Result<Vec<u8>> {
        let space = self.library.attribute_space(attribute)?;
        let count = self.library.space_elements(&space)?;
        let mut received = self.buffer(count, &form.form)?;
        let bytes = used(&mut received, count, &form.form)?;
        self.library.read_attribute(attribute, &form.datatype, bytes)?;
        self.accept(form, bytes, &space, heap)
    }

    /// A user's fill value, in the shared form.
    pub(crate) fn read_fill(&self, properties: &Id, form: &CForm, heap: &mut Heap) -> Result<Vec<u8>> {
        let mut bytes = self.library.fill(properties, &form.datatype)?;
        let space = self.library.make_space(&h5_types::Dataspace::Scalar)?;
        self.accept(form, &mut bytes, &space, heap)
    }

    /// Translates elements that the library just filled in, and gives back what it allocated for them.
    fn accept(&self, form: &CForm, bytes: &mut [u8], space: &Id, heap: &mut Heap) -> Result<Vec<u8>> {
        let mut shared = Vec::new();
        // SAFETY: the library wrote these elements in the form of their datatype, which `c_form` took down; what they point to was not
        // given back yet.
        let translated = unsafe { self.receive_all(&form.form, bytes, &mut shared, heap) };
        if !form.is_plain() {
            // SAFETY: the lock is held, the handles live; the elements are as the library wrote them, and the dataspace has as many. Nothing
            // reads what they point to afterwards.
            #[allow(deprecated, reason = "the newer one is not in older releases")]
            let given_back = unsafe {
                h5d::H5Dvlen_reclaim(form.datatype.0, space.0, h5p::H5P_DEFAULT, bytes.as_mut_ptr().cast())
            };
            self.library.done(given_back, "giving back elements")?;
        }
        translated.map(|()| shared)
    }

    /// Appends elements in the shared form.
    ///
    /// # Safety
    /// `bytes` has elements of the form, whose pointers lead to what the form says.
    unsafe fn receive_all(
        &self,
        form: &Form,
        bytes: &[u8],
        shared: &mut Vec<u8>,
        heap: &mut Heap,
    ) -> Result<()> {
        let count = bytes.len().checked_div(form.size()).unwrap_or(0);
        let start = shared.len();
        let length = count.checked_mul(form.shared_size());
        let length = length.ok_or_else(|| Error::limit("more bytes than the memory has"))?;
        shared.try_reserve(length).map_err(|e| Error::limit(format!("{length} bytes")).with_source(e))?;
        shared.resize(start.saturating_add(length), 0);
        let out = shared.get_mut(start..).unwrap_or_default();
        let pairs = bytes.chunks_exact(form.size()).zip(out.chunks_exact_mut(form.shared_size()));
        for (element, out) in pairs {
            // SAFETY: as the caller promised.
            unsafe { self.receive(form, element, out, heap) }?;
        }
        Ok(())
    }

    /// # Safety
    /// As [`Self::receive_all`], for one element.
    unsafe fn receive(&self, form: &Form, element: &[u8], out: &mut [u8], heap: &mut Heap) -> Result<()> {
        match form {
            Form::Plain(_) => out.copy_from_slice(element),
            Form::Text => {
                let pointer: *const std::ffi::c_char = std::ptr::with_exposed_provenance(word(element, 0)?);
                // SAFETY: the library's texts are texts of C, or none.
                let text = unsafe { (!pointer.is_null()).then(|| CStr::from_ptr(pointer)) };
                let text = text.map(CStr::to_bytes).unwrap_or_default();
                heap.push_sequence(text.len(), text, out)?;
            }
            Form::Sequence(base) => {
                let (count, pointer) = (word(element, 0)?, word(element, POINTER)?);
                let pointer: *const u8 = std::ptr::with_exposed_provenance(pointer);
                let bytes = match count.checked_mul(base.size()) {
                    Some(bytes) if count > 0 && !pointer.is_null() => bytes,
                    _ => return heap.push_sequence(0, &[], out),
                };
                // SAFETY: the library's sequences have as many elements as they say, of their base's form.
                let values = unsafe { std::slice::from_raw_parts(pointer, bytes) };
                if base.is_plain() {
                    return heap.push_sequence(count, values, out);
                }
                let mut shared = Vec::new();
                // SAFETY: as above.
                unsafe { self.receive_all(base, values, &mut shared, heap) }?;
                heap.push_sequence(count, &shared, out)?;
            }
            Form::Object => heap.push_reference(self.object(element)?, out)?,
            Form::Region => heap.push_reference(self.region(element)?, out)?,
            Form::Compound { members, .. } => {
                let mut rest = out;
                for (offset, form) in members {
                    let end = offset.saturating_add(form.size());
                    let part = element.get(*offset..end).ok_or_else(outside)?;
                    let (out, after) = rest.split_at_mut_checked(form.shared_size()).ok_or_else(outside)?;
                    // SAFETY: as the caller promised: the member lies where the datatype says.
                    unsafe { self.receive(form, part, out, heap) }?;
                    rest = after;
                }
            }
            Form::Array { base, .. } => {
                let pairs = element.chunks_exact(base.size()).zip(out.chunks_exact_mut(base.shared_size()));
                for (element, out) in pairs {
                    // SAFETY: as the caller promised.
                    unsafe { self.receive(base, element, out, heap) }?;
                }
            }
        }
        Ok(())
    }

    fn object(&self, element: &[u8]) -> Result<Reference> {
        let address = element.try_into().map(u64::from_ne_bytes).map_err(|_| outside())?;
        Ok(match address {
            0 | u64::MAX => Reference::Null,
            address => Reference::Object(self.resolver.token_at(address)),
        })
    }

    fn region(&self, element: &[u8]) -> Result<Reference> {
        let reference: [u8; REGION_BYTES] = element.try_into().map_err(|_| outside())?;
        if reference == [0; REGION_BYTES] {
            return Ok(Reference::Null);
        }
        let opened = self.library.open_region(self.file, &reference);
        let region = opened.and_then(|(dataset, space)| self.resolver.region_of(&dataset, &space));
        Ok(region.unwrap_or_else(|error| Reference::Dangling(error.to_string())))
    }

    fn buffer(&self, count: usize, form: &Form) -> Result<Vec<u64>> {
        words(count.checked_mul(form.size()))
    }
}

/// Writing.
impl Translator<'_> {
    /// Writes elements in the shared form to where a dataspace selects.
    pub(crate) fn write_dataset(
        &self,
        dataset: &Id,
        form: &CForm,
        selected: &Id,
        elements: &[u8],
        heap: &Heap,
    ) -> Result<()> {
        let mut arena = Arena::new();
        let bytes = self.send_all(&form.form, elements, heap, &mut arena)?;
        self.library.write_bytes(dataset, &form.datatype, selected, &bytes)
    }

    /// Writes all elements of an attribute.
    pub(crate) fn write_attribute(
        &self,
        attribute: &Id,
        form: &CForm,
        elements: &[u8],
        heap: &Heap,
    ) -> Result<()> {
        let mut arena = Arena::new();
        let bytes = self.send_all(&form.form, elements, heap, &mut arena)?;
        self.library.write_attribute_bytes(attribute, &form.datatype, &bytes)
    }

    /// Sets a fill value of one element in the shared form.
    pub(crate) fn set_fill(&self, properties: &Id, form: &CForm, element: &[u8], heap: &Heap) -> Result<()> {
        let mut arena = Arena::new();
        let bytes = self.send_all(&form.form, element, heap, &mut arena)?;
        self.library.set_fill(properties, &form.datatype, Some(&bytes))
    }

    fn send_all(&self, form: &Form, shared: &[u8], heap: &Heap, arena: &mut Arena) -> Result<Vec<u8>> {
        let count = shared.len().checked_div(form.shared_size()).unwrap_or(0);
        let length = count.checked_mul(form.size());
        let length = length.ok_or_else(|| Error::limit("more bytes than the memory has"))?;
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(length)
            .map_err(|e| Error::limit(format!("{length} bytes")).with_source(e))?;
        bytes.resize(length, 0);
        self.send_into(form, shared, heap, arena, &mut bytes)?;
        Ok(bytes)
    }

    fn send_into(
        &self,
        form: &Form,
        shared: &[u8],
        heap: &Heap,
        arena: &mut Arena,
        bytes: &mut [u8],
    ) -> Result<()> {
        let pairs = shared.chunks_exact(form.shared_size()).zip(bytes.chunks_exact_mut(form.size()));
        for (element, out) in pairs {
            self.send(form, element, heap, arena, out)?;
        }
        Ok(())
    }

    fn send(
        &self,
        form: &Form,
        element: &[u8],
        heap: &Heap,
        arena: &mut Arena,
        out: &mut [u8],
    ) -> Result<()> {
        match form {
            Form::Plain(_) => out.copy_from_slice(element),
            Form::Text => {
                let (_, text) = heap.sequence(element, 1)?;
                if text.contains(&0) {
                    return Err(Error::unsupported("a text of variable length with a NUL in it"));
                }
                let mut buffer = words(text.len().checked_add(1))?;
                bytemuck::cast_slice_mut(&mut buffer)
                    .get_mut(..text.len())
                    .ok_or_else(outside)?
                    .copy_from_slice(text);
                put(out, 0, keep(arena, buffer))?;
            }
            Form::Sequence(base) => {
                let (count, values) = heap.sequence(element, base.shared_size())?;
                let length = count.saturating_mul(base.size());
                let mut buffer = words(Some(length))?;
                let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut buffer);
                let bytes = bytes.get_mut(..length).ok_or_else(outside)?;
                self.send_into(base, values, heap, arena, bytes)?;
                put(out, 0, count)?;
                put(out, POINTER, if count == 0 { 0 } else { keep(arena, buffer) })?;
            }
            Form::Object => out.copy_from_slice(bytemuck::bytes_of(&self.address(heap.reference(element)?)?)),
            Form::Region => out.copy_from_slice(&self.region_bytes(heap.reference(element)?)?),
            Form::Compound { members, .. } => {
                let mut rest = element;
                for (offset, form) in members {
                    let (part, after) = rest.split_at_checked(form.shared_size()).ok_or_else(outside)?;
                    let end = offset.saturating_add(form.size());
                    let out = out.get_mut(*offset..end).ok_or_else(outside)?;
                    self.send(form, part, heap, arena, out)?;
                    rest = after;
                }
            }
            Form::Array { base, .. } => self.send_into(base, element, heap, arena, out)?,
        }
        Ok(())
    }

    fn address(&self, reference: &Reference) -> Result<u64> {
        match reference {
            Reference::Null => Ok(0),
            Reference::Object(token) => self.resolver.address_of(*token),
            other => Err(no_such_reference("an object", other)),
        }
    }

    fn region_bytes(&self, reference: &Reference) -> Result<[u8; REGION_BYTES]> {
        match reference {
            Reference::Null => Ok([0; REGION_BYTES]),
            Reference::Region { object, selection } => {
                let (dataset, space) = self.resolver.region(*object, selection)?;
                self.library.make_region(&dataset, &space)
            }
            other => Err(no_such_reference("elements", other)),
        }
    }
}

/// Bytes of a pointer, and of a count.
const POINTER: usize = size_of::<usize>();

/// Room for so many bytes, aligned for what C puts there; all zero, so that what is not filled in points nowhere.
fn words(bytes: Option<usize>) -> Result<Vec<u64>> {
    let bytes = bytes.ok_or_else(|| Error::limit("more bytes than the memory has"))?;
    let count = bytes.div_ceil(size_of::<u64>());
    let mut words = Vec::new();
    words.try_reserve_exact(count).map_err(|e| Error::limit(format!("{bytes} bytes")).with_source(e))?;
    words.resize(count, 0);
    Ok(words)
}

/// The bytes of a buffer of [`words`] that elements take.
fn used<'a>(buffer: &'a mut [u64], count: usize, form: &Form) -> Result<&'a mut [u8]> {
    let length = count.saturating_mul(form.size());
    bytemuck::cast_slice_mut(buffer).get_mut(..length).ok_or_else(outside)
}

/// Keeps a buffer until the library has read it; its address.
fn keep(arena: &mut Arena, buffer: Vec<u64>) -> usize {
    let address = buffer.as_ptr().expose_provenance();
    arena.push(buffer);
    address
}

fn word(bytes: &[u8], at: usize) -> Result<usize> {
    let part = bytes.get(at..at.saturating_add(POINTER)).and_then(|part| part.try_into().ok());
    part.map(usize::from_ne_bytes).ok_or_else(outside)
}

fn put(bytes: &mut [u8], at: usize, number: usize) -> Result<()> {
    let part = bytes.get_mut(at..at.saturating_add(POINTER)).ok_or_else(outside)?;
    part.copy_from_slice(bytemuck::bytes_of(&number));
    Ok(())
}

fn outside() -> Error {
    Error::format("a part of an element that leaves it")
}

fn no_such_reference(to: &str, found: &Reference) -> Error {
    Error::new(h5_types::ErrorKind::Conversion, format!("{found:?} is no reference to {to}"))
}
