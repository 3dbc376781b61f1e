use std::ops::Range;

use super::Block;
use super::copies::Copies;
use super::pattern::Pattern;
use super::resolved::{RegularDimension, ResolvedSelection, Shape};
use crate::{Error, Result};

/// A selection cut along a regular grid of chunks.
#[derive(Debug)]
pub struct Partition<'a> {
    selection: &'a ResolvedSelection,
    chunk: Vec<u64>,
    touched: Touched,
}

/// One chunk that a selection touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Position of the chunk in the grid, in chunks.
    pub scaled: Vec<u64>,
    /// The chunk's elements, whole: at the edge the block reaches past the extent.
    pub block: Block,
    /// Which of the sorted points lie in it.
    points: Range<usize>,
}

#[derive(Debug)]
enum Touched {
    None,
    /// Found by arithmetic along each dimension.
    Regular,
    /// Linear numbers in the grid, ascending, each once.
    Listed {
        grid: Vec<u64>,
        numbers: Vec<u128>,
    },
    /// The same with the points that are in each.
    Points {
        grid: Vec<u64>,
        numbers: Vec<(u128, Range<usize>)>,
        order: Vec<u64>,
    },
}

/// Touched chunks that a union may list.
const MOST_LISTED: usize = 16 << 20;

impl<'a> Partition<'a> {
    pub(super) fn new(selection: &'a ResolvedSelection, chunk: &[u64]) -> Result<Self> {
        let touched = match &selection.shape {
            Shape::Empty => Touched::None,
            Shape::Regular(_) => Touched::Regular,
            Shape::Spans(spans) => {
                let grid = grid(&selection.dimensions, chunk)?;
                let mut numbers = Vec::new();
                let mut compact_at = 1024_usize;
                spans.visit_boxes(&mut |bounds| {
                    list_chunks(bounds, chunk, &grid, &mut |number| {
                        if numbers.len() >= compact_at {
                            numbers.sort_unstable();
                            numbers.dedup();
                            compact_at = numbers.len().saturating_mul(2).max(1024);
                            if numbers.len() > MOST_LISTED {
                                return Err(Error::limit("a union that touches too many chunks"));
                            }
                        }
                        numbers.push(number);
                        Ok(())
                    })
                })?;
                numbers.sort_unstable();
                numbers.dedup();
                Touched::Listed { grid, numbers }
            }
            Shape::Points(points) => {
                let grid = grid(&selection.dimensions, chunk)?;
                let mut keyed: Vec<(u128, u64)> = points
                    .iter()
                    .zip(0_u64..)
                    .map(|(point, number)| {
                        (linear(&grid, point.iter().zip(chunk).map(|(x, c)| div(*x, *c))), number)
                    })
                    .collect();
                keyed.sort_unstable();
                let mut numbers: Vec<(u128, Range<usize>)> = Vec::new();
                for (place, &(number, _)) in keyed.iter().enumerate() {
                    match numbers.last_mut() {
                        Some((last, range)) if *last == number => range.end = place.saturating_add(1),
                        _ => numbers.push((number, place..place.saturating_add(1))),
                    }
                }
                Touched::Points {
                    grid,
                    numbers,
                    order: keyed.into_iter().map(|(_, number)| number).collect(),
                }
            }
        };
        Ok(Self { selection, chunk: chunk.to_vec(), touched })
    }

    /// The touched chunks in C order of the grid. Chunks between them are not visited.
    pub fn pieces(&self) -> Pieces<'_> {
        Pieces { partition: self, place: 0, scaled: self.first_scaled() }
    }

    /// What has to be copied from the piece's decoded chunk, in selection order.
    pub fn copies<'s>(&'s self, piece: &Piece) -> Copies<'s> {
        let among = match &self.touched {
            Touched::Points { order, .. } => Some(order.get(piece.points.clone()).unwrap_or_default()),
            _ => None,
        };
        Copies::new(self.selection, &piece.block, among)
    }

    /// For a regular selection the elements of the result before the first one whose chunk has the number `scaled_0` or a
    /// higher one along the slowest dimension: chunk rows own consecutive parts of the result. `None` for other selections
    /// and rank 0.
    pub fn result_before_row(&self, scaled_0: u64) -> Option<u64> {
        let Shape::Regular(list) = &self.selection.shape else { return None };
        let (first, chunk) = (list.first()?, self.chunk.first()?);
        let low = scaled_0.saturating_mul(*chunk);
        first.pattern.count_before(low).checked_mul(first.packed_stride)
    }

    fn first_scaled(&self) -> Option<Vec<u64>> {
        let (Touched::Regular, Shape::Regular(list)) = (&self.touched, &self.selection.shape) else {
            return None;
        };
        Some(list.iter().zip(&self.chunk).map(|(d, &c)| div(d.pattern.start(), c)).collect())
    }

    fn piece(&self, scaled: Vec<u64>, points: Range<usize>) -> Piece {
        let start = scaled.iter().zip(&self.chunk).map(|(s, c)| s.saturating_mul(*c)).collect();
        // The last chunk of a grid may reach past the largest coordinate; it is cut there, where no element is.
        Piece { block: Block { start, size: self.chunk.clone() }, scaled, points }
    }
}

