//! Bringing what objects keep in memory into their blocks.

use h5_types::{Address, Result};

use super::Session;
use crate::write::links::PendingLinks;

/// Objects that stay in memory, decoded, at least.
pub(super) const KEPT_OBJECTS: usize = 1024;
/// Links that wait in memory, of all groups together, before those of large groups are brought into their blocks.
const PENDING_LINKS: usize = 1 << 14;
/// New links that make a group a large one.
const LINKS_OF_A_LARGE_GROUP: usize = 256;

impl Session {
    /// Brings an object's changes into its blocks, for whoever reads them.
    ///
    /// # Errors
    /// `Limit` if the file is full, `Unsupported` if the header cannot hold its messages, `Io`.
    pub(crate) fn settle(&mut self, object: Address) -> Result<()> {
        if !self.unsettled.remove(&object) {
            return Ok(());
        }
        let settled = self.settle_parts(object);
        if settled.is_err() {
            self.unsettled.insert(object);
            return settled;
        }
        // What was settled is not a change.
        self.unsettled.remove(&object);
        self.write_if_much_is_staged()
    }

    /// First what changes the header, then the header.
    fn settle_parts(&mut self, object: Address) -> Result<()> {
        self.stage_global_heap()?;
        if let Some(mut links) = self.links.remove(&object) {
            let settled = links.settle(self, object);
            self.links.insert(object, links);
            settled?;
        }
        let dataset = match self.datasets.remove(&object) {
            None => self.overwritten_state(object)?,
            state => state,
        };
        if let Some(mut dataset) = dataset {
            let settled = dataset.settle(self, object);
            if settled.is_err() || dataset.is_worth_keeping() {
                self.datasets.insert(object, dataset);
            }
            settled?;
        }
        if let Some(mut attributes) = self.attributes.remove(&object)
            && let Err(error) = attributes.settle(self, object)
        {
            self.attributes.insert(object, attributes);
            return Err(error);
        }
        let Some(mut header) = self.headers.remove(&object) else { return Ok(()) };
        let settled = if header.is_changed { header.settle(self) } else { Ok(()) };
        self.headers.insert(object, header);
        settled
    }

    /// Settles everything.
    ///
    /// # Errors
    /// As [`Session::settle`].
    pub(in crate::write) fn settle_all(&mut self) -> Result<()> {
        while !self.unsettled.is_empty() {
            self.settle_where(|_, _| true)?;
        }
        Ok(())
    }

    /// Settles the objects of a choice, in the order of their addresses.
    fn settle_where(&mut self, choice: impl Fn(&Self, Address) -> bool) -> Result<()> {
        let mut objects: Vec<Address> =
            self.unsettled.iter().copied().filter(|&object| choice(self, object)).collect();
        objects.sort_unstable();
        objects.into_iter().try_for_each(|object| self.settle(object))
    }

    /// Lets go of what objects keep in memory, once there are many of them. Called between operations.
    ///
    /// # Errors
    /// As [`Session::settle`].
    pub(crate) fn make_room(&mut self) -> Result<()> {
        let kept = self.headers.len().max(self.datasets.len()).max(self.links.len());
        if kept <= self.room && self.links_added <= PENDING_LINKS {
            return Ok(());
        }
        let pending = |session: &Self, group| session.links.get(&group).map_or(0, PendingLinks::pending);
        let total: usize = self.links.values().map(PendingLinks::pending).sum();
        // A group that grows is laid out again and again otherwise.
        let most = if total > PENDING_LINKS { 0 } else { LINKS_OF_A_LARGE_GROUP };
        self.settle_where(|session, object| pending(session, object) <= most || most == 0)?;
        let unsettled = &self.unsettled;
        self.headers.retain(|object, _| unsettled.contains(object));
        self.links.retain(|object, links| unsettled.contains(object) || links.has_more_than_stored());
        self.datasets.retain(|object, _| unsettled.contains(object));
        self.attributes.retain(|object, _| unsettled.contains(object));
        let kept = self.headers.len().max(self.datasets.len()).max(self.links.len());
        self.room = kept.saturating_mul(2).max(KEPT_OBJECTS);
        self.links_added = self.links.values().map(PendingLinks::pending).sum();
        Ok(())
    }
}
