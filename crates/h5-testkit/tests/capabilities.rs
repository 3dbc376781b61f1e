//! The table of capabilities in the documentation says what the backends say.

#![allow(clippy::unwrap_used, reason = "tests: a failure is what is to be shown")]

use std::fmt::Write as _;
use std::sync::Arc;

use h5_backend::{Backend, Capability, Feature, Mode};
use h5_native::vfd::BufferVfd;
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_testkit::MemoryFiles;
use h5_testkit::suite::Subject;
use h5_types::LibverBounds;

const BOUNDS: [(LibverBounds, &str); 4] = [
    (LibverBounds::Earliest, "yes"),
    (LibverBounds::V18, "from `V18`"),
    (LibverBounds::V110, "from `V110`"),
    (LibverBounds::V200, "from `V200`"),
];

fn native(bounds: LibverBounds) -> Capability {
    let options = OpenOptions::new().bounds(bounds);
    let vfd = Arc::new(BufferVfd::default());
    NativeFile::create_vfd(vfd, &CreateOptions::new(), &options).unwrap().capability()
}

/// The table that the code gives.
fn table() -> String {
    let native = BOUNDS.map(|(bounds, cell)| (native(bounds), cell));
    let memory = Subject::open(&MemoryFiles::new(), "a.h5", Mode::Create).unwrap().capability();
    let mut table = "| Feature | Means | native | memory |\n|---|---|---|---|\n".to_owned();
    for &feature in Feature::ALL {
        let of_native = native.iter().find(|(capability, _)| capability.has(feature));
        let of_native = of_native.map_or("no", |(_, cell)| cell);
        let of_memory = if memory.has(feature) { "yes" } else { "no" };
        let (name, meaning) = (feature.name(), feature.meaning());
        writeln!(table, "| `{name}` | {meaning} | {of_native} | {of_memory} |").unwrap();
    }
    table
}

#[test]
fn the_table_of_capabilities_is_true() {
    // The last columns are those of HSDS and of the C library, which the tests of `h5-hsds` and `h5-libhdf5` check.
    let written = include_str!("../../h5-backend/docs/capabilities.md").lines();
    let written: String = written
        .map(|row| row.trim_end_matches('|').rsplitn(3, '|').last().map(|row| format!("{row}|\n")).unwrap())
        .collect();
    let table = table();
    assert_eq!(written, table, "the table is to be:\n{table}");
}
