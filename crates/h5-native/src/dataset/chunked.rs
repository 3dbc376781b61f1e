//! Reading a chunked dataset, one chunk after the other.

use std::sync::Arc;

use h5_filters::{Pipeline, PipelineError, Scratch};
use h5_types::{CopyRun, Error, Partition, Piece, Result};

use super::chunk_cache::{CachedChunk, ChunkKey};
use super::context::{ChunkLookup, ReadContext};
use super::packed_chunk::{PackedChunk, Packing};
use super::raw::{RawBlock, read_copies};
use super::transfer::{Target, Transfer, resize};
use crate::chunk_index::ChunkLocation;

/// What is known of a chunked dataset before it is read.
#[derive(Debug)]
pub(super) struct ChunkedStorage {
    /// Dimensions of a chunk in elements.
    pub(super) chunk: Vec<u64>,
    /// Elements of a chunk.
    pub(super) chunk_elements: u64,
    /// Bytes of a decoded chunk.
    pub(super) chunk_bytes: usize,
    pub(super) index: Arc<dyn ChunkLookup>,
    pub(super) pipeline: Pipeline,
    /// Number in the chunk cache.
    pub(super) cache_number: u64,
    /// Whether chunks are packed for the cache.
    pub(super) packing: Packing,
}

/// One read of one selection.
#[derive(Debug)]
pub(super) struct ChunkedRead<'a> {
    pub(super) context: ReadContext<'a>,
    pub(super) storage: &'a ChunkedStorage,
    pub(super) dimensions: &'a [u64],
    pub(super) transfer: &'a Transfer<'a>,
    pub(super) partition: &'a Partition<'a>,
    /// The fill value in memory form.
    pub(super) fill: &'a [u8],
}

/// A chunk that is touched, and where it is stored.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) piece: Piece,
    pub(super) place: Option<ChunkLocation>,
    pub(super) cached: Option<CachedChunk>,
}

/// Buffers that one thread keeps from chunk to chunk.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub(super) decoding: Decoding,
    /// For stored chunks that no filter has changed.
    pub(super) window: Vec<u8>,
}

/// Buffers of one chunk on its way through the pipeline.
#[derive(Debug, Default)]
pub(super) struct Decoding {
    stored: Vec<u8>,
    decoded: Vec<u8>,
    pipeline: Scratch,
}

