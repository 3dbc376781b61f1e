//! Reading a virtual dataset: each mapping's part of the selection from its source.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use h5_types::{
    Block, CopyRun, Datatype, Error, Heap, Hyperslab, HyperslabDimension, Name, ResolvedSelection, Result,
    Selection, VirtualMapping,
};

use super::context::{ReadContext, SourceDataset};
use super::kernels::{Span, copy_span};
use super::transfer::resize;
use super::virtual_extent::{is_numbered, numbered_name, unlimited_dimension};

/// The mappings of a virtual dataset, and those of its sources that were opened.
#[derive(Debug)]
pub(super) struct VirtualStorage {
    mappings: Vec<VirtualMapping>,
    sources: Mutex<HashMap<(Name, Name), Source>>,
}

/// A source, unless it is not there.
type Source = Option<Arc<dyn SourceDataset>>;

/// Sources that are kept open.
const MOST_OPEN: usize = 256;
/// Bytes that are read from a source at a time where they cannot go straight into the result.
const PART_BYTES: u64 = 8 << 20;

/// The parts of one read that stay the same.
struct VirtualRead<'r> {
    selection: &'r ResolvedSelection,
    memory: &'r Datatype,
    out: &'r mut [u8],
    heap: &'r mut Heap,
    part: Vec<u8>,
}

impl VirtualStorage {
    pub(super) fn new(mappings: Vec<VirtualMapping>) -> Self {
        Self { mappings, sources: Mutex::default() }
    }

    pub(super) fn mappings(&self) -> &[VirtualMapping] {
        &self.mappings
    }

    /// A source by its names, opened once.
    pub(super) fn source(&self, context: &ReadContext<'_>, file: &Name, dataset: &Name) -> Result<Source> {
        let key = (file.clone(), dataset.clone());
        if let Some(found) = self.sources.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(found.clone());
        }
        // Opened without the lock: a source may be a virtual dataset that asks for sources of its own.
        let opened = context.resolver.open_dataset(file, dataset)?;
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if sources.len() >= MOST_OPEN {
            sources.clear();
        }
        sources.insert(key, opened.clone());
        Ok(opened)
    }

    /// Reads what the mappings show; elements that none shows are left as they are.
    pub(super) fn read(
        &self,
        context: &ReadContext<'_>,
        selection: &ResolvedSelection,
        memory: &Datatype,
        out: &mut [u8],
        heap: &mut Heap,
    ) -> Result<()> {
        let Some(wanted) = selection.bounds() else { return Ok(()) };
        let dimensions = selection.dimensions().to_vec();
        let mut read = VirtualRead { selection, memory, out, heap, part: Vec::new() };
        for mapping in &self.mappings {
            if is_numbered(mapping) {
                self.read_numbered(context, mapping, &dimensions, &wanted, &mut read)?;
                continue;
            }
            let shown = mapping.virtual_selection.resolve(&dimensions)?;
            if shown.bounds().and_then(|shown| intersection(&shown, &wanted)).is_none() {
                continue;
            }
            if let Some(source) = self.source(context, &mapping.source_file, &mapping.source_dataset)? {
                read.mapping(&*source, &mapping.source_selection, &shown)?;
            }
        }
        Ok(())
    }

    /// A mapping that has a source for each block: those that the selection touches.
    fn read_numbered(
        &self,
        context: &ReadContext<'_>,
        mapping: &VirtualMapping,
        dimensions: &[u64],
        wanted: &Block,
        read: &mut VirtualRead<'_>,
    ) -> Result<()> {
        let Some((along, dimension)) = unlimited_dimension(&mapping.virtual_selection) else { return Ok(()) };
        let (Some(&low), Some(&size)) = (wanted.start.get(along), wanted.size.get(along)) else {
            return Ok(());
        };
        let Some(&extent) = dimensions.get(along) else { return Ok(()) };
        let number_at = |x: u64| x.saturating_sub(dimension.start).checked_div(dimension.stride).unwrap_or(0);
        for number in number_at(low)..=number_at(low.saturating_add(size)) {
            let start = number.checked_mul(dimension.stride).and_then(|n| n.checked_add(dimension.start));
            let Some(start) = start.filter(|&start| start < extent) else { break };
            let file = numbered_name(&mapping.source_file, number);
            let dataset = numbered_name(&mapping.source_dataset, number);
            let Some(source) = self.source(context, &file, &dataset)? else { continue };
            let shown = one_block(&mapping.virtual_selection, along, start, extent).resolve(dimensions)?;
            read.mapping(&*source, &mapping.source_selection, &shown)?;
        }
        Ok(())
    }
}

