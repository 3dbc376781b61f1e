//! Files exchanged with the real PyMoDAQ, both ways.

use super::python;
use crate::command;
use crate::context::Context;
use crate::report::Outcome;

/// The programs that the checker runs.
const EXAMPLES: [&str; 3] = ["describe", "golden", "points"];
/// What the checker does where speed is not measured.
const WITHOUT_SPEED: [&str; 5] = ["written", "read", "live", "append", "killed"];

/// Builds the examples of `pymodaq-h5`, and has the checker of `tests/pymodaq` exchange files with `pymodaq_data` through them; with `--full`,
/// it kills more writers, and measures speed.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let python = match python::environment(context) {
        Ok(python) => python,
        Err(reason) => return context.missing(reason),
    };
    let full = context.options.full;
    // As tests are built, and with the features that they have together: all but the examples themselves is compiled already.
    let (profile, directory) = if full { ("release", "release") } else { ("test", "debug") };
    let mut build = command::cargo(&["build", "--quiet", "--workspace", "--profile", profile], &context.root);
    for example in EXAMPLES {
        build.args(["--example", example]);
    }
    command::run(&mut build)?;
    let script = context.root.join("tests/pymodaq/check.py");
    let mut check = command::command(python, &[], &context.root);
    check.arg(script).arg(context.target.join(directory).join("examples"));
    if full {
        check.args(["--kills", "200", "--speed"]);
    } else {
        check.args(WITHOUT_SPEED).args(["--kills", "20"]);
    }
    command::run(check.env("HDF5_USE_FILE_LOCKING", "FALSE").env("QT_QPA_PLATFORM", "offscreen"))?;
    Ok(Outcome::passed())
}
