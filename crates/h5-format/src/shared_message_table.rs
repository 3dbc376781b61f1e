//! Shared object header message table and list: HDF5 File Format Specification 4.0, III.I. Reads version 0.
//!
//! ```text
//! table  byte 0 "SMTB"   indexes   checksum (4)
//! index  byte 0 version (0)   1 index type (0 list, 1 B-tree)   2 message type flags (2)   4 minimum message size (4)
//!             8 list cutoff (2)   10 v2 B-tree cutoff (2)   12 number of messages (2)   14 index address (O)
//!               fractal heap address (O)
//! list   byte 0 "SMLI"   records   checksum (4)
//! ```
//! The number of indexes is in the Shared Message Table message of the superblock extension.

use h5_types::Address;

use crate::btree_v2::SharedMessageRecord;
use crate::message::MessageType;
use crate::{Reader, Records, Result, Sizes};

const SECTION: &str = "III.I";

/// One index of shared messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedMessageIndex {
    /// True if the index is a version 2 B-tree, false if it is a list.
    pub is_b_tree: bool,
    /// Types of messages in the index: bit n set for message type n.
    pub message_type_flags: u16,
    /// Bytes of the shortest message that is shared.
    pub minimum_message_bytes: u32,
    /// Messages above which a list becomes a B-tree.
    pub list_cutoff: u16,
    /// Messages below which a B-tree becomes a list.
    pub b_tree_cutoff: u16,
    /// Messages in the index.
    pub messages: u16,
    /// The list or B-tree; `None` if there is none yet.
    pub index_address: Option<Address>,
    /// The heap of the messages; `None` if there is none yet.
    pub fractal_heap_address: Option<Address>,
}

impl SharedMessageIndex {
    /// Bytes of the whole table.
    pub fn table_bytes(indexes: u8, sizes: Sizes) -> u64 {
        let index = u64::from(sizes.offsets).saturating_mul(2).saturating_add(14);
        u64::from(indexes).saturating_mul(index).saturating_add(8)
    }

    /// Reads a table of exactly [`Self::table_bytes`] bytes and verifies its checksum.
    ///
    /// # Errors
    /// Wrong signature, version, index type or checksum, or too few bytes.
    pub fn decode_table(bytes: &[u8], indexes: u8, sizes: Sizes) -> Result<Vec<Self>> {
        let mut reader = Reader::new(bytes, "shared object header message table", SECTION);
        reader.signature(b"SMTB")?;
        let table = (0..indexes).map(|_| Self::read(&mut reader, sizes)).collect::<Result<Vec<_>>>()?;
        reader.checksum()?;
        Ok(table)
    }

    fn read(reader: &mut Reader<'_>, sizes: Sizes) -> Result<Self> {
        reader.version(0..=0, "0")?;
        let index_type = reader.u8()?;
        if index_type > 1 {
            return Err(reader.bad_value("index_type", index_type, "0 or 1"));
        }
        Ok(Self {
            is_b_tree: index_type == 1,
            message_type_flags: reader.u16()?,
            minimum_message_bytes: reader.u32()?,
            list_cutoff: reader.u16()?,
            b_tree_cutoff: reader.u16()?,
            messages: reader.u16()?,
            index_address: reader.address(sizes)?,
            fractal_heap_address: reader.address(sizes)?,
        })
    }

    /// Whether the index holds messages of that type. The specification numbers the flags 0 to 4; files have bit n set for the message
    /// type n (`spec-notes/differences.md`).
    /// The old fill value message goes with the new one.
    pub fn holds(&self, kind: MessageType) -> bool {
        let kind = if kind == MessageType::FillValueOld { MessageType::FillValue } else { kind };
        u32::from(self.message_type_flags).checked_shr(u32::from(kind.number())).is_some_and(|b| b & 1 != 0)
    }

    /// Bytes of this index's list up to its last record.
    pub fn list_bytes(&self, sizes: Sizes) -> u64 {
        let record = u64::try_from(SharedMessageRecord::bytes(sizes)).unwrap_or(u64::MAX);
        u64::from(self.messages).saturating_mul(record).saturating_add(8)
    }

    /// Reads a list of exactly [`Self::list_bytes`] bytes and verifies its checksum.
    ///
    /// # Errors
    /// Wrong signature or checksum, an invalid record, or too few bytes.
    pub fn decode_list(&self, bytes: &[u8], sizes: Sizes) -> Result<Vec<SharedMessageRecord>> {
        let mut reader = Reader::new(bytes, "shared message record list", SECTION);
        reader.signature(b"SMLI")?;
        let record_bytes = SharedMessageRecord::bytes(sizes);
        let records = reader.take(usize::from(self.messages).saturating_mul(record_bytes))?;
        reader.checksum()?;
        Records::new(records, record_bytes).iter().map(|r| SharedMessageRecord::decode(r, sizes)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::btree_v2::SharedMessageLocation;
    use crate::lookup3;

    const SIZES: Sizes = Sizes { offsets: 4, lengths: 4 };

    #[test]
    fn decode_table_and_list() {
        let mut bytes = b"SMTB\0\0\x08\0".to_vec();
        bytes.extend(50_u32.to_le_bytes());
        bytes.extend([50, 0, 40, 0, 1, 0]);
        bytes.extend([0x100_u32, 0x200].map(u32::to_le_bytes).concat());
        bytes.extend(lookup3(&bytes).to_le_bytes());
        assert_eq!(SharedMessageIndex::table_bytes(1, SIZES), bytes.len() as u64);
        let table = SharedMessageIndex::decode_table(&bytes, 1, SIZES).unwrap();
        let index = &table[0];
        assert!(index.holds(MessageType::Datatype) && !index.holds(MessageType::Dataspace));
        assert_eq!((index.messages, index.fractal_heap_address), (1, Some(Address(0x200))));
        let mut list = b"SMLI\0".to_vec();
        list.extend([1, 0, 0, 0, 2, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
        list.extend(lookup3(&list).to_le_bytes());
        assert_eq!(index.list_bytes(SIZES), list.len() as u64);
        let records = index.decode_list(&list, SIZES).unwrap();
        let location = SharedMessageLocation::Heap { reference_count: 2, heap_id: [1, 2, 3, 4, 5, 6, 7, 8] };
        assert_eq!(records, [SharedMessageRecord { hash: 1, location }]);
        list[6] ^= 1;
        assert!(index.decode_list(&list, SIZES).is_err());
    }
}
