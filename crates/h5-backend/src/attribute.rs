use h5_types::{Dataspace, Datatype, Elements, Name, Result};

use crate::backend::AttributeInfo;
use crate::object::Object;

/// An attribute of an object.
#[derive(Debug, Clone)]
pub struct Attribute {
    pub(crate) object: Object,
    pub(crate) info: AttributeInfo,
}

impl Attribute {
    /// The attribute's name.
    pub fn name(&self) -> &Name {
        &self.info.name
    }

    /// Its datatype, as stored.
    pub fn datatype(&self) -> &Datatype {
        &self.info.datatype
    }

    /// Its extent.
    pub fn dataspace(&self) -> &Dataspace {
        &self.info.dataspace
    }

    /// Everything but the value.
    pub fn info(&self) -> &AttributeInfo {
        &self.info
    }

    /// All elements, in the memory form of the stored datatype.
    ///
    /// # Errors
    /// `Format`, `Io`, `Limit`.
    pub fn elements(&self) -> Result<Elements> {
        self.object
            .node
            .read_attribute(self.info.name.as_bytes())
            .map_err(|e| e.with_path(format!("{}@{}", self.object.path, self.info.name)))
    }
}
