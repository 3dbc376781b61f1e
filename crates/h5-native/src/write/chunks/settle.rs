//! From memory to the file: chunks that have to make room, and all of them when the dataset is settled.

use std::ops::Range;

use h5_format::message::ChunkIndex as StoredIndex;
use h5_types::{Address, Error, Result};

use super::cache::{CACHE_BYTES, CachedChunk};
use super::store::{self, Content, Job, Pending};
use super::{ChunkedWriter, index};
use crate::chunk_index::{ChunkIndex, ChunkLocation, Next, for_each_coordinate};
use crate::write::session::Session;
use crate::write::space::SpaceKind;

/// Chunks of fill values that are stored at a time.
const FILLED_CHUNKS: usize = 1024;

impl ChunkedWriter {
    /// Brings everything into the dataset's blocks: chunks are stored, the index has them, the header leads to the index. Chunks stay
    /// in memory, for whoever writes the next part of them.
    ///
    /// # Errors
    /// `Unsupported` for a filter that fails, `Format` of a damaged index, `Limit`, `Io`.
    pub(crate) fn settle(&mut self, session: &mut Session, dataset: Address) -> Result<()> {
        self.separate_filled(session)?;
        self.write_tails(session)?;
        let dirty = self.dirty_chunks();
        if !dirty.is_empty() {
            // The chunks stay where they are while they are stored.
            let cache = std::mem::take(&mut self.cache);
            let jobs = dirty.iter().filter_map(|scaled| Some(self.cached_job(scaled, cache.get(scaled)?)));
            let jobs = jobs.collect();
            let stored = self.store(session, jobs);
            self.cache = cache;
            stored?;
            for scaled in &dirty {
                if let Some(chunk) = self.cache.get_mut(scaled) {
                    chunk.dirty = 0..0;
                    chunk.place = self.pending.get(scaled).copied().flatten();
                }
            }
        }
        self.apply(session, dataset)?;
        self.settle_header(session, dataset)?;
        self.seen.settled(&self.grid);
        Ok(())
    }

    /// Chunks in memory that differ from what is stored, in their order.
    fn dirty_chunks(&self) -> Vec<Vec<u64>> {
        let dirty = self.cache.iter().filter(|(_, chunk)| chunk.is_dirty());
        let mut dirty: Vec<Vec<u64>> = dirty.map(|(scaled, _)| scaled.clone()).collect();
        dirty.sort_unstable();
        dirty
    }

    /// Gives filled elements of the chunks that are to be stored heap objects of their own.
    fn separate_filled(&mut self, session: &mut Session) -> Result<()> {
        if self.shared_fill.is_none() {
            return Ok(());
        }
        for scaled in self.dirty_chunks() {
            if let (Some(fill), Some(chunk)) = (&self.shared_fill, self.cache.get_mut(&scaled)) {
                fill.separate(session, &mut chunk.bytes)?;
            }
        }
        Ok(())
    }

    /// Lets the index know of the chunks that were stored and of those that are gone.
    pub(super) fn apply(&mut self, session: &mut Session, dataset: Address) -> Result<()> {
        let afresh = self.needs_new_index(session, dataset);
        if self.pending.is_empty() && !afresh {
            return Ok(());
        }
        self.index = None;
        let stored = (self.layout.index, afresh);
        let stored = index::apply(session, dataset, &self.grid, stored, &self.pending)?;
        self.pending.clear();
        if stored != self.layout.index {
            self.layout.index = stored;
            self.layout_changed = true;
        }
        Ok(())
    }

    /// Stores chunks, none of which is in memory.
    pub(super) fn store(&mut self, session: &mut Session, jobs: Vec<Job<'_>>) -> Result<()> {
        if self.is_in_place() {
            self.write_in_place(session, &jobs)
        } else {
            store::store(session, &self.coder, &mut self.pending, jobs)
        }
    }

