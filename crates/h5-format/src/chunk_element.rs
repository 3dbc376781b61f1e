use h5_types::Address;

use crate::{Reader, Result, Sizes, Writer};

/// An element of a fixed or extensible array of chunks: HDF5 File Format Specification 4.0, VII.C and VII.D.
///
/// ```text
/// not filtered  address (O)
/// filtered      address (O)   chunk size (as wide as the layout says)   filter mask (4)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkElement {
    /// The chunk.
    pub address: Address,
    /// Bytes in the file and filter mask, where chunks are filtered.
    pub filtered: Option<(u64, u32)>,
}

/// How the elements of one array are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkElementFormat {
    /// Width of the chunk size; `None` where chunks are not filtered.
    pub chunk_size_bytes: Option<usize>,
    /// Width of addresses.
    pub sizes: Sizes,
}

impl ChunkElementFormat {
    /// Bytes of an element.
    pub fn bytes(&self) -> usize {
        let extra = self.chunk_size_bytes.map_or(0, |width| width.saturating_add(4));
        usize::from(self.sizes.offsets).saturating_add(extra)
    }

    /// Number that stands for this kind of element in the arrays' structures.
    pub fn client_id(&self) -> u8 {
        u8::from(self.chunk_size_bytes.is_some())
    }

    /// Reads an element; `None` if its chunk was never written.
    ///
    /// # Errors
    /// Too few bytes.
    pub fn decode(&self, bytes: &[u8]) -> Result<Option<ChunkElement>> {
        let mut reader = Reader::new(bytes, "chunk array element", "VII.C");
        let Some(address) = reader.address(self.sizes)? else { return Ok(None) };
        let filtered = match self.chunk_size_bytes {
            None => None,
            Some(width) => Some((reader.uint(width)?, reader.u32()?)),
        };
        Ok(Some(ChunkElement { address, filtered }))
    }

    /// Writes an element; `None` for a chunk that was never written.
    ///
    /// # Errors
    /// A size where chunks are not filtered or none where they are, or a number too wide for its field.
    pub fn encode(&self, element: Option<ChunkElement>) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.bytes());
        let mut writer = Writer::new(&mut bytes, "chunk array element", "VII.C");
        self.write(&mut writer, element)?;
        Ok(bytes)
    }

    /// Writes an element into a block.
    pub(crate) fn write(&self, writer: &mut Writer<'_>, element: Option<ChunkElement>) -> Result<()> {
        writer.optional_address("address", element.map(|element| element.address), self.sizes)?;
        let filtered = element.map(|element| element.filtered);
        match (self.chunk_size_bytes, filtered) {
            (None, None | Some(None)) => Ok(()),
            (Some(width), None) => {
                writer.zeros(width.saturating_add(4));
                Ok(())
            }
            (Some(width), Some(Some((size, filter_mask)))) => {
                writer.uint("chunk_size", size, width)?;
                writer.u32(filter_mask);
                Ok(())
            }
            _ => Err(writer.unencodable("chunk_size", "a size exactly where chunks are filtered")),
        }
    }

    /// Checks that a structure's client ID is that of these elements.
    pub(crate) fn check_client(&self, reader: &mut Reader<'_>) -> Result<()> {
        let found = reader.u8()?;
        if found == self.client_id() {
            return Ok(());
        }
        Err(reader.bad_value("client_id", found, "1 for filtered chunks, 0 for others"))
    }

    /// Checks that the size of elements in a header is that of these.
    pub(crate) fn check_size(&self, reader: &mut Reader<'_>) -> Result<()> {
        let found = reader.u8()?;
        if usize::from(found) == self.bytes() {
            return Ok(());
        }
        Err(reader.bad_value("element_size", found, "the size that the data layout asks for"))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZES: Sizes = Sizes { offsets: 4, lengths: 8 };

    #[test]
    fn encode_elements_as_the_specification_lays_them_out() {
        let plain = ChunkElementFormat { chunk_size_bytes: None, sizes: SIZES };
        let filtered = ChunkElementFormat { chunk_size_bytes: Some(3), sizes: SIZES };
        let element = ChunkElement { address: Address(0x1234), filtered: Some((0x05_0607, 1)) };
        let bytes = [0x34, 0x12, 0, 0, 7, 6, 5, 1, 0, 0, 0];
        assert_eq!(filtered.encode(Some(element)).unwrap(), bytes);
        assert_eq!(filtered.encode(None).unwrap(), [255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(plain.encode(None).unwrap(), [255; 4]);
        assert!(plain.encode(Some(element)).is_err());
        assert!(filtered.encode(Some(ChunkElement { filtered: None, ..element })).is_err());
        let large = ChunkElement { filtered: Some((1 << 24, 0)), ..element };
        assert!(filtered.encode(Some(large)).is_err());
    }

    /// A format and elements of it.
    pub(crate) fn format_and_elements(
        count: impl Into<prop::collection::SizeRange>,
    ) -> impl Strategy<Value = (ChunkElementFormat, Vec<Option<ChunkElement>>)> {
        let numbers = prop::collection::vec((any::<bool>(), 0..u32::MAX, any::<u32>(), any::<u32>()), count);
        (prop::option::of(4..9_usize), numbers).prop_map(|(chunk_size_bytes, numbers)| {
            let elements = numbers.into_iter().map(|(there, address, size, mask)| {
                let filtered = chunk_size_bytes.map(|_| (u64::from(size), mask));
                there.then_some(ChunkElement { address: Address(u64::from(address)), filtered })
            });
            (ChunkElementFormat { chunk_size_bytes, sizes: SIZES }, elements.collect())
        })
    }

    proptest! {
        #[test]
        fn elements_decode_to_what_was_encoded((format, elements) in format_and_elements(4)) {
            for element in elements {
                let bytes = format.encode(element).unwrap();
                prop_assert_eq!(bytes.len(), format.bytes());
                prop_assert_eq!(format.decode(&bytes).unwrap(), element);
            }
        }
    }
}
