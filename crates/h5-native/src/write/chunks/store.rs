//! Whole chunks on their way to the file: gathered from the caller's elements, encoded on several threads, written to fresh space.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use h5_types::{Address, CopyRun, Error, Heap, Partition, Piece, Result};

use super::coder::{Buffers, ChunkCoder};
use crate::Storage;
use crate::chunk_index::ChunkLocation;
use crate::dataset::transfer::{Target, Transfer, resize};
use crate::write::session::Session;
use crate::write::space::SpaceKind;

/// Chunks whose places the index does not have yet; `None` for those that it has and that are gone.
pub(super) type Pending = BTreeMap<Vec<u64>, Option<ChunkLocation>>;

/// Elements of the caller's, packed in selection order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The elements.
    pub(crate) elements: &'a [u8],
    /// How they become stored ones; neither has a variable part.
    pub(crate) transfer: &'a Transfer<'a>,
    /// Whether stored elements keep bytes that the caller's elements say nothing of.
    pub(crate) keeps_bytes: bool,
}

/// A selection of the caller's elements, cut along the chunks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut<'a> {
    pub(super) source: Source<'a>,
    pub(super) partition: &'a Partition<'a>,
    pub(super) storage: &'a Storage,
}

/// A whole chunk to be stored.
#[derive(Debug)]
pub(super) struct Job<'a> {
    pub(super) scaled: Vec<u64>,
    /// Whether it passes the filters.
    pub(super) filtered: bool,
    pub(super) content: Content<'a>,
}

/// Where a chunk's decoded bytes are.
#[derive(Debug)]
pub(super) enum Content<'a> {
    /// Side by side in a longer piece of memory.
    Slice { base: &'a [u8], range: Range<usize> },
    /// In the caller's elements, here and there; `is_full` if those are all of the chunk's, and none lies outside of the dataset.
    Scattered { cut: &'a Cut<'a>, piece: Piece, is_full: bool },
}

/// Whoever has encoded a chunk finds a place for it here.
struct Sink<'s> {
    session: &'s mut Session,
    pending: &'s mut Pending,
}

/// Bytes that are gathered before they are written at once.
const RUN_BYTES: usize = 1 << 20;
/// Small chunks that one thread takes at a time, in decoded bytes.
#[cfg(feature = "parallel")]
const TURN_BYTES: usize = 128 << 10;
/// What the buffers of all threads may take.
#[cfg(feature = "parallel")]
const BUFFER_BYTES: usize = 8 << 20;
/// The same for two threads, which are worth more than their memory.
#[cfg(feature = "parallel")]
const TWO_THREADS_BYTES: usize = 96 << 20;
/// Buffers of about a chunk's size that one thread has: gathered, and two in the pipeline.
#[cfg(feature = "parallel")]
const BUFFERS_A_THREAD: usize = 3;
/// Decoded bytes below which a second thread is not worth its start.
#[cfg(feature = "parallel")]
const FEWEST_BYTES: usize = 256 << 10;

impl Source<'_> {
    /// Fails unless there are so many elements.
    ///
    /// # Errors
    /// `Usage`.
    pub(super) fn check_count(&self, elements: u64) -> Result<()> {
        let size = self.transfer.stored_size;
        let expected = usize::try_from(elements).ok().and_then(|elements| elements.checked_mul(size));
        if expected == Some(self.elements.len()) {
            return Ok(());
        }
        let found = self.elements.len();
        Err(Error::usage(format!("{found} bytes for {elements} elements of {size}")))
    }

    /// Puts what one copy names into a chunk.
    ///
    /// # Errors
    /// `Usage` if there are fewer elements than the selection picks.
    fn put(&self, copy: CopyRun, target: &mut Target<'_>) -> Result<()> {
        // A selection tells how to read it: from the chunk to the result. Here elements go the other way.
        let back = CopyRun {
            from: copy.to,
            from_step: copy.to_step,
            to: copy.from,
            to_step: copy.from_step,
            ..copy
        };
        target.put(self.transfer, self.elements, 0, back)
    }
}

impl<'a> Cut<'a> {
    /// Puts a piece's elements into its chunk.
    ///
    /// # Errors
    /// As [`Source::put`].
    pub(super) fn put(&self, piece: &Piece, chunk: &mut [u8]) -> Result<()> {
        let mut heap = Heap::default();
        let mut target = Target::chunk(self.storage, chunk, &mut heap, self.source.transfer);
        self.partition.copies(piece).try_for_each(|copy| self.source.put(copy, &mut target))
    }

    /// The bytes of a chunk that is selected whole, where they are as they are to be stored.
    pub(super) fn in_place(&self, piece: &Piece, chunk_bytes: usize) -> Option<Range<usize>> {
        if !self.source.transfer.is_copy() {
            return None;
        }
        let mut copies = self.partition.copies(piece);
        let (copy, None) = (copies.next()?, copies.next()) else { return None };
        let size = self.source.transfer.stored_size;
        let length = usize::try_from(copy.length).ok()?.checked_mul(size)?;
        let whole = copy.from == 0 && copy.count == 1 && length == chunk_bytes;
        let start = usize::try_from(copy.to).ok()?.checked_mul(size)?;
        let range = start..start.checked_add(length)?;
        (whole && range.end <= self.source.elements.len()).then_some(range)
    }
}

