//! The one module of the crate with unsafe code.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;

use super::Vfd;
use super::companion::{CompanionPath, of_path};

/// A file mapped into memory.
///
/// Chosen by the caller, never by default: if another process shortens the file while it is mapped, the operating system ends
/// this one.
#[derive(Debug)]
pub struct MapVfd {
    map: Mmap,
    companion: CompanionPath,
}

impl MapVfd {
    /// Maps a file.
    ///
    /// # Errors
    /// Whatever the operating system reports.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        // SAFETY: the map is read-only and private to this value. Another process can change the bytes under it; all code above
        // treats them as hostile and reads each length before it uses it, so that a change gives an error or other values, not
        // undefined behaviour of ours. Shortening the file is the caller's risk, as the type's documentation says.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self { map, companion: CompanionPath::of(path) })
    }
}

impl Vfd for MapVfd {
    fn len(&self) -> io::Result<u64> {
        Ok(u64::try_from(self.map.len()).unwrap_or(u64::MAX))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(super::memory::copy_from(&self.map, offset, buffer))
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(&self.map)
    }

    fn companion(&self, create: bool) -> io::Result<Option<Arc<dyn Vfd>>> {
        if create { Ok(None) } else { of_path(Some(&self.companion), false) }
    }
}
