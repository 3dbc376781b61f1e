//! The release build of the command line.

use crate::command;
use crate::context::Context;
use crate::report::Outcome;

/// Builds `h5`, which the later checks start.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    command::run(&mut command::cargo(&["build", "--release", "--package", "h5-cli"], &context.root))?;
    let program = context.h5_program();
    if program.is_file() {
        Ok(Outcome::passed())
    } else {
        Err(format!("the build left no {}", program.display()))
    }
}
