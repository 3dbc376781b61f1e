//! A record that is found beside a file.

use std::sync::Arc;

use h5_types::{Address, Error, Result};

use super::record::{CommitRecord, RecordedBlock};
use crate::Storage;
use crate::live::Stamp;
use crate::vfd::{Vfd, read_exact_at, read_up_to};
use crate::write::SECTOR_BYTES;

/// The rest of a commit that was cut short while it replaced blocks in place.
#[derive(Debug)]
pub(crate) struct Pending {
    record: CommitRecord,
}

/// A record, or what is left of one, beside a file.
#[derive(Debug)]
pub(crate) struct Beside<'f> {
    file: &'f dyn Vfd,
    companion: Arc<dyn Vfd>,
    length: u64,
    header: [u8; CommitRecord::HEADER_BYTES],
}

impl<'f> Beside<'f> {
    /// Looks for it. What is no record may be somebody's: it counts for nothing and stays.
    ///
    /// # Errors
    /// `Io`: what a record says cannot be told if it cannot be read.
    pub(crate) fn look(file: &'f dyn Vfd) -> Result<Option<Self>> {
        let Some(companion) = file.companion(false).map_err(unreadable)? else { return Ok(None) };
        let length = companion.len().map_err(unreadable)?;
        let mut header = [0; CommitRecord::HEADER_BYTES];
        read_up_to(&*companion, 0, &mut header).map_err(unreadable)?;
        let found = Self { file, companion, length, header };
        Ok(CommitRecord::may_begin(&found.header).then_some(found))
    }

    /// The commit that was cut short, if there is one: if the record is whole and of this file, of which the superblock is at `base_address`,
    /// and each sector of each block is as the commit found it or as it wants it. Where all are the one or all the other, there is nothing to do:
    /// that commit was not begun, or it was finished.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn pending(&self, base_address: u64) -> Result<Option<Pending>> {
        let file_bytes = self.file.len()?;
        if !CommitRecord::fits(&self.header, self.length, base_address, file_bytes) {
            return Ok(None);
        }
        let Ok(length) = usize::try_from(self.length) else { return Ok(None) };
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(length)
            .map_err(|_| Error::limit("a record of a commit larger than memory"))?;
        bytes.resize(length, 0);
        if read_up_to(&*self.companion, 0, &mut bytes).map_err(unreadable)? < length {
            return Ok(None);
        }
        let Some(record) = CommitRecord::decode(&bytes) else { return Ok(None) };
        drop(bytes);
        if stored(self.file, base_address, record.superblock.len())? != record.superblock {
            return Ok(None);
        }
        let (mut is_begun, mut is_finished) = (false, true);
        for block in &record.blocks {
            let offset = base_address.saturating_add(block.address);
            let bytes = stored(self.file, offset, block.new.len())?;
            let Some(progress) = Progress::of(block, &bytes, offset) else { return Ok(None) };
            is_begun |= progress.is_begun;
            is_finished &= progress.is_finished;
        }
        Ok((is_begun && !is_finished).then_some(Pending { record }))
    }

    /// Removes it, for good: it says nothing of the file any more.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn discard(self) -> Result<()> {
        drop(self.companion);
        self.file.remove_companion().map_err(|error| failed("cannot be removed", &error))
    }
}

impl Pending {
    /// The blocks as the commit wants them, by address.
    pub(crate) fn into_blocks(self) -> impl Iterator<Item = (Address, Vec<u8>)> {
        self.record.blocks.into_iter().map(|block| (Address(block.address), block.new))
    }

    /// Finishes the commit in the file. Readers of other processes, who may have met a half of it, are told by the stamp. A crash on the way
    /// leaves the record, and the file as one of its states.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn complete(self, storage: &Storage, stamp_place: Address) -> Result<()> {
        let stamp = Stamp::read(&**storage.vfd(), storage.base_address().saturating_add(stamp_place.0));
        if let Some(stamp) = stamp {
            storage.write_raw(stamp_place, &Stamp { publishing: true, ..stamp }.encode())?;
        }
        for (address, block) in self.into_blocks() {
            storage.write_raw(address, &block)?;
        }
        crate::vfd::uninterrupted(|| storage.vfd().sync())?;
        match stamp {
            Some(Stamp { commit, .. }) => storage.write_raw(
                stamp_place,
                &Stamp { commit: commit.wrapping_add(1), publishing: false }.encode(),
            ),
            None => Ok(()),
        }
    }
}

/// What went wrong with the record itself.
pub(super) fn failed(what: &str, error: &std::io::Error) -> Error {
    Error::new(h5_types::ErrorKind::Io, format!("the record of a commit beside the file {what}: {error}"))
}

fn unreadable(error: std::io::Error) -> Error {
    failed("cannot be read", &error)
}

fn stored(vfd: &dyn Vfd, offset: u64, length: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    read_exact_at(vfd, offset, &mut bytes)?;
    Ok(bytes)
}

/// How far a commit came with a block.
struct Progress {
    /// Something is as the commit wants it that was not.
    is_begun: bool,
    /// All is.
    is_finished: bool,
}

impl Progress {
    /// `None` if a sector is neither as it was nor as it is to be: somebody went on with the file.
    fn of(block: &RecordedBlock, stored: &[u8], offset: u64) -> Option<Self> {
        let (mut is_begun, mut is_finished, mut rest) = (false, true, stored);
        for (old, new) in block.by_sector(offset, SECTOR_BYTES) {
            let (here, after) = rest.split_at_checked(new.len())?;
            rest = after;
            is_begun |= here != old;
            is_finished &= here == new;
            if here != old && here != new {
                return None;
            }
        }
        Some(Self { is_begun, is_finished })
    }
}
