use std::ops::Range;

use h5_format::message::ChunkedLayout;
use h5_format::{ChunkElementFormat, Sizes, bytes_needed};
use h5_types::{Error, Limits, Result};

/// A chunked dataset's shape, as far as its index depends on it. Dimensions go from the slowest to the fastest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkGrid {
    dimensions: Vec<u64>,
    chunk_dimensions: Vec<u64>,
    /// Chunks in each dimension now.
    chunks: Vec<u64>,
    /// Chunks in each dimension of the largest dataset; `None` for an unlimited one.
    max_chunks: Vec<Option<u64>>,
    chunk_bytes: u64,
    /// Whether chunks pass filters.
    filtered: bool,
    /// Version of the data layout message.
    layout_version: u8,
    /// Whether chunks that reach over the edge pass no filters.
    partial_edge_chunks_unfiltered: bool,
}

impl ChunkGrid {
    /// The grid of a dataset with these dimensions (`None` for an unlimited largest one), its layout in chunks, and whether chunks
    /// pass filters.
    ///
    /// # Errors
    /// `Format` if the dimensions differ in number, or a chunk is empty or too long to count; `Limit` if there are too many
    /// dimensions.
    pub fn new(
        dimensions: &[u64],
        max_dimensions: &[Option<u64>],
        layout: &ChunkedLayout,
        filtered: bool,
        limits: &Limits,
    ) -> Result<Self> {
        let (chunk_dimensions, element_bytes) = (&layout.chunk_dimensions, layout.element_size);
        let rank = chunk_dimensions.len();
        if dimensions.len() != rank || max_dimensions.len() != rank {
            let found = dimensions.len();
            return Err(Error::format(format!("chunks of {rank} dimensions in a dataset of {found}")));
        }
        if rank == 0 || rank > limits.rank {
            return Err(Error::limit(format!("{rank} dimensions of chunks, at most {}", limits.rank)));
        }
        let elements = chunk_dimensions.iter().try_fold(element_bytes, |product, &d| product.checked_mul(d));
        let chunk_bytes = elements
            .filter(|&bytes| bytes > 0)
            .ok_or_else(|| Error::format("chunks without elements, or of more than 2^64 bytes"))?;
        let count = |extent: u64, chunk: u64| extent.div_ceil(chunk.max(1));
        Ok(Self {
            dimensions: dimensions.to_vec(),
            chunk_dimensions: chunk_dimensions.clone(),
            chunks: dimensions.iter().zip(chunk_dimensions).map(|(&d, &c)| count(d, c)).collect(),
            max_chunks: max_dimensions
                .iter()
                .zip(chunk_dimensions)
                .map(|(&d, &c)| d.map(|d| count(d, c)))
                .collect(),
            chunk_bytes,
            filtered,
            layout_version: layout.version,
            partial_edge_chunks_unfiltered: layout.partial_edge_chunks_unfiltered,
        })
    }

    /// The same grid over a dataset of other dimensions, which are as many.
    pub(crate) fn set_dimensions(&mut self, dimensions: &[u64]) {
        self.dimensions.clear();
        self.dimensions.extend_from_slice(dimensions);
        let counts = dimensions.iter().zip(&self.chunk_dimensions).map(|(d, &c)| d.div_ceil(c.max(1)));
        self.chunks.clear();
        self.chunks.extend(counts);
    }

    /// The same grid over a dataset that has another length along its slowest dimension.
    pub(crate) fn set_length(&mut self, length: u64) {
        let chunk = self.chunk_dimensions.first().copied().unwrap_or(1).max(1);
        if let (Some(extent), Some(count)) = (self.dimensions.first_mut(), self.chunks.first_mut()) {
            *extent = length;
            *count = length.div_ceil(chunk);
        }
    }

    /// The dataset's dimensions.
    pub(crate) fn dimensions(&self) -> &[u64] {
        &self.dimensions
    }

    /// The grid of the dataset at its largest, or a little larger.
    pub(crate) fn largest(&self) -> Self {
        let mut grid = self.clone();
        let extent =
            |(count, chunk): (&Option<u64>, &u64)| count.map_or(u64::MAX, |n| n.saturating_mul(*chunk));
        let dimensions: Vec<u64> = self.max_chunks.iter().zip(&self.chunk_dimensions).map(extent).collect();
        grid.set_dimensions(&dimensions);
        grid
    }

