//! The C library as a backend: linked to the system's, and compiled and linked in. Each is obtained here where it is missing, so that what is
//! tested is what the documentation tells to do.

use std::env;
use std::ffi::OsString;
use std::path::Path;

use super::python;
use crate::command::{self, capture, cargo, command};
use crate::context::Context;
use crate::report::Outcome;

/// Debian's package of the library and its headers.
const DEBIAN_PACKAGE: &str = "libhdf5-dev";
/// Random programs within each of the four version bounds: 240 in all, or 2,000.
const PROGRAMS: &str = "60";
const PROGRAMS_OF_A_FULL_RUN: &str = "500";
/// What has the library as an option, and the tests that use it.
const PACKAGES: [&str; 3] = ["h5-libhdf5", "pymodaq-h5", "h5-cli"];
const TESTS: [&str; 5] = ["capabilities", "suite", "differential", "savers", "backends"];

/// Lints and tests `h5-libhdf5` and the command line with each way of linking.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let search_path = match with_cmake(context) {
        Ok(path) => path,
        Err(reason) => return context.missing(reason),
    };
    check(context, "static", "libhdf5-static", Some(&search_path))?;
    if !has_system_library(&context.root) && context.is_strict() {
        command::install(&[DEBIAN_PACKAGE], &context.root)?;
    }
    if !has_system_library(&context.root) {
        let reason = format!("the system has no libhdf5 (Debian: apt-get install {DEBIAN_PACKAGE})");
        // Done with the other way of linking, so that a developer's run has tested the code.
        return context.missing(reason);
    }
    check(context, "link", "libhdf5", None)?;
    Ok(Outcome::Passed("static and the system's".to_owned()))
}

/// One way of linking: a feature of the crate, and that of the command line. Everything that has the library is one selection of packages,
/// so that each is compiled with one set of features.
fn check(
    context: &Context,
    feature: &str,
    of_program: &str,
    search_path: Option<&OsString>,
) -> Result<(), String> {
    let features = format!("h5-libhdf5/{feature},pymodaq-h5/libhdf5,h5-cli/{of_program}");
    let run = |arguments: &[&str], rest: &[&str]| {
        let mut cargo = cargo(arguments, &context.root);
        for package in PACKAGES {
            cargo.args(["--package", package]);
        }
        cargo.args(["--features", &features]).args(rest);
        if let Some(path) = search_path {
            cargo.env("PATH", path);
        }
        let count = if context.options.full { PROGRAMS_OF_A_FULL_RUN } else { PROGRAMS };
        cargo.env("H5_PROGRAMS", count).env("HDF5_USE_FILE_LOCKING", "FALSE");
        // As tests are optimised: build scripts are then those of the tests, and the C library is compiled once.
        command::run(cargo.env("CARGO_PROFILE_DEV_OPT_LEVEL", "1"))
    };
    run(&["clippy", "--all-targets"], &["--", "-D", "warnings"])?;
    let tests = TESTS.iter().flat_map(|test| ["--test", *test]);
    run(&["test", "--no-fail-fast"], &tests.collect::<Vec<_>>())
}

/// The search path with the CMake of the tests' packages in front: Debian 12 has none that is new enough for the library.
fn with_cmake(context: &Context) -> Result<OsString, String> {
    let python = python::environment(context)?;
    let programs = python.parent().ok_or("Python lies in no directory")?;
    let paths = env::var_os("PATH");
    let paths = paths.iter().flat_map(env::split_paths);
    env::join_paths([programs.to_owned()].into_iter().chain(paths)).map_err(|error| error.to_string())
}

fn has_system_library(root: &Path) -> bool {
    capture(&mut command("pkg-config", &["--exists", "hdf5"], root)).is_ok()
        || Path::new("/usr/include/hdf5/serial/hdf5.h").is_file()
}
