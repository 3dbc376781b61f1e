//! Files that are read while they are written, by us and by libhdf5 in turn.

use super::python;
use crate::command;
use crate::context::Context;
use crate::report::Outcome;

/// Rows a second; three minutes for both ways at the same time, or half an hour.
const RATE: u32 = 100;
const SECONDS: u32 = 180;
const FULL_SECONDS: u32 = 1800;
/// Groups with an attribute and a dataset, and fifty rows each, that a reader polls for at 50 Hz.
const FULL_STEPS: &str = "2000";

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
    if context.options.full {
        let arguments = ["test", "--release", "--package", "h5", "--test", "live", "--", "--nocapture"];
        let mut looks = command::cargo(&arguments, &context.root);
        command::run(looks.env("H5_LIVE_STEPS", FULL_STEPS))?;
    }
    Ok(Outcome::passed())
}
