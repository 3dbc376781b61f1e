//! Measurements.

use crate::command;
use crate::context::Context;
use crate::report::Outcome;

/// Runs the benchmarks with the arguments after `--`.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let mut cargo = command::cargo(&["bench", "--package", "h5-bench", "--"], &context.root);
    command::run(cargo.args(&context.options.rest))?;
    Ok(Outcome::passed())
}
