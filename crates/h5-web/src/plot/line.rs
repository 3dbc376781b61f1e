//! One dimension: the smallest and the largest of each piece, or where that takes too long, samples.

use h5_types::Result;

use super::{Bounds, Plotted, Source, quotient};
use crate::selection::{Part, Slice};

/// Elements that are read at a time.
const PIECE: u64 = 1 << 20;

pub(super) fn plotted(source: &Source, slice: &Slice, bounds: Bounds) -> Result<Plotted> {
    if source.cost(slice) <= bounds.bytes && source.safe.parts == 1 {
        extremes(source, slice, bounds.points)
    } else {
        samples(source, slice, bounds)
    }
}

/// The dimension that stays, with its place.
fn staying(slice: &Slice) -> Option<(usize, Part)> {
    slice.0.iter().copied().enumerate().find(|(_, part)| part.stays)
}

/// The slice with another part in one place.
fn with(slice: &Slice, place: usize, part: Part) -> Slice {
    let mut slice = slice.clone();
    if let Some(old) = slice.0.get_mut(place) {
        *old = part;
    }
    slice
}

/// Two points for each of many bins: its extremes, in the order in which they come.
fn extremes(source: &Source, slice: &Slice, points: u64) -> Result<Plotted> {
    let Some((place, part)) = staying(slice) else { return source.whole(slice) };
    let bin = part.count.div_ceil((points / 2).max(1)).max(1);
    let (mut values, mut positions) = (Vec::new(), Vec::new());
    // Whole bins are read at a time.
    let piece = PIECE.div_ceil(bin).saturating_mul(bin);
    let mut at = 0_u64;
    while at < part.count {
        let read = source.read_f64(&with(slice, place, part.part(at, piece)))?;
        for (index, bin_values) in read.chunks(usize::try_from(bin).unwrap_or(usize::MAX)).enumerate() {
            let first = at.saturating_add(bin.saturating_mul(u64::try_from(index).unwrap_or(u64::MAX)));
            for (offset, value) in extremes_of(bin_values) {
                values.push(value);
                positions.push(as_f64(first.saturating_add(offset)));
            }
        }
        at = at.saturating_add(piece);
    }
    let bytes: Vec<u8> = values.iter().flat_map(|value: &f64| value.to_le_bytes()).collect();
    let count = u64::try_from(values.len()).unwrap_or(u64::MAX);
    let made = source.made("minmax", slice, bytes, Some(positions));
    Ok(Plotted { code: "f8", shape: vec![count], ..made })
}

/// Position and value of the smallest and the largest; the first one where none is a number.
fn extremes_of(values: &[f64]) -> Vec<(u64, f64)> {
    let numbered = || (0_u64..).zip(values.iter().copied()).filter(|(_, value)| !value.is_nan());
    let low = numbered().reduce(|low, other| if other.1 < low.1 { other } else { low });
    let high = numbered().reduce(|high, other| if other.1 > high.1 { other } else { high });
    match (low, high) {
        (Some(low), Some(high)) if low.0 == high.0 => vec![low],
        (Some(low), Some(high)) if low.0 < high.0 => vec![low, high],
        (Some(low), Some(high)) => vec![high, low],
        _ => values.first().map(|&value| (0, value)).into_iter().collect(),
    }
}

/// Elements from as many chunks as the budget allows, evenly spread over them; of other layouts, evenly spread over all.
fn samples(source: &Source, slice: &Slice, bounds: Bounds) -> Result<Plotted> {
    let Some((place, part)) = staying(slice) else { return source.whole(slice) };
    let (groups, length) = match source.chunk().and_then(|chunk| chunk.get(place)) {
        Some(&chunk) => {
            let one = source.cost(&with(slice, place, part.part(0, 1))).max(1);
            let groups = quotient(bounds.bytes, one).clamp(1, bounds.reads).min(bounds.points);
            (groups, chunk.div_ceil(part.step).max(1))
        }
        None => (bounds.reads.min(bounds.points), 1),
    };
    let groups = groups.min(part.count).max(1);
    let each = quotient(bounds.points, groups).clamp(1, length);
    let (mut bytes, mut positions) = (Vec::new(), Vec::new());
    if each == 1 {
        let thin = part.thinned(part.count.div_ceil(groups));
        let thin_slice = with(slice, place, thin);
        return Ok(source.made("sampled", &thin_slice, source.read(&thin_slice)?, None));
    }
    for group in 0..groups {
        // Where this group begins, moved to the beginning of a chunk.
        let even = quotient(part.count, groups).saturating_mul(group);
        let first = quotient(even, length).saturating_mul(length);
        let within = Part { stays: true, ..part.part(first, length) };
        let thin = within.thinned(within.count.div_ceil(each));
        bytes.extend(source.read(&with(slice, place, thin))?);
        let step = quotient(thin.step, part.step);
        positions
            .extend((0..thin.count).map(|index| as_f64(first.saturating_add(index.saturating_mul(step)))));
    }
    let count = u64::try_from(positions.len()).unwrap_or(u64::MAX);
    let made = source.made("sampled", slice, bytes, Some(positions));
    let shape = if source.safe.parts > 1 { vec![count, source.safe.parts] } else { vec![count] };
    Ok(Plotted { shape, ..made })
}

/// Positions beyond 2^53 are rounded, which no plot shows.
fn as_f64(position: u64) -> f64 {
    position as f64
}

#[cfg(test)]
mod tests {
    use super::extremes_of;

    #[test]
    fn extremes_keep_their_order() {
        assert_eq!(extremes_of(&[1.0, 5.0, -2.0, 0.0]), [(1, 5.0), (2, -2.0)]);
        assert_eq!(extremes_of(&[-1.0, f64::NAN, 2.0]), [(0, -1.0), (2, 2.0)]);
        assert_eq!(extremes_of(&[3.0, 3.0]), [(0, 3.0)]);
        assert!(extremes_of(&[f64::NAN])[0].1.is_nan());
        assert!(extremes_of(&[]).is_empty());
    }
}
