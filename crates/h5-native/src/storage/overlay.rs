use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use h5_types::{Address, Error, Result};

use super::Metadata;

/// Metadata blocks that lie over the file's own, by address: those of a metadata cache image, or those that a writer has not
/// written yet. Shared by threads.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    blocks: RwLock<Blocks>,
    /// First address after all blocks; 0 while there are none, which readers find out without the lock.
    end: AtomicU64,
}

/// Blocks that do not overlap.
type Blocks = BTreeMap<u64, Arc<[u8]>>;

impl Overlay {
    /// Takes over blocks.
    pub(super) fn new(blocks: impl IntoIterator<Item = (Address, Vec<u8>)>) -> Result<Self> {
        let overlay = Self::default();
        for (address, block) in blocks {
            if overlay.touches(address, length_of(&block)) {
                return Err(Error::format("blocks of the metadata cache image overlap").at_address(address.0));
            }
            overlay.put(address, block.into());
        }
        Ok(overlay)
    }

    /// Puts a block over the file, in the place of one that begins at the same address.
    pub(super) fn put(&self, address: Address, block: Arc<[u8]>) {
        self.end.fetch_max(address.0.saturating_add(length_of(&block)), Ordering::Relaxed);
        self.write().insert(address.0, block);
    }

    /// Takes away the block that begins at an address.
    pub(super) fn remove(&self, address: Address) -> Option<Arc<[u8]>> {
        let mut blocks = self.write();
        let removed = blocks.remove(&address.0);
        if blocks.is_empty() {
            self.end.store(0, Ordering::Relaxed);
        }
        removed
    }

    /// Takes away the blocks that begin at these addresses, which are in order.
    pub(super) fn remove_all(&self, addresses: &[u64]) {
        let mut blocks = self.write();
        let mut gone = addresses.iter().copied().peekable();
        let before = std::mem::take(&mut *blocks);
        let mut kept = before.into_iter().filter(|(address, _)| {
            while gone.next_if(|gone| gone < address).is_some() {}
            gone.next_if_eq(address).is_none()
        });
        *blocks = kept.by_ref().collect();
        if blocks.is_empty() {
            self.end.store(0, Ordering::Relaxed);
        }
    }

    /// The block that begins at an address.
    pub(super) fn block(&self, address: Address) -> Option<Arc<[u8]>> {
        self.read().get(&address.0).cloned()
    }

    /// First address after all blocks.
    pub(super) fn end(&self) -> u64 {
        self.end.load(Ordering::Relaxed)
    }

    /// True if a block has a byte of that range.
    pub(super) fn touches(&self, address: Address, length: u64) -> bool {
        address.0 < self.end() && overlapping(&self.read(), address, length).next().is_some()
    }

    /// Addresses of the blocks that have bytes of a range.
    pub(super) fn touching(&self, address: Address, length: u64) -> Vec<Address> {
        if address.0 >= self.end() {
            return Vec::new();
        }
        overlapping(&self.read(), address, length).map(|(&start, _)| Address(start)).collect()
    }

    /// Changes bytes of a block, if they lie in one. Who holds the block keeps it as it was.
    pub(super) fn write_into(&self, address: Address, bytes: &[u8]) -> bool {
        if address.0 >= self.end() {
            return false;
        }
        let mut blocks = self.write();
        let Some((&start, block)) = blocks.range_mut(..=address.0).next_back() else { return false };
        let Ok(skipped) = usize::try_from(address.0.saturating_sub(start)) else { return false };
        let range = skipped..skipped.saturating_add(bytes.len());
        if block.get(range.clone()).is_none() {
            return false;
        }
        if let Some(place) = Arc::make_mut(block).get_mut(range) {
            place.copy_from_slice(bytes);
        }
        true
    }

    /// The range, if it lies in one block.
    pub(super) fn covering(&self, address: Address, length: u64) -> Option<Metadata<'static>> {
        let blocks = self.read();
        let (&start, block) = blocks.range(..=address.0).next_back()?;
        let start = usize::try_from(address.0.checked_sub(start)?).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        (end <= block.len()).then(|| Metadata::Page { page: Arc::clone(block), start, end })
    }

    /// The blocks that have bytes of a range, as they are now.
    pub(super) fn blocks_in(&self, address: Address, length: u64) -> Vec<(u64, Arc<[u8]>)> {
        overlapping(&self.read(), address, length).map(|(&start, block)| (start, Arc::clone(block))).collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, Blocks> {
        self.blocks.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Blocks> {
        self.blocks.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Blocks with bytes in a range, last one first. They do not overlap, so that all after the first that ends before the range end
/// before it too.
fn overlapping(blocks: &Blocks, address: Address, length: u64) -> impl Iterator<Item = (&u64, &Arc<[u8]>)> {
    blocks
        .range(..address.0.saturating_add(length))
        .rev()
        .take_while(move |(start, block)| start.saturating_add(length_of(block)) > address.0)
}

fn length_of(block: &[u8]) -> u64 {
    u64::try_from(block.len()).unwrap_or(u64::MAX)
}

/// Copies all bytes of blocks that lie in the range of `buffer`, which begins at `address`.
pub(super) fn patch(blocks: &[(u64, Arc<[u8]>)], address: Address, buffer: &mut [u8]) {
    for (start, block) in blocks {
        let skipped = usize::try_from(address.0.saturating_sub(*start)).unwrap_or(usize::MAX);
        let at = usize::try_from(start.saturating_sub(address.0)).unwrap_or(usize::MAX);
        let from = block.get(skipped..).unwrap_or_default();
        let to = buffer.get_mut(at..).unwrap_or_default();
        for (to, from) in to.iter_mut().zip(from) {
            *to = *from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlay() -> Overlay {
        Overlay::new([(Address(10), vec![1; 4]), (Address(20), vec![2; 4])]).unwrap()
    }

    #[test]
    fn patches_what_overlaps_and_nothing_else() {
        let mut buffer = vec![0; 14];
        patch(&overlay().blocks_in(Address(8), 14), Address(8), &mut buffer);
        assert_eq!(buffer, [0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 2, 2]);
        let mut inside = vec![0; 2];
        patch(&overlay().blocks_in(Address(12), 2), Address(12), &mut inside);
        assert_eq!(inside, [1, 1]);
    }

    #[test]
    fn touches_and_covering_know_the_edges() {
        let overlay = overlay();
        assert!(!overlay.touches(Address(0), 10));
        assert!(overlay.touches(Address(0), 11));
        assert!(!overlay.touches(Address(14), 6));
        assert!(!overlay.touches(Address(24), 100));
        assert_eq!(overlay.covering(Address(21), 3).unwrap()[..], [2, 2, 2]);
        assert!(overlay.covering(Address(21), 4).is_none());
    }

    #[test]
    fn rejects_blocks_that_overlap() {
        assert!(Overlay::new([(Address(10), vec![1; 4]), (Address(13), vec![2; 4])]).is_err());
    }

    #[test]
    fn an_emptied_overlay_touches_nothing() {
        let overlay = overlay();
        overlay.remove(Address(10));
        overlay.remove(Address(20));
        assert_eq!(overlay.end(), 0);
        assert!(!overlay.touches(Address(0), 100));
    }
}
