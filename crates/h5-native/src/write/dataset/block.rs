//! Elements into a block that holds them all, whatever the block is: part of the file, of memory, or other files.

use h5_types::{Address, Block as Extent, CopyRun, Error, Result};

use super::write::NewElements;
use crate::write::session::Session;

/// Stored bytes that are converted, or read and written back, at a time.
const TILE_BYTES: u64 = 256 << 10;
/// Runs that are further apart, in bytes of the block, are written one by one; what is between others is read and written back.
const FAR_BYTES: u64 = 4 << 10;

/// Bytes of all elements of a dataset, one after the other.
pub(super) trait ElementBlock {
    /// Fills `buffer` with the bytes from `offset` on.
    ///
    /// # Errors
    /// `Io`, `Format`.
    fn read(&self, session: &Session, offset: u64, buffer: &mut [u8]) -> Result<()>;

    /// Writes bytes from `offset` on.
    ///
    /// # Errors
    /// `Io`.
    fn write(&mut self, session: &mut Session, offset: u64, bytes: &[u8]) -> Result<()>;
}

/// A block of the file that may be overwritten.
#[derive(Debug)]
pub(super) struct FileBlock(pub(super) Address);

impl ElementBlock for FileBlock {
    fn read(&self, session: &Session, offset: u64, buffer: &mut [u8]) -> Result<()> {
        session.core().storage().read_raw(Address(self.0.0.saturating_add(offset)), buffer)
    }

    fn write(&mut self, session: &mut Session, offset: u64, bytes: &[u8]) -> Result<()> {
        session.write_raw(Address(self.0.0.saturating_add(offset)), bytes)
    }
}

impl ElementBlock for Vec<u8> {
    fn read(&self, _session: &Session, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let range = range(offset, buffer.len());
        buffer.copy_from_slice(range.and_then(|range| self.get(range)).ok_or_else(outside)?);
        Ok(())
    }

    fn write(&mut self, _session: &mut Session, offset: u64, bytes: &[u8]) -> Result<()> {
        let range = range(offset, bytes.len());
        range.and_then(|range| self.get_mut(range)).ok_or_else(outside)?.copy_from_slice(bytes);
        Ok(())
    }
}

/// Writes elements to the places of a block that their selection says.
///
/// # Errors
/// Those of storing elements, and of the block.
pub(super) fn write_elements(
    session: &mut Session,
    block: &mut dyn ElementBlock,
    new: &NewElements<'_>,
) -> Result<()> {
    let dimensions = new.selection.dimensions();
    let whole = Extent { start: vec![0; dimensions.len()], size: dimensions.to_vec() };
    let mut writer = BlockWriter { block, new, stored: Vec::new(), window: Vec::new(), gathered: Vec::new() };
    for copy in new.selection.copies(&whole)? {
        writer.copy(session, copy)?;
    }
    Ok(())
}

struct BlockWriter<'w> {
    block: &'w mut dyn ElementBlock,
    new: &'w NewElements<'w>,
    /// Elements as they are stored.
    stored: Vec<u8>,
    /// A part of the block.
    window: Vec<u8>,
    /// Elements of several runs in memory form, side by side.
    gathered: Vec<u8>,
}

