//! Objects that nothing leads to any more: they are taken out of the file with all that only they lead to.

use std::collections::{BTreeMap, BTreeSet};

use h5_format::message::{AttributeMessage, MessageType, SharedMessage, SymbolTableMessage};
use h5_types::{Address, Result};

use super::dataset::{DatasetState, DatasetStorage};
use super::header::EditedHeader;
use super::heap_values::readable;
use super::session::Session;
use super::{attributes, dataset, links, symbol_table};

/// What is to be done when one hard link to an object goes.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// References that each object loses.
    lost: BTreeMap<Address, u32>,
    /// Objects that lose all.
    gone: BTreeSet<Address>,
}

/// Finds out what goes with one hard link to an object. Changes nothing.
///
/// Of an object that cannot be read, or must not be changed, the link goes and its space is lost.
///
/// # Errors
/// `Io`.
pub(crate) fn plan(session: &mut Session, object: Address) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut open = vec![object];
    while let Some(object) = open.pop() {
        if readable(session.peek_header(object).map(drop))?.is_none() {
            continue;
        }
        let Some(header) = readable(session.peek(object))? else { continue };
        let Some(count) = readable(header.reference_count())? else { continue };
        let lost = plan.lost.entry(object).or_insert(0);
        *lost = lost.saturating_add(1);
        // Two links of which the count knows one do not remove the object twice; and the root group has no link to lose.
        if *lost < count || is_held(session, object) || !plan.gone.insert(object) {
            continue;
        }
        open.extend(shared_datatypes(session, &header));
        let is_group =
            header.find(MessageType::SymbolTable).is_some() || header.find(MessageType::LinkInfo).is_some();
        open.extend(readable(attributes::shared_by_dense(session, object))?.unwrap_or_default());
        if is_group {
            open.extend(readable(links::hard_targets(session, object))?.unwrap_or_default());
        }
    }
    Ok(plan)
}

impl Plan {
    /// Objects that lose references and stay.
    pub(crate) fn survivors(&self) -> impl Iterator<Item = Address> {
        self.lost.keys().copied().filter(|object| !self.gone.contains(object))
    }

    /// Objects that lose all references.
    pub(crate) fn gone(&self) -> impl Iterator<Item = Address> {
        self.gone.iter().copied()
    }

    /// Does it.
    ///
    /// # Errors
    /// Those of reading a header.
    pub(crate) fn carry_out(self, session: &mut Session) -> Result<()> {
        for (&object, &lost) in self.lost.iter().filter(|(object, _)| !self.gone.contains(object)) {
            let header = session.header(object)?;
            let left = header.reference_count()?.saturating_sub(lost).max(1);
            header.set_reference_count(left);
        }
        for object in self.gone {
            give_back(session, object)?;
            session.remove_header(object)?;
        }
        Ok(())
    }
}

/// Gives back what an object has besides its header: of what cannot be read, the space is lost.
fn give_back(session: &mut Session, object: Address) -> Result<()> {
    let header = session.peek(object)?;
    let body = |kind| header.find(kind).map(|message| message.body.clone());
    let (table, links) = (body(MessageType::SymbolTable), body(MessageType::LinkInfo));
    let is_dataset = header.find(MessageType::DataLayout).is_some();
    if let Some(message) = table {
        readable(give_back_table(session, &message))?;
    }
    if let Some(message) = links {
        readable(links::give_back_dense(session, &message))?;
    }
    let mut objects = readable(attributes::objects_of_all(session, object))?.unwrap_or_default();
    if is_dataset {
        objects.append(&mut readable(dataset::objects_of_all(session, object))?.unwrap_or_default());
        readable(dataset::with_state(session, object, give_back_elements))?;
    }
    readable(attributes::delete_dense(session, object))?;
    session.lose_heap_objects(&objects)
}

fn give_back_table(session: &mut Session, message: &[u8]) -> Result<()> {
    let table = SymbolTableMessage::decode(message, session.core().context())?;
    for (address, length) in symbol_table::blocks(session, table)? {
        session.free(address, length);
    }
    Ok(())
}

fn give_back_elements(session: &mut Session, state: &mut DatasetState) -> Result<()> {
    match &mut state.storage {
        DatasetStorage::Contiguous(block) => {
            let bytes = match block.size {
                Some(bytes) => bytes,
                None => state.description.stored_bytes()?,
            };
            if let Some(address) = block.address.take() {
                session.free_raw(address, bytes);
            }
            Ok(())
        }
        DatasetStorage::Chunked(writer) => writer.release(session),
        DatasetStorage::Compact { .. } | DatasetStorage::External | DatasetStorage::Virtual => Ok(()),
    }
}

/// Objects that stay without any hard link: those that the superblock leads to.
fn is_held(session: &Session, object: Address) -> bool {
    let superblock = session.core().superblock();
    object == superblock.root_group_object_header_address
        || Some(object) == superblock.superblock_extension_address
}

/// Committed datatypes that an object's messages, and its attributes among them, refer to: each counts that as a link.
fn shared_datatypes(session: &Session, header: &EditedHeader) -> Vec<Address> {
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
