//! Space and blocks of a session: what is allocated, given back, and laid over the file.

use std::sync::atomic::Ordering;

use h5_types::{Address, Result};

use super::Session;
use crate::options::Barrier;
use crate::write::space::SpaceKind;

/// Metadata that waits in memory before it is written ahead of the commit. It is out of the readers' sight all the same.
const STAGED_BYTES: u64 = 4 << 20;

impl Session {
    /// Space that nobody uses. What is written there is seen by nobody before a stable block leads there.
    ///
    /// # Errors
    /// `Limit` if the file is full.
    pub(crate) fn allocate(&mut self, kind: SpaceKind, length: u64) -> Result<Address> {
        self.dirty = true;
        if self.readers.load(Ordering::Acquire) == 0 {
            self.quiesce();
        }
        let address = self.space.allocate(kind, length)?;
        self.core.storage().set_length(self.space.end());
        Ok(address)
    }

    /// Gives space back; from the next commit on it may be used again, at once if the last commit did not use it.
    pub(crate) fn free(&mut self, address: Address, length: u64) {
        // Addresses of what an object had come from the file: what is outside of it is nothing to give back.
        if address.0.checked_add(length).is_none_or(|end| end > self.space.end()) {
            return;
        }
        self.dirty = true;
        let readers = self.readers.load(Ordering::Acquire) > 0;
        if self.staged.contains_key(&address.0) {
            if readers {
                self.doomed.push(address);
            } else {
                self.unstage(address);
            }
        }
        self.forget_patches(address, length);
        if self.is_fresh(address) {
            self.order.forget(address);
        }
        if self.options.keeps(Barrier::B5) {
            self.space.free(address, length, readers);
        } else {
            self.space.known_free(address.0, length);
        }
    }

    /// Patches of a block that is not used any more.
    fn forget_patches(&mut self, address: Address, length: u64) {
        let end = address.0.saturating_add(length);
        while let Some((&patch, _)) = self.late.range(address.0..end).next() {
            self.late.remove(&patch);
            self.core.storage().unstage(Address(patch));
        }
    }

    /// A new metadata block.
    ///
    /// # Errors
    /// As [`Session::allocate`].
    pub(crate) fn put(&mut self, kind: SpaceKind, block: Vec<u8>) -> Result<Address> {
        let address = self.allocate(kind, u64::try_from(block.len()).unwrap_or(u64::MAX))?;
        self.stage(address, block);
        Ok(address)
    }

    /// A metadata block in the place of another, which is `old_length` long: at the same address if nobody can know that one yet, else
    /// elsewhere. Whoever leads to it has to be told.
    ///
    /// # Errors
    /// As [`Session::allocate`].
    pub(crate) fn replace(&mut self, old: Address, old_length: u64, block: Vec<u8>) -> Result<Address> {
        let same = u64::try_from(block.len()) == Ok(old_length);
        if same && self.space.is_fresh(old) && self.readers.load(Ordering::Acquire) == 0 {
            self.stage(old, block);
            return Ok(old);
        }
        self.free(old, old_length);
        self.put(SpaceKind::Metadata, block)
    }

    /// A block at an address of its own: a fresh one, or a stable one that the commit will replace by one write.
    pub(crate) fn stage(&mut self, address: Address, block: Vec<u8>) {
        self.dirty = true;
        let length = u64::try_from(block.len()).unwrap_or(u64::MAX);
        let before = self.staged.insert(address.0, length);
        self.staged_bytes = self.staged_bytes.saturating_sub(before.unwrap_or(0)).saturating_add(length);
        self.core.storage().stage(address, block);
    }

    /// Writes raw data into fresh space, or over raw data that the caller may overwrite.
    ///
    /// # Errors
    /// `Io`; the session has failed then.
    pub(crate) fn write_raw(&mut self, address: Address, bytes: &[u8]) -> Result<()> {
        self.dirty = true;
        let written = self.core.storage().write_raw(address, bytes);
        written.inspect_err(|error| self.failure = Some(error.to_string()))
    }

    /// Bytes that no reader follows (sibling addresses of a B-tree node), to be patched in place once all else is published. Whoever reads
    /// their block, which must not be staged as a whole, sees them at once.
    pub(crate) fn patch_late(&mut self, address: Address, bytes: Vec<u8>) {
        self.dirty = true;
        self.core.storage().stage(address, bytes.clone());
        self.late.insert(address.0, bytes);
    }

    /// True if the last commit does not use this byte.
    pub(crate) fn is_fresh(&self, address: Address) -> bool {
        self.space.is_fresh(address)
    }

    /// Writes fresh blocks ahead of the commit where they would take much memory.
    ///
    /// # Errors
    /// `Io`; the session has failed then.
    pub(in crate::write) fn write_if_much_is_staged(&mut self) -> Result<()> {
        if self.staged_bytes <= self.waiting_bytes.saturating_add(STAGED_BYTES) {
            return Ok(());
        }
        self.write_fresh().inspect_err(|error| self.failure = Some(error.to_string()))?;
        self.waiting_bytes = self.staged_bytes;
        Ok(())
    }

    /// Takes all staged blocks of an address class away, after they were written.
    pub(in crate::write) fn written(&mut self, addresses: &[u64]) {
        for &address in addresses {
            self.unstage(Address(address));
        }
    }

    /// Whether a staged block was given up, and is only there for who may be reading it.
    pub(in crate::write) fn is_doomed(&self, address: Address) -> bool {
        self.doomed.contains(&address)
    }

    fn unstage(&mut self, address: Address) {
        if let Some(length) = self.staged.remove(&address.0) {
            self.staged_bytes = self.staged_bytes.saturating_sub(length);
            self.waiting_bytes = self.waiting_bytes.min(self.staged_bytes);
            self.core.storage().unstage(address);
        }
    }

    /// Nobody reads, and nobody can begin to while the session is changed: what waited for that is done.
    fn quiesce(&mut self) {
        for address in std::mem::take(&mut self.doomed) {
            self.unstage(address);
        }
        self.space.no_readers();
    }
}
