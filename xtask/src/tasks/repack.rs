//! Copies of foreign files, compared with their originals.

use super::python;
use crate::command;
use crate::context::Context;
use crate::report::Outcome;

/// Files of a short run. Always the same: which, the seed of the script says.
const SAMPLE: &str = "150";

/// Has `h5 repack` copy files of the corpus within each version bound, all of them with `--full`, and compares by the C library's account
/// and by our own.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let Some(corpus) = context.corpus() else {
        return Ok(Outcome::NotRun("no corpus: set H5_CORPUS to its directory".to_owned()));
    };
    let python = match python::environment(context) {
        Ok(python) => python,
        Err(reason) => return context.missing(reason),
    };
    let outcomes = context.target.join("repack.json");
    let mut sweep = command::command(python, &["tests/conformance/repack.py"], &context.root);
    sweep.arg(corpus).arg(context.h5_program()).arg("--json").arg(outcomes);
    if let Some(only) = &context.options.only {
        sweep.args(["--only", only]);
    } else if !context.options.full {
        sweep.args(["--sample", SAMPLE]);
    }
    command::run(&mut sweep)?;
    Ok(Outcome::passed())
}
