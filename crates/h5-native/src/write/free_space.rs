//! Free space by what it may be used for.
//!
//! A file without a *File Space Info* message, or with one that keeps no free space, has one list. A file that keeps its free space has
//! one for metadata and one for raw data, as the C library does. A file in pages (specification IV.A.2.x, strategy 1) has small blocks
//! of each kind in pages of their own, of which none crosses a page boundary, and large ones that begin at page boundaries: what the
//! library's page buffer, which holds a page as metadata or as raw data, relies on.

use super::free_list::FreeList;
use super::space::{SpaceKind, first_fit};

/// What a block holds, as far as its place in the file depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Metadata.
    Metadata,
    /// Elements of datasets, and the global heap.
    Raw,
}

/// How a file's free space is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Regime {
    /// Anything may be anywhere.
    Mixed,
    /// By class, as far as there is space of the class.
    Apart,
    /// In pages of so many bytes.
    Pages(u64),
}

/// Where the record of free space lists a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// With those of its class; in pages, with those smaller than a page.
    Of(Class),
    /// With those of large blocks.
    Large,
}

/// Free sections of a file.
#[derive(Debug)]
pub(crate) struct FreeSpace {
    regime: Regime,
    /// Where address 0 is in the file.
    base_address: u64,
    /// All there is in [`Regime::Mixed`].
    metadata: FreeList,
    raw: FreeList,
    /// In [`Regime::Pages`], whole pages, and rests of pages behind large blocks.
    large: FreeList,
}

impl FreeSpace {
    pub(crate) fn new(regime: Regime, base_address: u64) -> Self {
        let (metadata, raw, large) = (FreeList::default(), FreeList::default(), FreeList::default());
        Self { regime, base_address, metadata, raw, large }
    }

    /// True if all bytes of a range are free.
    pub(crate) fn covers(&self, address: u64, length: u64) -> bool {
        [&self.metadata, &self.raw, &self.large].into_iter().any(|list| list.covers(address, length))
    }

    pub(crate) fn regime(&self) -> Regime {
        self.regime
    }

    fn list(&mut self, class: Class) -> &mut FreeList {
        match (self.regime, class) {
            (Regime::Mixed, _) | (_, Class::Metadata) => &mut self.metadata,
            (_, Class::Raw) => &mut self.raw,
        }
    }

    /// Takes the space of a block back.
    pub(crate) fn insert(&mut self, class: Class, address: u64, length: u64) {
        match self.regime {
            Regime::Pages(page) if length >= page => self.large.insert(address, length),
            Regime::Pages(page) => {
                self.list(class).insert(address, length);
                self.join_pages(class, page, address, length);
            }
            _ => self.list(class).insert(address, length),
        }
    }

    /// Takes a section that the file's own record lists.
    pub(crate) fn insert_recorded(&mut self, part: Part, address: u64, length: u64) {
        match (part, self.regime) {
            (Part::Large, Regime::Pages(_)) => self.large.insert(address, length),
            (Part::Large, _) => self.insert(Class::Raw, address, length),
            (Part::Of(class), _) => self.insert(class, address, length),
        }
    }

    /// Pages that are free as a whole are anybody's.
    fn join_pages(&mut self, class: Class, page: u64, address: u64, length: u64) {
        let mut start = address.saturating_sub(address.checked_rem(page).unwrap_or(0));
        let end = address.saturating_add(length);
        while start < end {
            if self.list(class).remove(start, page) {
                self.large.insert(start, page);
            }
            start = start.saturating_add(page);
        }
    }

    /// Takes space for a block out of what is free.
    pub(crate) fn take(&mut self, kind: SpaceKind, length: u64) -> Option<u64> {
        let fit = |start: u64, size: u64, from: u64| {
            (from.saturating_add(length) <= start.saturating_add(size)).then_some(from)
        };
        let (class, base) = (kind.class(), self.base_address);
        match self.regime {
            Regime::Mixed | Regime::Apart => {
                let place = |start, size| fit(start, size, first_fit(kind, start, length, base));
                let own = self.list(class);
                if let Some(address) = own.find(length, place) {
                    own.remove(address, length);
                    return Some(address);
                }
                if self.regime == Regime::Mixed {
                    return None;
                }
                let other = self.list(class.other());
                let address = other.find(length, place)?;
                other.remove(address, length);
                Some(address)
            }
            Regime::Pages(page) if length >= page => {
                let place = |start, size| fit(start, size, page_fit(kind, start, length, page, base));
                let address = self.large.find(length, place)?;
                self.large.remove(address, length);
                Some(address)
            }
            Regime::Pages(page) => self.take_small(kind, length, page),
        }
    }

