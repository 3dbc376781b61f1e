//! Decoded chunks in a form that takes less room in the cache and is decoded in parts.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use h5_filters::Pipeline;
#[cfg(feature = "plugins")]
use h5_filters::{Bitshuffle, Filter, FilterContext};
use h5_types::{Datatype, Error, Result};

use super::differences::{BLOCK, DifferenceReader, DifferenceWriter};
use super::number_form::NumberForm;
use super::transfer::resize;

/// A decoded chunk, packed in stripes that are unpacked one by one.
///
/// Inflating a chunk again for each small selection costs far more than the selection. Measured data pack to a fifth or a third, so
/// that a cache of the same size holds as many times the chunks, and only the stripes of the selected rows are unpacked, at several
/// times the speed of inflating.
#[derive(Debug)]
pub(super) struct PackedChunk {
    coding: Coding,
    stripe_bytes: usize,
    chunk_bytes: usize,
    packed: Box<[u8]>,
    /// Where each stripe ends in `packed`.
    ends: Box<[u32]>,
}

/// How a stripe is packed.
#[derive(Debug, Clone, Copy)]
enum Coding {
    /// Numbers, as differences.
    Differences(NumberForm),
    /// Any elements: Bitshuffle with LZ4, by these parameters. Only where that codec is built.
    #[cfg(feature = "plugins")]
    Bitshuffle([u32; 5]),
}

/// Decoded bytes of a stripe, about: few enough that a narrow selection is not read with much else, enough to find repetitions.
const STRIPE_BYTES: usize = 8 << 10;
/// Elements that bitshuffle transposes together.
const GROUP_ELEMENTS: usize = 8;
/// Larger elements are structures, which hardly pack this way.
const LARGEST_ELEMENT_BYTES: usize = 64;

impl PackedChunk {
    /// Packs a chunk of elements of a datatype; `None` if that saves less than half.
    pub(super) fn pack(chunk: &[u8], datatype: &Datatype) -> Option<Self> {
        let size = Some(datatype.size()).filter(|size| (1..=LARGEST_ELEMENT_BYTES).contains(size))?;
        let group = size.checked_mul(GROUP_ELEMENTS)?;
        let stripe_bytes = STRIPE_BYTES.checked_div(group)?.max(1).checked_mul(group)?;
        let packed = NumberForm::of(datatype, chunk)
            .and_then(|form| Self::pack_stripes(chunk, stripe_bytes, Coding::Differences(form)));
        #[cfg(feature = "plugins")]
        let packed = match packed {
            None => Self::pack_stripes(chunk, stripe_bytes, Coding::bitshuffle(size, stripe_bytes)?),
            packed => packed,
        };
        packed
    }

    fn pack_stripes(chunk: &[u8], stripe_bytes: usize, coding: Coding) -> Option<Self> {
        let largest = chunk.len() / 2;
        // Grown once, and copied to its exact size at the end: what is kept leaves no gaps in memory.
        let (mut packed, mut ends, mut stripe) = (Vec::with_capacity(largest), Vec::new(), Vec::new());
        for part in chunk.chunks(stripe_bytes) {
            coding.encode(part, &mut stripe)?;
            if stripe.len() > largest.saturating_sub(packed.len()) {
                return None;
            }
            packed.extend_from_slice(&stripe);
            ends.push(u32::try_from(packed.len()).ok()?);
        }
        let (packed, ends) = (packed.as_slice().into(), ends.into_boxed_slice());
        Some(Self { coding, stripe_bytes, chunk_bytes: chunk.len(), packed, ends })
    }

    /// Bytes of memory that it takes.
    pub(super) fn held_bytes(&self) -> usize {
        size_of_val(&*self.packed).saturating_add(size_of_val(&*self.ends)).saturating_add(size_of::<Self>())
    }

