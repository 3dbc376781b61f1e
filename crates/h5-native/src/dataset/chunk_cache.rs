use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::packed_chunk::PackedChunk;

/// Decoded chunks of a file's datasets, the least recently used dropped first.
///
/// Shared by threads; a lock is held while a chunk is found or entered, never while one is decoded.
#[derive(Debug)]
pub struct ChunkCache {
    capacity_bytes: usize,
    held_bytes: AtomicUsize,
    clock: AtomicU64,
    datasets: AtomicU64,
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
}

/// A chunk of a dataset: the dataset's number in this cache, and the chunk's in its grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ChunkKey {
    pub(super) dataset: u64,
    pub(super) number: u128,
}

/// A chunk in the cache.
#[derive(Debug, Clone)]
pub(super) enum CachedChunk {
    /// Its decoded bytes.
    Plain(Arc<Vec<u8>>),
    /// Its decoded bytes, which do not pack.
    Dense(Arc<Vec<u8>>),
    /// Its decoded bytes, packed.
    Packed(Arc<PackedChunk>),
}

#[derive(Debug, Default)]
struct Shard {
    chunks: HashMap<ChunkKey, (u64, CachedChunk)>,
    /// Uses, by rising time. One that is not the last of its chunk counts for nothing any more.
    uses: VecDeque<(u64, ChunkKey)>,
    /// Chunks that had to go, by which [`ChunkCache::insert`] knows one that comes back.
    dropped: HashSet<ChunkKey>,
}

const SHARDS: usize = 8;
/// Uses that a shard remembers besides two for each chunk.
const USES_A_SHARD: usize = 64;
/// Dropped chunks that a shard remembers; when there are more, all are forgotten.
const DROPPED_A_SHARD: usize = 1024;

impl CachedChunk {
    fn held_bytes(&self) -> usize {
        match self {
            Self::Plain(bytes) | Self::Dense(bytes) => bytes.len(),
            Self::Packed(packed) => packed.held_bytes(),
        }
    }
}

impl ChunkCache {
    /// Capacity unless the caller says otherwise: with the buffers of a read, less than 64 MiB.
    pub const DEFAULT_BYTES: usize = 52 << 20;

    /// A cache for that many bytes of decoded chunks; 0 keeps nothing.
    pub fn new(capacity_bytes: usize) -> Self {
        Self {
            capacity_bytes,
            held_bytes: AtomicUsize::new(0),
            clock: AtomicU64::new(0),
            datasets: AtomicU64::new(0),
            hasher: RandomState::new(),
            shards: Default::default(),
        }
    }

    /// Bytes of decoded chunks that are held now.
    pub fn held_bytes(&self) -> usize {
        self.held_bytes.load(Ordering::Relaxed)
    }

    /// Bytes that are held at most.
    pub fn capacity_bytes(&self) -> usize {
        self.capacity_bytes
    }