impl<'a> Job<'a> {
    /// The chunk's decoded bytes, gathered in `buffer` if need be.
    pub(super) fn bytes<'b>(&'b self, coder: &ChunkCoder, buffer: &'b mut Vec<u8>) -> Result<&'b [u8]> {
        match &self.content {
            Content::Slice { base, range } => {
                base.get(range.clone()).ok_or_else(|| Error::usage("fewer elements than the selection picks"))
            }
            Content::Scattered { .. } => {
                // What is in it from the chunk before is overwritten.
                resize(buffer, coder.chunk_bytes)?;
                self.gather(coder, buffer)?;
                Ok(buffer)
            }
        }
    }

    /// Gathers scattered elements, and the fill value where there are none, in the place of a chunk.
    fn gather(&self, coder: &ChunkCoder, chunk: &mut [u8]) -> Result<()> {
        let Content::Scattered { cut, piece, is_full } = &self.content else { return Ok(()) };
        if !is_full {
            coder.fill_run(chunk);
        }
        cut.put(piece, chunk)
    }
}

impl Sink<'_> {
    /// Finds a place for a chunk and notes it for the index. A place that only this commit knows of is given back.
    fn place(&mut self, scaled: Vec<u64>, bytes: usize, filter_mask: u32) -> Result<Address> {
        let stored_bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let address = self.session.allocate(SpaceKind::Raw, stored_bytes)?;
        self.note(scaled, ChunkLocation { address, stored_bytes, filter_mask });
        Ok(address)
    }

    fn note(&mut self, scaled: Vec<u64>, place: ChunkLocation) {
        if let Some(Some(old)) = self.pending.insert(scaled, Some(place)) {
            self.session.free(old.address, old.stored_bytes);
        }
    }
}

/// Encodes and writes chunks, each to a place of its own that `pending` has afterwards.
///
/// # Errors
/// `Unsupported` for a filter that fails; `Limit` if the file is full or memory short; `Io`.
pub(super) fn store(
    session: &mut Session,
    coder: &ChunkCoder,
    pending: &mut Pending,
    jobs: Vec<Job<'_>>,
) -> Result<()> {
    let (filtered, plain): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| job.filtered);
    store_plain(&mut Sink { session, pending }, coder, plain)?;
    let threads = threads_for(session, coder, filtered.len());
    store_filtered(Sink { session, pending }, coder, filtered, threads)
}

/// Writes chunks that pass no filter, neighbours at once.
fn store_plain(sink: &mut Sink<'_>, coder: &ChunkCoder, jobs: Vec<Job<'_>>) -> Result<()> {
    let chunk_bytes = coder.chunk_bytes;
    let at_once = RUN_BYTES.checked_div(chunk_bytes).unwrap_or(1).max(1);
    let mut jobs = jobs.into_iter().peekable();
    let mut gathered = Vec::new();
    while let Some(first) = jobs.next() {
        if let Content::Slice { base, range } = &first.content {
            let (base, mut range) = (*base, range.clone());
            let mut run = vec![first.scaled];
            while let Some(next) = jobs.next_if(|job| follows(job, base, range.end)) {
                range.end = range.end.saturating_add(chunk_bytes);
                run.push(next.scaled);
            }
            let bytes =
                base.get(range).ok_or_else(|| Error::usage("fewer elements than the selection picks"))?;
            write_run(sink, run, bytes, chunk_bytes)?;
            continue;
        }
        let mut run = Vec::new();
        let (mut next, mut end) = (Some(first), 0_usize);
        while let Some(job) = next {
            let start = end;
            end = end.saturating_add(chunk_bytes);
            if gathered.len() < end {
                resize(&mut gathered, end)?;
            }
            job.gather(coder, gathered.get_mut(start..end).unwrap_or_default())?;
            run.push(job.scaled);
            let more = run.len() < at_once;
            next = jobs.next_if(|job| more && matches!(job.content, Content::Scattered { .. }));
        }
        write_run(sink, run, gathered.get(..end).unwrap_or_default(), chunk_bytes)?;
    }
    Ok(())
}

/// True if a chunk begins in the same memory where the one before ends.
fn follows(job: &Job<'_>, base: &[u8], end: usize) -> bool {
    matches!(&job.content, Content::Slice { base: next, range } if std::ptr::eq(*next, base) && range.start == end)
}

/// Writes chunks that lie one after the other in memory to one place.
fn write_run(sink: &mut Sink<'_>, run: Vec<Vec<u64>>, bytes: &[u8], chunk_bytes: usize) -> Result<()> {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let stored_bytes = u64::try_from(chunk_bytes).unwrap_or(u64::MAX);
    let first = sink.session.allocate(SpaceKind::Raw, length)?;
    let mut address = first;
    for scaled in run {
        sink.note(scaled, ChunkLocation { address, stored_bytes, filter_mask: 0 });
        address = Address(address.0.saturating_add(stored_bytes));
    }
    sink.session.write_raw(first, bytes)
}

