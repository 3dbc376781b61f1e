//! Rows behind a dataset's end: they are written where they belong, over what nobody can see.
//!
//! The last commit's extent says how many rows a reader finds, along the slowest dimension. What a chunk without filters has behind them may
//! be overwritten: a row that is appended costs a write of that row, and the index stays as it is. After a kill such rows may be there
//! without the extent that has them, so that whoever lets the dataset grow over a chunk that is stored fills them first.

use std::ops::Range;

use h5_types::{Address, Datatype, Result};

use super::ChunkedWriter;
use super::cache::{CachedChunk, ChunkQueue};
use crate::chunk_index::ChunkGrid;
use crate::write::dataset::DatasetStorage;
use crate::write::session::Session;

/// How many rows somebody may see who knows the last commit, or what was settled since.
#[derive(Debug)]
pub(super) struct SeenRows {
    /// The commit that `rows` was noted after.
    commit: u64,
    /// `None` if that commit may have more than the dataset had when it was looked at first.
    rows: Option<u64>,
    /// Whether rows behind the end are known to hold the fill value where they are stored.
    is_filled: bool,
}

impl SeenRows {
    /// Of a dataset that is looked at for the first time.
    pub(super) fn new(session: &Session) -> Self {
        // What has changed since the last commit may be this dataset's extent. No commit has the highest number.
        let commit = if session.has_changes() { session.commits() } else { u64::MAX };
        Self { commit, rows: None, is_filled: false }
    }

    /// Before a change.
    pub(super) fn begin(&mut self, commits: u64, grid: &ChunkGrid) {
        if self.commit != commits {
            self.commit = commits;
            self.rows = grid.dimensions().first().copied();
        }
    }

    /// After rows were settled, for who reads them from now on.
    pub(super) fn settled(&mut self, grid: &ChunkGrid) {
        if let (Some(rows), Some(&now)) = (&mut self.rows, grid.dimensions().first()) {
            *rows = now.max(*rows);
        }
    }
}

impl Session {
    /// Appends rows to a chunk in memory, if that is all there is to do; false, and nothing is done, if it is not.
    pub(crate) fn append_to_tail(
        &mut self,
        dataset: Address,
        (axis, count): (usize, u64),
        (memory, elements): (&Datatype, &[u8]),
    ) -> bool {
        let commits = self.commits;
        let Some(state) = self.datasets.get_mut(&dataset) else { return false };
        let DatasetStorage::Chunked(writer) = &mut state.storage else { return false };
        let appended = axis == 0
            && *memory == state.description.datatype
            && !memory.has_variable_part()
            && writer.append_to_tail(&mut self.chunks, commits, count, elements).is_some();
        if appended {
            state.take_extent();
            self.touch(dataset);
        }
        appended
    }
}

impl ChunkedWriter {
    /// Appends rows to the last chunk, which is in memory and has room for them; `None` if they need more than that.
    fn append_to_tail(
        &mut self,
        queue: &mut ChunkQueue,
        commits: u64,
        count: u64,
        elements: &[u8],
    ) -> Option<()> {
        if !self.is_checked || !self.has_one_tail() || self.layout.partial_edge_chunks_unfiltered {
            return None;
        }
        let (&length, &most) = self.grid.dimensions().first().zip(self.maximum.first())?;
        let rows = *self.grid.chunk_dimensions().first()?;
        let within = length.checked_rem(rows).filter(|&within| within > 0)?;
        let end = length.checked_add(count).filter(|&end| most.is_none_or(|most| end <= most))?;
        within.checked_add(count).filter(|&end| count > 0 && end <= rows)?;
        let range = self.row_bytes(within, count)?;
        if range.len() != elements.len() {
            return None;
        }
        let tail = self.cache.get_mut(self.tail.get(length.checked_div(rows)?, self.grid.rank()))?;
        tail.bytes.get_mut(range.clone())?.copy_from_slice(elements);
        tail.changed(range);
        queue.used(tail);
        self.begin_changes(commits);
        self.grid.set_length(end);
        self.extent_changed = true;
        Some(())
    }

    /// True if a row has all its elements in one chunk, and a chunk nothing but whole rows.
    fn has_one_tail(&self) -> bool {
        let extents = self.grid.dimensions().iter().zip(self.grid.chunk_dimensions());
        extents.skip(1).all(|(extent, chunk)| extent == chunk)
    }

    /// The bytes of some rows of a chunk.
    fn row_bytes(&self, first: u64, count: u64) -> Option<Range<usize>> {
        let rows = usize::try_from(*self.grid.chunk_dimensions().first()?).ok()?;
        let row_bytes = self.coder.chunk_bytes.checked_div(rows)?;
        let start = usize::try_from(first).ok()?.checked_mul(row_bytes)?;
        Some(start..start.checked_add(usize::try_from(count).ok()?.checked_mul(row_bytes)?)?)
    }

