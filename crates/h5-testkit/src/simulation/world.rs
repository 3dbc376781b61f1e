//! Storage, time, and whose turn it is.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use h5_native::Surroundings;
use h5_native::vfd::Vfd;

use super::Random;

/// Actors of a world: a writer and readers.
const ACTORS: usize = 3;
/// Reads and writes touch one page at a time.
const PAGE_BYTES: u64 = 4096;
/// The turn passes on about once in so many steps.
const STEPS_A_TURN: u64 = 4;
/// An actor stands still about once in so many steps: for 10 microseconds or for half a second, or anything between.
const STEPS_A_STALL: u64 = 50;
const STALL_MAGNITUDES: u64 = 5;

/// Everything that actors share.
#[derive(Debug)]
pub(super) struct World {
    state: Mutex<State>,
    turns: [Condvar; ACTORS],
}

#[derive(Debug)]
struct State {
    bytes: Vec<u8>,
    /// Writes so far.
    writes: u64,
    now: Duration,
    random: Random,
    actors: [Actor; ACTORS],
    /// Whose turn it is; `None` before the start: the world is then used without turns.
    turn: Option<usize>,
    switches: u64,
    trace: u64,
    /// Writes of the writer until it is killed, or one of them fails.
    kill_in: Option<u64>,
    fail_in: Option<u64>,
    dead: bool,
    /// A writer has the file open, dead or not.
    written: bool,
    /// A commit was cut short, and nobody has come back yet.
    cut_short: bool,
    faults: usize,
}

#[derive(Debug, Clone, Copy)]
struct Actor {
    wakes: Duration,
    left: bool,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let actor = Actor { wakes: Duration::ZERO, left: false };
        let state = State {
            bytes: Vec::new(),
            writes: 0,
            now: Duration::ZERO,
            random: Random::new(seed),
            actors: [actor; ACTORS],
            turn: None,
            switches: 0,
            trace: 0,
            kill_in: None,
            fail_in: None,
            dead: false,
            written: false,
            cut_short: false,
            faults: 0,
        };
        Self { state: Mutex::new(state), turns: Default::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the first turn.
    pub(super) fn start(&self) {
        let mut state = self.state();
        state.pass();
        self.wake(&state);
    }

    /// Waits for an actor's first turn.
    pub(super) fn enter(&self, actor: usize) {
        drop(self.wait(self.state(), actor));
    }

    /// Ends an actor's part.
    pub(super) fn leave(&self, actor: usize) {
        let mut state = self.state();
        if let Some(left) = state.actors.get_mut(actor) {
            left.left = true;
        }
        state.pass();
        self.wake(&state);
    }

    /// Changes of turn, and the trace.
    pub(super) fn end(&self) -> (u64, u64) {
        let state = self.state();
        (state.switches, state.trace)
    }

    fn wake(&self, state: &State) {
        if let Some(turn) = state.turn.and_then(|turn| self.turns.get(turn)) {
            turn.notify_one();
        }
    }

    fn wait<'s>(&'s self, mut state: MutexGuard<'s, State>, actor: usize) -> MutexGuard<'s, State> {
        let Some(turn) = self.turns.get(actor) else { return state };
        while state.turn != Some(actor) {
            state = turn.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    /// One step of an actor: time goes on, and the turn may pass before it.
    fn step(&self, actor: usize) -> MutexGuard<'_, State> {
        let mut state = self.state();
        if state.turn.is_none() {
            return state;
        }
        let passing = Duration::from_micros(1 + state.random.below(20));
        state.now += passing;
        let mut stalls = Duration::ZERO;
        if state.random.once_in(STEPS_A_STALL) {
            let magnitude = u32::try_from(state.random.below(STALL_MAGNITUDES)).unwrap_or(0);
            stalls = Duration::from_micros(state.random.below(10_u64.pow(magnitude + 1)) * 5);
        }
        if !stalls.is_zero() || state.random.once_in(STEPS_A_TURN) {
            state = self.rest(state, actor, stalls);
        }
        state
    }

    /// Passes the turn on; returns when time has come and it is this actor's again.
    fn rest<'s>(
        &'s self,
        mut state: MutexGuard<'s, State>,
        actor: usize,
        time: Duration,
    ) -> MutexGuard<'s, State> {
        let wakes = state.now + time;
        if let Some(resting) = state.actors.get_mut(actor) {
            resting.wakes = wakes;
        }
        state.pass();
        if state.turn != Some(actor) {
            self.wake(&state);
        }
        self.wait(state, actor)
    }

    /// Lets an actor stand still.
    pub(super) fn sleep(&self, actor: usize, time: Duration) {
        let state = self.state();
        if state.turn.is_some() {
            drop(self.rest(state, actor, time));
        }
    }

    // --- The writer's life -----------------------------------------------------------------------------------------------------

