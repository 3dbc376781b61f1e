//! Dataspace selection, as region references and virtual layouts store it: HDF5 File Format Specification 4.0, VIII.A. Reads
//! and writes all versions.
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

use crate::{Fault, Reader, Result, Writer};

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
    let too_many = || reader.error(Fault::Truncated { needed: count, available });
    let (numbers, bytes) = numbers.zip(bytes).ok_or_else(too_many)?;
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

/// Which of the versions that can hold a selection is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelectionEncoding {
    /// The lowest, for old readers: version 1 where its numbers of 32 bits do (points and unions), else those of 64 bits. A regular
    /// hyperslab is version 2, which came with HDF5 1.10; for older readers its blocks must be given as a union.
    Oldest,
    /// The highest, in the fewest bytes: numbers as wide as the largest one needs, for HDF5 1.12 and later.
    Shortest,
}

/// Encodes a selection. An empty union is written as no selection.
///
/// # Errors
/// No dimensions, parts of different ranks, a block without elements, or a block whose end exceeds 64 bits.
pub fn encode_selection(selection: &Selection, encoding: SelectionEncoding) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write_selection(&mut Writer::new(&mut bytes, STRUCTURE, SECTION), selection, encoding)?;
    Ok(bytes)
}

/// As [`encode_selection`], in the middle of another structure.
pub(crate) fn write_selection(
    writer: &mut Writer<'_>,
    selection: &Selection,
    encoding: SelectionEncoding,
) -> Result<()> {
    match selection {
        Selection::All => write_plain(writer, ALL),
        Selection::None => write_plain(writer, NONE),
        Selection::Union(blocks) if blocks.is_empty() => write_plain(writer, NONE),
        Selection::Points(points) => write_points(writer, points, encoding),
        Selection::Hyperslab(hyperslab) => write_regular(writer, hyperslab, encoding),
        Selection::Union(blocks) => write_blocks(writer, blocks, encoding),
        _ => Err(writer.unencodable("selection_type", "all, none, points or hyperslabs")),
    }
}

/// All and none have no more than the type and the version.
fn write_plain(writer: &mut Writer<'_>, kind: u32) -> Result<()> {
    writer.u32(kind);
    writer.u32(1);
    writer.zeros(8);
    Ok(())
}

fn write_points(writer: &mut Writer<'_>, points: &Points, encoding: SelectionEncoding) -> Result<()> {
    let Some(count) = points.coordinates.len().checked_div(points.rank) else {
        return Err(writer.unencodable("rank", "at least 1"));
    };
    if count.checked_mul(points.rank) != Some(points.coordinates.len()) {
        return Err(writer.unencodable("coordinates", "as many as points have dimensions"));
    }
    writer.u32(POINTS);
    write_list(writer, (points.rank, count), &points.coordinates, encoding, |writer, width| {
        writer.u32(2);
        writer.u8(width);
    })
}

fn write_blocks(writer: &mut Writer<'_>, blocks: &[Block], encoding: SelectionEncoding) -> Result<()> {
    let rank = blocks.first().map_or(0, |block| block.start.len());
    let mut numbers = Vec::new();
    for block in blocks {
        if rank == 0 || block.start.len() != rank || block.size.len() != rank {
            return Err(writer.unencodable("rank", "the same for all blocks, and at least 1"));
        }
        let end = |(start, size): (&u64, &u64)| start.checked_add(size.checked_sub(1)?);
        let ends = block.start.iter().zip(&block.size).map(end).collect::<Option<Vec<_>>>();
        let wrong = || writer.unencodable("ending_offset", "at least the start, in 64 bits");
        numbers.extend_from_slice(&block.start);
        numbers.extend(ends.ok_or_else(wrong)?);
    }
    writer.u32(HYPERSLABS);
    write_list(writer, (rank, blocks.len()), &numbers, encoding, |writer, width| {
        writer.u32(3);
        writer.u8(0);
        writer.u8(width);
    })
}

/// Writes what the lists of points and of blocks have in common: version 1, or `newer` and then rank, count and numbers as wide as
/// `newer` was told.
fn write_list(
    writer: &mut Writer<'_>,
    (rank, count): (usize, usize),
    numbers: &[u64],
    encoding: SelectionEncoding,
    newer: impl FnOnce(&mut Writer<'_>, u8),
) -> Result<()> {
    let largest = numbers.iter().copied().max().unwrap_or(0).max(u64::try_from(count).unwrap_or(u64::MAX));
    // In version 1 the length counts the rank, the number and the list.
    let length = numbers.len().checked_add(2).and_then(|words| u32::try_from(words.checked_mul(4)?).ok());
    let width = match (encoding, length) {
        (SelectionEncoding::Oldest, Some(length)) if largest <= u64::from(u32::MAX) => {
            writer.u32(1);
            writer.zeros(4);
            writer.u32(length);
            4
        }
        _ => {
            let width = encode_size(largest);
            newer(writer, width);
            usize::from(width)
        }
    };
    writer.count("rank", rank, 4)?;
    writer.count("number", count, width)?;
    numbers.iter().try_for_each(|&number| writer.uint("coordinate", number, width))
}

fn write_regular(writer: &mut Writer<'_>, hyperslab: &Hyperslab, encoding: SelectionEncoding) -> Result<()> {
    let rank = hyperslab.dimensions.len();
    if rank == 0 {
        return Err(writer.unencodable("rank", "at least 1"));
    }
    writer.u32(HYPERSLABS);
    let width = match encoding {
        SelectionEncoding::Oldest => {
            writer.u32(2);
            writer.u8(1);
            let length = rank.checked_mul(32).and_then(|bytes| bytes.checked_add(4)).unwrap_or(usize::MAX);
            writer.count("length", length, 4)?;
            8
        }
        SelectionEncoding::Shortest => {
            // All ones mean unlimited, so that the largest count or block of a width is one less.
            let limited = |number: Option<u64>| number.map_or(0, |number| number.saturating_add(1));
            let largest =
                |d: &HyperslabDimension| d.start.max(d.stride).max(limited(d.count)).max(limited(d.block));
            let width = encode_size(hyperslab.dimensions.iter().map(largest).max().unwrap_or(0));
            writer.u32(3);
            writer.u8(1);
            writer.u8(width);
            usize::from(width)
        }
    };
    writer.count("rank", rank, 4)?;
    for dimension in &hyperslab.dimensions {
        writer.uint("start", dimension.start, width)?;
        writer.uint("stride", dimension.stride, width)?;
        writer.optional_uint("count", dimension.count, width)?;
        writer.optional_uint("block", dimension.block, width)?;
    }
    Ok(())
}

/// The narrowest of the encode sizes for numbers up to `largest`.
fn encode_size(largest: u64) -> u8 {
    if largest <= u64::from(u16::MAX) {
        2
    } else if largest <= u64::from(u32::MAX) {
        4
    } else {
        8
    }
}

#[cfg(test)]
mod tests;
