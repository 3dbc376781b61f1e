//! The first bytes of a new file.

use h5_format::Sizes;
use h5_format::message::{
    BTreeKValues, GroupInfo, LinkInfo, MessageFlags, MessageType, RawMessage, SymbolTableMessage,
};
use h5_format::object_header::Prefix;
use h5_format::superblock::Superblock;
use h5_types::{Address, Error, LibverBounds, NewGroup, Result};

use super::free_space::{Part, Regime};
use super::links::OLD_GROUP_ROOM;
use super::space::{Space, SpaceKind};
use super::symbol_table;
use crate::live::Stamp;
use crate::vfd::{Vfd, write_all_at};
use crate::{CreateOptions, FileSpace, OpenOptions};

/// Free sections of a file.
pub(crate) type Sections = Vec<(Part, u64, u64)>;

/// Widths of offsets and lengths of new files.
const SIZES: Sizes = Sizes { offsets: 8, lengths: 8 };
/// Room for messages in the first block of a new group's header: what describes the group, and a few links or attributes.
pub(crate) const GROUP_ROOM: u64 = 120;

/// Room for messages in a superblock extension: capacities of B-trees, and what later versions of the library add.
const EXTENSION_ROOM: u64 = 64;

/// Writes a superblock and an empty root group: one write, so that there is never a file with a part of them. Returns what is free around
/// them.
///
/// # Errors
/// `Usage` for a user block of another size than 0 or a power of two from 512 on, for B-trees without room, and for pages of a size that
/// cannot be; `Io`.
pub(crate) fn create(vfd: &dyn Vfd, create: &CreateOptions, options: &OpenOptions) -> Result<Sections> {
    let base = create.user_block_bytes;
    if base != 0 && !(base >= 512 && base.is_power_of_two()) {
        return Err(Error::usage(format!("a user block of {base} bytes; 0 or a power of two from 512 on")));
    }
    let k = create.b_tree_k_values;
    // Nodes have at most twice as many children as their capacity says, and count them in 16 bits.
    if [k.indexed_storage_internal_node_k, k.group_internal_node_k, k.group_leaf_node_k]
        .iter()
        .any(|k| !(1..=0x7fff).contains(k))
    {
        return Err(Error::usage("capacities of B-trees are 1 to 32,767"));
    }
    create.file_space.check()?;
    let (image, free, end) = match options.bounds {
        // The oldest superblock has no place for what is said of file space.
        LibverBounds::Earliest if create.file_space == FileSpace::default() => {
            (version_0(base, create)?, Vec::new(), 0)
        }
        _ => {
            let image = version_2(base, create, options)?;
            (image.bytes, image.space.free_sections(), image.space.end())
        }
    };
    let length = base.saturating_add(if length(&image) < end { end } else { 0 });
    if vfd.len()? < length {
        vfd.set_len(length)?;
    }
    write_all_at(vfd, base, &image)?;
    Ok(free)
}

/// Superblock 0, or 1 if chunk B-trees are to have another capacity than 32, and a root group without links. That is one of the oldest
/// format, unless it is to keep an order, which only the newer one can.
fn version_0(base: u64, create: &CreateOptions) -> Result<Vec<u8>> {
    let k = create.b_tree_k_values;
    let default = BTreeKValues::DEFAULT.indexed_storage_internal_node_k;
    let version = if k.indexed_storage_internal_node_k == default { 0 } else { 1 };
    let root_address = superblock_bytes(version).saturating_add(length(&stamp()));
    let root = &create.root;
    let (rest, table) = if root.tracks_attribute_creation || root.tracks_link_creation {
        let prefix = match root.tracks_attribute_creation {
            true => Prefix::version_2(GROUP_ROOM, None, true),
            false => Prefix::version_1(GROUP_ROOM),
        };
        (encode_header(&prefix, &group_messages(root, SIZES)?)?, None)
    } else {
        old_root(root_address, k)?
    };
    let end = base.saturating_add(root_address).saturating_add(length(&rest));
    let superblock = Superblock {
        version,
        b_tree_k_values: k,
        root_group_symbol_table: table,
        ..superblock(version, base, end, root_address)
    };
    let mut image = Vec::new();
    superblock.encode(&mut image)?;
    image.extend(stamp());
    image.extend(rest);
    Ok(image)
}

