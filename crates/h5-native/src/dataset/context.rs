use std::fmt::Debug;
use std::sync::Arc;

use h5_types::{DatasetInfo, Datatype, Heap, Name, Result, Selection};

use super::ChunkCache;
use crate::Storage;
use crate::chunk_index::{ChunkIndex, ChunkLocation, ChunkVisitor};
use crate::vfd::Vfd;

/// What reading a dataset needs of the file around it.
#[derive(Debug, Clone, Copy)]
pub struct ReadContext<'a> {
    /// The file's bytes.
    pub storage: &'a Storage,
    /// Decoded chunks of the file's datasets.
    pub cache: &'a ChunkCache,
    /// The way to other files.
    pub resolver: &'a dyn FileResolver,
    /// Threads that decode chunks; 1 decodes in the caller's, 0 in as many as the thread pool has.
    pub threads: usize,
}

/// Finds a dataset's chunks by their position in the grid (specification III.A, VII).
pub trait ChunkLookup: Send + Sync + Debug {
    /// The chunk at a position; `None` if it was never written.
    ///
    /// # Errors
    /// `Format`, `Io`, `Limit`.
    fn lookup(&self, storage: &Storage, scaled: &[u64]) -> Result<Option<ChunkLocation>>;

    /// Visits the stored chunks from `first` to `last` along every dimension, both included, in any order.
    ///
    /// # Errors
    /// As [`ChunkLookup::lookup`], and what `visit` returns.
    fn visit(
        &self,
        storage: &Storage,
        first: &[u64],
        last: &[u64],
        visit: &mut ChunkVisitor<'_>,
    ) -> Result<()>;
}

impl ChunkLookup for ChunkIndex {
    fn lookup(&self, storage: &Storage, scaled: &[u64]) -> Result<Option<ChunkLocation>> {
        ChunkIndex::lookup(self, storage, scaled)
    }

    fn visit(
        &self,
        storage: &Storage,
        first: &[u64],
        last: &[u64],
        visit: &mut ChunkVisitor<'_>,
    ) -> Result<()> {
        let ranges: Vec<_> = first.iter().zip(last).map(|(&f, l)| f..l.saturating_add(1)).collect();
        self.for_each_in(storage, &ranges, visit)
    }
}

/// Opens what a dataset names outside its own storage, under the access policy of the file.
pub trait FileResolver: Send + Sync + Debug {
    /// A raw data file by its stored name; `None` if there is no such file.
    ///
    /// # Errors
    /// `PermissionDenied` if the policy forbids it; `Io`.
    fn open_raw(&self, name: &Name) -> Result<Option<Arc<dyn Vfd>>>;

    /// A dataset of a file; `.` is the virtual dataset's own. `None` if the file or the dataset is not there.
    ///
    /// # Errors
    /// `PermissionDenied` if the policy forbids it; `Limit` if files lead to files too often; what opening reports.
    fn open_dataset(&self, file: &Name, dataset: &Name) -> Result<Option<Arc<dyn SourceDataset>>>;
}

/// A dataset that a virtual dataset shows elements of.
pub trait SourceDataset: Send + Sync + Debug {
    /// Its description; a virtual source's dimensions are the computed ones.
    fn info(&self) -> &DatasetInfo;

    /// Reads as [`super::StoredDataset::read`] does.
    ///
    /// # Errors
    /// As there.
    fn read(&self, selection: &Selection, memory: &Datatype, out: &mut [u8], heap: &mut Heap) -> Result<()>;
}
