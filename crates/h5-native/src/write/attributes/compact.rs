//! Attributes that are messages of their object's header.

use h5_format::message::{MessageFlags, MessageType};
use h5_format::object_header::AttributePhaseChange;
use h5_types::Result;

use super::message::{Attribute, body_of};
use super::{Existing, LONGEST_BODY, NewMessage, Place};
use crate::object::FileCore;
use crate::write::header::{EditedHeader, HeaderMessage};

/// Most attributes of a header, and fewest of dense storage, unless the header says otherwise (IV.A.1.b).
const PHASE_CHANGE: AttributePhaseChange =
    AttributePhaseChange { maximum_compact_attributes: 8, minimum_dense_attributes: 6 };

/// When an object's attributes change between compact and dense storage.
pub(super) fn phase_change(header: &EditedHeader) -> AttributePhaseChange {
    header.prefix.attribute_phase_change.unwrap_or(PHASE_CHANGE)
}

/// Finds an attribute. One that cannot be read may be the one that is looked for: it is an error unless another one is.
pub(super) fn find(core: &FileCore, header: &EditedHeader, name: &[u8]) -> Result<Option<Existing>> {
    let mut failure = None;
    for (position, message) in header.messages.iter().enumerate() {
        if message.kind != MessageType::Attribute {
            continue;
        }
        let found = body_of(core, message).and_then(|body| {
            let attribute = Attribute::decode(core, &body)?;
            Ok((attribute.name == name).then_some(attribute.committed))
        });
        match found {
            Ok(Some(committed)) => {
                let creation_index = message.creation_index;
                return Ok(Some(Existing {
                    place: Place::Header(position),
                    committed,
                    creation_index,
                    stored: None,
                }));
            }
            Ok(None) => {}
            Err(error) => failure = Some(error),
        }
    }
    failure.map_or(Ok(None), |error| Err(error.at_address(header.address.0)))
}

/// True if the header may have one more attribute, or another in the place of one, with a body of so many bytes. Version 1 has no other
/// place.
pub(super) fn has_room(header: &EditedHeader, replaces: bool, body_bytes: usize) -> bool {
    if header.prefix.version == 1 {
        return true;
    }
    let attributes = header.messages.iter().filter(|message| message.kind == MessageType::Attribute).count();
    let most = usize::from(phase_change(header).maximum_compact_attributes);
    body_bytes <= LONGEST_BODY && (replaces || attributes < most)
}

/// Puts an attribute in the place of one, or after all others.
pub(super) fn put(header: &mut EditedHeader, position: Option<usize>, new: NewMessage) {
    let message = HeaderMessage {
        kind: MessageType::Attribute,
        flags: MessageFlags(new.flags),
        creation_index: new.creation,
        body: new.body.into(),
    };
    match position.and_then(|position| header.messages.get_mut(position)) {
        Some(place) => *place = message,
        None => {
            if header.messages.len() == header.messages.capacity() {
                header.messages.reserve(usize::from(PHASE_CHANGE.maximum_compact_attributes));
            }
            header.messages.push(message);
        }
    }
}

/// Takes an attribute away, and with the last one what is said of all of them.
pub(super) fn remove(header: &mut EditedHeader, position: usize) {
    if position < header.messages.len() {
        header.messages.remove(position);
    }
    if header.find(MessageType::Attribute).is_none() {
        header.remove_all(MessageType::AttributeInfo);
    }
}
