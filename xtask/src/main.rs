//! The project's checks and chores. `cargo xtask list` names them; `cargo xtask test` runs every check, as CI does.
//!
//! One module a task; a task is a function from a [`Context`] to an [`Outcome`](report::Outcome), so that each check of CI
//! can be run alone by its name.
#![forbid(unsafe_code)]

mod command;
mod context;
mod plan;
mod report;
mod tasks;
mod workspace;

use std::env;
use std::process::ExitCode;

use crate::context::{Context, Options};
use crate::report::Report;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::from(2)
        }
    }
}

/// True if every step passed.
fn run() -> Result<bool, String> {
    let mut arguments = env::args().skip(1);
    let Some(task) = arguments.next() else {
        plan::print_list();
        return Ok(true);
    };
    if matches!(task.as_str(), "list" | "help" | "-h" | "--help") {
        plan::print_list();
        return Ok(true);
    }
    let options = Options::parse(arguments)?;
    let context = Context::new(options, task == "ci")?;
    let mut report = Report::default();
    for step in plan::steps(&task)? {
        report.run(step, &context);
    }
    Ok(report.finish())
}
