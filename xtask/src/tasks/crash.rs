//! Crashes, power cuts and failing storage: the states that they leave, read by ours and by h5py.

use super::python;
use crate::command;
use crate::context::Context;
use crate::report::Outcome;

/// Runs the crash tests of `h5-testkit` with h5py as a second reader; with `--full`, on every state.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let python = match python::environment(context) {
        Ok(python) => python,
        Err(reason) => return context.missing(reason),
    };
    let arguments = ["test", "--package", "h5-testkit", "--test", "crash"];
    let mut tests = command::cargo(&arguments, &context.root);
    tests.env("H5_PYTHON", &python);
    if context.options.full {
        tests.env("H5_CRASH_FULL", "1");
    }
    command::run(&mut tests)?;
    let scans = if context.options.full { "60" } else { "30" };
    command::run(&mut command::command(python, &["tests/libhdf5_loses.py", scans], &context.root))?;
    Ok(Outcome::passed())
}
