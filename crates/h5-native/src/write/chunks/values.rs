//! Elements of chunks that are overwritten or cut off: the objects of the global heap that they lead to.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use h5_types::{Partition, Piece, Result};

use super::ChunkedWriter;
use crate::write::heap_values::{HeapObjects, HeapValues, readable};
use crate::write::session::Session;

impl ChunkedWriter {
    /// The same with elements that lead to objects of the global heap.
    pub(crate) fn with_values(self, values: Option<HeapValues>) -> Self {
        Self { values: values.map(Arc::new), ..self }
    }

    /// Objects that the elements of a piece lead to, as they are now.
    ///
    /// # Errors
    /// `Io`.
    pub(super) fn objects_of(
        &mut self,
        session: &Session,
        partition: &Partition<'_>,
        piece: &Piece,
    ) -> Result<HeapObjects> {
        let Some(values) = self.values.clone() else { return Ok(HeapObjects::new()) };
        let runs = partition.copies(piece).flat_map(|copy| {
            (0..copy.count)
                .map(move |run| (copy.from.saturating_add(run.saturating_mul(copy.from_step)), copy.length))
        });
        let mut found = HeapObjects::new();
        self.collect(session, &values, &piece.scaled, runs, &mut found)?;
        Ok(found)
    }

    /// Objects that elements lead to which a dataset of other dimensions has not.
    ///
    /// # Errors
    /// `Io`; `Format` of the index.
    pub(crate) fn objects_outside(&mut self, session: &Session, dimensions: &[u64]) -> Result<HeapObjects> {
        let mut found = HeapObjects::new();
        let Some(values) = self.values.clone() else { return Ok(found) };
        let mut chunks = BTreeSet::new();
        let counts = self.grid.chunks().to_vec();
        let shape = self.grid.chunk_dimensions().to_vec();
        for (dimension, (&new, &chunk)) in dimensions.iter().zip(&shape).enumerate() {
            let mut ranges: Vec<Range<u64>> = counts.iter().map(|&count| 0..count).collect();
            if let Some(range) = ranges.get_mut(dimension) {
                range.start = new.checked_div(chunk).unwrap_or(0).min(range.end);
            }
            self.present(session, &ranges, &mut chunks)?;
        }
        let extent = self.grid.dimensions().to_vec();
        for scaled in chunks {
            let runs = runs_outside(&scaled, &shape, &extent, dimensions);
            self.collect(session, &values, &scaled, runs.into_iter(), &mut found)?;
        }
        Ok(found)
    }

    /// Adds the objects of runs of a chunk's elements. A chunk that was never written, or cannot be read, leads to none.
    fn collect(
        &mut self,
        session: &Session,
        values: &HeapValues,
        scaled: &[u64],
        runs: impl Iterator<Item = (u64, u64)>,
        found: &mut HeapObjects,
    ) -> Result<()> {
        let mut decoded = Vec::new();
        if !self.cache.contains_key(scaled) {
            let Some(place) = readable(self.place(session, scaled))?.flatten() else { return Ok(()) };
            let storage = session.core().storage();
            if readable(self.coder.decode(storage, place, &mut decoded))?.is_none() {
                return Ok(());
            }
        }
        let bytes = self.cache.get(scaled).map_or(decoded.as_slice(), |chunk| chunk.bytes.as_slice());
        for (first, length) in runs {
            let size = self.layout.element_size;
            let at = |element: u64| usize::try_from(element.saturating_mul(size)).unwrap_or(usize::MAX);
            let elements = bytes.get(at(first)..at(first.saturating_add(length)));
            values.collect(session, elements.unwrap_or_default(), found)?;
        }
        Ok(())
    }
}

/// Runs of a chunk's elements, first and number, that lie within one extent and not within another.
fn runs_outside(scaled: &[u64], shape: &[u64], extent: &[u64], other: &[u64]) -> Vec<(u64, u64)> {
    // For each dimension: how many of the chunk's coordinates lie within each of the extents.
    let within = |extent: &[u64]| -> Vec<u64> {
        let starts = scaled.iter().zip(shape).map(|(at, size)| at.saturating_mul(*size));
        starts
            .zip(shape)
            .zip(extent)
            .map(|((start, &size), &end)| end.saturating_sub(start).min(size))
            .collect()
    };
    let (inside, kept) = (within(extent), within(other));
    let mut runs = Vec::new();
    let (Some((&width, outer)), Some(&kept_width)) = (inside.split_last(), kept.last()) else { return runs };
    if inside.contains(&0) {
        return runs;
    }
    let mut row = vec![0_u64; outer.len()];
    loop {
        let is_kept = row.iter().zip(&kept).all(|(at, kept)| at < kept);
        let start = if is_kept { kept_width.min(width) } else { 0 };
        let places = row.iter().chain([&start]).zip(shape);
        let first = places.fold(0_u64, |sum, (at, size)| sum.saturating_mul(*size).saturating_add(*at));
        if start < width {
            runs.push((first, width.saturating_sub(start)));
        }
        // The next row, in C order.
        let mut next = row.iter_mut().zip(outer).rev();
        loop {
            let Some((at, count)) = next.next() else { return runs };
            *at = at.saturating_add(1);
            if *at < *count {
                break;
            }
            *at = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_outside_are_what_a_naive_loop_finds() {
        let shape = [3, 4];
        for (extent, other) in [([5, 7], [4, 5]), ([5, 7], [0, 0]), ([5, 7], [5, 2]), ([6, 8], [6, 8])] {
            for scaled in [[0, 0], [0, 1], [1, 0], [1, 1]] {
                let mut expected = Vec::new();
                for (row, column) in (0..3).flat_map(|row| (0..4).map(move |column| (row, column))) {
                    let at = [scaled[0] * 3 + row, scaled[1] * 4 + column];
                    let is_in = |extent: [u64; 2]| at[0] < extent[0] && at[1] < extent[1];
                    if is_in(extent) && !is_in(other) {
                        expected.push(row * 4 + column);
                    }
                }
                let runs = runs_outside(&scaled, &shape, &extent, &other);
                let found: Vec<u64> =
                    runs.iter().flat_map(|&(first, length)| first..first + length).collect();
                assert_eq!(found, expected, "{scaled:?} of {extent:?}, kept {other:?}");
            }
        }
    }
}
