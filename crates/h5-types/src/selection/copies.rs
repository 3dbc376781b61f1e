//! What is to be copied between a box of elements and a packed result.

use super::Block;
use super::points::PointCopies;
use super::regular::RegularCopies;
use super::resolved::{ResolvedSelection, Shape};
use super::spans::SpanCopies;

/// `count` runs of `length` elements each, from an array of the box's elements to the packed result. All in elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyRun {
    /// First element of the first run in the box.
    pub from: u64,
    /// Distance in the box between the first elements of two runs.
    pub from_step: u64,
    /// First element of the first run in the result.
    pub to: u64,
    /// Distance in the result between the first elements of two runs; at least `length`.
    pub to_step: u64,
    /// Elements of one run.
    pub length: u64,
    /// Number of runs, at least 1.
    pub count: u64,
}

impl CopyRun {
    pub(super) fn single(from: u64, to: u64, length: u64) -> Self {
        Self { from, from_step: length, to, to_step: length, length, count: 1 }
    }
}

/// Iterates over what is to be copied from one box, in selection order. Allocates nothing on the way.
#[derive(Debug)]
pub struct Copies<'a>(Kind<'a>);

#[derive(Debug)]
enum Kind<'a> {
    Empty,
    Regular(RegularCopies<'a>),
    Spans(SpanCopies<'a>),
    Points(PointCopies<'a>),
}

impl<'a> Copies<'a> {
    /// `among` names the points that can lie in the box, if that is known.
    pub(super) fn new(selection: &'a ResolvedSelection, block: &Block, among: Option<&'a [u64]>) -> Self {
        Self(match &selection.shape {
            Shape::Empty => Kind::Empty,
            Shape::Regular(list) => RegularCopies::new(list, block).map_or(Kind::Empty, Kind::Regular),
            Shape::Spans(spans) => Kind::Spans(SpanCopies::new(spans, block)),
            Shape::Points(points) => Kind::Points(PointCopies::new(points, block, among)),
        })
    }
}

impl Iterator for Copies<'_> {
    type Item = CopyRun;

    fn next(&mut self) -> Option<CopyRun> {
        match &mut self.0 {
            Kind::Empty => None,
            Kind::Regular(copies) => copies.next(),
            Kind::Spans(copies) => copies.next(),
            Kind::Points(copies) => copies.next(),
        }
    }
}
