//! The reading crates in WebAssembly: built for `wasm32-unknown-unknown`, and used from Node.

use super::wasm_toolchain::{TARGET, Toolchain};
use crate::command::{self, capture, command};
use crate::context::Context;
use crate::report::Outcome;

/// The crates that a browser needs to read a file.
const READING: &[&str] = &["h5-types", "h5-format", "h5-filters", "h5-backend", "h5-native"];
/// The small module that the Node script loads.
const MODULE: &str = "h5-wasm-reader";

/// Builds without default features (no memory map, no threads) and reads a dataset from Node.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let Some(toolchain) = Toolchain::find(context) else {
        return context.missing(format!(
            "the standard library for {TARGET} cannot be had: `rustup target add {TARGET}` failed, and so did Debian's \
             packages of the `rustc-web` family (they are installed by `cargo xtask ci` as root)"
        ));
    };
    // Two compilers may take part here, so the artefacts keep to a directory of their own.
    let target = context.target.join("wasm");
    let mut packages = READING.to_vec();
    packages.extend(context.has_package(MODULE).then_some(MODULE));
    let mut build =
        toolchain.cargo(context, &["build", "--release", "--no-default-features", "--target", TARGET]);
    build.args(packages.iter().flat_map(|package| ["--package", package]));
    command::run(build.env("CARGO_TARGET_DIR", &target))?;
    if !context.has_package(MODULE) {
        return Ok(Outcome::Passed("built; nothing read yet".to_owned()));
    }
    if let Err(error) = capture(&mut command("node", &["--version"], &context.root)) {
        return context
            .missing(format!("Node.js 18 or newer is needed (Debian: apt-get install nodejs): {error}"));
    }
    let module = target.join(TARGET).join("release/h5_wasm_reader.wasm");
    command::run(command("node", &["tests/wasm/read.mjs"], &context.root).arg(module))?;
    Ok(Outcome::Passed(toolchain.to_string()))
}
