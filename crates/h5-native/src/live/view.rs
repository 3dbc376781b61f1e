//! What a reader sees of a file between two looks at it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use h5_types::{Error, Result};

use super::Stamp;
use super::surroundings::LiveStorage;
use crate::{NativeFile, OpenOptions};

/// How often a stamp is looked at while its writer publishes and writes nothing, and how long before that writer is taken for dead:
/// publishing is a few writes to the page cache, and one to the disk where the writer asked for that.
const PUBLISHING_LOOKS: u32 = 2000;
const BETWEEN_LOOKS: Duration = Duration::from_micros(100);
/// Looks at a writer that publishes and is alive, before a reader gives up.
const MOST_LOOKS: u32 = 20_000;

/// What tells one state of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The writer stamps its commits, and none is being published.
    Stamped(Stamp),
    /// A commit was being published, then nothing was written for long, and no writer is known to have the file open: it is taken for dead.
    /// One that does not lock files may only have stood still: from its next write on, which the fingerprint tells, this is a state no more.
    Abandoned(Stamp, u64),
    /// The writer lets readers in by the C library's rules: it replaces blocks whenever it likes, checksummed and in an order that
    /// readers rely on.
    Swmr,
    /// Nobody says what happens; the operating system tells the file's length and when it was written.
    Unmarked(u64),
}

/// The file as it was opened once. What was read of it is kept as long as it is.
#[derive(Debug)]
pub(super) struct View {
    pub(super) file: NativeFile,
    pub(super) state: State,
    /// Counts the views of one reader.
    pub(super) number: u64,
}

/// A file that views are made of.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) storage: &'a LiveStorage,
    pub(super) path: &'a Path,
    pub(super) options: &'a OpenOptions,
    /// Where the file has its stamp, if it has one.
    pub(super) stamp_place: u64,
}

impl Source<'_> {
    /// Opens the file as it is now.
    ///
    /// # Errors
    /// As [`NativeFile::open`]; also if the superblock was read half written.
    pub(super) fn view(&self, number: u64) -> Result<View> {
        // First the state, then the file: what is published in between makes the view one that is too old, and is found out.
        let (settled, fingerprint) = (self.settled()?, self.fingerprint()?);
        let file = NativeFile::open_over(Arc::clone(&self.storage.vfd), self.path, self.options)?;
        let state = match settled {
            Some(state) => state,
            None if file.core().superblock().is_open_for_swmr_writing() => State::Swmr,
            None => State::Unmarked(fingerprint),
        };
        Ok(View { file, state, number })
    }

    /// The state of a file that has a stamp, once no commit is being published. A writer that was killed in the middle of that leaves the
    /// mark: what it left is a state that the commit protocol answers for.
    ///
    /// # Errors
    /// `Io`; `Limit` if the writer stands still, or publishes commits at every look.
    pub(super) fn settled(&self) -> Result<Option<State>> {
        let (mut last, mut unchanged) = (None, 0_u32);
        for _ in 0..MOST_LOOKS {
            let stamp = match self.stamp() {
                Some(stamp) if stamp.publishing => stamp,
                found => return Ok(found.map(State::Stamped)),
            };
            // Read after the stamp, and the same since long before: nothing was written between the last look at the stamp and this.
            let now = self.fingerprint()?;
            unchanged = if last == Some(now) { unchanged.saturating_add(1) } else { 0 };
            last = Some(now);
            if unchanged >= PUBLISHING_LOOKS {
                if !self.storage.surroundings.has_writer() {
                    return Ok(Some(State::Abandoned(stamp, now)));
                }
                unchanged = 0;
            }
            self.storage.surroundings.sleep(BETWEEN_LOOKS);
        }
        Err(Error::limit("the file's writer is in the middle of a commit, and does not come to its end"))
    }

    /// Whether the file is in a state still.
    pub(super) fn is_in(&self, state: State) -> bool {
        match state {
            State::Stamped(stamp) => self.stamp() == Some(stamp),
            State::Abandoned(stamp, fingerprint) => {
                self.stamp() == Some(stamp) && self.fingerprint().is_ok_and(|now| now == fingerprint)
            }
            State::Unmarked(fingerprint) => self.fingerprint().is_ok_and(|now| now == fingerprint),
            State::Swmr => true,
        }
    }

    /// The stamp as it is now. One that is read while it is written is read again.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        let read = || Stamp::read(&*self.storage.vfd, self.stamp_place);
        read().or_else(read)
    }

    /// What is told of the file's state without reading it.
    ///
    /// # Errors
    /// `Io`.
    pub(super) fn fingerprint(&self) -> Result<u64> {
        self.storage.surroundings.fingerprint().map_err(Error::from)
    }
}
