//! The second pass: elements of datasets.

use h5_types::{Block, DatasetInfo, Datatype, Error, ErrorKind, Layout};

use super::account::Account;
use super::boxes::{Boxes, element_count, halves, selection};
use super::chunks::{StoredChunks, block, grid_count};
use super::known::Known;
use super::{CopiedPart, CopyOptions, Step, describe};
use crate::{Dataset, Feature};

/// Elements that are written one by one where unwritten ones cannot be left out.
const LARGEST_FILLED_COUNT: u64 = 1 << 30;
/// Elements of variable size that are read at a time.
const VARIABLE_ELEMENTS: u64 = 16 << 10;
/// A box that cannot be read is searched for what can, down to that part of it.
const SEARCHED_PARTS: u64 = 256;
/// Boxes that cannot be read, after which only the ends of what can are looked for.
const LARGEST_SEARCHED_LOSSES: u32 = 256;
/// Boxes that cannot be read, one after another, after which the rest of a dataset is given up.
const LARGEST_LOSS_COUNT: u32 = 10_000;

/// Copies elements of datasets, in whichever thread.
pub(super) struct ElementCopier<'k> {
    pub(super) known: &'k Known,
    pub(super) choices: Choices,
    pub(super) account: Account,
    /// Hears of each step and the bytes in the storage of the source that it copied.
    pub(super) heard: &'k dyn Fn(u64) -> Step,
    /// Steps that were made before the copy was taken up again.
    pub(super) steps_behind: u64,
}

/// What of the options is about elements.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choices {
    raw_chunks: bool,
    slab_bytes: u64,
}

impl Choices {
    pub(super) fn of(options: &CopyOptions<'_>) -> Self {
        Self { raw_chunks: options.raw_chunks, slab_bytes: options.slab_bytes }
    }
}

/// Two datasets of which one is to be the other's copy.
pub(super) struct Pair {
    at: usize,
    path: h5_types::Name,
    source: Dataset,
    target: Dataset,
}

/// A dataset that is read box by box.
struct Reading<'p> {
    pair: &'p Pair,
    memory: Datatype,
    /// Whether a part of a box may be readable where the whole is not.
    divisible: bool,
    losses: u32,
    /// Losses since the last box that could be read.
    losses_in_a_row: u32,
}

impl<'p> Reading<'p> {
    fn new(pair: &'p Pair, info: &DatasetInfo, in_chunks: bool) -> Self {
        let memory = info.datatype.memory_form();
        let divisible = !in_chunks || memory.has_variable_part();
        Self { pair, memory, divisible, losses: 0, losses_in_a_row: 0 }
    }

    fn lose(&mut self) {
        self.losses = self.losses.saturating_add(1);
        self.losses_in_a_row = self.losses_in_a_row.saturating_add(1);
    }

    /// True if something below a box of so many elements is worth a try.
    fn is_worth_searching(&self, elements: u64, least: u64) -> bool {
        let at_an_end = self.losses_in_a_row == 0;
        self.divisible && (at_an_end || (elements > least && self.losses < LARGEST_SEARCHED_LOSSES))
    }
}

