//! Symbol table node and entry: HDF5 File Format Specification 4.0, III.B and III.C. Reads and writes version 1 of the
//! node.
//!
//! ```text
//! node   byte 0 "SNOD"   4 version (1)   5 reserved   6 number of symbols (2)   8 entries
//! entry  link name offset (L)   object header address (O)   cache type (4)   reserved (4)   scratch-pad space (16)
//! ```
//! The text gives the link name offset the width of an offset; files whose widths differ have that of a length
//! (`spec-notes/differences.md`).

use h5_types::Address;

use crate::{Fault, Reader, Records, Result, Sizes, Writer};

const STRUCTURE: &str = "symbol table node";
const SECTION: &str = "III.B";

/// The entries of one leaf of a group's B-tree, sorted by name.
#[derive(Debug, Clone)]
pub struct SymbolTableNode<'a> {
    entries: Records<'a>,
    sizes: Sizes,
}

impl<'a> SymbolTableNode<'a> {
    /// Bytes before the entries.
    pub const HEADER_BYTES: u64 = 8;

    /// Bytes of the node up to its last valid entry, from its first [`Self::HEADER_BYTES`].
    ///
    /// # Errors
    /// Wrong signature or version.
    pub fn node_bytes(header: &[u8], sizes: Sizes) -> Result<u64> {
        let mut reader = Reader::new(header, STRUCTURE, SECTION);
        let symbols = Self::number_of_symbols(&mut reader)?;
        let entry = u64::try_from(SymbolTableEntry::bytes(sizes)).unwrap_or(u64::MAX);
        Ok(u64::from(symbols).saturating_mul(entry).saturating_add(Self::HEADER_BYTES))
    }

    /// Reads a node; entries past the number of symbols are not looked at.
    ///
    /// # Errors
    /// Wrong signature or version, or too few bytes.
    pub fn decode(bytes: &'a [u8], sizes: Sizes) -> Result<Self> {
        let mut reader = Reader::new(bytes, STRUCTURE, SECTION);
        let symbols = usize::from(Self::number_of_symbols(&mut reader)?);
        let entry_bytes = SymbolTableEntry::bytes(sizes);
        let entries = reader.take(symbols.saturating_mul(entry_bytes))?;
        Ok(Self { entries: Records::new(entries, entry_bytes), sizes })
    }

    fn number_of_symbols(reader: &mut Reader<'_>) -> Result<u16> {
        reader.signature(b"SNOD")?;
        reader.version(1..=1, "1")?;
        reader.skip(1)?;
        reader.u16()
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Entry `index`.
    ///
    /// # Errors
    /// There is no such entry, or it is invalid.
    pub fn entry(&self, index: usize) -> Result<SymbolTableEntry> {
        SymbolTableEntry::decode(self.entries.get(index).unwrap_or_default(), self.sizes)
    }

    /// Bytes of a whole node in a file whose "group leaf node K" is `k`: with room for 2K entries.
    pub fn full_bytes(k: u16, sizes: Sizes) -> u64 {
        let entry = u64::try_from(SymbolTableEntry::bytes(sizes)).unwrap_or(u64::MAX);
        u64::from(k).saturating_mul(2).saturating_mul(entry).saturating_add(Self::HEADER_BYTES)
    }

    /// Writes a node with room for 2K entries.
    ///
    /// # Errors
    /// More than 2K entries, or one that cannot be written.
    pub fn encode(entries: &[SymbolTableEntry], k: u16, sizes: Sizes) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, STRUCTURE, SECTION);
        if entries.len() > usize::from(k).saturating_mul(2) {
            return Err(writer.unencodable("entries", "no more than 2K"));
        }
        writer.put(b"SNOD");
        writer.u8(1);
        writer.zeros(1);
        writer.count("number_of_symbols", entries.len(), 2)?;
        for entry in entries {
            writer.put(&entry.encode(sizes)?);
        }
        writer.pad_to(Self::full_bytes(k, sizes))?;
        Ok(bytes)
    }
}

