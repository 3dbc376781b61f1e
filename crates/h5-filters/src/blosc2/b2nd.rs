//! The `b2nd` metalayer: an array of several dimensions, cut to chunks, which are cut to blocks.
//!
//! Every chunk has all its blocks whole, so that those at its edges are padded, and every frame all its chunks whole.
//! Chunks in the frame, blocks in the chunk and elements in the block are in C order.
//! Source: B2ND metalayer format description.

use super::frame::{Frame, FrameChunk};
use super::msgpack;
use crate::FilterError;
use crate::blosc::{Chunk, repeat};
use crate::bounded::{Reader, checked_size, sized};

/// Shapes of the array, in elements, slowest axis first.
#[derive(Debug)]
pub(super) struct B2nd {
    type_size: usize,
    shape: Vec<usize>,
    chunk_shape: Vec<usize>,
    block_shape: Vec<usize>,
}

impl B2nd {
    pub(super) fn decode(metalayer: &[u8], type_size: usize) -> Result<Self, FilterError> {
        let mut reader = Reader::new(metalayer);
        let _elements = msgpack::array_length(&mut reader)?;
        let _version = msgpack::size(&mut reader)?;
        let dimensions = msgpack::size(&mut reader)?;
        let mut read_shape = || {
            let found = msgpack::array_length(&mut reader)?;
            if found != dimensions || found > MAX_DIMENSIONS {
                return Err(FilterError::Corrupt(format!(
                    "b2nd shape of {found} dimensions, expected {dimensions}"
                )));
            }
            (0..dimensions).map(|_| msgpack::size(&mut reader)).collect::<Result<Vec<_>, _>>()
        };
        let (shape, chunk_shape, block_shape) = (read_shape()?, read_shape()?, read_shape()?);
        if chunk_shape.iter().zip(&block_shape).any(|(chunk, block)| *block == 0 || block > chunk) {
            return Err(FilterError::Corrupt(format!(
                "b2nd blocks of {block_shape:?} in chunks of {chunk_shape:?}"
            )));
        }
        Ok(Self { type_size, shape, chunk_shape, block_shape })
    }

    /// Bytes of the array.
    pub(super) fn size(&self, limit_bytes: usize) -> Result<usize, FilterError> {
        let size = product(&self.shape)?.checked_mul(self.type_size).ok_or_else(too_large)?;
        checked_size(u64::try_from(size).unwrap_or(u64::MAX), limit_bytes)
    }

    /// Decodes the array to `output`, which has its size.
    pub(super) fn decode_array(&self, frame: &Frame<'_>, output: &mut [u8]) -> Result<(), FilterError> {
        if output.is_empty() {
            return Ok(());
        }
        let chunk_grid = grid(&self.shape, &self.chunk_shape);
        let chunks = product(&chunk_grid)?;
        if chunks != frame.chunks() {
            let found = frame.chunks();
            return Err(FilterError::Corrupt(format!("b2nd array of {chunks} chunks in a frame of {found}")));
        }
        let block_size = self.block_size(output.len())?;
        let block_grid = grid(&self.chunk_shape, &self.block_shape);
        let chunk_size = product(&block_grid)?.checked_mul(block_size).ok_or_else(too_large)?;
        if chunk_size != frame.chunk_size {
            let found = frame.chunk_size;
            return Err(FilterError::Corrupt(format!(
                "b2nd chunk of {chunk_size} bytes in a frame of {found}"
            )));
        }
        let offsets = frame.offsets(output.len())?;
        let mut buffers = Buffers { block_size, ..Buffers::default() };
        let mut chunk_at = vec![0; chunk_grid.len()];
        for index in 0..chunks {
            let mut source = match frame.chunk(&offsets, index)? {
                FrameChunk::Stored(chunk) => BlockSource::of_chunk(chunk, chunk_size, block_size)?,
                FrameChunk::Repeated(value) => BlockSource::Repeated(value),
            };
            self.decode_chunk(&mut source, &mut buffers, &chunk_at, &block_grid, output)?;
            step(&mut chunk_at, &chunk_grid);
        }
        Ok(())
    }

    /// Decodes the blocks of one chunk that have elements of the array.
    fn decode_chunk(
        &self,
        source: &mut BlockSource<'_>,
        buffers: &mut Buffers,
        chunk_at: &[usize],
        block_grid: &[usize],
        output: &mut [u8],
    ) -> Result<(), FilterError> {
        let mut block_at = vec![0; block_grid.len()];
        for index in 0..product(block_grid)? {
            if let Some(place) = self.place(chunk_at, &block_at) {
                let block = source.block(index, buffers)?;
                self.copy_block(&place, block, output)?;
            }
            step(&mut block_at, block_grid);
        }
        Ok(())
    }

    /// Where a block's elements go, or `None` if all of them are padding.
    fn place(&self, chunk_at: &[usize], block_at: &[usize]) -> Option<Place> {
        let mut place = Place { start: Vec::new(), count: Vec::new() };
        for d in 0..self.shape.len() {
            let (chunk, block) = (*self.chunk_shape.get(d)?, *self.block_shape.get(d)?);
            let in_chunk = block_at.get(d)?.checked_mul(block)?;
            let start = chunk_at.get(d)?.checked_mul(chunk)?.checked_add(in_chunk)?;
            let left = self.shape.get(d)?.checked_sub(start)?;
            let count = block.min(chunk.checked_sub(in_chunk)?).min(left);
            if count == 0 {
                return None;
            }
            place.start.push(start);
            place.count.push(count);
        }
        Some(place)
    }