/// What a mapping shows: the source's file and dataset, the selection of it, and where that is shown.
pub(crate) struct Shown<'m> {
    pub(crate) file: Name,
    pub(crate) dataset: Name,
    pub(crate) of_source: &'m Selection,
    pub(crate) shown: ResolvedSelection,
}

/// Calls `visit` with what mappings show of the box `wanted` of a virtual dataset.
///
/// # Errors
/// Those of resolving selections, and of `visit`.
pub(crate) fn for_each_shown(
    mappings: &[VirtualMapping],
    dimensions: &[u64],
    wanted: &Block,
    visit: &mut dyn FnMut(Shown<'_>) -> Result<()>,
) -> Result<()> {
    for mapping in mappings {
        let of_source = &mapping.source_selection;
        let mut touched = |file: Name, dataset: Name, shown: ResolvedSelection| match shown
            .bounds()
            .and_then(|bounds| intersection(&bounds, wanted))
        {
            Some(_) => visit(Shown { file, dataset, of_source, shown }),
            None => Ok(()),
        };
        let numbered = unlimited_dimension(&mapping.virtual_selection).filter(|_| is_numbered(mapping));
        let Some((along, dimension)) = numbered else {
            let shown = mapping.virtual_selection.resolve(dimensions)?;
            touched(mapping.source_file.clone(), mapping.source_dataset.clone(), shown)?;
            continue;
        };
        let place = (wanted.start.get(along), wanted.size.get(along), dimensions.get(along));
        let (Some(&low), Some(&size), Some(&extent)) = place else { continue };
        let number_at = |x: u64| x.saturating_sub(dimension.start).checked_div(dimension.stride).unwrap_or(0);
        for number in number_at(low)..=number_at(low.saturating_add(size)) {
            let start = number.checked_mul(dimension.stride).and_then(|n| n.checked_add(dimension.start));
            let Some(start) = start.filter(|&start| start < extent) else { break };
            let names = (&mapping.source_file, &mapping.source_dataset);
            let shown = one_block(&mapping.virtual_selection, along, start, extent).resolve(dimensions)?;
            touched(numbered_name(names.0, number), numbered_name(names.1, number), shown)?;
        }
    }
    Ok(())
}

impl VirtualRead<'_> {
    /// Reads what is selected of one mapping: the n-th element shown is the n-th of the source's selection.
    fn mapping(
        &mut self,
        source: &dyn SourceDataset,
        of_source: &Selection,
        shown: &ResolvedSelection,
    ) -> Result<()> {
        let from = of_source.resolve(source.info().dataspace.dimensions())?;
        let boxes = full_box(&from).zip(full_box(shown)).filter(|(from, shown)| same_shape(from, shown));
        match boxes {
            Some((from, shown)) => {
                let Some(wanted) = self.selection.bounds().and_then(|w| intersection(&shown, &w)) else {
                    return Ok(());
                };
                self.boxes(source, &from, &shown, &wanted)
            }
            None => self.elements_in_order(source, of_source, &from, shown),
        }
    }

    /// Source and mapping are boxes of one shape: reads the box `wanted` of the virtual dataset.
    fn boxes(
        &mut self,
        source: &dyn SourceDataset,
        from: &Block,
        shown: &Block,
        wanted: &Block,
    ) -> Result<()> {
        let count = volume(wanted);
        let mut copies = self.selection.copies(wanted)?;
        let Some(first) = copies.next() else { return Ok(()) };
        let second = copies.next();
        let there = Selection::from_block(&source_block(from, shown, wanted)?);
        if first.from == 0 && first.count == 1 && first.length == count && second.is_none() {
            // The whole box is one piece of the result.
            let size = self.memory.size();
            let start = usize::try_from(first.to).ok().and_then(|to| to.checked_mul(size));
            let bytes = usize::try_from(count).ok().and_then(|count| count.checked_mul(size));
            let range = start.zip(bytes).and_then(|(start, bytes)| Some(start..start.checked_add(bytes)?));
            let region = range.and_then(|range| self.out.get_mut(range)).ok_or_else(short)?;
            return source.read(&there, self.memory, region, self.heap);
        }
        if count > self.part_elements() {
            for half in halves(wanted) {
                self.boxes(source, from, shown, &half)?;
            }
            return Ok(());
        }
        self.read_part(source, &there, count)?;
        let mut all = std::iter::once(first).chain(second).chain(copies);
        all.try_for_each(|copy| copy_part(&self.part, self.out, 0, copy, self.memory.size()))
    }

    /// Any other pair of selections: the source's elements in order, part by part, each run of the mapping to its place.
    fn elements_in_order(
        &mut self,
        source: &dyn SourceDataset,
        of_source: &Selection,
        from: &ResolvedSelection,
        shown: &ResolvedSelection,
    ) -> Result<()> {
        let mut runs = shown.runs()?;
        let mut run = runs.next();
        for (part, count) in parts(of_source, from, self.part_elements()) {
            self.read_part(source, &part, count)?;
            let mut done = 0_u64;
            while let Some(now) = run.filter(|_| done < count) {
                let block =
                    row_block(now.offset, now.length.min(count.saturating_sub(done)), shown.dimensions());
                let taken = volume(&block);
                for copy in self.selection.copies(&block)? {
                    copy_part(&self.part, self.out, done, copy, self.memory.size())?;
                }
                done = done.saturating_add(taken);
                run = if taken < now.length {
                    let (offset, length) =
                        (now.offset.saturating_add(taken), now.length.saturating_sub(taken));
                    Some(h5_types::Run { offset, length })
                } else {
                    runs.next()
                };
            }
        }
        Ok(())
    }

    fn part_elements(&self) -> u64 {
        PART_BYTES.checked_div(u64::try_from(self.memory.size()).unwrap_or(u64::MAX)).unwrap_or(1).max(1)
    }

    fn read_part(&mut self, source: &dyn SourceDataset, selection: &Selection, count: u64) -> Result<()> {
        let bytes = usize::try_from(count).ok().and_then(|count| count.checked_mul(self.memory.size()));
        let bytes = bytes.ok_or_else(|| Error::limit("a virtual mapping larger than memory"))?;
        // Conversion may keep bytes of the target, which must not be those of another part.
        self.part.clear();
        resize(&mut self.part, bytes)?;
        source.read(selection, self.memory, &mut self.part, self.heap)
    }
}

