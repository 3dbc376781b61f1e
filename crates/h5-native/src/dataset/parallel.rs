//! Decoding chunks on several threads.

use std::sync::{Mutex, PoisonError};

use h5_types::{Error, Heap, Result};

use super::chunked::{Buffers, ChunkedRead, Located};
use super::transfer::Target;

/// A task's share: chunks, and the part of the result that only they have.
struct Band<'o> {
    chunks: Vec<Located>,
    out: &'o mut [u8],
    base: u64,
}

/// Decoded bytes below which a second thread is not worth its start.
const FEWEST_BYTES: usize = 512 << 10;
/// What all threads' buffers may take.
const BUFFER_BYTES: usize = 48 << 20;
/// Buffers of about a chunk's size that one thread has: stored, decoded, and the pipeline's.
const BUFFERS_A_THREAD: usize = 4;

impl ChunkedRead<'_> {
    /// Number of threads that a batch is worth; 1 is the caller's alone.
    pub(super) fn threads_for(&self, batch: &[Located]) -> usize {
        let filtered = batch.iter().filter(|located| {
            located.cached.is_none() && located.place.is_some_and(|place| !self.is_unfiltered(place))
        });
        let filtered = filtered.count();
        let chunk_bytes = self.storage.chunk_bytes.max(1);
        if filtered < 2 || filtered.saturating_mul(chunk_bytes) < FEWEST_BYTES || self.transfer.needs_heap() {
            return 1;
        }
        let wanted =
            if self.context.threads == 0 { rayon::current_num_threads() } else { self.context.threads };
        let by_memory =
            BUFFER_BYTES.checked_div(chunk_bytes.saturating_mul(BUFFERS_A_THREAD)).unwrap_or(1).max(1);
        wanted.min(by_memory).min(filtered)
    }

    /// Reads a batch into the elements of the result from `base` on.
    pub(super) fn read_parallel(
        &self,
        batch: Vec<Located>,
        out: &mut [u8],
        base: u64,
        threads: usize,
    ) -> Result<()> {
        match self.bands(batch, out, base) {
            Ok(bands) if bands.len() >= threads.saturating_mul(2) => self.read_bands(bands, threads),
            Ok(bands) => {
                // Too few bands to go round: they are put together again and the result is shared under a lock.
                let batch = bands.into_iter().flat_map(|band| band.chunks).collect();
                self.read_locked(batch, out, base, threads)
            }
            Err(batch) => self.read_locked(batch, out, base, threads),
        }
    }

    /// Each row of chunks along the slowest dimension has a consecutive part of a regular selection's result.
    fn bands<'o>(
        &self,
        batch: Vec<Located>,
        out: &'o mut [u8],
        base: u64,
    ) -> Result<Vec<Band<'o>>, Vec<Located>> {
        let row_of = |located: &Located| located.piece.scaled.first().copied();
        let Some(first) = batch.first().and_then(row_of) else { return Err(batch) };
        let Some(start) = self.partition.result_before_row(first) else { return Err(batch) };
        let Some(skip) = self.bytes_between(base, start) else { return Err(batch) };
        let Some((_, mut rest)) = out.split_at_mut_checked(skip) else { return Err(batch) };
        let mut bands: Vec<Band<'o>> = Vec::new();
        let mut chunks = batch.into_iter().peekable();
        let mut position = start;
        while let Some(row) = chunks.peek().and_then(row_of) {
            let mut band = Vec::new();
            while let Some(located) = chunks.next_if(|located| row_of(located) == Some(row)) {
                band.push(located);
            }
            let end = self.partition.result_before_row(row.saturating_add(1)).unwrap_or(position);
            let bytes = self.bytes_between(position, end).unwrap_or(0).min(rest.len());
            let (out, later) = rest.split_at_mut(bytes);
            bands.push(Band { chunks: band, out, base: position });
            (rest, position) = (later, end);
        }
        Ok(bands)
    }

    fn bytes_between(&self, first: u64, end: u64) -> Option<usize> {
        usize::try_from(end.checked_sub(first)?).ok()?.checked_mul(self.transfer.memory_size)
    }

    fn read_bands(&self, bands: Vec<Band<'_>>, threads: usize) -> Result<()> {
        run(bands, threads, |band, buffers| {
            let mut heap = Heap::default();
            let mut target = Target::new(&self.context, band.out, band.base, &mut heap, self.transfer);
            band.chunks.iter().try_for_each(|located| self.read_piece(located, &mut target, buffers))
        })
    }

    fn read_locked(&self, batch: Vec<Located>, out: &mut [u8], base: u64, threads: usize) -> Result<()> {
        let mut heap = Heap::default();
        let target =
            Mutex::new((Target::new(&self.context, out, base, &mut heap, self.transfer), Vec::new()));
        run(batch, threads, |located, buffers| {
            let ready = self.decode(&located, &mut buffers.decoding)?;
            let mut guard = target.lock().unwrap_or_else(PoisonError::into_inner);
            let (target, scratch) = &mut *guard;
            self.put(&located, &ready, target, scratch)
        })
    }
}

/// Has `threads` tasks take items in turn until there are none, or one fails.
fn run<T: Send>(
    items: Vec<T>,
    threads: usize,
    work: impl Fn(T, &mut Buffers) -> Result<()> + Sync,
) -> Result<()> {
    let queue = Mutex::new(items.into_iter());
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    let task = || {
        let mut buffers = Buffers::default();
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(item) = next else { return };
            if let Err(error) = work(item, &mut buffers) {
                // The others stop at their next turn.
                queue.lock().unwrap_or_else(PoisonError::into_inner).by_ref().for_each(drop);
                failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            }
        }
    };
    rayon::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|_| task());
        }
        task();
    });
    failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}
