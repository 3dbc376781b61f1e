//! The service, as long as its tests need it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The running service. However this ends, it ends too: with its standard input, or else by force.
pub(super) struct Service {
    process: Child,
    orders: Option<ChildStdin>,
    _answers: BufReader<ChildStdout>,
    pub(super) endpoint: String,
    pub(super) pid: String,
}

/// How long the service may take to end: its nodes are killed at once, but it removes tens of thousands of small files.
const PATIENCE: Duration = Duration::from_secs(120);

impl Service {
    pub(super) fn start(root: &Path, python: &Path, settings: &[&str]) -> Result<Self, String> {
        let mut command = Command::new(python);
        command.arg(root.join("tests/hsds/serve.py")).current_dir(root);
        for setting in settings {
            command.args(["--set", setting]);
        }
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

    pub(super) fn stop(mut self) -> Result<(), String> {
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
