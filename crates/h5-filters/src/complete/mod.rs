//! Parameters of filters that follow from the datatype and the chunk: what the C library's filters add to the user's when a dataset is
//! created.

mod nbit;
mod numbers;

use h5_types::{Datatype, Error, FillDefinition, FilterInfo, Result};

#[cfg(feature = "plugins")]
use crate::{Zfp, ZfpMode, ZfpScalar};

/// What a filter's parameters can depend on.
#[derive(Debug, Clone, Copy)]
pub struct ChunkShape<'c> {
    /// Datatype of the elements as stored.
    pub datatype: &'c Datatype,
    /// Dimensions of a chunk in elements, slowest-varying first.
    pub chunk: &'c [u64],
    /// The fill value, one element as stored.
    pub fill: &'c FillDefinition,
}

/// The filter with all its parameters. Those that the user gives come first, as the filter's documentation has them; parameters that are
/// complete already come out as they are.
///
/// | Filter | User's | Complete |
/// |---|---|---|
/// | 2 shuffle | | element size |
/// | 4 szip | options, pixels a block | options with coding and byte order, pixels a block, bits a pixel, pixels a scan line |
/// | 5 nbit | | count, 1 if nothing is packed, elements, datatype |
/// | 6 scaleoffset | scale type, scale factor | 20 values, see [`crate::ScaleOffset`] |
/// | 32000 lzf | | format 4, LZF 1.5, bytes of a chunk |
/// | 32001 Blosc | four of any value, level, shuffle, compressor | format 2, 2, element size, bytes of a chunk, the user's |
/// | 32008 bitshuffle | elements a block, compressor, level | version 0.4, element size, the user's |
/// | 32013 zfp | mode, 0, up to four words | version, header |
/// | 32026 Blosc2 | as Blosc | format 1, 0, element size, bytes of a chunk, the user's, rank and dimensions if there are several |
///
/// All others have the user's alone.
///
/// # Errors
/// `Unsupported` if the filter cannot store such elements, `Usage` if the user's parameters are missing or impossible.
pub fn complete(filter: &FilterInfo, shape: ChunkShape<'_>) -> Result<FilterInfo> {
    let given = filter.client_data.as_slice();
    let client_data = match filter.id {
        2 => vec![word(shape.datatype.size())?],
        4 => numbers::szip(given, shape)?,
        5 => nbit::client_data(shape)?,
        6 => numbers::scale_offset(given, shape)?,
        // The revision of the filter, then that of LZF, as h5py writes them.
        32000 if given.len() < 3 => vec![4, 0x0105, shape.chunk_bytes()?],
        32001 => blosc(given, shape)?,
        32008 => bitshuffle(given, shape)?,
        #[cfg(feature = "plugins")]
        32013 => zfp(given, shape)?,
        32026 => blosc2(given, shape)?,
        _ => given.to_vec(),
    };
    Ok(FilterInfo { client_data, ..filter.clone() })
}

impl ChunkShape<'_> {
    fn elements(&self) -> Result<u32> {
        let elements = self.chunk.iter().try_fold(1_u64, |product, &size| product.checked_mul(size));
        elements.and_then(|elements| u32::try_from(elements).ok()).ok_or_else(too_large)
    }

    fn chunk_bytes(&self) -> Result<u32> {
        let size = word(self.datatype.size())?;
        self.elements()?.checked_mul(size).ok_or_else(too_large)
    }

    /// Bytes of the smallest part of an element: of an array, its base.
    fn base_bytes(&self) -> Result<u32> {
        match self.datatype {
            Datatype::Array(array) => word(array.base.size()),
            other => word(other.size()),
        }
    }
}

/// Elements of more than 255 bytes are shuffled byte by byte, that is not at all.
fn blosc(given: &[u32], shape: ChunkShape<'_>) -> Result<Vec<u32>> {
    let size = Some(shape.base_bytes()?).filter(|&size| size <= 255).unwrap_or(1);
    let mut values = vec![2, 2, size, shape.chunk_bytes()?];
    values.extend(given.iter().skip(4));
    Ok(values)
}

/// Chunks of two dimensions and more are told of, so that Blosc2 can divide them along all.
fn blosc2(given: &[u32], shape: ChunkShape<'_>) -> Result<Vec<u32>> {
    let mut values = vec![1, 0, shape.base_bytes()?, shape.chunk_bytes()?];
    values.extend(given.iter().skip(4).take(3));
    let rank = shape.chunk.len();
    if (2..=BLOSC2_RANK).contains(&rank) {
        // What the plugin takes where the user says nothing: level 5, byte shuffle, BloscLZ.
        for default in [5, 1, 0].into_iter().skip(values.len().saturating_sub(4)) {
            values.push(default);
        }
        values.push(word(rank)?);
        for &size in shape.chunk {
            values.push(u32::try_from(size).map_err(|_| too_large())?);
        }
    }
    Ok(values)
}

/// Most dimensions that the Blosc2 plugin divides a chunk by.
const BLOSC2_RANK: usize = 8;

/// Complete parameters begin with the version, 0.3 or 0.4, and the element size; the user's with the elements of a block, a multiple of
/// eight, and the compressor, which is 0, 2 or 3. Three values that begin with 0 and 3 are the user's: block, compressor, level.
fn bitshuffle(given: &[u32], shape: ChunkShape<'_>) -> Result<Vec<u32>> {
    let is_complete = matches!(given, [0, 4, _, ..] | [0, 3, _, _, _, ..]);
    let user = if is_complete { given.get(3..).unwrap_or_default() } else { given };
    let mut values = vec![0, 4, word(shape.datatype.size())?];
    values.extend(user);
    Ok(values)
}

/// The second word of complete parameters is the magic number of the header of zfp, with the version of its codec; in the other byte
/// order where a big-endian machine wrote the chunks.
#[cfg(feature = "plugins")]
fn zfp(given: &[u32], shape: ChunkShape<'_>) -> Result<Vec<u32>> {
    if given.get(1).is_some_and(|&word| word == ZFP_MAGIC || word.swap_bytes() == ZFP_MAGIC) {
        return Ok(given.to_vec());
    }
    let scalar = match shape.datatype {
        Datatype::Integer(t) if t.size == 4 => ZfpScalar::Int32,
        Datatype::Integer(t) if t.size == 8 => ZfpScalar::Int64,
        Datatype::Float(t) if t.size == 4 => ZfpScalar::Float32,
        Datatype::Float(t) if t.size == 8 => ZfpScalar::Float64,
        _ => return Err(Error::unsupported("zfp of anything but integers and floats of 4 or 8 bytes")),
    };
    let mode = ZfpMode::from_user_client_data(given).map_err(|error| usage("zfp", &error))?;
    Zfp::client_data(mode, scalar, shape.chunk).map_err(|error| usage("zfp", &error))
}

/// `zfp` and the codec's version, 5.
#[cfg(feature = "plugins")]
const ZFP_MAGIC: u32 = 0x0570_667a;

#[cfg(feature = "plugins")]
fn usage(filter: &'static str, error: &crate::FilterError) -> Error {
    Error::usage(format!("parameters of {filter}: {error}"))
}

fn word(number: usize) -> Result<u32> {
    u32::try_from(number).map_err(|_| too_large())
}

fn too_large() -> Error {
    Error::unsupported("a filter for chunks of more than 4 GiB")
}

#[cfg(test)]
mod tests;
