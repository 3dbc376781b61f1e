//! Elements on their way: cut into requests, of which a few are under way at a time.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use h5_types::{
    Block, Converter, DatasetInfo, Datatype, Error, ErrorKind, Heap, Layout, ResolvedSelection, Result,
    Selection,
};
use serde_json::json;
use ureq::http::Method;

use crate::dataset::WireElements;
use crate::http::{Body, Request};
use crate::id::Id;
use crate::json;
use crate::select::{self, Axis, Slice};
use crate::session::Session;
use crate::wire::{self, References};

/// Elements of one dataset, to and from the server.
pub(crate) struct Transfer<'t> {
    pub(crate) session: &'t Session,
    pub(crate) id: Id,
    pub(crate) info: &'t DatasetInfo,
    /// What elements are in memory.
    pub(crate) memory: &'t Datatype,
}

/// Bytes of one request.
const SLICE_BYTES: u64 = 8 << 20;
/// Elements of variable length of one request.
const SLICE_ELEMENTS: u64 = 64 << 10;
/// Requests under way for one transfer. Of more, the server gains nothing: it is one process for each node.
const READERS: usize = 3;
const WRITERS: usize = 2;
/// Points of one request.
const POINTS: usize = 50_000;
/// Rows up to which what is no regular selection is written row by row.
const FEW_ROWS: usize = 32;
/// Longest selection that goes into a query.
const LONGEST_QUERY: usize = 1000;

