//! Finding nodes.

use std::collections::BTreeMap;

use h5_backend::ObjectKind;
use h5_types::{Error, Result};

use super::{H5Backend, Location};
use crate::node::{GROUP, Node, NodeKind};

impl H5Backend {
    /// The node of a path, or a node that is at hand.
    ///
    /// # Errors
    /// `NotFound` if there is none, `Usage` if no file is open, `Format`, `Io`.
    pub fn get_node(&self, place: impl Location) -> Result<Node> {
        place.node(self)
    }

    /// A child of a group, by its exact name.
    ///
    /// # Errors
    /// As [`H5Backend::get_node`].
    pub fn get_child(&self, group: impl Location, name: &str) -> Result<Node> {
        group.group(self)?.get_child(name)
    }

    /// The children of a group by their names; what cannot be opened is left out.
    ///
    /// # Errors
    /// `Usage` if it is no group, `Format`, `Io`.
    pub fn get_children(&self, group: impl Location) -> Result<BTreeMap<String, Node>> {
        group.group(self)?.children()
    }

    /// The group that a node is in; `None` for the root group.
    ///
    /// # Errors
    /// As [`H5Backend::get_node`].
    pub fn get_parent_node(&self, node: impl Location) -> Result<Option<GROUP>> {
        node.node(self)?.parent_node()
    }

    /// Whether a group has a child of that name, in whatever case.
    ///
    /// # Errors
    /// As [`H5Backend::get_children`].
    pub fn is_node_in_group(&self, group: impl Location, name: &str) -> Result<bool> {
        let wanted = name.to_lowercase();
        Ok(group.group(self)?.children_name()?.iter().any(|name| name.to_lowercase() == wanted))
    }

    /// The first group below a group, itself included, that has a title.
    ///
    /// # Errors
    /// As [`H5Backend::get_children`].
    pub fn get_group_by_title(&self, group: impl Location, title: &str) -> Result<Option<GROUP>> {
        for group in self.walk_groups(group)? {
            let group = group?;
            if group.title()? == title {
                return Ok(Some(group));
            }
        }
        Ok(None)
    }

    /// A group and each group below it, children in order of their names before those of the next.
    ///
    /// # Errors
    /// As [`H5Backend::get_children`].
    pub fn walk_groups(&self, place: impl Location) -> Result<WalkGroups> {
        let start = place.group(self)?;
        Ok(WalkGroups { backend: self.clone(), walk: start.h5_group()?.walk() })
    }

    /// A node and each node below it; of an array, only itself.
    ///
    /// # Errors
    /// As [`H5Backend::get_node`].
    pub fn walk_nodes(&self, place: impl Location) -> Result<WalkNodes> {
        let start = place.node(self)?;
        let walk = match start.kind() {
            NodeKind::Group => Start::Group(Box::new(start.into_group()?.h5_group()?.walk())),
            _ => Start::Array(Some(Box::new(start))),
        };
        Ok(WalkNodes { backend: self.clone(), walk })
    }
}

/// Groups: see [`H5Backend::walk_groups`]. What cannot be read is an `Err` in its place.
#[derive(Debug)]
pub struct WalkGroups {
    backend: H5Backend,
    walk: h5_backend::Walk,
}

impl Iterator for WalkGroups {
    type Item = Result<GROUP>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.walk.next()? {
                Ok(object) if object.kind() == ObjectKind::Group => {
                    return Some(GROUP::wrap(object, &self.backend));
                }
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// Nodes: see [`H5Backend::walk_nodes`]. What cannot be read is an `Err` in its place.
#[derive(Debug)]
pub struct WalkNodes {
    backend: H5Backend,
    walk: Start,
}

#[derive(Debug)]
enum Start {
    Group(Box<h5_backend::Walk>),
    Array(Option<Box<Node>>),
}

impl Iterator for WalkNodes {
    type Item = Result<Node>;

    fn next(&mut self) -> Option<Self::Item> {
        let walk = match &mut self.walk {
            Start::Group(walk) => walk,
            Start::Array(node) => return node.take().map(|node| Ok(*node)),
        };
        loop {
            match walk.next()? {
                // A committed datatype is no node of PyMoDAQ's.
                Ok(object) if object.kind() == ObjectKind::CommittedDatatype => {}
                Ok(object) => return Some(Node::new(object, &self.backend)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// The error of a name that is taken.
pub(super) fn taken(group: &GROUP, name: &str) -> Error {
    let path = format!("{}/{name}", group.path().trim_end_matches('/'));
    Error::new(h5_types::ErrorKind::AlreadyExists, format!("a node {name:?}")).with_path(path)
}