    /// Copies a block's elements, row by row along the fastest axis.
    fn copy_block(&self, place: &Place, block: &[u8], output: &mut [u8]) -> Result<(), FilterError> {
        let (row_elements, outer) =
            place.count.split_last().map_or((1, &[][..]), |(last, outer)| (*last, outer));
        let row_bytes = row_elements.checked_mul(self.type_size).ok_or_else(too_large)?;
        let mut at = vec![0; outer.len()];
        for _ in 0..product(outer)? {
            let from = position(&at, None, &self.block_shape).and_then(|p| p.checked_mul(self.type_size));
            let to =
                position(&at, Some(&place.start), &self.shape).and_then(|p| p.checked_mul(self.type_size));
            let (from, to) = from.zip(to).ok_or_else(too_large)?;
            let source =
                from.checked_add(row_bytes).and_then(|end| block.get(from..end)).ok_or_else(too_large)?;
            let target =
                to.checked_add(row_bytes).and_then(|end| output.get_mut(to..end)).ok_or_else(too_large)?;
            target.copy_from_slice(source);
            step(&mut at, outer);
        }
        Ok(())
    }

    /// Bytes of a block, held in memory while it is copied.
    fn block_size(&self, array: usize) -> Result<usize, FilterError> {
        let size = product(&self.block_shape)?.checked_mul(self.type_size).ok_or_else(too_large)?;
        // A block is no larger than a chunk, which is no larger than the array but for a little padding.
        if size > array.saturating_mul(16).saturating_add(1 << 20) {
            return Err(FilterError::Corrupt(format!("b2nd block of {size} bytes in an array of {array}")));
        }
        Ok(size)
    }
}

/// The part of the array that a block covers.
struct Place {
    start: Vec<usize>,
    count: Vec<usize>,
}

/// Blocks as they are decoded.
#[derive(Debug, Default)]
struct Buffers {
    block_size: usize,
    first: Vec<u8>,
    current: Vec<u8>,
}

enum BlockSource<'a> {
    Stored { chunk: Chunk<'a>, has_first: bool },
    Repeated(Vec<u8>),
}

impl<'a> BlockSource<'a> {
    fn of_chunk(chunk: Chunk<'a>, chunk_size: usize, block_size: usize) -> Result<Self, FilterError> {
        // A chunk of one value may say that it is one block.
        let blocks_fit = chunk.block_size() == block_size || chunk.is_uniform();
        if chunk.nbytes() != chunk_size || !blocks_fit {
            let (nbytes, block) = (chunk.nbytes(), chunk.block_size());
            return Err(FilterError::Corrupt(format!(
                "b2nd chunk of {nbytes} bytes in blocks of {block}, expected {chunk_size} in {block_size}"
            )));
        }
        Ok(Self::Stored { chunk, has_first: false })
    }

    fn block<'b>(&mut self, index: usize, buffers: &'b mut Buffers) -> Result<&'b [u8], FilterError> {
        let size = buffers.block_size;
        match self {
            Self::Repeated(value) => {
                let block = sized(&mut buffers.current, size)?;
                repeat(value, block);
                Ok(block)
            }
            Self::Stored { chunk, has_first } => {
                if chunk.needs_first_block() {
                    if !*has_first {
                        chunk.decode_block(0, sized(&mut buffers.first, size)?, None)?;
                        *has_first = true;
                    }
                    if index == 0 {
                        return Ok(&buffers.first);
                    }
                }
                let block = sized(&mut buffers.current, size)?;
                chunk.decode_block(index, block, (index > 0).then_some(buffers.first.as_slice()))?;
                Ok(block)
            }
        }
    }
}

/// How many pieces of `piece` cover `whole`, along each axis. No piece is 0.
fn grid(whole: &[usize], piece: &[usize]) -> Vec<usize> {
    whole.iter().zip(piece).map(|(whole, piece)| whole.div_ceil((*piece).max(1))).collect()
}

/// Index, in C order, of the element at `at` (plus `start`) in an array of `shape`; axes past `at` count from `start`.
fn position(at: &[usize], start: Option<&[usize]>, shape: &[usize]) -> Option<usize> {
    let mut position = 0_usize;
    for (d, extent) in shape.iter().enumerate() {
        let offset = start.map_or(Some(0), |start| start.get(d).copied())?;
        let index = at.get(d).copied().unwrap_or(0).checked_add(offset)?;
        position = position.checked_mul(*extent)?.checked_add(index)?;
    }
    Some(position)
}

/// The next index in C order; after the last, the first again.
fn step(at: &mut [usize], shape: &[usize]) {
    for (index, extent) in at.iter_mut().zip(shape).rev() {
        *index = index.saturating_add(1);
        if *index < *extent {
            return;
        }
        *index = 0;
    }
}

fn product(shape: &[usize]) -> Result<usize, FilterError> {
    shape.iter().try_fold(1_usize, |product, extent| product.checked_mul(*extent)).ok_or_else(too_large)
}

fn too_large() -> FilterError {
    FilterError::Corrupt("b2nd shape that overflows".into())
}

/// HDF5 has no more either.
const MAX_DIMENSIONS: usize = 32;
