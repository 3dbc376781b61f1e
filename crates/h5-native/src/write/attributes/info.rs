//! The Attribute Info message (specification IV.A.2.v): where attributes are, and how they are numbered.
//!
//! The text calls the number in it the largest that an attribute has; files of the C library have the one that the next attribute gets.

use h5_format::message::{AttributeInfo, MessageFlags, MessageType};
use h5_types::{Address, Error, Result};

use super::Existing;
use crate::object::FileCore;
use crate::write::header::{EditedHeader, HeaderMessage};
use crate::write::session::Session;

/// The object's message, if it has one.
pub(super) fn of(core: &FileCore, header: &EditedHeader) -> Result<Option<AttributeInfo>> {
    let Some(message) = header.find(MessageType::AttributeInfo) else { return Ok(None) };
    let info = AttributeInfo::decode(&message.body, core.context());
    info.map(Some).map_err(|e| Error::from(e).at_address(header.address.0))
}

/// True if an object's attributes are in dense storage in the file.
pub(super) fn is_dense(session: &mut Session, core: &FileCore, object: Address) -> Result<bool> {
    let info = of(core, session.peek_header(object)?)?;
    Ok(info.is_some_and(|i| i.fractal_heap_address.is_some() && i.name_index_b_tree_address.is_some()))
}

/// Changes the message.
pub(super) fn set(header: &mut EditedHeader, core: &FileCore, info: &AttributeInfo) -> Result<()> {
    let mut body = Vec::new();
    info.encode(core.storage().sizes(), &mut body)?;
    match header.messages.iter_mut().find(|message| message.kind == MessageType::AttributeInfo) {
        Some(message) => message.body = body.into(),
        None => {
            let mut message = HeaderMessage::new(MessageType::AttributeInfo, body);
            // It must not be shared (bit 2): it changes.
            message.flags = MessageFlags(4);
            header.messages.push(message);
        }
    }
    Ok(())
}

/// Adds the message to a header of version 2 that has attributes but no such message: editors count on it.
pub(super) fn ensure(header: &mut EditedHeader, core: &FileCore) -> Result<()> {
    if header.prefix.version == 1 || header.find(MessageType::AttributeInfo).is_some() {
        return Ok(());
    }
    let tracked = header.prefix.attribute_creation_order_tracked;
    let indices = header.messages.iter().filter(|message| message.kind == MessageType::Attribute);
    let largest = indices.filter_map(|message| message.creation_index).max();
    let next = largest.map_or(0, |index| index.saturating_add(1));
    let info = AttributeInfo {
        creation_order_tracked: tracked,
        creation_order_indexed: header.prefix.attribute_creation_order_indexed,
        maximum_creation_index: tracked.then_some(next),
        fractal_heap_address: None,
        name_index_b_tree_address: None,
        creation_order_b_tree_address: None,
    };
    set(header, core, &info)
}

/// The number of an attribute that is being made, which is not given out again; `None` where the order is not tracked.
///
/// One that replaces the last one made has its number, so that an attribute that is written over and over does not use them up.
pub(super) fn next_creation_index(
    session: &mut Session,
    core: &FileCore,
    object: Address,
    existing: Option<&Existing>,
) -> Result<Option<u16>> {
    if !session.peek_header(object)?.prefix.attribute_creation_order_tracked {
        return Ok(None);
    }
    let header = session.header(object)?;
    ensure(header, core)?;
    let Some(mut info) = of(core, header)? else { return Ok(None) };
    let next = info.maximum_creation_index.unwrap_or(0);
    let last = next.checked_sub(1);
    if last.is_some() && existing.is_some_and(|attribute| attribute.creation_index == last) {
        return Ok(last);
    }
    let after = next.checked_add(1);
    let after =
        after.ok_or_else(|| Error::limit("65,535 attributes were made on an object that numbers them"))?;
    info.creation_order_tracked = true;
    info.maximum_creation_index = Some(after);
    set(header, core, &info)?;
    Ok(Some(next))
}
