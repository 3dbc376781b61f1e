use std::io;
use std::sync::{PoisonError, RwLock};

use super::Vfd;
use super::memory::copy_from;

/// A file in memory that may be written; see [`MemoryVfd`](super::MemoryVfd) for one that is only read.
#[derive(Debug, Default)]
pub struct BufferVfd(RwLock<Vec<u8>>);

impl BufferVfd {
    /// Begins with these bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(RwLock::new(bytes))
    }

    /// A copy of the bytes as they are now.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Vfd for BufferVfd {
    fn len(&self) -> io::Result<u64> {
        let bytes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Ok(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(copy_from(&self.0.read().unwrap_or_else(PoisonError::into_inner), offset, buffer))
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::StorageFull)?;
        let end = start.checked_add(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        if held.len() < end {
            resize(&mut held, end)?;
        }
        if let Some(place) = held.get_mut(start..end) {
            place.copy_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).map_err(|_| io::ErrorKind::StorageFull)?;
        resize(&mut self.0.write().unwrap_or_else(PoisonError::into_inner), length)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

fn resize(bytes: &mut Vec<u8>, length: usize) -> io::Result<()> {
    bytes.try_reserve(length.saturating_sub(bytes.len())).map_err(|_| io::ErrorKind::OutOfMemory)?;
    bytes.resize(length, 0);
    Ok(())
}
