//! A driver whose storage fails at a moment that the test chooses.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use h5_native::vfd::Vfd;

/// How an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The device fails; nothing was written.
    Device,
    /// The disk is full; nothing was written.
    Full,
    /// A signal came; to be tried again.
    Interrupted,
    /// Half of the bytes are written, which is no error. What writes no bytes happens as a whole.
    Short,
    /// Half of the bytes are written, then the device fails.
    ShortThenDevice,
}

/// Which operations fail, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The first one, counted from 0 over writes, changes of length and syncs together, of the file and of what is beside it, and the
    /// making of that.
    pub at: u64,
    /// How it fails.
    pub kind: FaultKind,
    /// Whether all later ones fail too. Signals and short writes end: they would be tried again for ever.
    pub lasting: bool,
}

/// A driver that fails as it was told.
#[derive(Debug)]
pub struct FaultyVfd {
    inner: Arc<dyn Vfd>,
    fault: Fault,
    operations: Arc<AtomicU64>,
}

impl FaultKind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Device, Self::Full, Self::Interrupted, Self::Short, Self::ShortThenDevice];

    /// True if the writer has to go on as if nothing had happened.
    pub fn is_harmless(self) -> bool {
        matches!(self, Self::Interrupted | Self::Short)
    }
}

impl FaultyVfd {
    /// A driver over another one.
    pub fn new(inner: Arc<dyn Vfd>, fault: Fault) -> Self {
        Self { inner, fault, operations: Arc::default() }
    }

    /// Operations so far, those that failed too.
    pub fn operations(&self) -> u64 {
        self.operations.load(Ordering::Relaxed)
    }

    /// How the operation that begins now fails, if it does.
    fn next(&self) -> Option<FaultKind> {
        let number = self.operations.fetch_add(1, Ordering::Relaxed);
        let lasting = self.fault.lasting && !self.fault.kind.is_harmless();
        (number == self.fault.at || lasting && number > self.fault.at).then_some(self.fault.kind)
    }

    /// An operation that happens as a whole or not at all.
    fn whole<T>(&self, operation: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self.next() {
            None | Some(FaultKind::Short) => operation(),
            Some(kind) => Err(error(kind)),
        }
    }
}

impl Vfd for FaultyVfd {
    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read_at(offset, buffer)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let half = bytes.len().div_ceil(2);
        // Where nothing can be put back, the contract of `Vfd::write_at` counts: what lies in one page is written whole or not at all.
        let torn = self.fault.lasting && !self.fault.kind.is_harmless();
        let half = if torn { whole_pages(offset, half) } else { half };
        let half = bytes.get(..half).unwrap_or(bytes);
        match self.next() {
            None => self.inner.write_at(offset, bytes),
            Some(FaultKind::Short) => self.inner.write_at(offset, half),
            Some(kind @ FaultKind::ShortThenDevice) => {
                self.inner.write_at(offset, half)?;
                Err(error(kind))
            }
            Some(kind) => Err(error(kind)),
        }
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.whole(|| self.inner.set_len(length))
    }

    fn sync(&self) -> io::Result<()> {
        self.whole(|| self.inner.sync())
    }

    fn companion(&self, create: bool) -> io::Result<Option<Arc<dyn Vfd>>> {
        let make = || self.inner.companion(create);
        let companion = match create {
            // The operating system's own calls try again after a signal.
            true if self.fault.kind != FaultKind::Interrupted => self.whole(make)?,
            _ => make()?,
        };
        let beside = |inner| Self { inner, fault: self.fault, operations: Arc::clone(&self.operations) };
        Ok(companion.map(|inner| Arc::new(beside(inner)) as Arc<dyn Vfd>))
    }

    fn remove_companion(&self) -> io::Result<()> {
        self.inner.remove_companion()
    }
}

/// How many of `length` bytes from `offset` on lie before the last page boundary among them.
fn whole_pages(offset: u64, length: usize) -> usize {
    let end = offset.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
    let boundary = end & !PAGE_BYTES.saturating_sub(1);
    usize::try_from(boundary.saturating_sub(offset)).unwrap_or(length)
}

fn error(kind: FaultKind) -> io::Error {
    match kind {
        FaultKind::Full => io::ErrorKind::StorageFull.into(),
        FaultKind::Interrupted => io::ErrorKind::Interrupted.into(),
        _ => io::Error::other("the device failed"),
    }
}

const PAGE_BYTES: u64 = 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use h5_native::vfd::{BufferVfd, write_all_at};

    fn faulty(at: u64, kind: FaultKind, lasting: bool) -> (Arc<BufferVfd>, FaultyVfd) {
        let buffer = Arc::new(BufferVfd::default());
        let vfd = FaultyVfd::new(Arc::clone(&buffer) as Arc<dyn Vfd>, Fault { at, kind, lasting });
        (buffer, vfd)
    }

    #[test]
    fn a_short_write_is_continued_and_a_signal_tried_again() {
        for kind in [FaultKind::Short, FaultKind::Interrupted] {
            let (buffer, vfd) = faulty(0, kind, false);
            write_all_at(&vfd, 0, b"abcd").unwrap();
            assert_eq!((buffer.to_bytes().as_slice(), vfd.operations()), (&b"abcd"[..], 2));
        }
    }

    #[test]
    fn a_fault_comes_once_or_lasts() {
        let (buffer, vfd) = faulty(1, FaultKind::ShortThenDevice, false);
        assert!(write_all_at(&vfd, 0, b"abcd").is_ok());
        assert!(write_all_at(&vfd, 4, b"efgh").is_err());
        assert_eq!(buffer.to_bytes(), b"abcdef");
        assert!(vfd.sync().is_ok());
        let (buffer, vfd) = faulty(0, FaultKind::ShortThenDevice, true);
        assert!(vfd.write_at(4000, &[1; 300]).is_err());
        assert_eq!(buffer.to_bytes().len(), 4096);
        let (_, vfd) = faulty(0, FaultKind::Full, true);
        assert!(vfd.sync().is_err() && vfd.set_len(1).is_err() && vfd.write_at(0, b"a").is_err());
    }
}
