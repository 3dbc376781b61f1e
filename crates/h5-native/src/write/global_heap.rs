//! Objects of the global heap (specification III.E), written into collections.
//!
//! One collection is open at a time and filled from the front. Until it is committed it is a fresh block like any other. Afterwards its
//! objects stay as they are, for elements of the file refer to them, but what is free behind them may still be filled: the new objects,
//! and the free space that is left, are one block of their own, the *tail*, which the commit writes at once in the place of the old
//! free space, before anything that refers to them. A tail lies within one page, so that a kill leaves the old free space or all of the
//! new objects; one that would not is not begun, and a new collection takes its place. Thus a row that is flushed costs what it holds
//! and not a collection. Where a power cut has to be survived, which may tear a page, a tail of several sectors is there before its first
//! header is: until then it is free space.
//!
//! Objects whose elements were overwritten or removed stay until nobody uses any object of their collection: see `heap_survivors`. What
//! is free between others is given back by copying the file's objects into a new file (as `h5repack` does).

use std::collections::BTreeSet;

use h5_format::Sizes;
use h5_format::global_heap::{GlobalHeapCollection, GlobalHeapId};
use h5_types::{Address, Durability, Error, Result};

use super::heap_survivors::{Left, Survivors};
use super::publish::Replaced;
use super::session::Session;
use super::space::{PAGE_BYTES, SECTOR_BYTES, SpaceKind};

/// Bytes of a collection, unless an object needs more; as in the C library.
const COLLECTION_BYTES: usize = 4096;

/// The collection that is being filled, and those that were while they were committed.
#[derive(Debug, Default)]
pub(super) struct GlobalHeap {
    open: Option<Collection>,
    /// Staged tails of collections that the last commit uses.
    tails: Vec<Address>,
    /// What is left of collections of which objects were given up.
    pub(super) survivors: Survivors,
}

/// A collection with room for more objects.
#[derive(Debug)]
struct Collection {
    address: Address,
    /// Header and objects; free space begins after them.
    bytes: Vec<u8>,
    next_index: u16,
    /// How many of the bytes the last commit uses; 0 for a fresh collection.
    committed: usize,
    /// How many of the bytes are staged or written.
    staged: usize,
    /// Bytes that may be filled.
    room: usize,
    /// Objects that were given up.
    lost: BTreeSet<u32>,
}

impl Collection {
    fn new(address: Address, sizes: Sizes) -> Self {
        let mut bytes = Vec::with_capacity(COLLECTION_BYTES);
        bytes.extend(b"GCOL\x01\0\0\0");
        put_length(&mut bytes, COLLECTION_BYTES, sizes);
        Self {
            address,
            bytes,
            next_index: 1,
            committed: 0,
            staged: 0,
            room: COLLECTION_BYTES,
            lost: BTreeSet::new(),
        }
    }

    /// Appends an object and says its index, if there is room.
    #[inline]
    fn push(&mut self, object: &[u8], header_bytes: usize, sizes: Sizes) -> Option<u16> {
        let padded = object.len().checked_next_multiple_of(8)?;
        let end = self.bytes.len().checked_add(header_bytes)?.checked_add(padded)?;
        if end > self.room {
            return None;
        }
        let index = self.next_index;
        self.next_index = index.checked_add(1)?;
        self.bytes.extend(index.to_le_bytes());
        self.bytes.extend([1, 0, 0, 0, 0, 0]);
        put_length(&mut self.bytes, object.len(), sizes);
        self.bytes.extend_from_slice(object);
        self.bytes.resize(end, 0);
        Some(index)
    }