    /// Unpacks the stripes that hold a range of the chunk's bytes into `out`; returns the place of the first byte of `out`.
    pub(super) fn unpack(&self, range: Range<usize>, out: &mut Vec<u8>) -> Result<usize> {
        let lost = || Error::usage("the selection leaves the chunk");
        let first = range.start.checked_div(self.stripe_bytes).ok_or_else(lost)?;
        let start = first.checked_mul(self.stripe_bytes).ok_or_else(lost)?;
        let end = range.end.checked_next_multiple_of(self.stripe_bytes).ok_or_else(lost)?;
        let end = end.min(self.chunk_bytes);
        let whole = end.checked_sub(start).filter(|_| range.end <= self.chunk_bytes).ok_or_else(lost)?;
        resize(out, whole)?;
        let end_of = |stripe: usize| self.ends.get(stripe).and_then(|&end| usize::try_from(end).ok());
        let mut begin = first.checked_sub(1).and_then(end_of).unwrap_or(0);
        for (part, stripe) in out.chunks_mut(self.stripe_bytes).zip(first..) {
            let end = end_of(stripe).ok_or_else(lost)?;
            let stripe = self.packed.get(begin..end).ok_or_else(lost)?;
            self.coding.decode(stripe, part)?;
            begin = end;
        }
        Ok(start)
    }
}

impl Coding {
    /// For elements of that many bytes, of which a stripe is one block.
    #[cfg(feature = "plugins")]
    fn bitshuffle(size: usize, stripe_bytes: usize) -> Option<Self> {
        let block_elements = u32::try_from(stripe_bytes.checked_div(size)?).ok()?;
        Some(Self::Bitshuffle([0, 0, u32::try_from(size).ok()?, block_elements, WITH_LZ4]))
    }

    /// Packs a stripe in place of what `out` holds; `None` if it cannot be.
    fn encode(self, stripe: &[u8], out: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Differences(form) => {
                out.clear();
                let mut writer = DifferenceWriter::default();
                let mut integers = [0; BLOCK];
                for part in stripe.chunks(form.size().saturating_mul(BLOCK)) {
                    // The last block may be short; what is left of the one before does not matter.
                    form.load(part, &mut integers);
                    writer.push(&integers, out);
                }
                Some(())
            }
            #[cfg(feature = "plugins")]
            Self::Bitshuffle(client_data) => {
                let context = FilterContext { client_data: &client_data, max_output_bytes: usize::MAX };
                Bitshuffle.encode(context, stripe, out).ok()
            }
        }
    }

    /// Unpacks a stripe of which the decoded length is known.
    fn decode(self, stripe: &[u8], out: &mut [u8]) -> Result<()> {
        let lost = || Error::usage("a cached chunk does not unpack");
        match self {
            Self::Differences(form) => {
                let mut reader = DifferenceReader::new(stripe);
                let mut integers = [0; BLOCK];
                for part in out.chunks_mut(form.size().saturating_mul(BLOCK)) {
                    reader.next(&mut integers).ok_or_else(lost)?;
                    form.store(&integers, part);
                }
                Ok(())
            }
            #[cfg(feature = "plugins")]
            Self::Bitshuffle(client_data) => {
                let context = FilterContext { client_data: &client_data, max_output_bytes: out.len() };
                let decoded = Bitshuffle.decode_into(context, stripe, out);
                decoded.map(drop).map_err(|error| lost().with_source(error))
            }
        }
    }
}

/// Bitshuffle's parameter for LZ4.
#[cfg(feature = "plugins")]
const WITH_LZ4: u32 = 2;

/// Whether chunks of one dataset are worth packing, learned from its reads. May be shared by threads.
///
/// Packing costs about as much as inflating, and so waits until reads have come back for chunks that the cache had to drop. It ends
/// where packed chunks do not pack, or are not asked for again.
#[derive(Debug, Default)]
pub(super) struct Packing {
    slow_filters: bool,
    came_back: AtomicU32,
    tried: AtomicU32,
    used: AtomicU32,
}

/// Dropped chunks that were decoded again before packing begins.
const FEWEST_CAME_BACK: u32 = 16;
/// Packings that may be in vain, apart from two for each use.
const MOST_IN_VAIN: u32 = 256;
/// Filters that take longer to undo than unpacking does: deflate, szip, bzip2, Zstandard.
const SLOW_FILTERS: [u16; 4] = [1, 4, 307, 32015];

impl Packing {
    pub(super) fn of(pipeline: &Pipeline) -> Self {
        let slow_filters = pipeline.stages().any(|stage| SLOW_FILTERS.contains(&stage.id));
        Self { slow_filters, ..Self::default() }
    }

    /// Whether the next chunk should be packed; counts it if so.
    pub(super) fn begin(&self) -> bool {
        let used = self.used.load(Ordering::Relaxed);
        let pays = self.slow_filters
            && self.came_back.load(Ordering::Relaxed) >= FEWEST_CAME_BACK
            && self.tried.load(Ordering::Relaxed) <= used.saturating_mul(2).saturating_add(MOST_IN_VAIN);
        if pays {
            count(&self.tried);
        }
        pays
    }

