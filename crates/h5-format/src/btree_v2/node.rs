use h5_types::Address;

use super::{BTreeV2Header, SECTION};
use crate::{Fault, FormatError, Reader, Records, Result, Sizes, Writer, bytes_needed};

/// Bytes of a node besides records and child pointers: signature, version, type, checksum.
const OVERHEAD_BYTES: u64 = 10;

/// How the nodes of one tree are laid out, level by level: how many records they can hold, and how wide the counts are.
#[derive(Debug, Clone)]
pub struct NodeGeometry {
    record_bytes: usize,
    /// Width of "number of records in child node". One width serves all levels, that of the leaves, which hold most.
    count_bytes: usize,
    /// By depth, leaves first.
    levels: Vec<Level>,
    sizes: Sizes,
    code: u8,
    node_size: u32,
}

#[derive(Debug, Clone, Copy)]
struct Level {
    max_records: u64,
    /// Width of "total number of records in child node" in a pointer to a node of this level; none to a leaf.
    total_bytes: usize,
}

/// A pointer from an internal node to a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BTreeV2Child {
    /// The child.
    pub address: Address,
    /// Records in the child itself.
    pub records: u64,
    /// Records in the child and everything below it.
    pub total_records: u64,
}

impl NodeGeometry {
    /// Works out the layout of a tree's nodes.
    ///
    /// # Errors
    /// The tree is deeper than `max_depth`, or its nodes are too small for one record (two, where there are children).
    pub fn new(header: &BTreeV2Header, sizes: Sizes, max_depth: usize) -> Result<Self> {
        let fail = |fault| FormatError::new("B-tree v2 header", SECTION, fault);
        let depth = usize::from(header.depth);
        if depth > max_depth {
            let limit = u64::try_from(max_depth).unwrap_or(u64::MAX);
            return Err(fail(Fault::Limit { field: "depth", found: u64::from(header.depth), limit }));
        }
        let record = u64::from(header.record_size);
        let room = u64::from(header.node_size).saturating_sub(OVERHEAD_BYTES);
        let too_small = || {
            let found = u64::from(header.node_size);
            fail(Fault::Value { field: "node_size", found, expected: "room for a record" })
        };
        let leaf_records = room.checked_div(record).filter(|&count| count > 0).ok_or_else(too_small)?;
        let count_bytes = bytes_needed(leaf_records);
        let mut levels = vec![Level { max_records: leaf_records, total_bytes: 0 }];
        let (mut below_total, mut below_total_bytes) = (leaf_records, 0_usize);
        for _ in 0..depth {
            let pointer = pointer_bytes(sizes, count_bytes, below_total_bytes);
            let pointer = u64::try_from(pointer).unwrap_or(u64::MAX);
            let max_records = room
                .checked_sub(pointer)
                .and_then(|room| room.checked_div(record.saturating_add(pointer)))
                .filter(|&count| count > 0)
                .ok_or_else(too_small)?;
            // No tree in a file comes near 2^64 records: saturating only widens a field to its 8 bytes.
            below_total =
                max_records.saturating_add(1).saturating_mul(below_total).saturating_add(max_records);
            below_total_bytes = bytes_needed(below_total);
            levels.push(Level { max_records, total_bytes: below_total_bytes });
        }
        let (record_bytes, code) = (usize::from(header.record_size), header.record_type.code());
        Ok(Self { record_bytes, count_bytes, levels, sizes, code, node_size: header.node_size })
    }

    /// Most records that a node of `depth` (0 for a leaf) can hold; 0 for levels that the tree does not have.
    pub fn max_records(&self, depth: usize) -> u64 {
        self.levels.get(depth).map_or(0, |level| level.max_records)
    }

