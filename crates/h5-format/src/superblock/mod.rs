//! What a file begins with: superblock, and what drivers of several files keep (specification II).

mod driver_information;

pub use driver_information::{DriverInformation, DriverInformationBlock, MultiMember};
use h5_types::Address;

use crate::message::{BTreeKValues, SymbolTableMessage};
use crate::symbol_table::{SymbolTableCache, SymbolTableEntry};
use crate::{Fault, Reader, Result, Sizes, Writer};

/// The eight bytes that begin every HDF5 file, or follow its user block (specification II.A).
pub const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// Superblock (specification II.A), versions 0 to 3.
///
/// ```text
/// 0, 1: | signature (8) | version | free space version | root entry version | 0 | shared message version | size of offsets
///       | size of lengths | 0 | group leaf K (2) | group internal K (2) | consistency flags (4)
///       | version 1: indexed storage K (2), 0 (2) | base (O) | free space (O) | end of file (O) | driver info (O) | root entry |
/// 2, 3: | signature (8) | version | size of offsets | size of lengths | consistency flags | base (O) | extension (O)
///       | end of file (O) | root object header (O) | checksum (4) |
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superblock {
    /// Version, 0 to 3.
    pub version: u8,
    /// Widths of all offsets and lengths of the file.
    pub sizes: Sizes,
    /// *File Consistency Flags*; they mean something in version 3 only.
    pub file_consistency_flags: u32,
    /// Capacities of version 1 B-trees, which versions 2 and 3 keep in the superblock extension if they are not the defaults.
    pub b_tree_k_values: BTreeKValues,
    /// Where the file's first byte was when it was written. The library takes the place of the signature instead.
    pub base_address: u64,
    /// First byte past all HDF5 data, counted as `base_address` is.
    pub end_of_file_address: u64,
    /// Driver information block (versions 0 and 1).
    pub driver_information_block_address: Option<Address>,
    /// Superblock extension (versions 2 and 3).
    pub superblock_extension_address: Option<Address>,
    /// Object header of the root group.
    pub root_group_object_header_address: Address,
    /// The root group's B-tree and heap, where the root group symbol table entry caches them.
    pub root_group_symbol_table: Option<SymbolTableMessage>,
}

impl Superblock {
    /// Bytes that no superblock is longer than.
    pub const MAXIMUM_BYTES: u64 = 192;

    /// Bit 0 of the consistency flags.
    pub const OPEN_FOR_WRITING: u8 = 1;
    /// Bit 2 of the consistency flags.
    pub const OPEN_FOR_SWMR_WRITING: u8 = 4;

    /// A writer had, or has, the file open.
    pub fn is_open_for_writing(&self) -> bool {
        self.has_flag(Self::OPEN_FOR_WRITING)
    }

    /// A single writer beside multiple readers had, or has, the file open.
    pub fn is_open_for_swmr_writing(&self) -> bool {
        self.has_flag(Self::OPEN_FOR_SWMR_WRITING)
    }

    fn has_flag(&self, flag: u8) -> bool {
        self.version >= 3 && self.file_consistency_flags & u32::from(flag) != 0
    }