impl Transfer<'_> {
    /// Reads selected elements, and tells which objects were met in them.
    pub(crate) fn read(
        &self,
        selection: &Selection,
        resolved: &ResolvedSelection,
        converter: &Converter,
        out: &mut [u8],
        heap: &mut Heap,
    ) -> Result<Vec<Id>> {
        let known = |_| None;
        let references = References::new(&known);
        match select::axes(selection, resolved) {
            Some(axes) => self.read_axes(&axes, converter, out, heap, &references)?,
            None => self.read_irregular(resolved, converter, out, heap, &references)?,
        }
        Ok(references.met.into_inner())
    }

    fn read_axes(
        &self,
        axes: &[Axis],
        converter: &Converter,
        out: &mut [u8],
        heap: &mut Heap,
        references: &References<'_>,
    ) -> Result<()> {
        let slices = self.slices(axes)?;
        let mut jobs = VecDeque::new();
        let mut rest = out;
        for slice in slices {
            let size = slice.elements.len().saturating_mul(converter.target_size());
            let (part, after) = rest.split_at_mut_checked(size).ok_or_else(outside)?;
            jobs.push_back((slice, part));
            rest = after;
        }
        if self.info.datatype.has_variable_part() || self.memory.has_variable_part() {
            // One after the other, as their heaps follow one another.
            return jobs.into_iter().try_for_each(|(slice, part)| {
                let wire = self.read_slice(&slice)?;
                self.take(slice.elements.len(), &wire, converter, part, heap, references)
            });
        }
        each(jobs, READERS, |(slice, part)| {
            let wire = self.read_slice(&slice)?;
            if converter.is_identity() {
                part.copy_from_slice(&wire);
                return Ok(());
            }
            converter.convert(&wire, &Heap::default(), part, &mut Heap::default())
        })
    }

    fn read_slice(&self, slice: &Slice) -> Result<Vec<u8>> {
        let query = select::query(&slice.axes);
        let query = if query.is_empty() { query } else { format!("select={query}") };
        self.ask(Method::GET, &query, Body::None, slice.elements.len())
    }

    /// Asks for so many elements.
    fn ask(&self, method: Method, query: &str, body: Body<'_>, count: usize) -> Result<Vec<u8>> {
        let path = format!("{}/value", self.id.path());
        let size = wire::fixed_size(&self.info.datatype).and_then(|size| size.checked_mul(count));
        let most = size.and_then(|size| u64::try_from(size).ok());
        let most = most.unwrap_or(self.session.options.limits.sequence_bytes.min(LARGEST_VARIABLE));
        let request = Request { wants_binary: true, ..self.session.request(method, &path, query, body) };
        let answer = self.session.elements(request, most)?;
        let is_whole = size.is_none_or(|size| size == answer.body.len());
        if !answer.is_binary || !is_whole {
            let (found, kind) =
                (answer.body.len(), if answer.is_binary { "" } else { " that are no elements" });
            return Err(Error::new(
                ErrorKind::Service,
                format!("{found} bytes{kind} for {count} elements of {}", self.session.name()),
            ));
        }
        Ok(answer.body)
    }

    /// Takes elements off the wire.
    fn take(
        &self,
        count: usize,
        wire: &[u8],
        converter: &Converter,
        out: &mut [u8],
        heap: &mut Heap,
        references: &References<'_>,
    ) -> Result<()> {
        let mut found = Heap::default();
        let stored = wire::decode(&self.info.datatype, count, wire, &mut found, references)?;
        converter.convert(&stored, &found, out, heap)
    }

    /// Reads what is no slice: the box around it if that is not much more, else point by point.
    fn read_irregular(
        &self,
        resolved: &ResolvedSelection,
        converter: &Converter,
        out: &mut [u8],
        heap: &mut Heap,
        references: &References<'_>,
    ) -> Result<()> {
        let Some(bounds) = resolved.bounds() else { return Ok(()) };
        let size = u64::try_from(self.info.datatype.size()).unwrap_or(u64::MAX);
        let in_box = bounds.size.iter().fold(1_u64, |count, &size| count.saturating_mul(size));
        let selected = resolved.element_count();
        if in_box.saturating_mul(size) <= SLICE_BYTES.max(selected.saturating_mul(size).saturating_mul(4)) {
            return self.read_box(&bounds, in_box, resolved, (converter, out, heap), references);
        }
        let points = select::points(resolved)?;
        let rank = resolved.dimensions().len().max(1);
        let mut rest = out;
        for batch in points.chunks(POINTS.saturating_mul(rank)) {
            let count = batch.len().checked_div(rank).unwrap_or(0);
            let coordinates: Vec<u8> = batch.iter().flat_map(|coordinate| coordinate.to_le_bytes()).collect();
            let wire = self.ask(Method::POST, "", Body::Binary(&coordinates), count)?;
            let part = count.saturating_mul(converter.target_size());
            let (part, after) = rest.split_at_mut_checked(part).ok_or_else(outside)?;
            self.take(count, &wire, converter, part, heap, references)?;
            rest = after;
        }
        Ok(())
    }

    fn read_box(
        &self,
        bounds: &Block,
        in_box: u64,
        resolved: &ResolvedSelection,
        (converter, out, heap): (&Converter, &mut [u8], &mut Heap),
        references: &References<'_>,
    ) -> Result<()> {
        let size = converter.target_size();
        let count = usize::try_from(in_box).ok().and_then(|count| count.checked_mul(size));
        let mut whole = vec![0; count.ok_or_else(|| Error::limit("a box of too many bytes"))?];
        self.read_axes(&select::of_block(bounds), converter, &mut whole, heap, references)?;
        for run in resolved.copies(bounds)? {
            let (mut from, mut to) = (run.from, run.to);
            for _ in 0..run.count {
                let source = bytes_of(from, run.length, size).and_then(|range| whole.get(range));
                let target = bytes_of(to, run.length, size).and_then(|range| out.get_mut(range));
                let (Some(source), Some(target)) = (source, target) else { return Err(outside()) };
                target.copy_from_slice(source);
                from = from.saturating_add(run.from_step);
                to = to.saturating_add(run.to_step);
            }
        }
        Ok(())
    }

    /// Writes selected elements.
    pub(crate) fn write(
        &self,
        selection: &Selection,
        resolved: &ResolvedSelection,
        elements: &WireElements,
    ) -> Result<()> {
        if let Some(axes) = select::axes(selection, resolved) {
            return each(self.slices(&axes)?.into(), WRITERS, |slice| self.write_slice(&slice, elements));
        }
        let rows = select::rows(resolved)?;
        if rows.len() <= FEW_ROWS || !elements.is_fixed() {
            let mut first = 0_usize;
            return rows.into_iter().try_for_each(|axes| {
                let length = axes.last().map_or(1, |axis| usize::try_from(axis.count).unwrap_or(usize::MAX));
                let slice = Slice { axes, elements: first..first.saturating_add(length) };
                first = slice.elements.end;
                self.write_slice(&slice, elements)
            });
        }
        let points = select::points(resolved)?;
        let rank = resolved.dimensions().len().max(1);
        let mut first = 0_usize;
        for batch in points.chunks(POINTS.saturating_mul(rank)) {
            let end = first.saturating_add(batch.len().checked_div(rank).unwrap_or(0));
            let points: Vec<&[u64]> = batch.chunks(rank).collect();
            let points = if rank == 1 { json!(batch) } else { json!(points) };
            let body = json!({"points": points, "value_base64": STANDARD.encode(elements.range(first..end))});
            let text = json::text(&body);
            self.put("", Body::Json(&text))?;
            first = end;
        }
        Ok(())
    }

    fn write_slice(&self, slice: &Slice, elements: &WireElements) -> Result<()> {
        let bytes = elements.range(slice.elements.clone());
        let query = select::query(&slice.axes);
        let query = if query.is_empty() { query } else { format!("select={query}") };
        self.put(&query, Body::Binary(bytes))
    }

    fn put(&self, query: &str, body: Body<'_>) -> Result<()> {
        debug_assert!(query.len() < LONGEST_QUERY, "a slice is said in a few numbers");
        let path = format!("{}/value", self.id.path());
        self.session.elements(self.session.request(Method::PUT, &path, query, body), ANSWER_BYTES)?;
        Ok(())
    }

    fn slices(&self, axes: &[Axis]) -> Result<Vec<Slice>> {
        let chunk = match &self.info.layout {
            Layout::Chunked { chunk, .. } => Some(chunk.as_slice()),
            _ => None,
        };
        let most = match wire::fixed_size(&self.info.datatype) {
            Some(size) => SLICE_BYTES.checked_div(u64::try_from(size).unwrap_or(u64::MAX)).unwrap_or(1),
            None => SLICE_ELEMENTS,
        };
        select::slices(axes, chunk, most)
    }
}