    /// Makes room in memory for one more chunk.
    ///
    /// # Errors
    /// Those of storing chunks.
    pub(super) fn make_room(&mut self, session: &mut Session, dataset: Address) -> Result<()> {
        let needed = self.coder.chunk_bytes;
        if session.chunks.held_bytes().saturating_add(needed) <= CACHE_BYTES {
            return Ok(());
        }
        // Several go at once, so that they are encoded together.
        let target = CACHE_BYTES.saturating_sub(needed).min(CACHE_BYTES / 2);
        let mut leaving = Vec::new();
        while session.chunks.held_bytes() > target {
            let Some((owner, scaled)) = session.chunks.first() else { break };
            if owner != dataset {
                evict_of(session, owner, &scaled)?;
            } else if let Some(chunk) = self.cache.get_mut(&scaled) {
                if !session.chunks.requeue(chunk)
                    && let Some(chunk) = self.cache.remove(&scaled)
                {
                    session.chunks.leave(&chunk);
                    leaving.push((scaled, chunk));
                }
            } else {
                session.chunks.skip_first();
            }
        }
        self.store_leaving(session, leaving)
    }

    /// Lets one chunk go, for the sake of another dataset's, unless it was used of late.
    ///
    /// # Errors
    /// Those of storing it.
    pub(crate) fn evict(&mut self, session: &mut Session, scaled: &[u64]) -> Result<()> {
        let Some(chunk) = self.cache.get_mut(scaled) else {
            session.chunks.skip_first();
            return Ok(());
        };
        if session.chunks.requeue(chunk) {
            return Ok(());
        }
        let Some(chunk) = self.cache.remove(scaled) else { return Ok(()) };
        session.chunks.leave(&chunk);
        self.store_leaving(session, vec![(scaled.to_vec(), chunk)])
    }

    fn store_leaving(
        &mut self,
        session: &mut Session,
        mut leaving: Vec<(Vec<u64>, CachedChunk)>,
    ) -> Result<()> {
        leaving.retain(|(_, chunk)| chunk.is_dirty());
        leaving.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        if let Some(fill) = &self.shared_fill {
            leaving.iter_mut().try_for_each(|(_, chunk)| fill.separate(session, &mut chunk.bytes))?;
        }
        let jobs = leaving.iter().map(|(scaled, chunk)| self.cached_job(scaled, chunk)).collect();
        self.store(session, jobs)
    }

