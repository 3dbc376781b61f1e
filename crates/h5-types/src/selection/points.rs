//! Copies of a list of points.

use super::copies::CopyRun;
use super::{Block, Points};

impl Points {
    /// Number of points.
    pub(super) fn count(&self) -> u64 {
        u64::try_from(self.coordinates.len().checked_div(self.rank).unwrap_or(0)).unwrap_or(u64::MAX)
    }

    /// The points' coordinates, one slice a point.
    pub(super) fn iter(&self) -> std::slice::ChunksExact<'_, u64> {
        self.coordinates.chunks_exact(self.rank.max(1))
    }

    fn get(&self, number: u64) -> Option<&[u64]> {
        let start = usize::try_from(number).ok()?.checked_mul(self.rank)?;
        self.coordinates.get(start..start.checked_add(self.rank)?)
    }

    /// The smallest box around all points.
    pub(super) fn bounds(&self) -> Option<Block> {
        let mut low = self.get(0)?.to_vec();
        let mut high = low.clone();
        for point in self.iter() {
            for ((l, h), &x) in low.iter_mut().zip(&mut high).zip(point) {
                *l = (*l).min(x);
                *h = (*h).max(x);
            }
        }
        let size = high.iter().zip(&low).map(|(h, l)| h.saturating_sub(*l).saturating_add(1)).collect();
        Some(Block { start: low, size })
    }
}

/// Goes through all points, or those named, and yields the ones in the box.
#[derive(Debug)]
pub(super) struct PointCopies<'a> {
    points: &'a Points,
    among: Option<std::slice::Iter<'a, u64>>,
    next: u64,
    start: Vec<u64>,
    size: Vec<u64>,
}

impl<'a> PointCopies<'a> {
    pub(super) fn new(points: &'a Points, block: &Block, among: Option<&'a [u64]>) -> Self {
        let among = among.map(<[u64]>::iter);
        Self { points, among, next: 0, start: block.start.clone(), size: block.size.clone() }
    }

    fn next_number(&mut self) -> u64 {
        match &mut self.among {
            Some(numbers) => numbers.next().copied().unwrap_or(u64::MAX),
            None => {
                let number = self.next;
                self.next = number.saturating_add(1);
                number
            }
        }
    }

    /// The point's linear number in the box, if it lies there.
    fn offset(&self, point: &[u64]) -> Option<u64> {
        let mut offset = 0_u64;
        for ((x, start), &size) in point.iter().zip(&self.start).zip(&self.size) {
            let within = x.checked_sub(*start).filter(|&within| within < size)?;
            offset = offset.checked_mul(size)?.checked_add(within)?;
        }
        Some(offset)
    }
}

impl Iterator for PointCopies<'_> {
    type Item = CopyRun;

    fn next(&mut self) -> Option<CopyRun> {
        loop {
            let number = self.next_number();
            let point = self.points.get(number)?;
            if let Some(from) = self.offset(point) {
                return Some(CopyRun::single(from, number, 1));
            }
        }
    }
}
