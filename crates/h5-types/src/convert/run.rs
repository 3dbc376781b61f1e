//! Runs a plan over elements that lie at a constant distance from one another.

use super::layout::Layout;
use super::number::{Float, Integer};
use super::plan::{KernelPlan, MemberPlan, Plan};
use super::text;
use crate::elements::write_sequence;
use crate::{Error, ErrorKind, Heap, Result};

/// Elements to read: the first at the start, each next one `stride` bytes on.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) stride: usize,
}

/// Elements to write.
pub(crate) struct Target<'a> {
    pub(crate) bytes: &'a mut [u8],
    pub(crate) stride: usize,
}

/// What a run needs beside the elements.
pub(crate) struct Context<'a> {
    pub(crate) source_heap: &'a Heap,
    pub(crate) target_heap: &'a mut Heap,
    /// Most bytes that the target heap may hold.
    pub(crate) heap_limit: usize,
    /// Contiguous little-endian copies of one tile.
    tiles: (Vec<u8>, Vec<u8>),
}

/// Elements that are gathered, converted and scattered at a time.
const TILE: usize = 1024;

impl<'a> Context<'a> {
    pub(crate) fn new(source_heap: &'a Heap, target_heap: &'a mut Heap, heap_limit: usize) -> Self {
        Self { source_heap, target_heap, heap_limit, tiles: (Vec::new(), Vec::new()) }
    }
}

impl<'a> Source<'a> {
    fn at(self, offset: usize) -> Result<Self> {
        Ok(Self { bytes: self.bytes.get(offset..).ok_or_else(too_short)?, ..self })
    }

    /// Each element's first `size` bytes.
    fn elements(self, size: usize) -> impl Iterator<Item = &'a [u8]> {
        self.bytes.chunks(self.stride.max(1)).filter_map(move |element| element.get(..size))
    }
}

impl Target<'_> {
    fn at(&mut self, offset: usize) -> Result<Target<'_>> {
        Ok(Target { bytes: self.bytes.get_mut(offset..).ok_or_else(too_short)?, stride: self.stride })
    }

    fn elements(&mut self, size: usize) -> impl Iterator<Item = &mut [u8]> {
        self.bytes.chunks_mut(self.stride.max(1)).filter_map(move |element| element.get_mut(..size))
    }
}

impl Plan {
    /// Converts `count` elements.
    pub(crate) fn run(
        &self,
        context: &mut Context<'_>,
        source: Source<'_>,
        mut target: Target<'_>,
        count: usize,
    ) -> Result<()> {
        match self {
            Self::Copy { size } => copy(source, target, *size, count),
            Self::Swap { size } => {
                let reversed = Target { bytes: &mut *target.bytes, ..target };
                copy(source, reversed, *size, count);
                swap(target, *size, count);
            }
            Self::Zero { size } => target.elements(*size).take(count).for_each(|element| element.fill(0)),
            Self::Kernel(kernel) => kernel.run(context, source, target, count)?,
            Self::Number { source: from, target: to } => {
                each(source, target, count, (from.word().size, to.word().size), number(from, to))
            }
            Self::Bits { source: from, target: to } => {
                each(source, target, count, (from.word.size, to.word.size), |s, t| {
                    to.write_bits(from.read_bits(s), t)
                });
            }
            Self::Enum(table) => {
                each(source, target, count, (table.source_size, table.target_size), |s, t| {
                    table.convert(s, t)
                });
            }
            Self::Text { source: (from, s_padding), target: (to, t_padding) } => {
                each(source, target, count, (*from, *to), |s, t| {
                    text::fill(text::trim(s, *s_padding), *t_padding, t)
                });
            }
            Self::Members(members) => run_members(members, context, source, target, count)?,
            Self::Array { .. } => self.run_array(context, source, target, count)?,
            Self::TextToHeap { .. } | Self::TextFromHeap { .. } | Self::Sequence { .. } | Self::Reference => {
                self.run_heap(context, source, target, count)?;
            }
        }
        Ok(())
    }

    fn run_array(
        &self,
        context: &mut Context<'_>,
        source: Source<'_>,
        mut target: Target<'_>,
        count: usize,
    ) -> Result<()> {
        let Self::Array { count: length, source_size, target_size, base } = self else { return Ok(()) };
        let (whole_source, whole_target) =
            (size_of_array(*length, *source_size)?, size_of_array(*length, *target_size)?);
        if count == 1 || (source.stride == whole_source && target.stride == whole_target) {
            let source = Source { bytes: source.bytes, stride: *source_size };
            let target = Target { bytes: target.bytes, stride: *target_size };
            return base.run(context, source, target, size_of_array(*length, count)?);
        }
        if *length < count {
            // Few elements in each of many arrays: all first ones, all second ones, and so on.
            for index in 0..*length {
                let from = source.at(size_of_array(index, *source_size)?)?;
                base.run(context, from, target.at(size_of_array(index, *target_size)?)?, count)?;
            }
            return Ok(());
        }
        for (from, to) in source.elements(whole_source).zip(target.elements(whole_target)).take(count) {
            let from = Source { bytes: from, stride: *source_size };
            base.run(context, from, Target { bytes: to, stride: *target_size }, *length)?;
        }
        Ok(())
    }

