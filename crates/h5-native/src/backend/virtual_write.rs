//! Writing through a virtual dataset: each element goes to the source that shows it there.
//!
//! As in the C library, what no mapping shows cannot be written. All sources are opened before anything is; each file is committed and
//! closed at the end, so that a crash in between leaves some of the sources as they were.

use std::collections::HashMap;
use std::sync::Arc;

use h5_backend::{Backend as _, Dataset, File};
use h5_types::{
    Block, DatasetInfo, Datatype, Error, Heap, Layout, Name, ResolvedSelection, Result, Selection,
    VirtualMapping,
};

use super::file::{FileState, NativeFile};
use crate::dataset::virtual_storage::{
    Shown, for_each_shown, full_box, intersection, row_block, same_shape, source_block, volume,
};

/// Writes elements of a virtual dataset that is described by `info`.
///
/// # Errors
/// `Usage` if a selected element is shown by no mapping, `NotFound` if a source is not there: nothing has changed then. Those of opening
/// the sources and of writing to them.
pub(super) fn write(
    file: &Arc<FileState>,
    virtual_hops: usize,
    info: &DatasetInfo,
    selection: &Selection,
    (memory, elements, heap): (&Datatype, &[u8], &Heap),
) -> Result<()> {
    let Layout::Virtual { mappings } = &info.layout else {
        return Err(Error::format("virtual storage without a virtual layout"));
    };
    let selection = selection.resolve(info.dataspace.dimensions())?;
    let count = selection.element_count();
    let Some(wanted) = selection.bounds().filter(|_| count > 0) else { return Ok(()) };
    let mut sources = Sources { file, virtual_hops, files: HashMap::new(), datasets: HashMap::new() };
    let write = VirtualWrite { mappings, selection: &selection, wanted };
    let mut shown = 0_u64;
    write.for_each_piece(&mut sources, &mut |_, _, (_, length)| {
        shown = shown.saturating_add(length);
        Ok(())
    })?;
    if shown < count {
        let message = format!("{} of {count} elements are shown by no source", count.saturating_sub(shown));
        return Err(Error::usage(message));
    }
    let size = memory.size();
    let written = write.for_each_piece(&mut sources, &mut |source, place, (first, length)| {
        let bytes = |count: u64| usize::try_from(count).ok().and_then(|count| count.checked_mul(size));
        let range = bytes(first).zip(bytes(length)).and_then(|(at, bytes)| Some(at..at.checked_add(bytes)?));
        let part = range.and_then(|range| elements.get(range));
        let part = part.ok_or_else(|| Error::usage("the buffer is shorter than the selection"))?;
        source.write_raw(&Selection::from_block(place), memory, part, heap)
    });
    let closed = sources.close();
    written.and(closed)
}

/// The sources of one write.
struct Sources<'f> {
    file: &'f Arc<FileState>,
    virtual_hops: usize,
    files: HashMap<Name, NativeFile>,
    datasets: HashMap<(Name, Name), Dataset>,
}

impl Sources<'_> {
    fn dataset(&mut self, file: &Name, dataset: &Name) -> Result<Dataset> {
        let key = (file.clone(), dataset.clone());
        if let Some(open) = self.datasets.get(&key) {
            return Ok(open.clone());
        }
        let backend = Arc::new(self.backend(file)?);
        let opened = File::from_backend(backend).dataset(dataset.as_bytes())?;
        self.datasets.insert(key, opened.clone());
        Ok(opened)
    }

    fn backend(&mut self, name: &Name) -> Result<NativeFile> {
        let options = self.file.options();
        let siblings = self.file.siblings();
        let next_hop = siblings.next_hop(self.virtual_hops, &options.limits)?;
        if name.as_bytes() == b"." {
            return Ok(NativeFile::from_state(Arc::clone(self.file), self.virtual_hops.saturating_add(1)));
        }
        if let Some(open) = self.files.get(name) {
            return Ok(open.clone());
        }
        let opened = NativeFile::open_writable_at(&siblings.find(name)?, options, next_hop)?;
        self.files.insert(name.clone(), opened.clone());
        Ok(opened)
    }

    /// Closes the other files, all of them, and tells of the first that fails.
    fn close(self) -> Result<()> {
        let closed: Vec<Result<()>> = self.files.values().map(NativeFile::close).collect();
        closed.into_iter().collect()
    }
}

