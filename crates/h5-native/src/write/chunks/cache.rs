//! Chunks that are written in parts: decoded in memory until they have to go.

use std::collections::BTreeMap;
use std::ops::Range;

use h5_types::Address;

use crate::chunk_index::ChunkLocation;

/// Bytes of decoded chunks that all datasets of a file together keep. A single chunk may be longer.
pub(super) const CACHE_BYTES: usize = 4 << 20;

/// A decoded chunk.
#[derive(Debug)]
pub(super) struct CachedChunk {
    pub(super) bytes: Vec<u8>,
    /// Bytes that differ from what is stored; empty if none do.
    pub(super) dirty: Range<usize>,
    /// Where it is stored, once that is known.
    pub(super) place: Option<ChunkLocation>,
    /// Time of its last use.
    used: u64,
    /// Under which time the queue has it.
    ticket: u64,
}

impl CachedChunk {
    /// True if it differs from what is stored.
    pub(super) fn is_dirty(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// Notes that bytes differ from what is stored.
    pub(super) fn changed(&mut self, range: Range<usize>) {
        if self.dirty.is_empty() {
            self.dirty = range;
        } else {
            self.dirty = self.dirty.start.min(range.start)..self.dirty.end.max(range.end);
        }
    }

    /// Notes that any of its bytes may differ from what is stored.
    pub(super) fn all_changed(&mut self) {
        self.dirty = 0..self.bytes.len();
    }
}

/// Which chunks of a file are in memory, and for how long nobody has used them.
///
/// A use is only noted in the chunk. The queue learns of it when the chunk's turn comes: it then goes to the end.
#[derive(Debug, Default)]
pub(crate) struct ChunkQueue {
    clock: u64,
    held_bytes: usize,
    queue: BTreeMap<u64, Queued>,
}

/// A chunk in the queue.
#[derive(Debug)]
struct Queued {
    dataset: Address,
    scaled: Vec<u64>,
    bytes: usize,
}

impl ChunkQueue {
    /// Bytes of all chunks.
    pub(super) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Takes a chunk of a dataset in.
    pub(super) fn enter(&mut self, dataset: Address, scaled: &[u64], bytes: Vec<u8>) -> CachedChunk {
        let ticket = self.tick();
        self.held_bytes = self.held_bytes.saturating_add(bytes.len());
        self.queue.insert(ticket, Queued { dataset, scaled: scaled.to_vec(), bytes: bytes.len() });
        CachedChunk { bytes, dirty: 0..0, place: None, used: ticket, ticket }
    }

    /// Notes that a chunk is used.
    pub(super) fn used(&mut self, chunk: &mut CachedChunk) {
        chunk.used = self.tick();
    }

    /// Lets a chunk go.
    pub(super) fn leave(&mut self, chunk: &CachedChunk) {
        if let Some(queued) = self.queue.remove(&chunk.ticket) {
            self.held_bytes = self.held_bytes.saturating_sub(queued.bytes);
        }
    }

    /// The chunk that stands first in the queue: its dataset and its place.
    pub(super) fn first(&self) -> Option<(Address, Vec<u64>)> {
        self.queue.first_key_value().map(|(_, first)| (first.dataset, first.scaled.clone()))
    }

    /// Takes the first out, of which nothing is known any more.
    pub(super) fn skip_first(&mut self) {
        if let Some((_, queued)) = self.queue.pop_first() {
            self.held_bytes = self.held_bytes.saturating_sub(queued.bytes);
        }
    }

    /// Sends a chunk to the end if it was used since it was queued; false if it was not.
    pub(super) fn requeue(&mut self, chunk: &mut CachedChunk) -> bool {
        if chunk.used == chunk.ticket {
            return false;
        }
        if let Some(place) = self.queue.remove(&chunk.ticket) {
            self.queue.insert(chunk.used, place);
            chunk.ticket = chunk.used;
        }
        true
    }

    fn tick(&mut self) -> u64 {
        self.clock = self.clock.saturating_add(1);
        self.clock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_to_go_is_the_one_unused_for_longest() {
        let mut queue = ChunkQueue::default();
        let mut a = queue.enter(Address(1), &[0], vec![0; 10]);
        let mut b = queue.enter(Address(1), &[1], vec![0; 20]);
        queue.used(&mut a);
        assert_eq!((queue.held_bytes(), queue.first()), (30, Some((Address(1), vec![0]))));
        assert!(queue.requeue(&mut a));
        assert_eq!(queue.first(), Some((Address(1), vec![1])));
        assert!(!queue.requeue(&mut b));
        queue.leave(&b);
        queue.leave(&a);
        assert_eq!((queue.held_bytes(), queue.first()), (0, None));
    }
}
