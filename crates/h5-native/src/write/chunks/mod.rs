//! Writing chunked datasets.
//!
//! A chunk that is written whole is encoded at once, on several threads, and goes to fresh space. A chunk that is written in parts stays
//! decoded in memory until it is settled or has to make room; it then goes to fresh space too, so that the last commit keeps its own.
//! Where chunks are, the index learns in batches.

mod cache;
mod coder;
mod header;
mod index;
mod overwritten;
mod resize;
mod settle;
mod store;
mod tail;
mod values;

use std::collections::HashMap;
use std::sync::Arc;

use h5_format::message::{ChunkIndex as StoredIndex, ChunkedLayout};
use h5_types::{
    Address, AllocationTime, Dataspace, Error, FillValue, FilterInfo, Partition, Piece, ResolvedSelection,
    Result,
};

use self::cache::CachedChunk;
pub(crate) use self::cache::ChunkQueue;
use self::coder::ChunkCoder;
pub(crate) use self::store::Source;
use self::store::{Content, Cut, Job, Pending};
use super::dataset::SharedFill;
use super::heap_values::{HeapObjects, HeapValues};
use super::session::Session;
use crate::chunk_index::{ChunkGrid, ChunkIndex, ChunkLocation};

/// A chunked dataset that is being written.
#[derive(Debug)]
pub(crate) struct ChunkedWriter {
    layout: ChunkedLayout,
    maximum: Vec<Option<u64>>,
    /// The dataset's shape in chunks, as it is now.
    grid: ChunkGrid,
    /// While the dataset is resized: the shape by which chunks are stored that are not in memory.
    stored_grid: Option<ChunkGrid>,
    coder: ChunkCoder,
    /// Of a fill value that leads to the global heap; chunks in memory may have elements that lead to the same objects.
    shared_fill: Option<SharedFill>,
    /// Of elements that lead to objects of the global heap.
    values: Option<Arc<HeapValues>>,
    allocation_time: AllocationTime,
    cache: HashMap<Vec<u64>, CachedChunk>,
    pending: Pending,
    /// The index without the pending changes; opened when it is needed.
    index: Option<ChunkIndex>,
    /// Whether it is known that chunks can be encoded.
    is_checked: bool,
    extent_changed: bool,
    layout_changed: bool,
    seen: tail::SeenRows,
    committed: overwritten::CommittedExtent,
    tail: tail::TailKey,
}

/// What a chunked dataset's header says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChunkedParts<'a> {
    /// The layout message.
    pub(crate) layout: &'a ChunkedLayout,
    /// Current and largest extent.
    pub(crate) dataspace: &'a Dataspace,
    /// Filters.
    pub(crate) filters: &'a [FilterInfo],
    /// The fill value, in the form in which it is stored.
    pub(crate) fill: &'a FillValue,
    /// Bytes of an element by its datatype.
    pub(crate) element_bytes: usize,
}

/// Chunks that are looked at before those among them that are written whole are stored.
const BATCH_CHUNKS: usize = 4096;
/// Changes that wait for the index.
const PENDING_CHUNKS: usize = 16 << 10;

impl ChunkedWriter {
    /// Takes a dataset over as its header describes it.
    ///
    /// # Errors
    /// `Format` if the parts contradict each other; `Limit` if a chunk is over `chunk_bytes`.
    pub(crate) fn open(session: &Session, dataset: Address, parts: ChunkedParts<'_>) -> Result<Self> {
        let ChunkedParts { layout, dataspace, filters, fill, element_bytes } = parts;
        let limits = session.core().storage().limits();
        let Dataspace::Simple { dimensions, maximum } = dataspace else {
            return Err(Error::format("chunks in a dataset without dimensions"));
        };
        let grid = ChunkGrid::new(dimensions, maximum, layout, !filters.is_empty(), limits)?;
        if u64::try_from(element_bytes) != Ok(layout.element_size) {
            let stored = layout.element_size;
            let message = format!("chunks of elements of {stored} bytes in a dataset of {element_bytes}");
            return Err(Error::format(message));
        }
        let chunk_bytes =
            usize::try_from(grid.chunk_bytes()).ok().filter(|_| grid.chunk_bytes() <= limits.chunk_bytes);
        let chunk_bytes = chunk_bytes.ok_or_else(|| Error::limit("a chunk of too many bytes"))?;
        let registry = &session.options().filters;
        Ok(Self {
            layout: layout.clone(),
            maximum: maximum.clone(),
            committed: overwritten::CommittedExtent::new(session, dataset, &grid),
            coder: ChunkCoder::new(filters, registry, chunk_bytes, element_bytes, fill)?,
            grid,
            stored_grid: None,
            shared_fill: None,
            values: None,
            allocation_time: fill.allocation_time,
            cache: HashMap::new(),
            pending: Pending::new(),
            index: None,
            is_checked: false,
            extent_changed: false,
            layout_changed: false,
            seen: tail::SeenRows::new(session),
            tail: tail::TailKey::default(),
        })
    }

