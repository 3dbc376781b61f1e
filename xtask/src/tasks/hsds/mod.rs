//! The real HSDS: the behaviour suite, faults of a scripted server and of the real one, and h5pyd as second witness.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::python;
use crate::command::{self, command};
use crate::context::Context;
use crate::report::Outcome;

/// Where the packages of the service are listed.
const REQUIREMENTS: &str = "tests/hsds/requirements.txt";

/// Starts the service on a free port, runs all that needs one, and stops it.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    if !cfg!(target_os = "linux") {
        return context.missing("the service is run on Linux only".to_owned());
    }
    let python = match python::environment_in(context, ".venv-hsds", REQUIREMENTS) {
        Ok(python) => python,
        Err(reason) => return context.missing(reason),
    };
    // Compiled before the service runs: it would only be in the way.
    let tests = [
        vec!["test", "--release", "--package", "h5-hsds"],
        vec!["test", "--release", "--package", "pymodaq-h5", "--features", "hsds", "--test", "savers"],
    ];
    for test in &tests {
        let test: Vec<&str> = test.iter().copied().chain(["--no-run"]).collect();
        command::run(&mut command::cargo(&test, &context.root))?;
    }
    let service = Service::start(&context.root, &python)?;
    for (test, chosen) in tests.iter().zip([vec!["--", "--include-ignored"], Vec::new()]) {
        let test: Vec<&str> = test.iter().copied().chain(chosen).collect();
        let mut cargo = command::cargo(&test, &context.root);
        command::run(cargo.env("H5_HSDS_ENDPOINT", &service.endpoint).env("H5_HSDS_PID", &service.pid))?;
    }
    let script = |name: &str| {
        let mut script = command(&python, &[], &context.root);
        script.arg(context.root.join("tests/hsds").join(name)).arg(&service.endpoint);
        script.arg(context.target.join("release"));
        script
    };
    command::run(&mut script("cross_check.py"))?;
    command::run(&mut script("commands.py"))?;
    if let Some(corpus) = context.corpus() {
        command::run(script("corpus.py").arg(corpus))?;
    } else {
        println!("no corpus: set H5_CORPUS to its directory");
    }
    service.stop()?;
    Ok(Outcome::passed())
}

/// The running service. However this ends, it ends too: with its standard input, or else by force.
struct Service {
    process: Child,
    orders: Option<ChildStdin>,
    _answers: BufReader<ChildStdout>,
    endpoint: String,
    pid: String,
}

/// How long the service may take to end: its nodes are killed at once, but it removes tens of thousands of small files.
const PATIENCE: Duration = Duration::from_secs(120);

impl Service {
    fn start(root: &Path, python: &Path) -> Result<Self, String> {
        let mut command = Command::new(python);
        command.arg(root.join("tests/hsds/serve.py")).current_dir(root);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process =
            command.spawn().map_err(|error| format!("the service cannot be started: {error}"))?;
        let (Some(orders), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("the service has no input or output".to_owned());
        };
        let mut answers = BufReader::new(answers);
        let mut line = String::new();
        answers.read_line(&mut line).map_err(|error| format!("the service says nothing: {error}"))?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["READY", endpoint, pid] = words.as_slice() else {
            return Err(format!("the service did not start: {line}"));
        };
        println!("HSDS on {endpoint}");
        let (endpoint, pid) = ((*endpoint).to_owned(), (*pid).to_owned());
        Ok(Self { process, orders: Some(orders), _answers: answers, endpoint, pid })
    }

    fn stop(mut self) -> Result<(), String> {
        let status = self.end().ok_or_else(|| format!("the service did not end within {PATIENCE:?}"))?;
        if status.success() { Ok(()) } else { Err(format!("the service ended with {status}")) }
    }

    /// Closes its standard input and waits for its end.
    fn end(&mut self) -> Option<ExitStatus> {
        drop(self.orders.take());
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        None
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if self.end().is_none() {
            // Its nodes end with it.
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }
}
