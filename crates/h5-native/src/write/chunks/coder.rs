//! One chunk: from decoded to stored bytes and back.

use h5_filters::{FilterError, Pipeline, PipelineError, Registry, Scratch, Stage};
use h5_types::{Error, FillDefinition, FillTime, FillValue, FilterInfo, Result};

use crate::Storage;
use crate::chunk_index::ChunkLocation;
use crate::dataset::kernels::fill_elements;
use crate::dataset::transfer::resize;

/// How the chunks of one dataset are encoded. Shared by threads.
#[derive(Debug)]
pub(super) struct ChunkCoder {
    pipeline: Pipeline,
    pub(super) chunk_bytes: usize,
    /// The element that fills what was not written; empty for zeros.
    fill: Vec<u8>,
}

/// Buffers that one thread keeps from chunk to chunk.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub(super) chunk: Vec<u8>,
    pub(super) scratch: Scratch,
}

/// Filters that encode whatever they are given (deflate, shuffle, fletcher32).
const ALWAYS_ENCODE: [u16; 3] = [1, 2, 3];

impl ChunkCoder {
    /// Looks the filters up. `element_bytes` is the size of an element.
    ///
    /// # Errors
    /// `Limit` if a chunk does not fit in memory, `Format` if the fill value is no element.
    pub(super) fn new(
        filters: &[FilterInfo],
        registry: &Registry,
        chunk_bytes: usize,
        element_bytes: usize,
        fill: &FillValue,
    ) -> Result<Self> {
        let stages = filters.iter().map(|filter| Stage {
            id: filter.id,
            flags: filter.flags,
            name: filter.name.as_ref().map(|name| name.to_text().into_owned()),
            client_data: filter.client_data.clone(),
        });
        let element = match &fill.definition {
            FillDefinition::User(element) if fill.fill_time != FillTime::Never => element.clone(),
            _ => Vec::new(),
        };
        if !element.is_empty() && element.len() != element_bytes {
            let found = element.len();
            return Err(Error::format(format!(
                "a fill value of {found} bytes for elements of {element_bytes}"
            )));
        }
        Ok(Self { pipeline: Pipeline::new(stages, registry), chunk_bytes, fill: element })
    }

    /// True if there are filters.
    pub(super) fn is_filtered(&self) -> bool {
        self.pipeline.stages().len() > 0
    }

    /// Fails unless chunks can be encoded, so that nothing is begun that cannot be ended.
    ///
    /// # Errors
    /// `Unsupported`, naming the filter.
    pub(super) fn check(&self) -> Result<()> {
        self.pipeline.check_complete().map_err(encode_error)?;
        let is_certain = |stage: &Stage| stage.is_optional() || ALWAYS_ENCODE.contains(&stage.id);
        if self.pipeline.stages().all(is_certain) {
            return Ok(());
        }
        // Some codecs only decode, or not every parameter: that shows with the first chunk.
        let mut buffers = Buffers::default();
        self.fill_chunk(&mut buffers.chunk)?;
        self.pipeline.encode_in(&buffers.chunk, &mut buffers.scratch).map_err(encode_error).map(|_| ())
    }

    /// Makes `chunk` a chunk that nobody has written to.
    ///
    /// # Errors
    /// `Limit` if there is no memory for it.
    pub(super) fn fill_chunk(&self, chunk: &mut Vec<u8>) -> Result<()> {
        chunk.clear();
        resize(chunk, self.chunk_bytes)?;
        self.fill_run(chunk);
        Ok(())
    }

    /// Fills whole elements.
    pub(super) fn fill_run(&self, elements: &mut [u8]) {
        if self.fill.is_empty() {
            elements.fill(0);
        } else {
            fill_elements(elements, &self.fill);
        }
    }

    /// The stored bytes of a chunk, and which filters were left out.
    ///
    /// # Errors
    /// `Unsupported` if a filter that must be applied cannot be.
    pub(super) fn encode<'b>(&self, chunk: &'b [u8], scratch: &'b mut Scratch) -> Result<(&'b [u8], u32)> {
        self.pipeline.encode_in(chunk, scratch).map_err(encode_error)
    }

    /// Reads a stored chunk; `None` of the filters are undone if its mask has all bits set.
    ///
    /// # Errors
    /// `Format` if it does not decode to a whole chunk, `Unsupported` for a filter that is missing, `Io`.
    pub(super) fn decode(&self, storage: &Storage, place: ChunkLocation, chunk: &mut Vec<u8>) -> Result<()> {
        let at = |error: Error| error.at_address(place.address.0);
        let wrong = |found: u64| {
            let expected = self.chunk_bytes;
            at(Error::format(format!("the chunk decodes to {found} bytes, expected {expected}")))
        };
        chunk.clear();
        if !self.is_filtered() {
            resize(chunk, self.chunk_bytes)?;
            return storage.read_raw(place.address, chunk).map_err(at);
        }
        let end = place.address.0.checked_add(place.stored_bytes);
        let inside = end.is_some_and(|end| end <= storage.length());
        let bytes = usize::try_from(place.stored_bytes).ok().filter(|_| inside);
        let bytes = bytes.ok_or_else(|| at(Error::format("a chunk reaches past the end of the file")))?;
        let mut stored = Vec::new();
        resize(&mut stored, bytes)?;
        storage.read_raw(place.address, &mut stored).map_err(at)?;
        resize(chunk, self.chunk_bytes)?;
        let mut scratch = Scratch::default();
        let decoded = self.pipeline.decode_into(place.filter_mask, &stored, chunk, &mut scratch);
        let decoded = decoded.map_err(|error| at(decode_error(error)))?;
        if decoded == self.chunk_bytes {
            Ok(())
        } else {
            Err(wrong(u64::try_from(decoded).unwrap_or(u64::MAX)))
        }
    }
}

fn encode_error(error: PipelineError) -> Error {
    Error::unsupported(format!("the chunk cannot be encoded: {error}")).with_source(error)
}

fn decode_error(error: PipelineError) -> Error {
    match &error {
        PipelineError::Missing { .. } | PipelineError::Filter { error: FilterError::Unsupported(_), .. } => {
            Error::unsupported(error.to_string()).with_source(error)
        }
        _ => Error::format(error.to_string()).with_source(error),
    }
}
