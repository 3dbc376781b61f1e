use h5_types::{CharacterSet, Dataspace, Datatype};

use super::{Context, MaybeShared, SharedMessage, dataspace, datatype};
use crate::{Reader, Result, Writer};

/// Attribute (specification IV.A.2.m), versions 1 to 3; also what the fractal heap of densely stored attributes holds.
///
/// The parts are cut out at once; datatype and dataspace are decoded when asked for, so that listing names costs little.
///
/// ```text
/// | version | flags (v2+) | name size (2) | datatype size (2) | dataspace size (2) | character set (v3) | name | datatype | dataspace | data |
/// ```
/// In version 1 name, datatype and dataspace are each filled up to a multiple of eight bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttributeMessage<'a> {
    /// The name, without its NUL.
    pub name: &'a [u8],
    /// Encoding that the file claims for the name.
    pub character_set: CharacterSet,
    datatype: &'a [u8],
    datatype_is_shared: bool,
    dataspace: &'a [u8],
    dataspace_is_shared: bool,
    data: &'a [u8],
}

/// A datatype or dataspace inside an attribute, encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttributePart<'a> {
    /// The body of the message, or of the shared message in its place.
    pub body: &'a [u8],
    /// Whether it is a shared message.
    pub is_shared: bool,
}

impl<'a> AttributeMessage<'a> {
    /// An attribute to be written; `data` is its value, one element after the other.
    pub fn new(
        name: &'a [u8],
        character_set: CharacterSet,
        datatype: AttributePart<'a>,
        dataspace: AttributePart<'a>,
        data: &'a [u8],
    ) -> Self {
        Self {
            name,
            character_set,
            datatype: datatype.body,
            datatype_is_shared: datatype.is_shared,
            dataspace: dataspace.body,
            dataspace_is_shared: dataspace.is_shared,
            data,
        }
    }

    /// Cuts the message's body into its parts.
    ///
    /// # Errors
    /// If the version is none that exists, the name is empty, or the body ends early.
    pub fn decode(body: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(body, "Attribute message", "IV.A.2.m");
        let version = reader.version(1..=3, "1, 2 or 3")?;
        let flags = reader.u8()?;
        // Version 1 has a reserved byte here, which some writers did not clear.
        let flags = if version == 1 { 0 } else { flags };
        let [name_size, datatype_size, dataspace_size] = [reader.u16()?, reader.u16()?, reader.u16()?];
        let character_set = if version == 3 { reader.u8()? } else { 0 };
        let character_set = match character_set {
            0 => CharacterSet::Ascii,
            1 => CharacterSet::Utf8,
            other => return Err(reader.bad_value("name_character_set_encoding", other, "0 or 1")),
        };
        let name = take_part(&mut reader, name_size, version)?;
        let name = name.split(|&b| b == 0).next().unwrap_or_default();
        let datatype = take_part(&mut reader, datatype_size, version)?;
        let dataspace = take_part(&mut reader, dataspace_size, version)?;
        Ok(Self {
            name,
            character_set,
            datatype,
            datatype_is_shared: flags & 1 != 0,
            dataspace,
            dataspace_is_shared: flags & 2 != 0,
            data: reader.rest(),
        })
    }

    /// The datatype, or where it is.
    ///
    /// # Errors
    /// Those of [`datatype::decode`] and [`SharedMessage::decode`].
    pub fn datatype(&self, context: Context<'_>) -> Result<MaybeShared<Datatype>> {
        if self.datatype_is_shared {
            SharedMessage::decode(self.datatype, context).map(MaybeShared::Shared)
        } else {
            datatype::decode(self.datatype, context).map(MaybeShared::Here)
        }
    }

    /// The dataspace, or where it is.
    ///
    /// # Errors
    /// Those of [`dataspace::decode`] and [`SharedMessage::decode`].
    pub fn dataspace(&self, context: Context<'_>) -> Result<MaybeShared<Dataspace>> {
        if self.dataspace_is_shared {
            SharedMessage::decode(self.dataspace, context).map(MaybeShared::Shared)
        } else {
            dataspace::decode(self.dataspace, context).map(MaybeShared::Here)
        }
    }

    /// The datatype, not decoded.
    pub fn datatype_part(&self) -> AttributePart<'a> {
        AttributePart { body: self.datatype, is_shared: self.datatype_is_shared }
    }

    /// The dataspace, not decoded.
    pub fn dataspace_part(&self) -> AttributePart<'a> {
        AttributePart { body: self.dataspace, is_shared: self.dataspace_is_shared }
    }

    /// The value with whatever follows it in the message.
    pub fn padded_data(&self) -> &'a [u8] {
        self.data
    }

    /// The value: the first `size` bytes of the data, which may be followed by padding.
    ///
    /// # Errors
    /// If there are fewer.
    pub fn data(&self, size: u64) -> Result<&'a [u8]> {
        Reader::new(self.data, "Attribute message", "IV.A.2.m").take_u64(size)
    }
}

