//! Stored elements to the caller's: copied, converted, or followed through the global heap.

use h5_types::{Converter, CopyRun, Datatype, Error, Heap, Result};

use super::ReadContext;
use super::kernels::{Span, copy_span, fill_elements};
use super::materialize::Materializer;
use crate::Storage;
use crate::heap::GlobalHeapReader;

/// How elements of the file become elements of memory.
#[derive(Debug)]
pub(crate) struct Transfer<'a> {
    /// The datatype in the file.
    pub(crate) stored: &'a Datatype,
    pub(crate) stored_size: usize,
    pub(crate) memory_size: usize,
    mode: Mode<'a>,
}

#[derive(Debug)]
enum Mode<'a> {
    Copy,
    Convert(Converter),
    Materialize { materializer: Materializer<'a>, form_size: usize, converter: Option<Converter> },
}

/// Elements converted at a time where they do not lie side by side, in bytes of the file.
const TILE_BYTES: usize = 32 << 10;
/// A run of at least that many bytes is converted where it is.
const LONG_RUN_BYTES: usize = 512;

impl<'a> Transfer<'a> {
    /// `heap` is what the read will add to.
    pub(crate) fn new(
        context: &ReadContext<'a>,
        stored: &'a Datatype,
        memory: &Datatype,
        heap: &Heap,
    ) -> Result<Self> {
        // The caller has memory for elements of the size asked for, but a compound may be stored far larger than all its members.
        let limit = context.storage.limits().metadata_block_bytes;
        if stored.size() > memory.size() && u64::try_from(stored.size()).is_ok_and(|size| size > limit) {
            let size = stored.size();
            return Err(Error::limit(format!(
                "an element of {size} stored bytes, over the limit of {limit}"
            )));
        }
        let form = stored.memory_form();
        let converter = Converter::new(&form, memory)?;
        let converter = Some(converter).filter(|converter| !converter.is_identity());
        let mode = if stored.has_variable_part() {
            let materializer = Materializer::new(*context, stored, heap);
            Mode::Materialize { materializer, form_size: form.size(), converter }
        } else {
            converter.map_or(Mode::Copy, Mode::Convert)
        };
        Ok(Self { stored, stored_size: stored.size(), memory_size: memory.size(), mode })
    }

    /// The way back: elements of the caller's become elements of the file. Neither datatype has a variable part.
    ///
    /// # Errors
    /// `Conversion` if no rule leads from one datatype to the other, `Unsupported`.
    pub(crate) fn to_stored(memory: &'a Datatype, stored: &Datatype) -> Result<Self> {
        let (stored_size, memory_size) = (memory.size(), stored.size());
        let converter = Converter::new(memory, stored)?;
        let mode = if converter.is_identity() { Mode::Copy } else { Mode::Convert(converter) };
        Ok(Self { stored: memory, stored_size, memory_size, mode })
    }

    /// Elements that are as they are to be stored already.
    pub(crate) fn stored(stored: &'a Datatype) -> Self {
        Self { stored, stored_size: stored.size(), memory_size: stored.size(), mode: Mode::Copy }
    }

    /// True if the stored bytes are the result.
    pub(crate) fn is_copy(&self) -> bool {
        matches!(self.mode, Mode::Copy)
    }

    /// True if elements have parts in a heap, which one thread at a time can fill.
    pub(crate) fn needs_heap(&self) -> bool {
        matches!(self.mode, Mode::Materialize { .. })
    }
}

/// Part of the result, from element `base` on, and what is needed to fill it.
#[derive(Debug)]
pub(crate) struct Target<'o> {
    out: &'o mut [u8],
    base: u64,
    elements: usize,
    heap: &'o mut Heap,
    objects: GlobalHeapReader<'o>,
    stored_tile: Vec<u8>,
    form_tile: Vec<u8>,
    memory_tile: Vec<u8>,
}

impl<'o> Target<'o> {
    pub(crate) fn new(
        context: &ReadContext<'o>,
        out: &'o mut [u8],
        base: u64,
        heap: &'o mut Heap,
        transfer: &Transfer<'_>,
    ) -> Self {
        let objects = GlobalHeapReader::new(context.storage);
        let elements = out.len().checked_div(transfer.memory_size).unwrap_or(0);
        let (stored_tile, form_tile, memory_tile) = (Vec::new(), Vec::new(), Vec::new());
        Self { out, base, elements, heap, objects, stored_tile, form_tile, memory_tile }
    }

    /// A whole chunk that elements without a variable part are put into.
    pub(crate) fn chunk(
        storage: &'o Storage,
        out: &'o mut [u8],
        heap: &'o mut Heap,
        transfer: &Transfer<'_>,
    ) -> Self {
        let elements = out.len().checked_div(transfer.memory_size).unwrap_or(0);
        let (stored_tile, form_tile, memory_tile) = (Vec::new(), Vec::new(), Vec::new());
        let objects = GlobalHeapReader::new(storage);
        Self { out, base: 0, elements, heap, objects, stored_tile, form_tile, memory_tile }
    }

    /// The bytes of the result's elements `to .. to + count`.
    pub(crate) fn region(&mut self, transfer: &Transfer<'_>, to: u64, count: u64) -> Result<&mut [u8]> {
        let first = to.checked_sub(self.base).and_then(|first| usize::try_from(first).ok());
        let count = usize::try_from(count).ok();
        let (first, count) = first.zip(count).ok_or_else(too_large)?;
        elements_mut(self.out, first, count, transfer.memory_size)
    }

