//! Space and blocks of a session: what is allocated, given back, and laid over the file.

use std::sync::atomic::Ordering;

use h5_types::{Address, Result};

use super::Session;
use crate::options::Barrier;
use crate::write::free_space::{Class, Part};
use crate::write::space::SpaceKind;

/// Metadata that waits in memory before it is written ahead of the commit. It is out of the readers' sight all the same.
const STAGED_BYTES: u64 = 1 << 20;

/// From so many blocks on it is faster to make a tree anew than to take them out.
const MANY_BLOCKS: usize = 64;

/// Raw data up to that length wait with the metadata, to be written together with what lies beside them.
const STAGED_RAW_BYTES: usize = 2048;

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

    /// Gives the space of metadata back; from the next commit on it may be used again, at once if the last commit did not use it.
    pub(crate) fn free(&mut self, address: Address, length: u64) {
        self.free_of(Class::Metadata, address, length);
    }

    /// As [`Session::free`], for raw data.
    pub(crate) fn free_raw(&mut self, address: Address, length: u64) {
        self.free_of(Class::Raw, address, length);
    }

    fn free_of(&mut self, class: Class, address: Address, length: u64) {
        // Addresses of what an object had come from the file: what is outside of it is nothing to give back.
        if address.0.checked_add(length).is_none_or(|end| end > self.space.end()) {
            return;
        }
        self.dirty = true;
        let readers = self.readers.load(Ordering::Acquire) > 0;
        for block in self.core.storage().staged_in(address, length) {
            self.give_up(block, address, length, readers);
        }
        self.forget_patches(address, length);
        if self.is_fresh(address) {
            self.order.forget(address);
        }
        if self.options.keeps(Barrier::B5) {
            self.space.free(class, address, length, readers);
        } else {
            self.space.free_at_once(class, address.0, length);
        }
    }

    /// Takes sections that nobody uses in a file that was just created.
    pub(crate) fn know_free(&mut self, sections: Vec<(Part, u64, u64)>) {
        for (part, address, length) in sections {
            self.space.known_free(part, address, length);
        }
    }

    /// True if blocks of so many bytes share pages with others, in a file of pages.
    pub(crate) fn is_in_pages(&self, length: u64) -> bool {
        self.space.page_bytes().is_some_and(|page| length < page)
    }

    /// A staged block of which a range is not used any more. Several chunks may be one block: what is beside the range stays.
    fn give_up(&mut self, block: Address, address: Address, length: u64, readers: bool) {
        // What is not among the blocks is a patch.
        let Some(&staged) = self.staged.get(&block.0) else { return };
        let (before, after) = (address.0.saturating_sub(block.0), address.0.saturating_add(length));
        let part = |from: u64, to: u64| {
            let bytes = self.core.storage().staged(block)?;
            let (from, to) = (usize::try_from(from).ok()?, usize::try_from(to).ok()?);
            bytes.get(from..to).filter(|part| !part.is_empty()).map(<[u8]>::to_vec)
        };
        let within = after.saturating_sub(block.0).min(staged);
        let (left, right) = (part(0, before), part(within, staged));
        let gone = if readers { part(before, within) } else { None };
        // Readers meet each byte at all times: the parts come before the whole goes.
        if let Some(right) = right {
            self.stage(Address(after), right);
        }
        match (left, gone) {
            (None, None) => self.unstage(block),
            (left, gone) => {
                if let Some(gone) = gone {
                    let start = address.max(block);
                    self.stage(start, gone);
                    self.doomed.push(start);
                }
                if let Some(left) = left {
                    self.stage(block, left);
                }
            }
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
        if self.core.storage().write_staged(address, bytes) {
            return Ok(());
        }
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let under = self.core.storage().staged_in(address, length);
        if under.is_empty() && bytes.len() <= STAGED_RAW_BYTES && self.is_fresh(address) {
            self.stage(address, bytes.to_vec());
            return self.write_if_much_is_staged();
        }
        let written = self.write_through(&under, address, bytes);
        written.inspect_err(|error| self.failure = Some(error.to_string()))
    }

    /// Writes raw data after what is staged in their place.
    fn write_through(&mut self, under: &[Address], address: Address, bytes: &[u8]) -> Result<()> {
        let storage = self.core.storage();
        for &block in under {
            if let Some(staged) = storage.staged(block) {
                storage.write_raw(block, &staged)?;
            }
        }
        storage.gather(address, bytes)?;
        for &block in under {
            self.unstage(block);
        }
        Ok(())
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

    /// Takes staged blocks away, by address, after they were written.
    pub(in crate::write) fn written(&mut self, addresses: &[u64]) {
        if addresses.len() < MANY_BLOCKS {
            addresses.iter().for_each(|&address| self.unstage(Address(address)));
            return;
        }
        let mut gone = addresses.iter().copied().peekable();
        let mut bytes = 0_u64;
        let kept = std::mem::take(&mut self.staged).into_iter().filter(|&(address, length)| {
            while gone.next_if(|gone| *gone < address).is_some() {}
            let goes = gone.next_if_eq(&address).is_some();
            bytes = bytes.saturating_add(if goes { length } else { 0 });
            !goes
        });
        self.staged = kept.collect();
        self.staged_bytes = self.staged_bytes.saturating_sub(bytes);
        self.waiting_bytes = self.waiting_bytes.min(self.staged_bytes);
        self.core.storage().unstage_all(addresses);
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
