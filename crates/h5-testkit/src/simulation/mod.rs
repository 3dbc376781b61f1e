//! A simulation of a writer and its live readers: processes, storage and time are played by one program, in an order that a number
//! decides.
//!
//! [`run`] plays one schedule. A writer commits changes to a file, is killed, or meets storage that fails, and opens the file again; two
//! readers look at it meanwhile. The turn may pass from one to another before each read and each write of at most a page, and time
//! goes on by itself, so that anybody may stand still for long in the middle of anything. A checker knows every state that was committed:
//! what a reader sees must be of one of them, no older than the last commit that ended before it looked and than what it saw before, and
//! no look may fail.
//!
//! The same seed plays the same schedule, to the last read: [`Outcome::trace`] tells.

#![allow(clippy::arithmetic_side_effects, reason = "what is counted here comes from seeds, not from files")]

mod checker;
mod random;
mod reader;
mod world;
mod writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use h5_native::{LiveFile, OpenOptions};
use h5_types::LibverBounds;

use checker::Checker;
pub use random::Random;
use world::World;

/// Looks of a reader in one schedule.
const LOOKS: u32 = 10;
const READERS: usize = 2;

/// What is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An ordinary file, with commits of all kinds, kills and failing writes.
    Ordinary,
    /// A file in SWMR mode, with rows that are appended, and kills.
    Swmr,
}

/// How one schedule went.
#[derive(Debug)]
pub struct Outcome {
    /// What a reader saw that it should not, or a failure; `None` if all was well.
    pub violation: Option<String>,
    /// Commits that ended.
    pub commits: usize,
    /// Looks of readers that were checked.
    pub looks: usize,
    /// Whether a writer was killed, or met a write that failed.
    pub faults: usize,
    /// Changes of turn.
    pub switches: u64,
    /// A hash of everything that happened, in its order.
    pub trace: u64,
}

/// What the schedule of a seed is about: one in four is of SWMR, one in eight each of old-style groups and of the chunk indexes of 1.10.
pub fn kind_of(seed: u64) -> (Kind, OpenOptions) {
    match seed % 8 {
        0 | 4 => (Kind::Swmr, OpenOptions::new().bounds(LibverBounds::V110)),
        1 => (Kind::Ordinary, OpenOptions::new().bounds(LibverBounds::Earliest)),
        2 => (Kind::Ordinary, OpenOptions::new().bounds(LibverBounds::V110)),
        _ => (Kind::Ordinary, OpenOptions::new()),
    }
}

/// Plays a schedule.
pub fn run(seed: u64, kind: Kind, options: &OpenOptions) -> Outcome {
    let world = Arc::new(World::new(seed));
    let checker = Arc::new(Checker::default());
    let options = options.clone().threads(1);
    let mut random = Random::new(seed ^ 0x5eed);
    if let Err(error) = writer::create(&world, &checker, kind, &options) {
        checker.fail(format!("the file cannot be made: {error}"));
        return checker.outcome(0, 0, 0);
    }
    thread::scope(|scope| {
        let seeds: Vec<u64> = (0..=READERS).map(|_| random.draw()).collect();
        for (actor, &seed) in seeds.iter().enumerate() {
            let (world, checker, options) = (&world, &checker, &options);
            scope.spawn(move || {
                world.enter(actor);
                let played = catch_unwind(AssertUnwindSafe(|| {
                    let mut random = Random::new(seed);
                    if actor == 0 {
                        writer::play(world, checker, kind, options, &mut random)
                    } else {
                        reader::play(world, checker, kind, options, actor, &mut random, LOOKS)
                    }
                }));
                match played {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => checker.fail(format!("actor {actor}: {error}")),
                    Err(_) => checker.fail(format!("actor {actor} panicked")),
                }
                world.leave(actor);
            });
        }
        world.start();
    });
    let (switches, trace) = world.end();
    checker.outcome(world.faults(), switches, trace)
}

/// How long somebody does nothing: from less than a look or a commit takes to far more.
fn pause(random: &mut Random) -> Duration {
    let longest = 10_u64.pow(u32::try_from(random.below(3)).unwrap_or(0) + 1);
    Duration::from_micros(random.below(longest))
}

/// A live view of the file through an actor's driver.
fn live(world: &Arc<World>, actor: usize, options: &OpenOptions) -> h5_types::Result<LiveFile> {
    let vfd = Arc::new(world::ActorVfd::new(Arc::clone(world), actor));
    LiveFile::open_vfd(vfd.clone(), vfd, options)
}
