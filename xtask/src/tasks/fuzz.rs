//! The fuzz targets of `fuzz/`, each for a while.

use std::fs;
use std::path::Path;

use super::python;
use crate::command::{self, capture, command, exists};
use crate::context::Context;
use crate::report::Outcome;

/// Time for each target, in seconds: in CI, and with `--full`.
const SHORT_SECONDS: u64 = 20;
const FULL_SECONDS: u64 = 600;
/// The driver; its command line is part of what is relied on here.
const CARGO_FUZZ: &str = "0.13.2";
/// Seeds of the targets that take a whole file.
const WHOLE_FILES: &str = "files";

/// Runs every target on its seeds and on what libFuzzer makes of them. A finding fails the step and is left in
/// `fuzz/artifacts`.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let directory = context.root.join("fuzz");
    let mut targets = targets(&directory.join("fuzz_targets"))?;
    if let Some(only) = &context.options.only {
        targets.retain(|target| target.contains(only.as_str()));
    }
    if targets.is_empty() {
        return Err("there is no such fuzz target".to_owned());
    }
    if let Err(reason) = prepare(context) {
        return context.missing(reason);
    }
    seed(context, &directory)?;
    let default = if context.options.full { FULL_SECONDS } else { SHORT_SECONDS };
    let seconds = context.options.seconds.unwrap_or(default);
    for target in &targets {
        fuzz(&directory, target, seconds)?;
    }
    Ok(Outcome::Passed(format!("{} targets, {seconds} s each", targets.len())))
}

fn fuzz(directory: &Path, target: &str, seconds: u64) -> Result<(), String> {
    let corpus = directory.join("corpus").join(target);
    fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    let mut run = command("rustup", &["run", "nightly", "cargo", "fuzz", "run", target], directory);
    run.arg(&corpus);
    // What is found goes to the first directory; seeds are only read.
    let seeds = directory.join("seeds");
    let own = seeds.join(target);
    run.arg(if own.is_dir() { own } else { seeds.join(WHOLE_FILES) });
    run.args([
        "--",
        "-timeout=20",
        "-rss_limit_mb=2048",
        "-max_len=262144",
        "-verbosity=0",
        "-print_final_stats=1",
    ]);
    run.arg(format!("-dict={}", directory.join("hdf5.dict").display()));
    run.arg(format!("-max_total_time={seconds}"));
    // Its own workspace, its own target directory: a shared one would be rebuilt for other flags each time.
    command::run(run.env("CARGO_TARGET_DIR", directory.join("target")))
}

/// Writes the seeds: what the fixtures hold for a target of its own, and for the others the files of the interop tests.
fn seed(context: &Context, directory: &Path) -> Result<(), String> {
    command::run(&mut command(python::base_python(context)?, &["make_seeds.py"], directory))?;
    let files = directory.join("seeds").join(WHOLE_FILES);
    if files.is_dir() {
        fs::remove_dir_all(&files).map_err(|error| format!("{}: {error}", files.display()))?;
    }
    fs::create_dir_all(&files).map_err(|error| format!("{}: {error}", files.display()))?;
    let python = python::environment(context)?;
    command::run(command(python, &["tests/interop/make_files.py"], &context.root).arg(&files))
}

/// Sees to nightly Rust, cargo-fuzz and a C++ compiler (libFuzzer's own), or says which is missing.
fn prepare(context: &Context) -> Result<(), String> {
    let root = &context.root;
    if !exists("c++") {
        return Err("libFuzzer needs a C++ compiler (Debian: apt-get install g++)".to_owned());
    }
    if capture(&mut command("rustup", &["run", "nightly", "rustc", "--version"], root)).is_err() {
        let install = ["toolchain", "install", "nightly", "--profile", "minimal", "--no-self-update"];
        command::run(&mut command("rustup", &install, root))
            .map_err(|error| format!("fuzzing needs nightly Rust: {error}"))?;
    }
    if capture(&mut command::cargo(&["fuzz", "--version"], root)).is_err() {
        command::run(&mut command::cargo(&["install", "cargo-fuzz", "--version", CARGO_FUZZ], root))
            .map_err(|error| format!("fuzzing needs cargo-fuzz: {error}"))?;
    }
    Ok(())
}

/// The targets' names, which are those of their files.
fn targets(directory: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut names: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}
