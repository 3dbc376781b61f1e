//! What a saver keeps at hand of the groups that it saves into, so that a point costs no lookup.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use h5_backend::Backend;
use h5_types::{ObjectToken, Result};

use crate::node::GROUP;

/// Things by the group that they are of.
#[derive(Debug)]
pub(super) struct Handles<T>(Mutex<BTreeMap<ObjectToken, Kept<T>>>);

#[derive(Debug)]
struct Kept<T> {
    /// The opening of the file that the token is of.
    file: Arc<dyn Backend>,
    thing: Arc<T>,
}

impl<T> Handles<T> {
    /// What is kept of a group, or what is made for it now.
    pub(super) fn get_or_make(&self, group: &GROUP, make: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        let (token, file) = (group.object().token(), group.object().file().backend());
        if let Some(kept) = self.lock().get(&token).filter(|kept| Arc::ptr_eq(&kept.file, file)) {
            return Ok(Arc::clone(&kept.thing));
        }
        let thing = Arc::new(make()?);
        self.lock().insert(token, Kept { file: Arc::clone(file), thing: Arc::clone(&thing) });
        Ok(thing)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ObjectToken, Kept<T>>> {
        // Each change is one insertion: nothing that a panic could leave half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Handles<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}