/// Header, B-tree and local heap of a root group at an address.
fn old_root(address: u64, k: BTreeKValues) -> Result<(Vec<u8>, Option<SymbolTableMessage>)> {
    let prefix = Prefix::version_1(OLD_GROUP_ROOM);
    let b_tree = symbol_table::empty_root(SIZES, k.group_internal_node_k)?;
    let b_tree_address = address.saturating_add(prefix.block_bytes());
    let heap_address = b_tree_address.saturating_add(length(&b_tree));
    let heap = symbol_table::empty_heap(heap_address, SIZES)?;
    let table = SymbolTableMessage {
        b_tree_address: Address(b_tree_address),
        local_heap_address: Address(heap_address),
    };
    let mut body = Vec::new();
    table.encode(SIZES, &mut body)?;
    let mut image = encode_header(&prefix, &[(MessageType::SymbolTable, body)])?;
    image.extend(b_tree);
    image.extend(heap);
    Ok((image, Some(table)))
}

/// Superblock 2, a root group without links, and a superblock extension if it has something to say.
fn version_2(base: u64, create: &CreateOptions, options: &OpenOptions) -> Result<Image> {
    let mut image = Image::new(create.file_space.regime(), base);
    let start = image.reserve(superblock_bytes(2).saturating_add(length(&stamp())))?;
    let root = &create.root;
    let tracks = root.tracks_attribute_creation || root.tracks_link_creation;
    let root_address = match options.bounds {
        LibverBounds::Earliest if !tracks => image.old_root(create.b_tree_k_values)?,
        bounds => {
            let prefix = match bounds {
                LibverBounds::Earliest if !root.tracks_attribute_creation => Prefix::version_1(GROUP_ROOM),
                _ => Prefix::version_2(GROUP_ROOM, None, root.tracks_attribute_creation),
            };
            image.put(encode_header(&prefix, &group_messages(root, SIZES)?)?)?
        }
    };
    let extension = extension_header(create)?.map(|header| image.put(header)).transpose()?;
    let end = base.checked_add(image.space.end());
    let end = end.ok_or_else(|| Error::usage("a user block that leaves no room for the file"))?;
    let superblock = Superblock {
        superblock_extension_address: extension.map(Address),
        ..superblock(2, base, end, root_address)
    };
    let mut bytes = Vec::new();
    superblock.encode(&mut bytes)?;
    bytes.extend(stamp());
    image.set(start, &bytes)?;
    Ok(image)
}

/// The first blocks of a file, each in a place that its space gives it.
struct Image {
    space: Space,
    bytes: Vec<u8>,
}

impl Image {
    fn new(regime: Regime, base: u64) -> Self {
        Self { space: Space::new(0, SIZES.offsets, regime, base), bytes: Vec::new() }
    }

    fn reserve(&mut self, length: u64) -> Result<u64> {
        Ok(self.space.allocate(SpaceKind::Stable, length)?.0)
    }

    fn set(&mut self, address: u64, block: &[u8]) -> Result<()> {
        let start = usize::try_from(address).map_err(|_| Error::limit("a page larger than memory"))?;
        let end = start.saturating_add(block.len());
        self.bytes.resize(self.bytes.len().max(end), 0);
        if let Some(place) = self.bytes.get_mut(start..end) {
            place.copy_from_slice(block);
        }
        Ok(())
    }

    fn put(&mut self, block: Vec<u8>) -> Result<u64> {
        let address = self.reserve(length(&block))?;
        self.set(address, &block)?;
        Ok(address)
    }

