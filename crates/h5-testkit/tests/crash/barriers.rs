//! Each rule of the protocol, taken away: some state must then be wrong, or the tests of this directory prove nothing.

use h5_native::Barrier;
use h5_testkit::crash::prefixes;
use h5_types::{Durability, LibverBounds};

use crate::recorded::{options, record, workload};

/// States that are wrong if commits break a rule, with the reason of the first.
fn wrong(name: &str, bounds: LibverBounds, barrier: Option<Barrier>) -> (usize, usize, String) {
    let (run, steps) = workload(name);
    let options = options(bounds, Durability::Process);
    let options = match barrier {
        Some(barrier) => options.without_barrier(barrier),
        None => options,
    };
    let apart = bounds == LibverBounds::Earliest;
    let recorded =
        record(&format!("broken-{name}-{barrier:?}"), &options, apart, |script| run(script, steps / 3));
    let (mut states, mut wrong, mut first) = (0, 0, String::new());
    prefixes(&recorded.operations, |state| {
        states += 1;
        if let Some(why) = recorded.fault(state) {
            if wrong == 0 {
                first = why;
            }
            wrong += 1;
        }
    });
    (states, wrong, first)
}

/// The workload is right with the rule and wrong without.
fn caught(name: &str, barrier: Barrier, reason: &str) {
    let bounds = LibverBounds::V18;
    let (_, with, why) = wrong(name, bounds, None);
    assert_eq!(with, 0, "with the barrier: {why}");
    let (states, without, why) = wrong(name, bounds, Some(barrier));
    println!("{barrier:?} removed, {name}: {without} of {states} states are wrong, the first: {why}");
    assert!(without > 0, "{barrier:?} is removed and nothing is wrong in {states} states");
    assert!(why.contains(reason), "{barrier:?} is noticed for another reason: {why}");
}

#[test]
fn stable_blocks_before_fresh_ones_are_noticed() {
    caught("groups", Barrier::B1, "");
}

#[test]
fn an_end_beyond_the_file_is_noticed() {
    caught("delete_and_reuse", Barrier::B2, "");
}

#[test]
fn stable_blocks_before_the_end_are_noticed() {
    caught("groups", Barrier::B3, "past the end");
}

#[test]
fn stable_blocks_in_another_order_are_noticed() {
    caught("moves", Barrier::B4, "");
}

#[test]
fn space_reused_at_once_is_noticed() {
    caught("delete_and_reuse", Barrier::B5, "");
}
