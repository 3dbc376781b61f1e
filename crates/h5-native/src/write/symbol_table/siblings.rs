//! Sibling addresses of B-tree nodes. No reader follows them; whoever edits the tree does.

use h5_format::btree_v1::{BTreeV1NodeHeader, BTreeV1Type};
use h5_types::{Address, Result};

use super::super::session::Session;
use super::tree::{NewNode, stage_node};
use crate::walk::at;

/// A node, and what is in its place.
#[derive(Debug)]
pub(super) struct Replaced {
    /// `None`: nothing was there.
    pub(super) old: Option<Address>,
    pub(super) left: Option<Address>,
    pub(super) right: Option<Address>,
    pub(super) new: Vec<NewNode>,
}

/// Which of a node's siblings.
#[derive(Debug, Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// A node's siblings as they will be after the next commit.
pub(super) fn of(
    session: &Session,
    address: Address,
    level: u8,
) -> Result<(Option<Address>, Option<Address>)> {
    let sizes = session.sizes();
    let bytes = session.core().storage().metadata(address, BTreeV1NodeHeader::bytes(sizes))?;
    let header = BTreeV1NodeHeader::decode(&bytes, BTreeV1Type::Group, sizes).map_err(at(address))?;
    if header.node_level != level {
        return Ok((None, None));
    }
    Ok((header.left_sibling, header.right_sibling))
}

/// Writes the new nodes of one level, with their siblings, and tells the nodes beside them.
pub(super) fn link_siblings(session: &mut Session, level: u8, k: u16, replaced: Vec<Replaced>) -> Result<()> {
    let mut run: Vec<Replaced> = Vec::new();
    for node in replaced {
        let adjacent = run.last().is_none_or(|last| last.old.is_some() && node.left == last.old);
        if !adjacent {
            link_run(session, level, k, &std::mem::take(&mut run))?;
        }
        run.push(node);
    }
    link_run(session, level, k, &run)
}

/// The same for nodes that were beside each other.
fn link_run(session: &mut Session, level: u8, k: u16, run: &[Replaced]) -> Result<()> {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return Ok(()) };
    let new: Vec<&NewNode> = run.iter().flat_map(|replaced| &replaced.new).collect();
    for (index, node) in new.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| new.get(index));
        let after = new.get(index.saturating_add(1));
        let left = before.map_or(first.left, |node| Some(node.address));
        let right = after.map_or(last.right, |node| Some(node.address));
        stage_node(session, node, level, k, left, right)?;
    }
    if let (Some(left), Some(old)) = (first.left, first.old) {
        let right = new.first().map_or(last.right, |node| Some(node.address));
        patch(session, left, level, Side::Right, old, right)?;
    }
    if let (Some(right), Some(old)) = (last.right, last.old) {
        let left = new.last().map_or(first.left, |node| Some(node.address));
        patch(session, right, level, Side::Left, old, left)?;
    }
    Ok(())
}

/// Tells a node that a sibling is another now. A node that is none, or did not have `old` there, is left alone: its address comes from
/// the file, and the siblings of a tree that contradicts itself are of use to nobody.
fn patch(
    session: &mut Session,
    node: Address,
    level: u8,
    side: Side,
    old: Address,
    new: Option<Address>,
) -> Result<()> {
    let Ok((left, right)) = of(session, node, level) else { return Ok(()) };
    let found = match side {
        Side::Left => left,
        Side::Right => right,
    };
    if found != Some(old) || new == Some(old) {
        return Ok(());
    }
    let field = field(session, node, side);
    let bytes = encode_address(new, usize::from(session.sizes().offsets));
    if session.is_fresh(node) {
        let sizes = session.sizes();
        let k = session.core().b_tree_k_values().group_internal_node_k;
        let length = BTreeV1NodeHeader::full_bytes(BTreeV1Type::Group, k, sizes)?;
        let mut block = session.core().storage().metadata(node, length)?.to_vec();
        let start = usize::try_from(field.0.saturating_sub(node.0)).unwrap_or(usize::MAX);
        for (place, byte) in block.get_mut(start..).unwrap_or_default().iter_mut().zip(bytes) {
            *place = byte;
        }
        session.stage(node, block);
    } else {
        session.patch_late(field, bytes);
    }
    Ok(())
}

/// Where a node has a sibling's address (III.A.1).
fn field(session: &Session, node: Address, side: Side) -> Address {
    let offset = match side {
        Side::Left => 8,
        Side::Right => u64::from(session.sizes().offsets).saturating_add(8),
    };
    Address(node.0.saturating_add(offset))
}

fn encode_address(address: Option<Address>, width: usize) -> Vec<u8> {
    let mut bytes = match address {
        Some(address) => address.0.to_le_bytes().to_vec(),
        None => vec![0xff; width],
    };
    bytes.resize(width, 0);
    bytes
}
