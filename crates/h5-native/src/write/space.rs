//! Which bytes of the file are free, and when.
//!
//! The rule that keeps the last commit whole: space that a commit uses is not written before the next commit that does not use it.
//! Space that was free at the last commit (*fresh* once it is handed out) may be written and given back at will.

use h5_types::{Address, Error, Result};

use super::free_list::FreeList;

/// A page of the operating system: a write inside one happens as a whole or not at all, as far as other processes see.
pub(super) const PAGE_BYTES: u64 = 4096;

/// What a disk writes as a whole or not at all when its power fails.
pub(super) const SECTOR_BYTES: u64 = 512;

/// What space is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpaceKind {
    /// Elements of datasets.
    Raw,
    /// A block that is replaced as a whole by another one in another place.
    Metadata,
    /// A block that later commits change in place, by one write that must not be torn: it crosses no sector or else page
    /// boundary, if it is not larger.
    Stable,
}

/// The allocator of one file that is open for writing. Addresses are relative to the base address.
#[derive(Debug)]
pub(crate) struct Space {
    end: u64,
    free: FreeList,
    /// Handed out since the last commit.
    fresh: FreeList,
    /// Used by the last commit and given up since.
    released: Vec<(u64, u64)>,
    /// Free as far as the file is concerned, but readers of this process may still be at it.
    limbo: Vec<(u64, u64)>,
    /// First address that offsets of the file's width cannot name.
    limit: u64,
}

impl Space {
    /// The space of a file that ends at `end` and whose free sections, if any are known, are inserted later.
    pub(crate) fn new(end: u64, offset_bytes: u8) -> Self {
        let limit = match offset_bytes {
            bits @ 0..8 => {
                1_u64.checked_shl(u32::from(bits).saturating_mul(8)).map_or(u64::MAX, |l| l.saturating_sub(1))
            }
            _ => u64::MAX,
        };
        Self {
            end,
            free: FreeList::default(),
            fresh: FreeList::default(),
            released: Vec::new(),
            limbo: Vec::new(),
            limit,
        }
    }

    /// First address after everything that is in use or was.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// Hands out `length` bytes.
    ///
    /// # Errors
    /// `Limit` if the file's offsets cannot name so large an address.
    pub(crate) fn allocate(&mut self, kind: SpaceKind, length: u64) -> Result<Address> {
        let place = |start: u64, size: u64| {
            let from = first_fit(kind, start, length);
            (from.saturating_add(length) <= start.saturating_add(size)).then_some(from)
        };
        if let Some(address) = self.free.find(length, place) {
            self.free.remove(address, length);
            self.fresh.insert(address, length);
            return Ok(Address(address));
        }
        let address = first_fit(kind, self.end, length);
        let end = address.checked_add(length).filter(|&end| end <= self.limit);
        let end = end.ok_or_else(|| Error::limit("the file is as large as its offsets can tell"))?;
        self.free.insert(self.end, address.saturating_sub(self.end));
        self.fresh.insert(address, length);
        self.end = end;
        Ok(Address(address))
    }

    /// Takes bytes back. Whether they can be handed out at once depends on whether the last commit uses them, and on whether
    /// readers may be at them.
    pub(crate) fn free(&mut self, address: Address, length: u64, readers: bool) {
        if length == 0 {
            return;
        }
        if !self.fresh.remove(address.0, length) {
            self.released.push((address.0, length));
        } else if readers {
            self.limbo.push((address.0, length));
        } else {
            self.free.insert(address.0, length);
        }
    }

    /// True if the byte at an address was handed out since the last commit, so that nobody else knows it yet.
    pub(crate) fn is_fresh(&self, address: Address) -> bool {
        self.fresh.contains(address.0)
    }

    /// Everything handed out is in use by a commit now, and what was given up is in use by none.
    pub(crate) fn committed(&mut self) {
        self.fresh = FreeList::default();
        self.limbo.append(&mut self.released);
    }

    /// Nobody reads: what waited for that is free.
    pub(crate) fn no_readers(&mut self) {
        for (address, length) in self.limbo.drain(..) {
            self.free.insert(address, length);
        }
    }

    /// Cuts free space off the end.
    pub(crate) fn trim(&mut self) {
        if let Some((start, length)) = self.free.ending_at(self.end) {
            self.free.remove(start, length);
            self.end = start;
        }
    }

    /// Adds a section that the file's own records say is free.
    pub(crate) fn known_free(&mut self, address: u64, length: u64) {
        self.free.insert(address, length);
    }
}

/// The first place for a block from `start` on.
fn first_fit(kind: SpaceKind, start: u64, length: u64) -> u64 {
    let unit = match kind {
        SpaceKind::Stable if length <= SECTOR_BYTES => SECTOR_BYTES,
        SpaceKind::Stable if length <= PAGE_BYTES => PAGE_BYTES,
        _ => return start,
    };
    let within = start & unit.saturating_sub(1);
    if within.saturating_add(length) <= unit {
        start
    } else {
        start.saturating_sub(within).saturating_add(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_space_is_reused_only_after_the_next_commit() {
        let mut space = Space::new(100, 8);
        let first = space.allocate(SpaceKind::Raw, 50).unwrap();
        space.committed();
        space.free(first, 50, false);
        assert_eq!(space.allocate(SpaceKind::Raw, 50).unwrap(), Address(150));
        space.committed();
        space.no_readers();
        assert_eq!(space.allocate(SpaceKind::Raw, 50).unwrap(), first);
    }

    #[test]
    fn fresh_space_is_reused_at_once_unless_somebody_reads() {
        let mut space = Space::new(100, 8);
        let first = space.allocate(SpaceKind::Metadata, 50).unwrap();
        assert!(space.is_fresh(first));
        space.free(first, 50, false);
        assert_eq!(space.allocate(SpaceKind::Metadata, 40).unwrap(), first);
        space.free(first, 40, true);
        assert_ne!(space.allocate(SpaceKind::Metadata, 40).unwrap(), first);
        space.no_readers();
        assert_eq!(space.allocate(SpaceKind::Metadata, 40).unwrap(), first);
    }

    #[test]
    fn a_stable_block_crosses_no_sector_or_no_page() {
        let mut space = Space::new(4000, 8);
        assert_eq!(space.allocate(SpaceKind::Stable, 600).unwrap(), Address(4096));
        assert_eq!(space.allocate(SpaceKind::Metadata, 90).unwrap(), Address(4000));
        assert_eq!(space.allocate(SpaceKind::Stable, 600).unwrap(), Address(4696));
        assert_eq!(space.allocate(SpaceKind::Stable, 200).unwrap(), Address(5296));
        assert_eq!(space.allocate(SpaceKind::Stable, 200).unwrap(), Address(5632));
    }

    #[test]
    fn the_end_is_trimmed() {
        let mut space = Space::new(100, 8);
        let block = space.allocate(SpaceKind::Raw, 50).unwrap();
        space.free(block, 50, false);
        space.trim();
        assert_eq!(space.end(), 100);
    }

    #[test]
    fn offsets_bound_the_file() {
        let mut space = Space::new(100, 2);
        assert!(space.allocate(SpaceKind::Raw, 65_000).is_ok());
        assert!(space.allocate(SpaceKind::Raw, 1000).is_err());
    }
}
