use super::copies::Copies;
use super::partition::Partition;
use super::pattern::Pattern;
use super::runs::Runs;
use super::spans::SpanList;
use super::{Block, Points, Selection};
use crate::dataspace::checked_product;
use crate::{Error, Result};

/// A selection checked against an extent: every coordinate lies inside, unlimited counts are counts, and the number of
/// elements fits in 64 bits.
#[derive(Debug, Clone)]
pub struct ResolvedSelection {
    pub(super) dimensions: Vec<u64>,
    pub(super) shape: Shape,
    element_count: u64,
}

#[derive(Debug, Clone)]
pub(super) enum Shape {
    Empty,
    /// One pattern a dimension, with the distance in the packed result of two neighbours along it.
    Regular(Vec<RegularDimension>),
    Spans(SpanList),
    Points(Points),
}

/// One dimension of a regular selection.
#[derive(Debug, Clone, Copy)]
pub(super) struct RegularDimension {
    pub(super) pattern: Pattern,
    pub(super) packed_stride: u64,
}

impl ResolvedSelection {
    pub(super) fn new(selection: &Selection, dimensions: &[u64]) -> Result<Self> {
        let shape = match selection {
            Selection::None => Shape::Empty,
            Selection::All => regular(dimensions.iter().map(|&size| Ok(Pattern::contiguous(0, size))))?,
            Selection::Hyperslab(slab) => {
                check_rank(slab.dimensions.len(), dimensions)?;
                regular(
                    slab.dimensions.iter().zip(dimensions).map(|(d, &size)| Pattern::of_hyperslab(d, size)),
                )?
            }
            Selection::Union(blocks) => union(blocks, dimensions)?,
            Selection::Points(points) => {
                check_points(points, dimensions)?;
                if points.coordinates.is_empty() { Shape::Empty } else { Shape::Points(points.clone()) }
            }
        };
        let element_count = match &shape {
            Shape::Empty => 0,
            Shape::Regular(list) => {
                list.first().map_or(1, |first| first.pattern.count().saturating_mul(first.packed_stride))
            }
            Shape::Spans(spans) => spans.element_count(),
            Shape::Points(points) => points.count(),
        };
        Ok(Self { dimensions: dimensions.to_vec(), shape, element_count })
    }

    /// The extent that the selection was resolved against.
    pub fn dimensions(&self) -> &[u64] {
        &self.dimensions
    }

    /// Number of selected elements; points that come twice count twice.
    pub fn element_count(&self) -> u64 {
        self.element_count
    }

    /// True for points, of which some may come twice.
    pub fn may_repeat(&self) -> bool {
        matches!(self.shape, Shape::Points(_))
    }

    /// The smallest box that holds all selected elements; `None` if there are none.
    pub fn bounds(&self) -> Option<Block> {
        match &self.shape {
            Shape::Empty => None,
            Shape::Regular(list) => Some(Block {
                start: list.iter().map(|d| d.pattern.start()).collect(),
                size: list.iter().map(|d| d.pattern.end().saturating_sub(d.pattern.start())).collect(),
            }),
            Shape::Spans(spans) => Some(spans.bounds(self.dimensions.len())),
            Shape::Points(points) => points.bounds(),
        }
    }

    /// Shape of the result as an array, where the selection has one: the number of selected coordinates along each dimension.
    /// `None` for unions and points.
    pub fn regular_shape(&self) -> Option<Vec<u64>> {
        match &self.shape {
            Shape::Regular(list) => Some(list.iter().map(|d| d.pattern.count()).collect()),
            _ => None,
        }
    }

    /// True if every element of the extent is selected once, in C order.
    pub fn is_all(&self) -> bool {
        match &self.shape {
            Shape::Regular(list) => {
                list.iter().zip(&self.dimensions).all(|(d, &size)| d.pattern.count() == size)
            }
            Shape::Empty => checked_product(&self.dimensions) == Some(0),
            _ => false,
        }
    }