    fn cached_job<'a>(&self, scaled: &[u64], chunk: &'a CachedChunk) -> Job<'a> {
        self.slice_job(scaled.to_vec(), &chunk.bytes)
    }

    fn slice_job<'a>(&self, scaled: Vec<u64>, chunk: &'a [u8]) -> Job<'a> {
        let content = Content::Slice { base: chunk, range: 0..chunk.len() };
        Job { filtered: self.is_filtered(&scaled), scaled, content }
    }

    /// True if chunks have their places for good.
    pub(super) fn is_in_place(&self) -> bool {
        matches!(self.layout.index, StoredIndex::Implicit { address: Some(_) })
    }

    fn write_in_place(&self, session: &mut Session, jobs: &[Job<'_>]) -> Result<()> {
        let mut buffer = Vec::new();
        for job in jobs {
            let place =
                self.fixed_place(&job.scaled)?.ok_or_else(|| Error::format("a chunk without a place"))?;
            session.write_raw(place.address, job.bytes(&self.coder, &mut buffer)?)?;
        }
        Ok(())
    }

    /// Allocates the chunks of an implicit index, if they are not, and fills those that the dataset has.
    pub(super) fn allocate_in_place(&mut self, session: &mut Session) -> Result<()> {
        let StoredIndex::Implicit { address: None } = self.layout.index else { return Ok(()) };
        let bytes = self.grid.most_chunks().and_then(|count| count.checked_mul(self.grid.chunk_bytes()));
        let bytes = bytes.ok_or_else(|| Error::limit("chunks of more bytes than 64 bits count"))?;
        let address = session.allocate(SpaceKind::Raw, bytes)?;
        self.layout.index = StoredIndex::Implicit { address: Some(address) };
        (self.layout_changed, self.index) = (true, None);
        self.fill_outside(session, &vec![0; self.grid.rank()])
    }

    /// Stores all chunks that were never written, for datasets whose storage is allocated early.
    ///
    /// # Errors
    /// Those of storing chunks.
    pub(crate) fn allocate(&mut self, session: &mut Session, dataset: Address) -> Result<()> {
        let is_new = !self.is_in_place();
        self.begin(session, dataset)?;
        if is_new && self.is_in_place() {
            Ok(())
        } else {
            self.fill_outside(session, &vec![0; self.grid.rank()])
        }
    }

    /// Stores chunks of fill values in all places of the grid but those of a smaller grid with `kept` chunks along each dimension.
    pub(super) fn fill_outside(&mut self, session: &mut Session, kept: &[u64]) -> Result<()> {
        let mut chunk = Vec::new();
        self.coder.fill_chunk(&mut chunk)?;
        let mut batch: Vec<Vec<u64>> = Vec::new();
        let ranges: Vec<Range<u64>> = self.grid.chunks().iter().map(|&count| 0..count).collect();
        for_each_coordinate(&ranges, &mut |scaled| {
            if scaled.iter().zip(kept).any(|(at, kept)| at >= kept) {
                batch.push(scaled.to_vec());
            }
            if batch.len() >= FILLED_CHUNKS {
                self.store_filled(session, &chunk, std::mem::take(&mut batch))?;
            }
            Ok(Next::One)
        })?;
        self.store_filled(session, &chunk, batch)
    }

    fn store_filled(&mut self, session: &mut Session, chunk: &[u8], batch: Vec<Vec<u64>>) -> Result<()> {
        if self.shared_fill.is_none() {
            let jobs = batch.into_iter().map(|scaled| self.slice_job(scaled, chunk)).collect();
            return self.store(session, jobs);
        }
        for scaled in batch {
            let mut own = chunk.to_vec();
            if let Some(fill) = &self.shared_fill {
                fill.separate(session, &mut own)?;
            }
            let job = self.slice_job(scaled, &own);
            self.store(session, vec![job])?;
        }
        Ok(())
    }

    /// Gives back all chunks and the index, of a dataset that is removed.
    ///
    /// # Errors
    /// `Format`, `Io` of the index; nothing has changed then.
    pub(crate) fn release(&mut self, session: &mut Session) -> Result<()> {
        let mut chunks = Vec::new();
        if let StoredIndex::Implicit { address: Some(address) } = self.layout.index {
            let bytes = self.grid.most_chunks().and_then(|count| count.checked_mul(self.grid.chunk_bytes()));
            chunks.extend(bytes.map(|stored_bytes| ChunkLocation { address, stored_bytes, filter_mask: 0 }));
        } else {
            let storage = session.core().storage();
            let all: Vec<Range<u64>> = vec![0..u64::MAX; self.grid.rank()];
            let index = ChunkIndex::open(storage, self.grid.largest(), self.layout.index)?;
            index.for_each_stored_in(storage, &all, &mut |_, place| {
                chunks.push(place);
                Ok(())
            })?;
        }
        index::release(session, &self.grid, self.layout.index)?;
        let pending: Pending = std::mem::take(&mut self.pending);
        chunks.extend(pending.into_values().flatten());
        for place in chunks {
            session.free_raw(place.address, place.stored_bytes);
        }
        for (_, chunk) in self.cache.drain() {
            session.chunks.leave(&chunk);
        }
        self.layout.index = index::with_address(self.layout.index, None);
        self.index = None;
        Ok(())
    }
}

/// Lets a chunk of another dataset go.
fn evict_of(session: &mut Session, owner: Address, scaled: &[u64]) -> Result<()> {
    let Some(mut state) = session.datasets.remove(&owner) else {
        session.chunks.skip_first();
        return Ok(());
    };
    let evicted = match state.chunked_mut() {
        Some(writer) => writer.evict(session, scaled),
        None => {
            session.chunks.skip_first();
            Ok(())
        }
    };
    session.datasets.insert(owner, state);
    evicted
}
