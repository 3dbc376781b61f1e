//! Reads whose dataset may get other dimensions meanwhile.

use std::sync::Arc;

use h5_types::{DatasetInfo, Error, ErrorKind, Result};

use super::Dataset;

/// How often a read begins again. Who resizes that often does nothing else.
const ATTEMPTS: usize = 16;

impl Dataset {
    /// Calls `read` with the dataset's description. Where that fails since the extent is another by now, it is called again.
    ///
    /// # Errors
    /// Those of `read`.
    pub(super) fn while_steady<T>(&self, mut read: impl FnMut(&DatasetInfo) -> Result<T>) -> Result<T> {
        let mut info = self.info()?;
        for _ in 1..ATTEMPTS {
            let failed = match read(&info) {
                Err(error) if error.kind() == ErrorKind::Usage => error,
                done => return done,
            };
            info = self.other_extent(&info, failed)?;
        }
        read(&info)
    }

    /// The description, if it has another extent than before; else the error that came of it.
    fn other_extent(&self, before: &DatasetInfo, error: Error) -> Result<Arc<DatasetInfo>> {
        let now = self.info()?;
        if now.dataspace == before.dataspace { Err(error) } else { Ok(now) }
    }
}
