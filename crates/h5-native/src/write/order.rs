//! Which published blocks must be written before which.

use std::collections::{BTreeMap, BTreeSet};

use h5_types::Address;

use super::address_map::AddressMap;

/// Pairs of stable blocks of which the first must be published before the second: an object gains its new link before it loses the old
/// one, a reference count rises before the link that it counts.
///
/// A block that the last commit does not use is found by nobody before a *leader*, a block with a link to it, is published. It is two
/// events here: all that must be published before it is found comes before its leaders, and what must wait for it comes after them.
#[derive(Debug, Default)]
pub(crate) struct PublicationOrder {
    /// For each event, those that wait for it.
    waiting: BTreeMap<Event, BTreeSet<Event>>,
    /// Events that wait for another.
    awaiting: BTreeSet<Event>,
    /// Leaders of fresh blocks.
    leaders: AddressMap<Leaders>,
    /// Fresh blocks whose leaders are among the events.
    drawn: BTreeSet<Address>,
    /// For objects of the last commit, the stable blocks that gained links to them, and how many.
    gained: BTreeMap<Address, BTreeMap<Address, u32>>,
}

/// The blocks that lead to another. All but a few have one.
#[derive(Debug, Clone)]
enum Leaders {
    One(Address),
    More(BTreeSet<Address>),
}

/// A block is published; or, of a fresh block: the first of its leaders is about to be published, or the last of them is.
type Event = (Address, Found);

/// Which of the two events of a fresh block is meant. A stable one has the first alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    NotYet,
    Already,
}

impl PublicationOrder {
    /// Asks for `first` to be published, or found, before `then` is. False if that contradicts what was asked for before: the changes so
    /// far have to be committed first. `fresh` tells blocks that the last commit does not use.
    #[must_use]
    pub(crate) fn require(
        &mut self,
        first: Address,
        then: Address,
        fresh: impl Fn(Address) -> bool + Copy,
    ) -> bool {
        first == then
            || self.draw(first, fresh)
                && self.draw(then, fresh)
                && self.edge(after(first, fresh), (then, Found::NotYet))
    }

    /// Notes that the publication of `leader` lets `block` be found. False as with [`PublicationOrder::require`].
    #[must_use]
    pub(crate) fn lead(
        &mut self,
        leader: Address,
        block: Address,
        fresh: impl Fn(Address) -> bool + Copy,
    ) -> bool {
        if !fresh(block) {
            let count = self.gained.entry(block).or_default().entry(leader).or_insert(0);
            *count = count.saturating_add(1);
            return true;
        }
        self.leaders
            .entry(block)
            .and_modify(|leaders| leaders.insert(leader))
            .or_insert(Leaders::One(leader));
        !self.drawn.contains(&block) || self.draw_leader(leader, block, fresh)
    }

    /// Blocks that gained a link to an object of the last commit since then.
    pub(crate) fn gained(&self, object: Address) -> Vec<Address> {
        self.gained.get(&object).into_iter().flat_map(BTreeMap::keys).copied().collect()
    }

    /// A block loses a link to an object. True if it gained one before, so that its next publication has as many as the last one.
    pub(crate) fn lose(&mut self, leader: Address, object: Address) -> bool {
        let Some(leaders) = self.gained.get_mut(&object) else { return false };
        let Some(count) = leaders.get_mut(&leader) else { return false };
        *count = count.saturating_sub(1);
        if *count == 0 {
            leaders.remove(&leader);
        }
        true
    }

    /// True if something must be published before that block.
    pub(crate) fn awaits(&self, block: Address) -> bool {
        self.awaiting.contains(&(block, Found::NotYet))
    }

    /// Groups of blocks; each may be published once the group before it is. Blocks without any order are in the first.
    pub(crate) fn levels(&self, blocks: impl IntoIterator<Item = u64>) -> Vec<Vec<u64>> {
        let blocks: BTreeSet<u64> = blocks.into_iter().collect();
        if self.waiting.is_empty() {
            return if blocks.is_empty() { Vec::new() } else { vec![blocks.into_iter().collect()] };
        }
        let mut level_of: BTreeMap<Event, usize> =
            blocks.iter().map(|&block| ((Address(block), Found::NotYet), 0)).collect();
        // An event that waits moves behind those that it waits for; there are no cycles, so that this ends.
        let mut moved = true;
        while moved {
            moved = false;
            for (first, then) in &self.waiting {
                let least = level_of.get(first).map_or(0, |level| level.saturating_add(1));
                for event in then {
                    let level = level_of.entry(*event).or_insert(0);
                    if *level < least {
                        *level = least;
                        moved = true;
                    }
                }
            }
        }
        let mut levels: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for ((block, found), level) in level_of {
            if found == Found::NotYet && blocks.contains(&block.0) {
                levels.entry(level).or_default().push(block.0);
            }
        }
        levels.into_values().collect()
    }

    /// A fresh block is given back, and its address may be another block's next. What was to come before it still comes before what was to
    /// come after it.
    pub(crate) fn forget(&mut self, block: Address) {
        self.leaders.remove(&block);
        if !self.drawn.remove(&block) {
            return;
        }
        for event in [(block, Found::NotYet), (block, Found::Already)] {
            let after = self.waiting.remove(&event).unwrap_or_default();
            if !self.awaiting.remove(&event) {
                continue;
            }
            for waiting in self.waiting.values_mut() {
                if waiting.remove(&event) {
                    waiting.extend(after.iter().copied());
                }
            }
        }
    }

