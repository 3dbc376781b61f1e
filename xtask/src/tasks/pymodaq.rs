//! Files exchanged with the real PyMoDAQ, both ways.

use super::python;
use crate::command;
use crate::context::Context;
use crate::report::Outcome;

/// Builds the examples of `pymodaq-h5`, and has the checker of `tests/pymodaq` exchange files with `pymodaq_data` through them; with `--full`,
/// it kills more writers.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let python = match python::environment(context) {
        Ok(python) => python,
        Err(reason) => return context.missing(reason),
    };
    let arguments = ["build", "--quiet", "--release", "--package", "pymodaq-h5", "--examples"];
    command::run(&mut command::command("cargo", &arguments, &context.root))?;
    let script = context.root.join("tests/pymodaq/check.py");
    let examples = context.target.join("release/examples");
    let kills = if context.options.full { "200" } else { "20" };
    let mut check = command::command(python, &[], &context.root);
    check.arg(script).arg(examples).args(["--kills", kills]);
    command::run(check.env("HDF5_USE_FILE_LOCKING", "FALSE").env("QT_QPA_PLATFORM", "offscreen"))?;
    Ok(Outcome::passed())
}
