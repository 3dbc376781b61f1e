//! Links of groups of the newer format: messages of the object header while they are few, a fractal heap with indexes afterwards
//! (specification IV.A.2.c, g, k).

use std::collections::BTreeMap;

use h5_format::message::{GroupInfo, LinkInfo, LinkMessage, MessageType, SymbolTableMessage};
use h5_types::{Address, Error, Link, NewGroup, Result};

use super::super::create::group_messages;
use super::super::header::HeaderMessage;
use super::super::session::Session;
use super::super::symbol_table;
use super::dense;
use super::pending::{NewStyleChange, compact_links};
use super::target;
use crate::group::DenseLinks;

/// Longest link message in a header: what version 1 has room for.
const LONGEST_MESSAGE: usize = 0xfff8;

/// How a group keeps its links, and those links, if they are few.
#[derive(Debug)]
pub(super) struct NewStyle {
    info: LinkInfo,
    phases: GroupInfo,
    pub(super) place: Place,
}

/// Where links are.
#[derive(Debug)]
pub(super) enum Place {
    /// In the header.
    Compact(BTreeMap<Vec<u8>, Link>),
    /// In a heap.
    Dense(Box<DenseLinks>),
}

/// Changes of the links of one group, in the order of their names.
pub(super) type Changes<'c> = Vec<(&'c [u8], NewStyleChange)>;

impl NewStyle {
    /// Reads what the header says.
    ///
    /// # Errors
    /// `Usage` if the object is no group; `Format`, `Io`.
    pub(super) fn open(session: &Session, group: Address) -> Result<Self> {
        let at = |error: h5_format::FormatError| Error::from(error).at_address(group.0);
        let header = session.peek(group)?;
        let message = header.find(MessageType::LinkInfo);
        let message = message.ok_or_else(|| Error::usage("the object is no group"))?;
        let info = LinkInfo::decode(&message.body, session.core().context()).map_err(at)?;
        let phases = match header.find(MessageType::GroupInfo) {
            Some(message) => GroupInfo::decode(&message.body).map_err(at)?,
            None => GroupInfo::DEFAULT,
        };
        let place = match (info.fractal_heap_address, info.name_index_b_tree_address) {
            (Some(heap), Some(names)) => {
                let order = info.creation_order_b_tree_address;
                Place::Dense(Box::new(DenseLinks::open(session.core().storage(), heap, names, order)?))
            }
            _ => Place::Compact(compact_links(session, group)?),
        };
        Ok(Self { info, phases, place })
    }

    /// The number of the next link, in groups that number them.
    pub(super) fn next_creation_order(&mut self) -> Result<Option<i64>> {
        if !self.info.creation_order_tracked {
            return Ok(None);
        }
        // The message has the number of the next link, not of the last one.
        let number = self.info.maximum_creation_index.unwrap_or(0).max(0);
        let next =
            number.checked_add(1).ok_or_else(|| Error::limit("a group has numbered all the links it can"))?;
        self.info.maximum_creation_index = Some(next);
        Ok(Some(number))
    }

    /// Brings changes into the group's blocks.
    ///
    /// # Errors
    /// Those of reading the group; `Limit`, `Io`.
    pub(super) fn settle(&self, session: &mut Session, group: Address, changes: Changes<'_>) -> Result<()> {
        let mut info = self.info;
        let added = changes.iter().filter(|(_, change)| change.added.is_some()).count();
        let removed = changes.iter().filter(|(_, change)| change.removes).count();
        let stored = match &self.place {
            Place::Compact(links) => links.len(),
            Place::Dense(links) => usize::try_from(links.len()).unwrap_or(usize::MAX),
        };
        let count = stored.saturating_add(added).saturating_sub(removed);
        match &self.place {
            Place::Compact(links) => {
                let most = usize::from(self.phases.link_phase_change_maximum_compact);
                // Of a group that is being converted, no link is a message yet.
                let are_messages =
                    session.peek_header(group)?.find_all(MessageType::Link).count() == links.len();
                let only_adds = removed == 0 && count <= most && are_messages;
                if only_adds && add_compact(session, group, info, &changes)? {
                    return Ok(());
                }
                let mut all = links.clone();
                for (name, change) in changes {
                    all.remove(name);
                    all.extend(change.added.map(|link| (name.to_vec(), link)));
                }
                if count <= most && fit_a_header(session, &all)? {
                    write_compact(session, group, info, &all)
                } else {
                    info = dense::create(session, group, info, all.values())?;
                    write_compact(session, group, info, &BTreeMap::new())
                }
            }
            Place::Dense(links) => {
                let fewest = usize::from(self.phases.link_phase_change_minimum_dense);
                let is_small = removed > 0 && count < fewest;
                if is_small || dense::is_in_foreign_heap(session, info)? {
                    let all = dense::all_after(session, links, changes)?;
                    if is_small && fit_a_header(session, &all)? {
                        info = dense::delete(session, info)?;
                        return write_compact(session, group, info, &all);
                    }
                    info = dense::delete(session, info)?;
                    info = dense::create(session, group, info, all.values())?;
                } else {
                    info = dense::apply(session, group, info, links, &changes)?;
                }
                write_compact(session, group, info, &BTreeMap::new())
            }
        }
    }
}

