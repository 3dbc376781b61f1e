//! The real HSDS: the behaviour suite, faults of a scripted server and of the real one, and h5pyd as second witness.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

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
    let build = ["build", "--quiet", "--release", "--package", "h5-hsds", "--examples"];
    command::run(&mut command("cargo", &build, &context.root))?;
    let service = Service::start(&context.root, &python)?;
    let cargo = |arguments: &[&str]| {
        let mut cargo = command::cargo(arguments, &context.root);
        command::run(cargo.env("H5_HSDS_ENDPOINT", &service.endpoint).env("H5_HSDS_PID", &service.pid))
    };
    cargo(&["test", "--package", "h5-hsds", "--", "--include-ignored"])?;
    cargo(&["test", "--package", "pymodaq-h5", "--features", "hsds", "--test", "savers"])?;
    let check = |script: &str, arguments: &[&str]| {
        let mut check = command(&python, &[], &context.root);
        check.arg(context.root.join("tests/hsds").join(script)).arg(&service.endpoint).args(arguments);
        check.arg(context.target.join("release"));
        command::run(&mut check)
    };
    check("cross_check.py", &[])?;
    service.stop()?;
    Ok(Outcome::passed())
}

/// The running service; dropped, it ends too, with its standard input.
struct Service {
    process: Child,
    orders: ChildStdin,
    _answers: BufReader<ChildStdout>,
    endpoint: String,
    pid: String,
}

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
        Ok(Self { process, orders, _answers: answers, endpoint, pid })
    }

    fn stop(mut self) -> Result<(), String> {
        self.orders.flush().map_err(|error| error.to_string())?;
        drop(self.orders);
        let status = self.process.wait().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("the service ended with {status}")) }
    }
}
