//! The record beside a file in which a commit is written down before it replaces blocks that a power cut may tear: see
//! `spec-notes/decisions/0004-commit-protocol.md`.
//!
//! Whoever opens a file whose commit was cut short in the middle of that takes the blocks from the record: a reader lays them over the file,
//! a writer writes them.

mod log;
mod pending;
mod record;

pub(crate) use log::CommitLog;
pub(crate) use pending::Beside;
pub(crate) use record::{CommitRecord, RecordedBlock};

/// What becomes of a record that is found beside a file that is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Records {
    /// Nobody looks for one: a live reader, over whose file blocks must not stay while a writer goes on.
    Ignored,
    /// The blocks of a half-done commit are laid over the file.
    Shown(Of),
    /// They are written into the file, and the record is removed, whatever it says. The caller holds the lock of a writer.
    Completed(Of),
}

/// The records of which files count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// Those that no writer says it has open (in SWMR mode): such a writer may be alive, and the record its own.
    ClosedFiles,
    /// All: the caller knows that there is no writer.
    AnyFile,
}

impl Records {
    /// Whether a file's record counts, by its superblock.
    pub(crate) fn count(self, is_open: bool) -> bool {
        match self {
            Self::Ignored => false,
            Self::Shown(of) | Self::Completed(of) => !is_open || of == Of::AnyFile,
        }
    }
}
