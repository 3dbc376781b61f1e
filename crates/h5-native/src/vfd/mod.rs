//! Storage drivers: where the bytes of a file are.
//!
//! A driver is positional and shared: every method takes `&self`, and any number of threads may call at once. What is read
//! must not depend on which driver reads it.

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

pub use family::FamilyVfd;
pub use family_pattern::FamilyPattern;
pub use file::FileVfd;
#[cfg(feature = "mmap")]
pub use map::MapVfd;
pub use memory::MemoryVfd;
pub use multi::MultiVfd;
pub use seek::SeekVfd;

/// A virtual file driver: positional reads from some storage.
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

    /// The whole storage as one slice, where it is in memory already. `None` otherwise.
    fn as_slice(&self) -> Option<&[u8]>;
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