/// Copies from a part of a source, of which the box of `copy` begins at element `first`.
fn copy_part(part: &[u8], out: &mut [u8], first: u64, copy: CopyRun, size: usize) -> Result<()> {
    let copy = CopyRun { from: copy.from.saturating_add(first), ..copy };
    let elements = |bytes: &[u8]| bytes.len().checked_div(size).unwrap_or(0);
    let span = Span::checked(copy, (0, elements(part)), (0, elements(out)))?;
    copy_span(part, out, span, size);
    Ok(())
}

/// A selection cut into parts of consecutive elements, with their counts; as one where it is not regular.
fn parts(selection: &Selection, resolved: &ResolvedSelection, most: u64) -> Vec<(Selection, u64)> {
    let total = resolved.element_count();
    let whole = || vec![(selection.clone(), total)];
    let slab = match selection {
        Selection::Hyperslab(slab) => slab.clone(),
        _ => return whole(),
    };
    // Only along the slowest dimension do whole blocks follow one another.
    let Some(first) = slab.dimensions.first().copied() else { return whole() };
    let Some(count) = first.count.filter(|&count| count > 1) else { return whole() };
    let Some(each) = total.checked_div(count).filter(|&each| each > 0) else { return whole() };
    let blocks = most.checked_div(each).unwrap_or(1).max(1);
    let mut list = Vec::new();
    let mut done = 0_u64;
    while done < count {
        let now = blocks.min(count.saturating_sub(done));
        let mut part = slab.clone();
        if let Some(d) = part.dimensions.first_mut() {
            d.start = d.start.saturating_add(done.saturating_mul(d.stride));
            d.count = Some(now);
        }
        list.push((Selection::Hyperslab(part), now.saturating_mul(each)));
        done = done.saturating_add(now);
    }
    list
}

