//! Schedules of a writer and live readers, played by a seed: see `h5_testkit::simulation`. `cargo xtask simulation` plays more of them.

#![allow(clippy::panic, reason = "a failure is a panic")]

use h5_native::Barrier;
use h5_testkit::simulation::{Kind, kind_of, run};

const SCHEDULES: u64 = 150;
/// Schedules within which a broken rule has to be noticed.
const SCHEDULES_OF_A_BUG: u64 = 5000;

#[test]
fn no_look_shows_what_was_not_committed() {
    for seed in 1..=SCHEDULES {
        let (kind, options) = kind_of(seed);
        assert_eq!(run(seed, kind, &options).violation, None, "seed {seed} ({kind:?})");
    }
}

#[test]
fn a_seed_plays_the_same_schedule_again() {
    for seed in 1..=24 {
        let (kind, options) = kind_of(seed);
        let (once, again) = (run(seed, kind, &options), run(seed, kind, &options));
        assert_eq!((once.trace, once.switches), (again.trace, again.switches), "seed {seed}");
        assert_eq!((once.looks, once.commits), (again.looks, again.commits), "seed {seed}");
    }
}

#[test]
fn a_commit_without_its_mark_is_noticed() {
    for seed in (1..=SCHEDULES_OF_A_BUG).filter(|seed| kind_of(*seed).0 == Kind::Ordinary) {
        let (kind, options) = kind_of(seed);
        if run(seed, kind, &options.without_barrier(Barrier::B7)).violation.is_some() {
            return;
        }
    }
    panic!("nothing is noticed in {SCHEDULES_OF_A_BUG} schedules");
}
