use std::collections::BTreeMap;
use std::ops::ControlFlow;

use h5_format::message::{LinkMessage, MessageType, SymbolTableMessage};
use h5_types::{Address, Error, Link, LinkTarget, Name, Result};

use super::super::session::Session;
use super::super::symbol_table::{self, Lingering, TableTarget};
use super::new_style::{self, Changes, NewStyle, Place};
use super::{table_of, target};
use crate::group::SymbolTable;

/// Links of one group that were made or removed and are not in its blocks yet.
#[derive(Debug, Default)]
pub(crate) struct PendingLinks {
    /// What the group's blocks have; `None` if it is not known, and there are no changes.
    stored: Option<Stored>,
    changes: BTreeMap<Vec<u8>, Change>,
    lingering: Lingering,
}

#[derive(Debug)]
enum Stored {
    Table(SymbolTableMessage, SymbolTable),
    New(NewStyle),
}

/// What becomes of a name.
#[derive(Debug)]
enum Change {
    /// It has this link now. `replaces`: a stored one of that name was removed before.
    Added { link: AddedLink, creation_order: Option<i64>, replaces: bool },
    /// The stored link is gone.
    Removed,
}

/// A link that was added. There may be very many: what few have is elsewhere.
#[derive(Debug)]
pub(super) enum AddedLink {
    /// To an object, and to its symbol table if it is a group that has one.
    Hard(Address, Option<Box<SymbolTableMessage>>),
    Other(Box<LinkTarget>),
}

impl AddedLink {
    /// A link that leads to a target. `table` is the symbol table of the group that it leads to, if that has one.
    pub(super) fn new(target: LinkTarget, table: Option<SymbolTableMessage>) -> Result<Self> {
        Ok(match target::address(&target)? {
            Some(object) => Self::Hard(object, table.map(Box::new)),
            None => Self::Other(Box::new(target)),
        })
    }

    fn target(&self) -> LinkTarget {
        match self {
            Self::Hard(object, _) => target::hard(*object),
            Self::Other(target) => (**target).clone(),
        }
    }
}

/// A new link of a group, and whether a stored one of its name goes; or no new one.
pub(super) struct NewStyleChange {
    pub(super) added: Option<Link>,
    pub(super) removes: bool,
}

/// The links of a group, opened, to be changed.
pub(super) fn opened_mut(session: &mut Session, group: Address) -> Result<&mut PendingLinks> {
    open(session, group)?;
    session.links.get_mut(&group).ok_or_else(not_open)
}

fn open(session: &mut Session, group: Address) -> Result<()> {
    if session.links.get(&group).is_some_and(PendingLinks::is_open) {
        return Ok(());
    }
    let mut links = session.links.remove(&group).unwrap_or_default();
    let opened = links.prepare(session, group);
    session.links.insert(group, links);
    opened
}

/// All links of a group.
pub(super) fn all(session: &mut Session, group: Address) -> Result<Vec<Link>> {
    open(session, group)?;
    session.links.get(&group).ok_or_else(not_open)?.all(session)
}

/// Finds a link of a group by its name.
pub(super) fn find(session: &mut Session, group: Address, name: &[u8]) -> Result<Option<Link>> {
    open(session, group)?;
    session.links.get(&group).ok_or_else(not_open)?.find(session, name)
}

impl PendingLinks {
    /// Opens what is stored, unless that was done.
    fn prepare(&mut self, session: &Session, group: Address) -> Result<()> {
        if self.stored.is_some() {
            return Ok(());
        }
        self.stored = Some(match table_of(session, group)? {
            Some(table) => {
                let storage = session.core().storage();
                Stored::Table(
                    table,
                    SymbolTable::open(storage, table.b_tree_address, table.local_heap_address)?,
                )
            }
            None => Stored::New(NewStyle::open(session, group)?),
        });
        Ok(())
    }

    /// True if links can be looked up here without settling the group.
    pub(crate) fn is_open(&self) -> bool {
        self.stored.is_some()
    }

    /// Changes that are not in the group's blocks yet.
    pub(crate) fn pending(&self) -> usize {
        self.changes.len()
    }

    /// True if there is something here that the group's blocks do not tell.
    pub(crate) fn has_more_than_stored(&self) -> bool {
        !self.changes.is_empty() || !self.lingering.is_empty()
    }

    /// Finds a link by name.
    ///
    /// # Errors
    /// Those of reading the group.
    pub(crate) fn find(&self, session: &Session, name: &[u8]) -> Result<Option<Link>> {
        match self.changes.get(name) {
            Some(Change::Added { link, creation_order, .. }) => Ok(Some(Link {
                name: Name::new(name),
                target: link.target(),
                creation_order: *creation_order,
            })),
            Some(Change::Removed) => Ok(None),
            None => match &self.stored {
                None => Err(not_open()),
                Some(Stored::Table(_, table)) => table.lookup(session.core().storage(), name),
                Some(Stored::New(stored)) => stored.find(session, name),
            },
        }
    }

    /// All links.
    pub(super) fn all(&self, session: &Session) -> Result<Vec<Link>> {
        let mut links = match &self.stored {
            None => return Err(not_open()),
            Some(Stored::Table(_, table)) => table_links(session, table)?,
            Some(Stored::New(stored)) => stored.all(session)?,
        };
        links.retain(|link| !self.changes.contains_key(link.name.as_bytes()));
        for (name, change) in &self.changes {
            if let Change::Added { link, creation_order, .. } = change {
                let (name, target) = (Name::new(name.clone()), link.target());
                links.push(Link { name, target, creation_order: *creation_order });
            }
        }
        Ok(links)
    }

