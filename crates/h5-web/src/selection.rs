//! Selections as numpy writes them: `3,:,10:20:2`.

use h5_types::{Error, Hyperslab, HyperslabDimension, Name, Result, Selection};

/// What is selected of each dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slice(pub(crate) Vec<Part>);

/// What is selected of one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// First element.
    pub(crate) start: u64,
    /// Distance of elements, at least 1.
    pub(crate) step: u64,
    /// Number of elements.
    pub(crate) count: u64,
    /// False for an index, which takes the dimension away.
    pub(crate) stays: bool,
}

impl Part {
    /// A whole dimension.
    pub(crate) fn all(count: u64) -> Self {
        Self { start: 0, step: 1, count, stays: true }
    }

    /// One element.
    pub(crate) fn index(start: u64) -> Self {
        Self { start, step: 1, count: 1, stays: false }
    }

    /// Every `step`-th of these elements.
    pub(crate) fn thinned(self, step: u64) -> Self {
        let step = step.max(1);
        Self { step: self.step.saturating_mul(step), count: self.count.div_ceil(step), ..self }
    }

    /// A part of these elements.
    pub(crate) fn part(self, from: u64, count: u64) -> Self {
        let start = self.start.saturating_add(from.saturating_mul(self.step));
        Self { start, count: count.min(self.count.saturating_sub(from)), ..self }
    }
}

impl Slice {
    /// Everything.
    pub(crate) fn all(dimensions: &[u64]) -> Self {
        Self(dimensions.iter().map(|&count| Part::all(count)).collect())
    }

    /// Reads a selection; nothing selects everything, and so do dimensions that are not named.
    pub(crate) fn parse(text: Option<&str>, dimensions: &[u64]) -> Result<Self> {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(Self::all(dimensions));
        };
        let wrong = |why: &str| Error::usage(format!("selection `{}`: {why}", Name::from(text)));
        let parts: Vec<&str> = text.trim_start_matches('[').trim_end_matches(']').split(',').collect();
        if parts.len() > dimensions.len() {
            return Err(wrong(&format!("more than the {} dimensions", dimensions.len())));
        }
        let mut found = Self::all(dimensions);
        for ((part, text), &size) in found.0.iter_mut().zip(parts).zip(dimensions) {
            *part = parsed(text.trim(), size).ok_or_else(|| wrong("an index, or start:stop:step"))?;
            if !part.stays && part.start >= size {
                return Err(wrong(&format!("index {} of a dimension of {size}", part.start)));
            }
        }
        Ok(found)
    }

    /// Dimensions that stay.
    pub(crate) fn shape(&self) -> Vec<u64> {
        self.0.iter().filter(|part| part.stays).map(|part| part.count).collect()
    }

    /// Number of elements; `u64::MAX` if it is larger.
    pub(crate) fn element_count(&self) -> u64 {
        self.0.iter().fold(1, |count, part| count.saturating_mul(part.count))
    }

    /// The selection below.
    pub(crate) fn selection(&self) -> Selection {
        if self.0.is_empty() {
            return Selection::All;
        }
        if self.element_count() == 0 {
            return Selection::None;
        }
        let dimensions = self.0.iter().map(|part| match part.step {
            1 => HyperslabDimension {
                start: part.start,
                stride: part.count.max(1),
                count: Some(1),
                block: Some(part.count),
            },
            step => HyperslabDimension {
                start: part.start,
                stride: step,
                count: Some(part.count),
                block: Some(1),
            },
        });
        Selection::Hyperslab(Hyperslab { dimensions: dimensions.collect() })
    }
}

/// One part of a selection; negative numbers count from the end.
fn parsed(text: &str, size: u64) -> Option<Part> {
    let at = |text: &str| -> Option<u64> {
        match text.strip_prefix('-') {
            Some(back) => Some(size.saturating_sub(back.parse::<u64>().ok()?)),
            None => text.parse::<u64>().ok(),
        }
    };
    if text == "..." {
        return Some(Part::all(size));
    }
    let Some((start, rest)) = text.split_once(':') else { return at(text).map(Part::index) };
    let (stop, step) = rest.split_once(':').unwrap_or((rest, ""));
    let start = if start.is_empty() { 0 } else { at(start)?.min(size) };
    let stop = if stop.is_empty() { size } else { at(stop)?.min(size) };
    let step = if step.is_empty() { 1 } else { step.parse::<u64>().ok().filter(|&step| step > 0)? };
    Some(Part { start, step, count: stop.saturating_sub(start).div_ceil(step), stays: true })
}

#[cfg(test)]
mod tests {
    use super::{Part, Slice};

    fn parse(text: &str) -> Option<Vec<(u64, u64, u64, bool)>> {
        let found = Slice::parse(Some(text), &[10, 20]).ok()?;
        Some(found.0.iter().map(|part| (part.start, part.step, part.count, part.stays)).collect())
    }

    #[test]
    fn selections_are_numpys() {
        assert_eq!(parse("3,:").unwrap(), [(3, 1, 1, false), (0, 1, 20, true)]);
        assert_eq!(parse("2:8:4").unwrap(), [(2, 4, 2, true), (0, 1, 20, true)]);
        assert_eq!(parse("-1,-5:").unwrap(), [(9, 1, 1, false), (15, 1, 5, true)]);
        assert_eq!(parse("::3,5:100").unwrap(), [(0, 3, 4, true), (5, 1, 15, true)]);
        assert_eq!(parse("").unwrap(), [(0, 1, 10, true), (0, 1, 20, true)]);
        for wrong in ["10,:", "1,2,3", "a", "::0", "1:2:3:4", ":,20"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn parts_are_thinned_and_cut() {
        let part = Part { start: 2, step: 3, count: 10, stays: true };
        assert_eq!(part.thinned(4), Part { start: 2, step: 12, count: 3, stays: true });
        assert_eq!(part.part(4, 100), Part { start: 14, step: 3, count: 6, stays: true });
        assert_eq!(Slice::all(&[2, 3]).element_count(), 6);
    }
}