impl AttributeMessage<'_> {
    /// Appends the message's body.
    ///
    /// # Errors
    /// If the version does not exist or cannot say it (shared parts need 2, a name in UTF-8 needs 3), there is a NUL in the name, or a
    /// part is longer than 65,535 bytes.
    pub fn encode(&self, version: u8, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::new(out, "Attribute message", "IV.A.2.m");
        if !(1..=3).contains(&version) {
            return Err(writer.unencodable("version", "1, 2 or 3"));
        }
        let flags = u8::from(self.datatype_is_shared) | u8::from(self.dataspace_is_shared) << 1;
        if version == 1 && flags != 0 {
            return Err(writer.unencodable("flags", "nothing shared in version 1"));
        }
        if version < 3 && self.character_set != CharacterSet::Ascii {
            return Err(writer.unencodable("name_character_set_encoding", "ASCII before version 3"));
        }
        writer.put(&[version, flags]);
        writer.count("name_size", self.name.len().saturating_add(1), 2)?;
        writer.count("datatype_size", self.datatype.len(), 2)?;
        writer.count("dataspace_size", self.dataspace.len(), 2)?;
        if version == 3 {
            writer.u8(u8::from(self.character_set == CharacterSet::Utf8));
        }
        writer.nul_terminated("name", self.name)?;
        // The eight bytes so far of version 1 keep what follows at multiples of eight.
        let pad = |writer: &mut Writer<'_>| {
            if version == 1 {
                writer.pad_to_8()
            }
        };
        pad(&mut writer);
        for part in [self.datatype, self.dataspace] {
            writer.put(part);
            pad(&mut writer);
        }
        writer.put(self.data);
        Ok(())
    }
}

fn take_part<'a>(reader: &mut Reader<'a>, size: u16, version: u8) -> Result<&'a [u8]> {
    let part = reader.take(usize::from(size))?;
    if version == 1 {
        reader.skip(part.len().wrapping_neg() & 7)?;
    }
    Ok(part)
}

#[cfg(test)]
mod tests {
    use h5_types::{Address, Limits};

    use super::*;
    use crate::Sizes;

    const U8: [u8; 12] = [0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0];
    const SCALAR: [u8; 8] = [1, 0, 0, 0, 0, 0, 0, 0];

    #[test]
    fn each_version_gives_the_same_parts() {
        let limits = Limits::default();
        let context = Context { sizes: Sizes { offsets: 8, lengths: 8 }, limits: &limits };
        let sizes = [4, 0, 12, 0, 8, 0];
        let v1 = [&[1, 0][..], &sizes, b"abc\0\0\0\0\0", &U8, &[0; 4], &SCALAR, &[42, 0, 0]].concat();
        let v2 = [&[2, 0][..], &sizes, b"abc\0", &U8, &SCALAR, &[42]].concat();
        let v3 = [&[3, 0][..], &sizes, &[1], b"abc\0", &U8, &SCALAR, &[42]].concat();
        for (body, set) in [(v1, CharacterSet::Ascii), (v2, CharacterSet::Ascii), (v3, CharacterSet::Utf8)] {
            let attribute = AttributeMessage::decode(&body).unwrap();
            assert_eq!((attribute.name, attribute.character_set), (&b"abc"[..], set));
            assert!(matches!(attribute.datatype(context).unwrap(), MaybeShared::Here(Datatype::Integer(_))));
            assert_eq!(attribute.dataspace(context).unwrap(), MaybeShared::Here(Dataspace::Scalar));
            assert_eq!(attribute.data(1).unwrap(), [42]);
            let mut out = Vec::new();
            attribute.encode(body[0], &mut out).unwrap();
            assert_eq!(out, body);
        }
    }

    #[test]
    fn flags_say_what_is_shared() {
        let limits = Limits::default();
        let context = Context { sizes: Sizes { offsets: 4, lengths: 4 }, limits: &limits };
        let body = [&[2, 1, 2, 0, 6, 0, 8, 0][..], b"a\0", &[2, 0, 0x60, 0, 0, 0], &SCALAR, &[1]].concat();
        let attribute = AttributeMessage::decode(&body).unwrap();
        let datatype = AttributePart { body: &[2, 0, 0x60, 0, 0, 0], is_shared: true };
        let dataspace = AttributePart { body: &SCALAR, is_shared: false };
        let made = AttributeMessage::new(b"a", CharacterSet::Ascii, datatype, dataspace, &[1]);
        assert_eq!(made, attribute);
        let mut out = Vec::new();
        made.encode(2, &mut out).unwrap();
        assert_eq!(out, body);
        assert!(made.encode(1, &mut out).is_err(), "version 1 shares nothing");
        let unicode = AttributeMessage { character_set: CharacterSet::Utf8, ..made };
        assert!(unicode.encode(2, &mut out).is_err(), "version 2 has no character set");
        let shared = MaybeShared::Shared(SharedMessage::ObjectHeader(Address(0x60)));
        assert_eq!(attribute.datatype(context).unwrap(), shared);
        assert_eq!(attribute.dataspace(context).unwrap(), MaybeShared::Here(Dataspace::Scalar));
    }
}
