use std::sync::Arc;

use h5_types::{Durability, Error, Result};

use super::pending::failed;
use super::record::{CommitRecord, MOST_BYTES};
use crate::vfd::{Vfd, uninterrupted, write_all_at};

/// Where a session records its commits before it replaces blocks that a power cut may tear. Without a place for that, or if power cuts do
/// not count, nothing.
#[derive(Debug)]
pub(crate) struct CommitLog(Option<Open>);

#[derive(Debug)]
struct Open {
    file: Arc<dyn Vfd>,
    companion: Arc<dyn Vfd>,
    content: Content,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// Nothing, for good.
    Nothing,
    /// A record, whole or not.
    Record,
    /// Nothing, but a power cut may bring back the record of the last commit.
    Cut,
}

impl CommitLog {
    /// Makes an empty record beside a file, so that a session that cannot have one ends here and not in its first commit that needs it.
    ///
    /// # Errors
    /// `Io` if something is in its place, or the folder takes no file.
    pub(crate) fn open(file: &Arc<dyn Vfd>, durability: Durability) -> Result<Self> {
        if durability != Durability::Full {
            return Ok(Self(None));
        }
        let companion = file.companion(true).map_err(|error| {
            let what = "cannot be made, and `Durability::Full` needs it (`Durability::Process` does not)";
            failed(what, &error)
        })?;
        let file = Arc::clone(file);
        Ok(Self(companion.map(|companion| Open { file, companion, content: Content::Nothing })))
    }

    /// True if commits can be recorded.
    pub(crate) fn is_kept(&self) -> bool {
        self.0.is_some()
    }

    /// Records a commit that is about to replace blocks. It is safe once this returns.
    ///
    /// # Errors
    /// `Io`; `Limit` for a record that does not fit into memory.
    pub(crate) fn write(&mut self, record: &CommitRecord) -> Result<()> {
        let Some(log) = &mut self.0 else { return Ok(()) };
        let bytes = record.encode().ok_or_else(|| {
            Error::limit(format!(
                "a commit that replaces so many blocks that its record is longer than {MOST_BYTES} bytes; flush more often"
            ))
        })?;
        log.content = Content::Record;
        let written = write_all_at(&*log.companion, 0, &bytes);
        written
            .and_then(|()| uninterrupted(|| log.companion.sync()))
            .map_err(|e| failed("cannot be written", &e))
    }

    /// Sees to it that no power cut brings back the record of an earlier commit: this one replaces blocks without one.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn forget(&mut self) -> Result<()> {
        let Some(log) = self.0.as_mut().filter(|log| log.content == Content::Cut) else { return Ok(()) };
        uninterrupted(|| log.companion.sync()).map_err(|e| failed("cannot be emptied", &e))?;
        log.content = Content::Nothing;
        Ok(())
    }

    /// The recorded commit is done.
    ///
    /// # Errors
    /// `Io`. The record is then as it was.
    pub(crate) fn cut(&mut self) -> Result<()> {
        let Some(log) = self.0.as_mut().filter(|log| log.content == Content::Record) else { return Ok(()) };
        uninterrupted(|| log.companion.set_len(0)).map_err(|e| failed("cannot be emptied", &e))?;
        log.content = Content::Cut;
        Ok(())
    }

    /// The recorded commit failed, and was taken back as a whole. Should the record stay in spite of this, it says nothing: all blocks are as
    /// they were before it.
    pub(crate) fn abandon(&mut self) {
        if let Some(log) = self.0.as_ref().filter(|log| log.content == Content::Record) {
            // First what was taken back, then the record: as long as not all of it is safe, the record still makes one commit of it.
            let _ = uninterrupted(|| log.file.sync()).map(|()| self.cut());
        }
    }

    /// True from a commit's record on until it is cut.
    pub(crate) fn has_record(&self) -> bool {
        self.0.as_ref().is_some_and(|log| log.content == Content::Record)
    }

    /// Removes what is empty. What is left of a commit that could not even be taken back stays for whoever opens the file next.
    pub(crate) fn close(&mut self) {
        let Some(Open { file, companion, content }) = self.0.take() else { return };
        drop(companion);
        if content != Content::Record {
            // An empty one that stays does no harm.
            let _ = file.remove_companion();
        }
    }
}

impl Drop for CommitLog {
    fn drop(&mut self) {
        self.close();
    }
}
