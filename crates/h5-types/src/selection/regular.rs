//! Copies of a regular hyperslab.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "offsets stay below the box's and the selection's numbers of elements, which fit in 64 bits"
)]

use super::Block;
use super::copies::CopyRun;
use super::resolved::RegularDimension;

/// Walks a box like an odometer over its outer dimensions; the innermost one or two become the two levels of a [`CopyRun`].
///
/// Dimensions that box and selection both have whole, at the fast end, are folded into the elements of a run.
#[derive(Debug)]
pub(super) struct RegularCopies<'a> {
    dimensions: &'a [RegularDimension],
    axes: Vec<Axis>,
    /// Number of dimensions that the odometer turns.
    outer: usize,
    series: Series,
    done: bool,
}

/// A dimension of the box.
#[derive(Debug, Clone, Copy)]
struct Axis {
    low: u64,
    high: u64,
    box_stride: u64,
    /// Where the odometer is, for an outer dimension; the next coordinate, for the series' one.
    position: u64,
}

/// How the inner dimensions make copies.
#[derive(Debug, Clone, Copy)]
enum Series {
    /// The selection in this box is one run (rank 0, or all dimensions folded).
    One { length: u64 },
    /// The last dimension that is not folded gives blocks of `unit` elements a coordinate.
    Blocks { unit: u64 },
    /// Its one block is a row of `length` elements at `from` and `to`; the dimension before it repeats the row.
    Rows { length: u64, from: u64, to: u64 },
}

impl<'a> RegularCopies<'a> {
    /// `None` if the box holds no selected element.
    pub(super) fn new(dimensions: &'a [RegularDimension], block: &Block) -> Option<Self> {
        let mut axes: Vec<Axis> = Vec::with_capacity(dimensions.len());
        for ((d, &low), &size) in dimensions.iter().zip(&block.start).zip(&block.size) {
            let high = low + size;
            let position = d.pattern.next(low).filter(|&x| x < high)?;
            axes.push(Axis { low, high, box_stride: 1, position });
        }
        let mut stride = 1_u64;
        for axis in axes.iter_mut().rev() {
            axis.box_stride = stride;
            stride *= axis.high - axis.low;
        }
        let (mut outer, mut unit) = (axes.len(), 1_u64);
        let series = loop {
            let Some(inner) = outer.checked_sub(1) else { break Series::One { length: unit } };
            let (axis, d) = (axes.get(inner)?, dimensions.get(inner)?);
            let block_end = d.pattern.block_end(axis.position).min(axis.high);
            let whole = axis.position == axis.low && block_end == axis.high;
            if whole && d.pattern.count() == axis.high - axis.low {
                unit *= axis.high - axis.low;
                outer = inner;
                continue;
            }
            let only_block = d.pattern.next(block_end).is_none_or(|x| x >= axis.high);
            if let Some(rows) = inner.checked_sub(1).filter(|_| only_block) {
                outer = rows;
                let length = (block_end - axis.position) * unit;
                let from = (axis.position - axis.low) * axis.box_stride;
                let to = d.pattern.count_before(axis.position) * d.packed_stride;
                break Series::Rows { length, from, to };
            }
            outer = inner;
            break Series::Blocks { unit };
        };
        Some(Self { dimensions, axes, outer, series, done: false })
    }

    /// Offsets of the outer dimensions' position in the box and in the result.
    fn origin(&self) -> (u64, u64) {
        let (mut from, mut to) = (0, 0);
        for (axis, d) in self.axes.iter().zip(self.dimensions).take(self.outer) {
            from += (axis.position - axis.low) * axis.box_stride;
            to += d.pattern.count_before(axis.position) * d.packed_stride;
        }
        (from, to)
    }

    /// Turns the odometer by one; sets `done` at the end.
    fn advance(&mut self) {
        for (axis, d) in self.axes.iter_mut().zip(self.dimensions).take(self.outer).rev() {
            if let Some(next) = d.pattern.next(axis.position + 1).filter(|&x| x < axis.high) {
                axis.position = next;
                return;
            }
            axis.position = d.pattern.next(axis.low).unwrap_or(axis.low);
        }
        self.done = true;
    }

    /// The next copies along the series' dimension; turns the odometer when that dimension is through.
    fn step(&mut self, row: Option<(u64, u64, u64)>, unit: u64) -> Option<CopyRun> {
        let (mut from, mut to) = self.origin();
        let d = self.dimensions.get(self.outer)?;
        let axis = self.axes.get_mut(self.outer)?;
        let position = axis.position;
        from += (position - axis.low) * axis.box_stride;
        to += d.pattern.count_before(position) * d.packed_stride;
        let (stride, block) = (d.pattern.stride(), d.pattern.block());
        let block_end = d.pattern.block_end(position).min(axis.high);
        let in_block = block_end - position;
        let whole_block = d.pattern.block_start(position) == position && in_block == block;
        // Whole blocks from here on that end inside the box and the selection.
        let blocks = if whole_block { 1 + (axis.high.min(d.pattern.end()) - block_end) / stride } else { 1 };
        // A step that overflows belongs to a single run, which has no use for it.
        let (copy, next) = match row {
            // Rows of single coordinates, `stride` apart.
            Some((length, row_from, row_to)) if block == 1 => (
                CopyRun {
                    from: from + row_from,
                    from_step: stride.saturating_mul(axis.box_stride),
                    to: to + row_to,
                    to_step: d.packed_stride,
                    length,
                    count: blocks,
                },
                position + (blocks - 1) * stride + 1,
            ),
            // The rows of one block.
            Some((length, row_from, row_to)) => (
                CopyRun {
                    from: from + row_from,
                    from_step: axis.box_stride,
                    to: to + row_to,
                    to_step: d.packed_stride,
                    length,
                    count: in_block,
                },
                block_end,
            ),
            None => (
                CopyRun {
                    from,
                    from_step: stride.saturating_mul(unit),
                    to,
                    to_step: in_block * unit,
                    length: in_block * unit,
                    count: blocks,
                },
                block_end + (blocks - 1) * stride,
            ),
        };
        match d.pattern.next(next).filter(|&x| x < axis.high) {
            Some(next) => axis.position = next,
            None => {
                axis.position = d.pattern.next(axis.low).unwrap_or(axis.low);
                self.advance();
            }
        }
        Some(copy)
    }
}

impl Iterator for RegularCopies<'_> {
    type Item = CopyRun;

    fn next(&mut self) -> Option<CopyRun> {
        if self.done {
            return None;
        }
        match self.series {
            Series::One { length } => {
                self.done = true;
                Some(CopyRun::single(0, 0, length))
            }
            Series::Blocks { unit } => self.step(None, unit),
            Series::Rows { length, from, to } => self.step(Some((length, from, to)), 1),
        }
    }
}