    /// What is staged for the objects that are not: where it begins, and its bytes.
    fn block(&self, header_bytes: usize, sizes: Sizes) -> (Address, Vec<u8>) {
        let objects = self.bytes.get(self.committed..).unwrap_or_default();
        let mut block = Vec::with_capacity(COLLECTION_BYTES.saturating_sub(self.committed));
        block.extend_from_slice(objects);
        let free = COLLECTION_BYTES.saturating_sub(self.bytes.len());
        // Free space shorter than an object's header has none.
        if free >= header_bytes {
            block.extend([0; 8]);
            put_length(&mut block, free, sizes);
        }
        if self.committed == 0 {
            block.resize(COLLECTION_BYTES, 0);
        }
        (Address(self.address.0.saturating_add(length_of(self.committed))), block)
    }

    /// From now on the last commit uses all objects. Says how far the collection may still be filled: as far as one write reaches that
    /// crosses no page boundary and has room for the free space's header.
    /// With `by_sector`, not at all if a sector boundary lies in the header of the free space.
    fn commit(&mut self, base_address: u64, header_bytes: usize, by_sector: bool) {
        self.committed = self.bytes.len();
        let start = base_address.wrapping_add(self.address.0).wrapping_add(length_of(self.committed));
        if by_sector && crosses_sector(start, header_bytes) {
            self.room = 0;
            return;
        }
        let in_page = start & PAGE_BYTES.saturating_sub(1);
        let to_boundary = usize::try_from(PAGE_BYTES.saturating_sub(in_page)).unwrap_or(0);
        let within_page = self.committed.saturating_add(to_boundary);
        self.room = if within_page >= COLLECTION_BYTES {
            COLLECTION_BYTES
        } else {
            within_page.saturating_sub(header_bytes)
        };
    }
}

/// A number as wide as the file's lengths, in an object's header: what is written here is less than 2^16.
#[inline]
fn put_length(bytes: &mut Vec<u8>, length: usize, sizes: Sizes) {
    let number = length_of(length).to_le_bytes();
    bytes.extend_from_slice(number.get(..usize::from(sizes.lengths)).unwrap_or(&number));
    // Headers are padded to a multiple of eight bytes.
    bytes.resize(bytes.len().next_multiple_of(8), 0);
}

/// True if these bytes lie in more than one sector of a disk.
fn crosses_sector(start: u64, bytes: usize) -> bool {
    let in_sector = start & SECTOR_BYTES.saturating_sub(1);
    in_sector.saturating_add(length_of(bytes)) > SECTOR_BYTES
}

