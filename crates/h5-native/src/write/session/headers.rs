//! Object headers of a session, and which objects have changed.

use h5_format::object_header::Prefix;
use h5_types::{Address, Error, Result};

use super::Session;
use crate::object::ObjectHeader;
use crate::write::header::{EditedHeader, HeaderMessage, HeaderView};
use crate::write::space::SpaceKind;

/// Objects whose changes wait in memory to be laid out together.
const UNSETTLED_OBJECTS: usize = 1024;

impl Session {
    /// The header of an object, to be changed.
    ///
    /// # Errors
    /// Those of loading it; `Unsupported` if it says that it must not be changed.
    pub(crate) fn header(&mut self, address: Address) -> Result<&mut EditedHeader> {
        self.touch(address);
        if !self.headers.contains_key(&address) {
            let stored = ObjectHeader::load(self.core.storage(), address)?;
            self.headers.insert(address, EditedHeader::from_stored(&stored)?);
        }
        let header = self.headers.get_mut(&address).ok_or_else(|| Error::not_found("no object header"))?;
        header.changed = true;
        Ok(header)
    }

    /// The messages of an object's header as they are now, for reading.
    ///
    /// # Errors
    /// As [`Session::header`].
    pub(crate) fn messages(&self, address: Address) -> Result<Vec<HeaderMessage>> {
        if let Some(header) = self.headers.get(&address) {
            return Ok(header.messages.clone());
        }
        let stored = ObjectHeader::load(self.core.storage(), address)?;
        Ok(EditedHeader::from_stored(&stored)?.messages)
    }

    /// The header of an object, to be looked at.
    ///
    /// # Errors
    /// As [`Session::header`].
    pub(crate) fn peek_header(&mut self, address: Address) -> Result<&EditedHeader> {
        if !self.headers.contains_key(&address) {
            let stored = ObjectHeader::load(self.core.storage(), address)?;
            self.headers.insert(address, EditedHeader::from_stored(&stored)?);
        }
        self.headers.get(&address).ok_or_else(|| Error::not_found("no object header"))
    }

    /// The messages of an object's header as they are now, for who does not change them.
    ///
    /// # Errors
    /// Those of loading it.
    pub(crate) fn peek(&self, address: Address) -> Result<HeaderView> {
        if let Some(header) = self.headers.get(&address) {
            let reference_count = header.reference_count()?;
            return Ok(HeaderView { messages: header.messages.clone(), reference_count });
        }
        let stored = ObjectHeader::load(self.core.storage(), address)?;
        let messages = stored.messages().map(HeaderMessage::from_raw).collect();
        Ok(HeaderView { messages, reference_count: stored.reference_count()? })
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
        if self.unsettled.len() > UNSETTLED_OBJECTS {
            self.settle_all()?;
            // All that they kept is in their blocks; it is made again from there.
            self.links.clear();
            self.datasets.clear();
            self.headers.clear();
        }
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
        self.headers.remove(&address);
        self.links.remove(&address);
        self.datasets.remove(&address);
        self.attributes.remove(&address);
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
