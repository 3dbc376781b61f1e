//! What was committed, and whether a look shows it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Outcome;

/// What a file holds: how far each of its parts has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Model {
    /// Rows of the dataset `rows`; row `i` is `i`.
    pub(super) rows: u64,
    /// Rows of the filtered dataset `wide`.
    pub(super) wide: u64,
    /// Groups below `groups`.
    pub(super) groups: u64,
    /// The root's attribute `mark`.
    pub(super) mark: u64,
    /// What all elements of `block` are.
    pub(super) block: u64,
    /// What all elements of `spare` are, which is made anew each time.
    pub(super) spare: u64,
}

/// A part of a file that readers look at.
pub(super) type Part = fn(&Model) -> u64;

const PARTS: [Part; 6] = [|m| m.rows, |m| m.wide, |m| m.groups, |m| m.mark, |m| m.block, |m| m.spare];

impl Model {
    /// Whether each part is as in one of two states: so a kill within a commit may leave them.
    pub(super) fn is_between(&self, before: &Self, after: &Self) -> bool {
        PARTS.iter().all(|part| [part(before), part(after)].contains(&part(self)))
    }
}

/// Knows all committed states.
#[derive(Debug, Default)]
pub(super) struct Checker(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// By the number of the commit. The last may be on its way, or have been cut short by a kill.
    states: Vec<Model>,
    completed: usize,
    commits: usize,
    looks: usize,
    violation: Option<String>,
}

impl Checker {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A commit begins: its state may be seen from now on.
    pub(super) fn begin(&self, model: Model) {
        self.known().states.push(model);
    }

    /// The commit has ended: older states must not be seen from now on.
    pub(super) fn end(&self) {
        let mut known = self.known();
        known.completed = known.states.len().saturating_sub(1);
        known.commits += 1;
    }

    /// The last commit of all that ended, for a reader to remember when it begins to look.
    pub(super) fn completed(&self) -> usize {
        self.known().completed
    }

    /// The state after the last commit that ended, and the one of the commit that did not, if there is one.
    pub(super) fn possible(&self) -> (Model, Option<Model>) {
        let known = self.known();
        let last = known.states.get(known.completed).copied().unwrap_or_default();
        (last, known.states.get(known.completed.saturating_add(1)).copied())
    }

    /// Checks what a look showed of a part: the value must be of a commit from `least` on. Returns that commit's number.
    pub(super) fn check(&self, what: &str, part: Part, value: u64, least: usize) -> usize {
        let mut known = self.known();
        known.looks += 1;
        let found = known.states.iter().enumerate().skip(least).find(|(_, state)| part(state) == value);
        if let Some((commit, _)) = found {
            return commit;
        }
        let states: Vec<u64> = known.states.iter().map(part).collect();
        let violation = format!(
            "{what}: {value} was seen, commits have {states:?}, and commit {least} or a later one was due"
        );
        known.violation.get_or_insert(violation);
        least
    }

    /// Checks a look at all parts within one commit, from `least` on. After a kill within a commit it may be a mixture of two.
    pub(super) fn check_whole(&self, found: &Model, least: usize, cut_short: bool) -> usize {
        let mut known = self.known();
        known.looks += 1;
        if let Some((commit, _)) =
            known.states.iter().enumerate().skip(least).find(|(_, state)| *state == found)
        {
            return commit;
        }
        let mut pairs =
            known.states.iter().skip(known.completed).zip(known.states.iter().skip(known.completed + 1));
        if cut_short && pairs.any(|(before, after)| found.is_between(before, after)) {
            return least;
        }
        let violation = format!(
            "{found:?} was seen at once, commits from {least} on have {:?}",
            known.states.get(least..).unwrap_or_default()
        );
        known.violation.get_or_insert(violation);
        least
    }

    /// Something went wrong.
    pub(super) fn fail(&self, why: String) {
        self.known().violation.get_or_insert(why);
    }

    pub(super) fn outcome(&self, faults: usize, switches: u64, trace: u64) -> Outcome {
        let known = self.known();
        let (violation, commits, looks) = (known.violation.clone(), known.commits, known.looks);
        Outcome { violation, commits, looks, faults, switches, trace }
    }
}
