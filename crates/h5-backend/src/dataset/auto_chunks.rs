//! A guess at the shape of chunks.

use h5_types::Dataspace;

/// Bytes above which a chunk is halved.
const LARGEST_BYTES: u64 = 1 << 20;
/// Bytes below which a chunk of a growing dataset is doubled.
const SMALLEST_BYTES: u64 = 256 << 10;

/// Dimensions of chunks of 256 KiB to 1 MiB, or of the whole dataset if it is smaller and stays so.
///
/// Along dimensions that do not grow, a chunk is as long as the dataset, and halved along one after the other (slowest first) until it is
/// small enough: so no direction of reading is favoured. Along those that grow it is one element long, so that a row that is appended
/// is a row of whole chunks, and doubled while chunks would be too small.
pub fn auto_chunk(dataspace: &Dataspace, element_bytes: usize) -> Vec<u64> {
    let Dataspace::Simple { dimensions, maximum } = dataspace else { return Vec::new() };
    let element_bytes = u64::try_from(element_bytes).unwrap_or(u64::MAX);
    let growth = dimensions.iter().zip(maximum).map(|(&size, &most)| Growth::of(size, most));
    let growth: Vec<Growth> = growth.collect();
    let mut chunk: Vec<u64> = growth.iter().map(|g| if g.grows { 1 } else { g.most }).collect();
    let bytes = |chunk: &[u64]| chunk.iter().fold(element_bytes, |bytes, &size| bytes.saturating_mul(size));
    while bytes(&chunk) > LARGEST_BYTES && chunk.iter().any(|&size| size > 1) {
        for axis in 0..chunk.len() {
            if bytes(&chunk) > LARGEST_BYTES
                && let Some(size) = chunk.get_mut(axis)
            {
                *size = size.div_ceil(2);
            }
        }
    }
    let can_double = |size: u64, g: &Growth| g.grows && size < g.most;
    while bytes(&chunk) < SMALLEST_BYTES && chunk.iter().zip(&growth).any(|(&size, g)| can_double(size, g)) {
        for (axis, growth) in growth.iter().enumerate() {
            let small = bytes(&chunk) < SMALLEST_BYTES;
            if let Some(size) = chunk.get_mut(axis).filter(|size| small && can_double(**size, growth)) {
                *size = size.saturating_mul(2).min(growth.most);
            }
        }
    }
    chunk
}

/// How a dimension may grow.
#[derive(Debug, Clone, Copy)]
struct Growth {
    grows: bool,
    /// Longest that a chunk may be.
    most: u64,
}

impl Growth {
    fn of(size: u64, maximum: Option<u64>) -> Self {
        Self { grows: maximum != Some(size), most: maximum.unwrap_or(u64::MAX).max(1) }
    }
}

#[cfg(test)]
mod tests {
    use h5_types::Dataspace;

    use super::auto_chunk;

    fn guess(dimensions: &[u64], maximum: &[Option<u64>], element_bytes: usize) -> Vec<u64> {
        let (dimensions, maximum) = (dimensions.to_vec(), maximum.to_vec());
        auto_chunk(&Dataspace::Simple { dimensions, maximum }, element_bytes)
    }

    #[test]
    fn a_small_dataset_is_one_chunk() {
        assert_eq!(auto_chunk(&Dataspace::fixed([100, 200]), 8), [100, 200]);
        assert_eq!(auto_chunk(&Dataspace::fixed([0, 5]), 8), [1, 5]);
    }

    #[test]
    fn a_large_dataset_is_halved_along_all_dimensions() {
        assert_eq!(auto_chunk(&Dataspace::fixed([4096, 4096]), 8), [256, 512]);
        assert_eq!(auto_chunk(&Dataspace::fixed([1 << 60]), 1), [1 << 20]);
    }

    #[test]
    fn rows_that_are_appended_are_whole_chunks() {
        assert_eq!(guess(&[0, 2048, 2048], &[None, Some(2048), Some(2048)], 2), [1, 512, 1024]);
        assert_eq!(guess(&[0, 16], &[None, Some(16)], 8), [2048, 16]);
        assert_eq!(guess(&[0], &[None], 8), [32 << 10]);
        assert_eq!(guess(&[0], &[Some(1000)], 8), [1000]);
    }

    #[test]
    fn elements_larger_than_a_chunk_are_chunks_of_their_own() {
        assert_eq!(guess(&[7], &[None], 4 << 20), [1]);
        assert_eq!(guess(&[7, 7], &[Some(7), Some(7)], usize::MAX), [1, 1]);
    }
}