impl BlockWriter<'_> {
    fn copy(&mut self, session: &mut Session, copy: CopyRun) -> Result<()> {
        let size = self.stored_size();
        let (length, step) = (copy.length.saturating_mul(size), copy.from_step.saturating_mul(size));
        if copy.count == 1 || step.saturating_sub(length) >= FAR_BYTES || length >= TILE_BYTES {
            for index in 0..copy.count {
                let from = copy.from.saturating_add(index.saturating_mul(copy.from_step));
                let to = copy.to.saturating_add(index.saturating_mul(copy.to_step));
                self.run(session, from, to, copy.length)?;
            }
            return Ok(());
        }
        let runs = TILE_BYTES.checked_div(step.max(1)).unwrap_or(1).max(1);
        let mut done = 0_u64;
        while done < copy.count {
            let count = runs.min(copy.count.saturating_sub(done));
            let from = copy.from.saturating_add(done.saturating_mul(copy.from_step));
            let to = copy.to.saturating_add(done.saturating_mul(copy.to_step));
            self.near_runs(session, CopyRun { from, to, count, ..copy })?;
            done = done.saturating_add(count);
        }
        Ok(())
    }

    /// One run of elements: as it is where nothing is converted, else tile by tile.
    fn run(&mut self, session: &mut Session, from: u64, to: u64, length: u64) -> Result<()> {
        let size = self.stored_size();
        let form = &self.new.form;
        if form.is_identity() {
            let bytes = elements_of(self.new, to, length)?;
            return self.block.write(session, from.saturating_mul(size), bytes);
        }
        let tile = TILE_BYTES.checked_div(size).unwrap_or(1).max(1);
        let mut done = 0_u64;
        while done < length {
            let count = tile.min(length.saturating_sub(done));
            let offset = from.saturating_add(done).saturating_mul(size);
            let elements = elements_of(self.new, to.saturating_add(done), count)?;
            clear(&mut self.stored, count.saturating_mul(size))?;
            if form.keeps_bytes() {
                self.block.read(session, offset, &mut self.stored)?;
            }
            form.encode_over(session, elements, self.new.heap, &mut self.stored)?;
            self.block.write(session, offset, &self.stored)?;
            done = done.saturating_add(count);
        }
        Ok(())
    }

    /// Short runs that lie close together: the part of the block that holds them is read, changed and written back.
    fn near_runs(&mut self, session: &mut Session, copy: CopyRun) -> Result<()> {
        let (stored, size) = (self.new.form.stored_size(), self.stored_size());
        let last = copy.count.saturating_sub(1).saturating_mul(copy.from_step).saturating_add(copy.length);
        let offset = copy.from.saturating_mul(size);
        clear(&mut self.window, last.saturating_mul(size))?;
        let is_gapless = copy.from_step == copy.length;
        if !is_gapless || self.new.form.keeps_bytes() {
            self.block.read(session, offset, &mut self.window)?;
        }
        let total = copy.count.saturating_mul(copy.length);
        let elements = if copy.to_step == copy.length {
            elements_of(self.new, copy.to, total)?
        } else {
            self.gathered.clear();
            for index in 0..copy.count {
                let to = copy.to.saturating_add(index.saturating_mul(copy.to_step));
                self.gathered.extend_from_slice(elements_of(self.new, to, copy.length)?);
            }
            &self.gathered
        };
        let step = usize::try_from(copy.from_step).unwrap_or(usize::MAX);
        let length = usize::try_from(copy.length).unwrap_or(usize::MAX);
        let (run_bytes, step_bytes) = (length.saturating_mul(stored), step.saturating_mul(stored).max(1));
        if self.new.form.is_identity() {
            scatter(elements, &mut self.window, run_bytes, step_bytes);
            return self.block.write(session, offset, &self.window);
        }
        clear(&mut self.stored, total.saturating_mul(size))?;
        if self.new.form.keeps_bytes() {
            let runs = self.window.chunks(step_bytes).zip(self.stored.chunks_mut(run_bytes.max(1)));
            for (from, to) in runs {
                to.copy_from_slice(from.get(..run_bytes).ok_or_else(outside)?);
            }
        }
        self.new.form.encode_over(session, elements, self.new.heap, &mut self.stored)?;
        scatter(&self.stored, &mut self.window, run_bytes, step_bytes);
        self.block.write(session, offset, &self.window)
    }

    fn stored_size(&self) -> u64 {
        u64::try_from(self.new.form.stored_size()).unwrap_or(u64::MAX)
    }
}

/// Puts packed runs into a window, `step` bytes apart.
fn scatter(packed: &[u8], window: &mut [u8], run: usize, step: usize) {
    for (from, to) in packed.chunks_exact(run.max(1)).zip(window.chunks_mut(step)) {
        if let Some(to) = to.get_mut(..run) {
            to.copy_from_slice(from);
        }
    }
}

/// Elements as they lie in memory, from one on.
fn elements_of<'e>(new: &NewElements<'e>, first: u64, count: u64) -> Result<&'e [u8]> {
    let size = u64::try_from(new.form.memory_size()).unwrap_or(u64::MAX);
    let bytes = count.checked_mul(size).and_then(|bytes| usize::try_from(bytes).ok());
    let range = first.checked_mul(size).zip(bytes).and_then(|(offset, bytes)| range(offset, bytes));
    range.and_then(|range| new.elements.get(range)).ok_or_else(outside)
}

/// Makes a buffer that many zeros.
fn clear(buffer: &mut Vec<u8>, bytes: u64) -> Result<()> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    buffer.clear();
    buffer
        .try_reserve(bytes)
        .map_err(|e| Error::limit(format!("no memory for a buffer of {bytes} bytes")).with_source(e))?;
    buffer.resize(bytes, 0);
    Ok(())
}

fn range(offset: u64, bytes: usize) -> Option<std::ops::Range<usize>> {
    let start = usize::try_from(offset).ok()?;
    Some(start..start.checked_add(bytes)?)
}

fn outside() -> Error {
    Error::usage("elements outside their block")
}
