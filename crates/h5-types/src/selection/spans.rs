//! A union of boxes as a tree of spans: along each dimension, intervals whose elements have the same selection below.

use super::Block;
use super::copies::CopyRun;
use crate::{Error, Result};

/// Disjoint spans along one dimension, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SpanList {
    spans: Vec<Span>,
    element_count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    low: u64,
    high: u64,
    /// Selected elements of the list before this span.
    before: u64,
    /// What is selected at each coordinate of the span; `None` at the last dimension.
    below: Option<SpanList>,
}

/// Coordinates from the first up to the second, which is not included.
pub(super) type Interval = (u64, u64);

/// Called with a box: its interval along each dimension.
pub(super) type VisitBox<'a> = dyn FnMut(&[Interval]) -> Result<()> + 'a;

/// Intervals that one tree may be made of, over all levels. A tree of disjoint blocks has few; blocks that cross each other in many
/// dimensions could make it as large as their number to the power of the rank.
const MOST_INTERVALS: u64 = 16 << 20;

impl SpanList {
    /// The union of boxes that are not empty, of a rank of at least 1.
    pub(super) fn new(blocks: &[&Block], rank: usize) -> Result<Self> {
        let mut budget = MOST_INTERVALS;
        Self::build(blocks, 0, rank, &mut budget)
    }

    /// Sweeps along `dimension`: between two neighbouring bounds the set of blocks in force is constant.
    fn build(blocks: &[&Block], dimension: usize, rank: usize, budget: &mut u64) -> Result<Self> {
        let mut ordered: Vec<(u64, u64, &Block)> =
            blocks.iter().filter_map(|b| interval(b, dimension).map(|(low, high)| (low, high, *b))).collect();
        ordered.sort_by_key(|&(low, high, _)| (low, high));
        let mut waiting = ordered.into_iter().peekable();
        let mut active: Vec<(u64, &Block)> = Vec::new();
        let mut list = Self { spans: Vec::new(), element_count: 0 };
        let mut position = 0_u64;
        loop {
            active.retain(|&(high, _)| high > position);
            if active.is_empty() {
                match waiting.peek() {
                    Some(&(low, ..)) => position = low,
                    None => return Ok(list),
                }
            }
            while let Some((_, high, block)) = waiting.next_if(|&(low, ..)| low <= position) {
                active.push((high, block));
            }
            let first_end = active.iter().map(|&(high, _)| high).min();
            let next_start = waiting.peek().map(|&(low, ..)| low);
            let Some(end) = first_end.into_iter().chain(next_start).min() else { return Ok(list) };
            *budget = budget
                .checked_sub(u64::try_from(active.len()).unwrap_or(u64::MAX))
                .ok_or_else(|| Error::limit("a union of blocks that cross too often"))?;
            let next_dimension = dimension.saturating_add(1);
            let below = if next_dimension < rank {
                let blocks: Vec<&Block> = active.iter().map(|&(_, block)| block).collect();
                Some(Self::build(&blocks, next_dimension, rank, budget)?)
            } else {
                None
            };
            list.push(position, end, below)?;
            position = end;
        }
    }

    fn push(&mut self, low: u64, high: u64, below: Option<SpanList>) -> Result<()> {
        let each = below.as_ref().map_or(1, |list| list.element_count);
        let before = self.element_count;
        self.element_count = high
            .saturating_sub(low)
            .checked_mul(each)
            .and_then(|added| before.checked_add(added))
            .ok_or_else(|| Error::limit("a selection of more elements than 64 bits count"))?;
        match self.spans.last_mut() {
            Some(last) if last.high == low && last.below == below => last.high = high,
            _ => self.spans.push(Span { low, high, before, below }),
        }
        Ok(())
    }

    pub(super) fn element_count(&self) -> u64 {
        self.element_count
    }

    /// The smallest box around all spans.
    pub(super) fn bounds(&self, rank: usize) -> Block {
        let mut low = vec![u64::MAX; rank];
        let mut high = vec![0; rank];
        self.extend_bounds(&mut low, &mut high);
        let size = high.iter().zip(&low).map(|(h, l)| h.saturating_sub(*l)).collect();
        Block { start: low, size }
    }