/// Iterates over touched chunks.
#[derive(Debug)]
pub struct Pieces<'a> {
    partition: &'a Partition<'a>,
    place: usize,
    scaled: Option<Vec<u64>>,
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let partition = self.partition;
        let (scaled, points) = match (&partition.touched, &partition.selection.shape) {
            (Touched::Regular, Shape::Regular(list)) => {
                let scaled = self.scaled.take()?;
                self.scaled = next_scaled(list, &partition.chunk, &scaled);
                (scaled, 0..0)
            }
            (Touched::Listed { grid, numbers }, _) => (position(grid, *numbers.get(self.place)?), 0..0),
            (Touched::Points { grid, numbers, .. }, _) => {
                let (number, points) = numbers.get(self.place)?;
                (position(grid, *number), points.clone())
            }
            _ => return None,
        };
        self.place = self.place.saturating_add(1);
        Some(partition.piece(scaled, points))
    }
}

/// The touched chunk after `scaled`, in C order.
fn next_scaled(list: &[RegularDimension], chunk: &[u64], scaled: &[u64]) -> Option<Vec<u64>> {
    let mut next = scaled.to_vec();
    for ((place, d), &c) in next.iter_mut().zip(list).zip(chunk).rev() {
        if let Some(after) = next_along(&d.pattern, c, *place) {
            *place = after;
            return Some(next);
        }
        *place = div(d.pattern.start(), c);
    }
    None
}

/// The next chunk along one dimension that holds a selected coordinate.
fn next_along(pattern: &Pattern, chunk: u64, scaled: u64) -> Option<u64> {
    let low = scaled.checked_add(1)?.checked_mul(chunk)?;
    pattern.next(low).map(|x| div(x, chunk))
}

/// Chunks along each dimension.
fn grid(dimensions: &[u64], chunk: &[u64]) -> Result<Vec<u64>> {
    let grid: Vec<u64> = dimensions.iter().zip(chunk).map(|(d, &c)| d.div_ceil(c.max(1))).collect();
    grid.iter()
        .try_fold(1_u128, |product, &n| product.checked_mul(u128::from(n)))
        .map(|_| grid)
        .ok_or_else(|| Error::limit("a grid of more chunks than 128 bits count"))
}

/// Calls `visit` with each chunk that a box touches.
fn list_chunks(
    bounds: &[(u64, u64)],
    chunk: &[u64],
    grid: &[u64],
    visit: &mut dyn FnMut(u128) -> Result<()>,
) -> Result<()> {
    let ranges: Vec<(u64, u64)> = bounds
        .iter()
        .zip(chunk)
        .map(|(&(low, high), &c)| (div(low, c), div(high.saturating_sub(1), c)))
        .collect();
    let mut scaled: Vec<u64> = ranges.iter().map(|r| r.0).collect();
    'next: loop {
        visit(linear(grid, scaled.iter().copied()))?;
        for (place, &(first, last)) in scaled.iter_mut().zip(&ranges).rev() {
            if *place < last {
                *place = place.saturating_add(1);
                continue 'next;
            }
            *place = first;
        }
        return Ok(());
    }
}

/// Number of a grid position in C order; the grid's size fits in 128 bits.
fn linear(grid: &[u64], scaled: impl Iterator<Item = u64>) -> u128 {
    grid.iter()
        .zip(scaled)
        .fold(0_u128, |number, (&n, s)| number.saturating_mul(u128::from(n)).saturating_add(u128::from(s)))
}

fn position(grid: &[u64], number: u128) -> Vec<u64> {
    let mut rest = number;
    let mut scaled = vec![0; grid.len()];
    for (place, &n) in scaled.iter_mut().zip(grid).rev() {
        let n = u128::from(n.max(1));
        *place = u64::try_from(rest.checked_rem(n).unwrap_or(0)).unwrap_or(0);
        rest = rest.checked_div(n).unwrap_or(0);
    }
    scaled
}

/// Division by a chunk dimension, which is never zero.
fn div(x: u64, chunk: u64) -> u64 {
    x.checked_div(chunk).unwrap_or(0)
}
