//! Foreign files against the reference library's recorded answers.

use super::python;
use crate::command;
use crate::context::Context;
use crate::report::Outcome;

/// Files at a time. Two, so that the deadline for one file means the same on every machine.
const JOBS: &str = "2";

/// Has `h5 digest` describe each file of the corpus and compares with what the C library said.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let Some(corpus) = context.corpus() else {
        return Ok(Outcome::NotRun("no corpus: set H5_CORPUS to its directory".to_owned()));
    };
    let python = match python::base_python(context) {
        Ok(python) => python,
        Err(reason) => return context.missing(reason),
    };
    let mut sweep = command::command(python, &[], &context.root);
    sweep.arg(corpus.join("conformance.py")).args(["--jobs", JOBS]);
    if let Some(only) = &context.options.only {
        sweep.args(["--only", only]);
    }
    sweep.arg("--").arg(context.h5_program()).args(["digest", "--access", "allow"]);
    command::run(&mut sweep)?;
    Ok(Outcome::passed())
}