/// A chunk, ready for its elements to be put into the result.
#[derive(Debug)]
pub(super) enum Ready<'b> {
    /// Never written.
    Missing,
    /// Stored as it is.
    Raw(RawBlock<'b>),
    /// Decoded, by this or another read: bytes from the chunk's element `first` on.
    Decoded { bytes: &'b [u8], first: u64 },
}

/// Chunks that are located at a time, so that their places take bounded memory, and those that are cached are held for a short time.
const BATCH_CHUNKS: usize = 1024;
/// The same where no filter is set, and thus none is cached: the more chunks, the more neighbours in the file.
const BATCH_UNFILTERED_CHUNKS: usize = 16 * BATCH_CHUNKS;

impl<'a> ChunkedRead<'a> {
    /// Locates the next touched chunks; empty at the end.
    pub(super) fn locate(&self, pieces: &mut dyn Iterator<Item = Piece>) -> Result<Vec<Located>> {
        let unfiltered = self.storage.pipeline.stages().len() == 0;
        let mut batch: Vec<Located> = pieces
            .take(if unfiltered { BATCH_UNFILTERED_CHUNKS } else { BATCH_CHUNKS })
            .map(|piece| {
                let cached = self.key(&piece.scaled).and_then(|key| self.context.cache.find(key));
                Located { piece, place: None, cached }
            })
            .collect();
        if !self.locate_by_range(&mut batch)? {
            for located in batch.iter_mut().filter(|located| located.cached.is_none()) {
                located.place = self.storage.index.lookup(self.context.storage, &located.piece.scaled)?;
            }
        }
        Ok(batch)
    }

    /// Locates a batch by one walk of the index, where the chunks lie close together; false where they do not.
    fn locate_by_range(&self, batch: &mut [Located]) -> Result<bool> {
        const FEWEST: usize = 16;
        const SPARSEST: u64 = 4;
        let Some(bounds) = Bounds::of(batch.iter().map(|located| located.piece.scaled.as_slice())) else {
            return Ok(true);
        };
        let count = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let Some(volume) = bounds.volume().filter(|&v| v <= count.saturating_mul(SPARSEST)) else {
            return Ok(false);
        };
        if batch.len() < FEWEST {
            return Ok(false);
        }
        let mut places = vec![None; usize::try_from(volume).unwrap_or(0)];
        self.storage.index.visit(
            self.context.storage,
            &bounds.first,
            &bounds.last,
            &mut |scaled, chunk| {
                // An index may visit more than it was asked for.
                if let Some(slot) = bounds.number(scaled).and_then(|n| places.get_mut(n)) {
                    *slot = Some(chunk);
                }
                Ok(())
            },
        )?;
        for located in batch {
            located.place =
                bounds.number(&located.piece.scaled).and_then(|n| places.get(n).copied()).flatten();
        }
        Ok(true)
    }

    /// The whole of one chunk's share of the work.
    pub(super) fn read_piece(
        &self,
        located: &Located,
        target: &mut Target<'_>,
        buffers: &mut Buffers,
    ) -> Result<()> {
        let Buffers { decoding, window } = buffers;
        if self.read_into_result(located, target, decoding)? {
            return Ok(());
        }
        let ready = self.decode(located, decoding)?;
        self.put(located, &ready, target, window)
    }

    /// Decodes a chunk in its place in the result, where that place is one piece and holds the stored bytes; false where not.
    fn read_into_result(
        &self,
        located: &Located,
        target: &mut Target<'_>,
        buffers: &mut Decoding,
    ) -> Result<bool> {
        let (Some(place), None, true) = (located.place, &located.cached, self.transfer.is_copy()) else {
            return Ok(false);
        };
        let whole =
            |copy: &CopyRun| copy.from == 0 && copy.count == 1 && copy.length == self.storage.chunk_elements;
        let mut copies = self.partition.copies(&located.piece);
        // A chunk of one element may be selected twice.
        let (Some(copy), None) = (copies.next().filter(whole), copies.next()) else { return Ok(false) };
        if self.is_unfiltered(place) {
            return Ok(false);
        }
        let region = target.region(self.transfer, copy.to, copy.length)?;
        let Decoding { stored, pipeline, .. } = buffers;
        self.run_pipeline(place, region, stored, pipeline)?;
        Ok(true)
    }

    /// Makes a chunk ready. What selections take parts of is kept in the cache.
    pub(super) fn decode<'b>(&'b self, located: &'b Located, buffers: &'b mut Decoding) -> Result<Ready<'b>> {
        match &located.cached {
            Some(CachedChunk::Plain(bytes)) => {
                self.pack_kept(&located.piece, bytes);
                return Ok(Ready::Decoded { bytes, first: 0 });
            }
            Some(CachedChunk::Dense(bytes)) => return Ok(Ready::Decoded { bytes, first: 0 }),
            Some(CachedChunk::Packed(packed)) => return self.unpack(&located.piece, packed, buffers),
            None => {}
        }
        let Some(place) = located.place else { return Ok(Ready::Missing) };
        if self.is_unfiltered(place) {
            self.check_raw_size(place)?;
            return Ok(Ready::Raw(RawBlock::File { storage: self.context.storage, address: place.address }));
        }
        let Decoding { stored, decoded, pipeline } = buffers;
        // Before memory is taken for what it decodes to.
        stored_length(&self.context, place)?;
        resize(decoded, self.storage.chunk_bytes)?;
        self.run_pipeline(place, decoded, stored, pipeline)?;
        if self.takes_part(&located.piece) {
            self.keep(&located.piece, decoded);
        }
        Ok(Ready::Decoded { bytes: decoded, first: 0 })
    }

    /// Keeps a decoded chunk in the cache, packed where that has proved worth it.
    fn keep(&self, piece: &Piece, decoded: &[u8]) {
        let Some(key) = self.key(&piece.scaled) else { return };
        let chunk = match self.packed(decoded) {
            Some(Some(packed)) => packed,
            _ if decoded.len() > self.context.cache.capacity_bytes() => return,
            Some(None) => CachedChunk::Dense(Arc::new(decoded.to_vec())),
            None => CachedChunk::Plain(Arc::new(decoded.to_vec())),
        };
        if self.context.cache.insert(key, chunk) {
            self.storage.packing.came_back();
        }
    }

    /// Packs a chunk that was kept before packing had begun: it takes the room of several.
    fn pack_kept(&self, piece: &Piece, decoded: &Arc<Vec<u8>>) {
        let Some(key) = self.key(&piece.scaled) else { return };
        if let Some(packed) = self.packed(decoded) {
            self.context.cache.insert(key, packed.unwrap_or_else(|| CachedChunk::Dense(Arc::clone(decoded))));
        }
    }

    /// A chunk, packed: `None` if that is not to be tried, `Some(None)` if it does not pack.
    fn packed(&self, decoded: &[u8]) -> Option<Option<CachedChunk>> {
        let packed = || PackedChunk::pack(decoded, self.transfer.stored);
        let tried = self.storage.packing.begin().then(packed)?;
        Some(tried.map(|packed| CachedChunk::Packed(Arc::new(packed))))
    }

    /// Unpacks what a piece needs of a packed chunk.
    fn unpack<'b>(
        &self,
        piece: &Piece,
        packed: &PackedChunk,
        buffers: &'b mut Decoding,
    ) -> Result<Ready<'b>> {
        let size = self.transfer.stored_size;
        let (mut low, mut high) = (u64::MAX, 0_u64);
        for copy in self.partition.copies(piece) {
            let last_run = copy.count.saturating_sub(1).saturating_mul(copy.from_step);
            low = low.min(copy.from);
            high = high.max(copy.from.saturating_add(last_run).saturating_add(copy.length));
        }
        let byte = |element: u64| usize::try_from(element).ok()?.checked_mul(size);
        let range = byte(low.min(high)).zip(byte(high)).map(|(low, high)| low..high);
        let range = range.ok_or_else(|| Error::limit("chunk larger than memory"))?;
        let start = packed.unpack(range, &mut buffers.decoded)?;
        self.storage.packing.used();
        // A stripe has whole elements.
        let first = u64::try_from(start.checked_div(size).unwrap_or(0)).unwrap_or(u64::MAX);
        Ok(Ready::Decoded { bytes: &buffers.decoded, first })
    }

    /// Puts a chunk's selected elements into the result.
    pub(super) fn put(
        &self,
        located: &Located,
        ready: &Ready<'_>,
        target: &mut Target<'_>,
        scratch: &mut Vec<u8>,
    ) -> Result<()> {
        let mut copies = self.partition.copies(&located.piece);
        match ready {
            Ready::Missing => copies.try_for_each(|copy| target.fill(self.transfer, self.fill, copy)),
            Ready::Raw(block) => read_copies(*block, copies, self.transfer, target, scratch),
            Ready::Decoded { bytes, first } => {
                copies.try_for_each(|copy| target.put(self.transfer, bytes, *first, copy))
            }
        }
    }

    /// True if no filter was applied to a chunk.
    pub(super) fn is_unfiltered(&self, place: ChunkLocation) -> bool {
        let filters = self.storage.pipeline.stages().len();
        match u32::try_from(filters).ok().and_then(|n| 1_u32.checked_shl(n)) {
            Some(bit) => {
                let all = bit.wrapping_sub(1);
                place.filter_mask & all == all
            }
            None => filters == 32 && place.filter_mask == u32::MAX,
        }
    }

    /// True if the selection leaves elements of a chunk out, so that a later read may come back for them.
    fn takes_part(&self, piece: &Piece) -> bool {
        let selected = self
            .partition
            .copies(piece)
            .fold(0_u64, |sum, copy| sum.saturating_add(copy.length.saturating_mul(copy.count)));
        let held = piece.block.start.iter().zip(&piece.block.size).zip(self.dimensions).fold(
            1_u64,
            |product, ((&start, &size), &extent)| {
                product.saturating_mul(size.min(extent.saturating_sub(start)))
            },
        );
        selected < held
    }

    pub(super) fn check_raw_size(&self, place: ChunkLocation) -> Result<()> {
        let expected = u64::try_from(self.storage.chunk_bytes).unwrap_or(u64::MAX);
        if place.stored_bytes == expected || self.storage.pipeline.stages().len() == 0 {
            return Ok(());
        }
        Err(wrong_size(place, place.stored_bytes, self.storage.chunk_bytes))
    }

    /// Reads a stored chunk and undoes its filters into `out`, which is as long as a decoded chunk.
    fn run_pipeline(
        &self,
        place: ChunkLocation,
        out: &mut [u8],
        stored: &mut Vec<u8>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let input = stored_chunk(&self.context, place, stored)?;
        self.context.storage.spend(out.len()).map_err(|error| error.at_address(place.address.0))?;
        let written = self
            .storage
            .pipeline
            .decode_into(place.filter_mask, input, out, scratch)
            .map_err(|error| pipeline_error(error).at_address(place.address.0))?;
        if written == out.len() {
            Ok(())
        } else {
            Err(wrong_size(place, u64::try_from(written).unwrap_or(u64::MAX), out.len()))
        }
    }

    /// The chunk's key in the cache; `None` where its number does not fit or nothing is cached.
    fn key(&self, scaled: &[u64]) -> Option<ChunkKey> {
        if self.context.cache.capacity_bytes() == 0 || self.storage.pipeline.stages().len() == 0 {
            return None;
        }
        let mut number = 0_u128;
        for ((&place, &extent), &chunk) in scaled.iter().zip(self.dimensions).zip(&self.storage.chunk) {
            let along = u128::from(extent.div_ceil(chunk.max(1)).max(1));
            number = number.checked_mul(along)?.checked_add(u128::from(place))?;
        }
        Some(ChunkKey { dataset: self.storage.cache_number, number })
    }
}

