//! The browser: its module and its page are built, and the page is tried in Chromium in both of its shapes.

use std::fs;
use std::path::{Path, PathBuf};

use super::python;
use super::wasm_toolchain::{TARGET, Toolchain};
use crate::command::{self, capture, command, exists};
use crate::context::Context;
use crate::report::Outcome;

/// Where the page is.
const FRONTEND: &str = "crates/h5-web/frontend";
/// The crate of the module.
const MODULE: &str = "h5-web-wasm";
/// Largest module, in bytes after gzip. The goal is 300,000 (decision 9 says what is in the way); until then it must not grow.
const LARGEST_MODULE: usize = 600_000;
/// Debian's packages.
const CHROMIUM: &str = "chromium";
const BINARYEN: &str = "binaryen";
/// What Chromium may be called.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Builds the module and the page, before the program that embeds it.
pub(crate) fn page(context: &Context) -> Result<Outcome, String> {
    if let Err(error) = capture(&mut command("npm", &["--version"], &context.root)) {
        return context.missing(format!(
            "Node.js 20 or newer with npm is needed (Debian: apt-get install npm): {error}"
        ));
    }
    let Some(toolchain) = Toolchain::find(context) else {
        return context.missing(format!("the standard library for {TARGET} cannot be had"));
    };
    let module = module(context, toolchain)?;
    let bytes = fs::read(&module).map_err(|error| format!("{}: {error}", module.display()))?;
    let frontend = context.root.join(FRONTEND);
    command::run(&mut command("npm", &["ci", "--no-audit", "--no-fund"], &frontend))?;
    command::run(command("npm", &["run", "build"], &frontend).env("H5_WASM", &module))?;
    let packed = packed_size(context, &module)?;
    if packed > LARGEST_MODULE {
        return Err(format!("the module has {packed} bytes after gzip, at most {LARGEST_MODULE}"));
    }
    Ok(Outcome::Passed(format!("module of {} bytes, {packed} after gzip; {toolchain}", bytes.len())))
}

/// The module, for reading only and as small as can be.
fn module(context: &Context, toolchain: Toolchain) -> Result<PathBuf, String> {
    let target = context.target.join("wasm");
    let arguments = ["build", "--profile", "wasm", "--package", MODULE, "--target", TARGET];
    let mut build = toolchain.cargo(context, &arguments);
    command::run(build.env("CARGO_TARGET_DIR", &target).env("RUSTFLAGS", "--cfg h5_read_only"))?;
    let built = target.join(TARGET).join("wasm/h5_web_wasm.wasm");
    let module = target.join("h5.wasm");
    if !exists("wasm-opt") && context.is_strict() {
        command::install(&[BINARYEN], &context.root)?;
    }
    if exists("wasm-opt") {
        let mut smaller = command("wasm-opt", &["-Oz", "--strip-debug", "--strip-producers"], &context.root);
        command::run(smaller.arg(&built).arg("-o").arg(&module))?;
    } else {
        println!("without wasm-opt (Debian: apt-get install {BINARYEN}) the module is a quarter larger");
        fs::copy(&built, &module).map_err(|error| format!("{}: {error}", built.display()))?;
    }
    Ok(module)
}

/// Bytes of a file after gzip, as hosts send it.
fn packed_size(context: &Context, file: &Path) -> Result<usize, String> {
    let script = "process.stdout.write(String(require('zlib').gzipSync(require('fs').readFileSync(process.argv[1]), {level: 9}).length))";
    let said = capture(command("node", &["-e", script], &context.root).arg(file))?;
    said.trim().parse().map_err(|_| format!("node said {said:?}"))
}

/// Tries the page in Chromium: served by `h5 browse`, and on a static host.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let dist = context.root.join(FRONTEND).join("dist");
    if !dist.join("index.html").is_file() || !dist.join("h5.wasm").is_file() {
        let built = page(context)?;
        if let Outcome::NotRun(_) = built {
            return Ok(built);
        }
    }
    // With the page that was just built in it.
    command::run(&mut command::cargo(&["build", "--release", "--package", "h5-cli"], &context.root))?;
    if browser().is_none() && context.is_strict() {
        command::install(&[CHROMIUM], &context.root)?;
    }
    let Some(browser) = browser() else {
        return context.missing(format!("Chromium is needed (Debian: apt-get install {CHROMIUM})"));
    };
    let python = match python::environment(context) {
        Ok(python) => python,
        Err(reason) => return context.missing(reason),
    };
    let frontend = context.root.join(FRONTEND);
    if !frontend.join("node_modules").is_dir() {
        command::run(&mut command("npm", &["ci", "--no-audit", "--no-fund"], &frontend))?;
    }
    let mut tests = command("npm", &["test", "--"], &frontend);
    tests.args(&context.options.rest);
    tests.env("H5_PROGRAM", context.h5_program()).env("H5_PYTHON", python).env("CHROMIUM", browser);
    if let Some(corpus) = context.corpus() {
        tests.env("H5_CORPUS", corpus);
    }
    command::run(&mut tests)?;
    Ok(Outcome::passed())
}

/// Where Chromium is.
fn browser() -> Option<PathBuf> {
    let directories = std::env::var_os("PATH")?;
    let places = std::env::split_paths(&directories);
    places.flat_map(|place| BROWSERS.map(|name| place.join(name))).find(|path| path.is_file())
}
