//! How far long work has come, on the standard error, for people only.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Time between two updates, and before the first.
const INTERVAL: Duration = Duration::from_millis(250);

/// Characters of a bar.
const BAR_CHARACTERS: usize = 20;

/// A counter that is shown while it runs.
#[derive(Debug)]
pub(crate) struct Progress {
    verb: &'static str,
    shown: bool,
    enabled: bool,
    next: Instant,
    objects: u64,
    bytes: u64,
}

impl Progress {
    /// Shows nothing unless the standard error is a terminal and nobody asked for quiet.
    pub(crate) fn new(verb: &'static str, quiet: bool) -> Self {
        let enabled = !quiet && std::io::stderr().is_terminal();
        let now = Instant::now();
        Self {
            verb,
            shown: false,
            enabled,
            next: now.checked_add(INTERVAL).unwrap_or(now),
            objects: 0,
            bytes: 0,
        }
    }

    /// One more object.
    pub(crate) fn object(&mut self) {
        self.objects = self.objects.saturating_add(1);
        self.show();
    }

    /// More bytes read.
    pub(crate) fn bytes(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.show();
    }

    /// So many objects and bytes of a whole.
    pub(crate) fn portion(&mut self, objects: u64, bytes: u64, total: u64) {
        (self.objects, self.bytes) = (objects, bytes);
        if !self.is_due() {
            return;
        }
        let percent = u128::from(bytes.min(total)).saturating_mul(100).checked_div(total.into()).unwrap_or(0);
        let filled = usize::try_from(percent).unwrap_or(0).checked_div(5).unwrap_or(0).min(BAR_CHARACTERS);
        let (full, empty) = ("#".repeat(filled), ".".repeat(BAR_CHARACTERS.saturating_sub(filled)));
        let megabytes = bytes.checked_div(1_000_000).unwrap_or(0);
        let _ = write!(
            std::io::stderr(),
            "\r{}: [{full}{empty}] {percent} %, {objects} objects, {megabytes} MB \x1b[K",
            self.verb
        );
    }

    /// So many objects of those found, and bytes of a whole that nobody knows.
    pub(crate) fn objects(&mut self, done: u64, found: u64, bytes: u64) {
        (self.objects, self.bytes) = (done, bytes);
        if !self.is_due() {
            return;
        }
        let bar = bar(done, found);
        let megabytes = bytes.checked_div(1_000_000).unwrap_or(0);
        let verb = self.verb;
        let _ =
            write!(std::io::stderr(), "\r{verb}: [{bar}] {done} of {found} objects, {megabytes} MB \x1b[K");
    }

    /// So many steps of all.
    pub(crate) fn step(&mut self, done: usize, total: usize, noun: &str) {
        if !self.is_due() {
            return;
        }
        let filled = done.saturating_mul(BAR_CHARACTERS).checked_div(total).unwrap_or(0).min(BAR_CHARACTERS);
        let (full, empty) = ("#".repeat(filled), ".".repeat(BAR_CHARACTERS.saturating_sub(filled)));
        let _ = write!(std::io::stderr(), "\r{}: [{full}{empty}] {done} of {total} {noun} \x1b[K", self.verb);
    }

    /// True if it is time for an update.
    fn is_due(&mut self) -> bool {
        if !self.enabled {
            return false;
        }
        let now = Instant::now();
        if now < self.next {
            return false;
        }
        self.next = now.checked_add(INTERVAL).unwrap_or(now);
        self.shown = true;
        true
    }

    fn show(&mut self) {
        if !self.is_due() {
            return;
        }
        let megabytes = self.bytes.checked_div(1_000_000).unwrap_or(0);
        let _ = write!(std::io::stderr(), "\r{}: {} objects, {megabytes} MB \x1b[K", self.verb, self.objects);
    }
}

/// A bar that is filled as far as a part is of a whole.
fn bar(done: u64, whole: u64) -> String {
    let most = u64::try_from(BAR_CHARACTERS).unwrap_or(u64::MAX);
    let filled = done.saturating_mul(most).checked_div(whole).unwrap_or(0).min(most);
    let filled = usize::try_from(filled).unwrap_or(0);
    format!("{}{}", "#".repeat(filled), ".".repeat(BAR_CHARACTERS.saturating_sub(filled)))
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
