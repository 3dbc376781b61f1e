use h5_types::{Address, CharacterSet, Link, LinkTarget, Name, ObjectToken};

use super::Context;
use crate::{Reader, Result};

/// Link (specification IV.A.2.g); also what the fractal heap of a new-style group holds.
///
/// ```text
/// | version 1 | flags | type (flag 3) | creation order (8, flag 2) | character set (flag 4) | name length (1-8) | name | target |
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkMessage<'a> {
    /// The name, without a NUL.
    pub name: &'a [u8],
    /// Encoding that the file claims for it.
    pub character_set: CharacterSet,
    /// Creation order, where it is tracked.
    pub creation_order: Option<i64>,
    /// Where the link leads.
    pub target: LinkMessageTarget<'a>,
}

/// Where a link leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkMessageTarget<'a> {
    /// Type 0: the address of an object header.
    Hard(Address),
    /// Type 1: a path.
    Soft(&'a [u8]),
    /// Type 64: a path in another file.
    External {
        /// The other file.
        file: &'a [u8],
        /// The path in it.
        path: &'a [u8],
    },
    /// Types 65 to 255.
    UserDefined {
        /// The type.
        class: u8,
        /// The link's value.
        value: &'a [u8],
    },
}

impl<'a> LinkMessage<'a> {
    /// Decodes the message's body.
    ///
    /// # Errors
    /// If the version is not 1, the type is none that exists, the name is empty, or the body ends early.
    pub fn decode(body: &'a [u8], context: Context<'_>) -> Result<Self> {
        let mut reader = Reader::new(body, "Link message", "IV.A.2.g");
        reader.version(1..=1, "1")?;
        let flags = reader.u8()?;
        let class = if flags & 0x08 != 0 { reader.u8()? } else { 0 };
        let creation_order = if flags & 0x04 != 0 { Some(reader.u64()?.cast_signed()) } else { None };
        let character_set = if flags & 0x10 != 0 { reader.u8()? } else { 0 };
        let character_set = match character_set {
            0 => CharacterSet::Ascii,
            1 => CharacterSet::Utf8,
            other => return Err(reader.bad_value("link_name_character_set", other, "0 or 1")),
        };
        let name_length = reader.uint(1 << (flags & 3))?;
        if name_length == 0 {
            return Err(reader.bad_value("length_of_link_name", name_length, "at least 1"));
        }
        let name = reader.take_u64(name_length)?;
        let target = Self::decode_target(&mut reader, class, context)?;
        Ok(Self { name, character_set, creation_order, target })
    }

    fn decode_target(
        reader: &mut Reader<'a>,
        class: u8,
        context: Context<'_>,
    ) -> Result<LinkMessageTarget<'a>> {
        match class {
            0 => Ok(LinkMessageTarget::Hard(reader.defined_address(context.sizes, "object_header_address")?)),
            1 => {
                let length = reader.u16()?;
                if length == 0 {
                    return Err(reader.bad_value("length_of_soft_link_value", length, "at least 1"));
                }
                Ok(LinkMessageTarget::Soft(until_nul(reader.take(usize::from(length))?)))
            }
            64 => {
                let length = reader.u16()?;
                Self::decode_external(reader.take(usize::from(length))?)
            }
            65.. => {
                let length = reader.u16()?;
                Ok(LinkMessageTarget::UserDefined { class, value: reader.take(usize::from(length))? })
            }
            other => Err(reader.bad_value("link_type", other, "0, 1, or 64 to 255")),
        }
    }

    /// An external link's value: version and flags (both zero so far) in one byte, file name, path, each with a NUL.
    fn decode_external(value: &'a [u8]) -> Result<LinkMessageTarget<'a>> {
        let mut reader = Reader::new(value, "External Link value", "IV.A.2.g");
        let version_and_flags = reader.u8()?;
        if version_and_flags != 0 {
            return Err(reader.bad_value("version_and_flags", version_and_flags, "0"));
        }
        let file = reader.nul_terminated()?;
        let path = reader.nul_terminated()?;
        Ok(LinkMessageTarget::External { file, path })
    }

    /// The link as the layers above know it.
    pub fn to_link(&self) -> Link {
        let target = match self.target {
            LinkMessageTarget::Hard(address) => LinkTarget::Hard(ObjectToken(u128::from(address.0))),
            LinkMessageTarget::Soft(path) => LinkTarget::Soft(Name::new(path)),
            LinkMessageTarget::External { file, path } => {
                LinkTarget::External { file: Name::new(file), path: Name::new(path) }
            }
            LinkMessageTarget::UserDefined { class, value } => {
                LinkTarget::UserDefined { class, value: value.to_vec() }
            }
        };
        Link { name: Name::new(self.name), target, creation_order: self.creation_order }
    }
}

/// A soft link's value ends at its first NUL, as C programs see it.
fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&b| b == 0).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use h5_types::Limits;

    use super::*;
    use crate::Sizes;

    fn decode(body: &[u8]) -> Result<LinkMessage<'_>> {
        let limits = Limits::default();
        LinkMessage::decode(body, Context { sizes: Sizes { offsets: 4, lengths: 4 }, limits: &limits })
    }

    #[test]
    fn hard_link_with_every_optional_field() {
        let order = 7_u64.to_le_bytes();
        let body = [&[1, 0x1d, 0][..], &order, &[1], &[2, 0], b"ab", &[0x60, 0, 0, 0]].concat();
        let link = decode(&body).unwrap();
        let expected = LinkMessage {
            name: b"ab",
            character_set: CharacterSet::Utf8,
            creation_order: Some(7),
            target: LinkMessageTarget::Hard(Address(0x60)),
        };
        assert_eq!(link, expected);
        assert_eq!(link.to_link().target, LinkTarget::Hard(ObjectToken(0x60)));
    }

    #[test]
    fn other_kinds_of_link() {
        let soft = decode(b"\x01\x08\x01\x01a\x04\0/b\0c").unwrap();
        assert_eq!(soft.target, LinkMessageTarget::Soft(b"/b"));
        let external = decode(b"\x01\x08\x40\x01a\x08\0\0f.h5\0/b\0").unwrap_err();
        assert_eq!(external.structure, "External Link value", "the path's NUL is past the value");
        let external = decode(b"\x01\x08\x40\x01a\x09\0\0f.h5\0/b\0").unwrap();
        assert_eq!(external.target, LinkMessageTarget::External { file: b"f.h5", path: b"/b" });
        let user = decode(b"\x01\x08\x41\x01a\x02\0\x01\x02").unwrap();
        assert_eq!(user.target, LinkMessageTarget::UserDefined { class: 65, value: &[1, 2] });
    }

    #[test]
    fn rejects_reserved_types_and_empty_names() {
        assert!(decode(b"\x01\x08\x02\x01a\0\0\0\0").is_err());
        assert!(decode(b"\x01\0\0\x60\0\0\0").is_err());
        assert!(decode(b"\x01\0\x01a\xff\xff\xff\xff").is_err(), "a hard link to nowhere");
    }
}