    /// The same with a fill value that leads to the global heap.
    pub(crate) fn with_shared_fill(self, shared_fill: Option<SharedFill>) -> Self {
        Self { shared_fill, ..self }
    }

    /// Current dimensions.
    pub(crate) fn dimensions(&self) -> &[u64] {
        self.grid.dimensions()
    }

    /// Writes the elements selected of the dataset's extent.
    ///
    /// # Errors
    /// `Usage` if the selection is of another extent or there is another number of elements; `Unsupported` for a filter that cannot
    /// be applied; `Format` of what is there already; `Limit`, `Io`.
    pub(crate) fn write(
        &mut self,
        session: &mut Session,
        dataset: Address,
        selection: &ResolvedSelection,
        source: Source<'_>,
    ) -> Result<()> {
        if selection.dimensions() != self.grid.dimensions() {
            return Err(Error::usage("a selection of another extent than the dataset's"));
        }
        source.check_count(selection.element_count())?;
        if selection.element_count() == 0 {
            return Ok(());
        }
        self.begin(session, dataset)?;
        if let Some(bounds) = selection.bounds() {
            self.note_written(session, dataset, &bounds.start);
        }
        let partition = selection.partition(self.grid.chunk_dimensions())?;
        let core = Arc::clone(session.core());
        let cut = Cut { source, partition: &partition, storage: core.storage() };
        // Points may come twice, so that their number does not tell whether they are all.
        let is_distinct = !selection.may_repeat() && !source.keeps_bytes;
        let mut pieces = partition.pieces().peekable();
        while pieces.peek().is_some() {
            let (mut jobs, mut lost) = (Vec::new(), HeapObjects::new());
            for piece in pieces.by_ref().take(BATCH_CHUNKS) {
                let is_whole = is_distinct && self.is_whole(&partition, &piece);
                if is_whole && !self.may_grow(&piece) {
                    lost.append(&mut self.objects_of(session, &partition, &piece)?);
                    self.forget(session, &piece.scaled);
                    jobs.push(self.job(&cut, piece));
                } else {
                    self.write_part(session, dataset, &cut, &piece, is_whole)?;
                }
            }
            self.store(session, jobs)?;
            session.lose_heap_objects(&lost)?;
            if self.pending.len() > PENDING_CHUNKS {
                self.apply(session, dataset)?;
                session.write_if_much_is_staged()?;
            }
        }
        Ok(())
    }

