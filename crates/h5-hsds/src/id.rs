//! Names of objects: 128 bits that the client may choose.

use std::fmt;

use h5_backend::ObjectKind;
use h5_types::{Error, ObjectToken, Result};

/// An object's name on the server: `g-`, `d-` or `t-`, then 32 hexadecimal digits in groups of 8, 8, 4, 6 and 6.
///
/// The first 16 digits are those of the domain's root; in the root's own name the other 16 are the first 16, each turned by 8.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id {
    kind: Collection,
    bits: u128,
}

/// Kinds of objects, as the server names their collections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Collection {
    Groups,
    Datasets,
    Datatypes,
}

impl Collection {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Groups => "groups",
            Self::Datasets => "datasets",
            Self::Datatypes => "datatypes",
        }
    }

    pub(crate) fn object_kind(self) -> ObjectKind {
        match self {
            Self::Groups => ObjectKind::Group,
            Self::Datasets => ObjectKind::Dataset,
            Self::Datatypes => ObjectKind::CommittedDatatype,
        }
    }
}

impl Id {
    /// A name for the root group of a new domain.
    pub(crate) fn new_root() -> Result<Self> {
        let high = u128::from(random()?);
        Ok(Self { kind: Collection::Groups, bits: (high << 64) | turned(high) })
    }

    /// A name for a new object of the same domain.
    pub(crate) fn new_sibling(self, kind: Collection) -> Result<Self> {
        Ok(Self { kind, bits: (self.bits >> 64 << 64) | u128::from(random()?) })
    }

    /// Reads a name, with or without its collection before it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.rsplit('/').next()?;
        let (kind, digits) = text.split_at_checked(2)?;
        let kind = match kind {
            "g-" => Collection::Groups,
            "d-" => Collection::Datasets,
            "t-" => Collection::Datatypes,
            _ => return None,
        };
        let groups: Vec<usize> = digits.split('-').map(str::len).collect();
        if groups != [8, 8, 4, 6, 6] {
            return None;
        }
        let digits: String = digits.split('-').collect();
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        u128::from_str_radix(&digits, 16).ok().map(|bits| Self { kind, bits })
    }

    pub(crate) fn collection(self) -> Collection {
        self.kind
    }

    pub(crate) fn token(self) -> ObjectToken {
        ObjectToken(self.bits)
    }

    /// As an element of a reference names it.
    pub(crate) fn reference(self) -> String {
        format!("{}/{self}", self.kind.name())
    }

    /// Where the server has it.
    pub(crate) fn path(self) -> String {
        format!("/{}/{self}", self.kind.name())
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self.kind {
            Collection::Groups => 'g',
            Collection::Datasets => 'd',
            Collection::Datatypes => 't',
        };
        let digits = format!("{:032x}", self.bits);
        write!(f, "{letter}")?;
        let mut rest = digits.as_str();
        for length in [8, 8, 4, 6, 6] {
            let (group, after) = rest.split_at_checked(length).ok_or(fmt::Error)?;
            write!(f, "-{group}")?;
            rest = after;
        }
        Ok(())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Each of 16 hexadecimal digits plus 8, modulo 16.
fn turned(digits: u128) -> u128 {
    digits ^ 0x8888_8888_8888_8888
}

fn random() -> Result<u64> {
    getrandom::u64().map_err(|e| Error::new(h5_types::ErrorKind::Io, "no random numbers").with_source(e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        let text = "g-09883468-a9450a3c-8100-bce021-cd82b4";
        let root = Id::parse(text).unwrap();
        assert_eq!(root.to_string(), text);
        assert_eq!(turned(root.bits >> 64), root.bits & u128::from(u64::MAX));
        let child = root.new_sibling(Collection::Datasets).unwrap();
        assert_eq!(Id::parse(&child.reference()), Some(child));
        assert!(child.to_string().starts_with("d-09883468-a9450a3c-"));
        let root = Id::new_root().unwrap();
        assert_eq!(turned(root.bits >> 64), root.bits & u128::from(u64::MAX));
        for other in [
            "",
            "g-",
            "x-09883468-a9450a3c-8100-bce021-cd82b4",
            "g-09883468a9450a3c8100bce021cd82b4",
            "g-+9883468-a9450a3c-8100-bce021-cd82b4",
        ] {
            assert_eq!(Id::parse(other), None, "{other}");
        }
    }
}
