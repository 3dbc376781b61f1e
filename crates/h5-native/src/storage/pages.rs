use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::Metadata;
use crate::vfd::{self, Vfd};

/// Bytes of a page: one page of the operating system's cache, so that a miss costs one short read.
const PAGE_BYTES: usize = 1 << PAGE_SHIFT;
const PAGE_SHIFT: u32 = 12;
/// Which bits of an offset lie inside a page.
const PAGE_MASK: u64 = 0xfff;
/// Independent parts, so that threads seldom wait for one another; a power of two.
const SHARDS: usize = 16;
/// Which bits of a page number choose the shard.
const SHARD_MASK: u64 = 0xf;
/// Pages that one shard holds: 16 MiB in all.
const PAGES_A_SHARD: usize = 256;
/// Pages of the whole cache: forgetting more than those costs more than forgetting all.
const MOST_PAGES: u64 = (SHARDS * PAGES_A_SHARD) as u64;
/// Blocks longer than this are read past the cache, which they would only sweep.
const LARGEST_CACHED_BYTES: usize = 16 * PAGE_BYTES;

/// A bounded cache of file pages for metadata.
#[derive(Debug, Default)]
pub(super) struct PageCache {
    shards: [Mutex<Shard>; SHARDS],
}

/// Two generations: when the young one is full it becomes the old one, and the old one is dropped. A page that is still used is
/// carried over when it is next asked for. Simple, constant-time, and never above the bound.
#[derive(Debug, Default)]
struct Shard {
    young: HashMap<u64, Arc<[u8]>>,
    old: HashMap<u64, Arc<[u8]>>,
    /// How often pages were written over, for who reads one meanwhile.
    changes: u64,
}

impl PageCache {
    /// Up to `length` bytes from `offset` on; fewer where the storage ends.
    pub(super) fn read<'a>(&self, vfd: &dyn Vfd, offset: u64, length: usize) -> io::Result<Metadata<'a>> {
        if length > LARGEST_CACHED_BYTES {
            let mut block = Vec::new();
            block.try_reserve_exact(length).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
            block.resize(length, 0);
            let filled = vfd::read_up_to(vfd, offset, &mut block)?;
            block.truncate(filled);
            return Ok(Metadata::Owned(block));
        }
        let (mut number, mut start) = split(offset);
        let first = self.page(vfd, number)?;
        let end = start.saturating_add(length);
        if end <= PAGE_BYTES {
            let end = end.min(first.len());
            return Ok(Metadata::Page { start: start.min(end), end, page: first });
        }
        let mut block = Vec::with_capacity(length);
        let mut page = first;
        loop {
            let wanted = length.saturating_sub(block.len());
            let part = page.get(start..).unwrap_or_default();
            block.extend_from_slice(part.get(..wanted).unwrap_or(part));
            if block.len() >= length || page.len() < PAGE_BYTES {
                return Ok(Metadata::Owned(block));
            }
            number = number.saturating_add(1);
            start = 0;
            page = self.page(vfd, number)?;
        }
    }

    /// Drops the pages that hold any of these bytes, which are no longer as they were read.
    pub(super) fn forget(&self, offset: u64, length: usize) {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        let Some(last) = length.checked_sub(1).map(|rest| split(offset.saturating_add(rest)).0) else {
            return;
        };
        let first = split(offset).0;
        if last.saturating_sub(first) >= MOST_PAGES {
            for shard in &self.shards {
                shard.lock().unwrap_or_else(PoisonError::into_inner).forget_all();
            }
            return;
        }
        for number in first..=last {
            let index = usize::try_from(number & SHARD_MASK).unwrap_or(0);
            let Some(shard) = self.shards.get(index) else { continue };
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.forget(number);
        }
    }

    /// Brings the pages that hold any of these bytes up to date, after they were written.
    pub(super) fn written(&self, offset: u64, bytes: &[u8]) {
        if bytes.len() > PAGE_BYTES {
            return self.forget(offset, bytes.len());
        }
        let (mut rest, mut at) = (bytes, offset);
        while !rest.is_empty() {
            let (number, start) = split(at);
            let (here, after) = rest.split_at(PAGE_BYTES.saturating_sub(start).min(rest.len()));
            let index = usize::try_from(number & SHARD_MASK).unwrap_or(0);
            if let Some(shard) = self.shards.get(index) {
                shard.lock().unwrap_or_else(PoisonError::into_inner).patch(number, start, here);
            }
            at = at.saturating_add(u64::try_from(here.len()).unwrap_or(u64::MAX));
            rest = after;
        }
    }