    /// Notes that a chunk was decoded which the cache had dropped.
    pub(super) fn came_back(&self) {
        count(&self.came_back);
    }

    /// Packed chunks that were found in the cache so far.
    #[cfg(test)]
    pub(super) fn uses(&self) -> u32 {
        self.used.load(Ordering::Relaxed)
    }

    /// Notes that a packed chunk was found in the cache.
    pub(super) fn used(&self) {
        count(&self.used);
    }
}

/// Adds one, and stays at the largest number: after so many uses the answer is settled.
fn count(counter: &AtomicU32) {
    // The closure never gives `None`, so that there is nothing to handle.
    let _ = counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| Some(n.saturating_add(1)));
}

#[cfg(test)]
mod tests {
    use super::*;

    use h5_types::{ByteOrder, FloatType, IntegerType, OpaqueType};

    fn u32s() -> Datatype {
        Datatype::Integer(IntegerType::plain(4, false, ByteOrder::Little))
    }

    fn opaque(size: usize) -> Datatype {
        Datatype::Opaque(OpaqueType { size, tag: Default::default() })
    }

    fn ramp(elements: u16) -> Vec<u8> {
        (0..elements).flat_map(|i| (u32::from(i) / 3).to_le_bytes()).collect()
    }

    fn noise(bytes: usize) -> Vec<u8> {
        let mut state = 1_u32;
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(bytes)
        .collect()
    }

    #[test]
    fn any_range_unpacks_to_its_bytes() {
        for datatype in [u32s(), opaque(4)] {
            for elements in [1, 7, 2047, 2048, 2049, 9000, 16384] {
                let chunk = ramp(elements);
                let Some(packed) = PackedChunk::pack(&chunk, &datatype) else {
                    assert!(elements < 100, "{elements} elements should pack");
                    continue;
                };
                assert!(packed.held_bytes() < chunk.len());
                let mut out = vec![0xa5; 17];
                for (start, end) in
                    [(0, chunk.len()), (0, 1), (chunk.len() - 1, chunk.len()), (5, chunk.len() / 2)]
                {
                    let first = packed.unpack(start..end, &mut out).unwrap();
                    assert_eq!(
                        out[start - first..end - first],
                        chunk[start..end],
                        "{elements}: {start}..{end}"
                    );
                }
                assert!(packed.unpack(0..chunk.len() + 1, &mut out).is_err());
            }
        }
    }

    #[test]
    fn numbers_become_differences_and_what_cannot_be_is_transposed() {
        let floats = Datatype::Float(FloatType::f32(ByteOrder::Little));
        let steps: Vec<f32> = (0..20_000_u16).map(|i| f32::from(i % 77) / 16.0 - 2.0).collect();
        let bytes = |numbers: &[f32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
        let packed = PackedChunk::pack(&bytes(&steps), &floats).unwrap();
        assert!(matches!(packed.coding, Coding::Differences(_)), "{:?}", packed.coding);
        let mut not_a_step = steps.clone();
        not_a_step[9000] = 0.1;
        let packed = PackedChunk::pack(&bytes(&not_a_step), &floats).unwrap();
        assert!(matches!(packed.coding, Coding::Bitshuffle(_)), "{:?}", packed.coding);
        let mut out = Vec::new();
        packed.unpack(0..80_000, &mut out).unwrap();
        assert_eq!(out, bytes(&not_a_step));
    }

    #[test]
    fn noise_and_large_elements_are_left_as_they_are() {
        assert!(PackedChunk::pack(&noise(50_000), &u32s()).is_none());
        assert!(PackedChunk::pack(&noise(50_000), &opaque(4)).is_none());
        assert!(PackedChunk::pack(&[0; 6500], &opaque(65)).is_none());
    }

    #[test]
    fn packing_begins_when_chunks_come_back_and_ends_when_it_is_in_vain() {
        let packing = Packing { slow_filters: true, ..Packing::default() };
        assert!(!packing.begin());
        (0..FEWEST_CAME_BACK).for_each(|_| packing.came_back());
        let begun = (0..10 * MOST_IN_VAIN).filter(|_| packing.begin()).count();
        assert_eq!(begun, MOST_IN_VAIN as usize + 1);
        packing.used();
        assert!(packing.begin());
        assert!(!Packing::default().begin());
    }
}
