//! One behaviour suite for every backend.
//!
//! A [`Subject`] makes files of a backend; [`run`] puts it through every case and reports what passed, what failed, and what was left
//! out because the backend says that it has not got what the case needs ([`Capability`](h5_backend::Capability)). Nothing else decides
//! what is left out. What a backend says it lacks is tried too: it must be refused as `Unsupported`, and nothing may have changed.
//!
//! ```
//! use h5_testkit::MemoryFiles;
//! use h5_testkit::suite;
//!
//! let report = suite::run_matching(&MemoryFiles::new(), "groups/");
//! assert!(report.is_success(), "{report}");
//! ```

mod case;
mod report;
mod subject;
mod topics;
mod trial;

pub use case::{Case, Need};
pub use report::{Report, Verdict};
pub use subject::Subject;
pub use trial::{Failure, Outcome, Trial};

/// Every case, topic by topic.
pub fn cases() -> Vec<Case> {
    topics::all()
}

/// Puts a backend through every case.
pub fn run(subject: &dyn Subject) -> Report {
    run_matching(subject, "")
}

/// Puts a backend through the cases whose name (`topic/case`) contains a text.
pub fn run_matching(subject: &dyn Subject, part: &str) -> Report {
    let mut report = Report::new(subject.name());
    for case in cases().iter().filter(|case| case.name().contains(part)) {
        report.add(case, case.run(subject));
    }
    report
}
