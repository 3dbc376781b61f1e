use h5_types::{Address, CharacterSet, Link, LinkTarget, Name, ObjectToken};

use super::Context;
use crate::{Reader, Result, Sizes, Writer};

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

    /// Appends the message's body, with no optional field that could be left out.
    ///
    /// # Errors
    /// If the name or a soft link's path is empty, a text holds a NUL, the class of a user-defined link is none, or a number or length
    /// exceeds its field.
    pub fn encode(&self, sizes: Sizes, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::new(out, "Link message", "IV.A.2.g");
        let class = match self.target {
            LinkMessageTarget::Hard(_) => 0,
            LinkMessageTarget::Soft(_) => 1,
            LinkMessageTarget::External { .. } => 64,
            LinkMessageTarget::UserDefined { class, .. } if class > 64 => class,
            LinkMessageTarget::UserDefined { .. } => return Err(writer.unencodable("link_type", "65 to 255")),
        };
        if self.name.is_empty() || self.name.contains(&0) {
            return Err(writer.unencodable("link_name", "at least one byte, and no NUL"));
        }
        // Powers of two: widths of 1, 2, 4 and 8 bytes.
        let width_code = match self.name.len() {
            0..=0xff => 0,
            0x100..=0xffff => 1,
            0x1_0000..=0xffff_ffff => 2,
            _ => 3,
        };
        let is_utf8 = self.character_set == CharacterSet::Utf8;
        let has_order = u8::from(self.creation_order.is_some());
        writer.u8(1);
        writer.u8(width_code | has_order << 2 | u8::from(class != 0) << 3 | u8::from(is_utf8) << 4);
        if class != 0 {
            writer.u8(class);
        }
        if let Some(order) = self.creation_order {
            writer.u64(order.cast_unsigned());
        }
        if is_utf8 {
            writer.u8(1);
        }
        writer.count("length_of_link_name", self.name.len(), 1 << width_code)?;
        writer.put(self.name);
        self.encode_target(&mut writer, sizes)
    }

    fn encode_target(&self, writer: &mut Writer<'_>, sizes: Sizes) -> Result<()> {
        match self.target {
            LinkMessageTarget::Hard(address) => writer.address("object_header_address", address, sizes),
            LinkMessageTarget::Soft(path) => {
                if path.is_empty() || path.contains(&0) {
                    return Err(writer.unencodable("soft_link_value", "at least one byte, and no NUL"));
                }
                writer.count("length_of_soft_link_value", path.len(), 2)?;
                writer.put(path);
                Ok(())
            }
            LinkMessageTarget::External { file, path } => {
                // Version and flags, and the two NULs.
                let length = file.len().saturating_add(path.len()).saturating_add(3);
                writer.count("length_of_external_link", length, 2)?;
                writer.u8(0);
                writer.nul_terminated("file_name", file)?;
                writer.nul_terminated("object_path", path)
            }
            LinkMessageTarget::UserDefined { value, .. } => {
                writer.count("length_of_user_defined_link", value.len(), 2)?;
                writer.put(value);
                Ok(())
            }
        }
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
        assert_eq!(external.structure(), "External Link value", "the path's NUL is past the value");
        let external = decode(b"\x01\x08\x40\x01a\x09\0\0f.h5\0/b\0").unwrap();
        assert_eq!(external.target, LinkMessageTarget::External { file: b"f.h5", path: b"/b" });
        let user = decode(b"\x01\x08\x41\x01a\x02\0\x01\x02").unwrap();
        assert_eq!(user.target, LinkMessageTarget::UserDefined { class: 65, value: &[1, 2] });
    }

    fn encode(link: &LinkMessage<'_>) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        link.encode(Sizes { offsets: 4, lengths: 4 }, &mut out).map(|()| out)
    }

    #[test]
    fn every_kind_of_link_is_written_as_it_was_read() {
        let order = 7_u64.to_le_bytes();
        let every_field = [&[1, 0x14][..], &order, &[1], &[2], b"ab", &[0x60, 0, 0, 0]].concat();
        let bodies: [&[u8]; 5] = [
            b"\x01\0\x01a\x60\0\0\0",
            &every_field,
            b"\x01\x08\x01\x01a\x02\0/b",
            b"\x01\x08\x40\x01a\x09\0\0f.h5\0/b\0",
            b"\x01\x08\x41\x01a\x02\0\x01\x02",
        ];
        for body in bodies {
            assert_eq!(encode(&decode(body).unwrap()).unwrap(), body);
        }
    }

    fn link<'a>(name: &'a [u8], target: LinkMessageTarget<'a>) -> LinkMessage<'a> {
        LinkMessage { name, character_set: CharacterSet::Ascii, creation_order: None, target }
    }

    #[test]
    fn long_names_have_wide_lengths_and_impossible_links_are_errors() {
        let hard = LinkMessageTarget::Hard(Address(1));
        for (length, code) in [(0xff, 0), (0x100, 1), (0x1_0000, 2)] {
            let name = vec![b'a'; length];
            let body = encode(&link(&name, hard)).unwrap();
            assert_eq!(body[1], code);
            assert_eq!(decode(&body).unwrap(), link(&name, hard));
        }
        assert!(encode(&link(b"", hard)).is_err());
        assert!(encode(&link(b"a\0", hard)).is_err());
        assert!(encode(&link(b"a", LinkMessageTarget::Hard(Address(1 << 32)))).is_err());
        assert!(encode(&link(b"a", LinkMessageTarget::Soft(b""))).is_err());
        assert!(encode(&link(b"a", LinkMessageTarget::Soft(&[b'p'; 0x1_0000]))).is_err());
        assert!(encode(&link(b"a", LinkMessageTarget::External { file: b"f\0", path: b"p" })).is_err());
        assert!(encode(&link(b"a", LinkMessageTarget::UserDefined { class: 64, value: b"" })).is_err());
    }

    #[test]
    fn rejects_reserved_types_and_empty_names() {
        assert!(decode(b"\x01\x08\x02\x01a\0\0\0\0").is_err());
        assert!(decode(b"\x01\0\0\x60\0\0\0").is_err());
        assert!(decode(b"\x01\0\x01a\xff\xff\xff\xff").is_err(), "a hard link to nowhere");
    }
}
