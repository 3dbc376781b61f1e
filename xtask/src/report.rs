//! Runs steps one after another, times them, and closes with a table and a count.

use std::time::{Duration, Instant};

use crate::context::Context;

/// One named check.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// What it is called on the command line and in the table.
    pub(crate) name: &'static str,
    /// One line for `cargo xtask list`.
    pub(crate) about: &'static str,
    /// The package that it checks, where it needs one.
    pub(crate) package: Option<&'static str>,
    /// Does it. An error says what is wrong and, where a tool is missing, how to get it.
    pub(crate) run: fn(&Context) -> Result<Outcome, String>,
}

/// How a step ended, if it did not fail.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was done and all is well; the text says how much was done, and may be empty.
    Passed(String),
    /// It was not done, for this reason.
    NotRun(String),
}

impl Outcome {
    /// Passed, with nothing to add.
    pub(crate) fn passed() -> Self {
        Self::Passed(String::new())
    }
}

/// The rows of the closing table.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: &'static str,
    result: Result<Outcome, String>,
    took: Duration,
}

impl Report {
    /// Runs one step. A failure does not stop the others: one run shows all that is wrong.
    pub(crate) fn run(&mut self, step: &Step, context: &Context) {
        println!("== {}: {}", step.name, step.about);
        let start = Instant::now();
        let result = match step.package {
            Some(package) if !context.has_package(package) => {
                Err(format!("the workspace has no package {package}"))
            }
            _ => (step.run)(context),
        };
        let row = Row { name: step.name, result, took: start.elapsed() };
        println!("{}\n", row.line());
        self.rows.push(row);
    }

    /// Prints the table; true if nothing failed.
    pub(crate) fn finish(self) -> bool {
        println!("-- summary");
        self.rows.iter().for_each(|row| println!("{}", row.line()));
        let failed = self.rows.iter().filter(|row| row.result.is_err()).count();
        let passed = self.rows.iter().filter(|row| matches!(row.result, Ok(Outcome::Passed(_)))).count();
        println!("{passed} passed, {failed} failed");
        failed == 0
    }
}

impl Row {
    fn line(&self) -> String {
        let (word, text) = match &self.result {
            Ok(Outcome::Passed(text)) => ("passed", text),
            Ok(Outcome::NotRun(text)) => ("NOT RUN", text),
            Err(text) => ("FAILED", text),
        };
        let line = format!("{:<13} {word:<8} {:>7.1} s  {text}", self.name, self.took.as_secs_f64());
        line.trim_end().to_owned()
    }
}
