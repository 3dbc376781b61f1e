//! Attributes in dense storage: changes are collected in memory and applied to heap and B-trees at once.

use std::collections::BTreeMap;

use h5_format::message::{MessageFlags, MessageType, SharedMessage};
use h5_types::{Address, Error, Result};

use super::message::{Attribute, body_of, shared_body};
use super::{Existing, LONGEST_BODY, NewMessage, Place, compact, info, not_found, storage};
use crate::group::{DenseAttribute, DenseAttributes};
use crate::object::FileCore;
use crate::write::fractal_heap::is_foreign;
use crate::write::header::HeaderMessage;
use crate::write::session::Session;

/// Bytes of attributes that wait in memory.
const PENDING_BYTES: usize = 4 << 20;
/// Creation order of attributes of objects that do not track it, as the C library writes it.
pub(super) const UNTRACKED: u16 = u16::MAX;

/// Changes of one object's densely stored attributes.
#[derive(Debug)]
pub(crate) struct DenseChanges {
    /// The attributes in the file, if there are any in dense storage.
    pub(super) stored: Option<DenseAttributes>,
    /// Those of them that go, by name.
    pub(super) removed: BTreeMap<Vec<u8>, StoredRecord>,
    /// Attributes that come.
    pub(super) added: BTreeMap<Vec<u8>, NewMessage>,
    added_bytes: usize,
}

/// What the index of names has of an attribute.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoredRecord {
    pub(super) heap_id: [u8; 8],
    pub(super) flags: u8,
    pub(super) creation_order: u32,
}

/// The changes of an object whose attributes are in dense storage.
pub(super) fn of<'s>(
    session: &'s mut Session,
    core: &FileCore,
    object: Address,
) -> Result<&'s mut DenseChanges> {
    if !session.attributes.contains_key(&object) {
        let info = info::of(core, session.peek_header(object)?)?;
        let stored = match info.map(|i| (i.fractal_heap_address, i.name_index_b_tree_address, i)) {
            Some((Some(heap), Some(names), info)) => {
                Some(DenseAttributes::open(core.storage(), heap, names, info.creation_order_b_tree_address)?)
            }
            _ => None,
        };
        session.attributes.insert(object, DenseChanges::new(stored));
    }
    session.attributes.get_mut(&object).ok_or_else(|| Error::not_found("no dense storage"))
}

/// Moves an object's attributes from its header to dense storage.
pub(super) fn begin<'s>(
    session: &'s mut Session,
    core: &FileCore,
    object: Address,
) -> Result<&'s mut DenseChanges> {
    let mut changes = DenseChanges::new(None);
    for message in &session.peek_header(object)?.messages {
        if message.kind == MessageType::Attribute {
            // A message of the file's heap of shared messages becomes one of the object's own.
            let body = body_of(core, message)?.into_owned();
            let name = Attribute::decode(core, &body)?.name.to_vec();
            let flags = message.flags.0 & !2;
            changes.add(&name, NewMessage { body, flags, creation: message.creation_index });
        }
    }
    session.header(object)?.remove_all(MessageType::Attribute);
    session.attributes.insert(object, changes);
    of(session, core, object)
}

/// Applies changes that take much memory.
pub(super) fn settle_if_large(session: &mut Session, object: Address) -> Result<()> {
    if session.attributes.get(&object).is_some_and(|changes| changes.added_bytes > PENDING_BYTES) {
        return session.settle(object);
    }
    Ok(())
}

impl DenseChanges {
    fn new(stored: Option<DenseAttributes>) -> Self {
        Self { stored, removed: BTreeMap::new(), added: BTreeMap::new(), added_bytes: 0 }
    }

