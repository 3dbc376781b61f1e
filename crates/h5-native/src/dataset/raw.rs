//! Stored elements that no filter has changed: read where they are wanted, as few reads as make sense.

use h5_types::{Address, CopyRun, Error, Result};

use super::external::ExternalStorage;
use super::transfer::{Target, Transfer, resize};
use crate::Storage;

/// A block of stored elements.
#[derive(Debug, Clone, Copy)]
pub(super) enum RawBlock<'a> {
    Memory(&'a [u8]),
    File { storage: &'a Storage, address: Address },
    External(&'a ExternalStorage),
}

impl<'a> RawBlock<'a> {
    /// Bytes in place, where they are in memory.
    fn slice(&self, offset: u64, length: u64) -> Option<&'a [u8]> {
        let length = usize::try_from(length).ok()?;
        match self {
            Self::Memory(bytes) => {
                let start = usize::try_from(offset).ok()?;
                bytes.get(start..start.checked_add(length)?)
            }
            Self::File { storage, address } => {
                storage.raw_slice(Address(address.0.checked_add(offset)?), length)
            }
            Self::External(_) => None,
        }
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        match self {
            // What is there was found by `slice`.
            Self::Memory(bytes) => Err(Error::format(format!(
                "the data have {} bytes, fewer than the dataspace needs",
                bytes.len()
            ))),
            Self::File { storage, address } => {
                let address =
                    address.0.checked_add(offset).ok_or_else(|| Error::format("address past 64 bits"))?;
                storage.read_raw(Address(address), buffer)
            }
            Self::External(files) => files.read(offset, buffer),
        }
    }
}

/// Longest piece that is read into a buffer of our own; small enough to stay in the processor's cache.
const WINDOW_BYTES: u64 = 256 << 10;
/// Unwanted bytes that are read rather than starting another read.
const GAP_BYTES: u64 = 16 << 10;
/// A run of at least that many bytes is read into the result without a detour.
const DIRECT_BYTES: u64 = 32 << 10;

/// Reads what `copies` name from a block into the result.
pub(super) fn read_copies(
    block: RawBlock<'_>,
    copies: impl Iterator<Item = CopyRun>,
    transfer: &Transfer<'_>,
    target: &mut Target<'_>,
    scratch: &mut Vec<u8>,
) -> Result<()> {
    let size = u64::try_from(transfer.stored_size).unwrap_or(u64::MAX).max(1);
    let mut window = Window { block, transfer, target, scratch, size, low: 0, high: 0, pending: Vec::new() };
    let mut copies = copies;
    let read = copies.try_for_each(|copy| window.add(copy)).and_then(|()| window.flush());
    match block {
        RawBlock::File { address, .. } => read.map_err(|error| error.at_address(address.0)),
        RawBlock::Memory(_) | RawBlock::External(_) => read,
    }
}

/// Runs that are read at once. Positions are in elements of the block.
struct Window<'w, 'a, 'o> {
    block: RawBlock<'a>,
    transfer: &'w Transfer<'w>,
    target: &'w mut Target<'o>,
    scratch: &'w mut Vec<u8>,
    size: u64,
    low: u64,
    high: u64,
    pending: Vec<CopyRun>,
}

