//! Blosc2: a contiguous frame of blosc chunks, of one dimension or of several.

mod b2nd;
mod encode;
mod frame;
mod msgpack;

use b2nd::B2nd;
use frame::{Frame, FrameChunk};

use crate::blosc::{options_of_client_data, repeat};
use crate::bounded::{checked_size, front, sized};
use crate::{Filter, FilterContext, FilterError};

/// Registered filter 32026. Client data: filter revision, reserved, element size, chunk size in bytes, level, filter (0 none, 1
/// byte shuffle, 2 bit shuffle, 3 delta, 4 cut precision), compressor (0 blosclz, 1 lz4, 2 lz4hc, 4 zlib, 5 zstd), then for
/// two dimensions and more their number and the chunk's shape. Decoding needs none of them.
///
/// Encodes frames of one chunk with lz4, zlib or zstd and no filter or a shuffle.
#[derive(Debug, Clone, Copy, Default)]
pub struct Blosc2;

impl Filter for Blosc2 {
    fn id(&self) -> u16 {
        32026
    }

    fn name(&self) -> &'static str {
        "blosc2"
    }

    fn decode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        let content = Content::open(context, input)?;
        content.decode(sized(output, content.size)?)
    }

    fn decode_into(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, FilterError> {
        let content = Content::open(context, input)?;
        content.decode(front(output, content.size)?)?;
        Ok(content.size)
    }

    fn encode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        crate::filter::check_encodes()?;
        let options = options_of_client_data(context.client_data, true)?;
        encode::check(&options)?;
        output.clear();
        encode::encode_frame(options, input, output)
    }
}

/// A frame and how its chunks are laid out.
struct Content<'a> {
    frame: Frame<'a>,
    array: Option<B2nd>,
    /// Decoded bytes, without padding.
    size: usize,
}

impl<'a> Content<'a> {
    fn open(context: FilterContext<'_>, input: &'a [u8]) -> Result<Self, FilterError> {
        let frame = Frame::decode(input)?;
        let limit_bytes = context.max_output_bytes;
        let array = frame.b2nd()?.map(|metalayer| B2nd::decode(metalayer, frame.type_size)).transpose()?;
        let size = match &array {
            Some(array) => array.size(limit_bytes)?,
            None => checked_size(u64::try_from(frame.nbytes).unwrap_or(u64::MAX), limit_bytes)?,
        };
        Ok(Self { frame, array, size })
    }

    /// Decodes to `output`, which has the decoded size.
    fn decode(&self, output: &mut [u8]) -> Result<(), FilterError> {
        if let Some(array) = &self.array {
            return array.decode_array(&self.frame, output);
        }
        let offsets = self.frame.offsets(output.len())?;
        for (index, part) in output.chunks_mut(self.frame.chunk_size.max(1)).enumerate() {
            match self.frame.chunk(&offsets, index)? {
                FrameChunk::Stored(mut chunk) => chunk.decode(part)?,
                FrameChunk::Repeated(value) => repeat(&value, part),
            }
        }
        Ok(())
    }
}