/// Bytes of an answer to a write.
const ANSWER_BYTES: u64 = 1 << 20;
/// Bytes of an answer whose length nobody can tell.
const LARGEST_VARIABLE: u64 = 1 << 31;

/// Does jobs in so many threads at a time; after a failure, no more are begun.
pub(crate) fn each<J: Send>(
    jobs: VecDeque<J>,
    threads: usize,
    run: impl Fn(J) -> Result<()> + Sync,
) -> Result<()> {
    let threads = threads.min(jobs.len());
    if threads <= 1 {
        return jobs.into_iter().try_for_each(run);
    }
    let jobs = Mutex::new(jobs);
    let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let work = || {
        while let Some(job) = next() {
            run(job).inspect_err(|_| jobs.lock().unwrap_or_else(PoisonError::into_inner).clear())?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            let ended = other.join().unwrap_or_else(|_| Err(Error::usage("a thread of a transfer panicked")));
            done = done.and(ended);
        }
        done
    })
}

fn bytes_of(first: u64, count: u64, size: usize) -> Option<std::ops::Range<usize>> {
    let first = usize::try_from(first).ok()?.checked_mul(size)?;
    let length = usize::try_from(count).ok()?.checked_mul(size)?;
    Some(first..first.checked_add(length)?)
}

fn outside() -> Error {
    Error::usage("a buffer that ends inside an element")
}