/// Encodes chunks in the caller's thread and some others, as many as `threads` in all.
#[cfg(feature = "parallel")]
fn store_filtered(sink: Sink<'_>, coder: &ChunkCoder, jobs: Vec<Job<'_>>, threads: usize) -> Result<()> {
    let turn = TURN_BYTES.checked_div(coder.chunk_bytes).unwrap_or(1).max(1);
    let storage = std::sync::Arc::clone(sink.session.core());
    let (queue, sink) = (Mutex::new(jobs.into_iter()), Mutex::new(sink));
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    let task = || {
        let (mut buffers, mut encoded) = (Buffers::default(), Vec::new());
        loop {
            let jobs: Vec<Job<'_>> = lock(&queue).by_ref().take(turn).collect();
            if jobs.is_empty() {
                return;
            }
            let stored = store_turn(&sink, coder, storage.storage(), jobs, &mut buffers, &mut encoded);
            if let Err(error) = stored {
                // The others stop at their next turn.
                lock(&queue).by_ref().for_each(drop);
                lock(&failure).get_or_insert(error);
            }
        }
    };
    if threads <= 1 {
        task();
    } else {
        rayon::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(|_| task());
            }
            task();
        });
    }
    failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// Encodes chunks one after the other.
#[cfg(not(feature = "parallel"))]
fn store_filtered(sink: Sink<'_>, coder: &ChunkCoder, jobs: Vec<Job<'_>>, _threads: usize) -> Result<()> {
    let storage = std::sync::Arc::clone(sink.session.core());
    let (mut buffers, mut encoded, sink) = (Buffers::default(), Vec::new(), Mutex::new(sink));
    jobs.into_iter().try_for_each(|job| {
        store_turn(&sink, coder, storage.storage(), vec![job], &mut buffers, &mut encoded)
    })
}

/// Encodes a few chunks, and then holds the session as long as it takes to find places for them. What lies side by side is written at
/// once.
fn store_turn(
    sink: &Mutex<Sink<'_>>,
    coder: &ChunkCoder,
    storage: &Storage,
    jobs: Vec<Job<'_>>,
    buffers: &mut Buffers,
    encoded: &mut Vec<u8>,
) -> Result<()> {
    let Buffers { chunk, scratch } = buffers;
    let write = |address: Address, bytes: &[u8]| {
        storage
            .gather(address, bytes)
            .inspect_err(|error| lock(sink).session.failure = Some(error.to_string()))
    };
    encoded.clear();
    let mut masks = Vec::with_capacity(jobs.len());
    for job in &jobs {
        let (bytes, filter_mask) = coder.encode(job.bytes(coder, chunk)?, scratch)?;
        if jobs.len() == 1 {
            // A large chunk is written from where it was encoded.
            let address = lock(sink).place(job.scaled.clone(), bytes.len(), filter_mask)?;
            return write(address, bytes);
        }
        encoded.extend_from_slice(bytes);
        masks.push((bytes.len(), filter_mask));
    }
    let mut runs: Vec<(Address, Range<usize>)> = Vec::new();
    let mut start = 0_usize;
    let mut sink_held = lock(sink);
    for (job, (length, filter_mask)) in jobs.into_iter().zip(masks) {
        let address = sink_held.place(job.scaled, length, filter_mask)?;
        let end = start.saturating_add(length);
        match runs.last_mut() {
            Some((first, range)) if ends_at(*first, range, address) => range.end = end,
            _ => runs.push((address, start..end)),
        }
        start = end;
    }
    drop(sink_held);
    runs.into_iter().try_for_each(|(address, range)| write(address, encoded.get(range).unwrap_or_default()))
}

fn ends_at(first: Address, range: &Range<usize>, address: Address) -> bool {
    u64::try_from(range.len()).is_ok_and(|length| first.0.checked_add(length) == Some(address.0))
}

/// Number of threads that some chunks are worth; 1 is the caller's alone.
#[cfg(feature = "parallel")]
fn threads_for(session: &Session, coder: &ChunkCoder, chunks: usize) -> usize {
    if chunks < 2 || chunks.saturating_mul(coder.chunk_bytes) < FEWEST_BYTES {
        return 1;
    }
    let wanted = session.options().threads.unwrap_or_else(rayon::current_num_threads);
    let a_thread = coder.chunk_bytes.saturating_mul(BUFFERS_A_THREAD).max(1);
    let by_memory = BUFFER_BYTES.checked_div(a_thread).unwrap_or(1).max(1);
    let two = if a_thread.saturating_mul(2) <= TWO_THREADS_BYTES { 2 } else { 1 };
    wanted.min(by_memory.max(two)).min(chunks)
}

#[cfg(not(feature = "parallel"))]
fn threads_for(_session: &Session, _coder: &ChunkCoder, _chunks: usize) -> usize {
    1
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
