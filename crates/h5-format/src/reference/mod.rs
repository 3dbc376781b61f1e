//! Stored references: HDF5 File Format Specification 4.0, VIII.B (kinds 2 to 4, from HDF5 1.12) and VIII.C (kinds 0 and 1).
//!
//! ```text
//! object (0)          address (O)
//! region (1)          global heap ID (O + 4)   heap object: address (O)   selection
//! object2 (2), here   type (1)   flags (1)   token size (1)   token
//! kinds 2 to 4        type (1)   flags (1)   block size (4)   global heap ID (O + 4)
//! heap object         token size (1)   token   external file, if flag 0: length (2), name
//!                     region2 (3): selection size (4)   rank (4)   selection
//!                     attribute (4): length (2), name
//! ```
//! The text has no block size; files show it. A native token is the address of the object's header.

use h5_types::{Address, Limits, Name, ObjectToken, Reference, Selection};

use crate::global_heap::GlobalHeapId;
use crate::selection::{SelectionEncoding, encode_selection, read_selection, write_selection};
use crate::{Reader, Result, Sizes, Writer};

const STRUCTURE: &str = "reference";
const SECTION: &str = "VIII.B";

/// Flag of the reference header: the reference is to another file.
const EXTERNAL: u8 = 1;

const OBJECT: u8 = 2;
const REGION: u8 = 3;
const ATTRIBUTE: u8 = 4;

/// What an element of a reference datatype holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredReference {
    /// The whole reference.
    Here(Reference),
    /// The rest is an object of the global heap.
    InHeap {
        /// The collection.
        collection_address: Address,
        /// The object in it.
        object_index: u32,
        /// What [`decode_reference_block`] needs to know; `None` for kind 1, see [`decode_region_block`].
        header: Option<ReferenceHeader>,
    },
}

/// Reference header of HDF5 1.12.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferenceHeader {
    /// 2 object, 3 region, 4 attribute.
    pub reference_type: u8,
    /// Bit 0: to another file.
    pub flags: u8,
}

/// Decodes an element of an object reference (kind 0): an address; zero and the undefined address are null.
///
/// # Errors
/// Too few bytes.
pub fn decode_object_reference(element: &[u8], sizes: Sizes) -> Result<Reference> {
    let mut reader = Reader::new(element, "object reference", "VIII.C");
    Ok(reader.address(sizes)?.map_or(Reference::Null, object))
}

/// Decodes an element of a region reference (kind 1).
///
/// # Errors
/// Too few bytes.
pub fn decode_region_reference(element: &[u8], sizes: Sizes) -> Result<StoredReference> {
    let mut reader = Reader::new(element, "region reference", "VIII.C");
    read_heap_id(&mut reader, sizes, None)
}

/// Decodes an element of a reference of HDF5 1.12 (kinds 2 to 4). All zeros are null.
///
/// # Errors
/// A type that does not exist, a token wider than 64 bits, or too few bytes.
pub fn decode_revised_reference(element: &[u8], sizes: Sizes) -> Result<StoredReference> {
    let mut reader = Reader::new(element, STRUCTURE, SECTION);
    let (reference_type, flags) = (reader.u8()?, reader.u8()?);
    match reference_type {
        0 if element.iter().all(|&b| b == 0) => Ok(StoredReference::Here(Reference::Null)),
        OBJECT if flags & EXTERNAL == 0 => read_token(&mut reader).map(StoredReference::Here),
        OBJECT..=ATTRIBUTE => {
            // The size of the heap object says the same, and is what bounds the reading.
            reader.skip(4)?;
            read_heap_id(&mut reader, sizes, Some(ReferenceHeader { reference_type, flags }))
        }
        other => Err(reader.bad_value("reference_type", other, "2 to 4")),
    }
}

/// Decodes the heap object of a region reference (kind 1).
///
/// # Errors
/// A selection that does not decode, or too few bytes.
pub fn decode_region_block(block: &[u8], sizes: Sizes, limits: &Limits) -> Result<Reference> {
    let mut reader = Reader::new(block, "region reference", "VIII.C");
    let Some(address) = reader.address(sizes)?.filter(|&a| a != Address(0)) else {
        return Ok(Reference::Null);
    };
    let selection = read_selection(&mut reader, limits)?;
    Ok(Reference::Region { object: token(address.0), selection })
}

