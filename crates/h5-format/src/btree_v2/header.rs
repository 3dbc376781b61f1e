use h5_types::Address;

use super::SECTION;
use crate::{Fault, Reader, Result, Sizes, Writer};

/// What a version 2 B-tree holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BTreeV2Type {
    /// 1: indirectly accessed, not filtered huge objects of a fractal heap.
    HugeIndirect = 1,
    /// 2: indirectly accessed, filtered huge objects.
    HugeIndirectFiltered = 2,
    /// 3: directly accessed, not filtered huge objects.
    HugeDirect = 3,
    /// 4: directly accessed, filtered huge objects.
    HugeDirectFiltered = 4,
    /// 5: links of a group by the hash of their name.
    LinkName = 5,
    /// 6: links of a group by creation order.
    LinkCreationOrder = 6,
    /// 7: shared object header messages.
    SharedMessages = 7,
    /// 8: attributes of an object by the hash of their name.
    AttributeName = 8,
    /// 9: attributes of an object by creation order.
    AttributeCreationOrder = 9,
    /// 10: chunks of a dataset without filters.
    Chunks = 10,
    /// 11: chunks of a dataset with filters.
    ChunksFiltered = 11,
}

impl BTreeV2Type {
    /// The type of a number; `None` for the testing type 0 and for reserved ones.
    pub fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::HugeIndirect,
            2 => Self::HugeIndirectFiltered,
            3 => Self::HugeDirect,
            4 => Self::HugeDirectFiltered,
            5 => Self::LinkName,
            6 => Self::LinkCreationOrder,
            7 => Self::SharedMessages,
            8 => Self::AttributeName,
            9 => Self::AttributeCreationOrder,
            10 => Self::Chunks,
            11 => Self::ChunksFiltered,
            _ => return None,
        })
    }

    /// The number of the type.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// Version 2 B-tree header: HDF5 File Format Specification 4.0, III.A.2. Reads and writes version 0.
///
/// ```text
/// byte 0 "BTHD"   4 version (0)   5 type   6 node size (4)   10 record size (2)   12 depth (2)
///     14 split percent   15 merge percent   16 root node address (O)   number of records in root node (2)
///        total number of records (L)   checksum (4)
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BTreeV2Header {
    /// What the records are.
    pub record_type: BTreeV2Type,
    /// Bytes of every node.
    pub node_size: u32,
    /// Bytes of every record.
    pub record_size: u16,
    /// Levels of internal nodes above the leaves.
    pub depth: u16,
    /// Fullness above which a node is split.
    pub split_percent: u8,
    /// Fullness below which a node is merged.
    pub merge_percent: u8,
    /// The root; `None` in a tree without records.
    pub root_node_address: Option<Address>,
    /// Records in the root node.
    pub records_in_root: u16,
    /// Records in the whole tree.
    pub total_records: u64,
}

impl BTreeV2Header {
    /// Bytes of the header.
    pub fn bytes(sizes: Sizes) -> u64 {
        u64::from(sizes.offsets).saturating_add(u64::from(sizes.lengths)).saturating_add(22)
    }

    /// Reads a header and verifies its checksum.
    ///
    /// # Errors
    /// Wrong signature, version, type or checksum; record or node size that cannot be; too few bytes.
    pub fn decode(bytes: &[u8], sizes: Sizes) -> Result<Self> {
        let mut reader = Reader::new(bytes, "B-tree v2 header", SECTION);
        reader.signature(b"BTHD")?;
        reader.version(0..=0, "0")?;
        let code = reader.u8()?;
        let record_type =
            BTreeV2Type::from_code(code).ok_or_else(|| reader.bad_value("type", code, "1 to 11"))?;
        let header = Self {
            record_type,
            node_size: reader.u32()?,
            record_size: reader.u16()?,
            depth: reader.u16()?,
            split_percent: reader.u8()?,
            merge_percent: reader.u8()?,
            root_node_address: reader.address(sizes)?,
            records_in_root: reader.u16()?,
            total_records: reader.length(sizes)?,
        };
        reader.checksum()?;
        if header.record_size == 0 {
            return Err(reader.bad_value("record_size", header.record_size, "at least 1"));
        }
        if header.total_records < u64::from(header.records_in_root) {
            let (found, expected) = (header.total_records, "at least the records in the root node");
            return Err(reader.error(Fault::Value { field: "total_records", found, expected }));
        }
        Ok(header)
    }

