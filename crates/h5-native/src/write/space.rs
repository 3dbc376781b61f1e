//! Which bytes of the file are free, and when.
//!
//! The rule that keeps the last commit whole: space that a commit uses is not written before the next commit that does not use it.
//! Space that was free at the last commit (*fresh* once it is handed out) may be written and given back at will.

use h5_types::{Address, Error, Result};

use super::free_list::FreeList;
use super::free_space::{Class, FreeSpace, Part, Regime};

/// A page of the operating system: a write inside one happens as a whole or not at all, as far as other processes see.
pub(super) const PAGE_BYTES: u64 = 4096;

/// What a disk writes as a whole or not at all when its power fails.
pub(crate) const SECTOR_BYTES: u64 = 512;

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
    /// A collection of the global heap: stable, and placed like the elements that refer to it.
    GlobalHeap,
}

impl SpaceKind {
    /// What a block of this kind holds.
    pub(super) fn class(self) -> Class {
        match self {
            Self::Raw | Self::GlobalHeap => Class::Raw,
            Self::Metadata | Self::Stable => Class::Metadata,
        }
    }
}

/// The allocator of one file that is open for writing. Addresses are relative to the base address.
#[derive(Debug)]
pub(crate) struct Space {
    end: u64,
    free: FreeSpace,
    /// Where the last commit ended: it uses nothing from there on.
    committed_end: u64,
    /// Handed out since the last commit, before its end.
    fresh: FreeList,
    /// Used by the last commit and given up since.
    released: Vec<(Class, u64, u64)>,
    /// Free as far as the file is concerned, but readers of this process may still be at it.
    limbo: Vec<(Class, u64, u64)>,
    /// What commits no longer use stays as it is, for readers of other processes.
    keeps_released: bool,
    /// First address that offsets of the file's width cannot name.
    limit: u64,
}

