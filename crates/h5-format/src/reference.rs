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

use h5_types::{Address, Limits, Name, ObjectToken, Reference};

use crate::selection::read_selection;
use crate::{Reader, Result, Sizes};

const STRUCTURE: &str = "reference";
const SECTION: &str = "VIII.B";

/// Flag of the reference header: the reference is to another file.
const EXTERNAL: u8 = 1;

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
        2 if flags & EXTERNAL == 0 => read_token(&mut reader).map(StoredReference::Here),
        2..=4 => {
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
        3 => {
            // Size and rank are repeated by the selection itself.
            reader.skip(8)?;
            Reference::Region { object, selection: read_selection(&mut reader, limits)? }
        }
        4 => Reference::Attribute { object, name: read_text(&mut reader)? },
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

#[cfg(test)]
mod tests {
    use h5_types::{Hyperslab, HyperslabDimension, Selection};

    use super::*;

    const SIZES: Sizes = Sizes { offsets: 8, lengths: 8 };

    fn hex(text: &str) -> Vec<u8> {
        text.split(' ').map(|b| u8::from_str_radix(b, 16).unwrap()).collect()
    }

    #[test]
    fn object_reference_is_an_address() {
        let decoded = decode_object_reference(&[0x60, 3, 0, 0, 0, 0, 0, 0], SIZES).unwrap();
        assert_eq!(decoded, Reference::Object(ObjectToken(0x360)));
        assert_eq!(decode_object_reference(&[0; 8], SIZES).unwrap(), Reference::Null);
        assert_eq!(decode_object_reference(&[0xff; 8], SIZES).unwrap(), Reference::Null);
    }

    #[test]
    fn revised_object_reference_is_inline() {
        let element = hex("02 00 08 90 07 00 00 00 00 00 00 00 00 00 00 00 00 00");
        let expected = StoredReference::Here(Reference::Object(ObjectToken(0x790)));
        assert_eq!(decode_revised_reference(&element, SIZES).unwrap(), expected);
        assert_eq!(
            decode_revised_reference(&[0; 18], SIZES).unwrap(),
            StoredReference::Here(Reference::Null)
        );
    }

    #[test]
    fn external_attribute_reference_as_the_library_writes_it() {
        // Element and heap object as HDF5 1.12 writes them (a test file of its h5dump).
        let element = hex("04 01 20 00 00 00 48 08 00 00 00 00 00 00 01 00 00 00");
        let header = ReferenceHeader { reference_type: 4, flags: 1 };
        let expected = StoredReference::InHeap {
            collection_address: Address(0x848),
            object_index: 1,
            header: Some(header),
        };
        assert_eq!(decode_revised_reference(&element, SIZES).unwrap(), expected);
        let block = hex(
            "08 90 07 00 00 00 00 00 00 0e 00 74 72 65 66 65 72 5f 65 78 74 31 2e 68 35 05 00 41 74 74 72 31",
        );
        let decoded = decode_reference_block(&block, header, &Limits::default()).unwrap();
        let target = Box::new(Reference::Attribute { object: ObjectToken(0x790), name: "Attr1".into() });
        assert_eq!(decoded, Reference::External { file: "trefer_ext1.h5".into(), target });
    }

    #[test]
    fn revised_region_reference_as_the_library_writes_it() {
        let block = hex(
            "08 c3 00 00 00 00 00 00 00 1e 00 00 00 02 00 00 00 02 00 00 00 03 00 00 00 01 02 02 00 00 00 02 00 01 00 01 00 06 00 02 00 01 00 01 00 06 00 00",
        );
        let header = ReferenceHeader { reference_type: 3, flags: 0 };
        let dimension = HyperslabDimension { start: 2, stride: 1, count: Some(1), block: Some(6) };
        let selection = Selection::Hyperslab(Hyperslab { dimensions: vec![dimension; 2] });
        let expected = Reference::Region { object: ObjectToken(0xc3), selection };
        assert_eq!(decode_reference_block(&block, header, &Limits::default()).unwrap(), expected);
        for length in 0..block.len() - 2 {
            assert!(
                decode_reference_block(&block[..length], header, &Limits::default()).is_err(),
                "{length}"
            );
        }
    }
}
