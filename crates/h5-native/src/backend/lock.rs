//! Locks on files against other processes, as the C library takes them: a writer alone, readers together.

use std::fs::{File, TryLockError};

use h5_types::{Error, ErrorKind, Locking, Result};

/// Locks a file for a writer. The lock ends with the file.
///
/// # Errors
/// `PermissionDenied` if another process has the file open; `Io` if the storage cannot lock and that was not said to be fine.
pub(crate) fn writer(file: &File, locking: Locking) -> Result<()> {
    let required = match required(locking) {
        Some(required) => required,
        None => return Ok(()),
    };
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(Error::new(
            ErrorKind::PermissionDenied,
            "another process has the file open; wait for it to end, or turn locking off if that is no writer",
        )),
        Err(TryLockError::Error(error)) if required => Err(error.into()),
        Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// True if a writer is known to have a file open. Found out by a shared lock, which is given back at once; where locks are not used or do
/// not work, nobody knows.
pub(crate) fn has_writer(file: &File, locking: Locking) -> bool {
    if required(locking).is_none() {
        return false;
    }
    match file.try_lock_shared() {
        Ok(()) => {
            let _ = file.unlock();
            false
        }
        Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(_)) => false,
    }
}

/// Whether a failure to lock is one; `None` if there is to be no lock.
fn required(locking: Locking) -> Option<bool> {
    match locking {
        Locking::On => Some(true),
        Locking::BestEffort => Some(false),
        Locking::Off => None,
        Locking::Environment => match std::env::var("HDF5_USE_FILE_LOCKING").as_deref() {
            Ok("FALSE" | "0") => None,
            Ok("BEST_EFFORT") => Some(false),
            _ => Some(true),
        },
    }
}
