use h5_types::Address;

use super::{BTreeV1NodeHeader, BTreeV1Type, SECTION, STRUCTURE};
use crate::{Reader, Records, Result, Sizes, Writer};

/// A node, its keys and children left where they are.
#[derive(Debug, Clone)]
pub struct BTreeV1Node<'a> {
    header: BTreeV1NodeHeader,
    /// Pairs of key and child.
    entries: Records<'a>,
    last_key: &'a [u8],
    key_bytes: usize,
    sizes: Sizes,
}

impl<'a> BTreeV1Node<'a> {
    /// Reads a node from its first [`BTreeV1NodeHeader::node_bytes`] bytes. Bytes after those are room for more children.
    ///
    /// # Errors
    /// As [`BTreeV1NodeHeader::decode`].
    pub fn decode(bytes: &'a [u8], node_type: BTreeV1Type, sizes: Sizes) -> Result<Self> {
        let mut reader = Reader::new(bytes, STRUCTURE, SECTION);
        let header = BTreeV1NodeHeader::read(&mut reader, node_type, sizes)?;
        let key_bytes = node_type.key_bytes(sizes);
        let entry_bytes = key_bytes.saturating_add(usize::from(sizes.offsets));
        let entries = reader.take(usize::from(header.entries_used).saturating_mul(entry_bytes))?;
        let last_key = reader.take(key_bytes)?;
        Ok(Self { header, entries: Records::new(entries, entry_bytes), last_key, key_bytes, sizes })
    }

    /// Level, count and siblings.
    pub fn header(&self) -> &BTreeV1NodeHeader {
        &self.header
    }

    /// Number of children.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if there are no children.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Child `index`.
    ///
    /// # Errors
    /// There is no such child, or its address is undefined.
    pub fn child(&self, index: usize) -> Result<Address> {
        let mut reader = self.reader(self.entries.get(index).and_then(|e| e.get(self.key_bytes..)));
        reader.defined_address(self.sizes, "child_pointer")
    }

    /// Key `index` of a group's node: an offset in the local heap. There is one key more than children.
    ///
    /// # Errors
    /// There is no such key.
    pub fn group_key(&self, index: usize) -> Result<u64> {
        self.key(index).length(self.sizes)
    }

    /// Key `index` of a chunk node. Writes the offset of the chunk's first element into `offset`, in elements, one number a
    /// dimension of the dataset.
    ///
    /// # Errors
    /// There is no such key.
    pub fn chunk_key(&self, index: usize, offset: &mut [u64]) -> Result<ChunkKey> {
        let mut reader = self.key(index);
        let key = ChunkKey { stored_bytes: reader.u32()?, filter_mask: reader.u32()? };
        for coordinate in offset {
            *coordinate = reader.u64()?;
        }
        Ok(key)
    }

