//! Which elements of a dataspace are meant.

mod copies;
mod partition;
mod pattern;
mod points;
mod regular;
mod resolved;
mod runs;
mod spans;
#[cfg(test)]
mod tests;

pub use copies::{Copies, CopyRun};
pub use partition::{Partition, Piece, Pieces};
pub use resolved::ResolvedSelection;
pub use runs::{Run, Runs};

use crate::Result;

/// A choice of elements of a dataspace.
///
/// Hyperslabs and blocks are visited in C order of the dataspace, each element once; points in the order given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Selection {
    /// Every element.
    All,
    /// No element.
    None,
    /// A regular hyperslab.
    Hyperslab(Hyperslab),
    /// The union of boxes; they may touch but an element counts once.
    Union(Vec<Block>),
    /// Single elements, in order; one may come twice.
    Points(Points),
}

/// A regular hyperslab: one entry a dimension, slowest-varying first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hyperslab {
    /// What is selected along each dimension.
    pub dimensions: Vec<HyperslabDimension>,
}

/// `count` blocks of `block` elements, `stride` apart, from `start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HyperslabDimension {
    /// First element.
    pub start: u64,
    /// Distance of the first elements of two blocks; at least `block`, at least 1.
    pub stride: u64,
    /// Number of blocks; `None` is unlimited: as many as the extent holds.
    pub count: Option<u64>,
    /// Length of a block in elements; `None` is unlimited: to the end of the extent (then `count` is one).
    pub block: Option<u64>,
}

/// A box of elements.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Block {
    /// First element along each dimension.
    pub start: Vec<u64>,
    /// Number of elements along each dimension.
    pub size: Vec<u64>,
}

/// A list of element coordinates.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Points {
    /// Number of coordinates of one point.
    pub rank: usize,
    /// All points' coordinates, one point after the other; its length is a multiple of `rank`.
    pub coordinates: Vec<u64>,
}

impl Selection {
    /// The selection of one box.
    pub fn from_block(block: &Block) -> Self {
        let dimensions = block.start.iter().zip(&block.size).map(|(&start, &size)| HyperslabDimension {
            start,
            stride: size.max(1),
            count: Some(1),
            block: Some(size),
        });
        Self::Hyperslab(Hyperslab { dimensions: dimensions.collect() })
    }

    /// Checks the selection against an extent and makes its counts definite; everything else is asked of the result.
    ///
    /// # Errors
    /// `Usage` if the rank differs, an element lies outside the extent or blocks of a hyperslab overlap; `Limit` if 64 bits do
    /// not count its elements or a union is too tangled.
    pub fn resolve(&self, dimensions: &[u64]) -> Result<ResolvedSelection> {
        ResolvedSelection::new(self, dimensions)
    }

    /// Checks the selection against an extent.
    ///
    /// # Errors
    /// As [`Selection::resolve`].
    pub fn validate(&self, dimensions: &[u64]) -> Result<()> {
        self.resolve(dimensions).map(|_| ())
    }

    /// Number of elements that the selection picks from an extent.
    ///
    /// # Errors
    /// As [`Selection::resolve`].
    pub fn element_count(&self, dimensions: &[u64]) -> Result<u64> {
        self.resolve(dimensions).map(|resolved| resolved.element_count())
    }

    /// True if some count or block of a hyperslab is unlimited.
    pub fn is_unlimited(&self) -> bool {
        match self {
            Self::Hyperslab(slab) => slab.dimensions.iter().any(|d| d.count.is_none() || d.block.is_none()),
            _ => false,
        }
    }
}
