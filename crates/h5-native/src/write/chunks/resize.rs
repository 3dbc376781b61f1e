//! Other dimensions: chunks that are gone, chunks that are cut, chunks that come.

use std::collections::BTreeSet;
use std::ops::Range;

use h5_types::{Address, AllocationTime, Block, Error, Result, Selection};

use super::{ChunkedWriter, Source};
use crate::write::session::Session;

impl ChunkedWriter {
    /// Sets the dimensions. What lies outside is gone.
    ///
    /// # Errors
    /// `Usage` if there is another number of dimensions or one is over its maximum; those of storing chunks.
    pub(crate) fn resize(
        &mut self,
        session: &mut Session,
        dataset: Address,
        dimensions: &[u64],
    ) -> Result<()> {
        self.check_extent(dimensions)?;
        if dimensions == self.grid.dimensions() {
            return Ok(());
        }
        self.begin(session, dataset)?;
        if dimensions.first() > self.grid.dimensions().first() {
            self.fill_behind_end(session, dataset)?;
        }
        let before = self.grid.clone();
        let mut after = before.clone();
        after.set_dimensions(dimensions);
        let lost = self.objects_outside(session, dimensions)?;
        let shrinks = dimensions.iter().zip(before.dimensions()).any(|(new, old)| new < old);
        if shrinks {
            self.drop_outside(session, after.chunks())?;
        }
        let cut = self.cut_chunks(session, dimensions)?;
        if shrinks || !cut.is_empty() {
            // Elements that the last commit has go; or chunks that it has are stored in another form, which goes with another extent.
            session.note_overwritten(dataset);
        }
        // From now on chunks are stored by the new extent, and were stored by the old one.
        self.grid = after;
        self.extent_changed = true;
        self.stored_grid = Some(before.clone());
        let done = cut.iter().try_for_each(|scaled| self.cut(session, dataset, scaled));
        self.stored_grid = None;
        done?;
        let is_early = self.allocation_time == AllocationTime::Early;
        let grows = self.grid.chunks().iter().zip(before.chunks()).any(|(new, old)| new > old);
        if is_early && grows {
            self.fill_outside(session, before.chunks())?;
        }
        session.lose_heap_objects(&lost)
    }

    /// Makes the dataset longer along one dimension, and writes the new part.
    ///
    /// # Errors
    /// As [`ChunkedWriter::resize`] and [`ChunkedWriter::write`].
    pub(crate) fn append(
        &mut self,
        session: &mut Session,
        dataset: Address,
        (axis, count): (usize, u64),
        source: Source<'_>,
    ) -> Result<()> {
        let mut size = self.grid.dimensions().to_vec();
        let mut start = vec![0; size.len()];
        let rank = size.len();
        let (Some(length), Some(first)) = (size.get_mut(axis), start.get_mut(axis)) else {
            return Err(Error::usage(format!("no dimension {axis} in a dataset of rank {rank}")));
        };
        *first = std::mem::replace(length, count);
        let end = first.checked_add(count).ok_or_else(|| Error::usage("a dimension of more than 64 bits"))?;
        let elements = size.iter().try_fold(1_u64, |product, &n| product.checked_mul(n));
        source.check_count(elements.ok_or_else(|| Error::usage("more elements than 64 bits count"))?)?;
        let mut dimensions = self.grid.dimensions().to_vec();
        if let Some(length) = dimensions.get_mut(axis) {
            *length = end;
        }
        self.resize(session, dataset, &dimensions)?;
        let selection = Selection::from_block(&Block { start, size }).resolve(&dimensions)?;
        self.write(session, dataset, &selection, source)
    }

    fn check_extent(&self, dimensions: &[u64]) -> Result<()> {
        if dimensions.len() != self.grid.rank() {
            let (found, rank) = (dimensions.len(), self.grid.rank());
            return Err(Error::usage(format!("{found} dimensions for a dataset of {rank}")));
        }
        if dimensions.iter().try_fold(1_u64, |product, &size| product.checked_mul(size)).is_none() {
            return Err(Error::limit("a dataset of more elements than 64 bits count"));
        }
        let over =
            dimensions.iter().zip(&self.maximum).find(|(size, most)| most.is_some_and(|most| **size > most));
        match over {
            Some((size, most)) => {
                let most = most.unwrap_or(u64::MAX);
                Err(Error::usage(format!("a dimension of {size}, at most {most}")))
            }
            None => Ok(()),
        }
    }