/// What is written, and which mappings show it.
struct VirtualWrite<'w> {
    mappings: &'w [VirtualMapping],
    selection: &'w ResolvedSelection,
    wanted: Block,
}

/// Is told of a box of a source, and of the selected elements that go there: the first one's number, and how many.
type Piece<'p> = dyn FnMut(&Dataset, &Block, (u64, u64)) -> Result<()> + 'p;

impl VirtualWrite<'_> {
    fn for_each_piece(&self, sources: &mut Sources<'_>, visit: &mut Piece<'_>) -> Result<()> {
        let dimensions = self.selection.dimensions();
        for_each_shown(self.mappings, dimensions, &self.wanted, &mut |part: Shown<'_>| {
            let source = sources.dataset(&part.file, &part.dataset)?;
            let info = source.info()?;
            let from = part.of_source.resolve(info.dataspace.dimensions())?;
            let boxes = full_box(&from).zip(full_box(&part.shown));
            match boxes.filter(|(from, shown)| same_shape(from, shown)) {
                Some((from, shown)) => self.boxes(&source, &from, &shown, visit),
                None => self.in_order(&source, &from, &part.shown, visit),
            }
        })
    }

    /// Source and mapping are boxes of one shape.
    fn boxes(&self, source: &Dataset, from: &Block, shown: &Block, visit: &mut Piece<'_>) -> Result<()> {
        let Some(wanted) = intersection(shown, &self.wanted) else { return Ok(()) };
        let count = volume(&wanted);
        for copy in self.selection.copies(&wanted)? {
            if copy.from == 0 && copy.count == 1 && copy.length == count {
                visit(source, &source_block(from, shown, &wanted)?, (copy.to, count))?;
                continue;
            }
            for index in 0..copy.count {
                let first = copy.from.saturating_add(index.saturating_mul(copy.from_step));
                let to = copy.to.saturating_add(index.saturating_mul(copy.to_step));
                for_each_row(first, copy.length, &wanted.size, &mut |mut row, done| {
                    for (start, offset) in row.start.iter_mut().zip(&wanted.start) {
                        *start = start.saturating_add(*offset);
                    }
                    let place = source_block(from, shown, &row)?;
                    visit(source, &place, (to.saturating_add(done), volume(&row)))
                })?;
            }
        }
        Ok(())
    }

    /// Any other pair of selections: the n-th element shown is the n-th of the source's selection.
    fn in_order(
        &self,
        source: &Dataset,
        from: &ResolvedSelection,
        shown: &ResolvedSelection,
        visit: &mut Piece<'_>,
    ) -> Result<()> {
        let mut places = from.runs()?;
        let mut place = places.next();
        for mut run in shown.runs()? {
            while let Some(now) = place.filter(|_| run.length > 0) {
                let length = now.length.min(run.length);
                for_each_row(run.offset, length, shown.dimensions(), &mut |row, done| {
                    for copy in self.selection.copies(&row)? {
                        for index in 0..copy.count {
                            let within = copy.from.saturating_add(index.saturating_mul(copy.from_step));
                            let to = copy.to.saturating_add(index.saturating_mul(copy.to_step));
                            let first = now.offset.saturating_add(done).saturating_add(within);
                            for_each_row(first, copy.length, from.dimensions(), &mut |row, done| {
                                visit(source, &row, (to.saturating_add(done), volume(&row)))
                            })?;
                        }
                    }
                    Ok(())
                })?;
                run.offset = run.offset.saturating_add(length);
                run.length = run.length.saturating_sub(length);
                place = if length == now.length {
                    places.next()
                } else {
                    let offset = now.offset.saturating_add(length);
                    Some(h5_types::Run { offset, length: now.length.saturating_sub(length) })
                };
            }
        }
        Ok(())
    }
}

/// Cuts consecutive elements of an array where rows end. `visit` is told how many came before.
fn for_each_row(
    first: u64,
    length: u64,
    dimensions: &[u64],
    visit: &mut dyn FnMut(Block, u64) -> Result<()>,
) -> Result<()> {
    let mut done = 0_u64;
    while done < length {
        let row = row_block(first.saturating_add(done), length.saturating_sub(done), dimensions);
        let taken = volume(&row);
        if taken == 0 {
            return Err(Error::usage("elements past the end of a source"));
        }
        visit(row, done)?;
        done = done.saturating_add(taken);
    }
    Ok(())
}
