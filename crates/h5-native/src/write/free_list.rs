//! Free parts of a file, by address and by size.

use std::collections::{BTreeMap, BTreeSet};

/// Sections that are tried for a block that must not lie anywhere.
const LOOKED_AT: usize = 32;

/// Free sections. Neighbours are merged.
#[derive(Debug, Default, Clone)]
pub(crate) struct FreeList {
    by_address: BTreeMap<u64, u64>,
    by_size: BTreeSet<(u64, u64)>,
}

impl FreeList {
    /// Takes a section back, merged with its neighbours.
    pub(crate) fn insert(&mut self, address: u64, length: u64) {
        if length == 0 {
            return;
        }
        let (mut start, mut end) = (address, address.saturating_add(length));
        if let Some((&before, &size)) = self.by_address.range(..=start).next_back()
            && before.saturating_add(size) >= start
        {
            end = end.max(before.saturating_add(size));
            start = before;
            self.take(before, size);
        }
        while let Some((&after, &size)) = self.by_address.range(start..=end).next() {
            end = end.max(after.saturating_add(size));
            self.take(after, size);
        }
        self.put(start, end.saturating_sub(start));
    }

    /// Removes a range of bytes that are all free; false, and nothing changes, if they are not.
    pub(crate) fn remove(&mut self, address: u64, length: u64) -> bool {
        let Some((&start, &size)) = self.by_address.range(..=address).next_back() else { return false };
        let (end, section_end) = (address.saturating_add(length), start.saturating_add(size));
        if end > section_end {
            return false;
        }
        self.take(start, size);
        // No section was beside this one, so that what is left of it merges with none.
        self.put(start, address.saturating_sub(start));
        self.put(end, section_end.saturating_sub(end));
        true
    }

    /// The start of the smallest section that has room by `fits`, which is given a section's start and length and returns where in
    /// it to begin. Only the smallest of those that are long enough are looked at.
    pub(crate) fn find(&self, length: u64, fits: impl Fn(u64, u64) -> Option<u64>) -> Option<u64> {
        self.by_size.range((length, 0)..).take(LOOKED_AT).find_map(|&(size, start)| fits(start, size))
    }

    /// The section that ends at an address.
    pub(crate) fn ending_at(&self, end: u64) -> Option<(u64, u64)> {
        let (&start, &size) = self.by_address.range(..end).next_back()?;
        (start.saturating_add(size) == end).then_some((start, size))
    }

    /// True if the byte at an address is free.
    pub(crate) fn contains(&self, address: u64) -> bool {
        let section = self.by_address.range(..=address).next_back();
        section.is_some_and(|(start, &size)| address < start.saturating_add(size))
    }

    /// True if a byte from `start` to before `end` is free.
    pub(crate) fn overlaps(&self, start: u64, end: u64) -> bool {
        let before = self.by_address.range(..end).next_back();
        before.is_some_and(|(&address, &size)| address.saturating_add(size) > start)
    }

    /// True if all bytes of a range are free.
    pub(crate) fn covers(&self, address: u64, length: u64) -> bool {
        let section = self.by_address.range(..=address).next_back();
        section.is_some_and(|(start, &size)| address.saturating_add(length) <= start.saturating_add(size))
    }

    /// All sections by address.
    pub(crate) fn sections(&self) -> impl Iterator<Item = (u64, u64)> {
        self.by_address.iter().map(|(&start, &size)| (start, size))
    }

    /// Bytes in all sections.
    #[cfg(test)]
    pub(crate) fn total(&self) -> u64 {
        self.by_address.values().sum()
    }

    /// Adds a section that has no neighbours.
    fn put(&mut self, start: u64, size: u64) {
        if size > 0 {
            self.by_address.insert(start, size);
            self.by_size.insert((size, start));
        }
    }

    fn take(&mut self, start: u64, size: u64) {
        self.by_address.remove(&start);
        self.by_size.remove(&(size, start));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_merge_and_parts_come_out() {
        let mut list = FreeList::default();
        list.insert(10, 10);
        list.insert(30, 10);
        list.insert(20, 10);
        assert_eq!(list.sections().collect::<Vec<_>>(), [(10, 30)]);
        assert!(list.remove(15, 5));
        assert!(!list.remove(14, 2));
        assert_eq!(list.sections().collect::<Vec<_>>(), [(10, 5), (20, 20)]);
        assert_eq!(list.find(6, |start, _| Some(start)), Some(20));
        assert_eq!(list.ending_at(40), Some((20, 20)));
        assert_eq!(list.total(), 25);
    }
}
