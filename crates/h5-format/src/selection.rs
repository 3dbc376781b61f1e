//! Dataspace selection, as region references and virtual layouts store it: HDF5 File Format Specification 4.0, VIII.A. Reads
//! all versions.
//!
//! ```text
//! selection   0 type (4)   4 version (4)   then by type and version:
//! none, all   version 1    reserved (4)   length (4)
//! points      version 1    reserved (4)   length (4)   rank (4)   number (4)   coordinates (4 each)
//!             version 2    encode size (1)   rank (4)   number (E)   coordinates (E each)
//! hyperslab   version 1    reserved (4)   length (4)   rank (4)   number (4)   blocks: starts, ends (4 each)
//!             version 2    flags (1)   length (4)   rank (4)   start stride count block (8 each) a dimension
//!             version 3    flags (1)   encode size (1)   rank (4)   regular: as version 2 (E each)
//!                                                             irregular: number (E)   blocks (E each)
//! ```
//! The ends of blocks belong to the block. In a regular hyperslab a count or block of all ones is unlimited.

use h5_types::{Block, Hyperslab, HyperslabDimension, Limits, Points, Selection};

use crate::{Fault, Reader, Result};

/// Name that errors carry; a reader for a selection on its own is made with it.
pub(crate) const STRUCTURE: &str = "dataspace selection";
pub(crate) const SECTION: &str = "VIII.A";

const NONE: u32 = 0;
const POINTS: u32 = 1;
const HYPERSLABS: u32 = 2;
const ALL: u32 = 3;

/// Decodes the selection that begins at the start of `bytes`; what follows it is left alone.
///
/// # Errors
/// A type, version or encode size that does not exist, a rank over the limit, an end before its start, or too few bytes.
pub fn decode_selection(bytes: &[u8], limits: &Limits) -> Result<Selection> {
    read_selection(&mut Reader::new(bytes, STRUCTURE, SECTION), limits)
}

/// As [`decode_selection`], in the middle of another structure.
pub(crate) fn read_selection(reader: &mut Reader<'_>, limits: &Limits) -> Result<Selection> {
    match reader.u32()? {
        kind @ (NONE | ALL) => {
            read_version(reader, 1)?;
            reader.skip(8)?;
            Ok(if kind == ALL { Selection::All } else { Selection::None })
        }
        POINTS => read_points(reader, limits),
        HYPERSLABS => read_hyperslab(reader, limits),
        other => Err(reader.bad_value("selection_type", other, "0 to 3")),
    }
}

fn read_points(reader: &mut Reader<'_>, limits: &Limits) -> Result<Selection> {
    let width = match read_version(reader, 2)? {
        1 => {
            reader.skip(8)?;
            4
        }
        _ => read_encode_size(reader)?,
    };
    let rank = read_rank(reader, limits)?;
    let count = reader.uint(width)?;
    let coordinates = read_numbers(reader, count, rank, width)?;
    Ok(Selection::Points(Points { rank, coordinates }))
}

fn read_hyperslab(reader: &mut Reader<'_>, limits: &Limits) -> Result<Selection> {
    let (regular, width) = match read_version(reader, 3)? {
        1 => {
            reader.skip(8)?;
            (false, 4)
        }
        2 => {
            let flags = reader.u8()?;
            if flags & 1 == 0 {
                return Err(reader.bad_value("flags", flags, "bit 0 set in version 2"));
            }
            reader.skip(4)?;
            (true, 8)
        }
        _ => {
            let flags = reader.u8()?;
            (flags & 1 != 0, read_encode_size(reader)?)
        }
    };
    let rank = read_rank(reader, limits)?;
    if regular {
        let dimensions = (0..rank).map(|_| read_dimension(reader, width)).collect::<Result<_>>()?;
        return Ok(Selection::Hyperslab(Hyperslab { dimensions }));
    }
    let count = reader.uint(width)?;
    let numbers = read_numbers(reader, count, rank.saturating_mul(2), width)?;
    let blocks = numbers.chunks_exact(rank.saturating_mul(2)).map(|bounds| {
        let (start, end) = bounds.split_at_checked(rank).unwrap_or_default();
        let size =
            start.iter().zip(end).map(|(s, e)| e.checked_sub(*s)?.checked_add(1)).collect::<Option<_>>();
        size.map(|size| Block { start: start.to_vec(), size })
    });
    let blocks: Option<Vec<Block>> = blocks.collect();
    blocks.map(Selection::Union).ok_or_else(|| reader.bad_value("ending_offset", 0_u64, "at least the start"))
}

fn read_dimension(reader: &mut Reader<'_>, width: usize) -> Result<HyperslabDimension> {
    let start = reader.uint(width)?;
    let stride = reader.uint(width)?;
    let count = reader.optional_uint(width)?;
    let block = reader.optional_uint(width)?;
    Ok(HyperslabDimension { start, stride, count, block })
}

