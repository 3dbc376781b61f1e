//! Running other programs: what is run is printed, nothing reads from the terminal, errors name the program.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

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
