use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use h5_backend::{Capability, Feature};

use super::trial::{Failure, Outcome, Trial};
use super::{Subject, Verdict};

/// What a case needs of a backend beyond what each has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A feature.
    Feature(Feature),
    /// A filter by its registered number.
    Filter(u16),
}

type Run = dyn Fn(&mut Trial<'_>) -> Outcome + Send + Sync;

/// One case: a name, what it needs, and what it does.
pub struct Case {
    topic: &'static str,
    name: String,
    needs: Vec<Need>,
    run: Box<Run>,
}

impl Case {
    pub(super) fn new(
        topic: &'static str,
        name: &str,
        needs: impl IntoIterator<Item = Feature>,
        run: impl Fn(&mut Trial<'_>) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        let needs = needs.into_iter().map(Need::Feature).collect();
        Self { topic, name: format!("{topic}/{name}"), needs, run: Box::new(run) }
    }

    pub(super) fn with_filters(mut self, filters: impl IntoIterator<Item = u16>) -> Self {
        self.needs.extend(filters.into_iter().map(Need::Filter));
        self
    }

    /// What the case is about.
    pub fn topic(&self) -> &'static str {
        self.topic
    }

    /// `topic/case`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What of its needs a backend has not got.
    pub fn missing(&self, capability: &Capability) -> Vec<Need> {
        self.needs.iter().copied().filter(|need| !need.is_met(capability)).collect()
    }

    /// Runs the case on a new file. A panic is a failure.
    pub fn run(&self, subject: &dyn Subject) -> Verdict {
        let attempt = || -> Result<Verdict, Failure> {
            let mut trial = Trial::new(subject, &self.name)?;
            let missing = self.missing(&trial.file().backend().capability());
            if !missing.is_empty() {
                return Ok(Verdict::LeftOut(missing));
            }
            (self.run)(&mut trial)?;
            Ok(Verdict::Passed)
        };
        match catch_unwind(AssertUnwindSafe(attempt)) {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(failure)) => Verdict::Failed(failure.to_string()),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                Verdict::Failed(format!("panic: {}", text.unwrap_or("without a message")))
            }
        }
    }
}

impl Need {
    fn is_met(self, capability: &Capability) -> bool {
        match self {
            Self::Feature(feature) => capability.has(feature),
            Self::Filter(id) => capability.encodes(id),
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Feature(feature) => write!(f, "{feature}"),
            Self::Filter(id) => write!(f, "filter {id}"),
        }
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("name", &self.name).field("needs", &self.needs).finish_non_exhaustive()
    }
}

/// Cases of functions of their names, with the features that they need; every one writes.
macro_rules! cases {
    ($topic:literal; $($name:ident [$($feature:ident),*],)*) => {
        vec![$($crate::suite::Case::new(
            $topic,
            stringify!($name),
            [h5_backend::Feature::Write, $(h5_backend::Feature::$feature),*],
            $name,
        ),)*]
    };
}
pub(super) use cases;