/// `count` groups of `group` numbers; allocates only what the bytes that are left can hold.
fn read_numbers(reader: &mut Reader<'_>, count: u64, group: usize, width: usize) -> Result<Vec<u64>> {
    let available = u64::try_from(reader.remaining()).unwrap_or(u64::MAX);
    let numbers = usize::try_from(count).ok().and_then(|count| count.checked_mul(group));
    let bytes = numbers.and_then(|numbers| numbers.checked_mul(width));
    let too_many = reader.error(Fault::Truncated { needed: count, available });
    let (numbers, bytes) = numbers.zip(bytes).ok_or(too_many)?;
    let mut list = Reader::new(reader.take(bytes)?, STRUCTURE, SECTION);
    let mut out = Vec::with_capacity(numbers);
    for _ in 0..numbers {
        out.push(list.uint(width)?);
    }
    Ok(out)
}

fn read_version(reader: &mut Reader<'_>, newest: u32) -> Result<u32> {
    let version = reader.u32()?;
    if (1..=newest).contains(&version) {
        return Ok(version);
    }
    let expected = match newest {
        1 => "1",
        2 => "1 or 2",
        _ => "1 to 3",
    };
    Err(reader.error(Fault::Version { found: u64::from(version), expected }))
}

fn read_encode_size(reader: &mut Reader<'_>) -> Result<usize> {
    match reader.u8()? {
        width @ (2 | 4 | 8) => Ok(usize::from(width)),
        other => Err(reader.bad_value("encode_size", other, "2, 4 or 8")),
    }
}

fn read_rank(reader: &mut Reader<'_>, limits: &Limits) -> Result<usize> {
    let stored = reader.u32()?;
    match usize::try_from(stored) {
        Ok(rank) if rank >= 1 && rank <= limits.rank => Ok(rank),
        _ => Err(reader.bad_value("rank", stored, "1 up to the limit of dimensions")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(list: &[u32]) -> Vec<u8> {
        list.iter().flat_map(|w| w.to_le_bytes()).collect()
    }

    fn decoded(bytes: &[u8]) -> Selection {
        decode_selection(bytes, &Limits::default()).unwrap()
    }

    #[test]
    fn all_and_none() {
        assert_eq!(decoded(&words(&[3, 1, 0, 0])), Selection::All);
        assert_eq!(decoded(&words(&[0, 1, 0, 0])), Selection::None);
    }

    #[test]
    fn points_of_both_versions() {
        let points = Selection::Points(Points { rank: 2, coordinates: vec![1, 2, 3, 4] });
        assert_eq!(decoded(&words(&[1, 1, 0, 24, 2, 2, 1, 2, 3, 4])), points);
        let mut v2 = words(&[1, 2]);
        v2.extend([2, 2, 0, 0, 0, 2, 0, 1, 0, 2, 0, 3, 0, 4, 0]);
        assert_eq!(decoded(&v2), points);
    }

    #[test]
    fn blocks_of_versions_1_and_3() {
        let blocks = vec![
            Block { start: vec![0, 2], size: vec![3, 1] },
            Block { start: vec![5, 6], size: vec![1, 2] },
        ];
        let v1 = words(&[2, 1, 0, 40, 2, 2, 0, 2, 2, 2, 5, 6, 5, 7]);
        assert_eq!(decoded(&v1), Selection::Union(blocks.clone()));
        let mut v3 = words(&[2, 3]);
        v3.extend([0, 2, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 2, 0, 2, 0, 5, 0, 6, 0, 5, 0, 7, 0]);
        assert_eq!(decoded(&v3), Selection::Union(blocks));
    }

    #[test]
    fn regular_hyperslabs_of_versions_2_and_3_with_unlimited_count() {
        let slab = |count| {
            Selection::Hyperslab(Hyperslab {
                dimensions: vec![HyperslabDimension { start: 2, stride: 3, count, block: Some(1) }],
            })
        };
        let mut v2 = words(&[2, 2]);
        v2.extend([1, 36, 0, 0, 0, 1, 0, 0, 0]);
        for n in [2_u64, 3, u64::MAX, 1] {
            v2.extend(n.to_le_bytes());
        }
        assert_eq!(decoded(&v2), slab(None));
        let mut v3 = words(&[2, 3]);
        v3.extend([1, 4, 1, 0, 0, 0]);
        v3.extend(words(&[2, 3, 7, 1]));
        assert_eq!(decoded(&v3), slab(Some(7)));
    }

    #[test]
    fn lying_counts_and_ends_are_errors() {
        let limits = Limits::default();
        assert!(decode_selection(&words(&[1, 1, 0, 24, 2, u32::MAX, 1]), &limits).is_err());
        assert!(decode_selection(&words(&[2, 1, 0, 24, 1, 1, 5, 4]), &limits).is_err());
        assert!(decode_selection(&words(&[1, 1, 0, 24, 33, 0]), &limits).is_err());
        assert!(decode_selection(&words(&[1, 1, 0, 24, 0, 0]), &limits).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_decode_or_error(kind in 0..5_u32, version in 0..5_u32, rest in prop::collection::vec(any::<u8>(), 0..80)) {
            let mut bytes = words(&[kind, version]);
            bytes.extend(rest);
            let _ = decode_selection(&bytes, &Limits::default());
        }
    }
}
