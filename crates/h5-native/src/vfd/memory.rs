use std::io;
use std::path::Path;
use std::sync::Arc;

use super::Vfd;
use super::companion::{CompanionPath, of_path};

/// A file whose bytes are in memory.
#[derive(Debug)]
pub struct MemoryVfd<B> {
    bytes: B,
    /// Of a file that was read into memory.
    companion: Option<CompanionPath>,
}

impl<B: AsRef<[u8]> + Send + Sync + std::fmt::Debug> MemoryVfd<B> {
    /// Takes over the bytes (`Vec<u8>`, `Arc<[u8]>`, `&'static [u8]`, ...).
    pub fn new(bytes: B) -> Self {
        Self { bytes, companion: None }
    }
}

impl MemoryVfd<Vec<u8>> {
    /// Reads a file as a whole. What is beside it is found too.
    ///
    /// # Errors
    /// Whatever the operating system reports.
    pub fn read(path: &Path) -> io::Result<Self> {
        Ok(Self { bytes: std::fs::read(path)?, companion: Some(CompanionPath::of(path)) })
    }
}

impl<B: AsRef<[u8]> + Send + Sync + std::fmt::Debug> Vfd for MemoryVfd<B> {
    fn len(&self) -> io::Result<u64> {
        Ok(u64::try_from(self.bytes.as_ref().len()).unwrap_or(u64::MAX))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(copy_from(self.bytes.as_ref(), offset, buffer))
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(self.bytes.as_ref())
    }

    fn companion(&self, create: bool) -> io::Result<Option<Arc<dyn Vfd>>> {
        if create { Ok(None) } else { of_path(self.companion.as_ref(), false) }
    }
}

/// Copies what there is at `offset`.
pub(super) fn copy_from(bytes: &[u8], offset: u64, buffer: &mut [u8]) -> usize {
    let rest = usize::try_from(offset).ok().and_then(|start| bytes.get(start..)).unwrap_or_default();
    let count = rest.len().min(buffer.len());
    if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
        to.copy_from_slice(from);
    }
    count
}
