//! Global heap collection: HDF5 File Format Specification 4.0, III.E. Reads and writes version 1.
//!
//! ```text
//! collection  byte 0 "GCOL"   4 version (1)   5 reserved (3)   8 collection size (L)   objects
//! object      heap object index (2)   reference count (2)   reserved (4)   object size (L)   data
//! ```
//! Headers of collection and objects, and the data, are padded to a multiple of eight bytes; that the headers are, matters
//! where lengths have less than eight bytes. Object 0 is the free space at the end, and
//! its size is that of the free space with the object's own header.

use std::collections::BTreeSet;
use std::ops::Range;

use h5_types::Address;

use crate::{Reader, Result, Sizes, Writer};

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

    /// Writes an ID; `None` as zeros, as the library writes an object without data.
    ///
    /// # Errors
    /// An address of zero, which reads as no object, or one too wide for its field.
    pub fn encode(id: Option<Self>, sizes: Sizes) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "global heap ID", SECTION);
        match id {
            None => writer.zeros(Self::bytes(sizes)),
            Some(Self { collection_address: Address(0), .. }) => {
                return Err(writer.unencodable("collection_address", "another address than zero"));
            }
            Some(id) => {
                writer.address("collection_address", id.collection_address, sizes)?;
                writer.u32(id.object_index);
            }
        }
        Ok(bytes)
    }
}

/// An object to be written into a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlobalHeapObject<'a> {
    /// Index of the object, not zero.
    pub index: u16,
    /// References to the object. The library writes 0 or 1 and does not look at it.
    pub reference_count: u16,
    /// The object.
    pub data: &'a [u8],
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
        let found = size;
        let truncated = || reader.bad_value("collection_size", found, "the bytes of the collection");
        let size = usize::try_from(size).map_err(|_| truncated())?;
        let bytes = bytes.get(..size).ok_or_else(truncated)?;
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
            let too_long = || object.bad_value("object_size", object_size, "an object within its collection");
            let end = end.ok_or_else(too_long)?;
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

    /// Bytes that objects of so many bytes each take in a collection, with its header.
    pub fn required_bytes(object_bytes: impl IntoIterator<Item = u64>, sizes: Sizes) -> u64 {
        let header = u64::try_from(Self::header_bytes(sizes)).unwrap_or(u64::MAX);
        object_bytes.into_iter().fold(header, |total, bytes| {
            let padded = bytes.checked_next_multiple_of(8).unwrap_or(u64::MAX);
            total.saturating_add(header).saturating_add(padded)
        })
    }

    /// Writes a collection of `collection_bytes` bytes with objects in the order given and free space after them.
    ///
    /// # Errors
    /// Objects that do not fit, one of index zero or of an index that another one has, or a number too wide for its field.
    pub fn encode(objects: &[GlobalHeapObject<'_>], collection_bytes: u64, sizes: Sizes) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, STRUCTURE, SECTION);
        writer.put(b"GCOL");
        writer.u8(1);
        writer.zeros(3);
        writer.length("collection_size", collection_bytes, sizes)?;
        writer.pad_to_8();
        // Each index once, and none of them zero.
        let mut used = BTreeSet::from([0]);
        for object in objects {
            if !used.insert(object.index) {
                return Err(writer.unencodable("heap_object_index", "an index of its own, not zero"));
            }
            writer.u16(object.index);
            writer.u16(object.reference_count);
            writer.zeros(4);
            writer.count("object_size", object.data.len(), usize::from(sizes.lengths))?;
            writer.pad_to_8();
            writer.put(object.data);
            writer.pad_to_8();
        }
        let position = u64::try_from(writer.position()).unwrap_or(u64::MAX);
        let header = u64::try_from(Self::header_bytes(sizes)).unwrap_or(u64::MAX);
        // Free space shorter than an object's header has none.
        if let Some(free) = collection_bytes.checked_sub(position).filter(|&free| free >= header) {
            writer.zeros(8);
            writer.length("object_size", free, sizes)?;
        }
        writer.pad_to(collection_bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    #[test]
    fn encode_collection_with_either_width_of_lengths() {
        let object = |index, data| GlobalHeapObject { index, reference_count: 1, data };
        let objects = [object(2, &b"hello"[..]), object(1, b""), object(5, b"12345678")];
        for lengths in [4, 8] {
            let sizes = Sizes { offsets: 8, lengths };
            let mut expected = collection(sizes);
            // 16 bytes of the collection's header and 64 of the objects.
            expected[88] = 48;
            assert_eq!(GlobalHeapCollection::encode(&objects, 128, sizes).unwrap(), expected);
            assert_eq!(GlobalHeapCollection::required_bytes([5, 0, 8], sizes), 80);
            for (size, fits) in [(79, false), (80, true), (88, true)] {
                let bytes = GlobalHeapCollection::encode(&objects, size, sizes);
                assert_eq!(bytes.is_ok(), fits, "{size}");
            }
        }
        let sizes = Sizes { offsets: 8, lengths: 8 };
        assert!(GlobalHeapCollection::encode(&[object(0, b"")], 128, sizes).is_err());
        assert!(GlobalHeapCollection::encode(&[object(1, b""), object(1, b"")], 128, sizes).is_err());
        let narrow = Sizes { offsets: 8, lengths: 2 };
        assert!(GlobalHeapCollection::encode(&[], 1 << 16, narrow).is_err());
    }

    #[test]
    fn encode_ids() {
        let sizes = Sizes { offsets: 4, lengths: 4 };
        let id = |at, object_index| Some(GlobalHeapId { collection_address: Address(at), object_index });
        assert_eq!(GlobalHeapId::encode(id(16, 3), sizes).unwrap(), [16, 0, 0, 0, 3, 0, 0, 0]);
        assert_eq!(GlobalHeapId::encode(None, sizes).unwrap(), [0; 8]);
        assert!(GlobalHeapId::encode(id(0, 3), sizes).is_err());
        assert!(GlobalHeapId::encode(id(1 << 32, 3), sizes).is_err());
    }

    proptest! {
        #[test]
        fn collections_decode_to_what_was_encoded(
            data in prop::collection::btree_map(1..200_u16, prop::collection::vec(any::<u8>(), 0..40), 0..9),
            room in 0..6_u64,
            narrow: bool,
        ) {
            let sizes = Sizes { offsets: 8, lengths: if narrow { 4 } else { 8 } };
            let object = |(&index, data): (&u16, &'_ Vec<u8>)| (index, data.clone());
            let owned: Vec<_> = data.iter().rev().map(object).collect();
            let objects: Vec<_> = owned
                .iter()
                .map(|(index, data)| GlobalHeapObject { index: *index, reference_count: 0, data })
                .collect();
            let size = GlobalHeapCollection::required_bytes(data.values().map(|d| d.len() as u64), sizes);
            let bytes = GlobalHeapCollection::encode(&objects, size + room * 8, sizes).unwrap();
            let decoded = GlobalHeapCollection::decode(&bytes, sizes).unwrap();
            let found: Vec<_> = decoded.iter().map(|(i, range)| (i, bytes[range].to_vec())).collect();
            let expected: Vec<_> = data.into_iter().map(|(i, data)| (u32::from(i), data)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