/// The box that a selection is, if it is one and not empty.
pub(crate) fn full_box(selection: &ResolvedSelection) -> Option<Block> {
    selection.regular_shape()?;
    selection.bounds().filter(|bounds| volume(bounds) == selection.element_count())
}

/// True if two boxes differ only by dimensions of size 1.
pub(crate) fn same_shape(a: &Block, b: &Block) -> bool {
    let long = |block: &Block| block.size.iter().copied().filter(|&n| n != 1).collect::<Vec<u64>>();
    long(a) == long(b)
}

/// The part of the source's box `from` that is shown at `wanted`, a part of `shown`.
pub(crate) fn source_block(from: &Block, shown: &Block, wanted: &Block) -> Result<Block> {
    let mut along = shown.size.iter().zip(&shown.start).zip(wanted.start.iter().zip(&wanted.size));
    let mut block = from.clone();
    for (start, size) in block.start.iter_mut().zip(&mut block.size) {
        if *size == 1 {
            continue;
        }
        let (first, (low, count)) = along
            .find(|((shown_size, _), _)| **shown_size != 1)
            .map(|((_, first), wanted)| (first, wanted))
            .ok_or_else(short)?;
        *start = low.checked_sub(*first).and_then(|within| start.checked_add(within)).ok_or_else(short)?;
        *size = *count;
    }
    Ok(block)
}

/// A box cut across its slowest dimension that has more than one element.
fn halves(block: &Block) -> Vec<Block> {
    let Some(along) = block.size.iter().position(|&n| n > 1) else { return Vec::new() };
    let mut halves = vec![block.clone(), block.clone()];
    if let [first, second] = halves.as_mut_slice() {
        let all = block.size.get(along).copied().unwrap_or(0);
        let cut = all / 2;
        if let Some(size) = first.size.get_mut(along) {
            *size = cut;
        }
        if let (Some(start), Some(size)) = (second.start.get_mut(along), second.size.get_mut(along)) {
            *start = start.saturating_add(cut);
            *size = all.saturating_sub(cut);
        }
    }
    halves
}

pub(crate) fn intersection(a: &Block, b: &Block) -> Option<Block> {
    let mut block = Block { start: Vec::new(), size: Vec::new() };
    for ((&s, &n), (&t, &m)) in a.start.iter().zip(&a.size).zip(b.start.iter().zip(&b.size)) {
        let (low, high) = (s.max(t), s.saturating_add(n).min(t.saturating_add(m)));
        block.size.push(high.checked_sub(low).filter(|&size| size > 0)?);
        block.start.push(low);
    }
    Some(block)
}

pub(crate) fn volume(block: &Block) -> u64 {
    block.size.iter().fold(1_u64, |product, &size| product.saturating_mul(size))
}

/// The elements from a linear number on, up to `length` and to the end of the row.
pub(crate) fn row_block(offset: u64, length: u64, dimensions: &[u64]) -> Block {
    let mut rest = offset;
    let mut start = vec![0; dimensions.len()];
    for (place, &extent) in start.iter_mut().zip(dimensions).rev() {
        *place = rest.checked_rem(extent).unwrap_or(0);
        rest = rest.checked_div(extent).unwrap_or(0);
    }
    let mut size = vec![1; dimensions.len()];
    if let (Some(size), Some(start), Some(extent)) = (size.last_mut(), start.last(), dimensions.last()) {
        *size = length.min(extent.saturating_sub(*start));
    }
    Block { start, size }
}

/// An unlimited hyperslab with one block, at `start`.
fn one_block(selection: &Selection, along: usize, start: u64, extent: u64) -> Selection {
    let Selection::Hyperslab(slab) = selection else { return selection.clone() };
    let dimensions = slab.dimensions.iter().enumerate().map(|(number, d)| {
        if number != along {
            return *d;
        }
        // The maximum extent may cut the last block.
        let block = d.block.map(|block| block.min(extent.saturating_sub(start)));
        HyperslabDimension { start, count: Some(1), block, ..*d }
    });
    Selection::Hyperslab(Hyperslab { dimensions: dimensions.collect() })
}

fn short() -> Error {
    Error::usage("the buffer is shorter than the selection")
}
