//! The table of capabilities in the documentation says what the library that is linked can do.
#![cfg(feature = "link")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "tests: a failure is what is to be shown"
)]

use h5_backend::{Backend, Capability, Feature, Mode};
use h5_libhdf5::{LibraryFile, LibraryOptions, library_version};
use h5_types::LibverBounds;

fn capability(bounds: LibverBounds) -> Capability {
    let name = format!("h5-libhdf5-capability-{bounds:?}-{}.h5", std::process::id());
    let path = std::env::temp_dir().join(name);
    let options = LibraryOptions::new().bounds(bounds);
    let capability = LibraryFile::open(&path, Mode::Create, &options).unwrap().capability();
    std::fs::remove_file(&path).unwrap();
    capability
}

#[test]
fn the_column_of_the_library_is_true() {
    let written = include_str!("../../h5-backend/docs/capabilities.md");
    let (earliest, v18, latest) =
        (capability(LibverBounds::Earliest), capability(LibverBounds::V18), capability(LibverBounds::V200));
    let mut told = 0;
    for &feature in Feature::ALL {
        let row = written.lines().find(|row| row.starts_with(&format!("| `{feature}` |"))).unwrap();
        let cell = row.trim_end_matches('|').rsplit('|').next().unwrap().trim();
        let [earliest, v18, latest] = [&earliest, &v18, &latest].map(|capability| capability.has(feature));
        let expected = match cell {
            "yes" => [true; 3],
            "no" => [false; 3],
            "from `V18`" => [false, true, true],
            "with HDF5 2.0" => [library_version().0 >= 2; 3],
            other => panic!("{feature}: {other}"),
        };
        assert_eq!([earliest, v18, latest], expected, "{feature}: {cell}");
        told += 1;
    }
    assert_eq!(told + 2, written.lines().count());
}
