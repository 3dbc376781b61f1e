//! Foreign files against the reference library's recorded answers.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::python;
use crate::command;
use crate::context::Context;
use crate::report::Outcome;

/// Files at a time. Two, so that the deadline for one file means the same on every machine.
const JOBS: &str = "2";

/// Files that refuse something, with the reason.
const UNREAD: &str = "tests/conformance/unread.txt";

/// Has `h5 digest` describe each file of the corpus and compares with what the C library said.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let Some(corpus) = context.corpus() else {
        return Ok(Outcome::NotRun("no corpus: set H5_CORPUS to its directory".to_owned()));
    };
    let python = match python::base_python(context) {
        Ok(python) => python,
        Err(reason) => return context.missing(reason),
    };
    let outcomes = context.root.join("target").join("conformance.json");
    let mut sweep = command::command(python, &[], &context.root);
    sweep.arg(corpus.join("conformance.py")).args(["--jobs", JOBS, "--json"]).arg(&outcomes);
    if let Some(only) = &context.options.only {
        sweep.args(["--only", only]);
    }
    sweep.arg("--").arg(context.h5_program()).args(["digest", "--access", "allow"]);
    // It fails if any file is not equal; which may be, is for the list to say.
    let swept = command::run(&mut sweep);
    let verdict = judge(&outcomes, &context.root.join(UNREAD), context.options.only.as_deref());
    match verdict {
        Ok(()) => Ok(Outcome::passed()),
        Err(reason) => Err(match swept {
            Ok(()) => reason,
            Err(failure) => format!("{reason} ({failure})"),
        }),
    }
}

/// Every file must be equal, or refused and on the list; every file on the list must be refused.
fn judge(outcomes: &Path, list: &Path, only: Option<&str>) -> Result<(), String> {
    let read = |path: &Path| fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()));
    let outcomes: Value = serde_json::from_str(&read(outcomes)?).map_err(|e| e.to_string())?;
    let outcomes = outcomes.as_object().ok_or("the sweep wrote no object")?;
    let list = read(list)?;
    let unread: BTreeSet<&str> = list
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|path| only.is_none_or(|only| path.contains(only)))
        .collect();
    if outcomes.is_empty() {
        return Err("no file was compared".to_owned());
    }
    let mut complaints = Vec::new();
    for (path, outcome) in outcomes {
        match (outcome.get("status").and_then(Value::as_str), unread.contains(path.as_str())) {
            (Some("equal"), false) | (Some("refused"), true) => {}
            (Some("equal"), true) => complaints.push(format!("{path} is read now: take it off {UNREAD}")),
            (status, _) => complaints.push(format!("{path}: {}", status.unwrap_or("no status"))),
        }
    }
    complaints
        .extend(unread.iter().filter(|p| !outcomes.contains_key(**p)).map(|p| format!("{p} is not there")));
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("; ")) }
}
