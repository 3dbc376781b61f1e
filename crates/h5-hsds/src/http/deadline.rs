use std::time::{Duration, Instant};

/// When an operation has to be over, whatever it does meanwhile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline(Option<Instant>);

impl Deadline {
    /// So long from now; a time beyond what the clock counts is no deadline.
    pub(super) fn after(time: Duration) -> Self {
        Self(Instant::now().checked_add(time))
    }

    /// What is left; `None` if it has passed.
    pub(super) fn left(self) -> Option<Duration> {
        match self.0 {
            None => Some(Duration::MAX),
            Some(end) => end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()),
        }
    }

    /// True if something is left after a pause.
    pub(super) fn allows(self, pause: Duration) -> bool {
        self.left().is_some_and(|left| left > pause)
    }
}
