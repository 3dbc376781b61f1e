//! Groups: the handle, and reading. What changes a group is in the modules below.

mod create;
mod links;

use std::ops::ControlFlow;

use h5_types::{Link, LinkTarget, Result};

use crate::backend::{GroupNode, ObjectKind, Order, wrong_kind};
use crate::object::Object;
use crate::path::join;
use crate::{Attribute, Child, Children, Dataset, Walk, path};

/// A group.
#[derive(Debug, Clone)]
pub struct Group(pub(crate) Object);

impl Group {
    /// The handle for what all objects have: attributes, info, path.
    pub fn object(&self) -> &Object {
        &self.0
    }

    /// Number of links.
    ///
    /// # Errors
    /// `Format`, `Io`.
    pub fn link_count(&self) -> Result<u64> {
        self.node()?.link_count().map_err(|e| self.0.locate(e))
    }

    /// All links in the order asked for; one that cannot be read is an `Err` among the others.
    ///
    /// # Errors
    /// `Format` or `Io` if the list itself cannot be read.
    pub fn links(&self, order: Order) -> Result<Vec<Result<Link>>> {
        let mut found = Vec::new();
        self.visit_links(order, None, &mut |link| {
            found.push(link);
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// At most `limit` links in order of their names, behind the one called `after`: a page of a long listing.
    ///
    /// # Errors
    /// `Format` or `Io` if the list itself cannot be read.
    pub fn links_page(&self, after: Option<&[u8]>, limit: usize) -> Result<Vec<Result<Link>>> {
        let mut found = Vec::new();
        if limit == 0 {
            return Ok(found);
        }
        self.visit_links(Order::Name, after, &mut |link| {
            found.push(link);
            if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(found)
    }

    /// Lists links lazily: see [`GroupNode::links`].
    ///
    /// # Errors
    /// `Format` or `Io` if the list itself cannot be read.
    pub fn visit_links(
        &self,
        order: Order,
        after: Option<&[u8]>,
        visit: &mut dyn FnMut(Result<Link>) -> ControlFlow<()>,
    ) -> Result<()> {
        self.node()?
            .links(order, after, &mut |link| visit(link.map_err(|e| self.0.locate(e))))
            .map_err(|e| self.0.locate(e))
    }

    /// The link of that name, not followed; `None` if there is none.
    ///
    /// # Errors
    /// `Format`, `Io`.
    pub fn link(&self, name: impl AsRef<[u8]>) -> Result<Option<Link>> {
        self.node()?.link(name.as_ref()).map_err(|e| self.0.locate(e))
    }

    /// The attribute of that name.
    ///
    /// # Errors
    /// `NotFound`, `Format`, `Io`.
    pub fn attr(&self, name: impl AsRef<[u8]>) -> Result<Attribute> {
        self.0.attribute(name)
    }

    /// The children in order of their names, found page by page; none is opened before [`Child::open`] is called. A link that cannot be
    /// read is an `Err` among the others.
    pub fn children(&self) -> Children {
        Children::new(self.clone())
    }

    /// The children that are groups, in order of their names. What cannot be opened (a dangling link, say) is an `Err` among them.
    pub fn groups(&self) -> impl Iterator<Item = Result<Self>> {
        self.objects_of(ObjectKind::Group).map(|object| object?.into_group())
    }

    /// The children that are datasets, in order of their names. What cannot be opened (a dangling link, say) is an `Err` among them.
    pub fn datasets(&self) -> impl Iterator<Item = Result<Dataset>> {
        self.objects_of(ObjectKind::Dataset).map(|object| object?.into_dataset())
    }

    /// This group and every object below it: see [`Walk`].
    pub fn walk(&self) -> Walk {
        Walk::new(self.clone())
    }

    fn objects_of(&self, kind: ObjectKind) -> impl Iterator<Item = Result<Object>> + use<> {
        let objects = self.children().map(|child| child.and_then(|child| Child::open(&child)));
        objects.filter(move |object| object.as_ref().map_or(true, |object| object.kind() == kind))
    }

    /// Opens what a link of this group leads to.
    ///
    /// # Errors
    /// `NotFound` for a dangling link, `PermissionDenied` for an external one that the access policy forbids, `Limit` for too many
    /// links in a row, `Unsupported` for a user-defined link.
    pub fn follow(&self, link: &Link) -> Result<Object> {
        if let LinkTarget::Hard(token) = link.target {
            return self.0.file.object_by_token(token, join(&self.0.path, &link.name));
        }
        path::resolve(&self.0, link.name.as_bytes())
    }

    /// Opens an object by its path: relative to this group, or from the root if it begins with `/`. Links are followed.
    ///
    /// # Errors
    /// As [`Group::follow`]; `Usage` if a part of the path is no group.
    pub fn object_at(&self, path: impl AsRef<[u8]>) -> Result<Object> {
        path::resolve(&self.0, path.as_ref())
    }

    /// Opens a group by its path.
    ///
    /// # Errors
    /// As [`Group::object_at`]; `Usage` if it is something else.
    pub fn group(&self, path: impl AsRef<[u8]>) -> Result<Self> {
        self.object_at(path)?.into_group()
    }

    /// Opens a dataset by its path.
    ///
    /// # Errors
    /// As [`Group::object_at`]; `Usage` if it is something else.
    pub fn dataset(&self, path: impl AsRef<[u8]>) -> Result<Dataset> {
        self.object_at(path)?.into_dataset()
    }

    fn node(&self) -> Result<&dyn GroupNode> {
        self.0.node.as_group().ok_or_else(|| wrong_kind(self.0.kind(), "a group"))
    }
}
