use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::deadline::Deadline;

/// Lets so many requests through at a time: above its own bound the service answers 503 to all of them.
#[derive(Debug)]
pub(super) struct Gate {
    free: Mutex<usize>,
    freed: Condvar,
}

/// The right to one request, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Pass<'g>(&'g Gate);

impl Gate {
    pub(super) fn new(most: usize) -> Self {
        Self { free: Mutex::new(most.max(1)), freed: Condvar::new() }
    }

    /// Waits for a turn; `None` if the deadline comes first.
    pub(super) fn enter(&self, deadline: Deadline) -> Option<Pass<'_>> {
        let mut free = self.lock();
        loop {
            if let Some(less) = free.checked_sub(1) {
                *free = less;
                return Some(Pass(self));
            }
            let left = deadline.left()?.min(LONGEST_WAIT);
            free = self.freed.wait_timeout(free, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        // A number is never half changed.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Some systems cannot wait for arbitrarily long.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut free = self.0.lock();
        *free = free.saturating_add(1);
        drop(free);
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_pass_than_there_is_room_for() {
        let gate = Gate::new(2);
        let soon = Deadline::after(Duration::from_millis(20));
        let first = gate.enter(soon).unwrap();
        let _second = gate.enter(soon).unwrap();
        assert!(gate.enter(soon).is_none());
        drop(first);
        assert!(gate.enter(Deadline::after(Duration::from_secs(1))).is_some());
    }
}