impl Window<'_, '_, '_> {
    fn elements(&self, bytes: u64) -> u64 {
        bytes.checked_div(self.size).unwrap_or(0).max(1)
    }

    fn add(&mut self, copy: CopyRun) -> Result<()> {
        let repeats = copy.count.saturating_sub(1);
        let end =
            copy.from.saturating_add(repeats.saturating_mul(copy.from_step)).saturating_add(copy.length);
        if self.put_in_place(copy, end)? {
            return Ok(());
        }
        let most = self.elements(WINDOW_BYTES);
        let gap = copy.from_step.saturating_sub(copy.length);
        if repeats > 0 && (gap > self.elements(GAP_BYTES) || copy.length > self.elements(DIRECT_BYTES)) {
            return self.add_parts(copy, 1);
        }
        if end.saturating_sub(copy.from) <= most {
            return self.enqueue(copy, end);
        }
        if repeats > 0 {
            let runs = most.checked_div(copy.from_step).unwrap_or(1).max(1);
            return self.add_parts(copy, runs);
        }
        if self.transfer.is_copy() {
            return self.read_direct(copy);
        }
        let mut rest = copy;
        while rest.length > 0 {
            let length = rest.length.min(most);
            self.enqueue(
                CopyRun { length, from_step: length, to_step: length, ..rest },
                rest.from.saturating_add(length),
            )?;
            rest.from = rest.from.saturating_add(length);
            rest.to = rest.to.saturating_add(length);
            rest.length = rest.length.saturating_sub(length);
        }
        Ok(())
    }

    /// Adds a copy `runs` of its runs at a time, which are fewer than it has.
    fn add_parts(&mut self, copy: CopyRun, runs: u64) -> Result<()> {
        let mut rest = copy;
        while rest.count > 0 {
            let count = rest.count.min(runs);
            let part = CopyRun { count, ..rest };
            let end = part
                .from
                .saturating_add(count.saturating_sub(1).saturating_mul(part.from_step))
                .saturating_add(part.length);
            if count > 1 {
                self.enqueue(part, end)?;
            } else {
                self.add(part)?;
            }
            rest.from = rest.from.saturating_add(count.saturating_mul(rest.from_step));
            rest.to = rest.to.saturating_add(count.saturating_mul(rest.to_step));
            rest.count = rest.count.saturating_sub(count);
        }
        Ok(())
    }

    /// Puts a copy straight from memory, if the block is there.
    fn put_in_place(&mut self, copy: CopyRun, end: u64) -> Result<bool> {
        let length = end.saturating_sub(copy.from);
        let (Some(offset), Some(bytes)) = (copy.from.checked_mul(self.size), length.checked_mul(self.size))
        else {
            return Err(Error::limit("data larger than 64 bits of bytes"));
        };
        let Some(source) = self.block.slice(offset, bytes) else { return Ok(false) };
        self.target.put(self.transfer, source, copy.from, copy)?;
        Ok(true)
    }

    fn enqueue(&mut self, copy: CopyRun, end: u64) -> Result<()> {
        let reach = self.high.saturating_add(self.elements(GAP_BYTES));
        let fits = copy.from >= self.low
            && copy.from <= reach
            && end.max(self.high).saturating_sub(self.low) <= self.elements(WINDOW_BYTES);
        if !self.pending.is_empty() && !fits {
            self.flush()?;
        }
        if self.pending.is_empty() {
            (self.low, self.high) = (copy.from, end);
        }
        self.high = self.high.max(end);
        self.pending.push(copy);
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        match pending.as_slice() {
            [] => return Ok(()),
            [only] if only.count == 1 && self.transfer.is_copy() => self.read_direct(*only)?,
            many => {
                let elements = self.high.saturating_sub(self.low);
                let bytes = elements.checked_mul(self.size).and_then(|bytes| usize::try_from(bytes).ok());
                resize(self.scratch, bytes.ok_or_else(|| Error::limit("data larger than memory"))?)?;
                self.block.read(self.offset(self.low)?, self.scratch)?;
                for &copy in many {
                    self.target.put(self.transfer, self.scratch, self.low, copy)?;
                }
            }
        }
        self.pending = pending;
        self.pending.clear();
        Ok(())
    }

    /// Reads a single run into the result.
    fn read_direct(&mut self, copy: CopyRun) -> Result<()> {
        let offset = self.offset(copy.from)?;
        self.block.read(offset, self.target.region(self.transfer, copy.to, copy.length)?)
    }

    fn offset(&self, element: u64) -> Result<u64> {
        element.checked_mul(self.size).ok_or_else(|| Error::limit("data larger than 64 bits of bytes"))
    }
}
