//! Where nodes go, and who is beside whom.

use std::collections::HashMap;

use h5_types::{Address, Result};

use super::edit::{Child, Node};
use super::{Error, Session};
use crate::write::space::SpaceKind;

/// Left and right sibling of a node.
type Pair = (Option<Address>, Option<Address>);

/// The nodes of each level from left to right, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Siblings {
    levels: Vec<Vec<Item>>,
    found: HashMap<Address, Pair>,
}

#[derive(Debug, Clone, Copy)]
enum Item {
    /// Nodes below one that was not loaded.
    Unknown,
    /// A node that stays as it is.
    Same(Address),
    /// A node in a new place, with the siblings that its old form had.
    Changed(Address, Option<Address>, Option<Address>),
    /// A node that lost all children.
    Gone(Option<Address>, Option<Address>),
}

impl Siblings {
    /// Gives changed nodes their places, and drops those without children; true if that is this one.
    pub(super) fn place(&mut self, session: &mut Session, node: &mut Node, node_bytes: u64) -> Result<bool> {
        if node.level > 0 {
            self.place_children(session, node, node_bytes)?;
        }
        let old = (node.left_sibling, node.right_sibling);
        let item = if node.entries.is_empty() {
            if let Some(address) = node.stored {
                session.free(address, node_bytes);
            }
            Item::Gone(old.0, old.1)
        } else if let Some(address) = node.stored.filter(|_| !node.changed) {
            Item::Same(address)
        } else {
            let too_large = |_| Error::limit("a B-tree node larger than memory");
            let room = vec![0; usize::try_from(node_bytes).map_err(too_large)?];
            let address = match node.stored {
                Some(address) => session.replace(address, node_bytes, room)?,
                None => session.put(SpaceKind::Metadata, room)?,
            };
            node.stored = Some(address);
            Item::Changed(address, old.0, old.1)
        };
        self.push(node.level, item);
        Ok(node.entries.is_empty())
    }

    fn place_children(&mut self, session: &mut Session, node: &mut Node, node_bytes: u64) -> Result<()> {
        let mut kept = Vec::with_capacity(node.entries.len());
        for mut entry in std::mem::take(&mut node.entries) {
            let is_empty = match &mut entry.child {
                Child::Loaded(child) => {
                    let is_empty = self.place(session, child, node_bytes)?;
                    // The first child below may have lost all that it had.
                    if let Some(first) = child.entries.first() {
                        entry.key = first.key.clone();
                    }
                    is_empty
                }
                Child::Stored(address) => {
                    let below = node.level.saturating_sub(1);
                    self.push(below, Item::Same(*address));
                    (0..below).for_each(|level| self.push(level, Item::Unknown));
                    false
                }
                Child::Chunk(_) => false,
            };
            if !is_empty {
                kept.push(entry);
            }
        }
        node.entries = kept;
        Ok(())
    }

    fn push(&mut self, level: u8, item: Item) {
        let level = usize::from(level);
        if self.levels.len() <= level {
            self.levels.resize_with(level.saturating_add(1), Vec::new);
        }
        if let Some(items) = self.levels.get_mut(level) {
            items.push(item);
        }
    }

    /// Finds the siblings of changed nodes, and tells nodes that stay where they are of their new ones.
    pub(super) fn connect(&mut self, session: &mut Session, node_bytes: u64) -> Result<()> {
        for items in std::mem::take(&mut self.levels) {
            let ends = [None].into_iter().chain(items.iter().copied().map(Some)).chain([None]);
            let (mut before, mut gone): (Option<Item>, Option<Pair>) = (None, None);
            for item in ends.skip(1) {
                if let Some(Item::Gone(left, right)) = item {
                    gone = Some((gone.map_or(left, |first| first.0), right));
                    continue;
                }
                self.meet(session, before, gone.take(), item, node_bytes)?;
                before = item;
            }
        }
        Ok(())
    }

    /// Two nodes of a level that follow each other, and the outer siblings of nodes between them that are gone. `None` is the level's end.
    fn meet(
        &mut self,
        session: &mut Session,
        left: Option<Item>,
        gone: Option<Pair>,
        right: Option<Item>,
        node_bytes: u64,
    ) -> Result<()> {
        let moved = |item| matches!(item, Some(Item::Changed(..)));
        if gone.is_none() && !moved(left) && !moved(right) {
            return Ok(());
        }
        let left_address = match (left, right) {
            (Some(Item::Same(address) | Item::Changed(address, ..)), _) => Some(address),
            (Some(Item::Unknown), Some(Item::Changed(_, left, _))) if gone.is_none() => left,
            (Some(Item::Unknown), _) => gone.and_then(|gone| gone.0),
            _ => None,
        };
        let right_address = match (right, left) {
            (Some(Item::Same(address) | Item::Changed(address, ..)), _) => Some(address),
            (Some(Item::Unknown), Some(Item::Changed(_, _, right))) if gone.is_none() => right,
            (Some(Item::Unknown), _) => gone.and_then(|gone| gone.1),
            _ => None,
        };
        let offsets = u64::from(session.sizes().offsets);
        match (left, left_address) {
            (Some(Item::Changed(address, ..)), _) => {
                self.found.entry(address).or_default().1 = right_address;
            }
            (_, Some(address)) => {
                tell(session, address, offsets.saturating_add(8), right_address, node_bytes)?;
            }
            _ => {}
        }
        match (right, right_address) {
            (Some(Item::Changed(address, ..)), _) => {
                self.found.entry(address).or_default().0 = left_address;
            }
            (_, Some(address)) => tell(session, address, 8, left_address, node_bytes)?,
            _ => {}
        }
        Ok(())
    }

    /// Left and right sibling of a changed node.
    pub(super) fn of(&self, address: Address) -> Pair {
        self.found.get(&address).copied().unwrap_or_default()
    }
}

/// Writes a sibling's address at an offset of a node that stays where it is.
fn tell(
    session: &mut Session,
    node: Address,
    at: u64,
    sibling: Option<Address>,
    node_bytes: u64,
) -> Result<()> {
    let width = usize::from(session.sizes().offsets);
    let number = sibling.map_or(u64::MAX, |address| address.0).to_le_bytes();
    let bytes: Vec<u8> =
        number.into_iter().chain([if sibling.is_none() { 0xff } else { 0 }; 8]).take(width).collect();
    if !session.is_fresh(node) {
        session.patch_late(Address(node.0.saturating_add(at)), bytes);
        return Ok(());
    }
    let mut block = session.core().storage().metadata(node, node_bytes)?.to_vec();
    let start = usize::try_from(at).unwrap_or(usize::MAX);
    if let Some(place) = block.get_mut(start..start.saturating_add(width)) {
        place.copy_from_slice(&bytes);
    }
    session.stage(node, block);
    Ok(())
}
