//! Random programs of changes, and what the C library says of the files that they leave.

use std::fs;

use super::python;
use crate::command;
use crate::context::Context;
use crate::report::Outcome;

/// Programs of fifty operations: in CI, and with `--full`.
const SHORT_PROGRAMS: &str = "240";
const FULL_PROGRAMS: &str = "2000";

/// Runs the programs on new files, on fixtures and, where there is a corpus, on copies of its files; then has h5py read and change what
/// they left.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let python = match python::environment(context) {
        Ok(python) => python,
        Err(reason) => return context.missing(reason),
    };
    let directory = context.target.join("random-edits");
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let corpus = context.corpus();
    let arguments = ["test", "--package", "h5-testkit", "--test", "random_edits"];
    let mut tests = command::cargo(&arguments, &context.root);
    tests.env("H5_KEEP", &directory);
    tests.env("H5_PROGRAMS", if context.options.full { FULL_PROGRAMS } else { SHORT_PROGRAMS });
    if let Some(corpus) = &corpus {
        tests.env("H5_CORPUS", corpus);
    }
    command::run(&mut tests)?;
    let mut check = command::command(python, &["tests/random/check.py"], &context.root);
    check.arg(context.h5_program()).arg(&directory);
    if let Some(corpus) = &corpus {
        check.arg("--corpus").arg(corpus);
    }
    command::run(&mut check)?;
    Ok(Outcome::passed())
}