    /// Writes the header.
    ///
    /// # Errors
    /// Records without a size, fewer records in the tree than in its root, or a number too wide for its field.
    pub fn encode(&self, sizes: Sizes) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "B-tree v2 header", SECTION);
        if self.record_size == 0 || self.total_records < u64::from(self.records_in_root) {
            return Err(writer.unencodable("total_records", "those of the root at least, none of size 0"));
        }
        writer.put(b"BTHD");
        writer.u8(0);
        writer.u8(self.record_type.code());
        writer.u32(self.node_size);
        writer.u16(self.record_size);
        writer.u16(self.depth);
        writer.u8(self.split_percent);
        writer.u8(self.merge_percent);
        writer.optional_address("root_node_address", self.root_node_address, sizes)?;
        writer.u16(self.records_in_root);
        writer.length("total_number_of_records", self.total_records, sizes)?;
        writer.checksum();
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lookup3;

    const SIZES: Sizes = Sizes { offsets: 8, lengths: 8 };

    fn header() -> Vec<u8> {
        let mut bytes = b"BTHD\0\x05".to_vec();
        bytes.extend(512_u32.to_le_bytes());
        bytes.extend([11, 0, 1, 0, 100, 40]);
        bytes.extend(0x400_u64.to_le_bytes());
        bytes.extend([3, 0]);
        bytes.extend(150_u64.to_le_bytes());
        bytes.extend(lookup3(&bytes).to_le_bytes());
        bytes
    }

    #[test]
    fn decode_header() {
        let bytes = header();
        assert_eq!(BTreeV2Header::bytes(SIZES), bytes.len() as u64);
        let header = BTreeV2Header::decode(&bytes, SIZES).unwrap();
        assert_eq!(header.record_type, BTreeV2Type::LinkName);
        assert_eq!((header.node_size, header.record_size, header.depth), (512, 11, 1));
        assert_eq!((header.root_node_address, header.records_in_root), (Some(Address(0x400)), 3));
        assert_eq!(header.total_records, 150);
    }

    #[test]
    fn each_changed_byte_is_an_error() {
        let bytes = header();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x40;
            assert!(BTreeV2Header::decode(&damaged, SIZES).is_err(), "{at}");
            assert!(BTreeV2Header::decode(&bytes[..at], SIZES).is_err(), "{at}");
        }
    }

    #[test]
    fn encode_header() {
        let mut decoded = BTreeV2Header::decode(&header(), SIZES).unwrap();
        assert_eq!(decoded.encode(SIZES).unwrap(), header());
        decoded.total_records = 2;
        assert!(decoded.encode(SIZES).is_err());
        decoded.total_records = 1 << 16;
        assert!(decoded.encode(Sizes { offsets: 8, lengths: 2 }).is_err());
    }

    proptest! {
        #[test]
        fn headers_decode_to_what_was_encoded(
            code in 1..12_u8,
            node_size: u32,
            small in (1..=u16::MAX, any::<u16>(), any::<u8>(), any::<u8>(), any::<u16>()),
            root in prop::option::of(0..u64::MAX),
            below in 0..u64::from(u32::MAX),
        ) {
            let header = BTreeV2Header {
                record_type: BTreeV2Type::from_code(code).unwrap(),
                node_size,
                record_size: small.0,
                depth: small.1,
                split_percent: small.2,
                merge_percent: small.3,
                root_node_address: root.map(Address),
                records_in_root: small.4,
                total_records: u64::from(small.4) + below,
            };
            let bytes = header.encode(SIZES).unwrap();
            prop_assert_eq!(BTreeV2Header::decode(&bytes, SIZES).unwrap(), header);
        }
    }
}
