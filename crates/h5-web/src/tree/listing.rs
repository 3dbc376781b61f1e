//! The names of a large group, so that any page of them is found at once.

use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError};

use h5_backend::{Group, Order};
use h5_types::{Error, Link, LinkTarget, Name, ObjectToken, Result};

use crate::responder::{OpenFile, unescaped};

/// Links in the order of the listing: names behind one another, with where each ends, and the objects of hard links.
#[derive(Debug)]
pub(crate) struct Listing {
    group: ObjectToken,
    count: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    objects: Vec<Option<ObjectToken>>,
}

/// Bytes of names that are kept of one group.
const LARGEST_BYTES: usize = 256 << 20;
/// Groups whose names are kept.
const LISTINGS: usize = 4;

impl Listing {
    fn of(group: &Group) -> Result<Self> {
        let (group_token, count) = (group.object().token(), group.link_count()?);
        let mut found =
            Self { group: group_token, count, bytes: Vec::new(), ends: Vec::new(), objects: Vec::new() };
        let mut too_long = false;
        group.visit_links(Order::Name, None, &mut |link| {
            // A link that cannot be read has no name to begin behind.
            if let Ok(link) = link {
                found.bytes.extend_from_slice(link.name.as_bytes());
                found.ends.push(found.bytes.len());
                found.objects.push(match link.target {
                    LinkTarget::Hard(token) => Some(token),
                    _ => None,
                });
            }
            too_long = found.bytes.len() > LARGEST_BYTES;
            if too_long { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if too_long {
            return Err(Error::limit(format!("names of more than {LARGEST_BYTES} bytes in one group")));
        }
        Ok(found)
    }

    /// The links of a page.
    pub(crate) fn page(
        &self,
        group: &Group,
        start: usize,
        limit: usize,
    ) -> impl Iterator<Item = Result<Link>> {
        let end = start.saturating_add(limit).min(self.ends.len());
        (start..end).filter_map(move |position| {
            let name = self.name(position)?;
            Some(match self.objects.get(position).copied().flatten() {
                Some(token) => {
                    let target = LinkTarget::Hard(token);
                    Ok(Link { name: Name::new(name), target, creation_order: None })
                }
                None => {
                    let gone = || Error::not_found(format!("the link {}", Name::new(name)));
                    group.link(name).and_then(|link| link.ok_or_else(gone))
                }
            })
        })
    }

    /// Where a name is.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        let find = |name: &[u8]| (0..self.ends.len()).find(|&place| self.name(place) == Some(name));
        find(name.as_bytes()).or_else(|| find(&unescaped(name)))
    }

    fn name(&self, position: usize) -> Option<&[u8]> {
        let end = *self.ends.get(position)?;
        let start = match position.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.bytes.get(start..end)
    }
}

impl OpenFile {
    /// The names of a group, listed once.
    pub(crate) fn listing(&self, group: &Group, path: &str) -> Result<Arc<Listing>> {
        let (token, count) = (group.object().token(), group.link_count()?);
        {
            let listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = listings.iter().find(|known| known.group == token && known.count == count) {
                return Ok(Arc::clone(known));
            }
        }
        let made = Arc::new(Listing::of(group).map_err(|error| error.with_path(path))?);
        let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        listings.push_front(Arc::clone(&made));
        listings.truncate(LISTINGS);
        Ok(made)
    }
}