/// Decodes the heap object of a reference of HDF5 1.12.
///
/// # Errors
/// As [`decode_revised_reference`]; a selection that does not decode.
pub fn decode_reference_block(block: &[u8], header: ReferenceHeader, limits: &Limits) -> Result<Reference> {
    let mut reader = Reader::new(block, STRUCTURE, SECTION);
    let object = match read_token(&mut reader)? {
        Reference::Object(token) => token,
        other => return Ok(other),
    };
    let file = if header.flags & EXTERNAL != 0 { Some(read_text(&mut reader)?) } else { None };
    let target = match header.reference_type {
        REGION => {
            // Size and rank are repeated by the selection itself.
            reader.skip(8)?;
            Reference::Region { object, selection: read_selection(&mut reader, limits)? }
        }
        ATTRIBUTE => Reference::Attribute { object, name: read_text(&mut reader)? },
        _ => Reference::Object(object),
    };
    Ok(match file {
        Some(file) => Reference::External { file, target: Box::new(target) },
        None => target,
    })
}

fn read_heap_id(
    reader: &mut Reader<'_>,
    sizes: Sizes,
    header: Option<ReferenceHeader>,
) -> Result<StoredReference> {
    let address = reader.address(sizes)?.filter(|&address| address != Address(0));
    let object_index = reader.u32()?;
    Ok(match address {
        Some(collection_address) => StoredReference::InHeap { collection_address, object_index, header },
        None => StoredReference::Here(Reference::Null),
    })
}

fn read_token(reader: &mut Reader<'_>) -> Result<Reference> {
    let width = usize::from(reader.u8()?);
    Ok(reader.optional_uint(width)?.map_or(Reference::Null, |address| object(Address(address))))
}

fn read_text(reader: &mut Reader<'_>) -> Result<Name> {
    let length = usize::from(reader.u16()?);
    reader.take(length).map(Name::new)
}

fn object(address: Address) -> Reference {
    if address == Address(0) { Reference::Null } else { Reference::Object(token(address.0)) }
}

fn token(address: u64) -> ObjectToken {
    ObjectToken(u128::from(address))
}

/// Bytes of an element of a reference of HDF5 1.12, whatever it refers to.
pub fn revised_reference_bytes(sizes: Sizes) -> usize {
    usize::from(sizes.offsets).saturating_add(10)
}

/// Encodes an element of an object reference (kind 0); null is zero.
///
/// # Errors
/// A reference to something else than an object of this file, or an address too wide for its field.
pub fn encode_object_reference(reference: &Reference, sizes: Sizes) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, "object reference", "VIII.C");
    match reference {
        Reference::Null => writer.zeros(usize::from(sizes.offsets)),
        Reference::Object(object) => write_address(&mut writer, *object, sizes)?,
        _ => return Err(writer.unencodable("reference_type", "an object of this file")),
    }
    Ok(bytes)
}

/// Encodes an element of a region reference (kind 1), whose heap object [`encode_region_block`] gives; null is zero.
///
/// # Errors
/// A reference of another kind, or an address too wide for its field.
pub fn encode_region_reference(reference: &StoredReference, sizes: Sizes) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, "region reference", "VIII.C");
    match reference {
        StoredReference::Here(Reference::Null) => writer.zeros(GlobalHeapId::bytes(sizes)),
        StoredReference::InHeap { collection_address, object_index, header: None } => {
            write_heap_id(&mut writer, *collection_address, *object_index, sizes)?;
        }
        _ => return Err(writer.unencodable("reference_type", "a region")),
    }
    Ok(bytes)
}

/// Encodes an element of a reference of HDF5 1.12 (kinds 2 to 4): null and objects of this file as they are, the others as the place of
/// the heap object of `block_bytes` bytes that [`encode_reference_block`] gives. What the element does not need is zero.
///
/// # Errors
/// A reference that must be in the heap but is not, one of kind 1, or an address too wide for its field.
pub fn encode_revised_reference(
    reference: &StoredReference,
    block_bytes: u32,
    sizes: Sizes,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, STRUCTURE, SECTION);
    match reference {
        StoredReference::Here(Reference::Null) => {}
        StoredReference::Here(Reference::Object(object)) => {
            writer.u8(OBJECT);
            writer.u8(0);
            write_token(&mut writer, *object, sizes)?;
        }
        StoredReference::InHeap { collection_address, object_index, header: Some(header) } => {
            let is_inline = header.reference_type == OBJECT && header.flags & EXTERNAL == 0;
            if is_inline || !(OBJECT..=ATTRIBUTE).contains(&header.reference_type) {
                return Err(writer.unencodable("reference_type", "one whose heap object is needed"));
            }
            writer.u8(header.reference_type);
            writer.u8(header.flags);
            writer.u32(block_bytes);
            write_heap_id(&mut writer, *collection_address, *object_index, sizes)?;
        }
        _ => return Err(writer.unencodable("reference_type", "null, an object, or a place in the heap")),
    }
    writer.pad_to(u64::try_from(revised_reference_bytes(sizes)).unwrap_or(u64::MAX))?;
    Ok(bytes)
}

