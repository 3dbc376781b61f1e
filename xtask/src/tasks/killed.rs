//! Writers that are killed: ours, and what the C library's leave for `h5 recover`.

use super::python;
use crate::command;
use crate::context::Context;
use crate::report::Outcome;

/// Writers of ours that are killed, and of the C library's.
const KILLS: &str = "100";
const FULL_KILLS: &str = "1000";
const DAMAGED: &str = "36";
const FULL_DAMAGED: &str = "200";

/// Kills writers at random moments. What ours leave must open in h5py with all that was flushed; what the C library's leave must be saved
/// as far as an expert could.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let python = match python::environment(context) {
        Ok(python) => python,
        Err(reason) => return context.missing(reason),
    };
    let build = ["build", "--quiet", "--release", "--package", "h5-testkit", "--example", "killed"];
    command::run(&mut command::command("cargo", &build, &context.root))?;
    let writer = context.target.join("release/examples/killed");
    let (kills, damaged) = if context.options.full { (FULL_KILLS, FULL_DAMAGED) } else { (KILLS, DAMAGED) };
    let mut check = command::command(&python, &["tests/live/kills.py"], &context.root);
    command::run(check.arg(writer).arg(context.h5_program()).arg(kills))?;
    let mut check = command::command(&python, &["tests/live/recovery.py"], &context.root);
    command::run(check.arg(context.h5_program()).arg(damaged))?;
    Ok(Outcome::passed())
}
