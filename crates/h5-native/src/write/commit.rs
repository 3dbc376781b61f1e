//! The commit: in which order changes reach the file. See `spec-notes/decisions/0004-commit-protocol.md`, which numbers the
//! barriers.

use h5_format::lookup3;
use h5_format::superblock::Superblock;
use h5_types::{Address, Durability, Result};

use super::fractal_heap::Removals;
use super::publish::Replaced;
use super::session::Session;
use crate::Storage;
use crate::options::Barrier;
use crate::vfd::uninterrupted;

/// Adjacent blocks are written together, up to that many bytes at once.
const LARGEST_WRITE: usize = 1 << 20;

/// Places of two bytes in superblocks of version 2 and later (II.A).
const VERSION_FIELD: usize = 8;
const FLAGS_FIELD: usize = 11;
/// Free space between blocks that is shorter is filled with zeros: one write costs less than two.
const SMALL_GAP: u64 = 512;

/// One step of a commit.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Blocks that nothing leads to yet.
    Fresh,
    /// The file's length.
    Length,
    /// The end-of-file address.
    End,
    /// Blocks that the last commit uses.
    Stable,
    /// Sibling addresses: last by convention. No reader follows them, and wherever a crash comes they name whole nodes.
    Siblings,
}

/// The superblock's bytes, and where in them the end-of-file address is.
#[derive(Debug)]
pub(crate) struct Superblocks {
    bytes: Vec<u8>,
    end_field: std::ops::Range<usize>,
    checksummed: bool,
    /// What the base address adds to the end-of-file address as it is stored.
    stored_base: u64,
    published_end: u64,
}

impl Superblocks {
    /// The bytes as the file has them.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes over the superblock of an open file.
    ///
    /// # Errors
    /// `Io`, `Format` if the file ends inside it.
    pub(crate) fn load(core: &crate::object::FileCore) -> Result<Self> {
        let superblock = core.superblock();
        let offsets = usize::from(superblock.sizes.offsets);
        // Fields before the end-of-file address (II.A): in versions 0 and 1 24 or 28 bytes, base and free-space address, else 12 bytes,
        // base and extension address.
        let start = match superblock.version {
            0 => 24,
            1 => 28,
            _ => 12,
        };
        let start = offsets.saturating_mul(2).saturating_add(start);
        let end_field = start..start.saturating_add(offsets);
        let checksummed = superblock.version >= 2;
        let length =
            if checksummed { end_field.end.saturating_add(offsets).saturating_add(4) } else { end_field.end };
        let mut bytes = vec![0; length];
        core.storage().read_raw(Address(0), &mut bytes)?;
        let published_end = superblock.end_of_file_address.saturating_sub(superblock.base_address);
        Ok(Self { bytes, end_field, checksummed, stored_base: superblock.base_address, published_end })
    }

    /// Where the file ends by its superblock, from the base address on.
    pub(crate) fn published_end(&self) -> u64 {
        self.published_end
    }

    /// Says another end. The whole superblock is one write of less than a hundred bytes.
    fn publish_end(&mut self, storage: &Storage, end: u64) -> Result<()> {
        let stored = end.saturating_add(self.stored_base).to_le_bytes();
        if let Some(field) = self.bytes.get_mut(self.end_field.clone()) {
            for (place, byte) in field.iter_mut().zip(stored) {
                *place = byte;
            }
        }
        self.publish(storage)?;
        self.published_end = end;
        Ok(())
    }

    /// Says whether the file is written while others read it; the superblock is of version 3 from then on, of which that is a part. Only
    /// for version 2 and later.
    pub(super) fn publish_swmr(&mut self, storage: &Storage, begins: bool) -> Result<()> {
        let flags = if begins { Superblock::OPEN_FOR_WRITING | Superblock::OPEN_FOR_SWMR_WRITING } else { 0 };
        for (place, value) in [(VERSION_FIELD, 3), (FLAGS_FIELD, flags)] {
            if let Some(byte) = self.bytes.get_mut(place) {
                *byte = value;
            }
        }
        self.publish(storage)
    }

    fn publish(&mut self, storage: &Storage) -> Result<()> {
        if self.checksummed {
            let covered = self.bytes.len().saturating_sub(4);
            let checksum = lookup3(self.bytes.get(..covered).unwrap_or_default());
            self.bytes.truncate(covered);
            self.bytes.extend(checksum.to_le_bytes());
        }
        storage.write_raw(Address(0), &self.bytes)
    }
}

impl Session {
    /// Makes everything so far part of the file.
    ///
    /// # Errors
    /// `Io`. Nothing more can be written then; the file has its last committed state, as far as the storage let it be put back.
    pub(crate) fn commit(&mut self) -> Result<()> {
        self.check()?;
        if !self.dirty {
            return Ok(());
        }
        let done = self
            .strike_free_space_record()
            .and_then(|()| self.settle_all())
            .and_then(|()| self.stage_global_heap())
            .and_then(|()| self.write_commit());
        if let Err(error) = done {
            self.failure = Some(error.to_string());
            return Err(error);
        }
        self.order.clear();
        self.overwritten.clear();
        self.commits = self.commits.saturating_add(1);
        self.space.committed();
        self.global_heap_is_committed();
        self.heap_removals.values_mut().for_each(Removals::committed);
        self.dirty = false;
        Ok(())
    }

