//! Values of attributes that are replaced or removed: the objects of the global heap that they lead to.

use std::sync::Arc;

use h5_format::message::{AttributeMessage, MaybeShared, MessageType, dataspace, datatype};
use h5_types::{Address, Error, Result};

use super::{Existing, Place, dense, info};
use crate::object::{FileCore, resolve};
use crate::shared_messages::SharedMessageHeaps;
use crate::write::heap_values::{HeapObjects, HeapValues, readable};
use crate::write::session::Session;

/// Objects that the value of an attribute leads to which is there; none if other objects may share the attribute.
///
/// # Errors
/// `Io`.
pub(super) fn of_existing(
    session: &mut Session,
    core: &FileCore,
    object: Address,
    (name, existing): (&[u8], Option<&Existing>),
) -> Result<HeapObjects> {
    let body = match existing {
        None => None,
        Some(Existing { place: Place::Header(position), .. }) => {
            let message = session.peek_header(object)?.messages.get(*position);
            message.filter(|message| !message.flags.is_shared()).map(|message| message.body.to_vec())
        }
        Some(Existing { stored: Some(record), .. }) if record.flags & 2 != 0 => None,
        Some(_) => Some(dense::of(session, core, object)?.body(core, name)?),
    };
    let mut found = HeapObjects::new();
    if let Some(body) = body {
        readable(add(session, core, &body, &mut found))?;
    }
    Ok(found)
}

/// Objects that the values of all attributes of an object lead to which other objects do not share.
///
/// # Errors
/// `Format`, `Io`.
pub(in crate::write) fn of_all(session: &mut Session, object: Address) -> Result<HeapObjects> {
    let core = Arc::clone(session.core());
    let header = session.peek_header(object)?;
    let own = header.messages.iter();
    let own = own.filter(|message| message.kind == MessageType::Attribute && !message.flags.is_shared());
    let mut bodies: Vec<Vec<u8>> = own.map(|message| message.body.to_vec()).collect();
    if session.attributes.contains_key(&object) || info::is_dense(session, &core, object)? {
        dense::of(session, &core, object)?.each_own(&core, &mut |body| {
            bodies.push(body.to_vec());
            Ok(())
        })?;
    }
    let mut found = HeapObjects::new();
    for body in &bodies {
        readable(add(session, &core, body, &mut found))?;
    }
    Ok(found)
}

fn add(session: &Session, core: &FileCore, body: &[u8], found: &mut HeapObjects) -> Result<()> {
    let message = AttributeMessage::decode(body)?;
    let heaps = SharedMessageHeaps::default();
    let read = |core: &FileCore, address, id: &[u8]| heaps.read(core, address, id);
    let part = message.datatype(core.context())?;
    let datatype = resolve(core, &read, MessageType::Datatype, part, datatype::decode)?;
    let Some(values) = HeapValues::of_elements(&datatype) else { return Ok(()) };
    let part: MaybeShared<_> = message.dataspace(core.context())?;
    let dataspace = resolve(core, &read, MessageType::Dataspace, part, dataspace::decode)?;
    let size = u64::try_from(datatype.size()).unwrap_or(u64::MAX);
    let bytes = dataspace.element_count().and_then(|count| count.checked_mul(size));
    let bytes = bytes.ok_or_else(|| Error::format("an attribute of more bytes than 64 bits count"))?;
    values.collect(session, message.data(bytes)?, found)
}