    fn run_heap(
        &self,
        context: &mut Context<'_>,
        source: Source<'_>,
        mut target: Target<'_>,
        count: usize,
    ) -> Result<()> {
        const VLEN: usize = crate::datatype::VLEN_MEMORY_BYTES;
        const REFERENCE: usize = crate::datatype::REFERENCE_MEMORY_BYTES;
        match self {
            Self::TextToHeap { source: (size, padding) } => {
                for (from, to) in source.elements(*size).zip(target.elements(VLEN)).take(count) {
                    let text = text::trim(from, *padding);
                    context.check_room(text.len())?;
                    context.target_heap.push_sequence(text.len(), text, to)?;
                }
            }
            Self::TextFromHeap { target: (size, padding) } => {
                for (from, to) in source.elements(VLEN).zip(target.elements(*size)).take(count) {
                    text::fill(context.source_heap.sequence(from, 1)?.1, *padding, to);
                }
            }
            Self::Sequence { source_size, target_size, nested, base } => {
                for (from, to) in source.elements(VLEN).zip(target.elements(VLEN)).take(count) {
                    let (length, values) = context.source_heap.sequence(from, *source_size)?;
                    let source = Source { bytes: values, stride: *source_size };
                    let offset = run_sequence(base, *nested, context, source, *target_size, length)?;
                    write_sequence(length, offset, to)?;
                }
            }
            Self::Reference => {
                for (from, to) in source.elements(REFERENCE).zip(target.elements(REFERENCE)).take(count) {
                    let reference = context.source_heap.reference(from)?.clone();
                    context.target_heap.push_reference(reference, to)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Context<'_> {
    fn check_room(&self, more: usize) -> Result<()> {
        let total = self.target_heap.bytes.len().checked_add(more).filter(|&n| n <= self.heap_limit);
        total.map(drop).ok_or_else(|| {
            Error::limit(format!(
                "{more} more bytes of variable-length data, {} at most in all",
                self.heap_limit
            ))
        })
    }
}

/// Converts the values of one sequence to the end of the target heap and says where they begin.
fn run_sequence(
    base: &Plan,
    nested: bool,
    context: &mut Context<'_>,
    source: Source<'_>,
    target_size: usize,
    length: usize,
) -> Result<usize> {
    let added = size_of_array(length, target_size)?;
    context.check_room(added)?;
    context.target_heap.reserve(added)?;
    if let Plan::Copy { .. } = base {
        let offset = context.target_heap.bytes.len();
        context.target_heap.bytes.extend_from_slice(source.bytes);
        return Ok(offset);
    }
    if nested {
        // Values that themselves push onto the heap are converted beside it, and follow what they point to.
        let mut values = Vec::new();
        values.try_reserve_exact(added).map_err(|e| too_large(added).with_source(e))?;
        values.resize(added, 0);
        base.run(context, source, Target { bytes: &mut values, stride: target_size }, length)?;
        context.check_room(added)?;
        context.target_heap.reserve(added)?;
        let offset = context.target_heap.bytes.len();
        context.target_heap.bytes.extend_from_slice(&values);
        return Ok(offset);
    }
    let mut bytes = std::mem::take(&mut context.target_heap.bytes);
    let offset = bytes.len();
    bytes.resize(offset.saturating_add(added), 0);
    let result = match bytes.get_mut(offset..) {
        Some(values) => base.run(context, source, Target { bytes: values, stride: target_size }, length),
        None => Ok(()),
    };
    context.target_heap.bytes = bytes;
    result.map(|()| offset)
}

fn run_members(
    members: &[MemberPlan],
    context: &mut Context<'_>,
    source: Source<'_>,
    mut target: Target<'_>,
    count: usize,
) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    for MemberPlan { source_offset, target_offset, plan } in members {
        plan.run(context, source.at(*source_offset)?, target.at(*target_offset)?, count)?;
    }
    Ok(())
}

impl KernelPlan {
    fn run(
        &self,
        context: &mut Context<'_>,
        source: Source<'_>,
        mut target: Target<'_>,
        count: usize,
    ) -> Result<()> {
        let (s, t) = (self.source_size, self.target_size);
        let direct_source = source.stride == s && !self.swap_source;
        let direct_target = target.stride == t;
        let mut done = 0_usize;
        while done < count {
            let tile = count.saturating_sub(done).min(TILE);
            let from = source.at(size_of_array(done, source.stride)?)?;
            let to = target.at(size_of_array(done, target.stride)?)?;
            let gathered = if direct_source {
                from.bytes.get(..size_of_array(tile, s)?).ok_or_else(too_short)?
            } else {
                let gathered = resized(&mut context.tiles.0, size_of_array(tile, s)?);
                copy(from, Target { bytes: &mut *gathered, stride: s }, s, tile);
                if self.swap_source {
                    swap(Target { bytes: &mut *gathered, stride: s }, s, tile);
                }
                gathered
            };
            let bytes = size_of_array(tile, t)?;
            if direct_target {
                self.run_tile(gathered, to.bytes.get_mut(..bytes).ok_or_else(too_short)?);
            } else {
                let converted = resized(&mut context.tiles.1, bytes);
                self.run_tile(gathered, converted);
                copy(Source { bytes: converted, stride: t }, to, t, tile);
            }
            done = done.saturating_add(tile);
        }
        Ok(())
    }

    fn run_tile(&self, source: &[u8], target: &mut [u8]) {
        (self.run)(source, target);
        if self.swap_target {
            swap(Target { bytes: target, stride: self.target_size }, self.target_size, usize::MAX);
        }
    }
}

/// The conversion of one number of any layout.
fn number<'a>(source: &'a Layout, target: &'a Layout) -> impl Fn(&[u8], &mut [u8]) + 'a {
    move |from, to| match (source, target) {
        (Layout::Integer(s), Layout::Integer(t)) => t.write(s.read(from), to),
        (Layout::Integer(s), Layout::Float(t)) => t.write(Float::from(s.read(from)), to),
        (Layout::Float(s), Layout::Integer(t)) => t.write(Integer::from(s.read(from)), to),
        (Layout::Float(s), Layout::Float(t)) => t.write(s.read(from), to),
    }
}

/// Applies a conversion to each pair of elements.
fn each(
    source: Source<'_>,
    mut target: Target<'_>,
    count: usize,
    (s, t): (usize, usize),
    convert: impl Fn(&[u8], &mut [u8]),
) {
    for (from, to) in source.elements(s).zip(target.elements(t)).take(count) {
        convert(from, to);
    }
}

fn copy(source: Source<'_>, mut target: Target<'_>, size: usize, count: usize) {
    if source.stride == size && target.stride == size {
        let bytes = size.saturating_mul(count).min(source.bytes.len()).min(target.bytes.len());
        if let (Some(from), Some(to)) = (source.bytes.get(..bytes), target.bytes.get_mut(..bytes)) {
            to.copy_from_slice(from);
        }
        return;
    }
    match size {
        1 => copy_words::<1>(source, target, count),
        2 => copy_words::<2>(source, target, count),
        4 => copy_words::<4>(source, target, count),
        8 => copy_words::<8>(source, target, count),
        16 => copy_words::<16>(source, target, count),
        _ => source
            .elements(size)
            .zip(target.elements(size))
            .take(count)
            .for_each(|(from, to)| to.copy_from_slice(from)),
    }
}

/// Copies words of a size that is known when this is compiled.
fn copy_words<const SIZE: usize>(source: Source<'_>, target: Target<'_>, count: usize) {
    let (from, to) =
        (source.bytes.chunks(source.stride.max(1)), target.bytes.chunks_mut(target.stride.max(1)));
    for (from, to) in from.zip(to).take(count) {
        if let (Some(from), Some(to)) = (from.first_chunk::<SIZE>(), to.first_chunk_mut::<SIZE>()) {
            *to = *from;
        }
    }
}

/// Reverses the bytes of each word in place.
fn swap(mut target: Target<'_>, size: usize, count: usize) {
    fn words<const SIZE: usize>(bytes: &mut [u8], count: usize) {
        bytes.as_chunks_mut::<SIZE>().0.iter_mut().take(count).for_each(|word| word.reverse());
    }
    match size {
        2 if target.stride == 2 => words::<2>(target.bytes, count),
        4 if target.stride == 4 => words::<4>(target.bytes, count),
        8 if target.stride == 8 => words::<8>(target.bytes, count),
        16 if target.stride == 16 => words::<16>(target.bytes, count),
        _ => target.elements(size).take(count).for_each(<[u8]>::reverse),
    }
}

fn size_of_array(count: usize, size: usize) -> Result<usize> {
    count
        .checked_mul(size)
        .ok_or_else(|| Error::new(ErrorKind::Limit, format!("{count} elements of {size} bytes")))
}

fn resized(tile: &mut Vec<u8>, bytes: usize) -> &mut [u8] {
    tile.resize(bytes, 0);
    tile
}

fn too_large(bytes: usize) -> Error {
    Error::limit(format!("{bytes} bytes of variable-length data"))
}

fn too_short() -> Error {
    Error::usage("a buffer ends inside an element")
}
