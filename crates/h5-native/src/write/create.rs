//! The first bytes of a new file.

use h5_format::Sizes;
use h5_format::message::{BTreeKValues, GroupInfo, LinkInfo, MessageFlags, MessageType, RawMessage};
use h5_format::object_header::Prefix;
use h5_format::superblock::Superblock;
use h5_types::{Address, Error, LibverBounds, NewGroup, Result};

use crate::vfd::{Vfd, write_all_at};
use crate::{CreateOptions, OpenOptions};

/// Widths of offsets and lengths of new files.
const SIZES: Sizes = Sizes { offsets: 8, lengths: 8 };
/// Room for messages in the first block of a new group's header: what describes the group, and a few links or attributes.
pub(crate) const GROUP_ROOM: u64 = 120;

/// Writes a superblock and an empty root group: one write, so that there is never a file with a part of them.
///
/// # Errors
/// `Usage` for a user block of another size than 0 or a power of two from 512 on; `Io`.
pub(crate) fn create(vfd: &dyn Vfd, create: &CreateOptions, options: &OpenOptions) -> Result<()> {
    let base = create.user_block_bytes;
    if base != 0 && !(base >= 512 && base.is_power_of_two()) {
        return Err(Error::usage(format!("a user block of {base} bytes; 0 or a power of two from 512 on")));
    }
    if vfd.len()? < base {
        vfd.set_len(base)?;
    }
    let image = match options.bounds {
        LibverBounds::Earliest => return Err(Error::unsupported("creating files with superblock 0")),
        _ => version_2(base, &create.root)?,
    };
    write_all_at(vfd, base, &image)?;
    Ok(())
}

/// Superblock 2 and a root group without links.
fn version_2(base: u64, root: &NewGroup) -> Result<Vec<u8>> {
    let superblock_bytes = Superblock::encoded_bytes(2, SIZES);
    let header = Prefix::version_2(GROUP_ROOM, None, root.tracks_attribute_creation);
    let messages = group_messages(root, SIZES)?;
    let raw: Vec<RawMessage<'_>> = messages
        .iter()
        .map(|(kind, body)| RawMessage { kind: *kind, flags: MessageFlags(0), creation_index: None, body })
        .collect();
    let root_address = u64::try_from(superblock_bytes).unwrap_or(u64::MAX);
    let end = base.saturating_add(root_address).saturating_add(header.block_bytes());
    let superblock = Superblock {
        version: 2,
        sizes: SIZES,
        file_consistency_flags: 0,
        b_tree_k_values: BTreeKValues::DEFAULT,
        base_address: base,
        end_of_file_address: end,
        driver_information_block_address: None,
        superblock_extension_address: None,
        root_group_object_header_address: Address(root_address),
        root_group_symbol_table: None,
    };
    let mut image = Vec::new();
    superblock.encode(&mut image)?;
    image.extend(header.encode_block(&raw, 0)?);
    Ok(image)
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
