//! Conversion of elements from one datatype to another, buffer to buffer.
//!
//! The rules are those of the C library (HDF5 2.0), where it follows one rule:
//!
//! | From, to | Rule |
//! |---|---|
//! | integer, enumeration -> integer | clips to the target's range |
//! | integer, enumeration -> float | rounds to nearest, ties to even; beyond the range: infinity |
//! | float -> integer | truncates toward zero, clips; not a number becomes 0 |
//! | float -> float | rounds to nearest, ties to even; beyond the range: infinity; keeps infinities, NaN and signs |
//! | integer -> enumeration | the value, clipped, whether it has a name or not |
//! | enumeration -> enumeration | by name; a value without a name in both becomes all ones |
//! | bit field -> bit field | the lowest bits; missing ones are zero |
//! | string -> string | the text without its padding, cut to fit (by bytes) and padded |
//! | opaque -> opaque | same size and tag only |
//! | compound -> compound | members by name; what the source lacks keeps the target's bytes |
//! | array -> array | same dimensions, element by element |
//! | sequence -> sequence | element by element |
//! | reference -> reference | same kind, either encoding |
//! | complex -> complex, pair of floats | part by part; a pair is an array of two or a compound of two |
//! | complex -> integer, float | the real part |
//! | integer, float -> complex | the imaginary part is zero |
//! | time | same datatype only |
//!
//! Beyond the C library, strings convert between fixed and variable length and integers to enumerations, as in h5py; strings
//! convert whatever their character sets; pairs of floats may have other layouts than the complex number's parts. Where the
//! library has two rules for numbers, `spec-notes/conversion.md` says which one is followed.

mod enumeration;
mod half;
mod layout;
mod native;
mod number;
mod plan;
mod run;
mod text;
mod word;

pub(crate) use layout::{FloatLayout, IntegerLayout};
pub(crate) use number::Integer;
pub(crate) use text::{fill, trim};

/// A word of the low 128 bits.
pub(crate) fn word(bits: u128) -> word::Word {
    word::Word::new(bits)
}

use self::plan::Plan;
use self::run::{Context, Source, Target};
use crate::{Datatype, Error, Heap, Limits, Result};

/// Converts elements of one datatype to another; see the [module documentation](self) for the rules.
///
/// A converter is made once and may be used by many threads, chunk by chunk.
#[derive(Debug, Clone)]
pub struct Converter {
    plan: Plan,
    source_size: usize,
    target_size: usize,
    identity: bool,
    heap_limit: usize,
}

/// Bytes of source and target together that compounds are converted in at a time, so that the passes over their members
/// find them in the cache.
const TILE_BYTES: usize = 64 << 10;

impl Converter {
    /// Prepares the conversion between two datatypes in memory form.
    ///
    /// # Errors
    /// `Conversion` if no rule leads from one datatype to the other, `Unsupported` for numbers wider than 32 bytes, unless
    /// they differ in byte order only, and for floats with more than 127 mantissa or 31 exponent bits.
    pub fn new(source: &Datatype, target: &Datatype) -> Result<Self> {
        let (source_size, target_size) = (source.size(), target.size());
        if source_size == 0 || target_size == 0 {
            return Err(Error::usage("a datatype of size 0"));
        }
        let plan = plan::plan(source, target)?;
        let identity = match &plan {
            Plan::Copy { size } => *size == source_size && *size == target_size,
            Plan::Sequence { base, nested: false, .. } => matches!(**base, Plan::Copy { .. }),
            _ => source == target,
        };
        let heap_limit = usize::try_from(Limits::default().read_bytes).unwrap_or(usize::MAX);
        Ok(Self { plan, source_size, target_size, identity, heap_limit })
    }

    /// Bounds the target heap by [`Limits::read_bytes`].
    #[must_use]
    pub fn limits(mut self, limits: &Limits) -> Self {
        self.heap_limit = usize::try_from(limits.read_bytes).unwrap_or(usize::MAX);
        self
    }

