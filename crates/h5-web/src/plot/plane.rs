//! Two dimensions: every so-manieth row and column.

use h5_types::Result;

use super::{Bounds, Plotted, Source, quotient};
use crate::selection::{Part, Slice};

pub(super) fn plotted(source: &Source, slice: &Slice, bounds: Bounds) -> Result<Plotted> {
    let thin = thinned(source, slice, bounds);
    source.exactly(&thin, thin != *slice)
}

/// The rows and columns that are read.
pub(super) fn thinned(source: &Source, slice: &Slice, bounds: Bounds) -> Slice {
    let mut thinning = Thinning { slice, step: 1, few: FEW };
    let mut thin = slice.clone();
    while thin.element_count() > bounds.points {
        thin = thinning.coarser();
    }
    while source.cost(&thin) > bounds.bytes && thin.element_count() > 1 {
        thin = thinning.coarser();
    }
    thin
}

/// A dimension of so few elements is not thinned, unless there is no other way.
const FEW: u64 = 64;

/// Which rows and columns are taken. Both steps grow alike, so that the picture keeps its proportions.
struct Thinning<'s> {
    slice: &'s Slice,
    step: u64,
    few: u64,
}

impl Thinning<'_> {
    /// Takes fewer; one element in the end.
    fn coarser(&mut self) -> Slice {
        self.step = self.step.saturating_add(self.step / 8).saturating_add(1);
        if self.step > self.slice.0.iter().map(|part| part.count).max().unwrap_or(1) && self.few > 1 {
            (self.step, self.few) = (2, self.few / 2);
        }
        self.thinned()
    }

    fn thinned(&self) -> Slice {
        let thin = |part: &Part| match part.stays {
            true => part.thinned(self.step.min(quotient(part.count, self.few).max(1))),
            false => *part,
        };
        Slice(self.slice.0.iter().map(thin).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{FEW, Thinning};
    use crate::selection::Slice;

    #[test]
    fn short_dimensions_are_not_thinned() {
        let slice = Slice::all(&[10, 10_000]);
        let thin = Thinning { slice: &slice, step: 100, few: FEW }.thinned();
        assert_eq!(thin.shape(), [10, 100]);
    }

    #[test]
    fn thinning_ends_at_one_element() {
        let slice = Slice::all(&[50, 60]);
        let mut thinning = Thinning { slice: &slice, step: 1, few: FEW };
        let counts: Vec<u64> = (0..200).map(|_| thinning.coarser().element_count()).collect();
        assert_eq!(counts.last(), Some(&1));
    }
}