    /// Chunks of the largest dataset; `None` if there is no bound, or 64 bits do not hold it.
    pub(crate) fn most_chunks(&self) -> Option<u64> {
        self.max_chunks.iter().try_fold(1_u64, |product, &count| product.checked_mul(count?))
    }

    /// Number of dimensions.
    pub fn rank(&self) -> usize {
        self.chunk_dimensions.len()
    }

    /// Shape of a chunk, in elements.
    pub fn chunk_dimensions(&self) -> &[u64] {
        &self.chunk_dimensions
    }

    /// Number of chunks in each dimension of the dataset as it is now.
    pub fn chunks(&self) -> &[u64] {
        &self.chunks
    }

    /// Bytes of a chunk without filters.
    pub fn chunk_bytes(&self) -> u64 {
        self.chunk_bytes
    }

    /// True if the dataset has filters.
    pub fn is_filtered(&self) -> bool {
        self.filtered
    }

    /// True if the chunk begins inside the dataset as it is now.
    pub fn contains(&self, scaled: &[u64]) -> bool {
        scaled.len() == self.rank() && scaled.iter().zip(&self.chunks).all(|(s, n)| s < n)
    }

    /// True if the chunk is one that passes no filters though the others do.
    pub fn is_partial_and_unfiltered(&self, scaled: &[u64]) -> bool {
        let reaches_over = |((&scaled, &chunk), &extent): ((&u64, &u64), &u64)| {
            scaled.checked_add(1).and_then(|next| next.checked_mul(chunk)).is_none_or(|end| end > extent)
        };
        self.filtered
            && self.partial_edge_chunks_unfiltered
            && scaled.iter().zip(&self.chunk_dimensions).zip(&self.dimensions).any(reaches_over)
    }

    /// The parts of the ranges that lie in the dataset.
    pub(super) fn clip(&self, ranges: &[Range<u64>]) -> Vec<Range<u64>> {
        ranges.iter().zip(&self.chunks).map(|(range, &n)| range.start..range.end.min(n)).collect()
    }

    /// Number of a chunk in row-major order of the largest dataset; the size of the slowest dimension does not matter. The
    /// specification (VII.B) counts in the dataset as it is now, but then chunks would move when the dataset is resized.
    pub(crate) fn linear_index(&self, scaled: &[u64]) -> Option<u64> {
        linear_index(scaled.iter().copied().zip(self.max_chunks.iter().copied()))
    }

    /// The one unlimited dimension, which an extensible array counts as the slowest.
    pub(crate) fn unlimited_dimension(&self) -> Option<usize> {
        let mut unlimited = self.max_chunks.iter().enumerate().filter(|(_, max)| max.is_none());
        let (dimension, _) = unlimited.next()?;
        unlimited.next().is_none().then_some(dimension)
    }

    /// As [`ChunkGrid::linear_index`], with `slowest` moved before all other dimensions.
    pub(crate) fn linear_index_from(&self, scaled: &[u64], slowest: usize) -> Option<u64> {
        let pair = |dimension: usize| {
            Some((scaled.get(dimension).copied()?, self.max_chunks.get(dimension).copied()?))
        };
        let others = (0..self.rank()).filter(|&dimension| dimension != slowest);
        linear_index(std::iter::once(slowest).chain(others).filter_map(pair))
    }

    /// The coordinates that [`ChunkGrid::linear_index_from`] numbers so, that of `slowest` before all others.
    pub(crate) fn coordinates_from(&self, index: u64, slowest: usize) -> Option<Vec<u64>> {
        let others = (0..self.rank()).filter(|&dimension| dimension != slowest);
        let mut rest = index;
        let mut coordinates = Vec::with_capacity(self.rank());
        for dimension in others.rev() {
            let count = self.max_chunks.get(dimension).copied()??;
            coordinates.push(rest.checked_rem(count)?);
            rest = rest.checked_div(count)?;
        }
        coordinates.push(rest);
        coordinates.reverse();
        Some(coordinates)
    }

    /// Width of the chunk size in filtered records of an index (VII.C): one byte more than the size of a chunk without filters needs,
    /// and from layout version 5 on that of offsets.
    pub(crate) fn chunk_size_bytes(&self, sizes: Sizes) -> Option<usize> {
        if !self.filtered {
            return None;
        }
        if self.layout_version > 4 {
            return Some(usize::from(sizes.offsets));
        }
        Some(bytes_needed(self.chunk_bytes).saturating_add(1).min(8))
    }