    /// True if elements, together with their heap, stay as they are.
    pub fn is_identity(&self) -> bool {
        self.identity
    }

    /// Bytes of one source element.
    pub fn source_size(&self) -> usize {
        self.source_size
    }

    /// Bytes of one target element.
    pub fn target_size(&self) -> usize {
        self.target_size
    }

    /// Converts all elements of `source` into `target`. Variable-length data and references are appended to
    /// `target_heap`; heaps are not used where neither datatype has a variable part.
    ///
    /// Compound members that the source lacks, and gaps, keep the target's bytes.
    ///
    /// # Errors
    /// `Usage` if the buffers do not hold the same whole number of elements, or an element points outside the heap; `Limit`
    /// if the heap grows beyond its bound. The target is then partly written.
    pub fn convert(
        &self,
        source: &[u8],
        source_heap: &Heap,
        target: &mut [u8],
        target_heap: &mut Heap,
    ) -> Result<()> {
        let (s, t) = (self.source_size, self.target_size);
        let counts = (source.len().checked_div(s), target.len().checked_div(t));
        let whole = source.len().is_multiple_of(s) && target.len().is_multiple_of(t);
        if !whole || counts.0 != counts.1 {
            let (from, to) = (source.len(), target.len());
            return Err(Error::usage(format!(
                "buffers of {from} and {to} bytes for elements of {s} and {t} bytes"
            )));
        }
        let mut context = Context::new(source_heap, target_heap, self.heap_limit);
        let tile = self.tile_elements();
        let tiles = source.chunks(tile.saturating_mul(s)).zip(target.chunks_mut(tile.saturating_mul(t)));
        for (from, to) in tiles {
            let count = from.len().checked_div(s).unwrap_or(0);
            self.plan.run(
                &mut context,
                Source { bytes: from, stride: s },
                Target { bytes: to, stride: t },
                count,
            )?;
        }
        Ok(())
    }

    /// Converts `count` elements at the start of a buffer in place; the buffer holds `count` elements of the larger of the two
    /// datatypes. Compound members that the source lacks, and gaps, become zero.
    ///
    /// # Errors
    /// `Usage` if the buffer is too short or a datatype has a variable part.
    pub fn convert_in_place(&self, buffer: &mut [u8], count: usize) -> Result<()> {
        let (s, t) = (self.source_size, self.target_size);
        let needed = count.checked_mul(s.max(t)).filter(|&n| n <= buffer.len());
        if needed.is_none() {
            return Err(Error::usage(format!("{count} elements in a buffer of {} bytes", buffer.len())));
        }
        if self.plan.uses_heap() {
            return Err(Error::usage("variable-length data cannot be converted in place"));
        }
        if self.identity {
            return Ok(());
        }
        let tile = self.tile_elements();
        let mut scratch = vec![0; tile.min(count).saturating_mul(t)];
        let tiles = count.div_ceil(tile);
        for index in 0..tiles {
            // A growing element is converted from the end, so that nothing is overwritten before it is read.
            let index = if t > s { tiles.saturating_sub(index).saturating_sub(1) } else { index };
            let first = index.saturating_mul(tile);
            let length = count.saturating_sub(first).min(tile);
            let range =
                |size: usize| first.saturating_mul(size)..first.saturating_add(length).saturating_mul(size);
            let (Some(from), Some(to)) = (buffer.get(range(s)), scratch.get_mut(..length.saturating_mul(t)))
            else {
                return Err(Error::usage("a buffer ends inside an element"));
            };
            to.fill(0);
            self.convert(from, &Heap::default(), to, &mut Heap::default())?;
            if let Some(place) = buffer.get_mut(range(t)) {
                place.copy_from_slice(to);
            }
        }
        Ok(())
    }

    fn tile_elements(&self) -> usize {
        TILE_BYTES.checked_div(self.source_size.saturating_add(self.target_size)).unwrap_or(1).max(1)
    }
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers, and casts whose rules are what is tested"
)]
mod tests;