    pub(super) fn find(&self, core: &FileCore, name: &[u8]) -> Result<Option<Existing>> {
        if let Some(message) = self.added.get(name) {
            let committed = Attribute::decode(core, &message.body)?.committed;
            let creation_index = message.creation;
            return Ok(Some(Existing { place: Place::Dense, committed, creation_index, stored: None }));
        }
        self.with_stored(core, name, |record, body| {
            Ok(Existing {
                place: Place::Dense,
                committed: Attribute::decode(core, body)?.committed,
                creation_index: u16::try_from(record.creation_order).ok(),
                stored: Some(record),
            })
        })
    }

    /// The body of an attribute that is there.
    pub(super) fn body(&self, core: &FileCore, name: &[u8]) -> Result<Vec<u8>> {
        if let Some(message) = self.added.get(name) {
            return Ok(message.body.clone());
        }
        self.with_stored(core, name, |_, body| Ok(body.to_vec()))?.ok_or_else(|| not_found(name))
    }

    /// Calls `take` with the attribute of a name that is in the file and stays.
    fn with_stored<T>(
        &self,
        core: &FileCore,
        name: &[u8],
        mut take: impl FnMut(StoredRecord, &[u8]) -> Result<T>,
    ) -> Result<Option<T>> {
        let Some(stored) = self.stored.as_ref().filter(|_| !self.removed.contains_key(name)) else {
            return Ok(None);
        };
        stored.find(core.storage(), name, |attribute| {
            let record = StoredRecord::of(&attribute)?;
            with_body(core, &attribute, |body| {
                let is_it = Attribute::decode(core, body)?.name == name;
                if is_it { take(record, body).map(Some) } else { Ok(None) }
            })
        })
    }

    /// Shows the bodies of all attributes.
    pub(super) fn each(&self, core: &FileCore, visit: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.each_stored(core, &mut |_, body| visit(body))?;
        self.added.values().try_for_each(|message| visit(&message.body))
    }

    /// Shows the bodies of all attributes but those that objects may share.
    pub(super) fn each_own(&self, core: &FileCore, visit: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.each_stored(core, &mut |record, body| if record.flags & 2 == 0 { visit(body) } else { Ok(()) })?;
        self.added.values().try_for_each(|message| visit(&message.body))
    }

