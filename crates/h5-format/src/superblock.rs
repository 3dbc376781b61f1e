//! What a file begins with: superblock, and what drivers of several files keep (specification II).

use binrw::BinRead;
use h5_types::Address;

use crate::message::{BTreeKValues, Context, SymbolTableMessage};
use crate::symbol_table::{SymbolTableCache, SymbolTableEntry};
use crate::{Fault, Reader, Result, Sizes};

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

    /// Bit 0 of the consistency flags: a writer had, or has, the file open.
    pub fn is_open_for_writing(&self) -> bool {
        self.version >= 3 && self.file_consistency_flags & 1 != 0
    }

    /// Bit 2 of the consistency flags: a single writer beside multiple readers had, or has, the file open.
    pub fn is_open_for_swmr_writing(&self) -> bool {
        self.version >= 3 && self.file_consistency_flags & 4 != 0
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

/// Driver Information Block (specification II.B).
///
/// ```text
/// | version 0 | reserved (3) | size (4) | identification (8) | information (size) |
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, BinRead)]
pub struct DriverInformationBlock {
    /// Bytes of the information that follows.
    #[br(pad_before = 3)]
    pub driver_information_size: u32,
    /// `NCSAmult`, `NCSAfami`, or of a driver unknown here.
    pub driver_identification: [u8; 8],
}

impl DriverInformationBlock {
    /// Bytes before the information.
    pub const HEADER_BYTES: u64 = 16;
    /// Those behind the version.
    const FIXED_BYTES: usize = 15;

    /// Decodes the fixed part.
    ///
    /// # Errors
    /// If the version is not 0 or the bytes end early.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes, "Driver Information Block", "II.B");
        reader.version(0..=0, "0")?;
        reader.record(Self::FIXED_BYTES)
    }
}

/// What a storage driver of several files keeps in a file (specification II.B).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DriverInformation {
    /// `NCSAfami`: one address space cut into files of equal size.
    Family {
        /// Bytes of each file but the last.
        member_size: u64,
    },
    /// `NCSAmult`: one file for each kind of data.
    Multi {
        /// The files, in the order of the kinds of data: superblock, B-tree, raw data, global heap, local heap, object header. A
        /// kind that is mapped to another has no file of its own.
        members: Vec<MultiMember>,
    },
    /// Of a driver unknown here.
    Other {
        /// The driver's identification.
        driver_identification: [u8; 8],
    },
}

/// One file of the multi driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultiMember {
    /// Which kind of data the file holds, 1 to 6.
    pub kind: u8,
    /// Where in the common address space the file begins.
    pub address: u64,
    /// Where its allocated space ends; `None` if that is not known.
    pub end_of_address: Option<u64>,
    /// Pattern of its name: `%s` stands for the name of the whole.
    pub name: Vec<u8>,
}

/// Kinds of data that the multi driver tells apart.
const MULTI_KINDS: u8 = 6;

impl DriverInformation {
    /// Decodes what the driver of that identification keeps.
    ///
    /// # Errors
    /// If a mapping is out of range, the member size is zero, or the bytes end early.
    pub fn decode(driver_identification: [u8; 8], information: &[u8], context: Context<'_>) -> Result<Self> {
        let mut reader = Reader::new(information, "Driver Information", "II.B");
        match &driver_identification {
            // Eight bytes whatever the size of lengths: the driver writes a 64-bit number.
            b"NCSAfami" => match reader.u64()? {
                0 => Err(reader.bad_value("size_of_member_file", 0_u8, "at least 1")),
                member_size => Ok(Self::Family { member_size }),
            },
            b"NCSAmult" => Self::decode_multi(reader, context),
            _ => Ok(Self::Other { driver_identification }),
        }
    }

    /// Six mappings, two reserved bytes, then for each file its addresses (8 bytes each), then all names.
    fn decode_multi(mut reader: Reader<'_>, context: Context<'_>) -> Result<Self> {
        let wide = Sizes { offsets: 8, ..context.sizes };
        let mut kinds = Vec::new();
        for kind in 1..=MULTI_KINDS {
            let mapped = reader.u8()?;
            if mapped > MULTI_KINDS {
                return Err(reader.bad_value("member_mapping", mapped, "0 to 6"));
            }
            // 0 is "default": each kind in its own file.
            let mapped = if mapped == 0 { kind } else { mapped };
            if !kinds.contains(&mapped) {
                kinds.push(mapped);
            }
        }
        reader.skip(2)?;
        let mut members = Vec::new();
        for kind in kinds {
            let address = reader.defined_address(wide, "address_of_member_file")?.0;
            let end_of_address = reader.address(wide)?.map(|end| end.0);
            members.push(MultiMember { kind, address, end_of_address, name: Vec::new() });
        }
        for member in &mut members {
            let name = reader.nul_terminated()?;
            reader.skip(name.len().saturating_add(1).wrapping_neg() & 7)?;
            member.name = name.to_vec();
        }
        Ok(Self::Multi { members })
    }
}

#[cfg(test)]
mod tests {
    use h5_types::Limits;

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
        bytes[20] ^= 1;
        assert!(matches!(Superblock::decode(&bytes).unwrap_err().fault, Fault::Checksum { .. }));
    }

    #[test]
    fn driver_information_of_each_driver() {
        let limits = Limits::default();
        let context = Context { sizes: Sizes { offsets: 8, lengths: 8 }, limits: &limits };
        let family = DriverInformation::decode(*b"NCSAfami", &4096_u64.to_le_bytes(), context).unwrap();
        assert_eq!(family, DriverInformation::Family { member_size: 4096 });
        let mut split = vec![1, 1, 3, 1, 1, 1, 0, 0];
        split.extend([0, 0x800, 1 << 62, 0x100_u64].map(u64::to_le_bytes).concat());
        split.extend(b"%s-m.h5\0%s-r.h5\0");
        let split = DriverInformation::decode(*b"NCSAmult", &split, context).unwrap();
        let DriverInformation::Multi { members } = split else { panic!("not multi") };
        assert_eq!((members[0].kind, &*members[0].name), (1, &b"%s-m.h5"[..]));
        assert_eq!((members[1].kind, members[1].address), (3, 1 << 62));
        assert_eq!(members[1].end_of_address, Some(0x100));
    }
}