    pub(crate) fn element_format(&self, sizes: Sizes) -> ChunkElementFormat {
        ChunkElementFormat { chunk_size_bytes: self.chunk_size_bytes(sizes), sizes }
    }
}

/// Row-major number of coordinates; each comes with the count of its dimension, of which the first may be unlimited.
fn linear_index(coordinates: impl Iterator<Item = (u64, Option<u64>)>) -> Option<u64> {
    let mut index = 0_u64;
    for (place, (coordinate, count)) in coordinates.enumerate() {
        index = match count {
            _ if place == 0 => coordinate,
            Some(count) if coordinate < count => index.checked_mul(count)?.checked_add(coordinate)?,
            _ => return None,
        };
    }
    Some(index)
}

/// Where a walk over coordinates goes on.
pub(crate) enum Next {
    /// At the next ones.
    One,
    /// At the first ones that do not come before these: a part of an index that was never written is passed over as a whole, since
    /// it may be longer than anyone wants to count.
    From(Vec<u64>),
}

/// Calls `visit` with all coordinates in the ranges that it does not pass over, in row-major order.
pub(crate) fn for_each_coordinate(
    ranges: &[Range<u64>],
    visit: &mut dyn FnMut(&[u64]) -> Result<Next>,
) -> Result<()> {
    if ranges.iter().any(Range::is_empty) {
        return Ok(());
    }
    let mut coordinates: Vec<u64> = ranges.iter().map(|range| range.start).collect();
    loop {
        if let Next::From(target) = visit(&coordinates)?
            && target > coordinates
        {
            match first_from(ranges, target) {
                Some(found) => coordinates = found,
                None => return Ok(()),
            }
            continue;
        }
        // Like an odometer: the fastest digit that can still grow grows, those after it begin anew.
        let mut grown = false;
        for (coordinate, range) in coordinates.iter_mut().zip(ranges).rev() {
            *coordinate = coordinate.saturating_add(1);
            if *coordinate < range.end {
                grown = true;
                break;
            }
            *coordinate = range.start;
        }
        if !grown {
            return Ok(());
        }
    }
}

/// The first coordinates in the ranges, none of which is empty, that do not come before `target`.
fn first_from(ranges: &[Range<u64>], target: Vec<u64>) -> Option<Vec<u64>> {
    let mut found = target;
    let outside = found.iter().zip(ranges).position(|(coordinate, range)| !range.contains(coordinate));
    let Some(outside) = outside else { return Some(found) };
    let past_end = found.get(outside) >= ranges.get(outside).map(|range| &range.end);
    let mut reset = outside;
    if past_end {
        // The slower digit nearest to it that can still grow grows.
        let grows = |place: &usize| {
            let next = found.get(*place).and_then(|coordinate| coordinate.checked_add(1));
            next.zip(ranges.get(*place)).is_some_and(|(next, range)| range.contains(&next))
        };
        let place = (0..outside).rev().find(grows)?;
        let coordinate = found.get_mut(place)?;
        *coordinate = coordinate.saturating_add(1);
        reset = place.saturating_add(1);
    }
    for (coordinate, range) in found.iter_mut().zip(ranges).skip(reset) {
        *coordinate = range.start;
    }
    Some(found)
}

