//! One writer, many readers (SWMR), as the C library does it: readers of other processes hold parts of the file in memory, and rely on
//! what a part leads to being there before the part is.
//!
//! The commit order keeps that already. What is more: the superblock says that readers are let in (II.A, *File Consistency Flags*), only
//! elements and extents change, and space that was given up is not written again, since a reader may still look there.

use std::collections::HashSet;

use h5_format::message::MessageType;
use h5_types::{Address, Error, LibverBounds, Result};

use super::dataset::DatasetState;
use super::session::Session;

/// Datasets that were found fit to be written while others read them.
pub(crate) type Fit = HashSet<Address>;

impl Session {
    /// True from [`Session::start_swmr`] on.
    pub(crate) fn is_swmr(&self) -> bool {
        self.swmr.is_some()
    }

    /// Commits, and lets readers in. See [`h5_backend::Backend::start_swmr`].
    ///
    /// # Errors
    /// `Unsupported` within version bounds before 1.10, and for a file with a superblock of version 0 or 1, whose structures have no
    /// checksums; `Io`.
    pub(crate) fn start_swmr(&mut self) -> Result<()> {
        self.check()?;
        if self.is_swmr() {
            return Ok(());
        }
        if self.options.bounds < LibverBounds::V110 {
            return Err(Error::unsupported("SWMR within version bounds before 1.10, which brought it"));
        }
        let version = self.core.superblock().version;
        if version < 2 {
            return Err(Error::unsupported(format!(
                "SWMR in a file with a version {version} superblock: create it within version bounds of 1.10 or later"
            )));
        }
        self.commit()?;
        self.superblocks.publish_swmr(self.core.storage(), true)?;
        self.barrier()?;
        self.space.keep_released(true);
        self.swmr = Some(Fit::new());
        Ok(())
    }

    /// Commits, and lets the file change in every way again. See [`h5_backend::Backend::end_swmr`].
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn stop_swmr(&mut self) -> Result<()> {
        self.commit()?;
        self.end_swmr()
    }

    /// The last commit is in the file: readers are no longer promised anything.
    ///
    /// # Errors
    /// `Io`.
    pub(super) fn end_swmr(&mut self) -> Result<()> {
        if self.swmr.take().is_none() {
            return Ok(());
        }
        self.space.keep_released(false);
        self.superblocks.publish_swmr(self.core.storage(), false)?;
        self.barrier()
    }

    /// Refuses what changes more than elements and extents while others read.
    ///
    /// # Errors
    /// `Usage`.
    pub(crate) fn check_structure_may_change(&self) -> Result<()> {
        if self.is_swmr() {
            let message = "the file is being written for readers at the same time (SWMR): elements and extents change, nothing else";
            return Err(Error::usage(message));
        }
        Ok(())
    }

    /// Refuses to write a dataset that readers could not follow.
    ///
    /// # Errors
    /// `Usage`; those of reading its header.
    pub(crate) fn check_elements_may_change(&mut self, dataset: Address) -> Result<()> {
        match &self.swmr {
            Some(fit) if !fit.contains(&dataset) => {}
            _ => return Ok(()),
        }
        self.check_fit(dataset)?;
        if let Some(fit) = &mut self.swmr {
            fit.insert(dataset);
        }
        Ok(())
    }

    fn check_fit(&mut self, dataset: Address) -> Result<()> {
        let refused = |why: &str| {
            Err(Error::usage(format!(
                "a dataset {why} cannot be written for readers at the same time (SWMR)"
            )))
        };
        let header = self.peek_header(dataset)?;
        if header.prefix.version < 2 {
            return refused("whose header has no checksum (version 1)");
        }
        // Chunk indexes other than the version 1 B-tree came with version 4 of the layout (IV.A.2.i).
        let layout = header.messages.iter().find(|message| message.kind == MessageType::DataLayout);
        let is_old_chunked = layout.is_some_and(|message| matches!(*message.body, [1..=3, 2, ..]));
        if is_old_chunked {
            return refused("with a version 1 B-tree of chunks");
        }
        if DatasetState::load(self, dataset)?.description.datatype.has_variable_part() {
            return refused("of values of variable length, or of references");
        }
        Ok(())
    }
}
