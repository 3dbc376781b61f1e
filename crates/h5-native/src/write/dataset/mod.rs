//! Datasets: made, written, resized.

use h5_types::{Address, Result};

use super::session::Session;

/// What a dataset that is being written keeps in memory: its description, chunks that are not encoded yet, and chunks whose places the
/// index does not have yet.
#[derive(Debug)]
pub(crate) struct DatasetState {}

impl DatasetState {
    /// Brings everything into the dataset's blocks: chunks are encoded and written, the index has them, the header leads to the index.
    pub(crate) fn settle(&mut self, _session: &mut Session, _dataset: Address) -> Result<()> {
        Ok(())
    }
}
