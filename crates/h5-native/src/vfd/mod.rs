//! Storage drivers: where the bytes of a file are.
//!
//! A driver is positional and shared: every method takes `&self`, and any number of threads may call at once. What is read
//! must not depend on which driver reads it.

mod buffer;
mod companion;
mod family;
mod family_pattern;
mod file;
#[cfg(feature = "mmap")]
mod map;
mod memory;
mod multi;
mod seek;

use std::fmt::Debug;
use std::io;
use std::sync::Arc;

pub use buffer::BufferVfd;
pub use family::FamilyVfd;
pub use family_pattern::FamilyPattern;
pub use file::FileVfd;
#[cfg(feature = "mmap")]
pub use map::MapVfd;
pub use memory::MemoryVfd;
pub use multi::MultiVfd;
pub use seek::SeekVfd;

/// Whether there are no files but those that a program hands over as drivers, as in a browser's page: what opens others is not compiled
/// in then.
pub(crate) const NO_FILES: bool = cfg!(all(h5_read_only, target_family = "wasm", target_os = "unknown"));

/// A virtual file driver: positional reads from some storage, and writes where it takes them.
pub trait Vfd: Send + Sync + Debug {
    /// Current length in bytes.
    ///
    /// # Errors
    /// Whatever the storage reports.
    fn len(&self) -> io::Result<u64>;

    /// True if there are no bytes.
    ///
    /// # Errors
    /// As [`Vfd::len`].
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Fills `buffer` with the bytes from `offset` on. May read fewer bytes than asked for, as `Read::read` may; 0 means the end.
    ///
    /// # Errors
    /// Whatever the storage reports.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// The whole storage as one slice, where it is in memory already. `None` otherwise, and always for a storage that is written.
    fn as_slice(&self) -> Option<&[u8]>;

    /// Writes bytes from `offset` on, as many as it can; what lies between the old end and `offset` reads as zeros. A write of less
    /// than a page that crosses no page boundary happens as a whole or not at all, as far as other processes see.
    ///
    /// # Errors
    /// Whatever the storage reports; `Unsupported` if it is only read.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let _ = (offset, bytes);
        Err(read_only())
    }

    /// Makes the storage that long; new bytes read as zeros.
    ///
    /// # Errors
    /// As [`Vfd::write_at`].
    fn set_len(&self, length: u64) -> io::Result<()> {
        let _ = length;
        Err(read_only())
    }

    /// Returns once all that was written survives a power cut.
    ///
    /// # Errors
    /// As [`Vfd::write_at`]. What was written since the last success may then be lost, whatever a later call says.
    fn sync(&self) -> io::Result<()> {
        Err(read_only())
    }

    /// A second storage beside this one, for the record of a commit that a power cut may tear
    /// (`spec-notes/decisions/0004-commit-protocol.md`): the one that is there, for reading, or, with `create`, a new one to write to.
    /// `None` if none is there, or the driver has no place for one: then `Durability::Full` does without it. A `sync` of what was created
    /// makes it survive a power cut as a whole, its name too.
    ///
    /// # Errors
    /// With `create`, `AlreadyExists` if one is there. Whatever the storage reports.
    fn companion(&self, create: bool) -> io::Result<Option<Arc<dyn Vfd>>> {
        let _ = create;
        Ok(None)
    }

    /// Removes the companion, if there is one. No power cut brings it back once this returns.
    ///
    /// # Errors
    /// Whatever the storage reports.
    fn remove_companion(&self) -> io::Result<()> {
        Ok(())
    }
}

fn read_only() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "this storage is only read")
}

/// Writes the whole of `bytes`.
///
/// # Errors
/// `WriteZero` if the storage takes no more; else whatever it reports.
pub fn write_all_at(vfd: &dyn Vfd, offset: u64, bytes: &[u8]) -> io::Result<()> {
    let mut written = 0_usize;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        let at = offset.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        match vfd.write_at(at, rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => written = written.saturating_add(count.min(rest.len())),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Does what happens as a whole (a change of length, a sync) again until no signal interrupts it.
///
/// # Errors
/// Whatever the operation reports otherwise.
pub(crate) fn uninterrupted(operation: impl Fn() -> io::Result<()>) -> io::Result<()> {
    loop {
        match operation() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Fills the whole of `buffer`.
///
/// # Errors
/// `UnexpectedEof` if the storage ends before; else whatever it reports.
pub fn read_exact_at(vfd: &dyn Vfd, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    let filled = read_up_to(vfd, offset, buffer)?;
    if filled == buffer.len() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Fills as much of `buffer` as the storage has; returns how much that is.
///
/// # Errors
/// Whatever the storage reports.
pub fn read_up_to(vfd: &dyn Vfd, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0_usize;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let at = offset.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
        match vfd.read_at(at, rest) {
            Ok(0) => break,
            Ok(count) => filled = filled.saturating_add(count.min(rest.len())),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