    /// Shows the attributes that are in the file and stay.
    fn each_stored(
        &self,
        core: &FileCore,
        visit: &mut dyn FnMut(StoredRecord, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let Some(stored) = &self.stored else { return Ok(()) };
        stored.for_each_by_name(core.storage(), 0, &mut |attribute| {
            let record = StoredRecord::of(&attribute)?;
            with_body(core, &attribute, |body| {
                if self.removed.contains_key(Attribute::decode(core, body)?.name) {
                    return Ok(());
                }
                visit(record, body)
            })?;
            Ok(std::ops::ControlFlow::Continue(()))
        })
    }

    /// Takes away an attribute that is there.
    pub(super) fn remove(&mut self, name: &[u8], existing: &Existing) {
        if let Some(message) = self.added.remove(name) {
            self.added_bytes = self.added_bytes.saturating_sub(message.body.len());
        } else if let Some(record) = existing.stored {
            self.removed.insert(name.to_vec(), record);
        }
    }

    /// Adds an attribute whose name no other has.
    pub(super) fn add(&mut self, name: &[u8], message: NewMessage) {
        self.added_bytes = self.added_bytes.saturating_add(message.body.len());
        self.added.insert(name.to_vec(), message);
    }

    /// How many attributes there are.
    fn count(&self) -> u64 {
        let stored = self.stored.as_ref().map_or(0, DenseAttributes::len);
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        stored.saturating_sub(number(self.removed.len())).saturating_add(number(self.added.len()))
    }

    /// Brings the changes into heap and B-trees, or the attributes back into the header, if few are left.
    pub(crate) fn settle(&mut self, session: &mut Session, object: Address) -> Result<()> {
        if self.removed.is_empty() && self.added.is_empty() {
            return Ok(());
        }
        let core = std::sync::Arc::clone(session.core());
        let header = session.header(object)?;
        let fewest = compact::phase_change(header).minimum_dense_attributes;
        let mut info =
            info::of(&core, header)?.ok_or_else(|| Error::not_found("no Attribute Info message"))?;
        if self.count() < u64::from(fewest)
            && let Some(messages) = self.as_messages(&core, info.creation_order_tracked)?
        {
            storage::delete(session, &info)?;
            let header = session.header(object)?;
            header.messages.extend(messages);
            if header.find(MessageType::Attribute).is_none() {
                header.remove_all(MessageType::AttributeInfo);
                return Ok(());
            }
            info.fractal_heap_address = None;
            info.name_index_b_tree_address = None;
            info.creation_order_b_tree_address = None;
            return info::set(header, &core, &info);
        }
        if let Some(heap) = info.fractal_heap_address
            && is_foreign(session, heap)?
        {
            self.take_all(&core)?;
            storage::delete(session, &info)?;
            info.fractal_heap_address = None;
            info.name_index_b_tree_address = None;
            info.creation_order_b_tree_address = None;
        }
        let applied = storage::apply(session, &core, object, self, &mut info);
        // What was done before a failure has other addresses already.
        info::set(session.header(object)?, &core, &info)?;
        applied
    }

    /// Takes the attributes that are in the file and stay among those that come: for new dense storage in the place of the old.
    fn take_all(&mut self, core: &FileCore) -> Result<()> {
        let mut taken = Vec::new();
        self.each_stored(core, &mut |record, body| {
            let name = Attribute::decode(core, body)?.name.to_vec();
            // An attribute of the file's heap of shared messages becomes one of the object's own.
            let creation = u16::try_from(record.creation_order).ok();
            taken.push((name, NewMessage { body: body.to_vec(), flags: record.flags & !2, creation }));
            Ok(())
        })?;
        self.stored = None;
        self.removed.clear();
        taken.into_iter().for_each(|(name, message)| self.add(&name, message));
        Ok(())
    }

    /// All attributes as messages of a header, unless one is too long.
    fn as_messages(&self, core: &FileCore, tracked: bool) -> Result<Option<Vec<HeaderMessage>>> {
        let mut messages = Vec::new();
        let mut fits = true;
        let mut push = |flags: u8, creation: Option<u16>, body: &[u8]| {
            fits &= body.len() <= LONGEST_BODY;
            messages.push(HeaderMessage {
                kind: MessageType::Attribute,
                flags: MessageFlags(flags),
                creation_index: creation.filter(|_| tracked),
                body: body.into(),
            });
        };
        self.each_stored(core, &mut |record, body| {
            let creation = u16::try_from(record.creation_order).ok();
            if record.flags & 2 == 0 {
                push(record.flags, creation, body);
            } else {
                let mut shared = Vec::new();
                SharedMessage::Heap(record.heap_id).encode(3, core.storage().sizes(), &mut shared)?;
                push(record.flags, creation, &shared);
            }
            Ok(())
        })?;
        for message in self.added.values() {
            push(message.flags, message.creation, &message.body);
        }
        messages.sort_by_key(|message| message.creation_index);
        Ok(fits.then_some(messages))
    }
}

impl StoredRecord {
    fn of(attribute: &DenseAttribute<'_>) -> Result<Self> {
        let record = attribute.record;
        let heap_id =
            record.heap_id.try_into().map_err(|_| Error::format("a heap ID of other than 8 bytes"))?;
        Ok(Self { heap_id, flags: record.message_flags, creation_order: record.creation_order })
    }
}

/// The body of an attribute, which may lie in the file's heap of shared messages.
fn with_body<T>(
    core: &FileCore,
    attribute: &DenseAttribute<'_>,
    take: impl FnOnce(&[u8]) -> Result<T>,
) -> Result<T> {
    match attribute.message {
        Some(body) => take(body),
        None => take(&shared_body(core, SharedMessage::Heap(StoredRecord::of(attribute)?.heap_id))?),
    }
}
