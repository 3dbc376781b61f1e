//! Changing attributes.

use h5_types::{Dataspace, Elements, H5Type, Name, NewAttribute, Result};

use super::{CommittedDatatype, Object};
use crate::dataset::ArrayData;
use crate::{AttributeValue, Dataset, Group};

impl Object {
    /// Sets an attribute, whatever it was before: `set_attr("gain", 1.5)`, `set_attr("units", "mm")`, `set_attr("axes", ["x", "y"])`.
    ///
    /// Text is stored as variable-length UTF-8, a list in one dimension, an array in its shape.
    ///
    /// # Errors
    /// `Usage` for an empty name, `Unsupported` where the backend cannot store such an attribute, `Conversion` for a
    /// [`Value`](h5_types::Value) without a datatype of its own, `Io`, `Service`. Nothing has changed then.
    pub fn set_attr(&self, name: impl Into<Name>, value: impl AttributeValue) -> Result<()> {
        let (dataspace, elements) = value.into_attribute().map_err(|e| self.locate(e))?;
        self.replace_attr(name.into(), dataspace, &elements)
    }

    /// Sets a scalar attribute of any element type, a struct say.
    ///
    /// # Errors
    /// As [`Object::set_attr`].
    pub fn set_attr_scalar<T: H5Type>(&self, name: impl Into<Name>, value: &T) -> Result<()> {
        let elements = Elements::from_values(std::slice::from_ref(value)).map_err(|e| self.locate(e))?;
        self.replace_attr(name.into(), Dataspace::Scalar, &elements)
    }

    /// Sets an attribute to an array or a slice of any element type, structs say.
    ///
    /// # Errors
    /// As [`Object::set_attr`].
    pub fn set_attr_array(&self, name: impl Into<Name>, array: impl ArrayData) -> Result<()> {
        let encoded =
            array.dataspace().and_then(|space| Ok((space, Elements::from_values(&array.values())?)));
        let (dataspace, elements) = encoded.map_err(|e| self.locate(e))?;
        self.replace_attr(name.into(), dataspace, &elements)
    }

    /// Sets an attribute of a datatype and extent of the caller's choice, whatever it was before.
    ///
    /// # Errors
    /// As [`Node::write_attribute`](crate::Node::write_attribute).
    pub fn write_attr(&self, attribute: &NewAttribute, value: &Elements) -> Result<()> {
        let written = self.node.write_attribute(attribute, value, true);
        written.map_err(|e| self.locate_attribute(e, &attribute.name))
    }

    /// Creates an attribute.
    ///
    /// # Errors
    /// As [`Node::write_attribute`](crate::Node::write_attribute), `AlreadyExists` too.
    pub fn create_attr(&self, attribute: &NewAttribute, value: &Elements) -> Result<()> {
        let written = self.node.write_attribute(attribute, value, false);
        written.map_err(|e| self.locate_attribute(e, &attribute.name))
    }

    /// Removes an attribute.
    ///
    /// # Errors
    /// `NotFound`, `Unsupported`, `Io`, `Service`. Nothing has changed then.
    pub fn remove_attr(&self, name: impl AsRef<[u8]>) -> Result<()> {
        let name = name.as_ref();
        self.node.remove_attribute(name).map_err(|e| self.locate_attribute(e, &Name::new(name)))
    }

    /// Gives an attribute another name.
    ///
    /// # Errors
    /// `NotFound`, `AlreadyExists`, `Usage` for an empty name, `Unsupported`, `Io`, `Service`. Nothing has changed then.
    pub fn rename_attr(&self, from: impl AsRef<[u8]>, to: impl Into<Name>) -> Result<()> {
        let from = from.as_ref();
        let renamed = self.node.rename_attribute(from, &to.into());
        renamed.map_err(|e| self.locate_attribute(e, &Name::new(from)))
    }

    /// Sets the object's comment; an empty one removes it.
    ///
    /// # Errors
    /// `Unsupported`, `Io`, `Service`.
    pub fn set_comment(&self, comment: impl Into<Name>) -> Result<()> {
        let comment = comment.into();
        self.node.set_comment(Some(&comment).filter(|c| !c.is_empty())).map_err(|e| self.locate(e))
    }

    fn replace_attr(&self, name: Name, dataspace: Dataspace, elements: &Elements) -> Result<()> {
        self.write_attr(&NewAttribute::new(name, elements.datatype.clone(), dataspace), elements)
    }

    fn locate_attribute(&self, error: h5_types::Error, name: &Name) -> h5_types::Error {
        error.with_path(format!("{}@{name}", self.path))
    }
}

macro_rules! delegate {
    ($($t:ty),*) => {$(
        impl $t {
            /// As [`Object::set_attr`].
            ///
            /// # Errors
            /// As there.
            pub fn set_attr(&self, name: impl Into<Name>, value: impl AttributeValue) -> Result<()> {
                self.0.set_attr(name, value)
            }

            /// As [`Object::write_attr`].
            ///
            /// # Errors
            /// As there.
            pub fn write_attr(&self, attribute: &NewAttribute, value: &Elements) -> Result<()> {
                self.0.write_attr(attribute, value)
            }

            /// As [`Object::remove_attr`].
            ///
            /// # Errors
            /// As there.
            pub fn remove_attr(&self, name: impl AsRef<[u8]>) -> Result<()> {
                self.0.remove_attr(name)
            }

            /// As [`Object::rename_attr`].
            ///
            /// # Errors
            /// As there.
            pub fn rename_attr(&self, from: impl AsRef<[u8]>, to: impl Into<Name>) -> Result<()> {
                self.0.rename_attr(from, to)
            }

            /// As [`Object::set_comment`].
            ///
            /// # Errors
            /// As there.
            pub fn set_comment(&self, comment: impl Into<Name>) -> Result<()> {
                self.0.set_comment(comment)
            }
        }
    )*};
}

delegate!(Group, Dataset, CommittedDatatype);
