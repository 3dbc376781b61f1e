//! Shared object header messages (specification III.I): from a message's type to its index, and from there to its heap.

use std::sync::OnceLock;

use h5_format::shared_message_table::SharedMessageIndex;
use h5_types::{Address, Error, Result};

use crate::heap::FractalHeap;
use crate::walk::at;
use crate::{Metadata, Storage};

/// The file's indexes of shared messages.
#[derive(Debug)]
pub struct SharedMessages {
    address: Address,
    indexes: Vec<(SharedMessageIndex, OnceLock<FractalHeap>)>,
}

impl SharedMessages {
    /// Reads the table that the Shared Message Table message of the superblock extension names.
    ///
    /// # Errors
    /// `Format` if the table is invalid, `Io`.
    pub fn open(storage: &Storage, address: Address, indexes: u8) -> Result<Self> {
        let sizes = storage.sizes();
        let bytes = storage.metadata(address, SharedMessageIndex::table_bytes(indexes, sizes))?;
        let table = SharedMessageIndex::decode_table(&bytes, indexes, sizes).map_err(at(address))?;
        Ok(Self { address, indexes: table.into_iter().map(|index| (index, OnceLock::new())).collect() })
    }

    /// The indexes.
    pub fn indexes(&self) -> impl Iterator<Item = &SharedMessageIndex> {
        self.indexes.iter().map(|(index, _)| index)
    }

    /// The body of the message of this type (the number of the object header message) that a heap ID names.
    ///
    /// # Errors
    /// `Format` if messages of this type are not shared, or the heap or the ID is invalid; `Io`.
    pub fn message<'s>(
        &self,
        storage: &'s Storage,
        message_type: u16,
        heap_id: &[u8],
    ) -> Result<Metadata<'s>> {
        let index = self.indexes.iter().find(|(index, _)| index.holds(message_type));
        let (index, opened) =
            index.ok_or_else(|| self.error(format!("no index holds messages of type {message_type:#x}")))?;
        let heap = match opened.get() {
            Some(heap) => heap,
            None => {
                let address = index
                    .fractal_heap_address
                    .ok_or_else(|| self.error("the index of the message has no heap".into()))?;
                let heap = FractalHeap::open(storage, address)?;
                opened.get_or_init(|| heap)
            }
        };
        heap.object(storage, heap_id)
    }

    fn error(&self, message: String) -> Error {
        Error::format(message)
            .in_structure("shared object header message table", "III.I")
            .at_address(self.address.0)
    }
}