/// One link of a group that has a symbol table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolTableEntry {
    /// Where the link's name is in the local heap, NUL-terminated.
    pub link_name_offset: u64,
    /// The object; undefined for a symbolic link.
    pub object_header_address: Option<Address>,
    /// What the scratch-pad space holds.
    pub cache: SymbolTableCache,
}

/// The scratch-pad space of a symbol table entry, by cache type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SymbolTableCache {
    /// Type 0: nothing.
    None,
    /// Type 1: the object is a group with this symbol table.
    Group {
        /// Root of the group's B-tree.
        b_tree_address: Option<Address>,
        /// The group's local heap.
        name_heap_address: Option<Address>,
    },
    /// Type 2: the entry is a symbolic link.
    SymbolicLink {
        /// Where the link's value is in the local heap, NUL-terminated.
        link_value_offset: u32,
    },
}

impl SymbolTableEntry {
    /// Bytes of an entry.
    pub fn bytes(sizes: Sizes) -> usize {
        usize::from(sizes.offsets).saturating_add(sizes.lengths.into()).saturating_add(24)
    }

    /// Reads one entry, also that of the root group in superblocks 0 and 1.
    ///
    /// # Errors
    /// Too few bytes, or an unknown cache type.
    pub fn decode(bytes: &[u8], sizes: Sizes) -> Result<Self> {
        let mut reader = Reader::new(bytes, "symbol table entry", "III.C");
        let link_name_offset = reader.length(sizes)?;
        let object_header_address = reader.address(sizes)?;
        let cache_type = reader.u32()?;
        reader.skip(4)?;
        let mut scratch = Reader::new(reader.take(16)?, "symbol table entry", "III.C");
        let cache = match cache_type {
            0 => SymbolTableCache::None,
            // With offsets of 16 bytes two addresses do not fit in the scratch-pad space; what it caches is in the object header.
            1 if sizes.offsets > 8 => SymbolTableCache::None,
            1 => SymbolTableCache::Group {
                b_tree_address: scratch.address(sizes)?,
                name_heap_address: scratch.address(sizes)?,
            },
            2 => SymbolTableCache::SymbolicLink { link_value_offset: scratch.u32()? },
            other => {
                let found = u64::from(other);
                return Err(reader.error(Fault::Value { field: "cache_type", found, expected: "0 to 2" }));
            }
        };
        Ok(Self { link_name_offset, object_header_address, cache })
    }

