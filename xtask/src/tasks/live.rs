//! Files that are read while they are written, by us and by libhdf5 in turn.

use super::python;
use crate::command;
use crate::context::Context;
use crate::report::Outcome;

/// Rows a second; one and a half minutes each way, or half an hour.
const RATE: u32 = 100;
const SECONDS: u32 = 90;
const FULL_SECONDS: u32 = 1800;

/// Has `live` and h5py write for each other.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let python = match python::environment(context) {
        Ok(python) => python,
        Err(reason) => return context.missing(reason),
    };
    let build = ["build", "--quiet", "--release", "--package", "h5-testkit", "--example", "live"];
    command::run(&mut command::command("cargo", &build, &context.root))?;
    let live = context.target.join("release/examples/live");
    let script = context.root.join("tests/live/swmr.py");
    let seconds = if context.options.full { FULL_SECONDS } else { SECONDS };
    let mut check = command::command(python, &[], &context.root);
    check.arg(script).arg(live).arg(seconds.saturating_mul(RATE).to_string()).arg(RATE.to_string());
    command::run(&mut check)?;
    Ok(Outcome::passed())
}
