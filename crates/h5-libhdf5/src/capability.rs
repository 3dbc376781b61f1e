//! What the library can do, as a file was opened.

use h5_backend::{Capability, Feature};
use h5_types::{LibverBounds, Result};

use crate::ffi::Library;
use crate::options::LibraryOptions;

/// What no release has here: the lock is around everything, paths are normalized, and references are those of before 1.12.
const LACKED: [Feature; 4] =
    [Feature::ParallelReads, Feature::AnySoftPath, Feature::AttributeReferences, Feature::Swmr];
/// Filters that are asked for: the library's own, its plugins, and those that this project brings along.
const FILTERS: [u16; 14] = [1, 2, 3, 4, 5, 6, 307, 32000, 32001, 32004, 32008, 32013, 32015, 32026];

pub(crate) fn of(library: &Library, writes: bool, options: &LibraryOptions) -> Result<Capability> {
    let mut capability = Capability::all().without(LACKED);
    if library.version().0 < 2 {
        capability = capability.without([Feature::ComplexNumbers]);
    }
    // What is only read may hold anything.
    if writes && options.bounds < LibverBounds::V18 {
        capability = capability.without([Feature::LargeAttributes]);
    }
    if !writes {
        capability = capability.without([Feature::Write]);
    }
    for filter in FILTERS {
        if library.encodes(filter)? {
            capability = capability.with_filters([filter]);
        }
    }
    Ok(capability)
}
