//! An open object.

use std::ops::ControlFlow;
use std::sync::Arc;

use h5_backend::{AttributeInfo, DatasetNode, GroupNode, Node, ObjectInfo, ObjectKind, Order, Visit};
use h5_types::{Datatype, Elements, Name, NewAttribute, ObjectToken, Result};

use super::MemoryBackend;
use super::state::{Kind, Object};

/// An open object: its token, and what of it never changes.
#[derive(Debug)]
pub(super) struct MemoryNode {
    pub(super) backend: Arc<MemoryBackend>,
    pub(super) token: ObjectToken,
    kind: ObjectKind,
    datatype: Option<Datatype>,
}

impl MemoryNode {
    pub(super) fn new(backend: Arc<MemoryBackend>, token: ObjectToken, object: &Object) -> Self {
        let datatype = match &object.kind {
            Kind::Datatype(datatype) => Some(datatype.clone()),
            _ => None,
        };
        Self { backend, token, kind: object.object_kind(), datatype }
    }
}

impl Node for MemoryNode {
    fn token(&self) -> ObjectToken {
        self.token
    }

    fn kind(&self) -> ObjectKind {
        self.kind
    }

    fn info(&self) -> Result<ObjectInfo> {
        let state = self.backend.state()?;
        let object = state.object(self.token)?;
        let mut info = ObjectInfo::default();
        info.reference_count = object.links_to_it;
        info.comment = object.comment.clone();
        info.tracks_link_creation = matches!(&object.kind, Kind::Group(links) if links.tracked);
        info.tracks_attribute_creation = object.tracks_attributes;
        Ok(info)
    }

    fn attributes(&self, order: Order, visit: Visit<'_, AttributeInfo>) -> Result<()> {
        let found = self.backend.state()?.object(self.token)?.list_attributes(order)?;
        show(found, visit);
        Ok(())
    }

    fn attribute(&self, name: &[u8]) -> Result<Option<AttributeInfo>> {
        Ok(self.backend.state()?.object(self.token)?.attribute(name))
    }

    fn read_attribute(&self, name: &[u8]) -> Result<Elements> {
        self.backend.state()?.object(self.token)?.attribute_value(name)
    }

    fn write_attribute(&self, attribute: &NewAttribute, value: &Elements, replace: bool) -> Result<()> {
        let mut state = self.backend.edit()?;
        state.check_committed(attribute.committed_datatype, &attribute.datatype)?;
        state.object_mut(self.token)?.write_attribute(attribute, value, replace)
    }

    fn remove_attribute(&self, name: &[u8]) -> Result<()> {
        self.backend.edit()?.object_mut(self.token)?.remove_attribute(name)
    }

    fn rename_attribute(&self, from: &[u8], to: &Name) -> Result<()> {
        self.backend.edit()?.object_mut(self.token)?.rename_attribute(from, to)
    }

    fn set_comment(&self, comment: Option<&Name>) -> Result<()> {
        self.backend.edit()?.object_mut(self.token)?.comment = comment.cloned();
        Ok(())
    }

    fn as_group(&self) -> Option<&dyn GroupNode> {
        (self.kind == ObjectKind::Group).then_some(self)
    }

    fn as_dataset(&self) -> Option<&dyn DatasetNode> {
        (self.kind == ObjectKind::Dataset).then_some(self)
    }

    fn as_datatype(&self) -> Option<&Datatype> {
        self.datatype.as_ref()
    }
}

/// Visits a list. The file is not locked meanwhile, so that the visitor may use it.
pub(super) fn show<T>(items: Vec<T>, visit: Visit<'_, T>) {
    for item in items {
        if visit(Ok(item)) == ControlFlow::Break(()) {
            return;
        }
    }
}
