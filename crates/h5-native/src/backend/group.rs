use std::cmp::Ordering;
use std::ops::ControlFlow;

use h5_backend::{Order, Visit};
use h5_format::message::{LinkInfo, LinkMessage, MessageType, SymbolTableMessage};
use h5_types::{Error, Link, Result};

use super::loaded::LoadedObject;
use crate::group::{DenseLinks, SymbolTable};

/// Where a group's links are.
#[derive(Debug)]
pub(super) enum OpenedGroup {
    /// In a symbol table (superblock 0 and 1).
    Table(SymbolTable),
    /// In the object header, as messages.
    Compact {
        /// Whether they are numbered.
        creation_order_tracked: bool,
    },
    /// In a fractal heap.
    Dense {
        /// Heap and indexes.
        links: Box<DenseLinks>,
        /// Whether they are numbered.
        creation_order_tracked: bool,
    },
}

impl LoadedObject {
    fn opened_group(&self) -> Result<&OpenedGroup> {
        match self.group.get() {
            Some(opened) => Ok(opened),
            None => {
                let opened = self.open_group()?;
                Ok(self.group.get_or_init(|| opened))
            }
        }
    }

    fn open_group(&self) -> Result<OpenedGroup> {
        let (storage, context) = (self.file.core().storage(), self.file.context());
        let Some(message) = self.header.find(MessageType::LinkInfo) else {
            let message = self.required(MessageType::SymbolTable)?;
            let table = SymbolTableMessage::decode(message.body, context).map_err(|e| self.at(e))?;
            return SymbolTable::open(storage, table.b_tree_address, table.local_heap_address)
                .map(OpenedGroup::Table);
        };
        let info = LinkInfo::decode(message.body, context).map_err(|e| self.at(e))?;
        let creation_order_tracked = info.creation_order_tracked;
        match (info.fractal_heap_address, info.name_index_b_tree_address) {
            (Some(heap), Some(names)) => {
                let order = info.creation_order_b_tree_address;
                let links = Box::new(DenseLinks::open(storage, heap, names, order)?);
                Ok(OpenedGroup::Dense { links, creation_order_tracked })
            }
            _ => Ok(OpenedGroup::Compact { creation_order_tracked }),
        }
    }

    fn compact_links(&self) -> impl Iterator<Item = Result<Link>> {
        self.header.find_all(MessageType::Link).map(|message| self.decode_link(message.body))
    }

    fn decode_link(&self, body: &[u8]) -> Result<Link> {
        LinkMessage::decode(body, self.file.context())
            .map(|message| message.to_link())
            .map_err(|e| self.at(e))
    }

    fn dense_link(&self, links: &DenseLinks, name: &[u8]) -> Result<Option<Link>> {
        links.find(self.file.core().storage(), name, |body| {
            let message = LinkMessage::decode(body, self.file.context()).map_err(|e| self.at(e))?;
            Ok((message.name == name).then(|| message.to_link()))
        })
    }

    /// All links of a group whose storage is not sorted by name.
    fn collect_links(&self, opened: &OpenedGroup) -> Result<Vec<Result<Link>>> {
        let OpenedGroup::Dense { links, .. } = opened else { return Ok(self.compact_links().collect()) };
        let mut found = Vec::new();
        links.for_each_by_name(self.file.core().storage(), 0, &mut |body| {
            found.push(self.decode_link(&body));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }
}

/// Links that are sorted first, of a list that may be left early; then the square of that many, and so on.
const SORTED_AT_ONCE: usize = 1000;

/// What [`h5_backend::GroupNode`] asks for.
impl LoadedObject {
    pub(super) fn link_count(&self) -> Result<u64> {
        match self.opened_group()? {
            OpenedGroup::Dense { links, .. } => Ok(links.len()),
            OpenedGroup::Compact { .. } => {
                Ok(u64::try_from(self.header.find_all(MessageType::Link).count()).unwrap_or(u64::MAX))
            }
            OpenedGroup::Table(table) => table.len(self.file.core().storage()),
        }
    }

    pub(super) fn link(&self, name: &[u8]) -> Result<Option<Link>> {
        match self.opened_group()? {
            OpenedGroup::Table(table) => table.lookup(self.file.core().storage(), name),
            OpenedGroup::Dense { links, .. } => self.dense_link(links, name),
            OpenedGroup::Compact { .. } => {
                for message in self.header.find_all(MessageType::Link) {
                    let link =
                        LinkMessage::decode(message.body, self.file.context()).map_err(|e| self.at(e))?;
                    if link.name == name {
                        return Ok(Some(link.to_link()));
                    }
                }
                Ok(None)
            }
        }
    }

    pub(super) fn links(&self, order: Order, after: Option<&[u8]>, visit: Visit<'_, Link>) -> Result<()> {
        let opened = self.opened_group()?;
        let tracked = match opened {
            OpenedGroup::Table(_) => false,
            OpenedGroup::Compact { creation_order_tracked }
            | OpenedGroup::Dense { creation_order_tracked, .. } => *creation_order_tracked,
        };
        if order == Order::Creation && !tracked {
            return Err(Error::unsupported("the group does not track the creation order of its links"));
        }
        if let OpenedGroup::Table(table) = opened {
            return table.for_each_after(self.file.core().storage(), after, &mut |link| Ok(visit(Ok(link))));
        }
        let mut links = self.collect_links(opened)?;
        match order {
            Order::Name => {
                if let Some(after) = after {
                    links.retain(|link| link.as_ref().map_or(true, |link| link.name.as_bytes() > after));
                }
                // What cannot be read has no name: it comes last.
                visit_sorted(links, |a, b| sort_key(a, |l| &l.name).cmp(&sort_key(b, |l| &l.name)), visit);
                return Ok(());
            }
            Order::Creation => {
                links.sort_by(|a, b| {
                    sort_key(a, |l| &l.creation_order).cmp(&sort_key(b, |l| &l.creation_order))
                });
            }
            Order::Native => {}
        }
        let is_after = |link: &Result<Link>| link.as_ref().is_ok_and(|l| Some(l.name.as_bytes()) == after);
        let first = match after {
            Some(_) => links.iter().position(is_after).map_or(links.len(), |place| place.saturating_add(1)),
            None => 0,
        };
        let _ = links.into_iter().skip(first).try_for_each(visit);
        Ok(())
    }
}

/// Shows links in an order, sorted only as far as they are asked for.
fn visit_sorted(
    mut links: Vec<Result<Link>>,
    compare: impl Fn(&Result<Link>, &Result<Link>) -> Ordering,
    visit: Visit<'_, Link>,
) {
    let mut batch = SORTED_AT_ONCE;
    while !links.is_empty() {
        let rest = if batch < links.len() {
            links.select_nth_unstable_by(batch, &compare);
            links.split_off(batch)
        } else {
            Vec::new()
        };
        links.sort_by(&compare);
        if links.into_iter().try_for_each(&mut *visit).is_break() {
            return;
        }
        links = rest;
        batch = batch.saturating_mul(SORTED_AT_ONCE);
    }
}

/// What can be read first, by the key; what cannot, after it.
fn sort_key<'l, K>(link: &'l Result<Link>, key: impl FnOnce(&'l Link) -> &'l K) -> (bool, Option<&'l K>) {
    let key = link.as_ref().ok().map(key);
    (key.is_none(), key)
}