    /// Decides that the writer dies at one of its writes to come, or that one fails.
    pub(super) fn threaten(&self, kill_in: Option<u64>, fail_in: Option<u64>) {
        let mut state = self.state();
        (state.kill_in, state.fail_in, state.dead) = (kill_in, fail_in, false);
    }

    /// A writer opens the file, or lets it go.
    pub(super) fn holds(&self, written: bool) {
        self.state().written = written;
    }

    /// Whether the writer was killed: what it wrote since has gone nowhere.
    pub(super) fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// Whether the file is as a killed writer left it.
    pub(super) fn is_cut_short(&self) -> bool {
        self.state().cut_short
    }

    /// A writer has come back, and knows the file's state.
    pub(super) fn settle(&self) {
        self.state().cut_short = false;
    }

    /// Kills and failures so far.
    pub(super) fn faults(&self) -> usize {
        self.state().faults
    }
}

impl State {
    /// Gives the turn to one of those who are awake; time passes until somebody is.
    fn pass(&mut self) {
        let present = || self.actors.iter().enumerate().filter(|(_, actor)| !actor.left);
        let Some(soonest) = present().map(|(_, actor)| actor.wakes).min() else {
            self.turn = None;
            return;
        };
        self.now = self.now.max(soonest);
        let awake: Vec<usize> =
            present().filter(|(_, actor)| actor.wakes <= self.now).map(|(number, _)| number).collect();
        let chosen = self.random.below(u64::try_from(awake.len()).unwrap_or(1));
        let next = awake.get(usize::try_from(chosen).unwrap_or(0)).copied();
        self.switches += u64::from(next != self.turn);
        self.turn = next;
    }

    fn note(&mut self, actor: usize, what: u64, offset: u64, length: usize) {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        let actor = u64::try_from(actor).unwrap_or(u64::MAX);
        for word in [actor, what, offset, length] {
            self.trace = (self.trace ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
        }
    }

    /// What becomes of the writer's next write: `false` if it goes nowhere.
    fn survives(&mut self) -> io::Result<bool> {
        let due = |count: &mut Option<u64>| {
            *count = count.map(|left| left.saturating_sub(1));
            let is_due = *count == Some(0);
            if is_due {
                *count = None;
            }
            is_due
        };
        if due(&mut self.kill_in) {
            (self.dead, self.cut_short) = (true, true);
            self.faults += 1;
        }
        if due(&mut self.fail_in) && !self.dead {
            self.faults += 1;
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(!self.dead)
    }
}

/// The storage as an actor reaches it.
#[derive(Debug)]
pub(super) struct ActorVfd {
    world: Arc<World>,
    actor: usize,
}

impl ActorVfd {
    pub(super) fn new(world: Arc<World>, actor: usize) -> Self {
        Self { world, actor }
    }
}

/// Bytes from `offset` to the end of its page, and at most `length`.
fn within_page(offset: u64, length: usize) -> usize {
    let left = PAGE_BYTES.saturating_sub(offset % PAGE_BYTES);
    usize::try_from(left).unwrap_or(usize::MAX).min(length)
}

impl Vfd for ActorVfd {
    fn len(&self) -> io::Result<u64> {
        let state = self.world.step(self.actor);
        Ok(u64::try_from(state.bytes.len()).unwrap_or(u64::MAX))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.world.step(self.actor);
        if state.turn.is_some() && state.random.once_in(100) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let wanted = within_page(offset, buffer.len());
        state.note(self.actor, 1, offset, wanted);
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(state.bytes.len());
        let found = state.bytes.get(start..).unwrap_or_default();
        let count = wanted.min(found.len());
        for (to, from) in buffer.iter_mut().zip(found.iter().take(count)) {
            *to = *from;
        }
        Ok(count)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.world.step(self.actor);
        let count = within_page(offset, bytes.len());
        state.note(self.actor, 2, offset, count);
        if !state.survives()? {
            return Ok(count);
        }
        state.writes += 1;
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(count);
        if state.bytes.len() < end {
            state.bytes.resize(end, 0);
        }
        for (to, from) in state.bytes.iter_mut().skip(start).zip(bytes.iter().take(count)) {
            *to = *from;
        }
        Ok(count)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut state = self.world.step(self.actor);
        state.note(self.actor, 3, length, 0);
        if state.survives()? {
            state.writes += 1;
            state.bytes.resize(usize::try_from(length).unwrap_or(usize::MAX), 0);
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        drop(self.world.step(self.actor));
        Ok(())
    }
}

impl Surroundings for ActorVfd {
    fn fingerprint(&self) -> io::Result<u64> {
        Ok(self.world.step(self.actor).writes)
    }

    fn has_writer(&self) -> bool {
        let state = self.world.step(self.actor);
        state.written && !state.dead
    }

    fn sleep(&self, time: Duration) {
        self.world.sleep(self.actor, time);
    }
}