    /// Forgets everything: what was asked for has been done.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Puts the leaders of a fresh block among the events. Most fresh blocks are in no order and cost nothing.
    fn draw(&mut self, block: Address, fresh: impl Fn(Address) -> bool + Copy) -> bool {
        if !fresh(block) || !self.drawn.insert(block) {
            return true;
        }
        let leaders = self.leaders.get(&block).map(Leaders::all).unwrap_or_default();
        leaders.into_iter().all(|leader| self.draw_leader(leader, block, fresh))
    }

    fn draw_leader(
        &mut self,
        leader: Address,
        block: Address,
        fresh: impl Fn(Address) -> bool + Copy,
    ) -> bool {
        self.draw(leader, fresh)
            && self.edge((block, Found::NotYet), (leader, Found::NotYet))
            && self.edge(after(leader, fresh), (block, Found::Already))
    }

    fn edge(&mut self, first: Event, then: Event) -> bool {
        if self.reaches(then, first) {
            return false;
        }
        self.waiting.entry(first).or_default().insert(then);
        self.awaiting.insert(then);
        true
    }

    fn reaches(&self, from: Event, to: Event) -> bool {
        let (mut open, mut seen) = (vec![from], BTreeSet::new());
        while let Some(event) = open.pop() {
            if event == to {
                return true;
            }
            if seen.insert(event) {
                open.extend(self.waiting.get(&event).into_iter().flatten());
            }
        }
        false
    }
}

impl Leaders {
    fn insert(&mut self, leader: Address) {
        match self {
            Self::One(one) if *one == leader => {}
            Self::One(one) => *self = Self::More(BTreeSet::from([*one, leader])),
            Self::More(leaders) => {
                leaders.insert(leader);
            }
        }
    }

    fn all(&self) -> Vec<Address> {
        match self {
            Self::One(leader) => vec![*leader],
            Self::More(leaders) => leaders.iter().copied().collect(),
        }
    }
}

/// The event from which on readers find a block as it is to be.
fn after(block: Address, fresh: impl Fn(Address) -> bool) -> Event {
    (block, if fresh(block) { Found::Already } else { Found::NotYet })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks from 100 on are fresh.
    fn fresh(block: Address) -> bool {
        block.0 >= 100
    }

    fn require(order: &mut PublicationOrder, first: u64, then: u64) -> bool {
        order.require(Address(first), Address(then), fresh)
    }

    #[test]
    fn levels_follow_the_order() {
        let mut order = PublicationOrder::default();
        assert!(require(&mut order, 3, 1));
        assert!(require(&mut order, 1, 2));
        assert!(require(&mut order, 5, 5));
        assert_eq!(order.levels([1, 2, 3, 4]), [vec![3, 4], vec![1], vec![2]]);
        assert!(!require(&mut order, 2, 3), "a cycle");
        assert!(order.awaits(Address(1)) && !order.awaits(Address(3)));
        order.clear();
        assert!(require(&mut order, 2, 3));
    }

    #[test]
    fn a_fresh_block_stands_for_those_that_lead_to_it() {
        let mut order = PublicationOrder::default();
        // A group below a group below block 9; what was in block 1 is moved there, and counts in block 12 first.
        assert!(order.lead(Address(9), Address(100), fresh));
        assert!(order.lead(Address(100), Address(101), fresh));
        assert!(require(&mut order, 101, 1));
        assert!(require(&mut order, 12, 101));
        assert_eq!(order.levels([1, 9, 12]), [vec![12], vec![9], vec![1]]);
        assert!(!require(&mut order, 1, 9), "a cycle");
    }

    #[test]
    fn leaders_that_come_later_count() {
        let mut order = PublicationOrder::default();
        assert!(require(&mut order, 12, 100));
        assert!(order.lead(Address(9), Address(100), fresh));
        assert!(order.lead(Address(8), Address(100), fresh));
        assert_eq!(order.levels([8, 9, 12]), [vec![12], vec![8, 9]]);
    }

    #[test]
    fn a_block_that_is_given_back_leaves_the_order_of_others() {
        let mut order = PublicationOrder::default();
        // Moved from block 1 into a new group below block 9, and out of it into block 12; the group is removed.
        assert!(order.lead(Address(9), Address(100), fresh));
        assert!(require(&mut order, 100, 1));
        assert!(require(&mut order, 12, 100));
        order.forget(Address(100));
        assert_eq!(order.levels([1, 9, 12]), [vec![12], vec![9], vec![1]]);
        // Whatever comes to its place is in no order.
        assert!(order.lead(Address(1), Address(100), fresh));
        assert!(require(&mut order, 100, 3));
    }

    #[test]
    fn links_that_an_object_gains_are_known() {
        let mut order = PublicationOrder::default();
        assert!(order.lead(Address(9), Address(1), fresh));
        assert_eq!(order.gained(Address(1)), [Address(9)]);
        assert_eq!(order.gained(Address(9)), []);
        assert!(!order.lose(Address(8), Address(1)));
        assert!(order.lose(Address(9), Address(1)));
        assert!(!order.lose(Address(9), Address(1)));
    }
}
