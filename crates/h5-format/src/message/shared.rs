use h5_types::Address;

use super::Context;
use crate::{Reader, Result, Sizes, Writer};

/// Where a message really is: Shared Message (specification IV.A.2, "Shared Message", versions 1 to 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedMessage {
    /// In another object header (a committed datatype).
    ObjectHeader(Address),
    /// In the file's heap of shared messages, under that identification number.
    Heap([u8; HEAP_ID_BYTES]),
}

/// Type of a message in the heap of shared messages (version 3).
const IN_HEAP: u8 = 1;
/// Type of a message in another object header; in version 2 a reserved byte, where the library writes the same.
const COMMITTED: u8 = 2;

/// Bytes of the number that identifies a message in the fractal heap of shared messages.
const HEAP_ID_BYTES: usize = 8;

/// A message's content, or where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MaybeShared<T> {
    /// The content itself.
    Here(T),
    /// Elsewhere.
    Shared(SharedMessage),
}

impl SharedMessage {
    /// Decodes a shared message of any version.
    ///
    /// Version 1 is, as HDF5 1.4 wrote it, followed by a whole symbol table entry: the offset of a name that was never used, then
    /// the address. The specification's text has the address alone. The length tells which it is.
    ///
    /// # Errors
    /// If the version or (version 3) the type is none that exists, or the address is undefined.
    pub fn decode(body: &[u8], context: Context<'_>) -> Result<Self> {
        let mut reader = Reader::new(body, "Shared Message", "IV.A.2");
        let version = reader.version(1..=3, "1, 2 or 3")?;
        let kind = reader.u8()?;
        match version {
            1 => {
                reader.skip(6)?;
                let name_bytes = usize::from(context.sizes.lengths);
                let entry_bytes = name_bytes.saturating_add(context.sizes.offsets.into()).saturating_add(24);
                if reader.remaining() >= entry_bytes {
                    reader.skip(name_bytes)?;
                }
                Ok(Self::ObjectHeader(reader.defined_address(context.sizes, "object_header_address")?))
            }
            3 if kind == IN_HEAP => {
                let mut id = [0; HEAP_ID_BYTES];
                id.copy_from_slice(reader.take(HEAP_ID_BYTES)?);
                Ok(Self::Heap(id))
            }
            3 if !matches!(kind, 0 | 2 | 3) => Err(reader.bad_value("type", kind, "0 to 3")),
            _ => Ok(Self::ObjectHeader(reader.defined_address(context.sizes, "object_header_address")?)),
        }
    }

    /// Appends a shared message.
    ///
    /// Version 1 is written as HDF5 1.4 did, with a whole symbol table entry. Versions 1 and 2 do not know the heap.
    ///
    /// # Errors
    /// If the version does not exist or does not go with the place, or the address exceeds its field.
    pub fn encode(&self, version: u8, sizes: Sizes, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::new(out, "Shared Message", "IV.A.2");
        match (version, *self) {
            (1, Self::ObjectHeader(address)) => {
                writer.u8(1);
                writer.zeros(usize::from(sizes.lengths).saturating_add(7));
                writer.address("object_header_address", address, sizes)?;
                writer.zeros(24);
                Ok(())
            }
            (2, Self::ObjectHeader(address)) => {
                writer.put(&[2, COMMITTED]);
                writer.address("object_header_address", address, sizes)
            }
            (3, Self::ObjectHeader(address)) => {
                writer.put(&[3, COMMITTED]);
                writer.address("object_header_address", address, sizes)
            }
            (3, Self::Heap(id)) => {
                writer.put(&[3, IN_HEAP]);
                writer.put(&id);
                Ok(())
            }
            _ => Err(writer.unencodable("version", "1, 2 or 3; for a message in the heap 3")),
        }
    }
}

#[cfg(test)]
mod tests {
    use h5_types::Limits;

    use super::*;
    use crate::Sizes;

    #[test]
    fn each_version_finds_its_place() {
        let limits = Limits::default();
        let context = Context { sizes: Sizes { offsets: 4, lengths: 4 }, limits: &limits };
        let decode = |body: &[u8]| SharedMessage::decode(body, context);
        let address = [0x60, 0, 0, 0];
        let expected = SharedMessage::ObjectHeader(Address(0x60));
        let entry = [&[1, 0, 0, 0, 0, 0, 0, 0][..], &[9, 0, 0, 0], &address, &[0; 24]].concat();
        assert_eq!(decode(&entry).unwrap(), expected, "version 1 with a symbol table entry");
        let text = [&[1, 0, 0, 0, 0, 0, 0, 0][..], &address].concat();
        assert_eq!(decode(&text).unwrap(), expected, "version 1 with an address");
        assert_eq!(decode(&[&[2, 0][..], &address].concat()).unwrap(), expected);
        assert_eq!(decode(&[&[3, 2][..], &address].concat()).unwrap(), expected);
        assert_eq!(
            decode(&[3, 1, 1, 2, 3, 4, 5, 6, 7, 8]).unwrap(),
            SharedMessage::Heap([1, 2, 3, 4, 5, 6, 7, 8])
        );
        assert!(decode(&[3, 4, 0x60, 0, 0, 0]).is_err());
        assert!(decode(&[2, 0, 0xff, 0xff, 0xff, 0xff]).is_err());
    }

    #[test]
    fn each_version_is_written_where_it_can_be() {
        let sizes = Sizes { offsets: 4, lengths: 4 };
        let encode = |message: SharedMessage, version| {
            let mut out = Vec::new();
            message.encode(version, sizes, &mut out).map(|()| out)
        };
        let committed = SharedMessage::ObjectHeader(Address(0x60));
        let v1 = [&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x60, 0, 0, 0][..], &[0; 24]].concat();
        assert_eq!(encode(committed, 1).unwrap(), v1);
        assert_eq!(encode(committed, 2).unwrap(), [2, 2, 0x60, 0, 0, 0]);
        assert_eq!(encode(committed, 3).unwrap(), [3, 2, 0x60, 0, 0, 0]);
        assert!(encode(committed, 4).is_err());
        let in_heap = SharedMessage::Heap([1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(encode(in_heap, 3).unwrap(), [3, 1, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert!(encode(in_heap, 2).is_err());
        assert!(encode(SharedMessage::ObjectHeader(Address(1 << 32)), 3).is_err());
    }
}
