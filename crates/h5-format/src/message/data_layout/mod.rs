mod chunked;

use h5_types::Address;

pub use chunked::{ChunkIndex, ChunkedLayout};

use super::Context;
use crate::{Reader, Result, Sizes, Writer};

/// Data Layout (specification IV.A.2.i), versions 1 to 5: where a dataset's raw data are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataLayout {
    /// Class 0: in this message.
    Compact {
        /// The raw data.
        data: Vec<u8>,
    },
    /// Class 1: in one block.
    Contiguous {
        /// The block; `None`: not allocated yet.
        address: Option<Address>,
        /// Its bytes; `None` in versions 1 and 2, where the dataspace and the datatype say it.
        size: Option<u64>,
    },
    /// Class 2: in chunks.
    Chunked(ChunkedLayout),
    /// Class 3: assembled from other datasets, by a description in the global heap.
    Virtual {
        /// The global heap collection; `None`: no mappings yet.
        heap_address: Option<Address>,
        /// The object in it.
        heap_index: u32,
    },
}

const COMPACT: u8 = 0;
const CONTIGUOUS: u8 = 1;
const CHUNKED: u8 = 2;
const VIRTUAL: u8 = 3;

impl DataLayout {
    /// Decodes the message's body.
    ///
    /// # Errors
    /// If version, class or index type is none that exists, a dimension or the element size is zero, a chunk's bytes exceed
    /// 64 bits, or the body ends early.
    pub fn decode(body: &[u8], context: Context<'_>) -> Result<Self> {
        let mut reader = Reader::new(body, "Data Layout message", "IV.A.2.i");
        let version = reader.version(1..=5, "1 to 5")?;
        if version < 3 {
            return decode_v1(reader, version, context);
        }
        let class = reader.u8()?;
        match class {
            COMPACT => {
                let size = reader.u16()?;
                Ok(Self::Compact { data: reader.take(usize::from(size))?.to_vec() })
            }
            CONTIGUOUS => Ok(Self::Contiguous {
                address: reader.address(context.sizes)?,
                size: Some(reader.length(context.sizes)?),
            }),
            CHUNKED if version == 3 => chunked::decode_v3(reader, context).map(Self::Chunked),
            CHUNKED => chunked::decode_v4(reader, version, context).map(Self::Chunked),
            VIRTUAL if version >= 4 => {
                Ok(Self::Virtual { heap_address: reader.address(context.sizes)?, heap_index: reader.u32()? })
            }
            other => Err(reader.bad_value("layout_class", other, "0 to 2, or 3 from version 4 on")),
        }
    }

    /// Appends the message's body, version 3, 4 or 5. Versions 1 and 2 are of HDF5 1.4 and before; they are read only.
    ///
    /// # Errors
    /// If the version does not exist or does not go with the layout (version 3 has the version 1 B-tree as its only chunk index and
    /// no virtual layout, the later ones do not have that index), a contiguous layout has no size, or a number exceeds its field.
    pub fn encode(&self, version: u8, sizes: Sizes, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::new(out, "Data Layout message", "IV.A.2.i");
        if !(3..=5).contains(&version) {
            return Err(writer.unencodable("version", "3, 4 or 5"));
        }
        writer.u8(version);
        match self {
            Self::Compact { data } => {
                writer.u8(COMPACT);
                writer.count("size", data.len(), 2)?;
                writer.put(data);
                Ok(())
            }
            Self::Contiguous { address, size } => {
                let size = size.ok_or_else(|| writer.unencodable("size", "a known size"))?;
                writer.u8(CONTIGUOUS);
                writer.optional_address("address", *address, sizes)?;
                writer.length("size", size, sizes)
            }
            Self::Chunked(layout) if layout.version != version => {
                Err(writer.unencodable("version", "the one that the chunk index is made for"))
            }
            Self::Chunked(layout) => {
                writer.u8(CHUNKED);
                chunked::encode(&mut writer, layout, sizes)
            }
            Self::Virtual { .. } if version < 4 => Err(writer.unencodable("version", "4 or 5 if virtual")),
            Self::Virtual { heap_address, heap_index } => {
                writer.u8(VIRTUAL);
                writer.optional_address("heap_address", *heap_address, sizes)?;
                writer.u32(*heap_index);
                Ok(())
            }
        }
    }
}

/// Versions 1 and 2.
///
/// ```text
/// | version | rank | class | reserved (5) | address (O, not compact) | dimensions (4 each) | compact: size (4), data |
/// ```
/// The dimensions of a chunked layout end with the size of the element.
fn decode_v1(mut reader: Reader<'_>, version: u8, context: Context<'_>) -> Result<DataLayout> {
    let rank = reader.u8()?;
    let class = reader.u8()?;
    reader.skip(5)?;
    let address = if class == COMPACT { None } else { reader.address(context.sizes)? };
    match class {
        COMPACT => {
            reader.skip(usize::from(rank).saturating_mul(4))?;
            let size = reader.u32()?;
            Ok(DataLayout::Compact { data: reader.take_u64(u64::from(size))?.to_vec() })
        }
        CONTIGUOUS => {
            reader.skip(usize::from(rank).saturating_mul(4))?;
            Ok(DataLayout::Contiguous { address, size: None })
        }
        CHUNKED => {
            let (chunk_dimensions, element_size) = chunked::decode_dimensions(&mut reader, rank, 4, context)?;
            let index = ChunkIndex::BTreeV1 { address };
            Ok(DataLayout::Chunked(ChunkedLayout {
                version,
                partial_edge_chunks_unfiltered: false,
                chunk_dimensions,
                element_size,
                index,
            }))
        }
        other => Err(reader.bad_value("layout_class", other, "0 to 2")),
    }
}

#[cfg(test)]
mod tests;
