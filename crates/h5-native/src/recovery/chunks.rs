//! Chunks that a copy lacks, because the index or the stored size is of another time than the chunk.

use std::collections::HashSet;
use std::ops::ControlFlow;

use h5_backend::Dataset;
use h5_filters::{Pipeline, Scratch, Stage};
use h5_format::message::{ChunkedLayout, DataLayout, MessageType};
use h5_types::{Address, DatasetInfo, Dataspace, Error, Layout, Name, Result};

use super::chunk_blocks::{Known, Wanted};
use super::recovered::SavedChunk;
use super::scan::{Scan, bytes_at};
use crate::chunk_index::{ChunkGrid, ChunkLocation};
use crate::object::ObjectHeader;
use crate::{NativeFile, OpenOptions};

/// A filter that says itself where its data end, so that it can do with more of them.
const DEFLATE: u16 = 1;
/// Bytes that deflated data may be longer than what they stand for: five for each block of 64 KiB, some for the ends.
const DEFLATE_OVERHEAD_BYTES: u64 = 64;

/// A dataset, and the copy of it that lacks chunks.
pub(super) struct ChunkSaver<'a> {
    pub(super) file: &'a NativeFile,
    pub(super) scan: &'a Scan,
    pub(super) options: &'a OpenOptions,
}

impl ChunkSaver<'_> {
    /// Finds chunks that the copy of a dataset lacks, and writes them. `damaged` says that the copy lost something: only then blocks are
    /// believed that may be another dataset's.
    ///
    /// # Errors
    /// Those of reading the dataset's description and of writing the copy.
    pub(super) fn save(
        &self,
        path: &Name,
        source: &Dataset,
        copy: &Dataset,
        damaged: bool,
    ) -> Result<Vec<SavedChunk>> {
        let (from, to) = (source.info()?, copy.info()?);
        let Some(layout) = self.layout(source)? else { return Ok(Vec::new()) };
        let (Layout::Chunked { chunk, .. }, Layout::Chunked { chunk: same, .. }) = (&from.layout, &to.layout)
        else {
            return Ok(Vec::new());
        };
        let is_alike = chunk == same && from.datatype == to.datatype && from.filters == to.filters;
        if !is_alike || from.datatype.has_variable_part() {
            return Ok(Vec::new());
        }
        let storage = self.file.core().storage();
        let Dataspace::Simple { dimensions, maximum } = &from.dataspace else { return Ok(Vec::new()) };
        let grid = ChunkGrid::new(dimensions, maximum, &layout, !from.filters.is_empty(), storage.limits())?;
        let (scan, element_bytes) = (self.scan, layout.element_size);
        let wanted = Wanted { storage, scan, grid: &grid, index: layout.index, element_bytes };
        if !damaged && !wanted.has_owned_blocks() {
            return Ok(Vec::new());
        }
        let mut there = present(copy)?;
        let mut known = listed(source, chunk);
        known.extend(wanted.known());
        known.retain(|(scaled, _)| !there.contains(scaled));
        let pipeline = self.pipeline(&from);
        let mut saved = Vec::new();
        for (scaled, place) in known {
            if there.contains(&scaled) {
                continue;
            }
            let Some(bytes) = self.elements(&grid, &pipeline, &scaled, &place) else { continue };
            let offset: Vec<u64> = scaled.iter().zip(chunk).map(|(&s, &c)| s.saturating_mul(c)).collect();
            copy.node()?.write_raw_chunk(&offset, skipping_all(&from), &bytes)?;
            let size =
                chunk.iter().zip(dimensions).zip(&offset).map(|((&c, &d), &o)| c.min(d.saturating_sub(o)));
            let size = size.collect();
            saved.push(SavedChunk { path: path.clone(), start: offset, size, address: place.address.0 });
            there.insert(scaled);
        }
        Ok(saved)
    }

    /// The layout message of a dataset in chunks.
    fn layout(&self, dataset: &Dataset) -> Result<Option<ChunkedLayout>> {
        let Ok(address) = u64::try_from(dataset.object().token().0).map(Address) else { return Ok(None) };
        let core = self.file.core();
        let header = ObjectHeader::load(core.storage(), address)?;
        let Some(message) = header.find(MessageType::DataLayout) else { return Ok(None) };
        match DataLayout::decode(message.body, core.context()).map_err(|error| header.error(error))? {
            DataLayout::Chunked(layout) => Ok(Some(layout)),
            _ => Ok(None),
        }
    }

    fn pipeline(&self, info: &DatasetInfo) -> Pipeline {
        let stages = info.filters.iter().map(|filter| Stage {
            id: filter.id,
            flags: filter.flags,
            name: None,
            client_data: filter.client_data.clone(),
        });
        Pipeline::new(stages, &self.options.filters)
    }

    /// The elements of a chunk, if what is at that place is one.
    fn elements(
        &self,
        grid: &ChunkGrid,
        pipeline: &Pipeline,
        scaled: &[u64],
        place: &ChunkLocation,
    ) -> Option<Vec<u8>> {
        let storage = self.file.core().storage();
        let whole = usize::try_from(grid.chunk_bytes()).ok()?;
        if grid.chunk_bytes() > storage.limits().chunk_bytes {
            return None;
        }
        let is_unfiltered = !grid.is_filtered() || grid.is_partial_and_unfiltered(scaled);
        let decode = |length: u64| {
            let stored = bytes_at(storage, place.address, length).ok()?;
            if is_unfiltered {
                return Some(stored).filter(|stored| stored.len() == whole);
            }
            let mut scratch = Scratch::default();
            let decoded = pipeline.decode(place.filter_mask, &stored, whole, &mut scratch).ok()?;
            Some(decoded).filter(|decoded| decoded.len() == whole)
        };
        // A chunk that was written again in its place, longer than the index says.
        let longest = grid.chunk_bytes().saturating_add(grid.chunk_bytes() / 1024);
        let ends_itself = pipeline.stages().last().is_some_and(|stage| stage.id == DEFLATE);
        decode(place.stored_bytes)
            .or_else(|| ends_itself.then(|| decode(longest.saturating_add(DEFLATE_OVERHEAD_BYTES))).flatten())
    }
}

