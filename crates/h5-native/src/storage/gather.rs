use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::pages::PageCache;
use crate::vfd::{self, Vfd};

/// Short pieces of raw data on their way to the driver: those that lie side by side go there together, since each write costs much
/// more than its bytes. Everyone who reads or writes through the storage meets the file as if they were there already.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    run: Mutex<Run>,
    /// Whether anything waits, which is found out without the lock.
    waits: AtomicBool,
    /// Why bytes could not be written that somebody believes to be. Nothing goes on then, even where the driver has recovered.
    failure: OnceLock<String>,
}

/// Where bytes go: the driver, and the pages that were read from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Driver<'s> {
    pub(super) vfd: &'s dyn Vfd,
    pub(super) pages: &'s PageCache,
    /// Bytes that it has at least.
    pub(super) length: &'s AtomicU64,
}

/// Bytes that lie side by side.
#[derive(Debug, Default)]
struct Run {
    offset: u64,
    bytes: Vec<u8>,
}

/// Pieces of at least that many bytes are not gathered.
pub(super) const LARGE_BYTES: usize = 64 << 10;
/// Bytes that are written together. They stay in a core's own cache.
const RUN_BYTES: usize = 256 << 10;

impl Gathered {
    /// Takes a piece, which goes to the driver with its neighbours: soon, or before somebody looks at it.
    ///
    /// # Errors
    /// Whatever the driver reports of what has waited so far, now and ever after.
    pub(super) fn put(&self, driver: Driver<'_>, offset: u64, piece: &[u8]) -> io::Result<()> {
        let mut run = self.lock();
        if run.end() != Some(offset) || run.bytes.len().saturating_add(piece.len()) > RUN_BYTES {
            self.write(&mut run, driver)?;
            run.offset = offset;
        }
        run.bytes.extend_from_slice(piece);
        self.waits.store(true, Ordering::Release);
        Ok(())
    }

    /// Writes what waits, if it has a byte of that range.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub(super) fn write_touched(&self, driver: Driver<'_>, offset: u64, length: usize) -> io::Result<()> {
        if !self.waits() {
            return Ok(());
        }
        let mut run = self.lock();
        let end = offset.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        if run.end().is_some_and(|run_end| offset < run_end && run.offset < end) {
            self.write(&mut run, driver)?;
        }
        Ok(())
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub(super) fn write_all(&self, driver: Driver<'_>) -> io::Result<()> {
        if self.waits() { self.write(&mut self.lock(), driver) } else { Ok(()) }
    }

    /// Nothing ever waits in builds for reading only, which the optimizer sees.
    fn waits(&self) -> bool {
        !cfg!(h5_read_only) && self.waits.load(Ordering::Acquire)
    }

    /// Why bytes that waited could not be written, if so.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    fn write(&self, run: &mut Run, driver: Driver<'_>) -> io::Result<()> {
        if let Some(reason) = self.failure() {
            return Err(io::Error::other(reason.to_owned()));
        }
        if !run.bytes.is_empty() {
            let written = driver.write(run.offset, &run.bytes);
            written.inspect_err(|error| drop(self.failure.set(error.to_string())))?;
            run.bytes.clear();
        }
        self.waits.store(false, Ordering::Release);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Driver<'_> {
    /// Writes bytes. Pages that hold them are as they are now; if it fails they are read again, since a part may have been written.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub(super) fn write(self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = vfd::write_all_at(self.vfd, offset, bytes) {
            self.pages.forget(offset, bytes.len());
            return Err(error);
        }
        self.pages.written(offset, bytes);
        let end = offset.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.length.fetch_max(end, Ordering::Relaxed);
        Ok(())
    }
}

impl Run {
    /// First offset behind the bytes; `None` while there are none.
    fn end(&self) -> Option<u64> {
        if self.bytes.is_empty() {
            return None;
        }
        self.offset.checked_add(u64::try_from(self.bytes.len()).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfd::BufferVfd;

    #[test]
    fn neighbours_wait_for_each_other_and_nobody_else() {
        let (vfd, pages, gathered) = (BufferVfd::default(), PageCache::default(), Gathered::default());
        let length = AtomicU64::new(0);
        let driver = Driver { vfd: &vfd, pages: &pages, length: &length };
        gathered.put(driver, 0, &[1; 2]).unwrap();
        gathered.put(driver, 2, &[2; 2]).unwrap();
        assert_eq!(vfd.to_bytes(), []);
        gathered.put(driver, 6, &[3; 1]).unwrap();
        assert_eq!(vfd.to_bytes(), [1, 1, 2, 2]);
        gathered.write_touched(driver, 0, 6).unwrap();
        assert_eq!(vfd.to_bytes(), [1, 1, 2, 2]);
        gathered.write_touched(driver, 0, 7).unwrap();
        assert_eq!(vfd.to_bytes(), [1, 1, 2, 2, 0, 0, 3]);
    }

    #[test]
    fn a_piece_over_one_that_waits_comes_after_it() {
        let (vfd, pages, gathered) = (BufferVfd::default(), PageCache::default(), Gathered::default());
        let length = AtomicU64::new(0);
        let driver = Driver { vfd: &vfd, pages: &pages, length: &length };
        gathered.put(driver, 0, &[1; 4]).unwrap();
        gathered.put(driver, 1, &[2; 2]).unwrap();
        gathered.write_all(driver).unwrap();
        assert_eq!(vfd.to_bytes(), [1, 2, 2, 1]);
    }

    #[test]
    fn pages_that_were_read_before_are_read_again() {
        let (vfd, pages, gathered) = (BufferVfd::new(vec![0; 8]), PageCache::default(), Gathered::default());
        let length = AtomicU64::new(0);
        let driver = Driver { vfd: &vfd, pages: &pages, length: &length };
        gathered.put(driver, 4, &[1; 4]).unwrap();
        assert_eq!(&*pages.read(&vfd, 0, 8).unwrap(), [0; 8]);
        gathered.write_all(driver).unwrap();
        assert_eq!(&*pages.read(&vfd, 0, 8).unwrap(), [0, 0, 0, 0, 1, 1, 1, 1]);
        assert_eq!(length.into_inner(), 8);
    }
}