    /// Bytes of a node of `depth` (0 for a leaf) with `records` records, without its unused rest.
    ///
    /// # Errors
    /// More records than the node can hold.
    pub fn node_bytes(&self, depth: usize, records: u64) -> Result<u64> {
        let fail = |fault| FormatError::new(structure(depth), SECTION, fault);
        if records > self.max_records(depth) {
            let (field, expected) = ("number_of_records", "no more than fit in a node");
            return Err(fail(Fault::Value { field, found: records, expected }));
        }
        let record_bytes = u64::try_from(self.record_bytes).unwrap_or(u64::MAX);
        let mut bytes = records.saturating_mul(record_bytes).saturating_add(OVERHEAD_BYTES);
        if let Some(pointer) = self.pointer_bytes(depth) {
            let pointer = u64::try_from(pointer).unwrap_or(u64::MAX);
            bytes = bytes.saturating_add(records.saturating_add(1).saturating_mul(pointer));
        }
        Ok(bytes)
    }

    /// Bytes of a child pointer in a node of `depth`; `None` in leaves.
    fn pointer_bytes(&self, depth: usize) -> Option<usize> {
        let below = self.levels.get(depth.checked_sub(1)?)?;
        Some(pointer_bytes(self.sizes, self.count_bytes, below.total_bytes))
    }

    fn total_bytes_below(&self, depth: usize) -> usize {
        depth.checked_sub(1).and_then(|below| self.levels.get(below)).map_or(0, |level| level.total_bytes)
    }
}

fn pointer_bytes(sizes: Sizes, count_bytes: usize, total_bytes: usize) -> usize {
    usize::from(sizes.offsets).saturating_add(count_bytes).saturating_add(total_bytes)
}

fn structure(depth: usize) -> &'static str {
    if depth == 0 { "B-tree v2 leaf node" } else { "B-tree v2 internal node" }
}

/// Version 2 B-tree internal node or leaf: HDF5 File Format Specification 4.0, III.A.2. Reads and writes version 0.
///
/// ```text
/// leaf      byte 0 "BTLF"   4 version (0)   5 type   6 records   checksum (4)
/// internal  byte 0 "BTIN"   4 version (0)   5 type   6 records   child pointers, one more than records   checksum (4)
/// pointer   child address (O)   number of records in child   total number of records below, unless the child is a leaf
/// ```
/// The checksum follows what is used; the rest of the node is unused.
#[derive(Debug, Clone)]
pub struct BTreeV2Node<'a> {
    records: Records<'a>,
    pointers: Records<'a>,
    count_bytes: usize,
    total_bytes: usize,
    sizes: Sizes,
    depth: usize,
}

impl<'a> BTreeV2Node<'a> {
    /// Reads a node of exactly [`NodeGeometry::node_bytes`] bytes and verifies its checksum.
    ///
    /// # Errors
    /// Wrong signature, version, type or checksum, or too few bytes.
    pub fn decode(bytes: &'a [u8], geometry: &NodeGeometry, depth: usize, records: u64) -> Result<Self> {
        let mut reader = Reader::new(bytes, structure(depth), SECTION);
        reader.signature(if depth == 0 { b"BTLF" } else { b"BTIN" })?;
        reader.version(0..=0, "0")?;
        let code = reader.u8()?;
        if code != geometry.code {
            return Err(reader.bad_value("type", code, "the type in the header"));
        }
        let count = usize::try_from(records)
            .map_err(|_| reader.bad_value("number_of_records", records, "no more than fit in a node"))?;
        let record_bytes = geometry.record_bytes;
        let records = Records::new(reader.take(count.saturating_mul(record_bytes))?, record_bytes);
        let pointer_bytes = geometry.pointer_bytes(depth).unwrap_or(0);
        let pointers = count.saturating_add(1).saturating_mul(pointer_bytes);
        let pointers = Records::new(reader.take(pointers)?, pointer_bytes);
        reader.checksum()?;
        let (count_bytes, total_bytes) = (geometry.count_bytes, geometry.total_bytes_below(depth));
        Ok(Self { records, pointers, count_bytes, total_bytes, sizes: geometry.sizes, depth })
    }

