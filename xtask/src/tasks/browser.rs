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
/// The crates of the modules, and the files that they become: the responder, and the filters that it loads when a dataset needs them.
const MODULES: [(&str, &str); 2] = [("h5-web-wasm", "h5.wasm"), ("h5-web-wasm-filters", "h5-filters.wasm")];
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
    let Some(toolchain) = Toolchain::find_smallest(context) else {
        return context.missing(format!("the standard library for {TARGET} cannot be had"));
    };
    let folder = context.target.join("wasm/page");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for (package, file) in MODULES {
        module(context, toolchain, package, &folder.join(file))?;
    }
    let frontend = context.root.join(FRONTEND);
    command::run(&mut command("npm", &["ci", "--no-audit", "--no-fund"], &frontend))?;
    let mut build = command("npm", &["run", "build"], &frontend);
    if !toolchain.is_smallest() {
        println!("with {toolchain} the modules are a tenth larger: they are not held against their limits");
        build.env("H5_WASM_LARGE", "1");
    }
    command::run(build.env("H5_WASM", &folder))?;
    command::run(command("node", &["tests/wasm/filters.mjs"], &context.root).arg(&folder))?;
    Ok(Outcome::Passed(toolchain.to_string()))
}

/// A module, for reading only and as small as can be.
fn module(context: &Context, toolchain: Toolchain, package: &str, module: &Path) -> Result<(), String> {
    let target = context.target.join("wasm");
    // One package at a time: together they would have the features of both.
    let arguments = ["build", "--profile", "wasm", "--package", package, "--target", TARGET];
    let mut build = toolchain.small_cargo(context, &arguments, "--cfg h5_read_only");
    command::run(build.env("CARGO_TARGET_DIR", &target))?;
    let built = target.join(TARGET).join("wasm").join(format!("{}.wasm", package.replace('-', "_")));
    if !exists("wasm-opt") && context.is_strict() {
        command::install(&[BINARYEN], &context.root)?;
    }
    if exists("wasm-opt") {
        // What has one caller is left where it is: it may be like something else, which gzip then finds.
        let flags = ["-Oz", "--one-caller-inline-max-function-size=0", "--strip-debug", "--strip-producers"];
        let mut smaller = command("wasm-opt", &flags, &context.root);
        command::run(smaller.arg(&built).arg("-o").arg(module))?;
    } else {
        println!("without wasm-opt (Debian: apt-get install {BINARYEN}) the module is a quarter larger");
        fs::copy(&built, module).map_err(|error| format!("{}: {error}", built.display()))?;
    }
    let script = context.root.join(FRONTEND).join("build/order.mjs");
    command::run(command("node", &[], &context.root).arg(script).arg(module))?;
    Ok(())
}

/// Builds the program with the page in it, and the page where there is none; tells what came instead if it cannot be had.
pub(super) fn program_with_page(context: &Context) -> Result<Option<Outcome>, String> {
    let dist = context.root.join(FRONTEND).join("dist");
    if !dist.join("index.html").is_file() || !dist.join("h5-filters.wasm").is_file() {
        let built = page(context)?;
        if let Outcome::NotRun(_) = built {
            return Ok(Some(built));
        }
    }
    command::run(&mut command::cargo(&["build", "--release", "--package", "h5-cli"], &context.root))?;
    Ok(None)
}

/// Tries the page in Chromium: served by `h5 browse`, and on a static host.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    if let Some(without) = program_with_page(context)? {
        return Ok(without);
    }
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
