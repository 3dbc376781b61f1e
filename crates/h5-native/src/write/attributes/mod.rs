//! Attributes: created, replaced, renamed, removed.
//!
//! Up to eight attributes of an object (or as many as its header says) are messages of its header, more of them, or one that is longer than a
//! message, are in *dense storage* (specification IV.A.2.v): a fractal heap with a B-tree of their names. Headers of version 1 have no dense
//! storage. While an object is changed, its attributes are in memory: compact ones as messages of the edited header, changes of dense ones in
//! [`DenseChanges`].

mod compact;
mod dense;
mod info;
mod message;
mod storage;
mod values;

use std::sync::Arc;

use h5_types::{Address, Elements, Error, ErrorKind, Name, NewAttribute, Result};

pub(super) use self::dense::DenseChanges;
use self::message::Attribute;
pub(super) use self::values::of_all as objects_of_all;
use super::datatypes::{self, StoredDatatype};
use super::object::changed_now;
use super::session::Session;
use super::stored_form::StoredForm;
use crate::object::FileCore;

/// Longest body of a message in a header of version 2; in version 1 it is padded to eight bytes.
const LONGEST_BODY: usize = 65_535;
const LONGEST_BODY_VERSION_1: usize = 65_528;
/// Messages in a header of version 1, which counts them in 16 bits; some are left for what else it may need.
const MOST_MESSAGES_VERSION_1: usize = 65_000;

/// Creates an attribute with its value, in the place of one of that name if `replace` says so.
///
/// # Errors
/// See `h5_backend::Node::write_attribute`.
pub(crate) fn write(
    session: &mut Session,
    object: Address,
    new: &NewAttribute,
    value: &Elements,
    replace: bool,
) -> Result<()> {
    new.check()?;
    let name = new.name.as_bytes();
    let stored = StoredDatatype::new(session, &new.datatype, new.committed_datatype)?;
    let form = StoredForm::new(&value.datatype, &stored.datatype)?;
    let whole = value.bytes.len().is_multiple_of(value.datatype.size().max(1));
    if !whole || u64::try_from(value.count()).ok() != new.dataspace.element_count() {
        let message = format!("{} elements of an attribute of {:?}", value.count(), new.dataspace);
        return Err(Error::usage(message));
    }
    let core = Arc::clone(session.core());
    let existing = find(session, &core, object, name)?;
    if existing.is_some() && !replace {
        return Err(already_exists(&new.name));
    }
    let data_bytes = value.count().checked_mul(form.stored_size());
    let data_bytes = data_bytes.ok_or_else(|| Error::limit("an attribute longer than memory"))?;
    let mut data = vec![0; data_bytes];
    form.encode_unseen(session, &value.bytes, &value.heap, &mut data)?;
    let body = message::encode(session, new, &stored, &data)?;
    check_room(session, object, body.len())?;
    let lost = values::of_existing(session, &core, object, (name, existing.as_ref()))?;
    let creation = info::next_creation_index(session, &core, object, existing.as_ref())?;

    let before = existing.as_ref().and_then(|attribute| attribute.committed);
    if before != stored.committed {
        if let Some(committed) = stored.committed {
            datatypes::share(session, committed, object)?;
        }
        if let Some(committed) = before {
            datatypes::unshare(session, committed, object)?;
        }
    }
    put(session, &core, object, name, existing, NewMessage { body, flags: 0, creation })?;
    session.lose_heap_objects(&lost)
}

/// Removes an attribute.
///
/// A shared attribute message goes from the object, not from the file's heap of shared messages, where others may use it.
///
/// # Errors
/// See `h5_backend::Node::remove_attribute`.
pub(crate) fn remove(session: &mut Session, object: Address, name: &[u8]) -> Result<()> {
    let core = Arc::clone(session.core());
    let existing = find(session, &core, object, name)?.ok_or_else(|| not_found(name))?;
    let lost = values::of_existing(session, &core, object, (name, Some(&existing)))?;
    if let Some(committed) = existing.committed {
        datatypes::unshare(session, committed, object)?;
    }
    match existing.place {
        Place::Header(position) => compact::remove(session.header(object)?, position),
        Place::Dense => {
            session.touch(object);
            dense::of(session, &core, object)?.remove(name, &existing);
        }
    }
    changed_now(session.header(object)?);
    session.lose_heap_objects(&lost)
}

