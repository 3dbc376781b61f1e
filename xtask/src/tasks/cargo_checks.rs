//! The checks that cargo does by itself.

use crate::command::{cargo, run};
use crate::context::Context;
use crate::report::Outcome;

/// Is everything formatted?
pub(crate) fn format(context: &Context) -> Result<Outcome, String> {
    run(&mut cargo(&["fmt", "--all", "--check"], &context.root))?;
    Ok(Outcome::passed())
}

/// Lints over libraries, programs, tests, benches and examples. What needs the C library is linted by the step `libhdf5`.
pub(crate) fn clippy(context: &Context) -> Result<Outcome, String> {
    let features = context.features_without_c();
    let arguments =
        ["clippy", "--workspace", "--all-targets", "--features", &features, "--", "-D", "warnings"];
    run(&mut cargo(&arguments, &context.root))?;
    Ok(Outcome::passed())
}

/// Each package with no feature and with each feature alone; all together and the default are what the other checks
/// build. Package by package, since a feature asked for by one member of the workspace is there for all.
pub(crate) fn features(context: &Context) -> Result<Outcome, String> {
    let mut combinations = 0_usize;
    for package in &context.packages {
        let name = package.name.as_str();
        let base = ["check", "--quiet", "--package", name, "--no-default-features"];
        run(&mut cargo(&base, &context.root))?;
        combinations = combinations.saturating_add(1);
        for feature in package.features.iter().filter(|feature| !package.needs_c(feature)) {
            run(cargo(&base, &context.root).args(["--features", feature]))?;
            combinations = combinations.saturating_add(1);
        }
    }
    Ok(Outcome::Passed(format!("{combinations} combinations")))
}

/// Unit and integration tests.
pub(crate) fn unit(context: &Context) -> Result<Outcome, String> {
    run(&mut cargo(&["test", "--workspace", "--all-targets", "--no-fail-fast"], &context.root))?;
    Ok(Outcome::passed())
}

/// The examples in doc comments and READMEs.
pub(crate) fn doctests(context: &Context) -> Result<Outcome, String> {
    run(&mut cargo(&["test", "--workspace", "--doc", "--no-fail-fast"], &context.root))?;
    Ok(Outcome::passed())
}

/// The documentation, private items too: a broken link misleads whoever works on the code as well.
pub(crate) fn docs(context: &Context) -> Result<Outcome, String> {
    for extra in [None, Some("--document-private-items")] {
        let features = context.features_without_c();
        let mut command = cargo(&["doc", "--workspace", "--no-deps", "--features", &features], &context.root);
        run(command.args(extra).env("RUSTDOCFLAGS", "-D warnings"))?;
    }
    Ok(Outcome::passed())
}