    fn take_small(&mut self, kind: SpaceKind, length: u64, page: u64) -> Option<u64> {
        let (class, base) = (kind.class(), self.base_address);
        let within = |start: u64, size: u64| {
            let from = page_fit(kind, start, length, page, base);
            (from.saturating_add(length) <= start.saturating_add(size)).then_some(from)
        };
        let own = self.list(class);
        if let Some(address) = own.find(length, within) {
            own.remove(address, length);
            return Some(address);
        }
        let whole = |start: u64, size: u64| {
            let from = align(start, page);
            (from.saturating_add(page) <= start.saturating_add(size)).then_some(from)
        };
        let address = self.large.find(page, whole)?;
        self.large.remove(address, page);
        let (rest, after) = (page.saturating_sub(length), address.saturating_add(length));
        self.list(class).insert(after, rest);
        Some(address)
    }

    /// Where a block goes behind `end`, where everything ends that is in use or was; and where that is then.
    pub(crate) fn place_behind(&self, kind: SpaceKind, end: u64, length: u64) -> Option<(u64, u64)> {
        match self.regime {
            Regime::Mixed | Regime::Apart => {
                let address = first_fit(kind, end, length, self.base_address);
                Some((address, address.checked_add(length)?))
            }
            Regime::Pages(page) => {
                let address = page_fit(kind, align(end, page), length, page, self.base_address);
                Some((address, address.checked_add(length)?.checked_next_multiple_of(page)?))
            }
        }
    }

    /// Takes what a block at `address` left free when everything that is in use began to end at `new_end` rather than at `end`.
    pub(crate) fn insert_around(
        &mut self,
        kind: SpaceKind,
        (address, length): (u64, u64),
        end: u64,
        new_end: u64,
    ) {
        let class = kind.class();
        let before = address.saturating_sub(end);
        let after = address.saturating_add(length);
        let rest = new_end.saturating_sub(after);
        match self.regime {
            Regime::Pages(page) => {
                self.large.insert(end, before);
                if length >= page {
                    self.large.insert(after, rest);
                } else {
                    self.list(class).insert(after, rest);
                }
            }
            _ => self.list(class).insert(end, before),
        }
    }

    /// Removes what is free at the end; says where everything ends then.
    pub(crate) fn cut(&mut self, mut end: u64) -> u64 {
        let page = match self.regime {
            Regime::Pages(page) => page,
            _ => 1,
        };
        loop {
            let before = end;
            for list in [&mut self.metadata, &mut self.raw, &mut self.large] {
                let Some((start, length)) = list.ending_at(end) else { continue };
                let kept = align(start, page);
                let stop = start.saturating_add(length);
                if kept < stop && list.remove(kept, stop.saturating_sub(kept)) {
                    end = kept;
                }
            }
            if end == before {
                return end;
            }
        }
    }

    /// All sections, with where the record of free space lists them. Of small blocks in pages, none crosses a page boundary.
    pub(crate) fn sections(&self) -> Vec<(Part, u64, u64)> {
        let mut sections = Vec::new();
        for (class, list) in [(Class::Metadata, &self.metadata), (Class::Raw, &self.raw)] {
            for (mut start, length) in list.sections() {
                let end = start.saturating_add(length);
                while start < end {
                    let stop = match self.regime {
                        Regime::Pages(page) => align(start.saturating_add(1), page).min(end),
                        _ => end,
                    };
                    sections.push((Part::Of(class), start, stop.saturating_sub(start)));
                    start = stop;
                }
            }
        }
        sections.extend(self.large.sections().map(|(start, length)| (Part::Large, start, length)));
        sections
    }
}

