//! Objects of the global heap that are given up.
//!
//! Nothing in a collection changes when one of its objects is given up, since the last commit may use it. It is only noted; the collection
//! is given back as a whole once nobody uses any of its objects, as every other block is: to be used again after the next commit.
//! What is noted lasts as long as the session.

use std::collections::BTreeMap;

use h5_format::global_heap::GlobalHeapCollection;
use h5_types::{Address, Result};

use super::heap_values::{HeapObjects, readable};
use super::session::Session;

/// Bits of a word.
const WORD: u32 = 64;

/// What is left of collections of which objects were given up.
#[derive(Debug, Default)]
pub(super) struct Survivors(BTreeMap<Address, Left>);

/// Objects that are used, one bit each.
#[derive(Debug, Default)]
pub(super) struct Left {
    collection_bytes: u64,
    bits: Vec<u64>,
    count: usize,
}

impl Left {
    /// All objects of a collection.
    pub(super) fn all(collection_bytes: u64, objects: impl Iterator<Item = u32>) -> Self {
        let mut left = Self { collection_bytes, ..Self::default() };
        for index in objects {
            let (word, bit) = place(index);
            if left.bits.len() <= word {
                left.bits.resize(word.saturating_add(1), 0);
            }
            if let Some(word) = left.bits.get_mut(word).filter(|word| **word & bit == 0) {
                *word |= bit;
                left.count = left.count.saturating_add(1);
            }
        }
        left
    }

    /// One of them is given up. A second time, nothing happens.
    pub(super) fn lose(&mut self, index: u32) {
        let (word, bit) = place(index);
        if let Some(word) = self.bits.get_mut(word).filter(|word| **word & bit != 0) {
            *word &= !bit;
            self.count = self.count.saturating_sub(1);
        }
    }

    fn is_empty(&self) -> bool {
        self.count == 0
    }
}

fn place(index: u32) -> (usize, u64) {
    let word = usize::try_from(index.checked_div(WORD).unwrap_or(0)).unwrap_or(usize::MAX);
    (word, 1_u64.unbounded_shl(index.checked_rem(WORD).unwrap_or(0)))
}

impl Session {
    /// Objects of the global heap to which no element leads any more. Not while a file is written for SWMR readers, who may have read
    /// the elements.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn lose_heap_objects(&mut self, objects: &HeapObjects) -> Result<()> {
        if self.is_swmr() {
            return Ok(());
        }
        for &(address, index) in objects {
            if self.global_heap.lose_of_open(address, index) {
                continue;
            }
            if !self.global_heap.survivors.0.contains_key(&address) {
                let Some(left) = readable(self.objects_of(address))? else { continue };
                self.global_heap.survivors.0.insert(address, left);
            }
            if let Some(left) = self.global_heap.survivors.0.get_mut(&address) {
                left.lose(index);
                self.give_back_if_empty(address);
            }
        }
        Ok(())
    }

    /// Notes what is left of a collection that takes no more objects, of which some may have been given up.
    pub(super) fn note_survivors(&mut self, address: Address, left: Left) {
        self.global_heap.survivors.0.insert(address, left);
        self.give_back_if_empty(address);
    }

    fn give_back_if_empty(&mut self, address: Address) {
        let survivors = &mut self.global_heap.survivors.0;
        if let Some(left) = survivors.get(&address).filter(|left| left.is_empty()) {
            let bytes = left.collection_bytes;
            survivors.remove(&address);
            self.free_raw(address, bytes);
        }
    }

    fn objects_of(&self, address: Address) -> Result<Left> {
        let (storage, sizes) = (self.core().storage(), self.sizes());
        let header_bytes = u64::try_from(GlobalHeapCollection::header_bytes(sizes)).unwrap_or(u64::MAX);
        let header = storage.metadata(address, header_bytes)?;
        let length = GlobalHeapCollection::collection_bytes(&header, sizes)?;
        let bytes = storage.metadata(address, length)?;
        let collection = GlobalHeapCollection::decode(&bytes, sizes)?;
        Ok(Left::all(length, collection.iter().map(|(index, _)| index)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_is_empty_once_all_of_its_objects_are_gone() {
        let mut left = Left::all(4096, [1, 2, 130].into_iter());
        for index in [2, 2, 7, 130, 4000] {
            left.lose(index);
            assert!(!left.is_empty(), "{index}");
        }
        left.lose(1);
        assert!(left.is_empty());
    }
}