    fn page(&self, vfd: &dyn Vfd, number: u64) -> io::Result<Arc<[u8]>> {
        let index = usize::try_from(number & SHARD_MASK).unwrap_or(0);
        let Some(shard) = self.shards.get(index) else { return Err(io::ErrorKind::Other.into()) };
        let changes = {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(page) = shard.find(number) {
                return Ok(page);
            }
            shard.changes
        };
        // Read without the lock: two threads may read the same page, which costs a read and nothing else.
        let mut bytes = [0_u8; PAGE_BYTES];
        let filled = vfd::read_up_to(vfd, number.saturating_mul(PAGE_BYTES as u64), &mut bytes)?;
        let page: Arc<[u8]> = bytes.get(..filled).unwrap_or_default().into();
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        // What was written meanwhile may not be in it.
        if shard.changes == changes {
            shard.insert(number, Arc::clone(&page));
        }
        Ok(page)
    }
}

impl Shard {
    fn find(&mut self, number: u64) -> Option<Arc<[u8]>> {
        if let Some(page) = self.young.get(&number) {
            return Some(Arc::clone(page));
        }
        let page = self.old.remove(&number)?;
        self.insert(number, Arc::clone(&page));
        Some(page)
    }

    /// Puts bytes into a page, or forgets it if it ended before them.
    fn patch(&mut self, number: u64, start: usize, bytes: &[u8]) {
        self.changes = self.changes.wrapping_add(1);
        let Some(mut page) = self.young.remove(&number).or_else(|| self.old.remove(&number)) else { return };
        if Arc::get_mut(&mut page).is_none() {
            // Somebody reads it as it was.
            page = Arc::from(&*page);
        }
        let range = start..start.saturating_add(bytes.len());
        if let Some(place) = Arc::get_mut(&mut page).and_then(|page| page.get_mut(range)) {
            place.copy_from_slice(bytes);
            self.insert(number, page);
        }
    }

    fn forget(&mut self, number: u64) {
        self.young.remove(&number);
        self.old.remove(&number);
        self.changes = self.changes.wrapping_add(1);
    }

    fn forget_all(&mut self) {
        *self = Self { changes: self.changes.wrapping_add(1), ..Self::default() };
    }

    fn insert(&mut self, number: u64, page: Arc<[u8]>) {
        if self.young.len() >= PAGES_A_SHARD / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(number, page);
    }
}

fn split(offset: u64) -> (u64, usize) {
    let within = usize::try_from(offset & PAGE_MASK).unwrap_or(0);
    (offset >> PAGE_SHIFT, within)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfd::{BufferVfd, MemoryVfd};

    #[test]
    fn any_range_equals_the_bytes() {
        let bytes: Vec<u8> = (0..3 * PAGE_BYTES + 17).map(|i| (i % 251) as u8).collect();
        let vfd = MemoryVfd::new(bytes.clone());
        let cache = PageCache::default();
        for (offset, length) in [
            (0, 1),
            (4095, 1),
            (4095, 2),
            (4096, 4096),
            (100, 9000),
            (12_000, 305),
            (12_304, 50),
            (12_290, 15),
        ] {
            let end = (offset + length).min(bytes.len());
            assert_eq!(
                &*cache.read(&vfd, offset as u64, length).unwrap(),
                &bytes[offset..end],
                "{offset}+{length}"
            );
        }
    }

    #[test]
    fn pages_are_as_they_were_written() {
        let bytes: Vec<u8> = (0..2 * PAGE_BYTES + 10).map(|i| (i % 251) as u8).collect();
        let vfd = BufferVfd::new(bytes);
        let cache = PageCache::default();
        let mut length = 2 * PAGE_BYTES + 10;
        for (offset, count) in [(5, 3), (4090, 10), (4096, 4096), (8195, 7), (8195, 8), (100, 5000)] {
            cache.read(&vfd, 0, length).unwrap();
            let new = vec![offset as u8; count];
            vfd.write_at(offset as u64, &new).unwrap();
            cache.written(offset as u64, &new);
            length = length.max(offset + count);
            assert_eq!(&*cache.read(&vfd, 0, length).unwrap(), vfd.to_bytes(), "{offset}+{count}");
        }
    }

    #[test]
    fn stays_within_its_bound() {
        let vfd = MemoryVfd::new(vec![7_u8; 40 << 20]);
        let cache = PageCache::default();
        for page in 0..(40 << 20) / PAGE_BYTES as u64 {
            cache.read(&vfd, page * PAGE_BYTES as u64, 8).unwrap();
        }
        let held: usize = cache
            .shards
            .iter()
            .map(|s| {
                let s = s.lock().unwrap();
                s.young.len() + s.old.len()
            })
            .sum();
        assert!(held <= SHARDS * PAGES_A_SHARD, "{held}");
    }
}
