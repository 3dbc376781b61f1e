//! Object headers of a session, and which objects have changed.

use std::collections::hash_map::Entry;

use h5_format::object_header::Prefix;
use h5_types::{Address, Result};

use super::Session;
use crate::object::ObjectHeader;
use crate::write::header::{EditedHeader, HeaderMessage, HeaderView};
use crate::write::space::SpaceKind;

impl Session {
    /// The header of an object, to be changed.
    ///
    /// # Errors
    /// Those of loading it; `Unsupported` if it says that it must not be changed.
    pub(crate) fn header(&mut self, address: Address) -> Result<&mut EditedHeader> {
        self.touch(address);
        let header = self.load(address)?;
        header.is_changed = true;
        Ok(header)
    }

    /// The header of an object that may be changed, to be looked at.
    ///
    /// # Errors
    /// As [`Session::header`].
    pub(crate) fn peek_header(&mut self, address: Address) -> Result<&EditedHeader> {
        self.load(address).map(|header| &*header)
    }

    fn load(&mut self, address: Address) -> Result<&mut EditedHeader> {
        match self.headers.entry(address) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let stored = ObjectHeader::load(self.core.storage(), address)?;
                Ok(entry.insert(EditedHeader::from_stored(&stored)?))
            }
        }
    }

    /// An object's header as it is now, for who does not change it.
    ///
    /// # Errors
    /// Those of loading it.
    pub(crate) fn peek(&self, address: Address) -> Result<HeaderView<'_>> {
        if let Some(header) = self.headers.get(&address) {
            return Ok(HeaderView::Edited(header));
        }
        let stored = ObjectHeader::load(self.core.storage(), address)?;
        Ok(HeaderView::Stored(EditedHeader::view(&stored)))
    }

    /// An object's header, if it is in memory.
    pub(crate) fn header_in_memory(&self, address: Address) -> Option<&EditedHeader> {
        self.headers.get(&address)
    }

    /// A new object, to which nothing leads yet. `room` is what the first block has for messages, in bytes, and is made larger if the
    /// messages need it.
    ///
    /// # Errors
    /// As [`Session::allocate`].
    pub(crate) fn create_header(
        &mut self,
        prefix: impl Fn(u64) -> Prefix,
        messages: Vec<HeaderMessage>,
        room: u64,
    ) -> Result<Address> {
        let probe = prefix(room);
        let needed = messages.iter().map(|m| probe.message_bytes(m.body.len())).fold(0, u64::saturating_add);
        let prefix = prefix(room.max(needed));
        let address = self.allocate(SpaceKind::Stable, prefix.block_bytes())?;
        self.headers.insert(address, EditedHeader::new(address, prefix, messages));
        self.touch(address);
        Ok(address)
    }

    /// Forgets a header whose object is gone, and gives back its blocks.
    ///
    /// # Errors
    /// As [`Session::header`].
    pub(crate) fn remove_header(&mut self, address: Address) -> Result<()> {
        let header = self.header(address)?;
        let first = header.prefix.block_bytes();
        let blocks = header.continuations().to_vec();
        // Handles that were opened since its last change are of another object than what comes in its place.
        let changes = self.changes.entry(address).or_insert(0);
        *changes = changes.saturating_add(1);
        self.headers.remove(&address);
        self.links.remove(&address);
        self.datasets.remove(&address);
        self.attributes.remove(&address);
        self.overwritten.remove(&address);
        self.unsettled.remove(&address);
        self.removed.insert(address, self.changes(address));
        for (address, length) in blocks {
            self.free(address, length);
        }
        self.free(address, first);
        Ok(())
    }

    /// Counts a change of an object, and remembers that it has to be settled before it is read.
    pub(crate) fn touch(&mut self, object: Address) {
        self.dirty = true;
        if self.unsettled.contains(&object) {
            // Nobody has looked at it since it was touched before.
            return;
        }
        let count = self.changes.entry(object).or_insert(0);
        *count = count.saturating_add(1);
        self.unsettled.insert(object);
    }

    /// How often an object has changed.
    pub(crate) fn changes(&self, object: Address) -> u64 {
        self.changes.get(&object).copied().unwrap_or(0)
    }

    /// False if the object that was at an address after so many changes has been removed since.
    pub(crate) fn is_alive(&self, object: Address, changes: u64) -> bool {
        self.removed.get(&object).is_none_or(|&removed| changes >= removed)
    }

    /// True if the object at an address was removed, and no other has come in its place.
    pub(crate) fn is_gone(&self, object: Address) -> bool {
        self.removed.get(&object).is_some_and(|&removed| self.changes(object) == removed)
    }

    /// True if an object has changes that are not in its blocks yet.
    pub(crate) fn is_unsettled(&self, object: Address) -> bool {
        self.unsettled.contains(&object)
    }
}