/// A chunk's stored bytes: in place where the driver has them in memory, else read into `buffer`.
pub(super) fn stored_chunk<'b>(
    context: &ReadContext<'b>,
    place: ChunkLocation,
    buffer: &'b mut Vec<u8>,
) -> Result<&'b [u8]> {
    let bytes = stored_length(context, place)?;
    // Here and not where the driver is asked: what is counted must not depend on whether it has the bytes in memory.
    context.storage.spend(bytes).map_err(|error| error.at_address(place.address.0))?;
    if let Some(slice) = context.storage.raw_slice(place.address, bytes) {
        return Ok(slice);
    }
    resize(buffer, bytes)?;
    context.storage.read_raw(place.address, buffer).map_err(|error| error.at_address(place.address.0))?;
    Ok(buffer)
}

/// Bytes of a stored chunk, which cannot be longer than the file.
fn stored_length(context: &ReadContext<'_>, place: ChunkLocation) -> Result<usize> {
    let end = place.address.0.checked_add(place.stored_bytes);
    let inside = end.is_some_and(|end| end <= context.storage.length());
    usize::try_from(place.stored_bytes).ok().filter(|_| inside).ok_or_else(|| {
        Error::format(format!("a chunk of {} bytes reaches past the end of the file", place.stored_bytes))
            .at_address(place.address.0)
    })
}

