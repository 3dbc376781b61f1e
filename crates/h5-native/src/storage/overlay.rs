use std::collections::BTreeMap;

use h5_types::{Address, Error, Result};

/// Metadata blocks that lie over the file's own (those of a metadata cache image), by address.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    blocks: BTreeMap<u64, Vec<u8>>,
    end: u64,
}

impl Overlay {
    /// Takes over the blocks.
    pub(super) fn new(blocks: impl IntoIterator<Item = (Address, Vec<u8>)>) -> Result<Self> {
        let mut overlay = Self::default();
        for (address, block) in blocks {
            if overlay.touches(address, length_of(&block)) {
                return Err(Error::format("blocks of the metadata cache image overlap").at_address(address.0));
            }
            overlay.end = overlay.end.max(address.0.saturating_add(length_of(&block)));
            overlay.blocks.insert(address.0, block);
        }
        Ok(overlay)
    }

    /// First address after all blocks.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// True if a block has a byte of that range.
    pub(super) fn touches(&self, address: Address, length: u64) -> bool {
        address.0 < self.end && self.overlapping(address, length).next().is_some()
    }

    /// The range, if it lies in one block.
    pub(super) fn covering(&self, address: Address, length: u64) -> Option<&[u8]> {
        let (&start, block) = self.blocks.range(..=address.0).next_back()?;
        let from = usize::try_from(address.0.checked_sub(start)?).ok()?;
        block.get(from..from.checked_add(usize::try_from(length).ok()?)?)
    }

    /// Copies all bytes of the blocks that lie in the range of `buffer`, which begins at `address`.
    pub(super) fn patch(&self, address: Address, buffer: &mut [u8]) {
        for (&start, block) in self.overlapping(address, length_of(buffer)) {
            let skipped = usize::try_from(address.0.saturating_sub(start)).unwrap_or(usize::MAX);
            let at = usize::try_from(start.saturating_sub(address.0)).unwrap_or(usize::MAX);
            let from = block.get(skipped..).unwrap_or_default();
            let to = buffer.get_mut(at..).unwrap_or_default();
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
    }

    /// Blocks with bytes in a range, last one first. They do not overlap, so that all after the first that ends before the range
    /// end before it too.
    fn overlapping(&self, address: Address, length: u64) -> impl Iterator<Item = (&u64, &Vec<u8>)> {
        self.blocks
            .range(..address.0.saturating_add(length))
            .rev()
            .take_while(move |(start, block)| start.saturating_add(length_of(block)) > address.0)
    }
}

fn length_of(block: &[u8]) -> u64 {
    u64::try_from(block.len()).unwrap_or(u64::MAX)
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
        overlay().patch(Address(8), &mut buffer);
        assert_eq!(buffer, [0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 2, 2]);
        let mut inside = vec![0; 2];
        overlay().patch(Address(12), &mut inside);
        assert_eq!(inside, [1, 1]);
    }

    #[test]
    fn touches_and_covering_know_the_edges() {
        let overlay = overlay();
        assert!(!overlay.touches(Address(0), 10));
        assert!(overlay.touches(Address(0), 11));
        assert!(!overlay.touches(Address(14), 6));
        assert!(!overlay.touches(Address(24), 100));
        assert_eq!(overlay.covering(Address(21), 3), Some(&[2, 2, 2][..]));
        assert_eq!(overlay.covering(Address(21), 4), None);
    }

    #[test]
    fn rejects_blocks_that_overlap() {
        assert!(Overlay::new([(Address(10), vec![1; 4]), (Address(13), vec![2; 4])]).is_err());
    }
}
