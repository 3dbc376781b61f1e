//! How much one opened file has made us do.

use std::sync::atomic::{AtomicU64, Ordering};

use h5_types::{Error, Limits, Result};

/// What is left of a file's work. A file of a few kilobytes may refer to one large chunk a thousand times, and each time is
/// harmless: only the sum is not.
#[derive(Debug)]
pub(super) struct Work {
    /// `None` if there is no bound; then nothing is counted, which would cost threads a shared cache line.
    left: Option<AtomicU64>,
    bound: u64,
}

/// Counted for each call beside its bytes, since even an empty read costs something.
const CALL_BYTES: u64 = 64;

impl Work {
    /// All that a file of so many bytes may cause.
    pub(super) fn new(limits: &Limits, file_bytes: u64) -> Self {
        let bound = limits.total_work_bytes(file_bytes);
        Self { left: (limits.work_bytes != u64::MAX).then(|| AtomicU64::new(bound)), bound }
    }

    /// Takes from what is left; once it does not suffice, nothing is left.
    pub(super) fn spend(&self, bytes: usize) -> Result<()> {
        let Some(left) = &self.left else { return Ok(()) };
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_add(CALL_BYTES);
        let taken = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        if taken.is_ok() {
            return Ok(());
        }
        left.store(0, Ordering::Relaxed);
        let bound = self.bound;
        Err(Error::limit(format!(
            "the file asks for more than {bound} bytes of work, the limit for its length"
        )))
    }
}

#[cfg(test)]
mod tests {
    use h5_types::ErrorKind;

    use super::*;

    #[test]
    fn work_ends_at_its_bound_and_does_not_come_back() {
        let mut limits = Limits::default();
        assert!((0..100).all(|_| Work::new(&limits, 0).spend(usize::MAX).is_ok()), "no bound by default");
        limits.work_bytes = 1000;
        let work = Work::new(&limits, 10);
        assert!(work.spend(1000).is_ok());
        assert_eq!(work.spend(1000).unwrap_err().kind(), ErrorKind::Limit);
        assert_eq!(work.spend(0).unwrap_err().kind(), ErrorKind::Limit);
    }
}
