//! Running other programs: what is run is printed, nothing reads from the terminal, errors name the program.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A command in `directory`, without standard input.
pub(crate) fn command<S: AsRef<OsStr>>(program: S, arguments: &[&str], directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory).stdin(Stdio::null());
    command
}

/// `cargo ARGUMENTS` with the toolchain that runs this program.
pub(crate) fn cargo(arguments: &[&str], directory: &Path) -> Command {
    command("cargo", arguments, directory)
}

/// Prints and runs; the output goes where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let shown = announce(command);
    let status = command.status().map_err(|error| cannot_start(&shown, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` ended with {status}")) }
}

/// Runs quietly; the standard output as text. An error quotes the end of what the program said.
pub(crate) fn capture(command: &mut Command) -> Result<String, String> {
    let shown = show(command);
    let Output { status, stdout, stderr } = command.output().map_err(|error| cannot_start(&shown, &error))?;
    if status.success() {
        String::from_utf8(stdout).map_err(|_| format!("`{shown}` printed something that is not UTF-8"))
    } else {
        let said = String::from_utf8_lossy(&stderr);
        Err(format!("`{shown}` ended with {status}: {}", tail(&said)))
    }
}

/// Compiles tests and tells where their programs are, package and target by package and target. They are compiled as all tests of the
/// workspace are, with the features that its members have together, so that after the step `unit` there is nothing to do.
pub(crate) fn test_programs(tests: &[(&str, &str)], directory: &Path) -> Result<Vec<PathBuf>, String> {
    let mut build = cargo(&["test", "--workspace", "--no-run", "--message-format=json"], directory);
    for (_, test) in tests {
        build.args(["--test", test]);
    }
    announce(&build);
    build.stderr(Stdio::inherit());
    let said = capture(&mut build)?;
    let artefacts: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let program = |(package, test): &(&str, &str)| {
        let found = artefacts.iter().find(|artefact| {
            let manifest = artefact["manifest_path"].as_str().map(Path::new).and_then(Path::parent);
            artefact.pointer("/target/name").is_some_and(|name| name == test)
                && artefact["executable"].is_string()
                && manifest.is_some_and(|place| place.ends_with(package))
        });
        let path = found.and_then(|artefact| artefact["executable"].as_str()).map(PathBuf::from);
        path.ok_or_else(|| format!("cargo made no test {test} of {package}"))
    };
    tests.iter().map(program).collect()
}

/// Can this program be started? Its answer to `--version` is not judged.
pub(crate) fn exists(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}

/// Installs packages of Debian's, as is done in CI: only a superuser can.
pub(crate) fn install(packages: &[&str], directory: &Path) -> Result<(), String> {
    run(&mut command("apt-get", &["-qq", "update"], directory))?;
    let mut install = command("apt-get", &["-qq", "-y", "--no-install-recommends", "install"], directory);
    run(install.args(packages).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// The last line that is not empty: usually the one that matters.
fn tail(text: &str) -> &str {
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing")
}

fn announce(command: &Command) -> String {
    let shown = show(command);
    println!("$ {shown}");
    shown
}

fn show(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(OsStr::to_string_lossy));
    words.join(" ")
}

fn cannot_start(shown: &str, error: &std::io::Error) -> String {
    format!("`{shown}` cannot be started: {error}")
}
