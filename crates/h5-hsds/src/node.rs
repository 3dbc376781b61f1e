//! An open object.

use std::ops::ControlFlow;
use std::sync::Arc;

use h5_backend::{AttributeInfo, DatasetNode, GroupNode, Node, ObjectInfo, ObjectKind, Order, Visit};
use h5_types::{Datatype, Elements, Error, Name, NewAttribute, ObjectToken, Result};

use crate::id::Id;
use crate::object::Kind;
use crate::session::Session;

/// An open object: its token, and what of it never changes.
#[derive(Debug)]
pub(crate) struct HsdsNode {
    pub(crate) session: Arc<Session>,
    pub(crate) token: ObjectToken,
    kind: ObjectKind,
    datatype: Option<Datatype>,
}

impl HsdsNode {
    /// The root group.
    pub(crate) fn root(session: Arc<Session>) -> Self {
        let token = session.root.token();
        Self { session, token, kind: ObjectKind::Group, datatype: None }
    }

    pub(crate) fn new(session: Arc<Session>, id: Id, datatype: Option<Datatype>) -> Self {
        Self { session, token: id.token(), kind: id.collection().object_kind(), datatype }
    }
}

impl Node for HsdsNode {
    fn token(&self) -> ObjectToken {
        self.token
    }

    fn kind(&self) -> ObjectKind {
        self.kind
    }

    fn info(&self) -> Result<ObjectInfo> {
        let mut state = self.session.state()?;
        let object = self.session.object(&mut state, self.token)?;
        let mut info = ObjectInfo::default();
        info.tracks_attribute_creation = object.tracks_attributes;
        info.tracks_link_creation = matches!(&object.kind, Kind::Group(links) if links.tracked);
        info.modification_time = seconds(object.modified);
        info.birth_time = seconds(object.created);
        info.reference_count = self.session.links_to(&mut state, self.token)?;
        Ok(info)
    }

    fn attributes(&self, order: Order, visit: Visit<'_, AttributeInfo>) -> Result<()> {
        let found = self.session.list_attributes(self.token, order)?;
        show(found, visit);
        Ok(())
    }

    fn attribute(&self, name: &[u8]) -> Result<Option<AttributeInfo>> {
        Ok(self
            .session
            .list_attributes(self.token, Order::Name)?
            .into_iter()
            .find(|a| a.name.as_bytes() == name))
    }

    fn read_attribute(&self, name: &[u8]) -> Result<Elements> {
        self.session.read_attribute(self.token, name)
    }

    fn write_attribute(&self, attribute: &NewAttribute, value: &Elements, replace: bool) -> Result<()> {
        self.session.write_attribute(self.token, attribute, value, replace)
    }

    fn remove_attribute(&self, name: &[u8]) -> Result<()> {
        self.session.remove_attribute(self.token, name)
    }

    fn rename_attribute(&self, _from: &[u8], _to: &Name) -> Result<()> {
        drop(self.session.edit()?);
        Err(Error::unsupported("HSDS does not rename attributes"))
    }

    fn set_comment(&self, _comment: Option<&Name>) -> Result<()> {
        drop(self.session.edit()?);
        Err(Error::unsupported("HSDS has no comments"))
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

/// Visits a list, while nothing is locked.
pub(crate) fn show<T>(items: impl IntoIterator<Item = T>, visit: Visit<'_, T>) {
    for item in items {
        if visit(Ok(item)) == ControlFlow::Break(()) {
            return;
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time of the server, which is cut to whole seconds; what no time is becomes 0 or the last there is"
)]
fn seconds(time: f64) -> Option<u64> {
    (time > 0.0).then_some(time as u64)
}