/// Makes a group of the oldest format one of the newer: it is to have a link that a symbol table has no room for, as the library does.
///
/// # Errors
/// `Format` if the table is damaged; `Limit`, `Io`.
pub(super) fn convert(
    session: &mut Session,
    group: Address,
    table: SymbolTableMessage,
    links: Vec<Link>,
    changes: Changes<'_>,
) -> Result<()> {
    let blocks = symbol_table::blocks(session, table)?;
    let messages = group_messages(&NewGroup::default(), session.sizes())?;
    let header = session.header(group)?;
    header.remove_all(MessageType::SymbolTable);
    header.messages.extend(messages.into_iter().map(|(kind, body)| HeaderMessage::new(kind, body)));
    let mut new = NewStyle::open(session, group)?;
    new.place = Place::Compact(links.into_iter().map(|link| (link.name.as_bytes().to_vec(), link)).collect());
    new.settle(session, group, changes)?;
    for (address, length) in blocks {
        session.free(address, length);
    }
    Ok(())
}

/// Adds links to those of the header. False, and nothing changes, if one is too long.
fn add_compact(
    session: &mut Session,
    group: Address,
    info: LinkInfo,
    changes: &[(&[u8], NewStyleChange)],
) -> Result<bool> {
    let sizes = session.sizes();
    let mut bodies = Vec::with_capacity(changes.len());
    for link in changes.iter().filter_map(|(_, change)| change.added.as_ref()) {
        bodies.push(target::encode(sizes, &link.name, &link.target, link.creation_order)?);
    }
    if bodies.iter().any(|body| body.len() > LONGEST_MESSAGE) {
        return Ok(false);
    }
    let mut body = Vec::new();
    info.encode(sizes, &mut body)?;
    let header = session.header(group)?;
    header.set(MessageType::LinkInfo, body);
    header.messages.extend(bodies.into_iter().map(|body| HeaderMessage::new(MessageType::Link, body)));
    Ok(true)
}

/// Makes the header's links just these.
fn write_compact(
    session: &mut Session,
    group: Address,
    info: LinkInfo,
    links: &BTreeMap<Vec<u8>, Link>,
) -> Result<()> {
    let (sizes, limits) = (session.sizes(), session.core().storage().limits().clone());
    let context = h5_format::message::Context { sizes, limits: &limits };
    let mut body = Vec::new();
    info.encode(sizes, &mut body)?;
    let header = session.header(group)?;
    header.set(MessageType::LinkInfo, body);
    // Messages of links that stay keep their places.
    let mut stay = std::collections::HashSet::new();
    header.messages.retain(|message| {
        if message.kind != MessageType::Link {
            return true;
        }
        let Ok(link) = LinkMessage::decode(&message.body, context) else { return false };
        let stays = links.get(link.name).is_some_and(|new| *new == link.to_link());
        stays && stay.insert(link.name.to_vec())
    });
    for (name, link) in links {
        if !stay.contains(name) {
            let body = target::encode(sizes, &link.name, &link.target, link.creation_order)?;
            header.messages.push(HeaderMessage::new(MessageType::Link, body));
        }
    }
    Ok(())
}

fn fit_a_header(session: &Session, links: &BTreeMap<Vec<u8>, Link>) -> Result<bool> {
    for link in links.values() {
        let body = target::encode(session.sizes(), &link.name, &link.target, link.creation_order)?;
        if body.len() > LONGEST_MESSAGE {
            return Ok(false);
        }
    }
    Ok(true)
}
