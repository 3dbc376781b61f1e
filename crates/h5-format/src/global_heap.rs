//! Global heap collection: HDF5 File Format Specification 4.0, III.E. Reads version 1.
//!
//! ```text
//! collection  byte 0 "GCOL"   4 version (1)   5 reserved (3)   8 collection size (L)   objects
//! object      heap object index (2)   reference count (2)   reserved (4)   object size (L)   data
//! ```
//! Headers of collection and objects, and the data, are padded to a multiple of eight bytes; that the headers are, matters
//! where lengths have less than eight bytes. Object 0 is the free space at the end.

use std::ops::Range;

use h5_types::Address;

use crate::{Reader, Result, Sizes};

const STRUCTURE: &str = "global heap collection";
const SECTION: &str = "III.E";

/// Place of a global heap object in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GlobalHeapId {
    /// The collection.
    pub collection_address: Address,
    /// The object in it.
    pub object_index: u32,
}

impl GlobalHeapId {
    /// Bytes of an ID.
    pub fn bytes(sizes: Sizes) -> usize {
        usize::from(sizes.offsets).saturating_add(4)
    }

    /// Reads an ID; `None` if its address is zero or undefined, which stands for an object that was never written.
    ///
    /// # Errors
    /// Too few bytes.
    pub fn decode(bytes: &[u8], sizes: Sizes) -> Result<Option<Self>> {
        let mut reader = Reader::new(bytes, "global heap ID", SECTION);
        let address = reader.address(sizes)?.filter(|&address| address != Address(0));
        let object_index = reader.u32()?;
        Ok(address.map(|collection_address| Self { collection_address, object_index }))
    }
}

/// Where the objects of one collection are in its bytes.
#[derive(Debug, Clone, Default)]
pub struct GlobalHeapCollection {
    /// By index; empty ranges at zero are objects that are not there.
    objects: Vec<Range<usize>>,
}

impl GlobalHeapCollection {
    /// Bytes of the collection's header.
    pub fn header_bytes(sizes: Sizes) -> usize {
        usize::from(sizes.lengths).saturating_add(8).next_multiple_of(8)
    }

    /// Bytes of the whole collection, from its header.
    ///
    /// # Errors
    /// Wrong signature or version, a size less than the header, or too few bytes.
    pub fn collection_bytes(header: &[u8], sizes: Sizes) -> Result<u64> {
        let mut reader = Reader::new(header, STRUCTURE, SECTION);
        Self::read_header(&mut reader, sizes)
    }

    fn read_header(reader: &mut Reader<'_>, sizes: Sizes) -> Result<u64> {
        reader.signature(b"GCOL")?;
        reader.version(1..=1, "1")?;
        reader.skip(3)?;
        let size = reader.length(sizes)?;
        if size < u64::try_from(Self::header_bytes(sizes)).unwrap_or(u64::MAX) {
            return Err(reader.bad_value("collection_size", size, "at least the size of the header"));
        }
        Ok(size)
    }

    /// Finds the objects in the bytes of a whole collection.
    ///
    /// # Errors
    /// As [`Self::collection_bytes`]; an object that reaches past the end; two objects of one index.
    pub fn decode(bytes: &[u8], sizes: Sizes) -> Result<Self> {
        let mut reader = Reader::new(bytes, STRUCTURE, SECTION);
        let size = Self::read_header(&mut reader, sizes)?;
        let truncated = reader.bad_value("collection_size", size, "the bytes of the collection");
        let size = usize::try_from(size).map_err(|_| truncated)?;
        let bytes = bytes.get(..size).ok_or(truncated)?;
        let header_bytes = Self::header_bytes(sizes);
        let mut objects = Vec::new();
        let mut position = header_bytes;
        // An object's header has the same size as the collection's. What is shorter than it is free space without a header.
        while let Some(header) = bytes.get(position..).filter(|rest| rest.len() >= header_bytes) {
            let mut object = Reader::new(header, "global heap object", SECTION);
            let index = usize::from(object.u16()?);
            object.skip(6)?;
            let object_size = object.length(sizes)?;
            if index == 0 {
                break;
            }
            let start = position.saturating_add(header_bytes);
            let end = usize::try_from(object_size).ok().and_then(|size| start.checked_add(size));
            let end = end.filter(|&end| end <= bytes.len());
            let too_long = object.bad_value("object_size", object_size, "an object within its collection");
            let end = end.ok_or(too_long)?;
            if objects.len() <= index {
                objects.resize(index.saturating_add(1), 0..0);
            }
            if let Some(slot) = objects.get_mut(index) {
                if slot.start != 0 {
                    let found = u64::try_from(index).unwrap_or(u64::MAX);
                    return Err(object.bad_value("heap_object_index", found, "an index used once"));
                }
                *slot = start..end;
            }
            position = end.next_multiple_of(8);
        }
        Ok(Self { objects })
    }

