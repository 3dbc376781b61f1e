use h5_types::{Error, ErrorKind, Name};

use super::{CopiedPart, CopyFailure, CopyReport, CopyVerdict, Step};

/// What a copy did, and what becomes of what goes wrong.
#[derive(Debug)]
pub(super) struct Account {
    failure: CopyFailure,
    pub(super) report: CopyReport,
}

impl Account {
    pub(super) fn new(failure: CopyFailure) -> Self {
        Self { failure, report: CopyReport::default() }
    }

    /// True if what cannot be copied is left out.
    pub(super) fn skips(&self) -> bool {
        self.failure == CopyFailure::Skip
    }

    /// A part that cannot be read: the end of a copy that is to be complete.
    pub(super) fn lost(&mut self, path: &Name, part: CopiedPart, error: Error) -> Step {
        if self.failure == CopyFailure::Stop {
            return Err(error.with_path(path.to_string()).into());
        }
        self.report.remark(CopyVerdict::Lost, path, part, error);
        Ok(())
    }

    /// A part that cannot be written. Storage that fails is the end of any copy.
    pub(super) fn unwritable(&mut self, path: &Name, part: CopiedPart, error: Error) -> Step {
        match error.kind() {
            ErrorKind::Io | ErrorKind::Service | ErrorKind::PermissionDenied => {
                Err(error.with_path(path.to_string()).into())
            }
            _ => self.lost(path, part, error),
        }
    }

    /// Something that the copy has in another form.
    pub(super) fn changed(&mut self, path: &Name, part: CopiedPart, why: Error) {
        self.report.remark(CopyVerdict::Changed, path, part, why);
    }
}