fn wrong_size(place: ChunkLocation, found: u64, expected: usize) -> Error {
    Error::format(format!("the chunk decodes to {found} bytes, expected {expected}"))
        .at_address(place.address.0)
}

fn pipeline_error(error: PipelineError) -> Error {
    match &error {
        PipelineError::Missing { .. } => Error::unsupported(error.to_string()),
        PipelineError::Filter { error: h5_filters::FilterError::Unsupported(_), .. } => {
            Error::unsupported(error.to_string()).with_source(error)
        }
        _ => Error::format(error.to_string()),
    }
}

/// The smallest box around chunks of the grid.
#[derive(Debug)]
struct Bounds {
    first: Vec<u64>,
    last: Vec<u64>,
}

impl Bounds {
    fn of<'s>(mut positions: impl Iterator<Item = &'s [u64]>) -> Option<Self> {
        let first = positions.next()?.to_vec();
        let mut bounds = Self { last: first.clone(), first };
        for scaled in positions {
            for ((low, high), &x) in bounds.first.iter_mut().zip(&mut bounds.last).zip(scaled) {
                *low = (*low).min(x);
                *high = (*high).max(x);
            }
        }
        Some(bounds)
    }

    fn volume(&self) -> Option<u64> {
        let sizes = self.first.iter().zip(&self.last).map(|(f, l)| l.checked_sub(*f)?.checked_add(1));
        sizes.into_iter().try_fold(1_u64, |product, size| product.checked_mul(size?))
    }

    /// Linear number of a position in the box, if it is there.
    fn number(&self, scaled: &[u64]) -> Option<usize> {
        let mut number = 0_u64;
        for ((first, last), x) in self.first.iter().zip(&self.last).zip(scaled) {
            let size = last.checked_sub(*first)?.checked_add(1)?;
            let within = x.checked_sub(*first).filter(|&within| within < size)?;
            number = number.checked_mul(size)?.checked_add(within)?;
        }
        usize::try_from(number).ok()
    }
}
