use h5_backend::FileSpaceStrategy;
use h5_format::message::{FileSpaceInfo, FileSpaceStrategy as StoredStrategy};
use h5_types::{Error, Result};

use crate::write::Regime;

/// How the space of a new file is managed (specification IV.A.2.x).
///
/// ```
/// use h5_backend::FileSpaceStrategy;
/// use h5_native::{CreateOptions, FileSpace};
///
/// let pages = FileSpace::new(FileSpaceStrategy::Page).page_bytes(8192).persists(true);
/// let options = CreateOptions::new().file_space(pages);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileSpace {
    strategy: FileSpaceStrategy,
    persists: bool,
    threshold_bytes: u64,
    page_bytes: u64,
}

impl FileSpace {
    /// Smallest and largest page, in bytes.
    pub(crate) const PAGE_BYTES: std::ops::RangeInclusive<u64> = 512..=(1 << 30);

    /// A strategy; free space is forgotten when the file is closed, all free sections count, and pages have 4 KiB.
    pub fn new(strategy: FileSpaceStrategy) -> Self {
        Self { strategy, persists: false, threshold_bytes: 1, page_bytes: 4096 }
    }

    /// Whether the file keeps a record of its free space while it is closed, for the next writer. Strategies without managers cannot.
    #[must_use]
    pub fn persists(mut self, persists: bool) -> Self {
        self.persists = persists;
        self
    }

    /// Bytes of the smallest free section that is recorded.
    #[must_use]
    pub fn threshold_bytes(mut self, bytes: u64) -> Self {
        self.threshold_bytes = bytes;
        self
    }

    /// Bytes of a page, 512 to 1 GiB. Only files in pages have pages, but all say their size.
    #[must_use]
    pub fn page_bytes(mut self, bytes: u64) -> Self {
        self.page_bytes = bytes;
        self
    }

    /// # Errors
    /// `Usage` for pages that are too small or too large, and a record that the strategy does not have.
    pub(crate) fn check(self) -> Result<()> {
        if !Self::PAGE_BYTES.contains(&self.page_bytes) {
            return Err(Error::usage(format!("file space pages of {} bytes; 512 to 1 GiB", self.page_bytes)));
        }
        if self.persists && !self.has_managers() {
            return Err(Error::usage("only free-space managers and pages keep a record of free space"));
        }
        Ok(())
    }

    fn has_managers(self) -> bool {
        matches!(self.strategy, FileSpaceStrategy::FreeSpaceManagers | FileSpaceStrategy::Page)
    }

    pub(crate) fn regime(self) -> Regime {
        match self.strategy {
            FileSpaceStrategy::Page => Regime::Pages(self.page_bytes),
            _ if self.persists => Regime::Apart,
            _ => Regime::Mixed,
        }
    }

    /// What a new file says of it: nothing is recorded yet.
    pub(crate) fn message(self) -> FileSpaceInfo {
        FileSpaceInfo {
            strategy: match self.strategy {
                FileSpaceStrategy::Page => StoredStrategy::Pages,
                FileSpaceStrategy::Aggregators => StoredStrategy::Aggregators,
                FileSpaceStrategy::None => StoredStrategy::None,
                _ => StoredStrategy::FreeSpaceManagers,
            },
            persisting_free_space: self.persists,
            free_space_section_threshold: self.threshold_bytes,
            file_space_page_size: self.page_bytes,
            page_end_metadata_threshold: 0,
            end_of_allocation: None,
            managers: if self.persists { vec![None; FileSpaceInfo::MANAGERS] } else { Vec::new() },
        }
    }
}

impl Default for FileSpace {
    fn default() -> Self {
        Self::new(FileSpaceStrategy::FreeSpaceManagers)
    }
}
