//! Reads whose dataset may get other dimensions meanwhile.

use h5_types::{DatasetInfo, ErrorKind, Result};

use super::Dataset;
use crate::Feature;

/// How often a read begins again. Who resizes that often does nothing else.
const ATTEMPTS: usize = 64;

impl Dataset {
    /// Calls `read` with the dataset's description. Where that fails since the extent is another by now, it is called again; also if the
    /// extent is the same again, as far as can be seen afterwards, in a file that is written.
    ///
    /// # Errors
    /// Those of `read`.
    pub(super) fn while_steady<T>(&self, mut read: impl FnMut(&DatasetInfo) -> Result<T>) -> Result<T> {
        let mut info = self.info()?;
        for attempt in 1..ATTEMPTS {
            let failed = match read(&info) {
                Err(error) if error.kind() == ErrorKind::Usage => error,
                done => return done,
            };
            // Who resizes all the time takes turns with us at a lock, and so would be a step ahead each time: we fall out of step.
            for turn in 0..attempt {
                std::thread::yield_now();
                if turn.is_multiple_of(3) {
                    self.info()?;
                }
            }
            let now = self.info()?;
            if now.dataspace == info.dataspace && !self.may_change() {
                return Err(failed);
            }
            info = now;
        }
        read(&info)
    }

    /// Whether another thread may resize the dataset.
    fn may_change(&self) -> bool {
        self.object().file().backend().capability().has(Feature::Write)
    }
}
