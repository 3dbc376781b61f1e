//! The real HSDS: the behaviour suite, faults of a scripted server and of the real one, and h5pyd as second witness.

mod service;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use self::service::Service;
use super::{browser, python};
use crate::command::{self, command};
use crate::context::Context;
use crate::report::Outcome;

/// Where the packages of the service are listed.
const REQUIREMENTS: &str = "tests/hsds/requirements.txt";
/// Of the suite's cases of each topic, every so-manieth in the short form; so of the corpus's files.
const EVERY: &str = "8";

/// Tests of cargo's that want the service: package, target, and the part that is said to run.
const TESTS: [(&str, &str); 4] =
    [("h5-hsds", "faults"), ("h5-hsds", "suite"), ("pymodaq-h5", "savers"), ("h5-hsds", "killed")];
/// Programs of `tests/hsds`.
const SCRIPTS: [&str; 3] = ["cross_check.py", "commands.py", "edits.py"];
/// The service that they run on writes what it took after a tenth of a second instead of one: each command that changes a domain waits for that.
const PROMPT: [&str; 3] = ["s3_sync_interval=0.1", "s3_age_time=0.1", "flush_sleep_interval=0.1"];

/// Starts the service on a free port, runs all that needs one, and stops it. Without `--full`, the suite and the corpus are samples and the file
/// that is copied is smaller.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    if !cfg!(target_os = "linux") {
        return context.missing("the service is run on Linux only".to_owned());
    }
    let python = match python::environment_in(context, ".venv-hsds", REQUIREMENTS) {
        Ok(python) => python,
        Err(reason) => return context.missing(reason),
    };
    // `h5 browse` shows domains too.
    if let Some(without) = browser::program_with_page(context)? {
        return Ok(without);
    }
    // Compiled before the service runs: it would only be in the way.
    let programs = command::test_programs(&TESTS, &context.root)?;
    let service = Service::start(&context.root, &python, &[])?;
    let mut parts = Parts::default();
    for ((package, test), program) in TESTS.iter().zip(&programs) {
        let mut command = command(program, &[], &context.root.join("crates").join(package));
        if *package == "h5-hsds" {
            // What takes long is told as it comes.
            command.args(["--include-ignored", "--nocapture"]);
        }
        command.env("H5_HSDS_ENDPOINT", &service.endpoint).env("H5_HSDS_PID", &service.pid);
        if !context.options.full {
            command.env("H5_SUITE_EVERY", EVERY);
        }
        parts.run(test, &mut command)?;
    }
    // Ten thousands of its files are removed meanwhile.
    let first = std::thread::spawn(|| service.stop());
    let service = Service::start(&context.root, &python, &PROMPT)?;
    for name in SCRIPTS {
        let mut script = script(context, &python, &service, name);
        if context.options.full && name == "commands.py" {
            script.arg("--full");
        }
        parts.run(name, &mut script)?;
    }
    match context.corpus() {
        Some(corpus) => {
            let mut files = script(context, &python, &service, "corpus.py");
            if let Some(only) = &context.options.only {
                files.args(["--only", only]);
            } else if !context.options.full {
                files.args(["--every", EVERY]);
            }
            parts.run("corpus.py", files.arg(corpus))?;
        }
        // As for the other checks of foreign files.
        None => println!("no corpus: set H5_CORPUS to its directory"),
    }
    service.stop()?;
    first.join().map_err(|_| "the first service was not stopped".to_owned())??;
    Ok(Outcome::Passed(parts.0.join(", ")))
}

/// A program of `tests/hsds`, on the running service and the built `h5`.
fn script(context: &Context, python: &Path, service: &Service, name: &str) -> Command {
    let mut script = command(python, &[], &context.root);
    script.arg(context.root.join("tests/hsds").join(name)).arg(&service.endpoint);
    script.arg(context.target.join("release"));
    script
}

/// What was run, and the seconds it took.
#[derive(Debug, Default)]
struct Parts(Vec<String>);

impl Parts {
    fn run(&mut self, name: &str, command: &mut Command) -> Result<(), String> {
        let begun = Instant::now();
        let result = command::run(command);
        let took = format!("{name} {:.0} s", begun.elapsed().as_secs_f32());
        println!("hsds: {took}");
        self.0.push(took);
        result
    }
}
