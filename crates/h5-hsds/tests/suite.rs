//! The behaviour suite on the real service: the same outcomes as on the other backends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use h5_testkit::suite;

use common::Service;

#[test]
#[ignore = "needs a running service: cargo xtask hsds"]
fn the_service_behaves() {
    let part = std::env::var("H5_SUITE").unwrap_or_default();
    let report = suite::run_matching(&Service::new("suite"), &part);
    println!("{report}");
    assert!(report.is_success(), "{report}");
    assert!(!part.is_empty() || report.passed().count() >= 200, "{report}");
}
