use h5_types::Address;

use super::Context;
use crate::{Fault, Reader, Result};

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

/// Layout in chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkedLayout {
    /// Version of the message; the records of chunk indexes depend on it.
    pub version: u8,
    /// Whether chunks that reach over the dataset's edge are not filtered (version 4 on, flag 0).
    pub partial_edge_chunks_unfiltered: bool,
    /// Shape of a chunk in elements, slowest-varying first; none is zero. Without the size of the element.
    pub chunk_dimensions: Vec<u64>,
    /// Bytes of an element, as stored after the dimensions.
    pub element_size: u64,
    /// How chunks are found.
    pub index: ChunkIndex,
}

/// How chunks are found; the address is `None` where no index is allocated yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkIndex {
    /// Version 1 B-tree (message versions 1 to 3).
    BTreeV1 {
        /// Root node.
        address: Option<Address>,
    },
    /// Type 1: one chunk.
    Single {
        /// The chunk.
        address: Option<Address>,
        /// Stored bytes and filter mask, if the chunk is filtered.
        filtered: Option<(u64, u32)>,
    },
    /// Type 2: all chunks in place.
    Implicit {
        /// The first chunk.
        address: Option<Address>,
    },
    /// Type 3: fixed array.
    FixedArray {
        /// Header.
        address: Option<Address>,
        /// Bits that number the elements of a page.
        page_bits: u8,
    },
    /// Type 4: extensible array.
    ExtensibleArray {
        /// Header.
        address: Option<Address>,
        /// Bits that number all elements.
        max_bits: u8,
        /// Elements in the index block.
        index_elements: u8,
        /// Least number of data block pointers of a secondary block.
        min_pointers: u8,
        /// Least number of elements of a data block.
        min_elements: u8,
        /// Bits that number the elements of a page.
        page_bits: u8,
    },
    /// Type 5: version 2 B-tree.
    BTreeV2 {
        /// Header.
        address: Option<Address>,
        /// Bytes of a node.
        node_size: u32,
        /// Fullness above which a node is split, in percent.
        split_percent: u8,
        /// Fullness below which nodes are merged, in percent.
        merge_percent: u8,
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
            CHUNKED if version == 3 => decode_chunked_v3(reader, context),
            CHUNKED => decode_chunked_v4(reader, version, context),
            VIRTUAL if version >= 4 => {
                Ok(Self::Virtual { heap_address: reader.address(context.sizes)?, heap_index: reader.u32()? })
            }
            other => Err(reader.bad_value("layout_class", other, "0 to 2, or 3 from version 4 on")),
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
            let (chunk_dimensions, element_size) = decode_dimensions(&mut reader, rank, 4, context)?;
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

fn decode_chunked_v3(mut reader: Reader<'_>, context: Context<'_>) -> Result<DataLayout> {
    let rank = reader.u8()?;
    let index = ChunkIndex::BTreeV1 { address: reader.address(context.sizes)? };
    let (chunk_dimensions, element_size) = decode_dimensions(&mut reader, rank, 4, context)?;
    Ok(DataLayout::Chunked(ChunkedLayout {
        version: 3,
        partial_edge_chunks_unfiltered: false,
        chunk_dimensions,
        element_size,
        index,
    }))
}

/// Versions 4 and 5.
///
/// ```text
/// | flags | rank | width | dimensions (width each) | index type | its parameters | address (O) |
/// ```
fn decode_chunked_v4(mut reader: Reader<'_>, version: u8, context: Context<'_>) -> Result<DataLayout> {
    let flags = reader.u8()?;
    if flags > 3 {
        return Err(reader.bad_value("flags", flags, "0 to 3"));
    }
    let rank = reader.u8()?;
    let width = reader.u8()?;
    if !(1..=8).contains(&width) {
        return Err(reader.bad_value("dimension_size_encoded_length", width, "1 to 8"));
    }
    let (chunk_dimensions, element_size) = decode_dimensions(&mut reader, rank, width, context)?;
    let index = decode_index(&mut reader, flags, context)?;
    Ok(DataLayout::Chunked(ChunkedLayout {
        version,
        partial_edge_chunks_unfiltered: flags & 1 != 0,
        chunk_dimensions,
        element_size,
        index,
    }))
}

fn decode_index(reader: &mut Reader<'_>, flags: u8, context: Context<'_>) -> Result<ChunkIndex> {
    let sizes = context.sizes;
    Ok(match reader.u8()? {
        1 => {
            let filtered = if flags & 2 != 0 { Some((reader.length(sizes)?, reader.u32()?)) } else { None };
            ChunkIndex::Single { address: reader.address(sizes)?, filtered }
        }
        2 => ChunkIndex::Implicit { address: reader.address(sizes)? },
        3 => {
            let page_bits = reader.u8()?;
            ChunkIndex::FixedArray { address: reader.address(sizes)?, page_bits }
        }
        4 => {
            let [max_bits, index_elements, min_pointers, min_elements, page_bits] =
                [reader.u8()?, reader.u8()?, reader.u8()?, reader.u8()?, reader.u8()?];
            let address = reader.address(sizes)?;
            ChunkIndex::ExtensibleArray {
                address,
                max_bits,
                index_elements,
                min_pointers,
                min_elements,
                page_bits,
            }
        }
        5 => {
            let (node_size, split_percent, merge_percent) = (reader.u32()?, reader.u8()?, reader.u8()?);
            ChunkIndex::BTreeV2 { address: reader.address(sizes)?, node_size, split_percent, merge_percent }
        }
        other => return Err(reader.bad_value("chunk_indexing_type", other, "1 to 5")),
    })
}

/// The chunk's dimensions, then the size of an element, `stored_rank` numbers in all.
fn decode_dimensions(
    reader: &mut Reader<'_>,
    stored_rank: u8,
    width: u8,
    context: Context<'_>,
) -> Result<(Vec<u64>, u64)> {
    let Some(rank) = stored_rank.checked_sub(1).map(usize::from).filter(|&rank| rank > 0) else {
        return Err(reader.bad_value("dimensionality", stored_rank, "at least 2"));
    };
    if rank > context.limits.rank {
        let limit = u64::try_from(context.limits.rank).unwrap_or(u64::MAX);
        let found = u64::from(stored_rank).saturating_sub(1);
        return Err(reader.error(Fault::Limit { field: "dimensionality", found, limit }));
    }
    let mut dimensions = Vec::with_capacity(rank);
    let mut bytes = 1_u64;
    let mut next = |field| {
        let value = reader.uint(usize::from(width))?;
        if value == 0 {
            return Err(reader.bad_value(field, value, "at least 1"));
        }
        bytes = bytes
            .checked_mul(value)
            .ok_or_else(|| reader.bad_value(field, value, "a chunk of less than 2^64 bytes"))?;
        Ok(value)
    };
    for _ in 0..rank {
        dimensions.push(next("chunk_dimension")?);
    }
    let element_size = next("dataset_element_size")?;
    Ok((dimensions, element_size))
}

#[cfg(test)]
mod tests {
    use h5_types::Limits;

    use super::*;
    use crate::Sizes;

    fn decode(body: &[u8]) -> Result<DataLayout> {
        let limits = Limits::default();
        DataLayout::decode(body, Context { sizes: Sizes { offsets: 8, lengths: 8 }, limits: &limits })
    }

    fn address(low: u8) -> [u8; 8] {
        [low, 0, 0, 0, 0, 0, 0, 0]
    }

    #[test]
    fn compact_and_contiguous() {
        assert_eq!(decode(&[3, 0, 2, 0, 7, 8, 0, 0]).unwrap(), DataLayout::Compact { data: vec![7, 8] });
        let v3 = [&[3, 1][..], &[0xff; 8], &address(40)].concat();
        assert_eq!(decode(&v3).unwrap(), DataLayout::Contiguous { address: None, size: Some(40) });
        let v1 = [&[1, 1, 1, 0, 0, 0, 0, 0][..], &address(0x60), &[10, 0, 0, 0]].concat();
        assert_eq!(decode(&v1).unwrap(), DataLayout::Contiguous { address: Some(Address(0x60)), size: None });
        let old = [&[1, 1, 0, 0, 0, 0, 0, 0][..], &[2, 0, 0, 0], &[2, 0, 0, 0], &[5, 6]].concat();
        assert_eq!(decode(&old).unwrap(), DataLayout::Compact { data: vec![5, 6] });
    }

    #[test]
    fn chunks_of_versions_1_and_3_are_the_same_but_for_the_version() {
        let v1 =
            [&[1, 3, 2, 0, 0, 0, 0, 0][..], &address(9), &[10, 0, 0, 0, 20, 0, 0, 0, 4, 0, 0, 0]].concat();
        let v3 = [&[3, 2, 3][..], &address(9), &[10, 0, 0, 0, 20, 0, 0, 0, 4, 0, 0, 0]].concat();
        for (body, version) in [(v1, 1), (v3, 3)] {
            let DataLayout::Chunked(chunked) = decode(&body).unwrap() else { panic!("not chunked") };
            assert_eq!(
                (chunked.version, &*chunked.chunk_dimensions, chunked.element_size),
                (version, &[10, 20][..], 4)
            );
            assert_eq!(chunked.index, ChunkIndex::BTreeV1 { address: Some(Address(9)) });
        }
    }

    #[test]
    fn each_index_of_version_4() {
        let index = |flags: u8, information: &[u8]| {
            let body = [&[4, 2, flags, 2, 1, 10, 4][..], information, &address(9)].concat();
            let DataLayout::Chunked(chunked) = decode(&body).unwrap() else { panic!("not chunked") };
            assert_eq!(chunked.chunk_dimensions, [10]);
            chunked.index
        };
        let address = Some(Address(9));
        assert_eq!(index(0, &[1]), ChunkIndex::Single { address, filtered: None });
        let filtered = [&[1][..], &super::tests::address(30), &[1, 0, 0, 0]].concat();
        assert_eq!(index(2, &filtered), ChunkIndex::Single { address, filtered: Some((30, 1)) });
        assert_eq!(index(0, &[2]), ChunkIndex::Implicit { address });
        assert_eq!(index(0, &[3, 10]), ChunkIndex::FixedArray { address, page_bits: 10 });
        let extensible = ChunkIndex::ExtensibleArray {
            address,
            max_bits: 32,
            index_elements: 4,
            min_pointers: 5,
            min_elements: 16,
            page_bits: 10,
        };
        assert_eq!(index(0, &[4, 32, 4, 5, 16, 10]), extensible);
        let tree = ChunkIndex::BTreeV2 { address, node_size: 2048, split_percent: 100, merge_percent: 40 };
        assert_eq!(index(0, &[5, 0, 8, 0, 0, 100, 40]), tree);
    }

    #[test]
    fn rejects_impossible_chunks() {
        assert!(decode(&[&[3, 2, 2][..], &address(9), &[0, 0, 0, 0, 4, 0, 0, 0]].concat()).is_err());
        assert!(decode(&[&[3, 2, 1][..], &address(9), &[4, 0, 0, 0]].concat()).is_err());
        let overflow = [&[4, 2, 0, 3, 8][..], &[0xff; 16], &address(4), &[2], &address(9)].concat();
        assert!(decode(&overflow).is_err());
    }
}
