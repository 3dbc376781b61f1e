//! A program that needs no shared library, so that it runs on any Linux of its processor.

use std::path::Path;

use crate::command::{self, capture};
use crate::context::Context;
use crate::report::Outcome;

/// A file that both builds have to describe alike.
const SAMPLE: &str = "tests/fixtures/pymodaq/scan.h5";

/// Builds `h5` with the C runtime linked in, sees that nothing is loaded at run time, and that it reads.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let host = host(&context.root)?;
    if !host.ends_with("-linux-gnu") {
        return Ok(Outcome::NotRun(format!("only done on Linux with glibc, this is {host}")));
    }
    // With --target the flag holds for the program alone; build scripts and macros need the shared runtime.
    let mut build =
        command::cargo(&["build", "--release", "--package", "h5-cli", "--target", &host], &context.root);
    command::run(build.env("RUSTFLAGS", "-C target-feature=+crt-static"))?;
    let program = context.target.join(&host).join("release/h5");
    let loaded = loaded_libraries(&program, &context.root)?;
    if !loaded.is_empty() {
        return Err(format!("{} loads {loaded}", program.display()));
    }
    let sample = context.root.join(SAMPLE);
    let describe =
        |program: &Path| capture(command::command(program, &["digest"], &context.root).arg(&sample));
    if describe(&program)? != describe(&context.h5_program())? {
        return Err(format!("the static and the ordinary program describe {SAMPLE} differently"));
    }
    let bytes = program.metadata().map_err(|error| error.to_string())?.len();
    Ok(Outcome::Passed(format!("{:.1} MB", bytes_to_megabytes(bytes))))
}

/// What `ldd` lists; nothing for a static program, which it reports in one of two ways, by output or by status.
fn loaded_libraries(program: &Path, root: &Path) -> Result<String, String> {
    let output =
        command::command("ldd", &[], root).arg(program).output().map_err(|error| format!("ldd: {error}"))?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let is_static = ["statically linked", "not a dynamic executable"].iter().any(|sign| said.contains(sign));
    Ok(if is_static { String::new() } else { said })
}

fn host(root: &Path) -> Result<String, String> {
    let version = capture(&mut command::command("rustc", &["-vV"], root))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc names no host".to_owned())
}

fn bytes_to_megabytes(bytes: u64) -> f64 {
    u32::try_from(bytes).map_or(f64::INFINITY, f64::from) / 1e6
}
