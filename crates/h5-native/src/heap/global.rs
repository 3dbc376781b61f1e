use h5_format::global_heap::{GlobalHeapCollection, GlobalHeapId};
use h5_types::{Address, Error, Result};

use crate::walk::at;
use crate::{Metadata, Storage};

/// Collections that a reader remembers.
const COLLECTIONS: usize = 16;
/// Bytes of collections that a reader remembers; the last one it used stays, however long it is.
const COLLECTION_BYTES: usize = 8 << 20;
/// How often more than other structures collections are read: where short strings were written in random order, nearly each one
/// brings in a collection of 4 KiB.
const READS_AGAIN: u64 = 16;

/// Reads objects of the global heap (specification III.E), for one thread.
///
/// Elements of one dataset mostly follow one another in few collections: an object of the collection used last costs a comparison
/// and an index; the collections before it are remembered up to a bound.
#[derive(Debug)]
pub struct GlobalHeapReader<'s> {
    storage: &'s Storage,
    /// The collection used last is the last one.
    collections: Vec<Collection<'s>>,
    /// Bytes of collections that may still be read.
    left: u64,
}

#[derive(Debug)]
struct Collection<'s> {
    address: Address,
    bytes: Metadata<'s>,
    objects: GlobalHeapCollection,
}

impl<'s> GlobalHeapReader<'s> {
    /// A reader that remembers nothing yet.
    pub fn new(storage: &'s Storage) -> Self {
        let most = storage.limits().repeated_bytes(storage.length());
        Self { storage, collections: Vec::new(), left: most.saturating_mul(READS_AGAIN) }
    }

    /// The bytes of an object.
    ///
    /// # Errors
    /// `Format` if the collection is invalid or has no such object, `Limit` if it is too long, `Io`.
    pub fn object(&mut self, id: GlobalHeapId) -> Result<&[u8]> {
        if self.collections.last().is_none_or(|last| last.address != id.collection_address) {
            self.bring_to_end(id.collection_address)?;
        }
        let missing = || {
            let message = format!("no object {} in the collection", id.object_index);
            Error::format(message)
                .in_structure("global heap collection", "III.E")
                .at_address(id.collection_address.0)
        };
        let collection = self.collections.last().ok_or_else(missing)?;
        let range = collection.objects.object(id.object_index).ok_or_else(missing)?;
        collection.bytes.get(range).ok_or_else(missing)
    }

    /// Makes the collection at `address` the last one.
    fn bring_to_end(&mut self, address: Address) -> Result<()> {
        if let Some(found) = self.collections.iter().position(|c| c.address == address) {
            let collection = self.collections.remove(found);
            self.collections.push(collection);
            return Ok(());
        }
        let collection = self.read(address)?;
        let mut bytes = collection.bytes.len();
        self.collections.push(collection);
        // The newest that fit stay; those before them go.
        let mut keep = 1_usize;
        for older in self.collections.iter().rev().skip(1) {
            bytes = bytes.saturating_add(older.bytes.len());
            if keep >= COLLECTIONS || bytes > COLLECTION_BYTES {
                break;
            }
            keep = keep.saturating_add(1);
        }
        let drop = self.collections.len().saturating_sub(keep);
        self.collections.drain(..drop);
        Ok(())
    }

    fn read(&mut self, address: Address) -> Result<Collection<'s>> {
        let sizes = self.storage.sizes();
        let header_bytes = u64::try_from(GlobalHeapCollection::header_bytes(sizes)).unwrap_or(u64::MAX);
        let header = self.storage.metadata(address, header_bytes)?;
        let length = GlobalHeapCollection::collection_bytes(&header, sizes).map_err(at(address))?;
        self.left = self.left.checked_sub(length).ok_or_else(|| {
            let message = "its collections are read over and over: elements refer to them in no order";
            Error::limit(message).in_structure("global heap collection", "III.E").at_address(address.0)
        })?;
        let bytes = self.storage.metadata(address, length)?;
        let objects = GlobalHeapCollection::decode(&bytes, sizes).map_err(at(address))?;
        Ok(Collection { address, bytes, objects })
    }
}
