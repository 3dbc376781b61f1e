//! Schedules of a writer and live readers, played by a seed.

use crate::command;
use crate::context::Context;
use crate::report::Outcome;

/// Schedules, and bugs planted in the protocol that must be noticed.
const SCHEDULES: &str = "2000";
const FULL_SCHEDULES: &str = "100000";

/// Plays them with the optimizer on: a schedule takes a millisecond or two.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let arguments =
        ["test", "--release", "--package", "h5-testkit", "--test", "simulation", "--", "--nocapture"];
    let mut tests = command::cargo(&arguments, &context.root);
    tests.env("H5_SIMULATION", if context.options.full { FULL_SCHEDULES } else { SCHEDULES });
    command::run(&mut tests)?;
    Ok(Outcome::passed())
}