    /// A number for a dataset that no other has.
    pub(super) fn new_dataset(&self) -> u64 {
        self.datasets.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn find(&self, key: ChunkKey) -> Option<CachedChunk> {
        let mut shard = self.shard(self.shard_of(key))?;
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        let (time, chunk) = shard.chunks.get_mut(&key)?;
        let chunk = chunk.clone();
        *time = now;
        shard.remember_use(now, key);
        Some(chunk)
    }

    /// Keeps a chunk, unless it is larger than the cache. True if it was here before and had to go.
    pub(super) fn insert(&self, key: ChunkKey, chunk: CachedChunk) -> bool {
        let bytes = chunk.held_bytes();
        if bytes > self.capacity_bytes {
            return false;
        }
        let first = self.shard_of(key);
        let mut came_back = false;
        if let Some(mut shard) = self.shard(first) {
            let now = self.clock.fetch_add(1, Ordering::Relaxed);
            came_back = shard.dropped.remove(&key);
            // Two threads may have decoded the same chunk.
            if let Some((_, old)) = shard.chunks.insert(key, (now, chunk)) {
                self.held_bytes.fetch_sub(old.held_bytes(), Ordering::Relaxed);
            }
            shard.remember_use(now, key);
            self.held_bytes.fetch_add(bytes, Ordering::Relaxed);
        }
        // The oldest of this shard first, then those of the others; the new chunk goes last.
        for offset in 0..SHARDS {
            let Some(mut shard) = self.shard(first.wrapping_add(offset)) else { return came_back };
            while self.held_bytes() > self.capacity_bytes {
                let Some(&(time, oldest)) = shard.uses.front() else { break };
                if !is_last_use(&shard.chunks, time, oldest) {
                    shard.uses.pop_front();
                    continue;
                }
                if oldest == key {
                    break;
                }
                shard.uses.pop_front();
                if let Some((_, dropped)) = shard.chunks.remove(&oldest) {
                    self.held_bytes.fetch_sub(dropped.held_bytes(), Ordering::Relaxed);
                }
                shard.remember_dropped(oldest);
            }
        }
        came_back
    }

    fn shard_of(&self, key: ChunkKey) -> usize {
        usize::try_from(self.hasher.hash_one(key) & 0xffff).unwrap_or(0)
    }

    fn shard(&self, number: usize) -> Option<MutexGuard<'_, Shard>> {
        // A panic inside the lock cannot leave more than a chunk that is not found.
        let shard = self.shards.get(number.checked_rem(SHARDS)?)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shard {
    /// Appends a use. When most of them count for nothing any more, those are left out.
    fn remember_use(&mut self, now: u64, key: ChunkKey) {
        if self.uses.len() > self.chunks.len().saturating_mul(2).saturating_add(USES_A_SHARD) {
            let chunks = &self.chunks;
            self.uses.retain(|&(time, key)| is_last_use(chunks, time, key));
        }
        self.uses.push_back((now, key));
    }

    fn remember_dropped(&mut self, key: ChunkKey) {
        if self.dropped.len() >= DROPPED_A_SHARD {
            self.dropped.clear();
        }
        self.dropped.insert(key);
    }
}

fn is_last_use(chunks: &HashMap<ChunkKey, (u64, CachedChunk)>, time: u64, key: ChunkKey) -> bool {
    chunks.get(&key).is_some_and(|&(last, _)| last == time)
}

impl Default for ChunkCache {
    fn default() -> Self {
        Self::new(Self::DEFAULT_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u128) -> ChunkKey {
        ChunkKey { dataset: 0, number }
    }

    fn plain(bytes: Vec<u8>) -> CachedChunk {
        CachedChunk::Plain(Arc::new(bytes))
    }

    #[test]
    fn holds_no_more_than_its_capacity() {
        let cache = ChunkCache::new(1000);
        for number in 0..500 {
            cache.insert(key(number), plain(vec![number as u8; 90]));
            assert!(cache.held_bytes() <= 1000);
        }
        assert!(cache.held_bytes() > 900);
        cache.insert(key(1000), plain(vec![0; 1001]));
        assert!(cache.find(key(1000)).is_none());
    }

    #[test]
    fn a_chunk_in_use_stays_and_the_newest_is_found() {
        let cache = ChunkCache::new(100_000);
        cache.insert(key(0), plain(vec![7; 10]));
        for number in 1..1_000_u128 {
            cache.insert(key(number), plain(vec![1; 1000]));
            assert!(cache.find(key(number)).is_some(), "{number}");
            assert!(matches!(cache.find(key(0)), Some(CachedChunk::Plain(c)) if c[0] == 7), "{number}");
        }
    }

    #[test]
    fn uses_are_not_kept_for_ever() {
        let cache = ChunkCache::new(1000);
        (0..5).for_each(|number| assert!(!cache.insert(key(number), plain(vec![0; 100]))));
        for turn in 0..10_000 {
            assert!(cache.find(key(turn % 5)).is_some());
        }
        let kept = |shard: &Mutex<Shard>| shard.lock().unwrap().uses.len();
        assert!(cache.shards.iter().map(kept).max() <= Some(2 * 5 + USES_A_SHARD + 1));
    }

    #[test]
    fn entering_twice_counts_once() {
        let cache = ChunkCache::new(1000);
        for _ in 0..5 {
            cache.insert(key(3), plain(vec![0; 100]));
        }
        assert_eq!(cache.held_bytes(), 100);
    }

    #[test]
    fn a_chunk_that_comes_back_is_known() {
        let cache = ChunkCache::new(1000);
        assert!((0..20).all(|number| !cache.insert(key(number), plain(vec![0; 100]))));
        let (here, gone): (Vec<_>, Vec<_>) = (0..20).partition(|&number| cache.find(key(number)).is_some());
        assert_eq!((here.len(), gone.len()), (10, 10));
        assert!(cache.insert(key(gone[0]), plain(vec![0; 100])));
        assert!(!cache.insert(key(gone[0]), plain(vec![0; 100])), "still here");
    }
}
