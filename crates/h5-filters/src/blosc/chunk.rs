//! Decoding of a blosc chunk, block by block.
//!
//! After the header come the blocks' offsets, 4 bytes each; at each offset, one stream or as many streams as an element
//! has bytes: a 4-byte length and that many bytes. A stream as long as its content is stored as it is.
//! Source: Blosc chunk format description.

use super::compressor::Compressor;
use super::header::ChunkHeader;
use super::stage::Stage;
use crate::FilterError;
use crate::bounded::{Reader, sized};

/// A chunk whose blocks can be decoded one by one, the first of them first.
#[derive(Debug)]
pub(crate) struct Chunk<'a> {
    header: ChunkHeader,
    /// The chunk's bytes, header included, and nothing after them.
    bytes: &'a [u8],
    content: Content,
    /// Scratch for blocks between filters.
    scratch: [Vec<u8>; 2],
}

#[derive(Debug)]
enum Content {
    /// The whole chunk repeats these bytes.
    Repeated(Vec<u8>),
    Copied,
    Blocks {
        compressor: Compressor,
        stages: Vec<Stage>,
    },
}

impl<'a> Chunk<'a> {
    /// Reads the header of a chunk, which other bytes may follow.
    pub(crate) fn new(input: &'a [u8]) -> Result<Self, FilterError> {
        let header = ChunkHeader::decode(input)?;
        let bytes = input.get(..header.cbytes).unwrap_or_default();
        let content = if header.special() != 0 {
            Content::Repeated(special_value(header.special(), header.type_size, bytes)?)
        } else if header.is_copied() {
            Content::Copied
        } else {
            Content::Blocks { compressor: header.compressor()?, stages: Stage::of_chunk(&header)? }
        };
        Ok(Self { header, bytes, content, scratch: [Vec::new(), Vec::new()] })
    }

    /// Decoded bytes of the chunk.
    pub(crate) fn nbytes(&self) -> usize {
        self.header.nbytes
    }

    /// Decoded bytes of each block but the last, which may have fewer.
    pub(crate) fn block_size(&self) -> usize {
        self.header.block_size
    }

    /// All of the chunk is one repeated value.
    pub(crate) fn is_uniform(&self) -> bool {
        matches!(self.content, Content::Repeated(_))
    }

    /// Decoding any block takes the first one, decoded.
    pub(crate) fn needs_first_block(&self) -> bool {
        match &self.content {
            Content::Blocks { stages, .. } => stages.iter().any(|stage| matches!(stage, Stage::Delta { .. })),
            Content::Repeated(_) | Content::Copied => false,
        }
    }

    /// Decodes the whole chunk; `output` has its size.
    pub(crate) fn decode(&mut self, output: &mut [u8]) -> Result<(), FilterError> {
        if output.len() != self.header.nbytes {
            let (found, expected) = (self.header.nbytes, output.len());
            return Err(FilterError::Corrupt(format!("blosc chunk of {found} bytes, expected {expected}")));
        }
        if !matches!(self.content, Content::Blocks { .. }) {
            return self.decode_block(0, output, None);
        }
        let (first, others) = output.split_at_mut(self.header.block_size.min(output.len()));
        if first.is_empty() {
            return Ok(());
        }
        self.decode_block(0, first, None)?;
        for (index, block) in (1..).zip(others.chunks_mut(self.header.block_size)) {
            self.decode_block(index, block, Some(first))?;
        }
        Ok(())
    }

    /// Decodes block `index`, which has the length of `block`. `first_block` is `None` for the first block only.
    pub(crate) fn decode_block(
        &mut self,
        index: usize,
        block: &mut [u8],
        first_block: Option<&[u8]>,
    ) -> Result<(), FilterError> {
        match &self.content {
            Content::Repeated(value) => {
                // Blocks hold whole elements, so that each starts with the value's first byte.
                repeat(value, block);
                Ok(())
            }
            Content::Copied => {
                let start = index.checked_mul(self.header.block_size).ok_or_else(out_of_chunk)?;
                let from = start.checked_add(self.header.bytes()).ok_or_else(out_of_chunk)?;
                block.copy_from_slice(Reader::at(self.bytes, from).take(block.len())?);
                Ok(())
            }
            Content::Blocks { compressor, stages } => {
                let streams = Streams { header: &self.header, bytes: self.bytes, compressor: *compressor };
                let Some((last, stages)) = stages.split_last() else {
                    return streams.decode_block(index, block);
                };
                let [a, b] = &mut self.scratch;
                let mut source = sized(a, block.len())?;
                let mut target = sized(b, block.len())?;
                streams.decode_block(index, source)?;
                for stage in stages {
                    stage.undo(source, target, first_block);
                    std::mem::swap(&mut source, &mut target);
                }
                last.undo(source, block, first_block);
                Ok(())
            }
        }
    }
}

