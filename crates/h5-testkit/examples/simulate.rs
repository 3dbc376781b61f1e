//! Plays schedules of a writer and live readers: see `h5_testkit::simulation`.
//!
//! `simulate COUNT [FIRST [BARRIER]]` plays COUNT schedules from the seed FIRST on (1), without the barrier of that number (1, 5 or 7), and says
//! what they did. It ends with 1 if one shows what was not committed; with a barrier taken away, if none does.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a tool for tests: it fails where something is wrong"
)]

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use h5_native::Barrier;
use h5_testkit::simulation::{Kind, kind_of, run};

#[derive(Default)]
struct Sum {
    schedules: u64,
    commits: usize,
    looks: usize,
    faults: usize,
    turns: u64,
    violations: Vec<(u64, String)>,
}

fn play(count: u64, first: u64, broken: Option<Barrier>) -> Sum {
    let (next, sum) = (AtomicU64::new(0), Mutex::new(Sum::default()));
    let one = || {
        let played = next.fetch_add(1, Ordering::Relaxed);
        let seed = (played < count).then_some(first + played)?;
        let (kind, options) = kind_of(seed);
        // In SWMR mode there are no marks, and space is never used again.
        let options = match broken {
            Some(_) if kind == Kind::Swmr => return Some(()),
            Some(barrier) => options.without_barrier(barrier),
            None => options,
        };
        let outcome = run(seed, kind, &options);
        let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
        sum.schedules += 1;
        sum.commits += outcome.commits;
        sum.looks += outcome.looks;
        sum.faults += outcome.faults;
        sum.turns += outcome.switches;
        sum.violations.extend(outcome.violation.map(|violation| (seed, violation)));
        Some(())
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| while one().is_some() {});
        }
    });
    sum.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>().unwrap());
    let (count, first) = (arguments.next().unwrap_or(1000), arguments.next().unwrap_or(1));
    let broken = match arguments.next() {
        Some(1) => Some(Barrier::B1),
        Some(5) => Some(Barrier::B5),
        Some(7) => Some(Barrier::B7),
        _ => None,
    };
    let begin = Instant::now();
    let mut sum = play(count, first, broken);
    sum.violations.sort();
    println!(
        "{} schedules without {broken:?}: {} commits, {} looks, {} faults, {} turns, {} violations in {:.1?}",
        sum.schedules,
        sum.commits,
        sum.looks,
        sum.faults,
        sum.turns,
        sum.violations.len(),
        begin.elapsed()
    );
    for (seed, violation) in sum.violations.iter().take(10) {
        println!("seed {seed}: {violation}");
    }
    if sum.violations.is_empty() == broken.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