fn length_of(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

impl GlobalHeap {
    /// Notes an object that is given up, if it is one of the open collection.
    pub(super) fn lose_of_open(&mut self, address: Address, index: u32) -> bool {
        match &mut self.open {
            Some(open) if open.address == address => {
                open.lost.insert(index);
                true
            }
            _ => false,
        }
    }
}

impl Session {
    /// Adds an object to the global heap. It is in memory only until [`Session::stage_global_heap`].
    ///
    /// # Errors
    /// `Limit` if the file is full or the object longer than its lengths can tell.
    #[inline]
    pub(crate) fn add_heap_object(&mut self, object: &[u8]) -> Result<GlobalHeapId> {
        let sizes = self.sizes();
        let header_bytes = GlobalHeapCollection::header_bytes(sizes);
        if let Some(open) = &mut self.global_heap.open
            && let Some(index) = open.push(object, header_bytes, sizes)
        {
            return Ok(GlobalHeapId { collection_address: open.address, object_index: u32::from(index) });
        }
        self.add_to_new_collection(object, header_bytes)
    }

    #[cold]
    fn add_to_new_collection(&mut self, object: &[u8], header_bytes: usize) -> Result<GlobalHeapId> {
        let sizes = self.sizes();
        let around = header_bytes.saturating_mul(2);
        if object.len() > COLLECTION_BYTES.saturating_sub(around) {
            return self.add_large_object(object);
        }
        self.close_collection(header_bytes)?;
        // Of one page, like a stable block: its tail is to be one later.
        let address = self.allocate(SpaceKind::GlobalHeap, length_of(COLLECTION_BYTES))?;
        let mut collection = Collection::new(address, sizes);
        let index = collection.push(object, header_bytes, sizes);
        let index = index.ok_or_else(|| Error::limit("a global heap object larger than its collection"))?;
        if let Some(closed) = self.global_heap.open.replace(collection) {
            self.retire(&closed);
        }
        Ok(GlobalHeapId { collection_address: address, object_index: u32::from(index) })
    }

    /// The collection that is open takes no more objects. One that nobody can have seen goes to the file at once, where collections lie side
    /// by side; only one that was staged before is staged again.
    fn close_collection(&mut self, header_bytes: usize) -> Result<()> {
        let sizes = self.sizes();
        match &mut self.global_heap.open {
            Some(open) if open.committed == 0 && open.staged == 0 => {
                let (address, block) = open.block(header_bytes, sizes);
                open.staged = open.bytes.len();
                self.write_raw(address, &block)
            }
            _ => self.stage_global_heap(),
        }
    }

    /// Notes what is left of a collection that takes no more objects.
    fn retire(&mut self, closed: &Collection) {
        if closed.lost.is_empty() {
            return;
        }
        let objects = (1..u32::from(closed.next_index)).filter(|index| !closed.lost.contains(index));
        self.note_survivors(closed.address, Left::all(length_of(COLLECTION_BYTES), objects));
    }

    /// An object that has a collection of its own, which is just as large; the open one stays open.
    fn add_large_object(&mut self, object: &[u8]) -> Result<GlobalHeapId> {
        let sizes = self.sizes();
        let bytes = GlobalHeapCollection::required_bytes([length_of(object.len())], sizes);
        let bytes = bytes.max(length_of(COLLECTION_BYTES));
        let objects =
            [h5_format::global_heap::GlobalHeapObject { index: 1, reference_count: 1, data: object }];
        let block = GlobalHeapCollection::encode(&objects, bytes, sizes)
            .map_err(|e| Error::limit("a value too long for the global heap").with_source(e))?;
        let address = self.put(SpaceKind::GlobalHeap, block)?;
        self.write_if_much_is_staged()?;
        Ok(GlobalHeapId { collection_address: address, object_index: 1 })
    }

    /// Lets everybody who reads from now on find the objects that were added.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn stage_global_heap(&mut self) -> Result<()> {
        let sizes = self.sizes();
        let Some(open) = &mut self.global_heap.open else { return Ok(()) };
        if open.staged == open.bytes.len() {
            return Ok(());
        }
        open.staged = open.bytes.len();
        let (address, block) = open.block(GlobalHeapCollection::header_bytes(sizes), sizes);
        if open.committed > 0 && !self.global_heap.tails.contains(&address) {
            self.global_heap.tails.push(address);
        }
        self.stage(address, block);
        self.write_if_much_is_staged()
    }

    /// Writes tails of committed collections, before anything is published that refers to the objects in them. One that is there
    /// without the rest of its commit is space that nobody uses.
    ///
    /// # Errors
    /// `Io`.
    pub(super) fn publish_heap_tails(&mut self, replaced: &mut Replaced) -> Result<()> {
        let tails: Vec<u64> = std::mem::take(&mut self.global_heap.tails).iter().map(|tail| tail.0).collect();
        for &tail in &tails {
            if let Some(block) = self.core.storage().staged(Address(tail)) {
                self.publish_heap_tail(tail, &block, replaced)?;
            }
        }
        if !tails.is_empty() {
            self.written(&tails);
            self.barrier()?;
        }
        Ok(())
    }

    fn publish_heap_tail(&mut self, tail: u64, block: &[u8], replaced: &mut Replaced) -> Result<()> {
        let header_bytes = GlobalHeapCollection::header_bytes(self.sizes());
        let start = self.core.storage().base_address().wrapping_add(tail);
        if !self.survives_power_cuts() || !crosses_sector(start, block.len()) {
            return self.replace_block(Address(tail), block, replaced);
        }
        let (header, rest) = block.split_at_checked(header_bytes).unwrap_or((block, &[]));
        self.replace_block(Address(tail.saturating_add(length_of(header_bytes))), rest, replaced)?;
        // The free space ends where it did, until its header becomes that of an object.
        self.barrier()?;
        self.replace_block(Address(tail), header, replaced)
    }

    fn survives_power_cuts(&self) -> bool {
        self.options.durability == Durability::Full
    }

    /// After a commit.
    pub(super) fn global_heap_is_committed(&mut self) {
        let base_address = self.core.storage().base_address();
        let header_bytes = GlobalHeapCollection::header_bytes(self.sizes());
        let by_sector = self.survives_power_cuts();
        if let Some(open) = &mut self.global_heap.open {
            open.commit(base_address, header_bytes, by_sector);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: Sizes = Sizes { offsets: 8, lengths: 8 };

    fn objects(block: &[u8]) -> Vec<Vec<u8>> {
        let collection = GlobalHeapCollection::decode(block, SIZES).unwrap();
        collection.iter().map(|(_, range)| block[range].to_vec()).collect()
    }

    #[test]
    fn a_tail_over_the_committed_block_makes_the_whole_collection() {
        let mut collection = Collection::new(Address(8192), SIZES);
        assert_eq!(collection.push(b"first", 16, SIZES), Some(1));
        let (address, mut block) = collection.block(16, SIZES);
        assert_eq!((address, block.len()), (Address(8192), 4096));
        assert_eq!(objects(&block), [b"first".to_vec()]);
        collection.commit(0, 16, false);
        assert_eq!(collection.push(b"the second", 16, SIZES), Some(2));
        let (tail_address, tail) = collection.block(16, SIZES);
        let at = usize::try_from(tail_address.0 - 8192).unwrap();
        assert_eq!((at, tail.len()), (16 + 24, 32 + 16), "one object and the free space's header");
        block[at..at + tail.len()].copy_from_slice(&tail);
        assert_eq!(objects(&block), [b"first".to_vec(), b"the second".to_vec()]);
    }

    #[test]
    fn a_collection_is_filled_to_its_last_byte() {
        let mut collection = Collection::new(Address(8192), SIZES);
        assert_eq!(collection.push(&[7; 4096 - 16 - 16 - 16 - 8], 16, SIZES), Some(1));
        assert_eq!(collection.push(&[8; 9], 16, SIZES), None);
        assert_eq!(collection.push(&[8; 8], 16, SIZES), Some(2));
        let (_, block) = collection.block(16, SIZES);
        assert_eq!(block.len(), 4096);
        assert_eq!(objects(&block)[1], [8; 8]);
    }

    #[test]
    fn a_header_crosses_no_sector_where_power_cuts_count() {
        for (object, room) in [(480, true), (488, false), (496, true)] {
            let mut collection = Collection::new(Address(4096), SIZES);
            collection.push(&vec![1; object - 16], 16, SIZES).unwrap();
            // The free space's header begins 16 bytes after the object's length.
            collection.commit(0, 16, true);
            assert_eq!(collection.push(b"next", 16, SIZES).is_some(), room, "an object of {object} bytes");
        }
    }

    #[test]
    fn a_tail_crosses_no_page() {
        let mut collection = Collection::new(Address(4096), SIZES);
        collection.push(&[1; 1000], 16, SIZES).unwrap();
        // With a user block of 512 bytes the page ends 512 bytes before the collection does.
        collection.commit(512, 16, false);
        assert_eq!(collection.push(&[2; 2521], 16, SIZES), None);
        assert_eq!(collection.push(&[2; 2520], 16, SIZES), Some(2));
        let (tail, block) = collection.block(16, SIZES);
        assert_eq!((512 + tail.0 + block.len() as u64) % 4096, 0);
    }
}
