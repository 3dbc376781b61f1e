use h5_format::local_heap::LocalHeap;
use h5_types::{Address, Error, Result};

use crate::walk::at;
use crate::{Metadata, Storage};

/// Bytes that are read at first where a name of unknown length begins: most names are shorter.
const FIRST_READ_BYTES: u64 = 64;

/// Names in a local heap (specification III.D). Reads only the names asked for, never the whole data segment.
#[derive(Debug, Clone)]
pub struct LocalHeapReader {
    heap: LocalHeap,
    address: Address,
}

impl LocalHeapReader {
    /// Reads the header at `address`.
    ///
    /// # Errors
    /// `Format` if there is no valid header, or its data segment is not in the file; `Io`.
    pub fn open(storage: &Storage, address: Address) -> Result<Self> {
        let sizes = storage.sizes();
        let bytes = storage.metadata(address, LocalHeap::bytes(sizes))?;
        let heap = LocalHeap::decode(&bytes, sizes).map_err(at(address))?;
        let reader = Self { heap, address };
        let end = reader.heap.data_segment_address.0.checked_add(reader.heap.data_segment_bytes);
        if end.is_none_or(|end| end > storage.length()) {
            return Err(reader.error("the data segment reaches past the end of the file".into()));
        }
        Ok(reader)
    }

    /// The decoded header.
    pub fn header(&self) -> &LocalHeap {
        &self.heap
    }

    /// The text at `offset` of the data segment, up to its NUL, which is not returned.
    ///
    /// # Errors
    /// `Format` if the text does not lie in the data segment, `Limit` if it is too long, `Io`.
    pub fn text<'s>(&self, storage: &'s Storage, offset: u64) -> Result<HeapText<'s>> {
        let room = self.heap.data_segment_bytes.checked_sub(offset).filter(|&room| room > 0);
        let start = self.heap.data_segment_address.0.checked_add(offset);
        let (Some(room), Some(start)) = (room, start) else {
            return Err(self.error(format!("offset {offset} is past the end of the data segment")));
        };
        let mut length = FIRST_READ_BYTES.min(room);
        loop {
            let bytes = storage.metadata(Address(start), length)?;
            if let Some(end) = bytes.iter().position(|&byte| byte == 0) {
                return Ok(HeapText { bytes, end });
            }
            if length == room {
                return Err(self.error(format!("the text at offset {offset} has no end")));
            }
            length = length.saturating_mul(8).min(room);
        }
    }

    fn error(&self, message: String) -> Error {
        Error::format(message).in_structure("local heap", "III.D").at_address(self.address.0)
    }
}

/// A text in a local heap.
#[derive(Debug, Clone)]
pub struct HeapText<'s> {
    bytes: Metadata<'s>,
    end: usize,
}

impl std::ops::Deref for HeapText<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.end).unwrap_or_default()
    }
}
