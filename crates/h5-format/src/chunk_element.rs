use h5_types::Address;

use crate::{Reader, Result, Sizes};

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