    /// Everything in its order. What fails is taken back.
    fn write_commit(&mut self) -> Result<()> {
        let mut replaced = Vec::new();
        let written = self
            .order_of_steps()
            .into_iter()
            .try_for_each(|step| self.write_step(step, &mut replaced))
            .and_then(|()| self.stamp(&mut replaced))
            .and_then(|()| self.commit_log.cut());
        // Where not even that can be taken back, a record makes one commit of what is left.
        if written.is_err() && self.put_back(&replaced) {
            self.commit_log.abandon();
        }
        written
    }

    fn order_of_steps(&self) -> [Step; 5] {
        use Step::{End, Fresh, Length, Siblings, Stable};
        let keeps = |barrier| self.options.keeps(barrier);
        match () {
            () if !keeps(Barrier::B1) => [Length, End, Stable, Fresh, Siblings],
            () if !keeps(Barrier::B2) => [Fresh, End, Stable, Siblings, Length],
            () if !keeps(Barrier::B3) => [Fresh, Length, Stable, End, Siblings],
            () => [Fresh, Length, End, Stable, Siblings],
        }
    }

    fn write_step(&mut self, step: Step, replaced: &mut Replaced) -> Result<()> {
        match step {
            Step::Fresh => {
                self.write_fresh()?;
                self.core.storage().write_gathered()
            }
            Step::Length => {
                self.extend_file()?;
                self.barrier()
            }
            Step::End => {
                let end = self.space.end();
                if end <= self.superblocks.published_end() {
                    return Ok(());
                }
                replaced.push((Address(0), self.superblocks.bytes.clone()));
                self.superblocks.publish_end(self.core.storage(), end)?;
                self.barrier()
            }
            Step::Stable => {
                self.publish_heap_tails(replaced)?;
                self.publish(replaced)
            }
            Step::Siblings => {
                for (address, bytes) in std::mem::take(&mut self.late) {
                    self.replace_block(Address(address), &bytes, replaced)?;
                    self.core.storage().unstage(Address(address));
                }
                Ok(())
            }
        }
    }

    /// Tells other processes that the commit is there.
    fn stamp(&mut self, replaced: &mut Replaced) -> Result<()> {
        match &mut self.stamping {
            Some(stamping) => stamping.end(self.core.storage(), replaced),
            None => Ok(()),
        }
    }

    /// Writes the staged blocks that nothing leads to yet, neighbours together.
    ///
    /// # Errors
    /// `Io`.
    pub(super) fn write_fresh(&mut self) -> Result<()> {
        let fresh: Vec<u64> =
            self.staged.keys().copied().filter(|&a| self.space.is_fresh(Address(a))).collect();
        let storage = self.core.storage();
        let (mut start, mut pending) = (0_u64, Vec::new());
        for &address in &fresh {
            let Some(block) = storage.staged(Address(address)) else { continue };
            let end = start.saturating_add(u64::try_from(pending.len()).unwrap_or(u64::MAX));
            let gap = address.saturating_sub(end);
            let is_bridged = gap < SMALL_GAP && (gap == 0 || self.space.is_free(Address(end), gap));
            if !pending.is_empty() && (!is_bridged || pending.len() > LARGEST_WRITE) {
                storage.write_raw(Address(start), &pending)?;
                pending.clear();
            }
            if !pending.is_empty() {
                pending.resize(pending.len().saturating_add(usize::try_from(gap).unwrap_or(0)), 0);
            } else {
                start = address;
            }
            pending.extend_from_slice(&block);
        }
        if !pending.is_empty() {
            storage.write_raw(Address(start), &pending)?;
        }
        self.written(&fresh);
        Ok(())
    }

    /// The file must not be shorter than its superblock says: space at its end may have been handed out and not written.
    fn extend_file(&mut self) -> Result<()> {
        let storage = self.core.storage();
        storage.extend_driver(storage.base_address().saturating_add(self.space.end()))
    }

    /// Waits until everything written so far survives a power cut, if that was asked for.
    pub(super) fn barrier(&self) -> Result<()> {
        if self.options.durability == Durability::Full {
            self.core.storage().write_gathered()?;
            uninterrupted(|| self.core.storage().vfd().sync())?;
        }
        Ok(())
    }

    /// Cuts free space off the file's end, after a commit and before the file is closed: first the address, then the file.
    ///
    /// # Errors
    /// `Io`.
    pub(super) fn trim(&mut self) -> Result<()> {
        self.space.no_readers();
        self.space.trim();
        let (end, storage) = (self.space.end(), self.core.storage());
        if end < self.superblocks.published_end() {
            let before: Replaced = vec![(Address(0), self.superblocks.bytes.clone())];
            let published = self.superblocks.publish_end(storage, end).and_then(|()| self.barrier());
            if published.is_err() {
                self.put_back(&before);
                return published;
            }
        }
        storage.cut_driver(storage.base_address().saturating_add(end))?;
        storage.set_length(end);
        Ok(())
    }
}
