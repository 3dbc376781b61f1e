//! Changes of fractal heaps (specification III.G).
//!
//! All blocks hold the address of the heap's header, which therefore never moves: it is a stable block. Whatever holds IDs of new objects
//! must be published after it. Every other block is replaced, never overwritten.
//!
//! An index that is published after the heap's header, or never, still holds the IDs of removed objects. So their bytes are given back only
//! once a commit has made the removal part of the file; see [`Removals`].

mod delete;
mod huge;
mod indirect;
mod manager;
mod removals;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use h5_format::fractal_heap::{
    DirectBlock, DirectBlockEntry, DoublingTable, FractalHeapHeader, HeapId, HugeObject,
};
use h5_types::{Address, Error, Result};

use self::indirect::Tree;
use self::manager::Manager;
use self::removals::Removal;
pub(super) use self::removals::{Removals, give_back};
use super::btree_v2;
use super::free_list::FreeList;
use super::session::Session;
use super::space::SpaceKind;
use crate::Storage;
use crate::heap::FractalHeap;
use crate::walk::at;

/// How a new heap is made: as the library makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeapShape {
    heap_id_length: u16,
    starting_block_bytes: u64,
    max_heap_size_bits: u16,
}

impl HeapShape {
    /// For the links of a group.
    pub(crate) const LINKS: Self =
        Self { heap_id_length: 7, starting_block_bytes: 512, max_heap_size_bits: 32 };
    /// For the attributes of an object.
    pub(crate) const ATTRIBUTES: Self =
        Self { heap_id_length: 8, starting_block_bytes: 1024, max_heap_size_bits: 40 };
}

/// Blocks in a row, bytes of the largest direct block, bytes of the longest object in it, rows of a new root indirect block.
const TABLE_WIDTH: u16 = 4;
const MAX_DIRECT_BLOCK_BYTES: u64 = 65_536;
const MAX_MANAGED_OBJECT_BYTES: u32 = 4096;
const STARTING_ROOT_ROWS: u16 = 1;
/// Flag: direct blocks have checksums.
const DIRECT_BLOCK_CHECKSUMS: u8 = 2;

/// True if a heap is of a form that this library reads and does not write: with filtered blocks, or with large objects that IDs name
/// directly. Nothing but its objects depends on the form, so that a new heap takes the place of one that is to change.
///
/// # Errors
/// `Format`, `Io`.
pub(crate) fn is_foreign(session: &Session, address: Address) -> Result<bool> {
    let heap = FractalHeap::open(session.core().storage(), address)?;
    let header = heap.header();
    let has_direct = header.huge_objects > 0 && HeapId::huge_ids_are_direct(header, session.sizes());
    Ok(header.is_filtered() || has_direct)
}

/// A heap that is being changed. What changes is in memory until [`HeapWriter::finish`]; a writer does not outlive a commit.
#[derive(Debug)]
pub(crate) struct HeapWriter {
    address: Address,
    header: FractalHeapHeader,
    prefix_bytes: u64,
    tree: Tree,
    /// Direct blocks that were loaded or are new, by their offset in the heap.
    blocks: BTreeMap<u64, Direct>,
    /// Unused bytes of direct blocks, by their offset in the heap.
    free: FreeList,
    manager: Manager,
    huge: Vec<btree_v2::Change>,
    changed: bool,
}

/// A direct block in memory.
#[derive(Debug)]
struct Direct {
    stored: Option<Address>,
    bytes: Vec<u8>,
    changed: bool,
}

impl HeapWriter {
    /// Makes an empty heap.
    ///
    /// # Errors
    /// `Limit` if the file is full.
    pub(crate) fn create(session: &mut Session, shape: &HeapShape) -> Result<Self> {
        let doubling_table = DoublingTable::new(
            TABLE_WIDTH,
            shape.starting_block_bytes,
            MAX_DIRECT_BLOCK_BYTES,
            shape.max_heap_size_bits,
        )?;
        let header = FractalHeapHeader {
            heap_id_length: shape.heap_id_length,
            flags: DIRECT_BLOCK_CHECKSUMS,
            max_managed_object_bytes: MAX_MANAGED_OBJECT_BYTES,
            next_huge_object_id: 0,
            huge_objects_b_tree_address: None,
            managed_free_bytes: 0,
            free_space_manager_address: None,
            managed_bytes: 0,
            allocated_managed_bytes: 0,
            allocation_iterator_offset: 0,
            managed_objects: 0,
            huge_bytes: 0,
            huge_objects: 0,
            tiny_bytes: 0,
            tiny_objects: 0,
            doubling_table,
            max_direct_block_bytes: MAX_DIRECT_BLOCK_BYTES,
            max_heap_size_bits: shape.max_heap_size_bits,
            starting_root_rows: STARTING_ROOT_ROWS,
            root: None,
            filter_information: None,
        };
        let block = header.encode(session.sizes())?;
        let length = u64::try_from(block.len()).unwrap_or(u64::MAX);
        let address = session.allocate(SpaceKind::Stable, length)?;
        session.stage(address, block);
        let mut heap = Self::of_header(session, address, header);
        heap.changed = true;
        Ok(heap)
    }