/// The compressed streams of a chunk.
#[derive(Debug, Clone, Copy)]
struct Streams<'a> {
    header: &'a ChunkHeader,
    bytes: &'a [u8],
    compressor: Compressor,
}

impl Streams<'_> {
    /// Decodes the streams of block `index`, before any filter is undone.
    fn decode_block(&self, index: usize, block: &mut [u8]) -> Result<(), FilterError> {
        let offset_at = index
            .checked_mul(4)
            .and_then(|at| at.checked_add(self.header.bytes()))
            .ok_or_else(out_of_chunk)?;
        let offset = Reader::at(self.bytes, offset_at).i32_le()?;
        let offset =
            usize::try_from(offset).map_err(|_| FilterError::Corrupt(format!("blosc block at {offset}")))?;
        let reader = Reader::at(self.bytes, offset);
        let is_short = block.len() != self.header.block_size;
        if self.header.is_never_split() || is_short || self.header.type_size == 1 {
            return self.decode_streams(reader, block, 1);
        }
        let split = self.decode_streams(reader, block, self.header.type_size);
        if split.is_err() && self.split_is_a_guess(block.len()) {
            return self.decode_streams(reader, block, 1);
        }
        split
    }

    /// Blosc before 1.11 never set the flag that forbids splitting, yet left such blocks whole: elements of more than 16
    /// bytes, fewer than 128 elements. Later writers set the flag or have split. One reading only gives streams of the right lengths.
    fn split_is_a_guess(&self, block: usize) -> bool {
        let type_size = self.header.type_size;
        self.header.extension.is_none() && (type_size > 16 || block.checked_div(type_size).unwrap_or(0) < 128)
    }

    fn decode_streams(
        &self,
        mut reader: Reader<'_>,
        block: &mut [u8],
        count: usize,
    ) -> Result<(), FilterError> {
        let length = block.len().checked_div(count).unwrap_or(0);
        if length.checked_mul(count) != Some(block.len()) {
            return Err(FilterError::Corrupt(format!(
                "blosc block of {} bytes in {count} streams",
                block.len()
            )));
        }
        for target in block.chunks_exact_mut(length.max(1)) {
            self.decode_stream(&mut reader, target)?;
        }
        Ok(())
    }

    fn decode_stream(&self, reader: &mut Reader<'_>, target: &mut [u8]) -> Result<(), FilterError> {
        let stated = reader.i32_le()?;
        match usize::try_from(stated) {
            Ok(0) if self.header.extension.is_some() => target.fill(0),
            Ok(size) if size == target.len() => target.copy_from_slice(reader.take(size)?),
            Ok(size) => self.compressor.decode(reader.take(size)?, target)?,
            Err(_) => {
                let token = reader.u8()?;
                let value = stated.checked_neg().and_then(|value| u8::try_from(value).ok());
                match value {
                    Some(value) if token == 1 && self.header.extension.is_some() => target.fill(value),
                    _ => {
                        return Err(FilterError::Corrupt(format!(
                            "blosc stream of {stated} bytes, token {token}"
                        )));
                    }
                }
            }
        }
        Ok(())
    }
}

/// The value of one element of a chunk that has one value only.
pub(crate) fn special_value(kind: u8, type_size: usize, chunk: &[u8]) -> Result<Vec<u8>, FilterError> {
    match (kind, type_size) {
        // What was never written has no value; zeros are as good as any, and tell nothing of this process's memory.
        (ZEROS | UNINITIALISED, _) => Ok(vec![0]),
        (NANS, 4) => Ok(f32::NAN.to_le_bytes().to_vec()),
        (NANS, 8) => Ok(f64::NAN.to_le_bytes().to_vec()),
        (REPEATED, size) => Ok(Reader::at(chunk, 32).take(size)?.to_vec()),
        (kind, size) => {
            Err(FilterError::Corrupt(format!("blosc2 special value {kind} in elements of {size} bytes")))
        }
    }
}

/// Fills `block` with `value` again and again.
pub(crate) fn repeat(value: &[u8], block: &mut [u8]) {
    match value {
        [byte] => block.fill(*byte),
        _ => {
            for part in block.chunks_mut(value.len().max(1)) {
                for (to, from) in part.iter_mut().zip(value) {
                    *to = *from;
                }
            }
        }
    }
}

fn out_of_chunk() -> FilterError {
    FilterError::Corrupt("blosc block past the end of its chunk".into())
}

const ZEROS: u8 = 1;
const NANS: u8 = 2;
const REPEATED: u8 = 3;
const UNINITIALISED: u8 = 4;
