//! What this backend can do, as a file was opened.

use h5_backend::{Capability, Feature};
use h5_types::LibverBounds;

use crate::OpenOptions;

/// Features that structures of 1.8 bring. Groups and objects that track an order, and links that are neither hard nor soft, are written in
/// 1.8's way whatever the bounds: so does the C library.
const FROM_V18: [Feature; 1] = [Feature::LargeAttributes];
/// Features that structures of 1.10 bring.
const FROM_V110: [Feature; 2] = [Feature::VirtualLayout, Feature::Swmr];
/// Features that structures of 2.0 bring.
const FROM_V200: [Feature; 1] = [Feature::ComplexNumbers];

/// What a file that is written within version bounds can hold, and whether it is written at all.
pub(super) fn of(writes: bool, options: &OpenOptions) -> Capability {
    let mut capability = Capability::all().with_filters(options.filters.iter().map(|filter| filter.id()));
    if !writes {
        capability = capability.without([Feature::Write, Feature::Swmr]);
    }
    // What is only read may hold anything.
    for (bound, features) in [
        (LibverBounds::V18, FROM_V18.as_slice()),
        (LibverBounds::V110, FROM_V110.as_slice()),
        (LibverBounds::V200, FROM_V200.as_slice()),
    ] {
        if writes && options.bounds < bound {
            capability = capability.without(features.iter().copied());
        }
    }
    capability
}
