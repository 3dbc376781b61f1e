//! The chunks that a dataset has in storage.

use std::ops::ControlFlow;

use h5_types::{Block, Error, Result};

use crate::Dataset;

/// The stored chunks that hold elements of the extent, in the order of the index. Kept flat: there may be millions.
#[derive(Debug, Default)]
pub(super) struct StoredChunks {
    rank: usize,
    offsets: Vec<u64>,
    sizes: Vec<u64>,
    /// What ended the list early, or stood in the place of a chunk.
    pub(super) failure: Option<Error>,
}

impl StoredChunks {
    pub(super) fn of(dataset: &Dataset, dimensions: &[u64]) -> Self {
        let mut found = Self { rank: dimensions.len(), ..Self::default() };
        let mut failure = None;
        let listed = dataset.visit_chunks(&mut |chunk| {
            match chunk {
                // What lies outside is left over from a larger extent.
                Ok(chunk) if chunk.offset.iter().zip(dimensions).all(|(at, size)| at < size) => {
                    found.offsets.extend(&chunk.offset);
                    found.sizes.push(chunk.stored_bytes);
                }
                Ok(_) => {}
                Err(error) => failure = Some(error),
            }
            ControlFlow::Continue(())
        });
        found.failure = listed.err().or(failure);
        found
    }

    pub(super) fn count(&self) -> u64 {
        u64::try_from(self.sizes.len()).unwrap_or(u64::MAX)
    }

    /// Offset and stored size of each.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u64], u64)> {
        self.offsets.chunks(self.rank.max(1)).zip(self.sizes.iter().copied())
    }

    pub(super) fn stored_bytes(&self) -> u64 {
        self.sizes.iter().fold(0, |sum, &size| sum.saturating_add(size))
    }
}

/// Number of chunks that an extent has room for.
pub(super) fn grid_count(dimensions: &[u64], chunk: &[u64]) -> u64 {
    let along = |(&size, &chunk): (&u64, &u64)| size.div_ceil(chunk.max(1));
    dimensions.iter().zip(chunk).map(along).fold(1, |product, count| product.saturating_mul(count))
}

/// The part of the extent that a chunk holds.
pub(super) fn block(offset: &[u64], chunk: &[u64], dimensions: &[u64]) -> Result<Block> {
    let part = |((&start, &size), &extent): ((&u64, &u64), &u64)| size.min(extent.saturating_sub(start));
    let size: Vec<u64> = offset.iter().zip(chunk).zip(dimensions).map(part).collect();
    if size.len() != dimensions.len() || size.contains(&0) {
        return Err(Error::format("a chunk outside the extent of its dataset"));
    }
    Ok(Block { start: offset.to_vec(), size })
}
