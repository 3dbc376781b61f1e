//! Blosc, the first generation: one chunk, no frame around it.

mod blosclz;
mod chunk;
mod compressor;
mod encode;
mod header;
mod stage;

pub(crate) use chunk::{Chunk, repeat, special_value};
pub(crate) use compressor::Compressor;
pub(crate) use encode::{ChunkOptions, Shuffle, encode_chunk};

use crate::bounded::{checked_size, front, sized};
use crate::{Filter, FilterContext, FilterError};

/// Registered filter 32001. Client data: filter revision, blosc format version, element size, chunk size in bytes, level,
/// shuffle (0 none, 1 byte, 2 bit), compressor (0 blosclz, 1 lz4, 2 lz4hc, 3 snappy, 4 zlib, 5 zstd). Decoding needs none of
/// them.
///
/// Encodes all but blosclz.
#[derive(Debug, Clone, Copy, Default)]
pub struct Blosc;

impl Filter for Blosc {
    fn id(&self) -> u16 {
        32001
    }

    fn name(&self) -> &'static str {
        "blosc"
    }

    fn decode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        let (mut chunk, size) = open(context, input)?;
        chunk.decode(sized(output, size)?)
    }

    fn decode_into(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, FilterError> {
        let (mut chunk, size) = open(context, input)?;
        chunk.decode(front(output, size)?)?;
        Ok(size)
    }

    fn encode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        crate::filter::check_encodes()?;
        output.clear();
        encode_chunk(options_of_client_data(context.client_data, false)?, input, output)
    }
}

fn open<'a>(context: FilterContext<'_>, input: &'a [u8]) -> Result<(Chunk<'a>, usize), FilterError> {
    let chunk = Chunk::new(input)?;
    let size = checked_size(u64::try_from(chunk.nbytes()).unwrap_or(u64::MAX), context.max_output_bytes)?;
    Ok((chunk, size))
}

/// Reads the client data that blosc and blosc2 have in common.
pub(crate) fn options_of_client_data(
    client_data: &[u32],
    extended: bool,
) -> Result<ChunkOptions, FilterError> {
    let type_size = *client_data
        .get(2)
        .ok_or_else(|| FilterError::Parameters("blosc needs the element size as third value".into()))?;
    let level = client_data.get(4).copied().unwrap_or(5);
    if level > 9 {
        return Err(FilterError::Parameters(format!("blosc level {level}, expected 0 to 9")));
    }
    Ok(ChunkOptions {
        compressor: Compressor::from_client_data(client_data.get(6).copied().unwrap_or(0))?,
        level,
        shuffle: Shuffle::from_client_data(client_data.get(5).copied().unwrap_or(1))?,
        // Elements of more than 255 bytes count as bytes, as blosc has it.
        type_size: u8::try_from(type_size).unwrap_or(1).max(1),
        extended,
    })
}
