//! Objects that nothing leads to any more: they are taken out of the file with all that only they lead to.

use std::collections::{BTreeMap, BTreeSet};

use h5_format::message::{AttributeMessage, MessageType, SharedMessage, SymbolTableMessage};
use h5_types::{Address, ErrorKind, Result};

use super::header::HeaderView;
use super::session::Session;
use super::{attributes, dataset, links, symbol_table};

/// What is to be done when one hard link to an object goes.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// References that each object loses.
    lost: BTreeMap<Address, u32>,
    /// Objects that lose all, in the order in which that was found out.
    gone: Vec<Address>,
    /// Blocks that they alone have, besides their headers.
    blocks: Vec<(Address, u64)>,
}

/// Finds out what goes with one hard link to an object. Changes nothing.
///
/// Of an object that cannot be read, the link goes and its space is lost.
///
/// # Errors
/// `Io`.
pub(crate) fn plan(session: &mut Session, object: Address) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut open = vec![object];
    let mut seen = BTreeSet::new();
    while let Some(object) = open.pop() {
        let Some(header) = readable(session.peek(object))? else { continue };
        let lost = plan.lost.entry(object).or_insert(0);
        *lost = lost.saturating_add(1);
        // Two links of which the count knows one do not remove the object twice; and the root group has no link to lose.
        if *lost < header.reference_count || is_held(session, object) || !seen.insert(object) {
            continue;
        }
        plan.gone.push(object);
        open.extend(shared_datatypes(session, &header));
        open.extend(readable(attributes::shared_by_dense(session, object))?.unwrap_or_default());
        if header.find(MessageType::SymbolTable).is_some() || header.find(MessageType::LinkInfo).is_some() {
            open.extend(readable(links::hard_targets(session, object))?.unwrap_or_default());
        }
        plan.blocks.extend(readable(own_blocks(session, &header))?.unwrap_or_default());
    }
    Ok(plan)
}

impl Plan {
    /// Objects that lose references and stay.
    pub(crate) fn survivors(&self) -> impl Iterator<Item = Address> {
        self.lost.keys().copied().filter(|object| !self.gone.contains(object))
    }

    /// Does it.
    ///
    /// # Errors
    /// Those of reading a header.
    pub(crate) fn carry_out(self, session: &mut Session) -> Result<()> {
        let gone: BTreeSet<Address> = self.gone.iter().copied().collect();
        for (&object, &lost) in self.lost.iter().filter(|(object, _)| !gone.contains(object)) {
            let header = session.header(object)?;
            let left = header.reference_count()?.saturating_sub(lost).max(1);
            header.set_reference_count(left);
        }
        let end = session.end();
        for (address, length) in self.blocks {
            // Addresses and lengths come from the file: what is not in it is not given back.
            if address.0.checked_add(length).is_some_and(|block_end| block_end <= end) {
                session.free(address, length);
            }
        }
        for object in self.gone {
            // What cannot be read is not given back.
            readable(attributes::delete_dense(session, object))?;
            readable(dataset::release_chunks(session, object))?;
            session.remove_header(object)?;
        }
        Ok(())
    }
}

/// Objects that stay without any hard link: those that the superblock leads to.
fn is_held(session: &Session, object: Address) -> bool {
    let superblock = session.core().superblock();
    object == superblock.root_group_object_header_address
        || Some(object) == superblock.superblock_extension_address
}

/// What cannot be read is none; but storage that fails is an error.
fn readable<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::Io => Err(error),
        Err(_) => Ok(None),
    }
}

/// Committed datatypes that an object's messages, and its attributes among them, refer to: each counts that as a link.
fn shared_datatypes(session: &Session, header: &HeaderView) -> Vec<Address> {
    let context = session.core().context();
    let mut found = Vec::new();
    let mut add = |body: &[u8]| {
        if let Ok(SharedMessage::ObjectHeader(address)) = SharedMessage::decode(body, context) {
            found.push(address);
        }
    };
    for message in &header.messages {
        match message.kind {
            MessageType::Datatype if message.flags.is_shared() => add(&message.body),
            MessageType::Attribute if !message.flags.is_shared() => {
                let Ok(attribute) = AttributeMessage::decode(&message.body) else { continue };
                let datatype = attribute.datatype_part();
                if datatype.is_shared {
                    add(datatype.body);
                }
            }
            _ => {}
        }
    }
    found
}

/// Blocks of an object besides its header.
fn own_blocks(session: &Session, header: &HeaderView) -> Result<Vec<(Address, u64)>> {
    let context = session.core().context();
    let mut blocks = Vec::new();
    if let Some(message) = header.find(MessageType::SymbolTable) {
        let table = SymbolTableMessage::decode(&message.body, context)?;
        blocks.extend(symbol_table::blocks(session, table)?);
    }
    Ok(blocks)
}
