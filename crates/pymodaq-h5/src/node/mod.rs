//! Nodes: groups and the four kinds of arrays.

mod attributes;
mod carray;
mod earray;
mod group;
mod vlarray;

use std::fmt;
use std::ops::Deref;

use h5_backend::{Dataset, Object, ObjectKind};
use h5_types::{Datatype, Error, Result};

use crate::backend::H5Backend;

pub use carray::CARRAY;
pub use earray::EARRAY;
pub use group::GROUP;
pub use vlarray::{StringARRAY, VLARRAY};

/// A node of any kind. What its kind has more is in [`GROUP`], [`CARRAY`], [`EARRAY`], [`VLARRAY`] and [`StringARRAY`], which
/// dereference to this.
#[derive(Debug, Clone)]
pub struct Node {
    object: Object,
    backend: H5Backend,
    kind: NodeKind,
}

/// Kinds of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// A group.
    Group,
    /// An array of fixed shape.
    CArray,
    /// An array that grows along its first dimension.
    EArray,
    /// An array of rows of different lengths.
    VlArray,
    /// An array of lines of text.
    StringArray,
}

impl NodeKind {
    /// The name of the node's type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Group => "GROUP",
            Self::CArray => "CARRAY",
            Self::EArray => "EARRAY",
            Self::VlArray => "VLARRAY",
            Self::StringArray => "StringARRAY",
        }
    }
}

impl Node {
    /// The node of an object. Its kind is that of its attribute `CLASS`, or without one the kind that it looks like; nothing is written.
    ///
    /// # Errors
    /// `Usage` for a committed datatype; `Format`, `Io`, `Unsupported` if it cannot be read.
    pub(crate) fn new(object: Object, backend: &H5Backend) -> Result<Self> {
        let mut node = Self { object, backend: backend.clone(), kind: NodeKind::Group };
        node.kind = match node.object.kind() {
            ObjectKind::Group => NodeKind::Group,
            ObjectKind::Dataset => node.array_kind()?,
            ObjectKind::CommittedDatatype => {
                return Err(Error::usage("a committed datatype is no node").with_path(node.path()));
            }
        };
        Ok(node)
    }

    /// A dataset whose kind is settled by the caller, who wraps it.
    pub(crate) fn of_dataset(dataset: Dataset, backend: &H5Backend) -> Self {
        let (object, backend) = (dataset.object().clone(), backend.clone());
        Self { object, backend, kind: NodeKind::CArray }
    }

    pub(crate) fn with_kind(self, kind: NodeKind) -> Self {
        Self { kind, ..self }
    }

    /// Elements of variable length are ragged whatever the class says, so that a node of a kind can do what its kind does.
    fn array_kind(&self) -> Result<NodeKind> {
        let info = self.dataset()?.info()?;
        if matches!(info.datatype, Datatype::Vlen(_)) {
            let is_text =
                self.get_attr("subdtype")?.as_ref().and_then(pymodaq_data::PyValue::as_str) == Some("string");
            return Ok(if is_text { NodeKind::StringArray } else { NodeKind::VlArray });
        }
        let grows = match &info.dataspace {
            h5_types::Dataspace::Simple { maximum, .. } => maximum.first() == Some(&None),
            _ => false,
        };
        Ok(if grows { NodeKind::EArray } else { NodeKind::CArray })
    }

    /// What kind of node this is.
    pub fn kind(&self) -> NodeKind {
        self.kind
    }

    /// The backend that holds the node.
    pub fn backend(&self) -> &H5Backend {
        &self.backend
    }

    /// The object below, for what a node does not offer.
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// The path from the root.
    pub fn path(&self) -> &str {
        self.object.path()
    }

    /// The last part of the path; `/` for the root group.
    pub fn name(&self) -> &str {
        let path = self.path();
        path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("/")
    }

    /// The title; empty without one.
    ///
    /// # Errors
    /// `Format`, `Io`.
    pub fn title(&self) -> Result<String> {
        let title = self.get_attr("TITLE")?;
        Ok(title.as_ref().and_then(pymodaq_data::PyValue::as_str).unwrap_or_default().to_owned())
    }

    /// The group that the node is in; `None` for the root group.
    ///
    /// # Errors
    /// `NotFound`, `Usage`, `Format`, `Io`.
    pub fn parent_node(&self) -> Result<Option<GROUP>> {
        let Some((parent, name)) = self.path().rsplit_once('/') else { return Ok(None) };
        if name.is_empty() {
            return Ok(None);
        }
        let file = self.object.file();
        let parent = if parent.is_empty() { file.root()? } else { file.group(parent)? };
        GROUP::wrap(parent.object().clone(), &self.backend).map(Some)
    }

    /// This node as a group.
    ///
    /// # Errors
    /// `Usage` if it is an array.
    pub fn into_group(self) -> Result<GROUP> {
        match self.kind {
            NodeKind::Group => Ok(GROUP(self)),
            _ => Err(self.wrong_kind("a group")),
        }
    }

    /// This node as a regular array, one that grows included.
    ///
    /// # Errors
    /// `Usage` if it is something else; `Unsupported` for elements that are no numbers.
    pub fn into_carray(self) -> Result<CARRAY> {
        match self.kind {
            NodeKind::CArray | NodeKind::EArray => CARRAY::open(self),
            _ => Err(self.wrong_kind("a regular array")),
        }
    }

    /// This node as an array that grows.
    ///
    /// # Errors
    /// `Usage` if it is something else; `Unsupported` for elements that are no numbers.
    pub fn into_earray(self) -> Result<EARRAY> {
        match self.kind {
            NodeKind::EArray => EARRAY::open(self),
            _ => Err(self.wrong_kind("an array that grows")),
        }
    }

    /// This node as an array of rows of different lengths, lines of text included.
    ///
    /// # Errors
    /// `Usage` if it is something else.
    pub fn into_vlarray(self) -> Result<VLARRAY> {
        match self.kind {
            NodeKind::VlArray | NodeKind::StringArray => VLARRAY::wrap(self),
            _ => Err(self.wrong_kind("an array of rows of different lengths")),
        }
    }

    /// This node as an array of lines of text.
    ///
    /// # Errors
    /// `Usage` if it is something else.
    pub fn into_string_array(self) -> Result<StringARRAY> {
        match self.kind {
            NodeKind::StringArray => StringARRAY::wrap(self),
            _ => Err(self.wrong_kind("an array of text")),
        }
    }

    /// The dataset below.
    pub(crate) fn dataset(&self) -> Result<Dataset> {
        self.object.clone().into_dataset()
    }

    fn wrong_kind(&self, expected: &str) -> Error {
        Error::usage(format!("this is a {}, expected {expected}", self.kind.name())).with_path(self.path())
    }
}

impl PartialEq for Node {
    /// Whether both are the same object of the same open file.
    fn eq(&self, other: &Self) -> bool {
        self.backend == other.backend && self.object.token() == other.object.token()
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.path(), self.kind.name())
    }
}

macro_rules! deref {
    ($($node:ty),*) => {$(
        impl Deref for $node {
            type Target = Node;

            fn deref(&self) -> &Node {
                self.node()
            }
        }

        impl From<$node> for Node {
            fn from(node: $node) -> Self {
                node.node().clone()
            }
        }
    )*};
}

deref!(GROUP, CARRAY, EARRAY, VLARRAY, StringARRAY);
