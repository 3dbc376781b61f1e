//! What the records of a tree are, and how they sort.

use std::cmp::Ordering;

use h5_format::Sizes;
use h5_format::btree_v2::{
    AttributeCreationOrderRecord, AttributeNameRecord, BTreeV2Header, BTreeV2Type, ChunkRecord,
    HugeObjectRecord, LinkCreationOrderRecord, LinkNameRecord,
};
use h5_types::{Error, Result};

/// How a new tree is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordShape {
    /// What the records are.
    pub(crate) record_type: BTreeV2Type,
    /// Bytes of each.
    pub(crate) record_size: u16,
    /// Bytes of each node.
    pub(crate) node_size: u32,
}

/// Fullness in percent above which a node is split, and below which it is merged, in trees of all kinds.
const SPLIT_PERCENT: u8 = 100;
const MERGE_PERCENT: u8 = 40;
/// Bytes of nodes of links, attributes and huge objects, and of chunks.
const NODE_BYTES: u32 = 512;
const CHUNK_NODE_BYTES: u32 = 2048;

impl RecordShape {
    /// Type 5, links by the hash of their name.
    pub(crate) const LINK_NAMES: Self = Self::new(BTreeV2Type::LinkName, 11);
    /// Type 6, links by creation order.
    pub(crate) const LINK_CREATION_ORDER: Self = Self::new(BTreeV2Type::LinkCreationOrder, 15);
    /// Type 8, attributes by the hash of their name.
    pub(crate) const ATTRIBUTE_NAMES: Self = Self::new(BTreeV2Type::AttributeName, 17);
    /// Type 9, attributes by creation order.
    pub(crate) const ATTRIBUTE_CREATION_ORDER: Self = Self::new(BTreeV2Type::AttributeCreationOrder, 13);

    const fn new(record_type: BTreeV2Type, record_size: u16) -> Self {
        Self { record_type, record_size, node_size: NODE_BYTES }
    }

    /// Type 1, huge objects of a fractal heap without filters, by their key.
    pub(crate) fn huge_objects(sizes: Sizes) -> Self {
        let lengths = u16::from(sizes.lengths).saturating_mul(2);
        Self::new(BTreeV2Type::HugeIndirect, lengths.saturating_add(u16::from(sizes.offsets)))
    }

    /// Types 10 and 11, chunks of a dataset of `rank` dimensions; `chunk_size_bytes` is the width of their sizes, if they are filtered.
    ///
    /// # Errors
    /// Records of more than 64 KiB.
    pub(crate) fn chunks(sizes: Sizes, rank: usize, chunk_size_bytes: Option<usize>) -> Result<Self> {
        let filtered = chunk_size_bytes.map_or(0, |width| width.saturating_add(4));
        let bytes = rank.saturating_mul(8).saturating_add(filtered).saturating_add(sizes.offsets.into());
        let record_size = u16::try_from(bytes).map_err(|_| Error::limit("too many dimensions"))?;
        let record_type = match chunk_size_bytes {
            None => BTreeV2Type::Chunks,
            Some(_) => BTreeV2Type::ChunksFiltered,
        };
        Ok(Self { record_type, record_size, node_size: CHUNK_NODE_BYTES })
    }

    /// Header of a tree without records.
    pub(super) fn new_header(&self) -> BTreeV2Header {
        BTreeV2Header {
            record_type: self.record_type,
            node_size: self.node_size,
            record_size: self.record_size,
            depth: 0,
            split_percent: SPLIT_PERCENT,
            merge_percent: MERGE_PERCENT,
            root_node_address: None,
            records_in_root: 0,
            total_records: 0,
        }
    }
}

/// Compares the keys of two records: hashes of names, creation orders, keys of huge objects. Names with one hash are equal here.
///
/// # Errors
/// `Format` if a record is too short; `Unsupported` for chunks, which [`compare_chunks`] compares, and other types.
pub(crate) fn compare_keys(kind: BTreeV2Type, sizes: Sizes, one: &[u8], other: &[u8]) -> Result<Ordering> {
    Ok(match kind {
        BTreeV2Type::LinkName => LinkNameRecord::decode(one)?.hash.cmp(&LinkNameRecord::decode(other)?.hash),
        BTreeV2Type::LinkCreationOrder => {
            let order = |record| LinkCreationOrderRecord::decode(record).map(|r| r.creation_order);
            order(one)?.cmp(&order(other)?)
        }
        BTreeV2Type::AttributeName => {
            AttributeNameRecord::decode(one)?.hash.cmp(&AttributeNameRecord::decode(other)?.hash)
        }
        BTreeV2Type::AttributeCreationOrder => {
            let order = |record| AttributeCreationOrderRecord::decode(record).map(|r| r.creation_order);
            order(one)?.cmp(&order(other)?)
        }
        BTreeV2Type::HugeIndirect | BTreeV2Type::HugeIndirectFiltered => {
            let filtered = kind == BTreeV2Type::HugeIndirectFiltered;
            let key = |record| HugeObjectRecord::decode(record, sizes, filtered, false).map(|r| r.id);
            key(one)?.cmp(&key(other)?)
        }
        _ => return Err(Error::unsupported(format!("B-trees of {kind:?} records"))),
    })
}

/// Compares the scaled offsets of two chunk records.
///
/// # Errors
/// `Format` if a record is too short.
pub(crate) fn compare_chunks(
    sizes: Sizes,
    rank: usize,
    chunk_size_bytes: Option<usize>,
    one: &[u8],
    other: &[u8],
) -> Result<Ordering> {
    let scaled = |record| {
        let mut scaled = vec![0; rank];
        ChunkRecord::decode(record, sizes, chunk_size_bytes, &mut scaled).map(|_| scaled)
    };
    Ok(scaled(one)?.cmp(&scaled(other)?))
}