/// Encodes the heap object of a region reference (kind 1).
///
/// # Errors
/// A reference to something else than a region of this file, or a selection or address that cannot be written.
pub fn encode_region_block(reference: &Reference, sizes: Sizes) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, "region reference", "VIII.C");
    let Reference::Region { object, selection } = reference else {
        return Err(writer.unencodable("reference_type", "a region of this file"));
    };
    write_address(&mut writer, *object, sizes)?;
    write_selection(&mut writer, selection, SelectionEncoding::Oldest)?;
    Ok(bytes)
}

/// Encodes the heap object of a reference of HDF5 1.12 that is not stored in the element itself, and says what the element needs to
/// know of it. `rank` is that of the dataset that a region is in, and does not matter for others.
///
/// # Errors
/// Null, an object of this file, or an external reference inside another; a region of another rank; a name longer than 65,535 bytes; a
/// selection or address that cannot be written.
pub fn encode_reference_block(
    reference: &Reference,
    rank: u32,
    sizes: Sizes,
) -> Result<(ReferenceHeader, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, STRUCTURE, SECTION);
    let (target, file) = match reference {
        Reference::External { file, target } => (target.as_ref(), Some(file)),
        other => (other, None),
    };
    let (object, reference_type) = match target {
        Reference::Object(object) if file.is_some() => (*object, OBJECT),
        Reference::Region { object, .. } => (*object, REGION),
        Reference::Attribute { object, .. } => (*object, ATTRIBUTE),
        _ => return Err(writer.unencodable("reference_type", "one whose heap object is needed")),
    };
    write_token(&mut writer, object, sizes)?;
    if let Some(file) = file {
        write_text(&mut writer, "file_name", file)?;
    }
    match target {
        Reference::Region { selection, .. } => {
            if rank_of(selection).is_some_and(|own| u32::try_from(own) != Ok(rank)) {
                return Err(writer.unencodable("rank", "that of the selection"));
            }
            let selection = encode_selection(selection, SelectionEncoding::Shortest)?;
            writer.count("selection_size", selection.len(), 4)?;
            writer.u32(rank);
            writer.put(&selection);
        }
        Reference::Attribute { name, .. } => write_text(&mut writer, "attribute_name", name)?,
        _ => {}
    }
    let flags = if file.is_some() { EXTERNAL } else { 0 };
    Ok((ReferenceHeader { reference_type, flags }, bytes))
}

/// Dimensions of a selection, if it has some of its own.
fn rank_of(selection: &Selection) -> Option<usize> {
    match selection {
        Selection::Hyperslab(hyperslab) => Some(hyperslab.dimensions.len()),
        Selection::Union(blocks) => blocks.first().map(|block| block.start.len()),
        Selection::Points(points) => Some(points.rank),
        _ => None,
    }
}

/// The address that a native token is; zero would read as null.
fn write_address(writer: &mut Writer<'_>, object: ObjectToken, sizes: Sizes) -> Result<()> {
    let address = u64::try_from(object.0).ok().filter(|&address| address != 0);
    let address = address.ok_or_else(|| writer.unencodable("object", "an address in the file, not zero"))?;
    writer.address("object", Address(address), sizes)
}

fn write_token(writer: &mut Writer<'_>, object: ObjectToken, sizes: Sizes) -> Result<()> {
    writer.u8(sizes.offsets);
    write_address(writer, object, sizes)
}

fn write_heap_id(writer: &mut Writer<'_>, collection: Address, index: u32, sizes: Sizes) -> Result<()> {
    let id = GlobalHeapId { collection_address: collection, object_index: index };
    writer.put(&GlobalHeapId::encode(Some(id), sizes)?);
    Ok(())
}

fn write_text(writer: &mut Writer<'_>, field: &'static str, text: &Name) -> Result<()> {
    writer.count(field, text.as_bytes().len(), 2)?;
    writer.put(text.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests;
