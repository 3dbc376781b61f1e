//! Attribute messages (specification IV.A.2.m).

use std::borrow::Cow;

use h5_format::message::dataspace::{self, DataspaceForm};
use h5_format::message::{AttributeMessage, AttributePart, MaybeShared, MessageType, SharedMessage};
use h5_types::{Address, CharacterSet, Dataspace, Error, LibverBounds, NewAttribute, Result};

use crate::object::{FileCore, resolve};
use crate::shared_messages::SharedMessageHeaps;
use crate::write::datatypes::StoredDatatype;
use crate::write::header::HeaderMessage;
use crate::write::session::Session;

/// What changing an attribute needs to know of it.
#[derive(Debug)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a [u8],
    /// The committed datatype that it shares.
    pub(super) committed: Option<Address>,
}

impl<'a> Attribute<'a> {
    pub(super) fn decode(core: &FileCore, body: &'a [u8]) -> Result<Self> {
        let message = AttributeMessage::decode(body)?;
        let part = message.datatype_part();
        let mut committed = None;
        if part.is_shared
            && let SharedMessage::ObjectHeader(address) = SharedMessage::decode(part.body, core.context())?
        {
            committed = Some(address);
        }
        Ok(Self { name: message.name, committed })
    }
}

/// The body of a message of a header, which may lie in the file's heap of shared messages.
pub(super) fn body_of<'m>(core: &FileCore, message: &'m HeaderMessage) -> Result<Cow<'m, [u8]>> {
    if !message.flags.is_shared() {
        return Ok(Cow::Borrowed(&message.body));
    }
    let shared = SharedMessage::decode(&message.body, core.context())?;
    shared_body(core, shared).map(Cow::Owned)
}

/// The body of an attribute message that is shared.
pub(super) fn shared_body(core: &FileCore, shared: SharedMessage) -> Result<Vec<u8>> {
    let heaps = SharedMessageHeaps::default();
    let read = |core: &FileCore, address, id: &[u8]| heaps.read(core, address, id);
    resolve(core, &read, MessageType::Attribute, MaybeShared::Shared(shared), |body, _| Ok(body.to_vec()))
}

/// Encodes a new attribute: version 1 for the oldest readers, unless it shares its datatype (2) or its name is not ASCII (3).
pub(super) fn encode(
    session: &Session,
    new: &NewAttribute,
    stored: &StoredDatatype,
    data: &[u8],
) -> Result<Vec<u8>> {
    let sizes = session.sizes();
    let is_oldest = session.options().bounds == LibverBounds::Earliest;
    let is_null = matches!(new.dataspace, Dataspace::Null);
    let form = DataspaceForm { version: if is_oldest && !is_null { 1 } else { 2 }, with_maximum: true };
    let fails = |e| Error::unsupported("an attribute that cannot be described in a file").with_source(e);
    let mut space = Vec::new();
    dataspace::encode(&new.dataspace, form, sizes, &mut space).map_err(fails)?;
    let name = new.name.as_bytes();
    let character_set = character_set(name);
    let is_shared = stored.committed.is_some();
    let version = match (is_oldest, character_set, is_shared) {
        (true, CharacterSet::Ascii, false) => 1,
        (true, CharacterSet::Ascii, true) => 2,
        _ => 3,
    };
    let datatype = AttributePart { body: &stored.body, is_shared };
    let dataspace = AttributePart { body: &space, is_shared: false };
    let parts = [name.len(), stored.body.len(), space.len(), data.len()];
    // Before them and between them there are some 10 bytes, or 40 where they are padded.
    let mut body = Vec::with_capacity(parts.into_iter().fold(40, usize::saturating_add));
    AttributeMessage::new(name, character_set, datatype, dataspace, data)
        .encode(version, &mut body)
        .map_err(fails)?;
    Ok(body)
}

/// The same attribute under another name.
pub(super) fn renamed(body: &[u8], name: &[u8]) -> Result<Vec<u8>> {
    let old = AttributeMessage::decode(body)?;
    let character_set = character_set(name);
    let version = if character_set == CharacterSet::Utf8 { 3 } else { body.first().copied().unwrap_or(1) };
    let mut renamed = Vec::new();
    AttributeMessage::new(name, character_set, old.datatype_part(), old.dataspace_part(), old.padded_data())
        .encode(version, &mut renamed)
        .map_err(|e| Error::unsupported("a name that this attribute cannot have").with_source(e))?;
    Ok(renamed)
}

fn character_set(name: &[u8]) -> CharacterSet {
    if name.is_ascii() { CharacterSet::Ascii } else { CharacterSet::Utf8 }
}