    fn extend_bounds(&self, low: &mut [u64], high: &mut [u64]) {
        let (Some((low, rest_low)), Some((high, rest_high))) =
            (low.split_first_mut(), high.split_first_mut())
        else {
            return;
        };
        for span in &self.spans {
            *low = (*low).min(span.low);
            *high = (*high).max(span.high);
            if let Some(below) = &span.below {
                below.extend_bounds(rest_low, rest_high);
            }
        }
    }

    /// Calls `visit` with each box of the tree: bounds along all dimensions.
    pub(super) fn visit_boxes(&self, visit: &mut VisitBox<'_>) -> Result<()> {
        self.visit_below(&mut Vec::new(), visit)
    }

    fn visit_below(&self, path: &mut Vec<Interval>, visit: &mut VisitBox<'_>) -> Result<()> {
        for span in &self.spans {
            path.push((span.low, span.high));
            match &span.below {
                Some(below) => below.visit_below(path, visit)?,
                None => visit(path)?,
            }
            path.pop();
        }
        Ok(())
    }

    /// Number of the first span that ends after `x`.
    fn first_after(&self, x: u64) -> usize {
        self.spans.partition_point(|span| span.high <= x)
    }
}

impl Span {
    /// Selected elements at each coordinate of the span.
    fn each(&self) -> u64 {
        self.below.as_ref().map_or(1, |list| list.element_count)
    }
}

fn interval(block: &Block, dimension: usize) -> Option<(u64, u64)> {
    let low = *block.start.get(dimension)?;
    Some((low, low.checked_add(*block.size.get(dimension)?)?))
}

/// Walks the spans inside a box, depth first.
#[derive(Debug)]
pub(super) struct SpanCopies<'a> {
    axes: Vec<Axis>,
    stack: Vec<Level<'a>>,
}

#[derive(Debug, Clone, Copy)]
struct Axis {
    low: u64,
    high: u64,
    box_stride: u64,
}

/// Where the walk is in one list of the path.
#[derive(Debug)]
struct Level<'a> {
    list: &'a SpanList,
    span: usize,
    /// Next coordinate to visit.
    position: u64,
    from: u64,
    to: u64,
}

impl<'a> SpanCopies<'a> {
    pub(super) fn new(spans: &'a SpanList, block: &Block) -> Self {
        let mut axes: Vec<Axis> = block
            .start
            .iter()
            .zip(&block.size)
            .map(|(&low, &size)| Axis { low, high: low.saturating_add(size), box_stride: 1 })
            .collect();
        let mut stride = 1_u64;
        for axis in axes.iter_mut().rev() {
            axis.box_stride = stride;
            stride = stride.saturating_mul(axis.high.saturating_sub(axis.low));
        }
        let mut copies = Self { stack: Vec::with_capacity(axes.len()), axes };
        copies.enter(spans, 0, 0);
        copies
    }

    fn enter(&mut self, list: &'a SpanList, from: u64, to: u64) {
        if let Some(axis) = self.axes.get(self.stack.len()) {
            self.stack.push(Level { list, span: list.first_after(axis.low), position: axis.low, from, to });
        }
    }
}

impl Iterator for SpanCopies<'_> {
    type Item = CopyRun;

    fn next(&mut self) -> Option<CopyRun> {
        loop {
            let depth = self.stack.len().checked_sub(1)?;
            let axis = *self.axes.get(depth)?;
            let level = self.stack.last_mut()?;
            let Some(span) = level.list.spans.get(level.span).filter(|span| span.low < axis.high) else {
                self.stack.pop();
                continue;
            };
            let position = level.position.max(span.low);
            let end = span.high.min(axis.high);
            if position >= end {
                level.span = level.span.saturating_add(1);
                continue;
            }
            let within = position.saturating_sub(axis.low).saturating_mul(axis.box_stride);
            let from = level.from.saturating_add(within);
            let passed = position.saturating_sub(span.low).saturating_mul(span.each());
            let to = level.to.saturating_add(span.before).saturating_add(passed);
            match &span.below {
                None => {
                    level.position = end;
                    return Some(CopyRun::single(from, to, end.saturating_sub(position)));
                }
                Some(below) => {
                    level.position = position.saturating_add(1);
                    self.enter(below, from, to);
                }
            }
        }
    }
}
