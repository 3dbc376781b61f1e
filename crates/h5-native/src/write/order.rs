//! Which published blocks must be written before which.

use std::collections::{BTreeMap, BTreeSet};

use h5_types::Address;

/// Pairs of stable blocks of which the first must be published before the second: an object gains its new link before it loses the old
/// one, a reference count rises before the link that it counts.
#[derive(Debug, Default)]
pub(crate) struct PublicationOrder {
    /// For each block, those that wait for it.
    waiting: BTreeMap<u64, BTreeSet<u64>>,
}

impl PublicationOrder {
    /// Asks for `first` to be published before `then`. False, and nothing changes, if that contradicts what was asked for before: the
    /// changes so far have to be committed first.
    #[must_use]
    pub(crate) fn require(&mut self, first: Address, then: Address) -> bool {
        if first == then {
            return true;
        }
        if self.reaches(then.0, first.0) {
            return false;
        }
        self.waiting.entry(first.0).or_default().insert(then.0);
        true
    }

    /// Groups of blocks; each may be published once the group before it is. Blocks without any order are in the first.
    pub(crate) fn levels(&self, blocks: impl IntoIterator<Item = u64>) -> Vec<Vec<u64>> {
        let mut level_of: BTreeMap<u64, usize> = blocks.into_iter().map(|block| (block, 0)).collect();
        // A block that waits moves behind those that it waits for; there are no cycles, so that this ends.
        let mut moved = true;
        while moved {
            moved = false;
            for (first, then) in &self.waiting {
                let least = level_of.get(first).map_or(0, |level| level.saturating_add(1));
                for block in then {
                    let level = level_of.entry(*block).or_insert(0);
                    if *level < least {
                        *level = least;
                        moved = true;
                    }
                }
            }
        }
        let mut levels: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for (block, level) in level_of {
            levels.entry(level).or_default().push(block);
        }
        levels.into_values().collect()
    }

    /// Forgets everything: what was asked for has been done.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    fn reaches(&self, from: u64, to: u64) -> bool {
        let (mut open, mut seen) = (vec![from], BTreeSet::new());
        while let Some(block) = open.pop() {
            if block == to {
                return true;
            }
            if seen.insert(block) {
                open.extend(self.waiting.get(&block).into_iter().flatten());
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_the_order() {
        let mut order = PublicationOrder::default();
        assert!(order.require(Address(3), Address(1)));
        assert!(order.require(Address(1), Address(2)));
        assert!(order.require(Address(5), Address(5)));
        assert_eq!(order.levels([1, 2, 3, 4]), [vec![3, 4], vec![1], vec![2]]);
        assert!(!order.require(Address(2), Address(3)), "a cycle");
        order.clear();
        assert!(order.require(Address(2), Address(3)));
    }
}