    /// Takes over the heap whose header is at `address`.
    ///
    /// # Errors
    /// `Format` if the header or the list of its free space is invalid, `Unsupported` if its blocks are filtered or IDs name large objects
    /// directly (see [`is_foreign`]), `Io`.
    pub(crate) fn open(session: &mut Session, address: Address) -> Result<Self> {
        if is_foreign(session, address)? {
            return Err(Error::unsupported("changing a fractal heap with filters").at_address(address.0));
        }
        let mut heap = Self::open_to_delete(session, address)?;
        removals::apply_ripe(session, &mut heap)?;
        Ok(heap)
    }

    /// Takes over any heap, of which no object will change.
    ///
    /// # Errors
    /// `Format` if the header or the list of its free space is invalid, `Io`.
    pub(crate) fn open_to_delete(session: &mut Session, address: Address) -> Result<Self> {
        let header = FractalHeap::open(session.core().storage(), address)?.header().clone();
        let mut heap = Self::of_header(session, address, header);
        heap.manager = Manager::load(session.core().storage(), &heap.header, &mut heap.free)?;
        Ok(heap)
    }

    fn of_header(session: &Session, address: Address, header: FractalHeapHeader) -> Self {
        let prefix = DirectBlock::prefix_bytes(&header, session.sizes());
        Self {
            address,
            prefix_bytes: u64::try_from(prefix).unwrap_or(u64::MAX),
            tree: Tree::of_header(&header),
            header,
            blocks: BTreeMap::new(),
            free: FreeList::default(),
            manager: Manager::default(),
            huge: Vec::new(),
            changed: false,
        }
    }

    /// Takes in an object, and returns its ID.
    ///
    /// # Errors
    /// `Limit` if the heap or the file is full, `Format` or `Io` of its blocks; `Usage` for an object without bytes, `Unsupported` for a
    /// large one if IDs name such objects directly. The heap is as before then.
    pub(crate) fn insert(&mut self, session: &mut Session, object: &[u8]) -> Result<Vec<u8>> {
        let length = u64::try_from(object.len()).unwrap_or(u64::MAX);
        if length == 0 {
            return Err(Error::usage("an object without bytes in a fractal heap"));
        }
        let sizes = session.sizes();
        let most = self.header.max_direct_block_bytes.saturating_sub(self.prefix_bytes);
        let id = if object.len() <= HeapId::max_tiny_bytes(&self.header) {
            let id = HeapId::Tiny(object).encode(&self.header, sizes)?;
            self.header.tiny_bytes = self.header.tiny_bytes.saturating_add(length);
            self.header.tiny_objects = self.header.tiny_objects.saturating_add(1);
            id
        } else if length > most.min(u64::from(self.header.max_managed_object_bytes)) {
            self.insert_huge(session, object)?
        } else {
            let offset = self.insert_managed(session.core().storage(), object, length)?;
            HeapId::Managed { offset, length }.encode(&self.header, sizes)?
        };
        self.changed = true;
        Ok(id)
    }

    /// Takes an object out. Readers of the ID find it until the next commit, and its bytes are not used again before.
    ///
    /// # Errors
    /// `Format` if the ID names no object of the heap.
    pub(crate) fn remove(&mut self, session: &mut Session, id: &[u8]) -> Result<()> {
        let removal = match HeapId::decode(id, &self.header, session.sizes()).map_err(at(self.address))? {
            HeapId::Tiny(bytes) => {
                let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                self.header.tiny_bytes = self.header.tiny_bytes.saturating_sub(length);
                self.header.tiny_objects = self.header.tiny_objects.saturating_sub(1);
                self.changed = true;
                return Ok(());
            }
            HeapId::Managed { offset, length } => {
                let end = offset.checked_add(length).filter(|&end| end <= self.header.managed_bytes);
                if end.is_none() || length == 0 || self.free.contains(offset) {
                    return Err(self.error("the ID names no object of the heap"));
                }
                Removal::Managed { offset, length }
            }
            HeapId::Huge(HugeObject::Indirect { key }) => Removal::Huge { key },
            HeapId::Huge(HugeObject::Direct { .. }) => {
                return Err(Error::unsupported("large objects that IDs of a fractal heap name directly"));
            }
        };
        if session.is_fresh(self.address) {
            self.give_back(session, removal)
        } else {
            session.heap_removals.entry(self.address).or_default().wait(removal);
            Ok(())
        }
    }

