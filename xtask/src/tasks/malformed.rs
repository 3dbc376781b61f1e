//! Files made to break readers: whatever they hold, the program answers or refuses, in bounded time and memory.

use super::python;
use crate::command;
use crate::context::Context;
use crate::report::Outcome;

/// Bounds for one command on one file.
const SECONDS: &str = "1";
const MEBIBYTES: &str = "64";

/// Runs every reading command on each file of the corpus's `malformed/cve`.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    if !cfg!(unix) {
        return Ok(Outcome::NotRun("the bounds are measured as Unix does".to_owned()));
    }
    let Some(corpus) = context.corpus() else {
        return Ok(Outcome::NotRun("no corpus: set H5_CORPUS to its directory".to_owned()));
    };
    let python = match python::base_python(context) {
        Ok(python) => python,
        Err(reason) => return context.missing(reason),
    };
    let mut sweep = command::command(python, &["tests/interop/malformed.py"], &context.root);
    sweep.args(["--seconds", SECONDS, "--mebibytes", MEBIBYTES]);
    sweep.arg(context.h5_program()).arg(corpus.join("malformed").join("cve"));
    command::run(&mut sweep)?;
    Ok(Outcome::passed())
}
