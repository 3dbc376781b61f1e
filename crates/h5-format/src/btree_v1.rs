//! Version 1 B-tree node: HDF5 File Format Specification 4.0, III.A.1. Reads its only version, which has no version field.
//!
//! ```text
//! byte 0  "TREE"
//!      4  node type (0 group, 1 chunks)   5  node level (0 leaf)   6  entries used (2 bytes)
//!      8  address of left sibling (O)     address of right sibling (O)
//!         key 0, child 0 (O), key 1, child 1 (O), ... key N
//! ```
//! A group's key is an offset in its local heap (L). A chunk's key is the stored size (4), the filter mask (4) and the offset of
//! the chunk's first element, 8 bytes a dimension, with one more dimension for the bytes of an element, in which it is zero.
//! There is room for 2K children; only the used ones have meaning.

use h5_types::Address;

use crate::{Fault, Reader, Records, Result, Sizes};

const STRUCTURE: &str = "B-tree v1 node";
const SECTION: &str = "III.A.1";

/// What a version 1 B-tree indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BTreeV1Type {
    /// Symbol table nodes of a group.
    Group,
    /// Chunks of a dataset with this many dimensions, the one of the element's bytes not counted.
    Chunks {
        /// Dimensions of the dataset.
        rank: usize,
    },
}

impl BTreeV1Type {
    /// Bytes of one key.
    pub fn key_bytes(self, sizes: Sizes) -> usize {
        match self {
            Self::Group => usize::from(sizes.lengths),
            Self::Chunks { rank } => rank.saturating_add(2).saturating_mul(8),
        }
    }

    fn code(self) -> u8 {
        match self {
            Self::Group => 0,
            Self::Chunks { .. } => 1,
        }
    }
}

/// The part of a node that says how long the rest is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BTreeV1NodeHeader {
    /// Distance to the leaves; a leaf has 0.
    pub node_level: u8,
    /// Children of this node.
    pub entries_used: u16,
    /// The node before this one on the same level.
    pub left_sibling: Option<Address>,
    /// The node after this one on the same level.
    pub right_sibling: Option<Address>,
}

impl BTreeV1NodeHeader {
    /// Bytes of the header.
    pub fn bytes(sizes: Sizes) -> u64 {
        u64::from(sizes.offsets).saturating_mul(2).saturating_add(8)
    }

    /// Reads the header and checks that the node is of the type expected.
    ///
    /// # Errors
    /// Wrong signature or type, or too few bytes.
    pub fn decode(bytes: &[u8], node_type: BTreeV1Type, sizes: Sizes) -> Result<Self> {
        let mut reader = Reader::new(bytes, STRUCTURE, SECTION);
        Self::read(&mut reader, node_type, sizes)
    }

    fn read(reader: &mut Reader<'_>, node_type: BTreeV1Type, sizes: Sizes) -> Result<Self> {
        reader.signature(b"TREE")?;
        let code = reader.u8()?;
        if code != node_type.code() {
            let expected = match node_type {
                BTreeV1Type::Group => "0 (group)",
                BTreeV1Type::Chunks { .. } => "1 (chunks)",
            };
            return Err(reader.bad_value("node_type", code, expected));
        }
        Ok(Self {
            node_level: reader.u8()?,
            entries_used: reader.u16()?,
            left_sibling: reader.address(sizes)?,
            right_sibling: reader.address(sizes)?,
        })
    }

    /// Bytes of the node up to its last used key.
    pub fn node_bytes(&self, node_type: BTreeV1Type, sizes: Sizes) -> u64 {
        let key = u64::try_from(node_type.key_bytes(sizes)).unwrap_or(u64::MAX);
        let entry = key.saturating_add(u64::from(sizes.offsets));
        let entries = u64::from(self.entries_used).saturating_mul(entry);
        Self::bytes(sizes).saturating_add(entries).saturating_add(key)
    }
}

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
}

/// What the key of a chunk says besides its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkKey {
    /// Bytes that the chunk takes in the file.
    pub stored_bytes: u32,
    /// Filters that were left out when the chunk was written: bit n for filter n.
    pub filter_mask: u32,
}

/// The error of a node whose level is not one less than its parent's.
pub fn wrong_level(found: u8) -> crate::FormatError {
    crate::FormatError {
        structure: STRUCTURE,
        section: SECTION,
        fault: Fault::Value {
            field: "node_level",
            found: u64::from(found),
            expected: "one less than the parent's",
        },
    }
}

#[cfg(test)]
mod tests {
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
}