    /// Puts all changes into blocks. Returns the header's address, which stays the same for the heap's life: an object header that leads
    /// to new objects is to be published after it ([`Session::publish_before`]).
    ///
    /// # Errors
    /// `Limit` if the file is full, `Format` or `Io` of blocks on the way.
    pub(crate) fn finish(mut self, session: &mut Session) -> Result<Address> {
        if !self.changed {
            return Ok(self.address);
        }
        self.finish_huge(session)?;
        self.finish_blocks(session)?;
        self.header.free_space_manager_address = self.manager.write(session, &self.header, &self.free)?;
        session.stage(self.address, self.header.encode(session.sizes())?);
        Ok(self.address)
    }

    fn finish_blocks(&mut self, session: &mut Session) -> Result<()> {
        for (&offset, block) in self.blocks.iter().filter(|(_, block)| block.changed) {
            let objects =
                usize::try_from(self.prefix_bytes).ok().and_then(|prefix| block.bytes.get(prefix..));
            let length = u64::try_from(block.bytes.len()).unwrap_or(u64::MAX);
            let bytes = DirectBlock::encode(
                &self.header,
                self.address,
                offset,
                objects.unwrap_or_default(),
                length,
                session.sizes(),
            )?;
            let address = match block.stored {
                Some(old) => session.replace(old, length, bytes)?,
                None => session.put(SpaceKind::Metadata, bytes)?,
            };
            let entry = DirectBlockEntry { address, filtered: None };
            let context = (session.core().storage(), &self.header, self.address);
            self.tree.set_direct(context, offset, entry)?;
        }
        self.header.root = self.tree.write(session, &self.header, self.address)?;
        Ok(())
    }

    /// Puts an object where there is room, and returns its offset in the heap.
    fn insert_managed(&mut self, storage: &Storage, object: &[u8], length: u64) -> Result<u64> {
        let offset = match self.free.find(length, |start, _| Some(start)) {
            Some(offset) => offset,
            None => self.add_block(storage, length)?,
        };
        let block_offset = self.load_block(storage, offset)?;
        let start = usize::try_from(offset.saturating_sub(block_offset)).unwrap_or(usize::MAX);
        let prefix = self.prefix_bytes;
        let block = self.blocks.get_mut(&block_offset);
        let place =
            block.filter(|_| u64::try_from(start).is_ok_and(|start| start >= prefix)).and_then(|block| {
                block.changed = true;
                block.bytes.get_mut(start..start.checked_add(object.len())?)
            });
        match place {
            Some(place) => place.copy_from_slice(object),
            None => return Err(self.error("free space that is in no block")),
        }
        self.free.remove(offset, length);
        self.header.managed_free_bytes = self.header.managed_free_bytes.saturating_sub(length);
        self.header.managed_objects = self.header.managed_objects.saturating_add(1);
        Ok(offset)
    }

    /// Brings the direct block that holds an offset into memory, and returns where it begins.
    fn load_block(&mut self, storage: &Storage, offset: u64) -> Result<u64> {
        if let Some((&start, block)) = self.blocks.range(..=offset).next_back()
            && offset.saturating_sub(start) < u64::try_from(block.bytes.len()).unwrap_or(u64::MAX)
        {
            return Ok(start);
        }
        let context = (storage, &self.header, self.address);
        let (start, length, entry) = self.tree.find_direct(context, offset)?;
        let bytes = storage.metadata(entry.address, length)?;
        DirectBlock::decode(&bytes, &self.header, self.address, start, storage.sizes())
            .map_err(at(entry.address))?;
        let stored = Some(entry.address);
        self.blocks.insert(start, Direct { stored, bytes: bytes.to_vec(), changed: false });
        Ok(start)
    }

    /// Adds a direct block with room for so many bytes, and returns where they begin.
    fn add_block(&mut self, storage: &Storage, needed: u64) -> Result<u64> {
        let context = (storage, self.address, self.prefix_bytes);
        let (offset, length) = self.tree.add_direct(context, &mut self.header, needed)?;
        let too_large = || Error::limit("a heap block larger than memory");
        let bytes = vec![0; usize::try_from(length).map_err(|_| too_large())?];
        self.blocks.insert(offset, Direct { stored: None, bytes, changed: true });
        let start = offset.saturating_add(self.prefix_bytes);
        self.free.insert(start, length.saturating_sub(self.prefix_bytes));
        self.header.allocated_managed_bytes = self.header.allocated_managed_bytes.saturating_add(length);
        Ok(start)
    }

    fn error(&self, message: &'static str) -> Error {
        Error::format(message).in_structure("fractal heap", "III.G").at_address(self.address.0)
    }
}