    fn key(&self, index: usize) -> Reader<'a> {
        let bytes = if index == self.entries.len() {
            Some(self.last_key)
        } else {
            self.entries.get(index).and_then(|e| e.get(..self.key_bytes))
        };
        self.reader(bytes)
    }

    /// An index out of range becomes a reader of nothing, and so the error "truncated".
    fn reader(&self, bytes: Option<&'a [u8]>) -> Reader<'a> {
        Reader::new(bytes.unwrap_or_default(), STRUCTURE, SECTION)
    }

    /// Writes a node of a group with room for 2K children. `keys` are offsets in the local heap, one more than `children`.
    ///
    /// # Errors
    /// The header counts other children; more than 2K of them, or not one key more; a number too wide for its field.
    pub fn encode_group(
        header: &BTreeV1NodeHeader,
        keys: &[u64],
        children: &[Address],
        k: u16,
        sizes: Sizes,
    ) -> Result<Vec<u8>> {
        encode(header, BTreeV1Type::Group, children, k, sizes, |writer, index| match keys.get(index) {
            Some(&key) if index < children.len() || keys.len() == index.saturating_add(1) => {
                writer.length("key", key, sizes)
            }
            _ => Err(writer.unencodable("keys", "one more than children")),
        })
    }

    /// Writes a node of chunks of a dataset of `rank` dimensions with room for 2K children. Each of the keys, one more than `children`,
    /// comes with `rank` offsets in elements and one in the bytes of an element.
    ///
    /// # Errors
    /// As [`Self::encode_group`]; another number of offsets.
    pub fn encode_chunks(
        header: &BTreeV1NodeHeader,
        rank: usize,
        keys: &[(ChunkKey, Vec<u64>)],
        children: &[Address],
        k: u16,
        sizes: Sizes,
    ) -> Result<Vec<u8>> {
        let node_type = BTreeV1Type::Chunks { rank };
        encode(header, node_type, children, k, sizes, |writer, index| match keys.get(index) {
            Some((key, offset)) if index < children.len() || keys.len() == index.saturating_add(1) => {
                if offset.len() != rank.saturating_add(1) {
                    return Err(writer.unencodable("chunk_offset", "one number a dimension, and one more"));
                }
                writer.u32(key.stored_bytes);
                writer.u32(key.filter_mask);
                offset.iter().for_each(|&number| writer.u64(number));
                Ok(())
            }
            _ => Err(writer.unencodable("keys", "one more than children")),
        })
    }
}

