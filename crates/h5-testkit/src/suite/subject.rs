use std::sync::Arc;

use h5_backend::{Backend, Mode};
use h5_types::Result;

/// What makes files of a backend that is to be tried.
pub trait Subject: Send + Sync {
    /// What the report calls it.
    fn name(&self) -> String;

    /// Opens or creates the file of a name. Each case has a name of its own, of ASCII letters, digits, `-`, `_` and `.`; with
    /// [`Mode::CreateNew`], no file of it is there. A file that is opened again was closed before, and still holds what was in it then.
    ///
    /// External links name files by these names.
    ///
    /// # Errors
    /// Those of the backend.
    fn open(&self, name: &str, mode: Mode) -> Result<Arc<dyn Backend>>;

    /// How many links the cases about very many of them make: 10,000. A service, which has to be asked about each, may take fewer.
    fn many_links(&self) -> u64 {
        10_000
    }

    /// Bytes of the largest attribute that the cases make: a megabyte. A service may take smaller ones only.
    fn largest_attribute_bytes(&self) -> u32 {
        1 << 20
    }
}