    /// Decodes a superblock; `bytes` may go on after it.
    ///
    /// # Errors
    /// If signature, version, a width or the checksum is wrong, the root group has no address, or the bytes end early.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes, "Superblock", "II.A");
        reader.signature(&SIGNATURE)?;
        let version = reader.version(0..=3, "0 to 3")?;
        if version < 2 { decode_v0(reader, version) } else { decode_v2(reader, version) }
    }

    /// Bytes of a superblock of that version.
    pub fn encoded_bytes(version: u8, sizes: Sizes) -> usize {
        let addresses = usize::from(sizes.offsets).saturating_mul(4);
        match version {
            0 => addresses.saturating_add(SymbolTableEntry::bytes(sizes)).saturating_add(24),
            1 => addresses.saturating_add(SymbolTableEntry::bytes(sizes)).saturating_add(28),
            _ => addresses.saturating_add(16),
        }
    }

    /// Appends the superblock, with its checksum from version 2 on.
    ///
    /// # Errors
    /// If the version or a width does not exist, a field has no place in the version (a superblock extension before version 2; a driver
    /// information block or a cached root group after version 1; in version 0 another capacity of chunk B-trees than 32), or a number
    /// exceeds its field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::new(out, "Superblock", "II.A");
        let widths = [self.sizes.offsets, self.sizes.lengths];
        if widths.iter().any(|width| !matches!(width, 2 | 4 | 8 | 16)) {
            return Err(writer.unencodable("size_of_offsets or size_of_lengths", "2, 4, 8 or 16"));
        }
        writer.put(&SIGNATURE);
        writer.u8(self.version);
        match self.version {
            0 | 1 => self.encode_v0(&mut writer),
            2 | 3 => self.encode_v2(&mut writer),
            _ => Err(writer.unencodable("version", "0 to 3")),
        }
    }

    fn encode_v0(&self, writer: &mut Writer<'_>) -> Result<()> {
        let BTreeKValues { indexed_storage_internal_node_k, group_internal_node_k, group_leaf_node_k } =
            self.b_tree_k_values;
        let default = BTreeKValues::DEFAULT.indexed_storage_internal_node_k;
        if self.version == 0 && indexed_storage_internal_node_k != default {
            return Err(writer.unencodable("indexed_storage_internal_node_k", "32 in version 0"));
        }
        if [indexed_storage_internal_node_k, group_internal_node_k, group_leaf_node_k].contains(&0) {
            return Err(writer.unencodable("node_k", "at least 1"));
        }
        if self.superblock_extension_address.is_some() {
            return Err(writer.unencodable("superblock_extension_address", "none before version 2"));
        }
        // Versions of free space, root group symbol table entry and shared messages.
        writer.zeros(4);
        writer.put(&[self.sizes.offsets, self.sizes.lengths, 0]);
        writer.u16(group_leaf_node_k);
        writer.u16(group_internal_node_k);
        writer.u32(self.file_consistency_flags);
        if self.version == 1 {
            writer.u16(indexed_storage_internal_node_k);
            writer.zeros(2);
        }
        let sizes = self.sizes;
        writer.address("base_address", Address(self.base_address), sizes)?;
        writer.optional_address("free_space_address", None, sizes)?;
        writer.address("end_of_file_address", Address(self.end_of_file_address), sizes)?;
        let driver = self.driver_information_block_address;
        writer.optional_address("driver_information_block_address", driver, sizes)?;
        let cache =
            self.root_group_symbol_table.map_or(SymbolTableCache::None, |table| SymbolTableCache::Group {
                b_tree_address: Some(table.b_tree_address),
                name_heap_address: Some(table.local_heap_address),
            });
        let object_header_address = Some(self.root_group_object_header_address);
        let entry = SymbolTableEntry { link_name_offset: 0, object_header_address, cache };
        writer.put(&entry.encode(sizes)?);
        Ok(())
    }

    /// Capacities of B-trees are the superblock extension's: they are not looked at.
    fn encode_v2(&self, writer: &mut Writer<'_>) -> Result<()> {
        if self.driver_information_block_address.is_some() {
            return Err(writer.unencodable("driver_information_block_address", "none after version 1"));
        }
        if self.root_group_symbol_table.is_some() {
            return Err(writer.unencodable("root_group_symbol_table", "none after version 1"));
        }
        let sizes = self.sizes;
        writer.put(&[sizes.offsets, sizes.lengths]);
        writer.uint("file_consistency_flags", self.file_consistency_flags.into(), 1)?;
        writer.address("base_address", Address(self.base_address), sizes)?;
        let extension = self.superblock_extension_address;
        writer.optional_address("superblock_extension_address", extension, sizes)?;
        writer.address("end_of_file_address", Address(self.end_of_file_address), sizes)?;
        writer.address("root_group_object_header_address", self.root_group_object_header_address, sizes)?;
        writer.checksum();
        Ok(())
    }
}

