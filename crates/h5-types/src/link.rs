use crate::{Error, Name, ObjectToken, Result};

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

impl LinkTarget {
    /// Checks that a link can lead there: what each backend refuses alike, whatever it can store.
    ///
    /// # Errors
    /// `Usage`: an empty path or file name, or one with a NUL; a user-defined class below 65 (those are HDF5's own); a value of more than
    /// 65,535 bytes.
    pub fn check(&self) -> Result<()> {
        let is_path = |path: &Name| !path.is_empty() && !path.as_bytes().contains(&0);
        let holds = match self {
            Self::Hard(_) => true,
            Self::Soft(path) => is_path(path),
            Self::External { file, path } => is_path(file) && is_path(path),
            Self::UserDefined { class, value } => {
                *class >= FIRST_USER_DEFINED && value.len() <= LARGEST_VALUE
            }
        };
        if holds { Ok(()) } else { Err(Error::usage(format!("no link leads to {self:?}"))) }
    }
}

/// First link class that is the user's.
const FIRST_USER_DEFINED: u8 = 65;
/// Most bytes of a user-defined link's value: its length has 16 bits.
const LARGEST_VALUE: usize = 65_535;
