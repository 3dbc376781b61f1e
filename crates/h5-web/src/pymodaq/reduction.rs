//! Many values made one: a map of a scan from the signals at its points.

use h5_types::{Error, Result};
use pymodaq_h5::{DataLayout, Node};

use crate::plot::{Bounds, Plotted, Source, quotient};
use crate::selection::{Part, Slice};

/// Elements that are read at a time.
const PIECE: u64 = 1 << 20;

/// What becomes of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Mean,
    Sum,
    Max,
}

/// How the signals of a scan become a map.
#[derive(Debug)]
pub(super) struct Reduction {
    how: Option<How>,
    /// For each stored dimension: true if it is navigated.
    navigated: Vec<bool>,
    /// For each stored dimension: which element of the signal is taken, if one is.
    point: Vec<u64>,
}

impl Reduction {
    pub(super) fn new(layout: &DataLayout, reduce: &str, sig: &[u64]) -> Result<Self> {
        let how = match reduce {
            "mean" => Some(How::Mean),
            "sum" => Some(How::Sum),
            "max" => Some(How::Max),
            "point" => None,
            other => return Err(Error::usage(format!("no reduction {other:?}: mean, sum, max, point"))),
        };
        let (mut navigated, mut point, mut place) = (Vec::new(), Vec::new(), 0_usize);
        let mut signal = 0_usize;
        for (stored, &size) in layout.stored_shape.iter().enumerate() {
            let size = u64::try_from(size).unwrap_or(u64::MAX);
            if layout.removed.contains(&stored) {
                navigated.push(false);
                point.push(0);
                continue;
            }
            let is_navigated = layout.nav_indexes.contains(&place);
            navigated.push(is_navigated);
            let chosen = sig.get(signal).copied().unwrap_or(size / 2);
            if !is_navigated {
                if chosen >= size {
                    return Err(Error::usage(format!("element {chosen} of a signal of {size}")));
                }
                signal = signal.saturating_add(1);
            }
            point.push(if is_navigated { 0 } else { chosen });
            place = place.saturating_add(1);
        }
        Ok(Self { how, navigated, point })
    }

    /// The map. Where reading all signals takes too long, it is the middle of each, which `reduced` says.
    pub(super) fn plotted(
        &self,
        source: &Source,
        background: Option<&Node>,
        slice: &Slice,
        bounds: Bounds,
    ) -> Result<Plotted> {
        if source.safe.parts > 1 {
            return Err(Error::unsupported("a map of complex signals; choose a point of the scan"));
        }
        let background = match background {
            Some(node) => Some(super::plots::source_of(node)?),
            None => None,
        };
        let map = self.map_slice(slice, bounds.points);
        let is_thinned = map.0.iter().zip(&slice.0).zip(&self.navigated).any(|((a, b), &n)| n && a != b);
        let dimensions: Vec<Part> =
            map.0.iter().copied().zip(&self.navigated).filter(|(_, n)| **n).map(|(part, _)| part).collect();
        let shape: Vec<u64> = dimensions.iter().map(|part| part.count).collect();
        // All signals are worth waiting for a little longer than one picture.
        let affordable = source.cost(&map) <= bounds.bytes.saturating_mul(16);
        let (values, reduced) = match self.how.filter(|_| affordable) {
            Some(how) => (
                self.all(source, background.as_ref(), &map, how)?,
                if is_thinned { "sampled" } else { "none" },
            ),
            None => {
                let fixed = self.pointed(&map);
                let reduced = if self.how.is_some() || is_thinned { "sampled" } else { "none" };
                (read(source, background.as_ref(), &fixed)?, reduced)
            }
        };
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Ok(Plotted { reduced, dimensions, shape, code: "f8", bytes, positions: None })
    }

    /// All elements of the points of navigation that are shown.
    fn map_slice(&self, slice: &Slice, points: u64) -> Slice {
        let count = |step: u64| {
            let parts = slice.0.iter().zip(&self.navigated).filter(|(_, n)| **n);
            parts.fold(1_u64, |count, (part, _)| count.saturating_mul(part.thinned(step).count))
        };
        let mut step = 1_u64;
        while count(step) > points {
            step = step.saturating_add(step / 8).saturating_add(1);
        }
        let thin = |(part, &navigated): (&Part, &bool)| if navigated { part.thinned(step) } else { *part };
        Slice(slice.0.iter().zip(&self.navigated).map(thin).collect())
    }

    /// One element of each signal.
    fn pointed(&self, map: &Slice) -> Slice {
        let parts = map.0.iter().zip(&self.navigated).zip(&self.point);
        Slice(parts.map(|((part, &n), &at)| if n || !part.stays { *part } else { Part::index(at) }).collect())
    }

    /// Reads every signal, some rows of the first dimension at a time.
    fn all(&self, source: &Source, background: Option<&Source>, map: &Slice, how: How) -> Result<Vec<f64>> {
        let sizes: Vec<u64> = map.0.iter().map(|part| part.count).collect();
        let points = self.nav_count(&sizes);
        let empty = if how == How::Max { f64::NAN } else { 0.0 };
        let mut found = vec![empty; points];
        let first = map.0.first().copied().unwrap_or(Part::index(0));
        let row = map.element_count().checked_div(first.count).unwrap_or(1).max(1);
        let rows = quotient(PIECE, row).max(1);
        let mut at = 0_u64;
        while at < first.count {
            let mut piece = map.clone();
            if let Some(part) = piece.0.first_mut() {
                *part = Part { stays: part.stays, ..first.part(at, rows) };
            }
            let values = read(source, background, &piece)?;
            self.gather(&piece, &sizes, at, &values, how, &mut found);
            at = at.saturating_add(rows);
        }
        if how == How::Mean {
            let signal = quotient(map.element_count(), u64::try_from(points).unwrap_or(u64::MAX));
            found.iter_mut().for_each(|value| *value /= as_f64(signal));
        }
        Ok(found)
    }

