//! The list of tasks, in the order in which `test` runs them: cheap checks first.

use crate::report::Step;
use crate::tasks::{
    bench, binary, browser, cargo_checks, conformance, crash, dependencies, fuzz, hsds, interop, killed,
    libhdf5, live, malformed, matrix, msrv, pymodaq, random, readme, repack, simulation, sources,
    static_binary, wasm,
};

/// What `test` and `ci` run. The command line's program is built once and then used by all that follow.
const CHECKS: &[Step] = &[
    Step { name: "format", about: "rustfmt", package: None, run: cargo_checks::format },
    Step { name: "sources", about: "file lengths, ASCII", package: None, run: sources::run },
    Step {
        name: "dependencies",
        about: "licences, no C in the build",
        package: None,
        run: dependencies::run,
    },
    Step { name: "clippy", about: "lints, warnings are errors", package: None, run: cargo_checks::clippy },
    Step {
        name: "features",
        about: "each feature alone, and none",
        package: None,
        run: cargo_checks::features,
    },
    Step { name: "unit", about: "unit and integration tests", package: None, run: cargo_checks::unit },
    Step {
        name: "doctests",
        about: "examples in the documentation",
        package: None,
        run: cargo_checks::doctests,
    },
    Step { name: "docs", about: "rustdoc, warnings are errors", package: None, run: cargo_checks::docs },
    Step { name: "msrv", about: "the oldest compiler promised", package: None, run: msrv::run },
    Step { name: "page", about: "the browser's page and its module", package: None, run: browser::page },
    Step { name: "binary", about: "release build of `h5`", package: Some(H5), run: binary::run },
    Step { name: "readme", about: "the README's commands", package: Some(H5), run: readme::run },
    Step {
        name: "interop",
        about: "against h5py, PyTables and netCDF4",
        package: Some(H5),
        run: interop::run,
    },
    Step {
        name: "matrix",
        about: "what is written, read by other programs",
        package: Some("h5-testkit"),
        run: matrix::run,
    },
    Step {
        name: "pymodaq",
        about: "files exchanged with the real PyMoDAQ",
        package: Some("pymodaq-h5"),
        run: pymodaq::run,
    },
    Step {
        name: "conformance",
        about: "the corpus of foreign files",
        package: Some(H5),
        run: conformance::run,
    },
    Step {
        name: "repack",
        about: "copies of foreign files within each bound",
        package: Some(H5),
        run: repack::run,
    },
    Step {
        name: "crash",
        about: "every state that a crash can leave",
        package: Some("h5-testkit"),
        run: crash::run,
    },
    Step {
        name: "live",
        about: "files that are read while they are written",
        package: Some("h5-testkit"),
        run: live::run,
    },
    Step {
        name: "killed",
        about: "what killed writers leave, ours and the C library's",
        package: Some(H5),
        run: killed::run,
    },
    Step {
        name: "simulation",
        about: "schedules of a writer and live readers",
        package: Some("h5-testkit"),
        run: simulation::run,
    },
    Step {
        name: "random",
        about: "random changes, and h5py on what they leave",
        package: Some(H5),
        run: random::run,
    },
    Step {
        name: "libhdf5",
        about: "the C library as a backend, and against ours",
        package: Some("h5-libhdf5"),
        run: libhdf5::run,
    },
    Step {
        name: "browser",
        about: "the page in Chromium, served and static",
        package: Some(H5),
        run: browser::run,
    },
    Step { name: "hsds", about: "the real HSDS, and h5pyd", package: Some(H5), run: hsds::run },
    Step { name: "malformed", about: "files made to break readers", package: Some(H5), run: malformed::run },
    Step {
        name: "static",
        about: "a program without shared libraries",
        package: Some(H5),
        run: static_binary::run,
    },
    Step { name: "wasm", about: "wasm32-unknown-unknown, read from Node", package: None, run: wasm::run },
    Step { name: "fuzz", about: "each target for a while", package: None, run: fuzz::run },
];

/// Tasks that are run by name only.
const CHORES: &[Step] = &[Step {
    name: "bench",
    about: "measure; arguments after --",
    package: Some("h5-bench"),
    run: bench::run,
}];

/// The package of the `h5` program.
const H5: &str = "h5-cli";

/// The steps of a task: all checks for `test` and `ci`, else the one of that name, after the build that it needs.
pub(crate) fn steps(task: &str) -> Result<Vec<&'static Step>, String> {
    if matches!(task, "test" | "ci") {
        return Ok(CHECKS.iter().collect());
    }
    let step = CHECKS.iter().chain(CHORES).find(|step| step.name == task);
    let step = step.ok_or_else(|| format!("no task {task}; `cargo xtask list` shows what there is"))?;
    let build = CHECKS.iter().find(|other| other.name == "binary");
    let first = build.filter(|build| step.package == Some(H5) && build.name != step.name);
    Ok(first.into_iter().chain([step]).collect())
}

/// Prints what there is.
pub(crate) fn print_list() {
    println!("cargo xtask TASK [--full] [--seconds N] [--only TEXT] [-- ARGUMENTS]\n");
    println!("  {:<13} every check below; a missing tool leaves its check out and is said", "test");
    println!("  {:<13} the same; a missing tool is a failure (as with CI=true)", "ci");
    for step in CHECKS.iter().chain(CHORES) {
        println!("  {:<13} {}", step.name, step.about);
    }
    println!(
        "\n--full: fuzz each target 600 s instead of 20 s, all states of a crash instead of a sample, 1,000 kills instead of 100, 100,000 schedules instead of 2,000, 2,000 random programs instead of 240, copies of all foreign files instead of 150, all cases on HSDS instead of every eighth; --seconds: that long; --only: conformance, repack and hsds on paths with TEXT, fuzz targets with it in their names"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(task: &str) -> Vec<&'static str> {
        steps(task).unwrap().iter().map(|step| step.name).collect()
    }

    #[test]
    fn names_are_distinct() {
        let mut names: Vec<_> = CHECKS.iter().chain(CHORES).map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CHECKS.len() + CHORES.len());
    }

    #[test]
    fn ci_runs_every_check() {
        assert_eq!(names("ci").len(), CHECKS.len());
        assert_eq!(names("ci"), names("test"));
    }

    #[test]
    fn a_check_of_the_program_builds_it_first() {
        assert_eq!(names("interop"), ["binary", "interop"]);
        assert_eq!(names("binary"), ["binary"]);
        assert_eq!(names("format"), ["format"]);
        assert!(steps("nothing").is_err());
    }
}