    /// Forgets all chunks outside of a grid of so many chunks along each dimension.
    fn drop_outside(&mut self, session: &mut Session, chunks: &[u64]) -> Result<()> {
        let is_outside = |scaled: &[u64]| scaled.iter().zip(chunks).any(|(at, count)| at >= count);
        // What the index has is found first: an error leaves everything as it was.
        let mut gone = Vec::new();
        if !self.is_in_place() {
            let old = self.grid.chunks().to_vec();
            for (dimension, (&new, &old_count)) in chunks.iter().zip(&old).enumerate() {
                let ranges: Vec<Range<u64>> = (0..old.len())
                    .zip(old.iter().zip(chunks))
                    .map(|(other, (&old, &new))| match other.cmp(&dimension) {
                        std::cmp::Ordering::Less => 0..new.min(old),
                        std::cmp::Ordering::Equal => new..old_count,
                        std::cmp::Ordering::Greater => 0..old,
                    })
                    .collect();
                if new < old_count {
                    let index = self.index(session)?;
                    index.for_each_stored_in(session.core().storage(), &ranges, &mut |scaled, _| {
                        gone.push(scaled.to_vec());
                        Ok(())
                    })?;
                }
            }
        }
        // Chunks that are gone for longer stay noted: the index does not know it yet.
        self.pending.retain(|scaled, place| match place.filter(|_| is_outside(scaled)) {
            Some(place) => {
                session.free_raw(place.address, place.stored_bytes);
                false
            }
            None => true,
        });
        let outside: Vec<Vec<u64>> = self.cache.keys().filter(|scaled| is_outside(scaled)).cloned().collect();
        for scaled in outside {
            self.forget(session, &scaled);
        }
        self.pending.extend(gone.into_iter().map(|scaled| (scaled, None)));
        Ok(())
    }

    /// Chunks that have to be stored anew with other dimensions: those that lose elements and stay, and those that pass filters before
    /// and not after, or the other way round.
    fn cut_chunks(&mut self, session: &Session, dimensions: &[u64]) -> Result<BTreeSet<Vec<u64>>> {
        let mut after = self.grid.clone();
        after.set_dimensions(dimensions);
        let changes_filters = self.coder.is_filtered() && self.layout.partial_edge_chunks_unfiltered;
        let mut found = BTreeSet::new();
        let chunk = self.grid.chunk_dimensions().to_vec();
        for (dimension, &chunk) in chunk.iter().enumerate() {
            let new = dimensions.get(dimension).copied().unwrap_or(0);
            let old = self.grid.dimensions().get(dimension).copied().unwrap_or(0);
            let loses = new < old && !new.is_multiple_of(chunk);
            let mut edges = BTreeSet::new();
            if loses {
                edges.extend(new.checked_div(chunk));
            }
            if changes_filters && new != old {
                edges.extend(new.checked_div(chunk));
                edges.extend(old.checked_div(chunk));
            }
            for edge in edges {
                let counts = after.chunks().iter().zip(self.grid.chunks());
                let mut ranges: Vec<Range<u64>> = counts.map(|(new, old)| 0..*new.min(old)).collect();
                if let Some(range) = ranges.get_mut(dimension) {
                    *range = edge.max(range.start)..edge.saturating_add(1).min(range.end);
                }
                self.present(session, &ranges, &mut found)?;
            }
        }
        found.retain(|scaled| {
            let filters =
                self.grid.is_partial_and_unfiltered(scaled) != after.is_partial_and_unfiltered(scaled);
            filters || self.is_cut(scaled, dimensions)
        });
        Ok(found)
    }

    /// True if a chunk has fewer elements with other dimensions than now.
    fn is_cut(&self, scaled: &[u64], dimensions: &[u64]) -> bool {
        let extents = self.grid.dimensions().iter().zip(dimensions);
        scaled.iter().zip(self.grid.chunk_dimensions()).zip(extents).any(|((&at, &chunk), (&old, &new))| {
            let end = at.saturating_add(1).saturating_mul(chunk);
            new.min(end) < old.min(end)
        })
    }

    /// Adds the chunks of a box that are stored or in memory.
    pub(super) fn present(
        &mut self,
        session: &Session,
        ranges: &[Range<u64>],
        found: &mut BTreeSet<Vec<u64>>,
    ) -> Result<()> {
        let is_inside = |scaled: &[u64]| scaled.iter().zip(ranges).all(|(at, range)| range.contains(at));
        self.index(session)?.for_each_stored_in(session.core().storage(), ranges, &mut |scaled, _| {
            found.insert(scaled.to_vec());
            Ok(())
        })?;
        for (scaled, place) in self.pending.iter().filter(|(scaled, _)| is_inside(scaled)) {
            match place {
                Some(_) => found.insert(scaled.clone()),
                None => found.remove(scaled),
            };
        }
        found.extend(self.cache.keys().filter(|scaled| is_inside(scaled)).cloned());
        Ok(())
    }

    /// Fills what lies outside of the dataset as it is now in one chunk, which is stored anew later.
    fn cut(&mut self, session: &mut Session, dataset: Address, scaled: &[u64]) -> Result<()> {
        let extent = self.grid.dimensions().to_vec();
        let shape = self.grid.chunk_dimensions().to_vec();
        let mut bytes = {
            let chunk = self.load(session, dataset, scaled, false)?;
            chunk.all_changed();
            std::mem::take(&mut chunk.bytes)
        };
        // Bytes of one step along a dimension.
        let mut stride = bytes.len();
        for ((&at, &size), &extent) in scaled.iter().zip(&shape).zip(&extent) {
            let step = usize::try_from(size).ok().and_then(|size| stride.checked_div(size)).unwrap_or(0);
            let kept = extent.saturating_sub(at.saturating_mul(size)).min(size);
            let kept = usize::try_from(kept).unwrap_or(usize::MAX).saturating_mul(step);
            for row in bytes.chunks_mut(stride.max(1)) {
                self.coder.fill_run(row.get_mut(kept..).unwrap_or_default());
            }
            stride = step;
        }
        if let Some(chunk) = self.cache.get_mut(scaled) {
            chunk.bytes = bytes;
        }
        Ok(())
    }
}