    fn nav_count(&self, sizes: &[u64]) -> usize {
        let navigated = sizes.iter().zip(&self.navigated).filter(|(_, n)| **n);
        let count = navigated.fold(1_u64, |count, (&size, _)| count.saturating_mul(size));
        usize::try_from(count).unwrap_or(usize::MAX)
    }

    /// Adds what was read to the points that it belongs to.
    fn gather(&self, piece: &Slice, sizes: &[u64], from: u64, values: &[f64], how: How, found: &mut [f64]) {
        let mut position: Vec<u64> = vec![0; sizes.len()];
        for &value in values {
            let mut target = 0_u64;
            for (dimension, (&at, &navigated)) in position.iter().zip(&self.navigated).enumerate() {
                if navigated {
                    let at = if dimension == 0 { at.saturating_add(from) } else { at };
                    let size = sizes.get(dimension).copied().unwrap_or(1);
                    target = target.saturating_mul(size).saturating_add(at);
                }
            }
            if let Some(sum) = usize::try_from(target).ok().and_then(|target| found.get_mut(target)) {
                match how {
                    How::Mean | How::Sum => *sum += value,
                    How::Max => *sum = sum.max(value),
                }
            }
            for (at, part) in position.iter_mut().zip(&piece.0).rev() {
                *at = at.saturating_add(1);
                if *at < part.count {
                    break;
                }
                *at = 0;
            }
        }
    }
}

/// Values minus those of the background.
fn read(source: &Source, background: Option<&Source>, slice: &Slice) -> Result<Vec<f64>> {
    let bytes = source.read(slice)?;
    let bytes = match background {
        Some(background) if background.dimensions() == source.dimensions() => {
            let other = background.read(slice)?;
            difference(source.safe.code, &bytes, (background.safe.code, &other))
        }
        Some(_) => return Err(Error::format("the background has another shape than the data")),
        None => bytes,
    };
    Ok(crate::plot::numbers(source.safe.code, &bytes))
}

/// A difference in the first one's type, in which integers wrap around as numpy's do.
pub(super) fn difference(code: &str, bytes: &[u8], (other_code, other): (&str, &[u8])) -> Vec<u8> {
    macro_rules! each {
        ($t:ty, $minus:expr) => {{
            let word = |word: &[u8]| word.try_into().map_or_else(|_| Default::default(), <$t>::from_le_bytes);
            let size = size_of::<$t>();
            let pairs = bytes.chunks_exact(size).zip(other.chunks_exact(size));
            pairs.flat_map(|(a, b)| $minus(word(a), word(b)).to_le_bytes()).collect()
        }};
    }
    if code != other_code {
        // Types that PyMoDAQ does not write side by side: as numbers of 64 bits, in the first one's type.
        let b = crate::plot::numbers(other_code, other);
        let a = crate::plot::numbers(code, bytes);
        return a.iter().zip(b).flat_map(|(a, b)| encoded(code, a - b)).collect();
    }
    match code {
        "f4" => each!(f32, |a: f32, b: f32| a - b),
        "f8" => each!(f64, |a: f64, b: f64| a - b),
        "i1" => each!(i8, i8::wrapping_sub),
        "i2" => each!(i16, i16::wrapping_sub),
        "i4" => each!(i32, i32::wrapping_sub),
        "i8" => each!(i64, i64::wrapping_sub),
        "u1" => each!(u8, u8::wrapping_sub),
        "u2" => each!(u16, u16::wrapping_sub),
        "u4" => each!(u32, u32::wrapping_sub),
        _ => each!(u64, u64::wrapping_sub),
    }
}

/// A number in the form of a code; integers at their bounds.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded conversions are meant")]
fn encoded(code: &str, value: f64) -> Vec<u8> {
    match code {
        "f4" => (value as f32).to_le_bytes().to_vec(),
        "f8" => value.to_le_bytes().to_vec(),
        "i1" => (value as i8).to_le_bytes().to_vec(),
        "i2" => (value as i16).to_le_bytes().to_vec(),
        "i4" => (value as i32).to_le_bytes().to_vec(),
        "i8" => (value as i64).to_le_bytes().to_vec(),
        "u1" => (value as u8).to_le_bytes().to_vec(),
        "u2" => (value as u16).to_le_bytes().to_vec(),
        "u4" => (value as u32).to_le_bytes().to_vec(),
        _ => (value as u64).to_le_bytes().to_vec(),
    }
}

/// A slice with at most so many elements along the dimension that stays.
pub(super) fn thinned(slice: &Slice, points: u64) -> Slice {
    let step = slice.element_count().div_ceil(points.max(1)).max(1);
    Slice(slice.0.iter().map(|part| if part.stays { part.thinned(step) } else { *part }).collect())
}

/// For means.
fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn integers_wrap_around_as_numpys() {
        assert_eq!(difference("u1", &[1, 5], ("u1", &[2, 3])), [255, 2]);
        let f = |value: f64| value.to_le_bytes().to_vec();
        assert_eq!(difference("f8", &f(1.5), ("f8", &f(0.25))), f(1.25));
        assert_eq!(difference("f8", &f(1.5), ("u1", &[1])), f(0.5));
    }
}
