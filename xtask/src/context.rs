//! Where things are and what was asked for.

use std::env;
use std::path::{Path, PathBuf};

use crate::report::Outcome;
use crate::workspace::{self, Package};

/// What the command line says after the task's name.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Long forms: `fuzz` runs 600 s a target, `crash` tries every state, `random` and `libhdf5` run 2,000 programs.
    pub(crate) full: bool,
    /// Fuzzing time for each target, in seconds.
    pub(crate) seconds: Option<u64>,
    /// Conformance: only files whose path holds this text.
    pub(crate) only: Option<String>,
    /// What follows `--`, handed on as it is.
    pub(crate) rest: Vec<String>,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--full" => options.full = true,
                "--only" => options.only = Some(value()?),
                "--seconds" => {
                    let text = value()?;
                    let seconds = text.parse().map_err(|_| format!("--seconds {text}: not a number"))?;
                    options.seconds = Some(seconds);
                }
                "--" => {
                    options.rest = arguments.collect();
                    break;
                }
                other => {
                    return Err(format!("unknown argument {other}; `cargo xtask list` shows what there is"));
                }
            }
        }
        Ok(options)
    }
}

/// Everything a task needs to know of its surroundings.
#[derive(Debug)]
pub(crate) struct Context {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Cargo's target directory, wherever it was put.
    pub(crate) target: PathBuf,
    /// The workspace's own packages.
    pub(crate) packages: Vec<Package>,
    /// What the command line says.
    pub(crate) options: Options,
    /// A missing tool is a failure, not a reason to leave a step out.
    strict: bool,
}

impl Context {
    /// The surroundings of this run. `strict` is also switched on by the variable `CI`.
    pub(crate) fn new(options: Options, strict: bool) -> Result<Self, String> {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask lies at the top level")?.to_owned();
        let (target, packages) = workspace::describe(&root)?;
        let strict = strict || env::var("CI").is_ok_and(|value| value == "true" || value == "1");
        Ok(Self { root, target, packages, options, strict })
    }

    /// The `h5` program as the `binary` step builds it.
    pub(crate) fn h5_program(&self) -> PathBuf {
        self.target.join("release").join("h5").with_extension(env::consts::EXE_EXTENSION)
    }

    /// All features of all packages but those that need the C library, as cargo takes them.
    pub(crate) fn features_without_c(&self) -> String {
        let of_package = |package: &Package| -> Vec<String> {
            let features = package.features.iter().filter(|feature| !package.needs_c(feature));
            features.map(|feature| format!("{}/{feature}", package.name)).collect()
        };
        self.packages.iter().flat_map(of_package).collect::<Vec<_>>().join(",")
    }

    /// Does the workspace have this package?
    pub(crate) fn has_package(&self, name: &str) -> bool {
        self.packages.iter().any(|package| package.name == name)
    }

    /// The corpus of foreign files: `$H5_CORPUS`, or `../shared/corpus` beside the checkout. It is not part of the
    /// repository, so that its absence is no failure.
    pub(crate) fn corpus(&self) -> Option<PathBuf> {
        let place = match env::var_os("H5_CORPUS") {
            Some(place) => PathBuf::from(place),
            None => self.root.parent()?.join("shared").join("corpus"),
        };
        place.join("conformance.py").is_file().then_some(place)
    }

    /// Is a missing tool a failure, and may the system's packages be installed?
    pub(crate) fn is_strict(&self) -> bool {
        self.strict
    }

    /// A tool is missing and could not be had: CI fails, a developer's run says so and goes on.
    pub(crate) fn missing(&self, what: impl Into<String>) -> Result<Outcome, String> {
        let what = what.into();
        if self.strict { Err(what) } else { Ok(Outcome::NotRun(what)) }
    }
}