fn decode_v0(mut reader: Reader<'_>, version: u8) -> Result<Superblock> {
    for field in ["free_space_version", "root_group_symbol_table_entry_version", "reserved"] {
        let found = reader.u8()?;
        if found != 0 && field != "reserved" {
            return Err(reader.bad_value(field, found, "0"));
        }
    }
    let shared = reader.u8()?;
    if shared != 0 {
        return Err(reader.bad_value("shared_header_message_format_version", shared, "0"));
    }
    let sizes = decode_sizes(&mut reader)?;
    reader.skip(1)?;
    let group_leaf_node_k = decode_k(&mut reader, "group_leaf_node_k")?;
    let group_internal_node_k = decode_k(&mut reader, "group_internal_node_k")?;
    let file_consistency_flags = reader.u32()?;
    let indexed_storage_internal_node_k = if version == 1 {
        let k = decode_k(&mut reader, "indexed_storage_internal_node_k")?;
        reader.skip(2)?;
        k
    } else {
        BTreeKValues::DEFAULT.indexed_storage_internal_node_k
    };
    let base_address = reader.defined_address(sizes, "base_address")?.0;
    // The address of a free space index that was never written.
    reader.address(sizes)?;
    let end_of_file_address = reader.defined_address(sizes, "end_of_file_address")?.0;
    let driver_information_block_address = reader.address(sizes)?;
    let (root_group_object_header_address, root_group_symbol_table) = decode_root_entry(&mut reader, sizes)?;
    Ok(Superblock {
        version,
        sizes,
        file_consistency_flags,
        b_tree_k_values: BTreeKValues {
            indexed_storage_internal_node_k,
            group_internal_node_k,
            group_leaf_node_k,
        },
        base_address,
        end_of_file_address,
        driver_information_block_address,
        superblock_extension_address: None,
        root_group_object_header_address,
        root_group_symbol_table,
    })
}

/// The root group's symbol table entry (III.C): its header, and with cache type 1 its B-tree and heap.
fn decode_root_entry(reader: &mut Reader<'_>, sizes: Sizes) -> Result<(Address, Option<SymbolTableMessage>)> {
    let entry = SymbolTableEntry::decode(reader.take(SymbolTableEntry::bytes(sizes))?, sizes)?;
    let header = entry
        .object_header_address
        .ok_or_else(|| reader.bad_value("root_group_object_header_address", u64::MAX, "a defined address"))?;
    let cached = match entry.cache {
        SymbolTableCache::Group { b_tree_address, name_heap_address } => {
            b_tree_address.zip(name_heap_address).map(|(b_tree_address, local_heap_address)| {
                SymbolTableMessage { b_tree_address, local_heap_address }
            })
        }
        _ => None,
    };
    Ok((header, cached))
}

fn decode_v2(mut reader: Reader<'_>, version: u8) -> Result<Superblock> {
    let sizes = decode_sizes(&mut reader)?;
    let file_consistency_flags = u32::from(reader.u8()?);
    let base_address = reader.defined_address(sizes, "base_address")?.0;
    let superblock_extension_address = reader.address(sizes)?;
    let end_of_file_address = reader.defined_address(sizes, "end_of_file_address")?.0;
    let root_group_object_header_address =
        reader.defined_address(sizes, "root_group_object_header_address")?;
    reader.checksum()?;
    Ok(Superblock {
        version,
        sizes,
        file_consistency_flags,
        b_tree_k_values: BTreeKValues::DEFAULT,
        base_address,
        end_of_file_address,
        driver_information_block_address: None,
        superblock_extension_address,
        root_group_object_header_address,
        root_group_symbol_table: None,
    })
}

fn decode_sizes(reader: &mut Reader<'_>) -> Result<Sizes> {
    let mut width = |field| {
        let width = reader.u8()?;
        if matches!(width, 2 | 4 | 8 | 16) {
            return Ok(width);
        }
        let expected = "2, 4, 8 or 16";
        Err(reader.error(Fault::Value { field, found: u64::from(width), expected }))
    };
    Ok(Sizes { offsets: width("size_of_offsets")?, lengths: width("size_of_lengths")? })
}

