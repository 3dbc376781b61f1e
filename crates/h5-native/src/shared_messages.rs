//! Heaps of shared object header messages (specification III.I).

use std::sync::{Arc, Mutex, PoisonError};

use h5_types::{Address, Result};

use crate::heap::FractalHeap;
use crate::object::FileCore;

/// Heaps that are kept open: the library makes no file with more indexes of shared messages.
const HEAPS: usize = 8;

/// The heaps of a file's shared messages, each opened when it is first asked for. May be shared by threads.
#[derive(Debug, Default)]
pub struct SharedMessageHeaps {
    heaps: Mutex<Vec<(Address, Arc<FractalHeap>)>>,
}

impl SharedMessageHeaps {
    /// The body of the message that `id` names in the heap at `address`, which [`FileCore::shared_message_heap`] finds by the type
    /// of the message.
    ///
    /// # Errors
    /// `Format` if the heap or the ID is invalid, `Limit`, `Io`.
    pub fn read(&self, core: &FileCore, address: Address, id: &[u8]) -> Result<Vec<u8>> {
        let heap = self.heap(core, address)?;
        Ok(heap.object(core.storage(), id)?.to_vec())
    }

    fn heap(&self, core: &FileCore, address: Address) -> Result<Arc<FractalHeap>> {
        let find = |heaps: &[(Address, Arc<FractalHeap>)]| {
            heaps.iter().find(|(at, _)| *at == address).map(|(_, heap)| Arc::clone(heap))
        };
        if let Some(heap) = find(&self.heaps.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(heap);
        }
        let heap = Arc::new(FractalHeap::open(core.storage(), address)?);
        let mut heaps = self.heaps.lock().unwrap_or_else(PoisonError::into_inner);
        if heaps.len() < HEAPS {
            heaps.push((address, Arc::clone(&heap)));
        }
        Ok(heap)
    }
}