/// Gives an attribute another name.
///
/// # Errors
/// See `h5_backend::Node::rename_attribute`.
pub(crate) fn rename(session: &mut Session, object: Address, from: &[u8], to: &Name) -> Result<()> {
    let core = Arc::clone(session.core());
    let existing = find(session, &core, object, from)?.ok_or_else(|| not_found(from))?;
    let name = to.as_bytes();
    if name.is_empty() || name.contains(&0) {
        return Err(Error::usage(format!("`{to}` is no name of an attribute")));
    }
    if find(session, &core, object, name)?.is_some() {
        return Err(already_exists(to));
    }
    let body = match existing.place {
        Place::Header(position) => {
            let messages = &session.peek_header(object)?.messages;
            let message = messages.get(position).ok_or_else(|| not_found(from))?;
            message::renamed(&message::body_of(&core, message)?, name)?
        }
        Place::Dense => message::renamed(&dense::of(session, &core, object)?.body(&core, from)?, name)?,
    };
    check_room(session, object, body.len())?;
    let creation = existing.creation_index;
    let message = NewMessage { body, flags: 0, creation };
    if matches!(existing.place, Place::Dense) {
        dense::of(session, &core, object)?.remove(from, &existing);
        return put(session, &core, object, name, None, message);
    }
    put(session, &core, object, name, Some(existing), message)
}

/// Committed datatypes that an object's attributes in dense storage share, once for each use.
///
/// # Errors
/// `Format`, `Io`.
pub(super) fn shared_by_dense(session: &mut Session, object: Address) -> Result<Vec<Address>> {
    let core = Arc::clone(session.core());
    let mut committed = Vec::new();
    if session.attributes.contains_key(&object) || info::is_dense(session, &core, object)? {
        dense::of(session, &core, object)?.each(&core, &mut |body| {
            committed.extend(Attribute::decode(&core, body)?.committed);
            Ok(())
        })?;
    }
    Ok(committed)
}

/// Gives back the dense storage of an object that goes.
///
/// # Errors
/// `Format`, `Io`.
pub(super) fn delete_dense(session: &mut Session, object: Address) -> Result<()> {
    session.attributes.remove(&object);
    let core = Arc::clone(session.core());
    match info::of(&core, session.peek_header(object)?)? {
        Some(info) => storage::delete(session, &info),
        None => Ok(()),
    }
}

/// An attribute that is there.
#[derive(Debug)]
struct Existing {
    place: Place,
    committed: Option<Address>,
    creation_index: Option<u16>,
    /// Heap ID and flags of one that is in dense storage in the file.
    stored: Option<dense::StoredRecord>,
}

/// Where an attribute is.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// Number of the message.
    Header(usize),
    Dense,
}

/// An attribute message that is to be stored.
#[derive(Debug)]
struct NewMessage {
    body: Vec<u8>,
    flags: u8,
    creation: Option<u16>,
}

/// Finds an attribute by its name.
fn find(session: &mut Session, core: &FileCore, object: Address, name: &[u8]) -> Result<Option<Existing>> {
    if session.attributes.contains_key(&object) || info::is_dense(session, core, object)? {
        return dense::of(session, core, object)?.find(core, name);
    }
    compact::find(core, session.peek_header(object)?, name)
}

/// Puts an attribute in the place of one that is there, or adds it; in the header, or in dense storage if that has become necessary.
fn put(
    session: &mut Session,
    core: &FileCore,
    object: Address,
    name: &[u8],
    existing: Option<Existing>,
    message: NewMessage,
) -> Result<()> {
    if session.attributes.contains_key(&object) || info::is_dense(session, core, object)? {
        changed_now(session.header(object)?);
        let changes = dense::of(session, core, object)?;
        if let Some(existing) = &existing {
            changes.remove(name, existing);
        }
        changes.add(name, message);
        return dense::settle_if_large(session, object);
    }
    let position = existing.and_then(|attribute| match attribute.place {
        Place::Header(position) => Some(position),
        Place::Dense => None,
    });
    let header = session.header(object)?;
    if compact::has_room(header, position.is_some(), message.body.len()) {
        compact::put(header, position, message);
        changed_now(header);
        return info::ensure(header, core);
    }
    if let Some(position) = position {
        compact::remove(header, position);
    }
    info::ensure(header, core)?;
    changed_now(header);
    dense::begin(session, core, object)?.add(name, message);
    dense::settle_if_large(session, object)
}

/// Fails if an object's header cannot hold a message of so many bytes and there is no other place.
fn check_room(session: &mut Session, object: Address, body_bytes: usize) -> Result<()> {
    let header = session.peek_header(object)?;
    if header.prefix.version != 1 {
        return Ok(());
    }
    if body_bytes > LONGEST_BODY_VERSION_1 {
        return Err(Error::unsupported(format!(
            "an attribute of {body_bytes} bytes: object headers of version 1 hold at most {LONGEST_BODY_VERSION_1}; objects made within \
             the version bounds of 1.8 or later hold any"
        )));
    }
    if header.messages.len() >= MOST_MESSAGES_VERSION_1 {
        return Err(Error::unsupported("more attributes than an object header of version 1 counts"));
    }
    Ok(())
}

fn already_exists(name: &Name) -> Error {
    Error::new(ErrorKind::AlreadyExists, format!("an attribute `{name}`"))
}

fn not_found(name: &[u8]) -> Error {
    Error::not_found(format!("no attribute `{}`", Name::new(name)))
}
