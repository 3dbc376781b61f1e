//! What names a node: a path or another node.

use h5_types::Result;

use super::H5Backend;
use crate::node::{CARRAY, EARRAY, GROUP, Node, StringARRAY, VLARRAY};

/// What names a node: a path from the root (`"/RawData/Scan000"`), or a node that is at hand already.
pub trait Location {
    /// The node.
    ///
    /// # Errors
    /// `NotFound` if no node is there, `Usage` if no file is open, `Format`, `Io`.
    fn node(&self, backend: &H5Backend) -> Result<Node>;

    /// The node as a group.
    ///
    /// # Errors
    /// `Usage` if it is something else; else as [`Location::node`].
    fn group(&self, backend: &H5Backend) -> Result<GROUP> {
        self.node(backend)?.into_group()
    }
}

impl Location for str {
    fn node(&self, backend: &H5Backend) -> Result<Node> {
        Node::new(backend.h5file()?.object(self)?, backend)
    }
}

impl Location for String {
    fn node(&self, backend: &H5Backend) -> Result<Node> {
        self.as_str().node(backend)
    }
}

impl Location for Node {
    fn node(&self, _: &H5Backend) -> Result<Node> {
        Ok(self.clone())
    }
}

macro_rules! location {
    ($($node:ty),*) => {$(
        impl Location for $node {
            fn node(&self, _: &H5Backend) -> Result<Node> {
                Ok(Node::clone(self))
            }
        }
    )*};
}

location!(GROUP, CARRAY, EARRAY, VLARRAY, StringARRAY);

impl<L: Location + ?Sized> Location for &L {
    fn node(&self, backend: &H5Backend) -> Result<Node> {
        (**self).node(backend)
    }
}
