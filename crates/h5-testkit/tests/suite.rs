//! The behaviour suite on the backend in memory.

use h5_testkit::{MemoryFiles, suite};

#[test]
fn the_backend_in_memory_behaves() {
    let report = suite::run(&MemoryFiles::new());
    println!("{report}");
    assert!(report.is_success(), "{report}");
}

#[test]
fn every_case_has_a_name_of_its_own() {
    let cases = suite::cases();
    let names: std::collections::BTreeSet<&str> = cases.iter().map(|case| case.name()).collect();
    assert_eq!(names.len(), cases.len());
    assert!(cases.len() >= 250, "{}", cases.len());
}
