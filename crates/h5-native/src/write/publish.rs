//! The last part of a commit: blocks that the last commit uses are replaced in place, and what they were is kept until all are.

use std::sync::Arc;

use h5_types::{Address, Result};

use super::session::Session;
use super::space::{PAGE_BYTES, SECTOR_BYTES};
use crate::commit_record::{CommitRecord, RecordedBlock};
use crate::options::Barrier;

/// What a commit wrote over, in the order of writing.
pub(crate) type Replaced = Vec<(Address, Vec<u8>)>;

/// Stable blocks that are replaced by one write.
type Blocks = Vec<(Address, Arc<[u8]>)>;

impl Session {
    /// Replaces the stable blocks, those first that others wait for.
    pub(super) fn publish(&mut self, replaced: &mut Replaced) -> Result<()> {
        let is_stable = |&a: &u64| !self.is_doomed(Address(a)) && !self.space.is_fresh(Address(a));
        let stable: Vec<u64> = self.staged.keys().copied().filter(is_stable).collect();
        self.record(&stable)?;
        let keeps_mark = self.options.keeps(Barrier::B7);
        // Readers of other processes may meet a block that is half replaced.
        if let Some(stamping) = self.stamping.as_ref().filter(|_| !stable.is_empty() && keeps_mark) {
            stamping.begin(self.core.storage(), replaced)?;
        }
        // Whoever trusts the record must not find space free that this commit uses.
        let record = self.free_space_record.as_ref().map(|record| record.extension.0);
        let (first, others): (Vec<u64>, Vec<u64>) = stable.iter().partition(|&&a| Some(a) == record);
        let mut levels = self.order.levels(others);
        if !first.is_empty() {
            let place = if self.options.keeps(Barrier::B6) { 0 } else { levels.len() };
            levels.insert(place, first);
        }
        if !self.options.keeps(Barrier::B4) {
            levels.reverse();
        }
        for level in levels {
            for blocks in self.blocks_by_page(&level) {
                self.replace_blocks(&blocks, replaced)?;
            }
            self.barrier()?;
        }
        self.written(&stable);
        Ok(())
    }

    /// Writes down what is about to be replaced, if a power cut could tear some of it. Everything else of the commit is safe by now, so that
    /// whoever finds the record and a part of these blocks may finish the commit.
    fn record(&mut self, stable: &[u64]) -> Result<()> {
        if !self.commit_log.is_kept() || stable.is_empty() && self.late.is_empty() {
            return Ok(());
        }
        let storage = self.core.storage();
        let mut blocks = Vec::new();
        for &address in stable {
            let Some(new) = storage.staged(Address(address)) else { continue };
            let old = storage.stored(Address(address), new.len())?.to_vec();
            blocks.push(RecordedBlock { address, old, new: new.to_vec() });
        }
        let base_address = storage.base_address();
        let can_be_torn = |block: &RecordedBlock| {
            block.can_be_torn(base_address.saturating_add(block.address), SECTOR_BYTES)
        };
        if !blocks.iter().any(can_be_torn) {
            return self.commit_log.forget();
        }
        let (superblock, file_bytes) = (self.superblocks.bytes().to_vec(), storage.driver_length()?);
        self.commit_log.write(&CommitRecord { base_address, file_bytes, superblock, blocks })
    }

    /// Blocks of one level, in groups that lie in one page each. One write replaces such a group, and what is between the blocks by
    /// itself, and happens as a whole or not at all. A block that crosses a page's edge is alone.
    fn blocks_by_page(&self, level: &[u64]) -> Vec<Blocks> {
        let storage = self.core.storage();
        let mut groups: Vec<(Option<u64>, Blocks)> = Vec::new();
        for &address in level {
            let Some(block) = storage.staged(Address(address)) else { continue };
            let start = storage.base_address().saturating_add(address);
            let last = start.saturating_add(u64::try_from(block.len()).unwrap_or(u64::MAX)).saturating_sub(1);
            let page = |offset: u64| offset.checked_div(PAGE_BYTES);
            let within = page(start).filter(|_| page(start) == page(last));
            match groups.last_mut() {
                Some((page, blocks)) if page.is_some() && *page == within => {
                    blocks.push((Address(address), block));
                }
                _ => groups.push((within, vec![(Address(address), block)])),
            }
        }
        groups.into_iter().map(|(_, blocks)| blocks).collect()
    }

    /// Writes over blocks of the last commit, the first of which has the lowest address, by one write.
    fn replace_blocks(&self, blocks: &Blocks, replaced: &mut Replaced) -> Result<()> {
        let [(start, first), rest @ ..] = blocks.as_slice() else { return Ok(()) };
        if rest.is_empty() {
            return self.replace_block(*start, first, replaced);
        }
        let offset =
            |address: &Address| usize::try_from(address.0.saturating_sub(start.0)).unwrap_or(usize::MAX);
        let length = blocks.iter().map(|(address, block)| offset(address).saturating_add(block.len())).max();
        let mut span = self.core.storage().stored(*start, length.unwrap_or(0))?.to_vec();
        for (address, block) in blocks {
            let at = offset(address);
            // Blocks of a hostile file may overlap: the last one wins, as if each had been written for itself.
            if let Some(place) = span.get_mut(at..at.saturating_add(block.len())) {
                place.copy_from_slice(block);
            }
        }
        self.replace_block(*start, &span, replaced)
    }

    /// Writes over bytes of the last commit, and remembers them.
    pub(super) fn replace_block(
        &self,
        address: Address,
        block: &[u8],
        replaced: &mut Replaced,
    ) -> Result<()> {
        let before = self.core.storage().stored(address, block.len())?.to_vec();
        // Before the write: a write that fails may have written a part.
        replaced.push((address, before));
        self.core.storage().write_raw(address, block)
    }

    /// After a failed commit: what was replaced gets its old bytes again, the last one first. True if that was all. The storage is failing:
    /// what can be put back is. Only where there is a record of the commit the rest stays as it is, so that it remains a part of that.
    pub(super) fn put_back(&self, replaced: &Replaced) -> bool {
        let has_record = self.commit_log.has_record();
        let mut all = true;
        for (address, before) in replaced.iter().rev() {
            all &= self.core.storage().write_raw(*address, before).is_ok();
            if has_record && !all {
                break;
            }
        }
        all
    }
}