    /// Writes one chunk as it is to be stored.
    ///
    /// # Errors
    /// `Usage` if no chunk begins at `offset` or the bytes cannot be a chunk's; `Limit`, `Io`.
    pub(crate) fn write_raw_chunk(
        &mut self,
        session: &mut Session,
        dataset: Address,
        offset: &[u64],
        filter_mask: u32,
        stored: &[u8],
    ) -> Result<()> {
        let scaled = self.scaled(offset)?;
        let stored_bytes = u64::try_from(stored.len()).unwrap_or(u64::MAX);
        let is_plain = !self.coder.is_filtered() || self.grid.is_partial_and_unfiltered(&scaled);
        let widest = match (self.layout.index, self.grid.chunk_size_bytes(session.sizes())) {
            (StoredIndex::BTreeV1 { .. }, _) => u64::from(u32::MAX),
            (_, Some(width @ 0..8)) => u64::MAX
                .unbounded_shr(64_u32.saturating_sub(u32::try_from(width).unwrap_or(8).saturating_mul(8))),
            _ => u64::MAX,
        };
        if is_plain && stored_bytes != self.grid.chunk_bytes() {
            let expected = self.grid.chunk_bytes();
            return Err(Error::usage(format!(
                "a chunk without filters of {stored_bytes} bytes, expected {expected}"
            )));
        }
        if stored_bytes > widest || stored.is_empty() {
            return Err(Error::usage(format!("a chunk of {stored_bytes} bytes, expected 1 to {widest}")));
        }
        session.touch(dataset);
        self.begin_changes(session.commits());
        self.note_written(session, dataset, offset);
        self.allocate_in_place(session)?;
        self.forget(session, &scaled);
        if let Some(place) = self.fixed_place(&scaled)? {
            return session.write_raw(place.address, stored);
        }
        let address = session.allocate(super::space::SpaceKind::Raw, stored_bytes)?;
        let filter_mask = if is_plain { 0 } else { filter_mask };
        let place = ChunkLocation { address, stored_bytes, filter_mask };
        if let Some(Some(old)) = self.pending.insert(scaled, Some(place)) {
            session.free_raw(old.address, old.stored_bytes);
        }
        session.write_raw(address, stored)
    }

    /// Position in the grid of the chunk that begins at `offset`.
    fn scaled(&self, offset: &[u64]) -> Result<Vec<u64>> {
        let divide =
            |(&at, &chunk): (&u64, &u64)| at.is_multiple_of(chunk).then(|| at.checked_div(chunk)).flatten();
        let scaled: Option<Vec<u64>> = offset.iter().zip(self.grid.chunk_dimensions()).map(divide).collect();
        let inside = scaled.filter(|scaled| offset.len() == self.grid.rank() && self.grid.contains(scaled));
        inside.ok_or_else(|| Error::usage(format!("no chunk begins at {offset:?}")))
    }

    /// Before anything changes: can chunks be encoded at all?
    fn begin(&mut self, session: &mut Session, dataset: Address) -> Result<()> {
        if !self.is_checked {
            self.coder.check()?;
            self.is_checked = true;
        }
        session.touch(dataset);
        self.begin_changes(session.commits());
        self.allocate_in_place(session)
    }

    /// Notes what the last commit has, before it changes.
    fn begin_changes(&mut self, commits: u64) {
        self.seen.begin(commits, &self.grid);
        self.committed.begin(commits, &self.grid);
    }

    /// True if a piece has all elements of its chunk that the dataset has.
    fn is_whole(&self, partition: &Partition<'_>, piece: &Piece) -> bool {
        let selected = partition
            .copies(piece)
            .fold(0_u64, |sum, copy| sum.saturating_add(copy.length.saturating_mul(copy.count)));
        let held = self.clipped(piece).fold(1_u64, |product, (_, length, _)| product.saturating_mul(length));
        selected >= held
    }

    /// True if a chunk reaches over the dataset's edge, and the dataset may reach over it one day: it is soon written to again.
    fn may_grow(&self, piece: &Piece) -> bool {
        let extents = self.grid.dimensions().iter().zip(&self.maximum);
        self.clipped(piece)
            .zip(extents)
            .any(|((_, length, chunk), (extent, most))| length < chunk && *most != Some(*extent))
    }

    /// For each dimension: the piece's first coordinate, how many the dataset has of its chunk, and how many a chunk has.
    fn clipped<'p>(&'p self, piece: &'p Piece) -> impl Iterator<Item = (u64, u64, u64)> + 'p {
        let block = piece.block.start.iter().zip(&piece.block.size);
        block.zip(self.grid.dimensions()).zip(self.grid.chunk_dimensions()).map(
            |(((&start, &size), &extent), &chunk)| (start, size.min(extent.saturating_sub(start)), chunk),
        )
    }

    fn job<'a>(&self, cut: &'a Cut<'a>, piece: Piece) -> Job<'a> {
        let scaled = piece.scaled.clone();
        let filtered = self.is_filtered(&scaled);
        let content = match cut.in_place(&piece, self.coder.chunk_bytes) {
            Some(range) => Content::Slice { base: cut.source.elements, range },
            None => {
                let is_full = self.clipped(&piece).all(|(_, length, chunk)| length == chunk);
                Content::Scattered { cut, piece, is_full }
            }
        };
        Job { scaled, filtered, content }
    }

