use h5_types::Address;

use super::{SECTION, STRUCTURE};
use crate::{Fault, FormatError, Reader, Result, Sizes, Writer};

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

    pub(super) fn read(reader: &mut Reader<'_>, node_type: BTreeV1Type, sizes: Sizes) -> Result<Self> {
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

    /// Bytes of a whole node of a tree of rank `k`: with room for 2K children.
    ///
    /// # Errors
    /// `k` is zero.
    pub fn full_bytes(node_type: BTreeV1Type, k: u16, sizes: Sizes) -> Result<u64> {
        if k == 0 {
            let fault = Fault::Unencodable { field: "k", expected: "at least 1" };
            return Err(FormatError::new(STRUCTURE, SECTION, fault));
        }
        let key = u64::try_from(node_type.key_bytes(sizes)).unwrap_or(u64::MAX);
        let entries = u64::from(k).saturating_mul(2).saturating_mul(key.saturating_add(sizes.offsets.into()));
        Ok(Self::bytes(sizes).saturating_add(entries).saturating_add(key))
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>, node_type: BTreeV1Type, sizes: Sizes) -> Result<()> {
        writer.put(b"TREE");
        writer.u8(node_type.code());
        writer.u8(self.node_level);
        writer.u16(self.entries_used);
        writer.optional_address("address_of_left_sibling", self.left_sibling, sizes)?;
        writer.optional_address("address_of_right_sibling", self.right_sibling, sizes)
    }
}

/// The error of a node whose level is not one less than its parent's.
pub fn wrong_level(found: u8) -> FormatError {
    let expected = "one less than the parent's";
    FormatError::new(
        STRUCTURE,
        SECTION,
        Fault::Value { field: "node_level", found: u64::from(found), expected },
    )
}