    /// Where object `index` is in the collection's bytes.
    pub fn object(&self, index: u32) -> Option<Range<usize>> {
        let range = self.objects.get(usize::try_from(index).ok()?)?;
        (range.start != 0).then(|| range.clone())
    }

    /// Indices and places of all objects.
    pub fn iter(&self) -> impl Iterator<Item = (u32, Range<usize>)> + '_ {
        (0_u32..)
            .zip(&self.objects)
            .filter(|(_, range)| range.start != 0)
            .map(|(i, range)| (i, range.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collection(sizes: Sizes) -> Vec<u8> {
        let length = |value: u64| value.to_le_bytes()[..usize::from(sizes.lengths)].to_vec();
        let pad = |bytes: &mut Vec<u8>| bytes.resize(bytes.len().next_multiple_of(8), 0);
        let mut bytes = b"GCOL\x01\0\0\0".to_vec();
        bytes.extend(length(128));
        pad(&mut bytes);
        for (index, data) in [(2_u16, &b"hello"[..]), (1, b""), (5, b"12345678")] {
            bytes.extend(index.to_le_bytes());
            bytes.extend([1, 0, 0, 0, 0, 0]);
            bytes.extend(length(data.len() as u64));
            pad(&mut bytes);
            bytes.extend(data);
            pad(&mut bytes);
        }
        bytes.resize(128, 0);
        bytes
    }

    #[test]
    fn finds_objects_with_either_width_of_lengths() {
        for lengths in [4, 8] {
            let sizes = Sizes { offsets: 8, lengths };
            let bytes = collection(sizes);
            assert_eq!(GlobalHeapCollection::collection_bytes(&bytes, sizes).unwrap(), 128);
            let decoded = GlobalHeapCollection::decode(&bytes, sizes).unwrap();
            assert_eq!(&bytes[decoded.object(2).unwrap()], b"hello");
            assert_eq!(&bytes[decoded.object(5).unwrap()], b"12345678");
            assert!(decoded.object(1).unwrap().is_empty());
            assert_eq!(decoded.object(0), None);
            assert_eq!(decoded.object(3), None);
            assert_eq!(decoded.object(6), None);
            assert_eq!(decoded.iter().map(|(i, _)| i).collect::<Vec<_>>(), [1, 2, 5]);
        }
    }

    #[test]
    fn object_past_the_end_is_an_error() {
        let sizes = Sizes { offsets: 8, lengths: 8 };
        let mut bytes = collection(sizes);
        bytes[24] = 200;
        assert!(GlobalHeapCollection::decode(&bytes, sizes).is_err());
        bytes[24..32].fill(0xff);
        assert!(GlobalHeapCollection::decode(&bytes, sizes).is_err());
    }

    #[test]
    fn zero_address_is_no_object() {
        let sizes = Sizes { offsets: 4, lengths: 4 };
        assert_eq!(GlobalHeapId::decode(&[0; 8], sizes).unwrap(), None);
        assert_eq!(GlobalHeapId::decode(&[0xff; 8], sizes).unwrap(), None);
        let id = GlobalHeapId { collection_address: Address(16), object_index: 3 };
        assert_eq!(GlobalHeapId::decode(&[16, 0, 0, 0, 3, 0, 0, 0], sizes).unwrap(), Some(id));
    }
}
