//! Shared object header message table and list: HDF5 File Format Specification 4.0, III.I. Reads and writes version 0.
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
use crate::{Reader, Records, Result, Sizes, Writer};

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

    /// Writes a table.
    ///
    /// # Errors
    /// More than 255 indexes, or an address too wide for its field.
    pub fn encode_table(indexes: &[Self], sizes: Sizes) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "shared object header message table", SECTION);
        if u8::try_from(indexes.len()).is_err() {
            return Err(writer.unencodable("number_of_indexes", "at most 255"));
        }
        writer.put(b"SMTB");
        for index in indexes {
            writer.u8(0);
            writer.u8(u8::from(index.is_b_tree));
            writer.u16(index.message_type_flags);
            writer.u32(index.minimum_message_bytes);
            writer.u16(index.list_cutoff);
            writer.u16(index.b_tree_cutoff);
            writer.u16(index.messages);
            writer.optional_address("index_address", index.index_address, sizes)?;
            writer.optional_address("fractal_heap_address", index.fractal_heap_address, sizes)?;
        }
        writer.checksum();
        Ok(bytes)
    }

    /// Bytes of this index's list with room for as many records as a list can have.
    pub fn full_list_bytes(&self, sizes: Sizes) -> u64 {
        let record = u64::try_from(SharedMessageRecord::bytes(sizes)).unwrap_or(u64::MAX);
        u64::from(self.list_cutoff).saturating_mul(record).saturating_add(8)
    }

    /// Writes a list with room for [`Self::list_cutoff`] records. The checksum follows the last record.
    ///
    /// # Errors
    /// Another number of records than the index has messages, more than the cutoff, or a record that cannot be written.
    pub fn encode_list(&self, records: &[SharedMessageRecord], sizes: Sizes) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "shared message record list", SECTION);
        if records.len() != usize::from(self.messages) || self.messages > self.list_cutoff {
            return Err(writer.unencodable("number_of_messages", "the number of records, up to the cutoff"));
        }
        writer.put(b"SMLI");
        for record in records {
            writer.put(&record.encode(sizes)?);
        }
        writer.checksum();
        writer.pad_to(self.full_list_bytes(sizes))?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    #[test]
    fn encode_table_and_list() {
        let mut bytes = b"SMTB\0\x01\x08\0".to_vec();
        bytes.extend(50_u32.to_le_bytes());
        bytes.extend([2, 0, 1, 0, 1, 0]);
        bytes.extend([0x100_u32, u32::MAX].map(u32::to_le_bytes).concat());
        bytes.extend(lookup3(&bytes).to_le_bytes());
        let index = SharedMessageIndex {
            is_b_tree: true,
            message_type_flags: 8,
            minimum_message_bytes: 50,
            list_cutoff: 2,
            b_tree_cutoff: 1,
            messages: 1,
            index_address: Some(Address(0x100)),
            fractal_heap_address: None,
        };
        assert_eq!(SharedMessageIndex::encode_table(&[index], SIZES).unwrap(), bytes);
        assert!(SharedMessageIndex::encode_table(&[index; 256], SIZES).is_err());
        let mut list = b"SMLI\0".to_vec();
        list.extend([1, 0, 0, 0, 2, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
        list.extend(lookup3(&list).to_le_bytes());
        list.resize(8 + 2 * 17, 0);
        let location = SharedMessageLocation::Heap { reference_count: 2, heap_id: [1, 2, 3, 4, 5, 6, 7, 8] };
        let record = SharedMessageRecord { hash: 1, location };
        assert_eq!(index.encode_list(&[record], SIZES).unwrap(), list);
        assert!(index.encode_list(&[record; 2], SIZES).is_err());
        let many = SharedMessageIndex { messages: 3, ..index };
        assert!(many.encode_list(&[record; 3], SIZES).is_err());
    }

    proptest! {
        #[test]
        fn tables_and_lists_decode_to_what_was_encoded(
            numbers in prop::collection::vec((any::<bool>(), any::<[u16; 3]>(), any::<u32>(), 0..u32::MAX), 0..9),
        ) {
            let list_cutoff = numbers.len() as u16;
            let index = |&(is_b_tree, small, minimum_message_bytes, address): &(bool, [u16; 3], u32, u32)| {
                let address = Some(Address(u64::from(address)));
                SharedMessageIndex {
                    is_b_tree,
                    message_type_flags: small[0],
                    minimum_message_bytes,
                    list_cutoff,
                    b_tree_cutoff: small[1],
                    messages: list_cutoff,
                    index_address: address,
                    fractal_heap_address: address.filter(|_| is_b_tree),
                }
            };
            let indexes: Vec<_> = numbers.iter().map(index).collect();
            let bytes = SharedMessageIndex::encode_table(&indexes, SIZES).unwrap();
            let count = numbers.len() as u8;
            prop_assert_eq!(bytes.len() as u64, SharedMessageIndex::table_bytes(count, SIZES));
            prop_assert_eq!(&SharedMessageIndex::decode_table(&bytes, count, SIZES).unwrap(), &indexes);
            let record = |&(heap, small, hash, address): &(bool, [u16; 3], u32, u32)| {
                let location = if heap {
                    SharedMessageLocation::Heap { reference_count: address, heap_id: [small[0] as u8; 8] }
                } else {
                    let (message_type, address) = (small[0] as u8, Address(u64::from(address)));
                    SharedMessageLocation::ObjectHeader { message_type, creation_index: small[1], address }
                };
                SharedMessageRecord { hash, location }
            };
            let records: Vec<_> = numbers.iter().map(record).collect();
            if let Some(index) = indexes.first() {
                let bytes = index.encode_list(&records, SIZES).unwrap();
                let used = index.list_bytes(SIZES) as usize;
                prop_assert_eq!(index.decode_list(&bytes[..used], SIZES).unwrap(), records);
            }
        }
    }
}