impl Class {
    fn other(self) -> Self {
        match self {
            Self::Metadata => Self::Raw,
            Self::Raw => Self::Metadata,
        }
    }
}

/// The first multiple of `page` from `address` on.
fn align(address: u64, page: u64) -> u64 {
    address.checked_next_multiple_of(page).unwrap_or(u64::MAX)
}

/// The first place for a block from `start` on in a file of pages: large ones at a page boundary, small ones across none. Where the size of
/// a page agrees with no unit of the disk, pages are what is kept to.
fn page_fit(kind: SpaceKind, start: u64, length: u64, page: u64, base: u64) -> u64 {
    let fit = first_fit(kind, start, length, base);
    let within = fit.checked_rem(page).unwrap_or(0);
    if within.saturating_add(length) <= page {
        return fit;
    }
    let next = align(fit, page);
    let again = first_fit(kind, next, length, base);
    if again.checked_rem(page) == Some(0) { again } else { next }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages() -> FreeSpace {
        FreeSpace::new(Regime::Pages(1000), 0)
    }

    #[test]
    fn small_blocks_of_both_kinds_have_pages_of_their_own() {
        let mut free = pages();
        free.insert(Class::Metadata, 3000, 2000);
        assert_eq!(free.take(SpaceKind::Raw, 100), Some(3000));
        assert_eq!(free.take(SpaceKind::Metadata, 100), Some(4000));
        assert_eq!(free.take(SpaceKind::Raw, 800), Some(3100));
        assert_eq!(free.take(SpaceKind::Raw, 200), None);
        assert_eq!(free.take(SpaceKind::Metadata, 200), Some(4100));
        let (metadata, raw) = (Part::Of(Class::Metadata), Part::Of(Class::Raw));
        assert_eq!(free.sections(), [(metadata, 4300, 700), (raw, 3900, 100)]);
    }

    #[test]
    fn small_blocks_cross_no_page_boundary_and_whole_pages_are_anybodys() {
        let mut free = pages();
        free.insert(Class::Raw, 1500, 900);
        assert_eq!(free.sections(), [(Part::Of(Class::Raw), 1500, 500), (Part::Of(Class::Raw), 2000, 400)]);
        assert_eq!(free.take(SpaceKind::Raw, 501), None);
        assert_eq!(free.take(SpaceKind::Raw, 450), Some(1500));
        free.insert(Class::Raw, 1000, 950);
        assert_eq!(free.sections(), [(Part::Of(Class::Raw), 2000, 400), (Part::Large, 1000, 1000)]);
    }

    #[test]
    fn large_blocks_begin_at_page_boundaries() {
        let mut free = pages();
        assert_eq!(free.place_behind(SpaceKind::Raw, 2000, 2500), Some((2000, 5000)));
        free.insert_around(SpaceKind::Raw, (2000, 2500), 2000, 5000);
        assert_eq!(free.sections(), [(Part::Large, 4500, 500)]);
        // The rest of a large block's last page holds nothing else.
        assert_eq!(free.take(SpaceKind::Metadata, 10), None);
        free.insert(Class::Raw, 2000, 2500);
        assert_eq!(free.take(SpaceKind::Raw, 3000), Some(2000));
    }

    #[test]
    fn whole_pages_are_cut_off_the_end() {
        let mut free = pages();
        free.insert(Class::Raw, 4700, 300);
        free.insert(Class::Raw, 5000, 1000);
        free.insert(Class::Metadata, 6000, 1000);
        assert_eq!(free.cut(7000), 5000);
        assert_eq!(free.sections(), [(Part::Of(Class::Raw), 4700, 300)]);
    }

    #[test]
    fn kinds_are_told_apart_but_use_each_others_space() {
        let mut free = FreeSpace::new(Regime::Apart, 0);
        free.insert(Class::Raw, 100, 100);
        free.insert(Class::Metadata, 200, 50);
        assert_eq!(free.take(SpaceKind::Metadata, 50), Some(200));
        assert_eq!(free.take(SpaceKind::Metadata, 50), Some(100));
        assert_eq!(free.sections(), [(Part::Of(Class::Raw), 150, 50)]);
    }
}