impl ElementCopier<'_> {
    fn tell(&mut self, bytes: u64) -> Step {
        self.account.report.stored_bytes = self.account.report.stored_bytes.saturating_add(bytes);
        (self.heard)(bytes)
    }

    /// True of a step that was made before.
    fn is_behind(&mut self) -> bool {
        let behind = self.steps_behind > 0;
        self.steps_behind = self.steps_behind.saturating_sub(1);
        behind
    }

    pub(super) fn copy_elements(&mut self, at: usize) -> Step {
        let path = self.known.path(at);
        let source = match self.known.source(at).and_then(crate::Object::into_dataset) {
            Ok(source) => source,
            Err(error) => return self.account.lost(&path, CopiedPart::Elements, error),
        };
        let target = self.known.copy_of(at)?.into_dataset()?;
        let pair = Pair { at, path, source, target };
        let from = match pair.source.info() {
            Ok(info) => info,
            Err(error) => return self.account.lost(&pair.path, CopiedPart::Elements, error),
        };
        let to = pair.target.info()?;
        let is_elsewhere = matches!(to.layout, Layout::Virtual { .. }) || !to.external.is_empty();
        if is_elsewhere || from.dataspace.element_count() == Some(0) {
            return Ok(());
        }
        match &from.layout {
            Layout::Chunked { chunk, .. } if lists_chunks(&pair.source) => {
                self.copy_chunked(&pair, &from, &to, chunk)
            }
            Layout::Contiguous if from.external.is_empty() => match pair.source.storage_bytes() {
                // Nothing was ever written.
                Ok(0) if !describe::lacks_fill(&from, &to) => Ok(()),
                Ok(stored) => self.copy_whole(&pair, &from, &to, stored),
                Err(error) => self.account.lost(&pair.path, CopiedPart::Elements, error),
            },
            _ => self.copy_whole(&pair, &from, &to, pair.source.storage_bytes().unwrap_or(0)),
        }
    }

    fn copy_chunked(&mut self, pair: &Pair, from: &DatasetInfo, to: &DatasetInfo, chunk: &[u64]) -> Step {
        let dimensions = from.dataspace.dimensions();
        let mut stored = StoredChunks::of(&pair.source, dimensions);
        if let Some(error) = stored.failure.take() {
            self.account.lost(&pair.path, CopiedPart::Elements, error)?;
        }
        if are_stored_alike(pair, from, to)
            && (self.choices.raw_chunks || lacks_filter(pair, from, &stored))
            && self.copy_raw(pair, chunk, from, &stored)?
        {
            return Ok(());
        }
        let is_dense = stored.count() >= grid_count(dimensions, chunk);
        let skips = self.account.skips();
        if (is_dense && !skips) || describe::lacks_fill(from, to) {
            return self.copy_whole(pair, from, to, stored.stored_bytes());
        }
        let mut reading = Reading::new(pair, from, true);
        for (offset, bytes) in stored.iter() {
            if !self.is_behind() {
                self.copy_box(&mut reading, block(offset, chunk, dimensions)?)?;
            }
            self.tell(bytes)?;
        }
        Ok(())
    }

    /// Copies chunks as they are stored. False if the target takes none so.
    fn copy_raw(
        &mut self,
        pair: &Pair,
        chunk: &[u64],
        from: &DatasetInfo,
        stored: &StoredChunks,
    ) -> Step<bool> {
        // Bits beyond the filters say nothing: some indexes set them all.
        let filter_count = u32::try_from(from.filters.len()).unwrap_or(u32::MAX);
        let known = 1_u32.checked_shl(filter_count).map_or(u32::MAX, |bit| bit.saturating_sub(1));
        let mut is_first = true;
        for (offset, bytes) in stored.iter() {
            if self.is_behind() {
                self.tell(bytes)?;
                continue;
            }
            let part = block(offset, chunk, from.dataspace.dimensions()).map(CopiedPart::Block)?;
            match pair.source.read_raw_chunk(offset) {
                Ok((info, raw)) => {
                    match pair.target.write_raw_chunk(offset, info.filter_mask & known, &raw) {
                        Ok(()) => {
                            self.account.report.raw_chunks = self.account.report.raw_chunks.saturating_add(1)
                        }
                        Err(error) if is_first && error.kind() == ErrorKind::Unsupported => {
                            return Ok(false);
                        }
                        Err(error) => self.account.unwritable(&pair.path, part, error)?,
                    }
                }
                Err(error) => self.account.lost(&pair.path, part, error)?,
            }
            is_first = false;
            self.tell(bytes)?;
        }
        Ok(true)
    }

    /// Copies all elements, along the chunks of the target or else of the source.
    fn copy_whole(&mut self, pair: &Pair, from: &DatasetInfo, to: &DatasetInfo, stored: u64) -> Step {
        let dimensions = from.dataspace.dimensions();
        let count = from.dataspace.element_count().unwrap_or(u64::MAX);
        if count > LARGEST_FILLED_COUNT && describe::lacks_fill(from, to) {
            let error = Error::limit(format!("{count} elements, of which unwritten ones have to be written"));
            return self.account.lost(&pair.path, CopiedPart::Elements, error);
        }
        let ones = vec![1; dimensions.len()];
        let cell = match (&to.layout, &from.layout) {
            (Layout::Chunked { chunk, .. }, _) | (_, Layout::Chunked { chunk, .. }) => chunk,
            _ => &ones,
        };
        let mut reading = Reading::new(pair, from, false);
        let size = u64::try_from(reading.memory.size()).unwrap_or(u64::MAX);
        let most = self.choices.slab_bytes.checked_div(size).unwrap_or(1).max(1);
        let most = if reading.memory.has_variable_part() { most.min(VARIABLE_ELEMENTS) } else { most };
        for block in Boxes::new(dimensions, cell, most) {
            let share = u128::from(stored).saturating_mul(element_count(&block).into());
            let share = share.checked_div(count.into()).and_then(|share| u64::try_from(share).ok());
            if !self.is_behind() {
                self.copy_box(&mut reading, block)?;
            }
            self.tell(share.unwrap_or(0))?;
            if reading.losses_in_a_row >= LARGEST_LOSS_COUNT {
                let why =
                    format!("{LARGEST_LOSS_COUNT} parts in a row cannot be read; the rest is not tried");
                return self.account.lost(&pair.path, CopiedPart::Elements, Error::format(why));
            }
        }
        Ok(())
    }

    /// Copies the elements of a box, in parts where it is too much at once or a part of it cannot be read.
    fn copy_box(&mut self, reading: &mut Reading<'_>, block: Block) -> Step {
        let pair = reading.pair;
        let file = self.known.file_of(pair.at);
        let searches = self.account.skips();
        let least = element_count(&block).checked_div(SEARCHED_PARTS).unwrap_or(0);
        let mut pending = vec![block];
        while let Some(block) = pending.pop() {
            let selected = selection(&block);
            let error = match pair.source.elements_as(&selected, &reading.memory) {
                Ok(mut elements) => {
                    reading.losses_in_a_row = 0;
                    let part = (file, &mut elements.heap);
                    self.known.translate(&mut self.account, part, &pair.path, &CopiedPart::Elements);
                    if let Err(error) = pair.target.write_elements(&selected, &elements) {
                        self.account.unwritable(&pair.path, CopiedPart::Block(block), error)?;
                    }
                    continue;
                }
                Err(error) => error,
            };
            let in_parts = error.kind() == ErrorKind::Limit
                || (searches && reading.is_worth_searching(element_count(&block), least));
            match halves(&block).filter(|_| in_parts) {
                Some([first, second]) => pending.extend([second, first]),
                None => {
                    reading.lose();
                    self.account.lost(&pair.path, CopiedPart::Block(block), error)?;
                }
            }
        }
        Ok(())
    }
}

