//! Control-C during long work: the work ends at its next step and cleans up.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on control-C (and, on Unix, SIGTERM and SIGHUP) only asks the work to end.
pub(crate) fn catch() {
    static INSTALLED: Once = Once::new();
    // Where no handler can be had, the signal ends the process as ever.
    INSTALLED.call_once(|| drop(ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed))));
}

/// True once the user wants the work to end.
pub(crate) fn is_wanted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