/// The mask of a chunk that passed no filter.
fn skipping_all(info: &DatasetInfo) -> u32 {
    let count = u32::try_from(info.filters.len()).unwrap_or(u32::MAX);
    1_u32.checked_shl(count).map_or(u32::MAX, |bit| bit.saturating_sub(1))
}

/// Scaled coordinates of the chunks that a copy has.
fn present(copy: &Dataset) -> Result<HashSet<Vec<u64>>> {
    let info = copy.info()?;
    let Layout::Chunked { chunk, .. } = &info.layout else { return Ok(HashSet::new()) };
    let mut there = HashSet::new();
    let mut failed: Option<Error> = None;
    copy.node()?.chunks(&mut |stored| {
        match stored {
            Ok(stored) => drop(there.insert(scaled(&stored.offset, chunk))),
            Err(error) => failed = Some(error),
        }
        ControlFlow::Continue(())
    })?;
    failed.map_or(Ok(there), Err)
}

/// The chunks that the index of a damaged dataset names.
fn listed(source: &Dataset, chunk: &[u64]) -> Vec<Known> {
    let mut known = Vec::new();
    let Ok(node) = source.node() else { return known };
    // Where the walk ends early, the blocks that were found tell the rest.
    let _ = node.chunks(&mut |stored| {
        if let Ok(stored) = stored {
            let (address, stored_bytes) = (Address(stored.address), stored.stored_bytes);
            let place = ChunkLocation { address, stored_bytes, filter_mask: stored.filter_mask };
            known.push((scaled(&stored.offset, chunk), place));
        }
        ControlFlow::Continue(())
    });
    known
}

fn scaled(offset: &[u64], chunk: &[u64]) -> Vec<u64> {
    offset.iter().zip(chunk).map(|(&at, &chunk)| at.checked_div(chunk).unwrap_or(0)).collect()
}
