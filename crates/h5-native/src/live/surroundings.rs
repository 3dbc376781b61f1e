//! What a live reader needs beside the bytes of the file.

use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use h5_types::Locking;

use crate::backend::lock;
use crate::vfd::{FileVfd, Vfd};

/// Time, and what is told of a file's state without reading it: of the operating system, or of a simulation of it.
pub trait Surroundings: Send + Sync + Debug {
    /// A number that is another one once the file was written, as far as can be told.
    ///
    /// # Errors
    /// Whatever the storage reports.
    fn fingerprint(&self) -> io::Result<u64>;

    /// True if a writer is known to have the file open. Asked only where one seems to have ended in the middle of a commit.
    fn has_writer(&self) -> bool;

    /// Waits.
    fn sleep(&self, time: Duration);
}

/// A file of the operating system: its length and when it was written, and the time of day.
#[derive(Debug)]
pub(super) struct SystemFile {
    pub(super) vfd: Arc<FileVfd>,
    pub(super) locking: Locking,
}

impl Surroundings for SystemFile {
    fn fingerprint(&self) -> io::Result<u64> {
        let metadata = self.vfd.file().metadata()?;
        let mut hasher = DefaultHasher::new();
        (metadata.len(), metadata.modified().ok()).hash(&mut hasher);
        Ok(hasher.finish())
    }

    fn has_writer(&self) -> bool {
        lock::has_writer(self.vfd.file(), self.locking)
    }

    fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }
}

/// A storage with what a live reader needs beside it.
#[derive(Debug, Clone)]
pub(super) struct LiveStorage {
    pub(super) vfd: Arc<dyn Vfd>,
    pub(super) surroundings: Arc<dyn Surroundings>,
}