    /// Writes an entry.
    ///
    /// # Errors
    /// A number too wide for its field, or a cached group with offsets of more than eight bytes.
    pub fn encode(&self, sizes: Sizes) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, "symbol table entry", "III.C");
        writer.length("link_name_offset", self.link_name_offset, sizes)?;
        writer.optional_address("object_header_address", self.object_header_address, sizes)?;
        match self.cache {
            SymbolTableCache::None => writer.zeros(8),
            SymbolTableCache::Group { b_tree_address, name_heap_address } => {
                writer.u64(1);
                writer.optional_address("address_of_b_tree", b_tree_address, sizes)?;
                writer.optional_address("address_of_name_heap", name_heap_address, sizes)?;
            }
            SymbolTableCache::SymbolicLink { link_value_offset } => {
                writer.u64(2);
                writer.u32(link_value_offset);
            }
        }
        // Two addresses of 16 bytes are more than the scratch-pad space has.
        writer.pad_to(u64::try_from(Self::bytes(sizes)).unwrap_or(u64::MAX))?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZES: Sizes = Sizes { offsets: 4, lengths: 4 };

    fn node() -> Vec<u8> {
        let mut bytes = b"SNOD\x01\0\x02\0".to_vec();
        for (name, object, cache, scratch) in
            [(8_u32, 0x60_u32, 1_u32, [1_u32, 2]), (16, u32::MAX, 2, [24, 0])]
        {
            for word in [name, object, cache, 0, scratch[0], scratch[1], 0, 0] {
                bytes.extend(word.to_le_bytes());
            }
        }
        bytes
    }

    #[test]
    fn decode_node_with_group_and_soft_link() {
        let bytes = node();
        assert_eq!(SymbolTableNode::node_bytes(&bytes, SIZES).unwrap(), bytes.len() as u64);
        let node = SymbolTableNode::decode(&bytes, SIZES).unwrap();
        let group = node.entry(0).unwrap();
        assert_eq!(group.object_header_address, Some(Address(0x60)));
        assert!(matches!(group.cache, SymbolTableCache::Group { b_tree_address: Some(Address(1)), .. }));
        let link = node.entry(1).unwrap();
        assert_eq!((link.link_name_offset, link.object_header_address), (16, None));
        assert_eq!(link.cache, SymbolTableCache::SymbolicLink { link_value_offset: 24 });
        assert!(node.entry(2).is_err());
    }

    #[test]
    fn each_cut_is_an_error() {
        let bytes = node();
        for end in 0..bytes.len() {
            assert!(SymbolTableNode::decode(&bytes[..end], SIZES).is_err(), "{end}");
        }
    }

    #[test]
    fn encode_node_fills_the_room_of_2k_entries() {
        let mut bytes = node();
        let decoded = SymbolTableNode::decode(&bytes, SIZES).unwrap();
        let entries = [decoded.entry(0).unwrap(), decoded.entry(1).unwrap()];
        assert_eq!(SymbolTableNode::encode(&entries, 1, SIZES).unwrap(), bytes);
        bytes.resize(8 + 8 * 32, 0);
        assert_eq!(SymbolTableNode::encode(&entries, 4, SIZES).unwrap(), bytes);
        assert!(SymbolTableNode::encode(&entries, 0, SIZES).is_err());
    }

    #[test]
    fn what_an_entry_has_no_room_for_is_an_error() {
        let entry = |link_name_offset, cache| SymbolTableEntry {
            link_name_offset,
            object_header_address: Some(Address(1)),
            cache,
        };
        assert!(entry(1 << 32, SymbolTableCache::None).encode(SIZES).is_err());
        let group = SymbolTableCache::Group { b_tree_address: None, name_heap_address: None };
        assert!(entry(0, group.clone()).encode(Sizes { offsets: 16, lengths: 8 }).is_err());
        assert!(entry(0, group).encode(Sizes { offsets: 8, lengths: 8 }).is_ok());
    }

    fn entries() -> impl Strategy<Value = SymbolTableEntry> {
        let address = || prop::option::of(0..u32::MAX).prop_map(|a| a.map(|a| Address(u64::from(a))));
        let cache = prop_oneof![
            Just(SymbolTableCache::None),
            any::<u32>().prop_map(|link_value_offset| SymbolTableCache::SymbolicLink { link_value_offset }),
            (address(), address()).prop_map(|(b_tree_address, name_heap_address)| {
                SymbolTableCache::Group { b_tree_address, name_heap_address }
            }),
        ];
        (any::<u32>(), address(), cache).prop_map(|(name, object_header_address, cache)| SymbolTableEntry {
            link_name_offset: u64::from(name),
            object_header_address,
            cache,
        })
    }

    proptest! {
        #[test]
        fn nodes_decode_to_what_was_encoded(entries in prop::collection::vec(entries(), 0..9), wide: bool) {
            let sizes = if wide { Sizes { offsets: 8, lengths: 4 } } else { SIZES };
            let bytes = SymbolTableNode::encode(&entries, 4, sizes).unwrap();
            let node = SymbolTableNode::decode(&bytes, sizes).unwrap();
            let found: Vec<_> = (0..node.len()).map(|at| node.entry(at).unwrap()).collect();
            prop_assert_eq!(found, entries);
        }
    }
}