/// False if no coordinates between two neighbours of a row-major order lie in the ranges. A missing neighbour is the end of the
/// order.
pub(super) fn may_lie_between(before: Option<&[u64]>, after: Option<&[u64]>, ranges: &[Range<u64>]) -> bool {
    for (dimension, range) in ranges.iter().enumerate() {
        let low = before.and_then(|before| before.get(dimension)).copied().unwrap_or(0);
        let high = after.and_then(|after| after.get(dimension)).copied().unwrap_or(u64::MAX);
        if high < range.start || low >= range.end {
            return false;
        }
        // Only where both neighbours agree do the next dimensions say more.
        if low != high {
            return true;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use h5_format::message::ChunkIndex;

    use super::*;

    fn grid(version: u8, filtered: bool) -> ChunkGrid {
        let layout = ChunkedLayout {
            version,
            partial_edge_chunks_unfiltered: true,
            chunk_dimensions: vec![3, 2],
            element_size: 4,
            index: ChunkIndex::BTreeV1 { address: None },
        };
        ChunkGrid::new(&[5, 7], &[Some(12), None], &layout, filtered, &Limits::default()).unwrap()
    }

    #[test]
    fn counts_chunks_and_bytes() {
        let grid = grid(4, false);
        assert_eq!((grid.chunks(), grid.chunk_bytes()), (&[2, 4][..], 24));
        assert!(grid.contains(&[1, 3]) && !grid.contains(&[2, 0]) && !grid.contains(&[0]));
        assert_eq!(grid.clip(&[0..9, 1..3]), [0..2, 1..3]);
    }

    #[test]
    fn unlimited_dimension_counts_as_slowest() {
        let grid = grid(4, false);
        assert_eq!(grid.unlimited_dimension(), Some(1));
        assert_eq!(grid.linear_index_from(&[1, 3], 1), Some(3 * 4 + 1));
        assert_eq!(grid.linear_index_from(&[4, 3], 1), None);
    }

    #[test]
    fn width_of_chunk_sizes() {
        let sizes = Sizes { offsets: 8, lengths: 8 };
        assert_eq!(grid(4, false).chunk_size_bytes(sizes), None);
        assert_eq!(grid(4, true).chunk_size_bytes(sizes), Some(2));
        assert_eq!(grid(5, true).chunk_size_bytes(sizes), Some(8));
    }

    #[test]
    fn partial_edge_chunks() {
        let grid = grid(4, true);
        assert!(grid.is_partial_and_unfiltered(&[1, 0]));
        assert!(grid.is_partial_and_unfiltered(&[0, 3]));
        assert!(!grid.is_partial_and_unfiltered(&[0, 2]));
    }

    #[test]
    fn odometer_equals_nested_loops() {
        let mut seen = Vec::new();
        for_each_coordinate(&[1..3, 0..2, 5..6], &mut |c| {
            seen.push(c.to_vec());
            Ok(Next::One)
        })
        .unwrap();
        assert_eq!(seen, [[1, 0, 5], [1, 1, 5], [2, 0, 5], [2, 1, 5]]);
    }

    #[test]
    fn a_jump_goes_to_the_first_coordinates_that_are_not_passed_over() {
        let ranges = [1..3, 2..5, 1..2];
        let all: Vec<Vec<u64>> = (1..3).flat_map(|a| (2..5).map(move |b| vec![a, b, 1])).collect();
        for target in (0..4 * 6 * 3).map(|i| vec![i / 18, i / 3 % 6, i % 3]) {
            let expected = all.iter().find(|coordinates| **coordinates >= target).cloned();
            assert_eq!(first_from(&ranges, target.clone()), expected, "{target:?}");
        }
        let mut seen = Vec::new();
        for_each_coordinate(&ranges, &mut |c| {
            seen.push(c.to_vec());
            Ok(if seen.len() == 2 { Next::From(vec![1, 9, 9]) } else { Next::From(vec![0, 0, 0]) })
        })
        .unwrap();
        assert_eq!(seen, [[1, 2, 1], [1, 3, 1], [2, 2, 1], [2, 3, 1], [2, 4, 1]]);
    }

    #[test]
    fn coordinates_undo_the_linear_number() {
        let grid = grid(4, false);
        for index in 0..40 {
            let moved = grid.coordinates_from(index, 1).unwrap();
            assert_eq!(grid.linear_index_from(&[moved[1], moved[0]], 1), Some(index));
        }
    }

    #[test]
    fn pruning_never_loses_a_coordinate() {
        let all: Vec<[u64; 3]> = (0..27).map(|i| [i / 9, i / 3 % 3, i % 3]).collect();
        let ranges = [1..2, 0..2, 2..3];
        let wanted = |c: &[u64; 3]| c.iter().zip(&ranges).all(|(x, r)| r.contains(x));
        for low in 0..all.len() {
            for high in low..all.len() {
                let inside = all[low..=high].iter().any(wanted);
                let kept = may_lie_between(Some(&all[low]), Some(&all[high]), &ranges);
                assert!(kept || !inside, "{:?} {:?}", all[low], all[high]);
            }
        }
        assert!(!may_lie_between(Some(&[1, 2, 0]), Some(&[1, 2, 2]), &ranges));
    }
}
