//! Schedules of a writer and live readers, played by a seed: see `h5_testkit::simulation`. `cargo xtask simulation` plays more of them.

#![allow(
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a failure is a panic"
)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use h5_native::Barrier;
use h5_testkit::simulation::{Kind, kind_of, run};

/// Schedules from seed 1 on, unless `H5_SIMULATION` says how many.
fn schedules() -> u64 {
    std::env::var("H5_SIMULATION").map_or(150, |count| count.parse().unwrap())
}
/// Schedules that once showed what was not committed: a writer stood still in the middle of a commit, and went on, or failed, when it was
/// taken for dead.
const ONCE_WRONG: [u64; 2] = [9_723, 44_966];
/// Schedules after which it is told how far it has come.
const SCHEDULES_A_LINE: u64 = 5000;
/// Schedules within which a broken rule has to be noticed.
const SCHEDULES_OF_A_BUG: u64 = 5000;

#[test]
fn no_look_shows_what_was_not_committed() {
    let (count, begin) = (schedules(), Instant::now());
    let [seeds, looks, commits, faults] = [const { AtomicU64::new(0) }; 4];
    let add = |sum: &AtomicU64, part: usize| sum.fetch_add(part.try_into().unwrap(), Ordering::Relaxed);
    let play = || {
        loop {
            let seed = seeds.fetch_add(1, Ordering::Relaxed) + 1;
            if seed > count {
                return;
            }
            let (kind, options) = kind_of(seed);
            let outcome = run(seed, kind, &options);
            if outcome.violation.is_some() {
                seeds.store(count, Ordering::Relaxed);
            }
            assert_eq!(outcome.violation, None, "seed {seed} ({kind:?})");
            add(&looks, outcome.looks);
            add(&commits, outcome.commits);
            add(&faults, outcome.faults);
            if seed.is_multiple_of(SCHEDULES_A_LINE) {
                println!("{seed} schedules in {:?}", begin.elapsed());
            }
        }
    };
    // Of the three actors of a schedule one at a time moves.
    let at_once = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..at_once).for_each(|_| drop(scope.spawn(play))));
    println!(
        "{count} schedules in {:?}: {looks:?} looks, {commits:?} commits, {faults:?} kills and failing writes",
        begin.elapsed()
    );
}

#[test]
fn what_was_wrong_once_is_right() {
    for seed in ONCE_WRONG {
        let (kind, options) = kind_of(seed);
        assert_eq!(run(seed, kind, &options).violation, None, "seed {seed}");
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
