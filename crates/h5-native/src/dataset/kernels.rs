//! Copying and filling of runs of elements.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "`Span::checked` proves that the last element of the last run lies inside both buffers"
)]

use h5_types::{CopyRun, Error, Result};

/// A [`CopyRun`] whose numbers fit the buffers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) from: usize,
    pub(crate) from_step: usize,
    pub(crate) to: usize,
    pub(crate) to_step: usize,
    pub(crate) length: usize,
    pub(crate) count: usize,
}

impl Span {
    /// Places a run relative to buffers that begin at the given elements and hold the given numbers of them.
    pub(crate) fn checked(copy: CopyRun, source: (u64, usize), target: (u64, usize)) -> Result<Self> {
        let place = || {
            let count = usize::try_from(copy.count).ok()?;
            let length = usize::try_from(copy.length).ok()?;
            // A single run has no use for its steps, which then may be anything.
            let repeats = count.checked_sub(1)?;
            let step = |step: u64| if repeats == 0 { Some(length) } else { usize::try_from(step).ok() };
            let (from_step, to_step) = (step(copy.from_step)?, step(copy.to_step)?);
            let from = usize::try_from(copy.from.checked_sub(source.0)?).ok()?;
            let to = usize::try_from(copy.to.checked_sub(target.0)?).ok()?;
            let end = |first: usize, step: usize| {
                repeats.checked_mul(step)?.checked_add(first)?.checked_add(length)
            };
            let inside = end(from, from_step)? <= source.1 && end(to, to_step)? <= target.1;
            inside.then_some(Self { from, from_step, to, to_step, length, count })
        };
        place().ok_or_else(|| Error::usage("the buffer is shorter than the selection"))
    }

    /// The runs' first elements: in the source, in the target.
    pub(crate) fn rows(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.count).map(move |k| (self.from + k * self.from_step, self.to + k * self.to_step))
    }
}

/// Copies runs of elements of `size` bytes; the span was checked against both buffers.
pub(crate) fn copy_span(source: &[u8], out: &mut [u8], span: Span, size: usize) {
    if span.length == 1 && span.to_step == 1 && span.from_step > 0 {
        match size {
            1 => return gather::<1>(source, out, span),
            2 => return gather::<2>(source, out, span),
            4 => return gather::<4>(source, out, span),
            8 => return gather::<8>(source, out, span),
            16 => return gather::<16>(source, out, span),
            _ => {}
        }
    }
    let bytes = span.length * size;
    for (from, to) in span.rows() {
        let from = source.get(from * size..from * size + bytes);
        let to = out.get_mut(to * size..to * size + bytes);
        if let (Some(from), Some(to)) = (from, to) {
            to.copy_from_slice(from);
        }
    }
}

/// Packs every `from_step`-th element.
fn gather<const N: usize>(source: &[u8], out: &mut [u8], span: Span) {
    let (source, _) = source.as_chunks::<N>();
    let (out, _) = out.as_chunks_mut::<N>();
    let from = source.get(span.from..).unwrap_or_default().iter().step_by(span.from_step);
    let to = out.get_mut(span.to..).unwrap_or_default().iter_mut().take(span.count);
    for (to, from) in to.zip(from) {
        *to = *from;
    }
}

/// Repeats one element over the whole of `out`.
pub(crate) fn fill_elements(out: &mut [u8], element: &[u8]) {
    let Some(&first) = element.first() else { return };
    if element.iter().all(|&b| b == first) {
        return out.fill(first);
    }
    for place in out.chunks_exact_mut(element.len()) {
        place.copy_from_slice(element);
    }
}