fn decode_k(reader: &mut Reader<'_>, field: &'static str) -> Result<u16> {
    match reader.u16()? {
        0 => Err(reader.bad_value(field, 0_u8, "at least 1")),
        k => Ok(k),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lookup3;

    fn version_0(sizes: [u8; 2], version: u8) -> Vec<u8> {
        let offset =
            |value: u64| value.to_le_bytes().into_iter().cycle().take(sizes[0].into()).collect::<Vec<_>>();
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([version, 0, 0, 0, 0, sizes[0], sizes[1], 0, 4, 0, 16, 0, 0, 0, 0, 0]);
        if version == 1 {
            bytes.extend([50, 0, 0, 0]);
        }
        bytes.extend([offset(0), offset(u64::MAX), offset(100), offset(u64::MAX)].concat());
        bytes.extend(vec![0; sizes[1].into()]);
        bytes.extend([offset(0x60), vec![1, 0, 0, 0, 0, 0, 0, 0], offset(0x70), offset(0x80)].concat());
        bytes
    }

    #[test]
    fn versions_0_and_1() {
        for (sizes, version) in [([8, 8], 0), ([8, 4], 1)] {
            let superblock = Superblock::decode(&version_0(sizes, version)).unwrap();
            assert_eq!(superblock.sizes, Sizes { offsets: sizes[0], lengths: sizes[1] });
            assert_eq!(superblock.root_group_object_header_address, Address(0x60));
            let cached = superblock.root_group_symbol_table.unwrap();
            assert_eq!((cached.b_tree_address, cached.local_heap_address), (Address(0x70), Address(0x80)));
            let k = if version == 1 { 50 } else { 32 };
            assert_eq!(superblock.b_tree_k_values.indexed_storage_internal_node_k, k);
            assert_eq!(superblock.driver_information_block_address, None);
            let mut out = Vec::new();
            superblock.encode(&mut out).unwrap();
            assert_eq!(out[..out.len() - 16], version_0(sizes, version)[..out.len() - 16]);
            assert_eq!(out.len(), Superblock::encoded_bytes(version, superblock.sizes));
            assert_eq!(Superblock::decode(&out).unwrap(), superblock);
        }
        assert!(Superblock::decode(&version_0([3, 8], 0)).is_err());
        assert!(Superblock::decode(&version_0([8, 8], 0)[..95]).is_err());
    }

    #[test]
    fn version_3_with_its_flags_and_checksum() {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([3, 4, 4, 5]);
        bytes.extend([0, u32::MAX, 900, 48].map(u32::to_le_bytes).concat());
        let checksum = lookup3(&bytes);
        bytes.extend(checksum.to_le_bytes());
        let superblock = Superblock::decode(&bytes).unwrap();
        assert!(superblock.is_open_for_writing() && superblock.is_open_for_swmr_writing());
        assert_eq!((superblock.end_of_file_address, superblock.superblock_extension_address), (900, None));
        let mut out = Vec::new();
        superblock.encode(&mut out).unwrap();
        assert_eq!(out, bytes);
        assert_eq!(out.len(), Superblock::encoded_bytes(3, superblock.sizes));
        bytes[20] ^= 1;
        assert!(matches!(Superblock::decode(&bytes).unwrap_err().fault(), Fault::Checksum { .. }));
    }

    #[test]
    fn what_a_version_has_no_place_for_is_an_error() {
        let superblock = Superblock::decode(&version_0([8, 8], 0)).unwrap();
        let changed = |change: fn(&mut Superblock)| {
            let mut superblock = superblock.clone();
            change(&mut superblock);
            superblock.encode(&mut Vec::new())
        };
        assert!(changed(|_| ()).is_ok());
        assert!(changed(|s| s.superblock_extension_address = Some(Address(1))).is_err());
        assert!(changed(|s| s.b_tree_k_values.indexed_storage_internal_node_k = 64).is_err());
        assert!(changed(|s| s.version = 2).is_err(), "a cached root group");
        assert!(changed(|s| s.version = 4).is_err());
        assert!(changed(|s| s.sizes.offsets = 3).is_err());
        assert!(changed(|s| s.sizes.offsets = 2).is_ok());
        assert!(changed(|s| (s.sizes.offsets, s.end_of_file_address) = (2, 0x1_0000)).is_err());
    }
}
