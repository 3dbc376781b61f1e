use std::fmt;

use crate::{Name, Selection};

/// Identifies an object within its file: the object header's address in the native backend, a UUID in HSDS. Two links lead
/// to the same object exactly if their tokens are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectToken(pub u128);

impl fmt::Display for ObjectToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A decoded reference value (datatype class 7).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reference {
    /// Refers to nothing: the value that fill and unwritten elements have.
    Null,
    /// Refers to an object of this file.
    Object(ObjectToken),
    /// Refers to elements of a dataset of this file.
    Region {
        /// The dataset.
        object: ObjectToken,
        /// Its elements.
        selection: Selection,
    },
    /// Refers to an attribute of an object of this file.
    Attribute {
        /// The object.
        object: ObjectToken,
        /// The attribute's name.
        name: Name,
    },
    /// Refers into another file.
    External {
        /// The other file's name, as stored.
        file: Name,
        /// The reference as seen from that file.
        target: Box<Reference>,
    },
    /// Stored bytes that lead nowhere (a heap object that does not exist, say); the text says why. Where it is written, it leads nowhere
    /// too.
    Dangling(String),
}
