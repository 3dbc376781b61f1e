//! Links of groups, made and removed.

mod dense;
mod new_style;
mod pending;
mod target;

use h5_format::message::{LinkInfo, MessageType, SymbolTableMessage};
use h5_format::object_header::Prefix;
use h5_types::{Address, Error, ErrorKind, LibverBounds, LinkTarget, Name, NewGroup, Result};

pub(crate) use self::pending::PendingLinks;
use self::pending::{AddedLink, opened_mut};
use super::create::{GROUP_ROOM, group_messages};
use super::header::HeaderMessage;
use super::session::Session;
use super::{remove, symbol_table};

/// Room for messages in the first block of an old group's version 1 header, as the library leaves it: a symbol table message, or one that
/// leads on and, say, a comment.
pub(crate) const OLD_GROUP_ROOM: u64 = 24;

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
    check_new(session, parent, name)?;
    let oldest = session.options().bounds == LibverBounds::Earliest;
    // Version 1 headers do not track the creation of attributes, and symbol tables not that of links.
    let old_header = oldest && !group.tracks_attribute_creation;
    let (messages, room) = if old_header && !group.tracks_link_creation {
        let table = symbol_table::create(session)?;
        let mut body = Vec::new();
        table.encode(session.sizes(), &mut body)?;
        (vec![HeaderMessage::new(MessageType::SymbolTable, body)], OLD_GROUP_ROOM)
    } else {
        let messages = group_messages(group, session.sizes())?;
        (messages.into_iter().map(|(kind, body)| HeaderMessage::new(kind, body)).collect(), GROUP_ROOM)
    };
    let prefix = |room: u64| {
        if old_header {
            Prefix::version_1(room)
        } else {
            Prefix::version_2(room, None, group.tracks_attribute_creation)
        }
    };
    let address = session.create_header(prefix, messages, room)?;
    link_new(session, parent, name, address)?;
    Ok(address)
}

/// Adds the link to a new object, whose name was checked by [`check_new`].
///
/// # Errors
/// Those of reading the group.
pub(crate) fn link_new(session: &mut Session, group: Address, name: &Name, object: Address) -> Result<()> {
    add(session, group, name, target::hard(object))
}

/// Adds a link to a group. What a hard link leads to counts it already.
///
/// # Errors
/// `AlreadyExists`; `Usage` for a name or target that no link can have; those of reading the group. Nothing has changed then.
pub(crate) fn insert(session: &mut Session, group: Address, name: &Name, target: &LinkTarget) -> Result<()> {
    check_new(session, group, name)?;
    target::check(session.sizes(), name, target)?;
    add(session, group, name, target.clone())
}

/// Adds a link that can be.
fn add(session: &mut Session, group: Address, name: &Name, target: LinkTarget) -> Result<()> {
    let mut table = None;
    if let Some(object) = target::address(&target)? {
        table = table_of(session, object)?;
        let own = stable_block(session, group)?;
        session.will_lead(own, object)?;
        if let Some(table) = &table {
            session.will_lead(own, table.b_tree_address)?;
        }
    }
    let link = AddedLink::new(target, table)?;
    opened_mut(session, group)?.add(name, link)?;
    session.links_added = session.links_added.saturating_add(1);
    session.touch(group);
    Ok(())
}

/// Creates a link; a hard link's target counts one more.
///
/// # Errors
/// See `h5_backend::GroupNode::create_link`.
pub(crate) fn create(session: &mut Session, group: Address, name: &Name, target: &LinkTarget) -> Result<()> {
    check_new(session, group, name)?;
    target::check(session.sizes(), name, target)?;
    let Some(object) = target::address(target)? else { return insert(session, group, name, target) };
    let missing =
        |error: Error| Error::not_found(format!("there is no object at {:#x}", object.0)).with_source(error);
    if session.is_gone(object) {
        return Err(missing(Error::not_found("it was removed")));
    }
    let count = session.peek(object).and_then(|header| header.reference_count()).map_err(missing)?;
    let count = count.checked_add(1).ok_or_else(|| Error::limit("an object of 4,294,967,295 hard links"))?;
    session.publish_before(object, stable_block(session, group)?)?;
    session.header(object)?.set_reference_count(count);
    add(session, group, name, target.clone())
}