/// Writes a node whose keys `write_key` writes by their index.
fn encode(
    header: &BTreeV1NodeHeader,
    node_type: BTreeV1Type,
    children: &[Address],
    k: u16,
    sizes: Sizes,
    write_key: impl Fn(&mut Writer<'_>, usize) -> Result<()>,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, STRUCTURE, SECTION);
    if children.len() != usize::from(header.entries_used) {
        return Err(writer.unencodable("entries_used", "the number of children"));
    }
    if children.len() > usize::from(k).saturating_mul(2) {
        return Err(writer.unencodable("children", "no more than 2K"));
    }
    header.write(&mut writer, node_type, sizes)?;
    for (index, &child) in children.iter().enumerate() {
        write_key(&mut writer, index)?;
        writer.address("child_pointer", child, sizes)?;
    }
    write_key(&mut writer, children.len())?;
    writer.pad_to(BTreeV1NodeHeader::full_bytes(node_type, k, sizes)?)?;
    Ok(bytes)
}

/// What the key of a chunk says besides its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkKey {
    /// Bytes that the chunk takes in the file.
    pub stored_bytes: u32,
    /// Filters that were left out when the chunk was written: bit n for filter n.
    pub filter_mask: u32,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZES: Sizes = Sizes { offsets: 8, lengths: 8 };

    fn group_leaf() -> Vec<u8> {
        let mut bytes = b"TREE\0\0\x02\0".to_vec();
        bytes.extend([0xff; 16]);
        for word in [0_u64, 0x100, 8, 0x200, 24] {
            bytes.extend(word.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn decode_group_leaf() {
        let bytes = group_leaf();
        let node = BTreeV1Node::decode(&bytes, BTreeV1Type::Group, SIZES).unwrap();
        assert_eq!(node.len(), 2);
        assert_eq!(node.header().left_sibling, None);
        assert_eq!(node.header().node_bytes(BTreeV1Type::Group, SIZES), bytes.len() as u64);
        assert_eq!([0, 1, 2].map(|i| node.group_key(i).unwrap()), [0, 8, 24]);
        assert_eq!(node.child(1).unwrap(), Address(0x200));
        assert!(node.child(2).is_err());
        assert!(node.group_key(3).is_err());
    }

    #[test]
    fn decode_chunk_leaf() {
        let mut bytes = b"TREE\x01\0\x01\0".to_vec();
        bytes.extend([0xff; 16]);
        for (size, mask, x, y) in [(77_u32, 1_u32, 4_u64, 6_u64), (0, 0, 8, 12)] {
            bytes.extend(size.to_le_bytes());
            bytes.extend(mask.to_le_bytes());
            bytes.extend([x, y, 0].map(u64::to_le_bytes).concat());
            if size > 0 {
                bytes.extend(0x800_u64.to_le_bytes());
            }
        }
        let node = BTreeV1Node::decode(&bytes, BTreeV1Type::Chunks { rank: 2 }, SIZES).unwrap();
        let mut offset = [0; 2];
        assert_eq!(node.chunk_key(0, &mut offset).unwrap(), ChunkKey { stored_bytes: 77, filter_mask: 1 });
        assert_eq!(offset, [4, 6]);
        assert_eq!(node.child(0).unwrap(), Address(0x800));
    }

    #[test]
    fn each_cut_is_an_error() {
        let bytes = group_leaf();
        for end in 0..bytes.len() {
            assert!(BTreeV1Node::decode(&bytes[..end], BTreeV1Type::Group, SIZES).is_err(), "{end}");
        }
    }

    #[test]
    fn wrong_type_is_an_error() {
        assert!(BTreeV1Node::decode(&group_leaf(), BTreeV1Type::Chunks { rank: 1 }, SIZES).is_err());
    }

    #[test]
    fn encode_leaf_of_a_group_fills_the_room_of_2k_children() {
        let header =
            BTreeV1NodeHeader { node_level: 0, entries_used: 2, left_sibling: None, right_sibling: None };
        let children = [Address(0x100), Address(0x200)];
        let encode = |keys: &[u64], k| BTreeV1Node::encode_group(&header, keys, &children, k, SIZES);
        let mut expected = group_leaf();
        assert_eq!(encode(&[0, 8, 24], 1).unwrap(), expected);
        expected.resize(24 + 4 * 16 + 8, 0);
        assert_eq!(encode(&[0, 8, 24], 2).unwrap(), expected);
        assert!(encode(&[0, 8], 2).is_err());
        assert!(encode(&[0, 8, 24, 32], 2).is_err());
        assert!(encode(&[0, 8, 24], 0).is_err());
        let few = BTreeV1NodeHeader { entries_used: 1, ..header };
        assert!(BTreeV1Node::encode_group(&few, &[0, 8], &children, 2, SIZES).is_err());
    }

    proptest! {
        #[test]
        fn chunk_nodes_decode_to_what_was_encoded(
            rank in 1..4_usize,
            left in prop::option::of(0..u64::MAX),
            numbers in prop::collection::vec((any::<u32>(), any::<u32>(), any::<[u64; 4]>(), 0..u64::MAX), 1..8),
        ) {
            let (children, keys): (Vec<_>, Vec<_>) = numbers
                .into_iter()
                .map(|(stored_bytes, filter_mask, offset, child)| {
                    (Address(child), (ChunkKey { stored_bytes, filter_mask }, offset[..=rank].to_vec()))
                })
                .unzip();
            let children = &children[1..];
            let header = BTreeV1NodeHeader {
                node_level: 3,
                entries_used: children.len() as u16,
                left_sibling: left.map(Address),
                right_sibling: None,
            };
            let bytes = BTreeV1Node::encode_chunks(&header, rank, &keys, children, 4, SIZES).unwrap();
            let node_type = BTreeV1Type::Chunks { rank };
            prop_assert_eq!(bytes.len() as u64, BTreeV1NodeHeader::full_bytes(node_type, 4, SIZES).unwrap());
            let node = BTreeV1Node::decode(&bytes, node_type, SIZES).unwrap();
            prop_assert_eq!(node.header(), &header);
            for (index, (key, offset)) in keys.iter().enumerate() {
                let mut found = vec![0; rank + 1];
                prop_assert_eq!(&node.chunk_key(index, &mut found).unwrap(), key);
                prop_assert_eq!(&found, offset);
            }
            for (index, child) in children.iter().enumerate() {
                prop_assert_eq!(&node.child(index).unwrap(), child);
            }
        }
    }
}
