//! An open object.

use std::ops::ControlFlow;
use std::sync::Arc;

use h5_backend::{AttributeInfo, DatasetNode, GroupNode, Node, ObjectInfo, ObjectKind, Order, Visit};
use h5_types::{Datatype, Elements, Name, NewAttribute, ObjectToken, Result};

use crate::datatype;
use crate::ffi::{ObjectType, c_string};
use crate::file::LibraryFile;
use crate::session::Session;

/// An open object: its token, and what of it never changes.
#[derive(Debug)]
pub(crate) struct LibraryNode {
    pub(crate) file: Arc<LibraryFile>,
    pub(crate) token: ObjectToken,
    described: Described,
}

/// What of an object never changes.
#[derive(Debug)]
pub(crate) struct Described {
    kind: ObjectType,
    datatype: Option<Datatype>,
}

impl LibraryNode {
    /// What an object is.
    pub(crate) fn describe(session: &Session<'_>, token: ObjectToken) -> Result<Described> {
        let id = session.object(token)?;
        let kind = session.library.facts(&id)?.kind;
        let datatype = match kind {
            ObjectType::Datatype => Some(datatype::decode(&session.library, &id)?),
            _ => None,
        };
        Ok(Described { kind, datatype })
    }

    /// A node of an object, which is counted already.
    pub(crate) fn new(file: Arc<LibraryFile>, token: ObjectToken, described: Described) -> Self {
        Self { file, token, described }
    }
}

impl Drop for LibraryNode {
    fn drop(&mut self) {
        self.file.release(self.token);
    }
}

impl Node for LibraryNode {
    fn token(&self) -> ObjectToken {
        self.token
    }

    fn kind(&self) -> ObjectKind {
        match self.described.kind {
            ObjectType::Group => ObjectKind::Group,
            ObjectType::Dataset => ObjectKind::Dataset,
            ObjectType::Datatype => ObjectKind::CommittedDatatype,
        }
    }

    fn info(&self) -> Result<ObjectInfo> {
        let session = self.file.session()?;
        let id = session.object(self.token)?;
        let facts = session.library.facts(&id)?;
        let (links, attributes) = session.library.tracks(&id, facts.kind)?;
        let mut info = ObjectInfo::default();
        info.reference_count = facts.reference_count;
        info.modification_time = facts.modified;
        info.birth_time = facts.born;
        info.comment = session.library.comment(&id)?;
        info.header_version = u8::try_from(facts.header_version).ok();
        info.tracks_link_creation = links;
        info.tracks_attribute_creation = attributes;
        Ok(info)
    }

    fn attributes(&self, order: Order, visit: Visit<'_, AttributeInfo>) -> Result<()> {
        let found = self.list_attributes(order)?;
        show(found, visit);
        Ok(())
    }

    fn attribute(&self, name: &[u8]) -> Result<Option<AttributeInfo>> {
        self.find_attribute(name)
    }

    fn read_attribute(&self, name: &[u8]) -> Result<Elements> {
        self.attribute_elements(name)
    }

    fn write_attribute(&self, attribute: &NewAttribute, value: &Elements, replace: bool) -> Result<()> {
        self.put_attribute(attribute, value, replace)
    }

    fn remove_attribute(&self, name: &[u8]) -> Result<()> {
        self.take_attribute(name)
    }

    fn rename_attribute(&self, from: &[u8], to: &Name) -> Result<()> {
        self.relabel_attribute(from, to)
    }

    fn set_comment(&self, comment: Option<&Name>) -> Result<()> {
        let session = self.file.edit()?;
        let id = session.object(self.token)?;
        let text = comment.map(|comment| c_string(comment.as_bytes())).transpose()?;
        session.library.set_comment(&id, text.as_deref())
    }

    fn as_group(&self) -> Option<&dyn GroupNode> {
        (self.described.kind == ObjectType::Group).then_some(self)
    }

    fn as_dataset(&self) -> Option<&dyn DatasetNode> {
        (self.described.kind == ObjectType::Dataset).then_some(self)
    }

    fn as_datatype(&self) -> Option<&Datatype> {
        self.described.datatype.as_ref()
    }
}

/// Visits a list. The library is not locked meanwhile, so that the visitor may use it.
pub(crate) fn show<T>(items: Vec<Result<T>>, visit: Visit<'_, T>) {
    for item in items {
        if visit(item) == ControlFlow::Break(()) {
            return;
        }
    }
}
