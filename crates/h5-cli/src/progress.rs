//! How far long work has come, on the standard error, for people only.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Time between two updates, and before the first.
const INTERVAL: Duration = Duration::from_millis(250);

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

    fn show(&mut self) {
        if !self.enabled {
            return;
        }
        let now = Instant::now();
        if now < self.next {
            return;
        }
        self.next = now.checked_add(INTERVAL).unwrap_or(now);
        self.shown = true;
        let megabytes = self.bytes.checked_div(1_000_000).unwrap_or(0);
        let _ = write!(std::io::stderr(), "\r{}: {} objects, {megabytes} MB \x1b[K", self.verb, self.objects);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
