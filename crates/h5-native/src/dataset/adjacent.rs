//! Small chunks that no filter has changed, and that lie side by side in the file: read together.

use h5_types::{Address, CopyRun, Result};

use super::chunked::{ChunkedRead, Located};
use super::transfer::{Target, resize};

/// A chunk that is selected whole, in one run.
#[derive(Debug, Clone, Copy)]
struct WholeChunk {
    address: Address,
    /// Place of its first element in the result.
    to: u64,
}

/// Chunks above this many bytes are worth a read of their own.
const LARGEST_CHUNK_BYTES: usize = 32 << 10;
/// Bytes that are read at once; few enough to stay in the processor's cache.
const READ_BYTES: usize = 256 << 10;

impl ChunkedRead<'_> {
    /// Takes small unfiltered chunks out of a batch and reads them in the order of the file, neighbours at once.
    pub(super) fn read_adjacent(
        &self,
        batch: &mut Vec<Located>,
        target: &mut Target<'_>,
        buffer: &mut Vec<u8>,
    ) -> Result<()> {
        // Elements of a heap are appended in the order of the result.
        if self.storage.chunk_bytes > LARGEST_CHUNK_BYTES || self.transfer.needs_heap() {
            return Ok(());
        }
        let mut chunks = Vec::new();
        batch.retain(|located| {
            let whole = self.whole_chunk(located);
            chunks.extend(whole);
            whole.is_none()
        });
        chunks.sort_unstable_by_key(|chunk| chunk.address.0);
        let bytes = u64::try_from(self.storage.chunk_bytes).unwrap_or(u64::MAX);
        let follows = |a: &WholeChunk, b: &WholeChunk| a.address.0.checked_add(bytes) == Some(b.address.0);
        let most = READ_BYTES.checked_div(self.storage.chunk_bytes).unwrap_or(1).max(1);
        let mut neighbours = chunks.chunk_by(follows).flat_map(|run| run.chunks(most));
        neighbours.try_for_each(|run| self.read_neighbours(run, target, buffer))
    }

    /// A chunk that can be read this way; what is wrong with another is left to be found where it is read alone.
    fn whole_chunk(&self, located: &Located) -> Option<WholeChunk> {
        let place = located.place.filter(|&place| located.cached.is_none() && self.is_unfiltered(place))?;
        self.check_raw_size(place).ok()?;
        let mut copies = self.partition.copies(&located.piece);
        let (copy, None) = (copies.next()?, copies.next()) else { return None };
        let whole = copy.from == 0 && copy.count == 1 && copy.length == self.storage.chunk_elements;
        whole.then_some(WholeChunk { address: place.address, to: copy.to })
    }

    /// Reads chunks of which each begins where the one before ends.
    fn read_neighbours(
        &self,
        chunks: &[WholeChunk],
        target: &mut Target<'_>,
        buffer: &mut Vec<u8>,
    ) -> Result<()> {
        let Some(first) = chunks.first() else { return Ok(()) };
        let (bytes, length) = (self.storage.chunk_bytes, self.storage.chunk_elements);
        let total = bytes.saturating_mul(chunks.len());
        let at_first = |error: h5_types::Error| error.at_address(first.address.0);
        let source = match self.context.storage.raw_slice(first.address, total) {
            Some(slice) => slice,
            None if chunks.len() == 1 && self.transfer.is_copy() => {
                let region = target.region(self.transfer, first.to, length)?;
                return self.context.storage.read_raw(first.address, region).map_err(at_first);
            }
            None => {
                resize(buffer, total)?;
                self.context.storage.read_raw(first.address, buffer).map_err(at_first)?;
                buffer
            }
        };
        for (chunk, elements) in chunks.iter().zip(source.chunks(bytes.max(1))) {
            let copy =
                CopyRun { from: 0, from_step: length, to: chunk.to, to_step: length, length, count: 1 };
            target.put(self.transfer, elements, 0, copy)?;
        }
        Ok(())
    }
}