    /// Header, B-tree and local heap of a root group of the oldest format.
    fn old_root(&mut self, k: BTreeKValues) -> Result<u64> {
        let prefix = Prefix::version_1(OLD_GROUP_ROOM);
        let root = self.reserve(prefix.block_bytes())?;
        let b_tree = self.put(symbol_table::empty_root(SIZES, k.group_internal_node_k)?)?;
        // The heap says where its names are, which depends on where it is itself.
        let heap = self.reserve(length(&symbol_table::empty_heap(0, SIZES)?))?;
        self.set(heap, &symbol_table::empty_heap(heap, SIZES)?)?;
        let table = SymbolTableMessage { b_tree_address: Address(b_tree), local_heap_address: Address(heap) };
        let mut body = Vec::new();
        table.encode(SIZES, &mut body)?;
        self.set(root, &encode_header(&prefix, &[(MessageType::SymbolTable, body)])?)?;
        Ok(root)
    }
}

/// The header of a superblock extension (II.C), if it has something to say.
fn extension_header(create: &CreateOptions) -> Result<Option<Vec<u8>>> {
    let mut messages = Vec::new();
    if create.b_tree_k_values != BTreeKValues::DEFAULT {
        let mut body = Vec::new();
        create.b_tree_k_values.encode(&mut body)?;
        messages.push((MessageType::BTreeKValues, body));
    }
    if create.file_space != FileSpace::default() {
        let mut body = Vec::new();
        create.file_space.message().encode(1, SIZES, &mut body)?;
        messages.push((MessageType::FileSpaceInfo, body));
    }
    if messages.is_empty() {
        return Ok(None);
    }
    let prefix = Prefix::version_2(EXTENSION_ROOM, None, false);
    let needed =
        messages.iter().map(|(_, body)| prefix.message_bytes(body.len())).fold(0, u64::saturating_add);
    let prefix = Prefix::version_2(EXTENSION_ROOM.max(needed), None, false);
    Ok(Some(encode_header(&prefix, &messages)?))
}

fn superblock(version: u8, base_address: u64, end_of_file_address: u64, root: u64) -> Superblock {
    Superblock {
        version,
        sizes: SIZES,
        file_consistency_flags: 0,
        b_tree_k_values: BTreeKValues::DEFAULT,
        base_address,
        end_of_file_address,
        driver_information_block_address: None,
        superblock_extension_address: None,
        root_group_object_header_address: Address(root),
        root_group_symbol_table: None,
    }
}

/// The room behind the superblock where commits are counted for readers of other processes.
fn stamp() -> Vec<u8> {
    let mut room = Stamp::FIRST.encode().to_vec();
    room.resize(Stamp::ROOM, 0);
    room
}

fn superblock_bytes(version: u8) -> u64 {
    u64::try_from(Superblock::encoded_bytes(version, SIZES)).unwrap_or(u64::MAX)
}

/// A header of one block.
fn encode_header(prefix: &Prefix, messages: &[(MessageType, Vec<u8>)]) -> Result<Vec<u8>> {
    let raw: Vec<RawMessage<'_>> = messages
        .iter()
        .map(|(kind, body)| RawMessage { kind: *kind, flags: MessageFlags(0), creation_index: None, body })
        .collect();
    Ok(prefix.encode_block(&raw, 0)?)
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// What describes a group without links, apart from its attributes (IV.A.2.c, IV.A.2.k).
pub(crate) fn group_messages(group: &NewGroup, sizes: Sizes) -> Result<Vec<(MessageType, Vec<u8>)>> {
    let tracked = group.tracks_link_creation;
    let info = LinkInfo {
        creation_order_tracked: tracked,
        creation_order_indexed: tracked,
        maximum_creation_index: tracked.then_some(0),
        fractal_heap_address: None,
        name_index_b_tree_address: None,
        creation_order_b_tree_address: None,
    };
    let (mut link_info, mut group_info) = (Vec::new(), Vec::new());
    info.encode(sizes, &mut link_info)?;
    GroupInfo::DEFAULT.encode(&mut group_info);
    Ok(vec![(MessageType::LinkInfo, link_info), (MessageType::GroupInfo, group_info)])
}