    /// True if a chunk passes filters when it is stored now.
    fn is_filtered(&self, scaled: &[u64]) -> bool {
        self.coder.is_filtered() && !self.grid.is_partial_and_unfiltered(scaled)
    }

    /// Writes a part of a chunk that is in memory afterwards. What is not overwritten is fetched first, unless there is nothing such.
    fn write_part(
        &mut self,
        session: &mut Session,
        dataset: Address,
        cut: &Cut<'_>,
        piece: &Piece,
        is_whole: bool,
    ) -> Result<()> {
        // What is overwritten as a whole is not loaded.
        let mut lost =
            if is_whole { self.objects_of(session, cut.partition, piece)? } else { HeapObjects::new() };
        self.load(session, dataset, &piece.scaled, is_whole)?;
        if !is_whole {
            lost = self.objects_of(session, cut.partition, piece)?;
        }
        let chunk = self.load(session, dataset, &piece.scaled, is_whole)?;
        // Also after an error: a part may have been written.
        chunk.all_changed();
        cut.put(piece, &mut chunk.bytes)?;
        if cut.source.keeps_bytes && !lost.is_empty() {
            for kept in self.objects_of(session, cut.partition, piece)? {
                lost.remove(&kept);
            }
        }
        session.lose_heap_objects(&lost)
    }

    /// A chunk in memory; with `afresh`, one that nobody has written to if it is not there yet.
    fn load(
        &mut self,
        session: &mut Session,
        dataset: Address,
        scaled: &[u64],
        afresh: bool,
    ) -> Result<&mut CachedChunk> {
        if !self.cache.contains_key(scaled) {
            self.make_room(session, dataset)?;
            let place = if afresh { None } else { self.place(session, scaled)? };
            let mut bytes = Vec::new();
            match place {
                Some(place) => self.coder.decode(session.core().storage(), place, &mut bytes)?,
                None => self.coder.fill_chunk(&mut bytes)?,
            }
            let mut chunk = session.chunks.enter(dataset, scaled, bytes);
            chunk.place = place;
            self.cache.insert(scaled.to_vec(), chunk);
        }
        let chunk = self.cache.get_mut(scaled).ok_or_else(|| Error::not_found("no such chunk in memory"))?;
        session.chunks.used(chunk);
        Ok(chunk)
    }

    /// Where a chunk is stored, and how.
    fn place(&mut self, session: &Session, scaled: &[u64]) -> Result<Option<ChunkLocation>> {
        let place = match self.pending.get(scaled) {
            Some(place) => *place,
            None => self.index(session)?.lookup_stored(session.core().storage(), scaled)?,
        };
        let grid = self.stored_grid.as_ref().unwrap_or(&self.grid);
        let is_plain = grid.is_partial_and_unfiltered(scaled);
        Ok(place.map(|place| if is_plain { ChunkLocation { filter_mask: u32::MAX, ..place } } else { place }))
    }

    /// The index as it was settled last.
    fn index(&mut self, session: &Session) -> Result<&ChunkIndex> {
        if self.index.is_none() {
            let storage = session.core().storage();
            self.index = Some(ChunkIndex::open(storage, self.grid.largest(), self.layout.index)?);
        }
        self.index.as_ref().ok_or_else(|| Error::not_found("no chunk index"))
    }

    /// Throws away what is in memory of a chunk.
    fn forget(&mut self, session: &mut Session, scaled: &[u64]) {
        if let Some(chunk) = self.cache.remove(scaled) {
            session.chunks.leave(&chunk);
        }
    }

    /// The place of a chunk that has one for good, by an implicit index.
    fn fixed_place(&self, scaled: &[u64]) -> Result<Option<ChunkLocation>> {
        let StoredIndex::Implicit { address: Some(first) } = self.layout.index else { return Ok(None) };
        let stored_bytes = self.grid.chunk_bytes();
        let place = self
            .grid
            .linear_index(scaled)
            .and_then(|number| number.checked_mul(stored_bytes)?.checked_add(first.0));
        let address = place.ok_or_else(|| Error::format("a chunk outside of the largest dataset"))?;
        Ok(Some(ChunkLocation { address: Address(address), stored_bytes, filter_mask: 0 }))
    }
}