    /// Puts runs of stored elements into the result; `source` begins with element `source_base` of what `copy.from` counts.
    pub(crate) fn put(
        &mut self,
        transfer: &Transfer<'_>,
        source: &[u8],
        source_base: u64,
        copy: CopyRun,
    ) -> Result<()> {
        let held = source.len().checked_div(transfer.stored_size).unwrap_or(0);
        let span = Span::checked(copy, (source_base, held), (self.base, self.elements))?;
        match &transfer.mode {
            Mode::Copy => copy_span(source, self.out, span, transfer.stored_size),
            Mode::Convert(converter) => self.convert(transfer, converter, source, span)?,
            Mode::Materialize { materializer, form_size, converter } => {
                for (from, to) in span.rows() {
                    let from = elements(source, from, span.length, transfer.stored_size)?;
                    let to = elements_mut(self.out, to, span.length, transfer.memory_size)?;
                    match converter {
                        None => materializer.materialize(from, to, self.heap, &mut self.objects)?,
                        Some(converter) => {
                            let bytes = span.length.checked_mul(*form_size).ok_or_else(too_large)?;
                            resize(&mut self.form_tile, bytes)?;
                            let mut form_heap = Heap::default();
                            materializer.materialize(
                                from,
                                &mut self.form_tile,
                                &mut form_heap,
                                &mut self.objects,
                            )?;
                            converter.convert(&self.form_tile, &form_heap, to, self.heap)?;
                            materializer.room().check(self.heap, 0)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Converts runs: long ones in place, short ones packed into a tile.
    fn convert(
        &mut self,
        transfer: &Transfer<'_>,
        converter: &Converter,
        source: &[u8],
        span: Span,
    ) -> Result<()> {
        let (stored, memory) = (transfer.stored_size, transfer.memory_size);
        let none = Heap::default();
        if span.count == 1 || span.length.saturating_mul(stored) >= LONG_RUN_BYTES {
            for (from, to) in span.rows() {
                let from = elements(source, from, span.length, stored)?;
                let to = elements_mut(self.out, to, span.length, memory)?;
                converter.convert(from, &none, to, self.heap)?;
            }
            return Ok(());
        }
        // Runs are shorter than LONG_RUN_BYTES here, so that a tile holds many.
        let a_run = span.length.saturating_mul(stored).max(1);
        let runs_a_tile = TILE_BYTES.checked_div(a_run).unwrap_or(1).max(1);
        let mut done = 0_usize;
        while done < span.count {
            let runs = span.count.saturating_sub(done).min(runs_a_tile);
            let part = Span {
                from: span.from.saturating_add(done.saturating_mul(span.from_step)),
                to: span.to.saturating_add(done.saturating_mul(span.to_step)),
                count: runs,
                ..span
            };
            let total = runs.saturating_mul(span.length);
            resize(&mut self.stored_tile, total.saturating_mul(stored))?;
            let packed = Span { to: 0, to_step: span.length, ..part };
            copy_span(source, &mut self.stored_tile, packed, stored);
            if span.to_step == span.length {
                let to = elements_mut(self.out, part.to, total, memory)?;
                converter.convert(&self.stored_tile, &none, to, self.heap)?;
            } else {
                // Conversion may keep bytes of the target, so that these are fetched first.
                resize(&mut self.memory_tile, total.saturating_mul(memory))?;
                let fetch = Span { from: part.to, from_step: part.to_step, ..packed };
                copy_span(self.out, &mut self.memory_tile, fetch, memory);
                converter.convert(&self.stored_tile, &none, &mut self.memory_tile, self.heap)?;
                let scatter = Span { from: 0, from_step: span.length, ..part };
                copy_span(&self.memory_tile, self.out, scatter, memory);
            }
            done = done.saturating_add(runs);
        }
        Ok(())
    }

    /// Puts the fill value, which is in memory form, into the result.
    pub(crate) fn fill(&mut self, transfer: &Transfer<'_>, element: &[u8], copy: CopyRun) -> Result<()> {
        let anywhere = CopyRun { from: 0, from_step: 0, ..copy };
        let span = Span::checked(anywhere, (0, usize::MAX), (self.base, self.elements))?;
        for (_, to) in span.rows() {
            fill_elements(elements_mut(self.out, to, span.length, transfer.memory_size)?, element);
        }
        Ok(())
    }
}

fn elements(bytes: &[u8], first: usize, count: usize, size: usize) -> Result<&[u8]> {
    range(first, count, size).and_then(|range| bytes.get(range)).ok_or_else(too_large)
}

fn elements_mut(bytes: &mut [u8], first: usize, count: usize, size: usize) -> Result<&mut [u8]> {
    range(first, count, size).and_then(|range| bytes.get_mut(range)).ok_or_else(too_large)
}

fn range(first: usize, count: usize, size: usize) -> Option<std::ops::Range<usize>> {
    let start = first.checked_mul(size)?;
    Some(start..start.checked_add(count.checked_mul(size)?)?)
}

fn too_large() -> Error {
    Error::usage("the buffer is shorter than the selection")
}

/// Makes a buffer exactly that long, without an abort where memory is short. New bytes are zero.
pub(crate) fn resize(buffer: &mut Vec<u8>, bytes: usize) -> Result<()> {
    if let Some(more) = bytes.checked_sub(buffer.len()) {
        buffer
            .try_reserve_exact(more)
            .map_err(|e| Error::limit(format!("no memory for a buffer of {bytes} bytes")).with_source(e))?;
    }
    buffer.resize(bytes, 0);
    Ok(())
}