impl Space {
    /// The space of a file that ends at `end` and whose free sections, if any are known, are inserted later.
    pub(crate) fn new(end: u64, offset_bytes: u8, regime: Regime, base_address: u64) -> Self {
        let limit = match offset_bytes {
            bits @ 0..8 => {
                1_u64.checked_shl(u32::from(bits).saturating_mul(8)).map_or(u64::MAX, |l| l.saturating_sub(1))
            }
            _ => u64::MAX,
        };
        let end = match regime {
            Regime::Pages(page) => end.checked_next_multiple_of(page).unwrap_or(end),
            Regime::Mixed | Regime::Apart => end,
        };
        Self {
            end,
            committed_end: end,
            free: FreeSpace::new(regime, base_address),
            fresh: FreeList::default(),
            released: Vec::new(),
            limbo: Vec::new(),
            keeps_released: false,
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
        if let Some(address) = self.free.take(kind, length) {
            self.fresh.insert(address, length.min(self.committed_end.saturating_sub(address)));
            return Ok(Address(address));
        }
        let placed = self.free.place_behind(kind, self.end, length).filter(|&(_, end)| end <= self.limit);
        let (address, end) =
            placed.ok_or_else(|| Error::limit("the file is as large as its offsets can tell"))?;
        self.free.insert_around(kind, (address, length), self.end, end);
        self.end = end;
        Ok(Address(address))
    }

    /// Takes bytes back. Whether they can be handed out at once depends on whether the last commit uses them, and on whether
    /// readers may be at them.
    pub(crate) fn free(&mut self, class: Class, address: Address, length: u64, readers: bool) {
        if length == 0 {
            return;
        }
        // A section before and after the end of the last commit is one of free space, too.
        let before = length.min(self.committed_end.saturating_sub(address.0));
        if before > 0 && !self.fresh.remove(address.0, before) {
            self.released.push((class, address.0, length));
        } else if readers {
            self.limbo.push((class, address.0, length));
        } else {
            self.free.insert(class, address.0, length);
        }
    }

    /// True if the byte at an address was handed out since the last commit, so that nobody else knows it yet.
    pub(crate) fn is_fresh(&self, address: Address) -> bool {
        address.0 >= self.committed_end || self.fresh.contains(address.0)
    }

    /// True if nobody uses any of these bytes, nor did by the last commit.
    pub(crate) fn is_free(&self, address: Address, length: u64) -> bool {
        self.free.covers(address.0, length)
    }

    /// Everything handed out is in use by a commit now, and what was given up is in use by none.
    pub(crate) fn committed(&mut self) {
        self.fresh = FreeList::default();
        self.committed_end = self.end;
        if !self.keeps_released {
            self.limbo.append(&mut self.released);
        }
    }

    /// Whether space that commits no longer use is kept from being written again.
    pub(crate) fn keep_released(&mut self, keeps: bool) {
        self.keeps_released = keeps;
        if !keeps {
            self.limbo.append(&mut self.released);
        }
    }

    /// Nobody reads: what waited for that is free.
    pub(crate) fn no_readers(&mut self) {
        for (class, address, length) in self.limbo.drain(..) {
            self.free.insert(class, address, length);
        }
    }

    /// Cuts free space off the end.
    pub(crate) fn trim(&mut self) {
        self.end = self.free.cut(self.end);
        self.committed_end = self.committed_end.min(self.end);
    }

    /// Gives bytes back at once, whoever uses them.
    pub(crate) fn free_at_once(&mut self, class: Class, address: u64, length: u64) {
        self.free.insert(class, address, length);
    }

    /// Adds a section that the file's own record says is free.
    pub(crate) fn known_free(&mut self, part: Part, address: u64, length: u64) {
        self.free.insert_recorded(part, address, length);
    }

    /// All that is free now, by where the record of free space lists it.
    pub(crate) fn free_sections(&self) -> Vec<(Part, u64, u64)> {
        self.free.sections()
    }

    /// How free space is told apart.
    pub(crate) fn regime(&self) -> Regime {
        self.free.regime()
    }

    /// Bytes of a page, if small blocks and large ones have pages of their own.
    pub(crate) fn page_bytes(&self) -> Option<u64> {
        match self.free.regime() {
            Regime::Pages(page) => Some(page),
            Regime::Mixed | Regime::Apart => None,
        }
    }
}

/// The first place for a block from `start` on, in a file whose address 0 is at `base_address`: pages and sectors are those of the file.
pub(super) fn first_fit(kind: SpaceKind, start: u64, length: u64, base_address: u64) -> u64 {
    let unit = match kind {
        SpaceKind::Stable | SpaceKind::GlobalHeap if length <= SECTOR_BYTES => SECTOR_BYTES,
        SpaceKind::Stable | SpaceKind::GlobalHeap if length <= PAGE_BYTES => PAGE_BYTES,
        _ => return start,
    };
    let within = base_address.wrapping_add(start) & unit.saturating_sub(1);
    if within.saturating_add(length) <= unit {
        start
    } else {
        start.saturating_add(unit.saturating_sub(within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_space_is_reused_only_after_the_next_commit() {
        let mut space = Space::new(100, 8, Regime::Mixed, 0);
        let first = space.allocate(SpaceKind::Raw, 50).unwrap();
        space.committed();
        space.free(Class::Raw, first, 50, false);
        assert_eq!(space.allocate(SpaceKind::Raw, 50).unwrap(), Address(150));
        space.committed();
        space.no_readers();
        assert_eq!(space.allocate(SpaceKind::Raw, 50).unwrap(), first);
    }

    #[test]
    fn fresh_space_is_reused_at_once_unless_somebody_reads() {
        let mut space = Space::new(100, 8, Regime::Mixed, 0);
        let first = space.allocate(SpaceKind::Metadata, 50).unwrap();
        assert!(space.is_fresh(first));
        space.free(Class::Raw, first, 50, false);
        assert_eq!(space.allocate(SpaceKind::Metadata, 40).unwrap(), first);
        space.free(Class::Raw, first, 40, true);
        assert_ne!(space.allocate(SpaceKind::Metadata, 40).unwrap(), first);
        space.no_readers();
        assert_eq!(space.allocate(SpaceKind::Metadata, 40).unwrap(), first);
    }

    #[test]
    fn a_stable_block_crosses_no_sector_or_no_page() {
        let mut space = Space::new(4000, 8, Regime::Mixed, 0);
        assert_eq!(space.allocate(SpaceKind::Stable, 600).unwrap(), Address(4096));
        assert_eq!(space.allocate(SpaceKind::Metadata, 90).unwrap(), Address(4000));
        assert_eq!(space.allocate(SpaceKind::Stable, 600).unwrap(), Address(4696));
        assert_eq!(space.allocate(SpaceKind::Stable, 200).unwrap(), Address(5296));
        assert_eq!(space.allocate(SpaceKind::Stable, 200).unwrap(), Address(5632));
    }

    #[test]
    fn sectors_and_pages_are_those_of_the_file_behind_a_user_block() {
        let mut space = Space::new(3400, 8, Regime::Mixed, 512);
        // The page ends at 4096 - 512.
        assert_eq!(space.allocate(SpaceKind::Stable, 600).unwrap(), Address(3584));
        assert_eq!(space.allocate(SpaceKind::Stable, 100).unwrap(), Address(3400));
    }

    #[test]
    fn the_end_is_trimmed() {
        let mut space = Space::new(100, 8, Regime::Mixed, 0);
        let block = space.allocate(SpaceKind::Raw, 50).unwrap();
        space.free(Class::Raw, block, 50, false);
        space.trim();
        assert_eq!(space.end(), 100);
    }

    #[test]
    fn offsets_bound_the_file() {
        let mut space = Space::new(100, 2, Regime::Mixed, 0);
        assert!(space.allocate(SpaceKind::Raw, 65_000).is_ok());
        assert!(space.allocate(SpaceKind::Raw, 1000).is_err());
    }
}
