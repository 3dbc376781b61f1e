//! Links of groups, made and removed.

use h5_format::message::{LinkMessage, LinkMessageTarget, MessageType};
use h5_format::object_header::Prefix;
use h5_types::{Address, CharacterSet, Error, LinkTarget, Name, NewGroup, ObjectToken, Result};

use super::create::{GROUP_ROOM, group_messages};
use super::header::HeaderMessage;
use super::session::Session;

/// Creates a group and the link to it.
///
/// # Errors
/// See `h5_backend::GroupNode::create_group`.
pub(crate) fn create_group(
    session: &mut Session,
    parent: Address,
    name: &Name,
    group: &NewGroup,
) -> Result<Address> {
    check_name(name)?;
    let messages = group_messages(group, session.sizes())?;
    let messages = messages.into_iter().map(|(kind, body)| HeaderMessage::new(kind, body)).collect();
    let prefix = |room| Prefix::version_2(room, None, group.tracks_attribute_creation);
    let address = session.create_header(prefix, messages, GROUP_ROOM)?;
    insert(session, parent, name, &LinkTarget::Hard(ObjectToken(u128::from(address.0))))?;
    Ok(address)
}

/// Adds a link to a group.
pub(crate) fn insert(session: &mut Session, group: Address, name: &Name, target: &LinkTarget) -> Result<()> {
    let sizes = session.sizes();
    let header = session.header(group)?;
    let mut body = Vec::new();
    let message = LinkMessage {
        name: name.as_bytes(),
        character_set: character_set(name),
        creation_order: None,
        target: stored_target(target)?,
    };
    message.encode(sizes, &mut body)?;
    header.messages.push(HeaderMessage::new(MessageType::Link, body));
    Ok(())
}

fn character_set(name: &Name) -> CharacterSet {
    if name.as_bytes().is_ascii() { CharacterSet::Ascii } else { CharacterSet::Utf8 }
}

fn stored_target(target: &LinkTarget) -> Result<LinkMessageTarget<'_>> {
    Ok(match target {
        LinkTarget::Hard(token) => {
            let address = u64::try_from(token.0).map_err(|_| Error::usage("a token of another backend"))?;
            LinkMessageTarget::Hard(Address(address))
        }
        _ => return Err(Error::unsupported("links of this class")),
    })
}

/// A name that one link can have.
pub(crate) fn check_name(name: &Name) -> Result<()> {
    let bytes = name.as_bytes();
    if bytes.is_empty() || bytes == b"." || bytes.contains(&b'/') || bytes.contains(&0) {
        return Err(Error::usage(format!(
            "`{name}` is no name of a link: not empty, not `.`, without `/` and NUL"
        )));
    }
    Ok(())
}

/// Links of one group that were made or removed and are not in its blocks yet.
#[derive(Debug, Default)]
pub(crate) struct PendingLinks {}

impl PendingLinks {
    /// Brings them into the group's blocks.
    pub(crate) fn settle(&mut self, _session: &mut Session, _group: Address) -> Result<()> {
        Ok(())
    }
}
