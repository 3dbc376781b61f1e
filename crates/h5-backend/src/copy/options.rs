use std::fmt;
use std::ops::ControlFlow;

use h5_types::{DatasetInfo, Name, NewDataset, Result};

/// What is copied, and how: set what is to be different from the default, then [`CopyOptions::copy`].
///
/// The default copy equals the original in all that it says of itself: attributes, links of all kinds, types, extents, layouts, filters,
/// fill values, tracked orders. Chunks are taken over as they are stored where the filters agree. What cannot be copied is an error.
#[derive(Clone)]
pub struct CopyOptions<'a> {
    pub(super) soft_links: LinkCopy,
    pub(super) external_links: LinkCopy,
    pub(super) attributes: bool,
    pub(super) failure: CopyFailure,
    pub(super) raw_chunks: bool,
    pub(super) slab_bytes: u64,
    pub(super) threads: usize,
    pub(super) early: bool,
    pub(super) resumable: Option<&'a str>,
    pub(super) adjust: Option<&'a Adjust<'a>>,
    pub(super) progress: Option<&'a Tell<'a>>,
}

/// Changes what the copy of a dataset is to be: its path from where the copy began, what the source says, what the copy would be.
type Adjust<'a> = dyn Fn(&Name, &DatasetInfo, &mut NewDataset) -> Result<()> + 'a;

/// Hears of progress, and may stop the copy.
type Tell<'a> = dyn Fn(&CopyProgress) -> ControlFlow<()> + 'a;

/// What becomes of links that are not hard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkCopy {
    /// The copy has the same link, whether it leads anywhere or not.
    #[default]
    Keep,
    /// What the link leads to is copied in its place. A link that leads nowhere is kept.
    Follow,
}

/// What happens where something cannot be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CopyFailure {
    /// The copy ends with the error.
    #[default]
    Stop,
    /// It is left out, and the report tells of it. Only a target that cannot be written ends the copy.
    Skip,
}

/// How far a copy has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyProgress {
    /// Objects that are complete.
    pub objects_done: u64,
    /// Objects found so far; all of them once the first is complete.
    pub objects_found: u64,
    /// Bytes in the storage of the source that were copied, as far as they are elements.
    pub stored_bytes: u64,
}

/// Bytes of elements that are read and written at a time.
const SLAB_BYTES: u64 = 8 << 20;

impl<'a> CopyOptions<'a> {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            soft_links: LinkCopy::Keep,
            external_links: LinkCopy::Keep,
            attributes: true,
            failure: CopyFailure::Stop,
            raw_chunks: true,
            slab_bytes: SLAB_BYTES,
            threads: 1,
            early: false,
            resumable: None,
            adjust: None,
            progress: None,
        }
    }

    /// What becomes of soft links. Default: they are kept.
    #[must_use]
    pub fn soft_links(mut self, links: LinkCopy) -> Self {
        self.soft_links = links;
        self
    }

    /// What becomes of external links. Default: they are kept. Following them is subject to the source's access policy.
    #[must_use]
    pub fn external_links(mut self, links: LinkCopy) -> Self {
        self.external_links = links;
        self
    }

    /// Whether attributes are copied. Default: yes.
    #[must_use]
    pub fn attributes(mut self, attributes: bool) -> Self {
        self.attributes = attributes;
        self
    }

    /// What happens where something cannot be copied. Default: the copy ends.
    #[must_use]
    pub fn failure(mut self, failure: CopyFailure) -> Self {
        self.failure = failure;
        self
    }

    /// Whether chunks may be copied as they are stored, which no checksum verifies. Default: yes. Without, only those are that no filter
    /// here decodes.
    #[must_use]
    pub fn raw_chunks(mut self, raw: bool) -> Self {
        self.raw_chunks = raw;
        self
    }

    /// Bytes of elements that are held at a time, and at least a chunk. Default: 8 MiB. How much of variable size they may bring along is
    /// up to the limits that the source was opened with.
    #[must_use]
    pub fn slab_bytes(mut self, bytes: u64) -> Self {
        self.slab_bytes = bytes.max(1);
        self
    }

    /// How many datasets' elements are copied at a time. Default: one, in the caller's thread. More are for storage that answers slowly and
    /// several at once.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Whether small objects that refer to no others are filled in as soon as they are made. Default: no. It is for a target that gathers what
    /// is new and sends it together.
    #[must_use]
    pub fn early(mut self, early: bool) -> Self {
        self.early = early;
        self
    }

    /// Has [`CopyOptions::copy_contents`] note in attributes of the target how far it has come, so that a copy of the same source into the
    /// same group goes on where one before it ended. `source` says what is copied and in which state; with another text, nothing is gone on
    /// with. Default: no notes. They are removed when the copy is whole; [`unfinished_source`] finds them.
    ///
    /// [`unfinished_source`]: crate::unfinished_source
    #[must_use]
    pub fn resumable(mut self, source: &'a str) -> Self {
        self.resumable = Some(source);
        self
    }

    /// Changes what copies of datasets are to be: filters, layout. Called with the path from where the copy began (`/` and the names of
    /// links), what the source says of itself and what its copy is to be.
    #[must_use]
    pub fn adjust(
        mut self,
        adjust: &'a (dyn Fn(&Name, &DatasetInfo, &mut NewDataset) -> Result<()> + 'a),
    ) -> Self {
        self.adjust = Some(adjust);
        self
    }

    /// Called often during the copy; `Break` stops it.
    #[must_use]
    pub fn progress(mut self, progress: &'a (dyn Fn(&CopyProgress) -> ControlFlow<()> + 'a)) -> Self {
        self.progress = Some(progress);
        self
    }
}

impl Default for CopyOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CopyOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyOptions")
            .field("soft_links", &self.soft_links)
            .field("external_links", &self.external_links)
            .field("attributes", &self.attributes)
            .field("failure", &self.failure)
            .field("raw_chunks", &self.raw_chunks)
            .finish_non_exhaustive()
    }
}
