use std::collections::BTreeMap;

use h5_backend::{Group, Object};
use h5_types::{Error, Name, Result};

use super::Node;
use crate::backend::H5Backend;

/// A group.
#[derive(Debug, Clone, PartialEq)]
pub struct GROUP(pub(crate) Node);

impl GROUP {
    pub(crate) fn wrap(object: Object, backend: &H5Backend) -> Result<Self> {
        Node::new(object, backend)?.into_group()
    }

    pub(super) fn node(&self) -> &Node {
        &self.0
    }

    /// The group below.
    pub(crate) fn h5_group(&self) -> Result<Group> {
        self.object().clone().into_group()
    }

    /// The child of that exact name; `None` if there is none.
    ///
    /// # Errors
    /// `Format`, `Io`; those of opening it.
    pub fn find(&self, name: &str) -> Result<Option<Node>> {
        let group = self.h5_group()?;
        match group.link(name)? {
            Some(link) => Node::new(group.follow(&link)?, self.backend()).map(Some),
            None => Ok(None),
        }
    }

    /// The child of that exact name.
    ///
    /// # Errors
    /// `NotFound`; else as [`GROUP::find`].
    pub fn get_child(&self, name: &str) -> Result<Node> {
        self.find(name)?
            .ok_or_else(|| Error::not_found(format!("no node `{}`", Name::from(name))).with_path(self.path()))
    }

    /// The children by their names; what cannot be opened, and what is no node, is left out.
    ///
    /// # Errors
    /// `Format` or `Io` if the list itself cannot be read.
    pub fn children(&self) -> Result<BTreeMap<String, Node>> {
        let mut children = BTreeMap::new();
        for child in self.h5_group()?.children() {
            let child = child?;
            if let Ok(node) = child.open().and_then(|object| Node::new(object, self.backend())) {
                children.insert(child.name().to_text().into_owned(), node);
            }
        }
        Ok(children)
    }

    /// The names of the children, in order.
    ///
    /// # Errors
    /// As [`GROUP::children`].
    pub fn children_name(&self) -> Result<Vec<String>> {
        self.h5_group()?.children().map(|child| Ok(child?.name().to_text().into_owned())).collect()
    }

    /// Removes all children, with what is below them.
    ///
    /// # Errors
    /// `Unsupported` on a file that is open for reading, `Io`, `Service`.
    pub fn remove_children(&self) -> Result<()> {
        let group = self.h5_group()?;
        for child in group.children() {
            group.remove(child?.name().as_bytes())?;
        }
        Ok(())
    }
}
