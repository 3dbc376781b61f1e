use std::collections::BTreeMap;
use std::fmt;

use super::{Case, Need};

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All was as it has to be.
    Passed,
    /// Something was not; in words.
    Failed(String),
    /// The backend says that it has not got this.
    LeftOut(Vec<Need>),
}

/// What came of all cases. `Display` writes a table of the topics, then each failure, then what was left out and why.
#[derive(Debug, Clone)]
pub struct Report {
    subject: String,
    results: Vec<(&'static str, String, Verdict)>,
}

impl Report {
    pub(super) fn new(subject: String) -> Self {
        Self { subject, results: Vec::new() }
    }

    pub(super) fn add(&mut self, case: &Case, verdict: Verdict) {
        self.results.push((case.topic(), case.name().to_owned(), verdict));
    }

    /// True if cases were run and none failed.
    pub fn is_success(&self) -> bool {
        !self.results.is_empty() && self.failures().next().is_none()
    }

    /// Names of the cases that passed.
    pub fn passed(&self) -> impl Iterator<Item = &str> {
        self.results.iter().filter(|(.., v)| *v == Verdict::Passed).map(|(_, name, _)| name.as_str())
    }

    /// The cases that failed: name, and why.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        self.results.iter().filter_map(|(_, name, verdict)| match verdict {
            Verdict::Failed(why) => Some((name.as_str(), why.as_str())),
            _ => None,
        })
    }

    /// The cases that were left out: name, and what is missing.
    pub fn left_out(&self) -> impl Iterator<Item = (&str, &[Need])> {
        self.results.iter().filter_map(|(_, name, verdict)| match verdict {
            Verdict::LeftOut(missing) => Some((name.as_str(), missing.as_slice())),
            _ => None,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut topics: Vec<(&str, [usize; 3])> = Vec::new();
        for (topic, _, verdict) in &self.results {
            if topics.last().is_none_or(|(last, _)| last != topic) {
                topics.push((topic, [0; 3]));
            }
            let column = match verdict {
                Verdict::Passed => 0,
                Verdict::Failed(_) => 1,
                Verdict::LeftOut(_) => 2,
            };
            if let Some(count) = topics.last_mut().and_then(|(_, counts)| counts.get_mut(column)) {
                *count = count.saturating_add(1);
            }
        }
        let (passed, failed) = (self.passed().count(), self.failures().count());
        topics.push(("all", [passed, failed, self.left_out().count()]));
        writeln!(f, "{:<24} {:>7} {:>7} {:>9}", self.subject, "passed", "failed", "left out")?;
        for (topic, [passed, failed, left_out]) in topics {
            writeln!(f, "{topic:<24} {passed:>7} {failed:>7} {left_out:>9}")?;
        }
        for (name, why) in self.failures() {
            writeln!(f, "failed: {name}: {why}")?;
        }
        let mut missing: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (name, needs) in self.left_out() {
            let needs: Vec<String> = needs.iter().map(Need::to_string).collect();
            missing.entry(needs.join(", ")).or_default().push(name);
        }
        for (needs, names) in missing {
            writeln!(f, "left out without {needs}: {}", names.join(", "))?;
        }
        Ok(())
    }
}