/// Whether the chunks of a dataset can be had as they are stored.
fn lists_chunks(dataset: &Dataset) -> bool {
    dataset.object().file().backend().capability().has(Feature::RawChunks)
}

/// Whether the bytes of a stored chunk mean the same in both.
fn are_stored_alike(pair: &Pair, from: &DatasetInfo, to: &DatasetInfo) -> bool {
    let (Layout::Chunked { chunk, .. }, Layout::Chunked { chunk: copied, .. }) = (&from.layout, &to.layout)
    else {
        return false;
    };
    let filters = |info: &DatasetInfo| -> Vec<(u16, Vec<u32>)> {
        info.filters.iter().map(|f| (f.id, f.client_data.clone())).collect()
    };
    chunk == copied
        && from.datatype == to.datatype
        && !from.datatype.has_variable_part()
        && filters(from) == filters(to)
        && lists_chunks(&pair.source)
        && lists_chunks(&pair.target)
}

/// Whether a chunk of the source needs a filter that is not at hand.
fn lacks_filter(pair: &Pair, from: &DatasetInfo, stored: &StoredChunks) -> bool {
    let Some((offset, _)) = stored.iter().next().filter(|_| !from.filters.is_empty()) else { return false };
    let element = Block { start: offset.to_vec(), size: vec![1; offset.len()] };
    let read = pair.source.elements_as(&selection(&element), &from.datatype.memory_form());
    read.is_err_and(|error| error.kind() == ErrorKind::Unsupported)
}
