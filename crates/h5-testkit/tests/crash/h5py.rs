//! The reference library as a second judge: one Python process that is handed file after file.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use h5_testkit::crash::{Observed, ObservedContent, Value};
use serde_json::Value as Json;

/// A running interpreter with h5py.
pub(crate) struct Worker {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    file: PathBuf,
}

impl Worker {
    /// Starts the interpreter that `H5_PYTHON` names; `None` without one.
    pub(crate) fn start() -> Option<Self> {
        static WORKERS: AtomicU64 = AtomicU64::new(0);
        let python = std::env::var_os("H5_PYTHON")?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/crash_check.py");
        let mut process = Command::new(python)
            .arg(script)
            .env("HDF5_USE_FILE_LOCKING", "FALSE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let number = WORKERS.fetch_add(1, Ordering::Relaxed);
        let file = std::env::temp_dir().join(format!("h5-crash-{}-{number}.h5", std::process::id()));
        Some(Self { process, input, output: BufReader::new(output), file })
    }

    /// Opens the file plainly and reads everything.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Result<Observed, String> {
        self.ask("read", bytes)
    }

    /// Opens the file for changes, makes some, takes them back, and reads everything.
    pub(crate) fn edit(&mut self, bytes: &[u8]) -> Result<Observed, String> {
        self.ask("edit", bytes)
    }

    fn ask(&mut self, what: &str, bytes: &[u8]) -> Result<Observed, String> {
        std::fs::write(&self.file, bytes).unwrap();
        writeln!(self.input, "{what} {}", self.file.display()).unwrap();
        self.input.flush().unwrap();
        let mut line = String::new();
        if self.output.read_line(&mut line).unwrap() == 0 {
            panic!("the Python process ended over a file, kept as {}", self.file.display());
        }
        let answer: Json = serde_json::from_str(&line).unwrap();
        match answer.get("error") {
            Some(error) => Err(error.to_string()),
            None => Ok(observed(&answer["found"])),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if !std::thread::panicking() {
            let _ = std::fs::remove_file(&self.file);
        }
    }
}

fn observed(json: &Json) -> Observed {
    let attributes = json["attributes"].as_object().unwrap();
    let content = match json.get("links") {
        Some(links) => {
            let links = links.as_object().unwrap().iter();
            ObservedContent::Group(links.map(|(name, child)| (name.clone(), observed(child))).collect())
        }
        None => ObservedContent::Dataset(value(&json["value"])),
    };
    Observed {
        token: json["token"].as_u64().unwrap().into(),
        reference_count: json["links_counted"].as_u64().unwrap(),
        attributes: attributes
            .iter()
            .map(|(name, found)| (name.clone(), value(found)))
            .collect::<BTreeMap<_, _>>(),
        content,
    }
}

fn value(json: &Json) -> Value {
    if let Some(text) = json.as_str() {
        return Value::Text(text.to_owned());
    }
    let list = |name: &str| json[name].as_array().unwrap().iter();
    Value::Numbers {
        shape: list("shape").map(|size| size.as_u64().unwrap()).collect(),
        values: list("values").map(|number| number.as_i64().unwrap()).collect(),
    }
}
