use super::copies::{Copies, CopyRun};

/// A contiguous run of elements of a dataspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Linear number of the first element, in C order.
    pub offset: u64,
    /// Number of elements, at least 1.
    pub length: u64,
}

/// Iterates over a selection's runs in selection order; neighbours that touch are one.
#[derive(Debug)]
pub struct Runs<'a> {
    copies: Copies<'a>,
    rest: Option<CopyRun>,
    pending: Option<Run>,
}

impl<'a> Runs<'a> {
    pub(super) fn new(copies: Copies<'a>) -> Self {
        Self { copies, rest: None, pending: None }
    }

    fn next_piece(&mut self) -> Option<Run> {
        let copy = match self.rest.take() {
            Some(copy) => copy,
            None => self.copies.next()?,
        };
        if copy.count > 1 {
            self.rest = Some(CopyRun {
                from: copy.from.saturating_add(copy.from_step),
                to: copy.to.saturating_add(copy.to_step),
                count: copy.count.saturating_sub(1),
                ..copy
            });
        }
        Some(Run { offset: copy.from, length: copy.length })
    }
}

impl Iterator for Runs<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        let mut run = match self.pending.take() {
            Some(run) => run,
            None => self.next_piece()?,
        };
        while let Some(next) = self.next_piece() {
            if run.offset.checked_add(run.length) == Some(next.offset) {
                run.length = run.length.saturating_add(next.length);
            } else {
                self.pending = Some(next);
                break;
            }
        }
        Some(run)
    }
}
