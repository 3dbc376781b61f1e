//! The oldest compiler that `workspace.package.rust-version` promises.

use crate::command;
use crate::context::Context;
use crate::report::Outcome;
use crate::workspace;

/// Checks the workspace with that compiler, fetched by rustup where it is not there yet. Where rustup cannot have it, the
/// lint `incompatible_msrv` of the `clippy` step is what remains, and the table says so.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let version = workspace::rust_version(&context.root)?;
    let install = ["toolchain", "install", &version, "--profile", "minimal", "--no-self-update"];
    if command::run(&mut command::command("rustup", &install, &context.root)).is_err() {
        return Ok(Outcome::NotRun(format!("rustup cannot fetch Rust {version}; only clippy's view holds")));
    }
    // A target directory of its own: the artefacts of two compilers in one directory would evict each other.
    let target = context.target.join("msrv");
    let features = context.features_without_c();
    let check = ["run", &version, "cargo", "check", "--workspace", "--features", &features];
    command::run(command::command("rustup", &check, &context.root).env("CARGO_TARGET_DIR", target))?;
    Ok(Outcome::Passed(format!("Rust {version}")))
}