    /// Adds a link of a name that there is not.
    pub(super) fn add(&mut self, name: &Name, link: AddedLink) -> Result<()> {
        let creation_order = match &mut self.stored {
            Some(Stored::New(stored)) => stored.next_creation_order()?,
            _ => None,
        };
        let replaces = matches!(self.changes.get(name.as_bytes()), Some(Change::Removed));
        let change = Change::Added { link, creation_order, replaces };
        self.changes.insert(name.as_bytes().to_vec(), change);
        Ok(())
    }

    /// Removes a link that there is.
    pub(super) fn remove(&mut self, name: &[u8]) {
        match self.changes.get(name) {
            Some(Change::Added { replaces: false, .. }) => {
                self.changes.remove(name);
            }
            _ => {
                self.changes.insert(name.to_vec(), Change::Removed);
            }
        }
    }

    /// Brings the changes into the group's blocks.
    ///
    /// # Errors
    /// Those of reading the group; `Limit`, `Io`.
    pub(crate) fn settle(&mut self, session: &mut Session, group: Address) -> Result<()> {
        if self.changes.is_empty() {
            // What was counted for links that are gone again is no change either.
            self.stored = None;
            return Ok(());
        }
        self.prepare(session, group)?;
        match &self.stored {
            None => return Err(not_open()),
            Some(Stored::Table(table, _)) if self.fit_a_table() => {
                let mut lingering = std::mem::take(&mut self.lingering);
                let changes = self.table_changes()?;
                symbol_table::apply(session, *table, &changes, &mut lingering)?;
                self.lingering = lingering;
            }
            Some(Stored::Table(table, reader)) => {
                let stored = table_links(session, reader)?;
                new_style::convert(session, group, *table, stored, self.new_style_changes())?;
            }
            Some(Stored::New(stored)) => stored.settle(session, group, self.new_style_changes())?,
        }
        self.changes.clear();
        self.stored = None;
        Ok(())
    }

    /// True if all new links are such as a symbol table can have.
    fn fit_a_table(&self) -> bool {
        self.changes.values().all(|change| match change {
            Change::Added { link: AddedLink::Other(target), .. } => matches!(**target, LinkTarget::Soft(_)),
            Change::Added { .. } => true,
            Change::Removed => true,
        })
    }

    fn table_changes(&self) -> Result<BTreeMap<&[u8], Option<TableTarget<'_>>>> {
        let mut changes = BTreeMap::new();
        for (name, change) in &self.changes {
            let target = match change {
                Change::Removed => None,
                Change::Added { link: AddedLink::Hard(object, table), .. } => {
                    Some(TableTarget::Hard(*object, table.as_deref().copied()))
                }
                Change::Added { link: AddedLink::Other(target), .. } => match &**target {
                    LinkTarget::Soft(path) => Some(TableTarget::Soft(path.as_bytes())),
                    _ => return Err(Error::unsupported("links of this class")),
                },
            };
            changes.insert(name.as_slice(), target);
        }
        Ok(changes)
    }

    fn new_style_changes(&self) -> Changes<'_> {
        let change = |(name, change): (&'_ Vec<u8>, &'_ Change)| match change {
            Change::Removed => NewStyleChange { added: None, removes: true },
            Change::Added { link, creation_order, replaces } => NewStyleChange {
                added: Some(Link {
                    name: Name::new(name.clone()),
                    target: link.target(),
                    creation_order: *creation_order,
                }),
                removes: *replaces,
            },
        };
        self.changes.iter().map(|(name, c)| (name.as_slice(), change((name, c)))).collect()
    }
}

fn table_links(session: &Session, table: &SymbolTable) -> Result<Vec<Link>> {
    let mut links = Vec::new();
    table.for_each_after(session.core().storage(), None, &mut |link| {
        links.push(link);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(links)
}

/// The links that are messages of a group's header, by name.
pub(super) fn compact_links(session: &Session, group: Address) -> Result<BTreeMap<Vec<u8>, Link>> {
    let header = session.peek(group)?;
    let context = session.core().context();
    let mut links = BTreeMap::new();
    for message in header.find_all(MessageType::Link) {
        let link = LinkMessage::decode(&message.body, context);
        let link = link.map_err(|e| Error::from(e).at_address(group.0))?.to_link();
        links.insert(link.name.as_bytes().to_vec(), link);
    }
    Ok(links)
}

fn not_open() -> Error {
    Error::usage("the group's links are not open")
}

impl NewStyle {
    fn find(&self, session: &Session, name: &[u8]) -> Result<Option<Link>> {
        match &self.place {
            Place::Compact(links) => Ok(links.get(name).cloned()),
            Place::Dense(links) => links.find(session.core().storage(), name, |body| {
                let message = LinkMessage::decode(body, session.core().context())?;
                Ok((message.name == name).then(|| message.to_link()))
            }),
        }
    }

    fn all(&self, session: &Session) -> Result<Vec<Link>> {
        let links = match &self.place {
            Place::Compact(links) => return Ok(links.values().cloned().collect()),
            Place::Dense(links) => links,
        };
        let mut found = Vec::new();
        links.for_each_by_name(session.core().storage(), 0, &mut |body| {
            found.push(LinkMessage::decode(&body, session.core().context())?.to_link());
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }
}
