//! The time of day, as files note it.

use jiff::Zoned;

/// A moment in the time zone of this machine.
#[derive(Debug, Clone)]
pub(crate) struct LocalTime(Zoned);

impl LocalTime {
    /// Now.
    pub(crate) fn now() -> Self {
        Self(Zoned::now())
    }

    /// `2026-01-02`
    pub(crate) fn date(&self) -> String {
        self.0.strftime("%Y-%m-%d").to_string()
    }

    /// `03:04:05.678901`
    pub(crate) fn time(&self) -> String {
        self.0.strftime("%H:%M:%S.%6f").to_string()
    }
}
