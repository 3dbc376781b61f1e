//! Elements of the last commit that change, in datasets whose index is published apart from their header.
//!
//! Such an index (an extensible array, a large fixed one) comes before the header, so that rows that are appended are there once the extent
//! tells of them. Whoever finds the index and not yet the header sees elements within the old extent as they are to be, though nothing else
//! of the dataset is. A commit that changes both makes a new index therefore, to which the header's one write leads.

use h5_types::{Address, Result};

use super::{ChunkedWriter, index};
use crate::chunk_index::ChunkGrid;
use crate::write::dataset::DatasetState;
use crate::write::session::Session;

/// What the last commit has of a dataset.
#[derive(Debug)]
pub(super) struct CommittedExtent {
    /// The commit that `extent` was noted after.
    commit: u64,
    /// `None` if the dataset had changed when it was looked at first.
    extent: Option<Vec<u64>>,
}

impl CommittedExtent {
    /// Of a dataset that is looked at for the first time.
    pub(super) fn new(session: &Session, dataset: Address, grid: &ChunkGrid) -> Self {
        let is_known = !session.changes_header_of(dataset);
        Self { commit: session.commits(), extent: is_known.then(|| grid.dimensions().to_vec()) }
    }

    /// Before a change.
    pub(super) fn begin(&mut self, commits: u64, grid: &ChunkGrid) {
        if self.commit != commits {
            self.commit = commits;
            let extent = self.extent.get_or_insert_default();
            extent.clear();
            extent.extend_from_slice(grid.dimensions());
        }
    }

    /// True if somebody who knows the last commit may see elements of a box that begins at `start`.
    fn has(&self, start: &[u64]) -> bool {
        let inside = |extent: &Vec<u64>| start.iter().zip(extent).all(|(at, extent)| at < extent);
        self.extent.as_ref().is_none_or(inside)
    }
}

impl Session {
    /// Notes that elements change that the last commit has, unless it has nothing of the dataset.
    pub(super) fn note_overwritten(&mut self, dataset: Address) {
        if !self.is_fresh(dataset) {
            self.overwritten.insert(dataset);
        }
    }

    /// True if an object's header will be published with the next commit, as far as that is known.
    fn changes_header_of(&self, object: Address) -> bool {
        self.staged.contains_key(&object.0)
            || self.attributes.contains_key(&object)
            || self.header_in_memory(object).is_some_and(|header| header.is_changed)
    }

    /// The state of a dataset that has to be settled before its header is, though it was settled and let go before.
    ///
    /// # Errors
    /// Those of loading it.
    pub(in crate::write) fn overwritten_state(&self, object: Address) -> Result<Option<DatasetState>> {
        let is_needed = self.overwritten.contains(&object) && self.changes_header_of(object);
        is_needed.then(|| DatasetState::load(self, object)).transpose()
    }
}

impl ChunkedWriter {
    /// Before elements are written in a box that begins at `start`.
    pub(super) fn note_written(&self, session: &mut Session, dataset: Address, start: &[u64]) {
        if self.committed.has(start) {
            session.note_overwritten(dataset);
        }
    }

    /// True if the index must not stay where it is, since it would show elements of the last commit otherwise than they were before the
    /// header tells of what else has changed.
    pub(super) fn needs_new_index(&self, session: &Session, dataset: Address) -> bool {
        let has_changed = self.extent_changed || self.layout_changed || session.changes_header_of(dataset);
        // Readers of a file that is written meanwhile keep the index's address.
        has_changed
            && session.overwritten.contains(&dataset)
            && !session.is_swmr()
            && index::address(self.layout.index).is_some_and(|address| !session.is_fresh(address))
            && index::is_stable(session, &self.grid, self.layout.index)
    }
}