/// Removes a link, and what only it leads to.
///
/// # Errors
/// See `h5_backend::GroupNode::remove_link`.
pub(crate) fn remove(session: &mut Session, group: Address, name: &[u8]) -> Result<()> {
    let link = pending::find(session, group, name)?;
    let link = link.ok_or_else(|| no_link(name))?;
    let own = stable_block(session, group)?;
    let plan = loop {
        let plan = match target::address(&link.target)? {
            Some(object) => remove::plan(session, object)?,
            None => remove::Plan::default(),
        };
        let mut going = Vec::new();
        for object in plan.gone() {
            going.extend([object, stable_block(session, object)?]);
        }
        let commits = session.commits();
        session.will_leave(own, plan.survivors(), going)?;
        // A commit gives blocks other places.
        if session.commits() == commits {
            break plan;
        }
    };
    opened_mut(session, group)?.remove(name);
    session.touch(group);
    plan.carry_out(session)
}

/// Moves a link.
///
/// # Errors
/// See `h5_backend::GroupNode::move_link`.
pub(crate) fn rename(
    session: &mut Session,
    group: Address,
    name: &[u8],
    to: Address,
    new_name: &Name,
) -> Result<()> {
    let link = pending::find(session, group, name)?;
    let link = link.ok_or_else(|| no_link(name))?;
    if session.is_gone(to) {
        return Err(Error::not_found("the group to move to was removed"));
    }
    check_new(session, to, new_name)?;
    target::check(session.sizes(), new_name, &link.target)?;
    let object = target::address(&link.target)?;
    // An object that nobody can find yet is found where it is in the end.
    if group != to && !object.is_some_and(|object| session.is_fresh(object)) {
        // The link is in the new group before it leaves the old one.
        let (first, then) = (stable_block(session, to)?, stable_block(session, group)?);
        if let Some(object) = object {
            // It may count another link by then.
            session.publish_before(object, first)?;
            session.order.lose(then, object);
        }
        session.publish_before(first, then)?;
    }
    add(session, to, new_name, link.target)?;
    opened_mut(session, group)?.remove(name);
    session.touch(group);
    Ok(())
}

/// All links of a group as they are now.
///
/// # Errors
/// Those of reading the group.
pub(super) fn hard_targets(session: &mut Session, group: Address) -> Result<Vec<Address>> {
    let mut targets = Vec::new();
    for link in pending::all(session, group)? {
        targets.extend(target::address(&link.target)?);
    }
    Ok(targets)
}

/// Gives back heap and indexes of links, which a Link Info message leads to, if there are any.
///
/// # Errors
/// `Format` if they are damaged; `Limit`, `Io`.
pub(super) fn give_back_dense(session: &mut Session, message: &[u8]) -> Result<()> {
    let info = LinkInfo::decode(message, session.core().context())?;
    dense::delete(session, info).map(|_| ())
}

/// A name that one link can have and that no link of the group has.
///
/// # Errors
/// `Usage`, `AlreadyExists`; those of reading the group.
pub(crate) fn check_new(session: &mut Session, group: Address, name: &Name) -> Result<()> {
    check_name(name)?;
    match pending::find(session, group, name.as_bytes())? {
        None => Ok(()),
        Some(_) => {
            let message = format!("the group has a link `{name}` already");
            Err(Error::new(ErrorKind::AlreadyExists, message))
        }
    }
}

/// A name that one link can have.
///
/// # Errors
/// `Usage`.
pub(crate) fn check_name(name: &Name) -> Result<()> {
    let bytes = name.as_bytes();
    if bytes.is_empty() || bytes == b"." || bytes.contains(&b'/') || bytes.contains(&0) {
        return Err(Error::usage(format!(
            "`{name}` is no name of a link: not empty, not `.`, without `/` and NUL"
        )));
    }
    Ok(())
}

/// The block that publishes what a group's links are: the root of its B-tree, or its header.
fn stable_block(session: &Session, group: Address) -> Result<Address> {
    Ok(table_of(session, group)?.map_or(group, |table| table.b_tree_address))
}

/// The symbol table of an object that is a group of the oldest format.
fn table_of(session: &Session, object: Address) -> Result<Option<SymbolTableMessage>> {
    let header = session.peek(object)?;
    let Some(message) = header.find(MessageType::SymbolTable) else { return Ok(None) };
    let decoded = SymbolTableMessage::decode(&message.body, session.core().context());
    Ok(Some(decoded.map_err(|e| Error::from(e).at_address(object.0))?))
}

fn no_link(name: &[u8]) -> Error {
    Error::not_found(format!("the group has no link `{}`", Name::new(name)))
}
