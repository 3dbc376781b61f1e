use crate::{Name, ObjectToken};

/// One link of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The link's name in its group.
    pub name: Name,
    /// Where it leads.
    pub target: LinkTarget,
    /// Creation order, where the group tracks it.
    pub creation_order: Option<i64>,
}

/// Where a link leads (specification IV.A.2.g).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkTarget {
    /// An object of the same file.
    Hard(ObjectToken),
    /// A path in the same file, relative to the link's group unless it begins with `/`.
    Soft(Name),
    /// An object of another file.
    External {
        /// The other file's name, as stored.
        file: Name,
        /// Path in that file.
        path: Name,
    },
    /// A link of a user-defined class.
    UserDefined {
        /// Link class, 65 to 255.
        class: u8,
        /// The link's value, opaque to HDF5.
        value: Vec<u8>,
    },
}
