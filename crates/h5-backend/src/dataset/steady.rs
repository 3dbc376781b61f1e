//! Reads whose dataset may get other dimensions meanwhile.

use h5_types::{DatasetInfo, ErrorKind, Result};

use super::Dataset;

/// How often a read begins again. Who resizes that often does nothing else.
const ATTEMPTS: usize = 16;
/// How often a read that fails begins again although the extent is the same.
const STEADY_ATTEMPTS: u32 = 4;

impl Dataset {
    /// Calls `read` with the dataset's description. Where that fails since the extent is another by now, it is called again.
    ///
    /// # Errors
    /// Those of `read`.
    pub(super) fn while_steady<T>(&self, mut read: impl FnMut(&DatasetInfo) -> Result<T>) -> Result<T> {
        let (mut info, mut steady) = (self.info()?, 0_u32);
        for _ in 1..ATTEMPTS {
            let failed = match read(&info) {
                Err(error) if error.kind() == ErrorKind::Usage => error,
                done => return done,
            };
            let now = self.info()?;
            if now.dataspace == info.dataspace {
                // The extent may have become another and the same again meanwhile: only what fails twice is wrong.
                steady = steady.saturating_add(1);
                if steady > STEADY_ATTEMPTS {
                    return Err(failed);
                }
            }
            info = now;
        }
        read(&info)
    }
}
