//! Objects: what the handles of all kinds have in common.

mod attributes;

use std::ops::ControlFlow;
use std::sync::Arc;

use h5_types::{Datatype, Error, Name, ObjectToken, Result};

use crate::attribute::Attribute;
use crate::backend::{Node, ObjectInfo, ObjectKind, Order, wrong_kind};
use crate::file::File;
use crate::{Dataset, Group};

/// An open object of any kind.
#[derive(Debug, Clone)]
pub struct Object {
    pub(crate) file: File,
    pub(crate) node: Arc<dyn Node>,
    pub(crate) path: Arc<str>,
}

impl Object {
    /// The file that holds the object; not the one that was asked where an external link led on.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The path that led here, escaped for display.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What identifies the object in its file.
    pub fn token(&self) -> ObjectToken {
        self.node.token()
    }

    /// What kind of object this is.
    pub fn kind(&self) -> ObjectKind {
        self.node.kind()
    }

    /// What all kinds of objects have.
    ///
    /// # Errors
    /// `Format`, `Io`.
    pub fn info(&self) -> Result<ObjectInfo> {
        self.node.info().map_err(|e| self.locate(e))
    }

    /// All attributes in the order asked for; one that cannot be read is an `Err` among the others.
    ///
    /// # Errors
    /// `Format` or `Io` if the list itself cannot be read.
    pub fn attributes(&self, order: Order) -> Result<Vec<Result<Attribute>>> {
        let mut found = Vec::new();
        self.node
            .attributes(order, &mut |item| {
                found.push(
                    item.map(|info| Attribute { object: self.clone(), info }).map_err(|e| self.locate(e)),
                );
                ControlFlow::Continue(())
            })
            .map_err(|e| self.locate(e))?;
        Ok(found)
    }

    /// The attribute of that name.
    ///
    /// # Errors
    /// `NotFound`, `Format`, `Io`.
    pub fn attribute(&self, name: impl AsRef<[u8]>) -> Result<Attribute> {
        let name = name.as_ref();
        match self.node.attribute(name).map_err(|e| self.locate(e))? {
            Some(info) => Ok(Attribute { object: self.clone(), info }),
            None => Err(self.locate(Error::not_found(format!("no attribute `{}`", Name::new(name))))),
        }
    }

    /// This object as a group.
    ///
    /// # Errors
    /// `Usage` if it is something else.
    pub fn into_group(self) -> Result<Group> {
        match self.node.as_group() {
            Some(_) => Ok(Group(self)),
            None => Err(self.locate(wrong_kind(self.kind(), "a group"))),
        }
    }

    /// This object as a dataset.
    ///
    /// # Errors
    /// `Usage` if it is something else.
    pub fn into_dataset(self) -> Result<Dataset> {
        match self.node.as_dataset() {
            Some(_) => Ok(Dataset(self)),
            None => Err(self.locate(wrong_kind(self.kind(), "a dataset"))),
        }
    }

    /// This object as a committed datatype.
    ///
    /// # Errors
    /// `Usage` if it is something else.
    pub fn into_datatype(self) -> Result<CommittedDatatype> {
        match self.node.as_datatype() {
            Some(_) => Ok(CommittedDatatype(self)),
            None => Err(self.locate(wrong_kind(self.kind(), "a committed datatype"))),
        }
    }

    /// The node below, for what the handles do not offer.
    pub fn node(&self) -> &dyn Node {
        &*self.node
    }

    pub(crate) fn locate(&self, error: Error) -> Error {
        error.with_path(&*self.path)
    }
}

impl AsRef<Object> for Object {
    fn as_ref(&self) -> &Object {
        self
    }
}

impl AsRef<Object> for Group {
    fn as_ref(&self) -> &Object {
        &self.0
    }
}

impl AsRef<Object> for Dataset {
    fn as_ref(&self) -> &Object {
        &self.0
    }
}

impl AsRef<Object> for CommittedDatatype {
    fn as_ref(&self) -> &Object {
        &self.0
    }
}

/// A committed (named) datatype.
#[derive(Debug, Clone)]
pub struct CommittedDatatype(pub(crate) Object);

impl CommittedDatatype {
    /// The datatype.
    ///
    /// # Errors
    /// None today; a handle is made only of a node that has one.
    pub fn datatype(&self) -> Result<&Datatype> {
        self.0.node.as_datatype().ok_or_else(|| wrong_kind(self.0.kind(), "a committed datatype"))
    }

    /// The handle for what all objects have: attributes, info, path.
    pub fn object(&self) -> &Object {
        &self.0
    }
}
