use h5_types::Address;

use super::Context;
use crate::{Reader, Result};

/// Where a message really is: Shared Message (specification IV.A.2, "Shared Message", versions 1 to 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedMessage {
    /// In another object header (a committed datatype).
    ObjectHeader(Address),
    /// In the file's heap of shared messages, under that identification number.
    Heap([u8; HEAP_ID_BYTES]),
}

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
            3 if kind == 1 => {
                let mut id = [0; HEAP_ID_BYTES];
                id.copy_from_slice(reader.take(HEAP_ID_BYTES)?);
                Ok(Self::Heap(id))
            }
            3 if !matches!(kind, 0 | 2 | 3) => Err(reader.bad_value("type", kind, "0 to 3")),
            _ => Ok(Self::ObjectHeader(reader.defined_address(context.sizes, "object_header_address")?)),
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
}