    /// The node's records, sorted.
    pub fn records(&self) -> Records<'a> {
        self.records
    }

    /// The child whose records sort before record `index` and after the one before it.
    ///
    /// # Errors
    /// There is no such child, its address is undefined, or its counts contradict each other.
    pub fn child(&self, index: usize) -> Result<BTreeV2Child> {
        let bytes = self.pointers.get(index).unwrap_or_default();
        let mut reader = Reader::new(bytes, structure(self.depth), SECTION);
        let address = reader.defined_address(self.sizes, "child_node_pointer")?;
        let records = reader.uint(self.count_bytes)?;
        let total_records = if self.total_bytes == 0 { records } else { reader.uint(self.total_bytes)? };
        if total_records < records {
            let expected = "at least the child's own records";
            return Err(reader.bad_value("total_records", total_records, expected));
        }
        Ok(BTreeV2Child { address, records, total_records })
    }

    /// Writes a node of `depth` (0 for a leaf) from its records, sorted, and its children, one more than records where there are any.
    ///
    /// # Errors
    /// More records than fit in a node, one of another size than the tree's, another number of children, or counts too wide for their
    /// fields or that contradict each other.
    pub fn encode<R: AsRef<[u8]>>(
        geometry: &NodeGeometry,
        depth: usize,
        records: &[R],
        children: &[BTreeV2Child],
    ) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, structure(depth), SECTION);
        if u64::try_from(records.len()).unwrap_or(u64::MAX) > geometry.max_records(depth) {
            return Err(writer.unencodable("records", "no more than fit in a node"));
        }
        if children.len() != if depth == 0 { 0 } else { records.len().saturating_add(1) } {
            return Err(
                writer.unencodable("child_node_pointer", "none in leaves, else one more than records")
            );
        }
        writer.put(if depth == 0 { b"BTLF" } else { b"BTIN" });
        writer.u8(0);
        writer.u8(geometry.code);
        for record in records {
            if record.as_ref().len() != geometry.record_bytes {
                return Err(writer.unencodable("record", "the size of records in the header"));
            }
            writer.put(record.as_ref());
        }
        let total_bytes = geometry.total_bytes_below(depth);
        for child in children {
            let is_leaf = depth == 1;
            if child.total_records < child.records || (is_leaf && child.total_records > child.records) {
                return Err(writer.unencodable("total_records", "the child's own records and those below it"));
            }
            writer.address("child_node_pointer", child.address, geometry.sizes)?;
            writer.uint("number_of_records_for_child", child.records, geometry.count_bytes)?;
            if !is_leaf {
                writer.uint("total_number_of_records_for_child", child.total_records, total_bytes)?;
            }
        }
        writer.checksum();
        writer.pad_to(u64::from(geometry.node_size))?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::btree_v2::BTreeV2Type;
    use crate::lookup3;

    const SIZES: Sizes = Sizes { offsets: 8, lengths: 8 };

    fn header(depth: u16) -> BTreeV2Header {
        BTreeV2Header {
            record_type: BTreeV2Type::LinkName,
            node_size: 512,
            record_size: 11,
            depth,
            split_percent: 100,
            merge_percent: 40,
            root_node_address: Some(Address(0)),
            records_in_root: 1,
            total_records: 3,
        }
    }

    #[test]
    fn widths_follow_the_specification() {
        let geometry = NodeGeometry::new(&header(3), SIZES, 64).unwrap();
        let max: Vec<u64> = geometry.levels.iter().map(|level| level.max_records).collect();
        // (512 - 10) / 11; (502 - 9) / 20; totals of 24 * 45 + 24 = 1149 and so 2 more bytes; of 24 + 23 * 1149 and so 2 again.
        assert_eq!(max, [45, 24, 22, 22]);
        let totals: Vec<usize> = geometry.levels.iter().map(|level| level.total_bytes).collect();
        assert_eq!(totals, [0, 2, 2, 3]);
        assert_eq!(geometry.node_bytes(0, 45).unwrap(), 505);
        assert!(geometry.node_bytes(0, 46).is_err());
        assert!(NodeGeometry::new(&header(3), SIZES, 2).is_err());
    }

    #[test]
    fn decode_internal_node_above_leaves() {
        let geometry = NodeGeometry::new(&header(1), SIZES, 64).unwrap();
        let mut bytes = b"BTIN\0\x05".to_vec();
        bytes.extend([9; 11]);
        for (address, records) in [(0x100_u64, 1), (0x200, 2)] {
            bytes.extend(address.to_le_bytes());
            bytes.push(records);
        }
        bytes.extend(lookup3(&bytes).to_le_bytes());
        assert_eq!(geometry.node_bytes(1, 1).unwrap(), bytes.len() as u64);
        let node = BTreeV2Node::decode(&bytes, &geometry, 1, 1).unwrap();
        assert_eq!(node.records().get(0), Some(&[9_u8; 11][..]));
        let second = BTreeV2Child { address: Address(0x200), records: 2, total_records: 2 };
        assert_eq!(node.child(1).unwrap(), second);
        assert!(node.child(2).is_err());
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(BTreeV2Node::decode(&damaged, &geometry, 1, 1).is_err(), "{at}");
        }
    }

    #[test]
    fn encode_nodes_as_the_specification_lays_them_out() {
        let geometry = NodeGeometry::new(&header(2), SIZES, 64).unwrap();
        let child =
            |at, records, total_records| BTreeV2Child { address: Address(at), records, total_records };
        let mut leaf = b"BTLF\0\x05aaaaaaaaaaabbbbbbbbbbb".to_vec();
        leaf.extend(lookup3(&leaf).to_le_bytes());
        leaf.resize(512, 0);
        assert_eq!(BTreeV2Node::encode(&geometry, 0, &[[b'a'; 11], [b'b'; 11]], &[]).unwrap(), leaf);
        let children = [child(0x100, 1, 2), child(0x200, 2, 0x305)];
        let mut root = b"BTIN\0\x05aaaaaaaaaaa".to_vec();
        root.extend(b"\0\x01\0\0\0\0\0\0\x01\x02\0\0\x02\0\0\0\0\0\0\x02\x05\x03");
        root.extend(lookup3(&root).to_le_bytes());
        root.resize(512, 0);
        let encode = |depth, children: &[_]| BTreeV2Node::encode(&geometry, depth, &[[b'a'; 11]], children);
        assert_eq!(encode(2, &children).unwrap(), root);
        assert!(encode(2, &children[1..]).is_err());
        assert!(encode(1, &children).is_err());
        assert!(encode(0, &children).is_err());
        assert!(encode(3, &children).is_err());
        assert!(encode(2, &[child(1, 3, 2), child(2, 1, 1)]).is_err());
        assert!(encode(2, &[child(1, 3, 1 << 16), child(2, 1, 1)]).is_err());
        assert!(BTreeV2Node::encode(&geometry, 0, &[[0; 12]], &[]).is_err());
        assert!(BTreeV2Node::encode(&geometry, 0, &[[0; 11]; 46], &[]).is_err());
    }

    proptest! {
        #[test]
        fn nodes_decode_to_what_was_encoded(
            depth in 0..4_usize,
            records in prop::collection::vec(any::<[u8; 11]>(), 0..23),
            numbers in prop::collection::vec((0..u64::MAX, any::<u8>(), 0..200_u64), 23),
        ) {
            let geometry = NodeGeometry::new(&header(3), SIZES, 64).unwrap();
            let mut children: Vec<BTreeV2Child> = numbers
                .into_iter()
                .map(|(address, records, below)| {
                    let records = u64::from(records);
                    let total_records = if depth > 1 { records + below } else { records };
                    BTreeV2Child { address: Address(address), records, total_records }
                })
                .collect();
            children.truncate(if depth == 0 { 0 } else { records.len() + 1 });
            let bytes = BTreeV2Node::encode(&geometry, depth, &records, &children).unwrap();
            prop_assert_eq!(bytes.len(), 512);
            let used = geometry.node_bytes(depth, records.len() as u64).unwrap() as usize;
            let node = BTreeV2Node::decode(&bytes[..used], &geometry, depth, records.len() as u64).unwrap();
            prop_assert!(node.records().iter().eq(records.iter().map(|record| &record[..])));
            for (at, child) in children.iter().enumerate() {
                prop_assert_eq!(&node.child(at).unwrap(), child);
            }
        }
    }
}