    /// Writes what has changed of chunks where they are, if nobody can have seen it there.
    ///
    /// # Errors
    /// `Io`.
    pub(super) fn write_tails(&mut self, session: &mut Session) -> Result<()> {
        if self.coder.is_filtered() || self.is_in_place() {
            return Ok(());
        }
        let mut cache = std::mem::take(&mut self.cache);
        let written = cache
            .iter_mut()
            .filter(|(_, chunk)| chunk.is_dirty())
            .try_for_each(|(scaled, chunk)| self.write_tail(session, scaled, chunk));
        self.cache = cache;
        written
    }

    fn write_tail(&self, session: &mut Session, scaled: &[u64], chunk: &mut CachedChunk) -> Result<()> {
        let Some(place) = chunk.place else { return Ok(()) };
        let is_unknown = session.is_fresh(place.address) && !session.has_readers();
        if !is_unknown && !self.is_unseen(scaled, &chunk.dirty) {
            return Ok(());
        }
        let start = u64::try_from(chunk.dirty.start).unwrap_or(u64::MAX);
        let bytes = chunk.bytes.get(chunk.dirty.clone()).unwrap_or_default();
        session.write_raw(Address(place.address.0.saturating_add(start)), bytes)?;
        chunk.dirty = 0..0;
        Ok(())
    }

    /// True if bytes of a chunk lie behind all rows that somebody may see.
    fn is_unseen(&self, scaled: &[u64], bytes: &Range<usize>) -> bool {
        let Some(seen) = self.seen.rows.filter(|_| self.has_one_tail()) else { return false };
        let rows = self.grid.chunk_dimensions().first().copied().unwrap_or(0);
        let first = scaled.first().map_or(u64::MAX, |at| at.saturating_mul(rows));
        let within = self.row_bytes(0, seen.saturating_sub(first).min(rows));
        within.is_some_and(|seen| seen.end <= bytes.start)
    }

    /// Before the dataset becomes longer: what a kill may have left behind its end becomes the fill value, which the new rows are to be.
    ///
    /// # Errors
    /// Those of loading the last chunk.
    pub(super) fn fill_behind_end(&mut self, session: &mut Session, dataset: Address) -> Result<()> {
        if self.seen.is_filled || self.coder.is_filtered() || self.is_in_place() || !self.has_one_tail() {
            return Ok(());
        }
        let (length, rows) = self
            .grid
            .dimensions()
            .first()
            .zip(self.grid.chunk_dimensions().first())
            .map_or((0, 1), |(&length, &rows)| (length, rows.max(1)));
        let within = length.checked_rem(rows).unwrap_or(0);
        if within > 0 {
            let mut scaled = vec![0; self.grid.rank()];
            if let Some(first) = scaled.first_mut() {
                *first = length.checked_div(rows).unwrap_or(0);
            }
            let range = self.row_bytes(within, rows.saturating_sub(within)).unwrap_or(0..0);
            let mut filled = vec![0; range.len()];
            self.coder.fill_run(&mut filled);
            let is_stored = self.place(session, &scaled)?.is_some() || self.cache.contains_key(&scaled);
            if is_stored {
                let chunk = self.load(session, dataset, &scaled, false)?;
                let mut behind = chunk.bytes.get(range.clone()).unwrap_or_default().to_vec();
                if let Some(fill) = &self.shared_fill {
                    fill.unite(session, &mut behind)?;
                }
                if behind != filled {
                    self.fill_stored(&scaled, range, &filled);
                }
            }
        }
        self.seen.is_filled = true;
        Ok(())
    }

    fn fill_stored(&mut self, scaled: &[u64], range: Range<usize>, filled: &[u8]) {
        let Some(chunk) = self.cache.get_mut(scaled) else { return };
        if let Some(behind) = chunk.bytes.get_mut(range).filter(|behind| behind.len() == filled.len()) {
            behind.copy_from_slice(filled);
            // Not only what is behind: it goes to another place, since readers of the rows before it may be there.
            chunk.all_changed();
        }
    }
}

/// The place of the last chunk in the grid, for looking it up.
#[derive(Debug, Default)]
pub(super) struct TailKey(Vec<u64>);

impl TailKey {
    /// The chunk that has number `first` along the slowest dimension, and is the only one along all others.
    fn get(&mut self, first: u64, rank: usize) -> &[u64] {
        self.0.resize(rank, 0);
        if let Some(place) = self.0.first_mut() {
            *place = first;
        }
        &self.0
    }
}