    /// Contiguous runs of the dataspace in selection order, as long as possible.
    ///
    /// # Errors
    /// `Limit` if the extent has more elements than 64 bits count.
    pub fn runs(&self) -> Result<Runs<'_>> {
        let whole = Block { start: vec![0; self.dimensions.len()], size: self.dimensions.clone() };
        self.copies(&whole).map(Runs::new)
    }

    /// What has to be copied from an array that holds the elements of `block` to the packed result.
    ///
    /// # Errors
    /// `Usage` if the rank differs, `Limit` if the box has more elements than 64 bits count.
    pub fn copies(&self, block: &Block) -> Result<Copies<'_>> {
        check_rank(block.start.len(), &self.dimensions)?;
        check_rank(block.size.len(), &self.dimensions)?;
        if checked_product(&block.size).is_none() {
            return Err(Error::limit("a box of more elements than 64 bits count"));
        }
        let inside = block.start.iter().zip(&block.size).all(|(s, n)| s.checked_add(*n).is_some());
        if !inside {
            return Err(Error::usage("a box that ends past the largest coordinate"));
        }
        Ok(Copies::new(self, block, None))
    }

    /// The chunks of a regular grid that the selection touches.
    ///
    /// # Errors
    /// `Usage` if the rank differs or a chunk dimension is zero; `Limit` if a chunk has more elements than 64 bits count, or
    /// the list of touched chunks grows too long.
    pub fn partition(&self, chunk: &[u64]) -> Result<Partition<'_>> {
        check_rank(chunk.len(), &self.dimensions)?;
        if chunk.contains(&0) {
            return Err(Error::usage("a chunk dimension is zero"));
        }
        if checked_product(chunk).is_none() {
            return Err(Error::limit("a chunk of more elements than 64 bits count"));
        }
        Partition::new(self, chunk)
    }
}

fn regular(patterns: impl Iterator<Item = Result<Option<Pattern>>>) -> Result<Shape> {
    let mut list = Vec::with_capacity(patterns.size_hint().0);
    let mut empty = false;
    for pattern in patterns {
        // All dimensions are checked, also after an empty one.
        match pattern? {
            Some(pattern) => list.push(RegularDimension { pattern, packed_stride: 1 }),
            None => empty = true,
        }
    }
    if empty {
        return Ok(Shape::Empty);
    }
    let mut stride = 1_u64;
    for dimension in list.iter_mut().rev() {
        dimension.packed_stride = stride;
        stride = stride
            .checked_mul(dimension.pattern.count())
            .ok_or_else(|| Error::limit("a selection of more elements than 64 bits count"))?;
    }
    Ok(Shape::Regular(list))
}

fn union(blocks: &[Block], dimensions: &[u64]) -> Result<Shape> {
    for block in blocks {
        check_rank(block.start.len(), dimensions)?;
        check_rank(block.size.len(), dimensions)?;
        for ((&start, &size), &extent) in block.start.iter().zip(&block.size).zip(dimensions) {
            if start.checked_add(size).is_none_or(|end| end > extent) {
                return Err(Error::usage(format!(
                    "a block of {size} elements from {start} leaves the extent of {extent}"
                )));
            }
        }
    }
    let blocks: Vec<&Block> = blocks.iter().filter(|b| !b.size.contains(&0)).collect();
    match blocks.as_slice() {
        [] => Ok(Shape::Empty),
        [one] => regular(
            one.start
                .iter()
                .zip(&one.size)
                .map(|(&start, &size)| Ok(Pattern::contiguous(start, start.saturating_add(size)))),
        ),
        // Any number of blocks of a scalar dataspace are its one element.
        _ if dimensions.is_empty() => regular(std::iter::empty()),
        many => SpanList::new(many, dimensions.len()).map(Shape::Spans),
    }
}

fn check_points(points: &Points, dimensions: &[u64]) -> Result<()> {
    check_rank(points.rank, dimensions)?;
    if points.rank == 0 || points.coordinates.len().checked_rem(points.rank) != Some(0) {
        return Err(Error::usage("the coordinates of points are no multiple of a rank above zero"));
    }
    for point in points.iter() {
        for (coordinate, extent) in point.iter().zip(dimensions) {
            if coordinate >= extent {
                return Err(Error::usage(format!(
                    "coordinate {coordinate} of a point leaves the extent of {extent}"
                )));
            }
        }
    }
    Ok(())
}

fn check_rank(rank: usize, dimensions: &[u64]) -> Result<()> {
    if rank == dimensions.len() {
        Ok(())
    } else {
        Err(Error::usage(format!("a selection of rank {rank} in a dataspace of rank {}", dimensions.len())))
    }
}
