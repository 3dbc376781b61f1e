//! Where a standard library for `wasm32-unknown-unknown` comes from.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::command::{self, capture, command};
use crate::context::Context;

/// The target of the browser.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's compiler, its standard library's source and the linker for the target.
const DEBIAN_PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// What only a standard library that is compiled along the way allows: panics are traps at once, without the text that nobody in a page
/// would see; the places of panics are left out, and what `derive(Debug)` would say, which no message of ours has.
const SMALL: &str = "-Cpanic=immediate-abort -Zunstable-options -Zlocation-detail=none -Zfmt-debug=shallow";

/// A compiler that can build for the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The one that runs this program, with the target added by rustup.
    Active,
    /// The distribution's, with the target's standard library in its place.
    System,
    /// The distribution's, which compiles the standard library from the distribution's source along the way.
    SystemWithSource,
}

impl Toolchain {
    /// The first of the three that works; in strict runs Debian's packages are installed if that is what it takes.
    pub(crate) fn find(context: &Context) -> Option<Self> {
        let rustup = ["target", "add", TARGET];
        if has_library("rustc", &context.root)
            || command::run(&mut command("rustup", &rustup, &context.root)).is_ok()
                && has_library("rustc", &context.root)
        {
            return Some(Self::Active);
        }
        if has_library(DEBIAN_RUSTC, &context.root) {
            return Some(Self::System);
        }
        if !has_source(&context.root) && context.is_strict() {
            command::install(DEBIAN_PACKAGES, &context.root).map_err(|error| println!("{error}")).ok()?;
        }
        has_source(&context.root).then_some(Self::SystemWithSource)
    }

    /// The one that makes the smallest modules: it compiles the standard library along the way, where there is such a one.
    pub(crate) fn find_smallest(context: &Context) -> Option<Self> {
        let found = Self::find(context);
        if found.is_some() && has_source(&context.root) { Some(Self::SystemWithSource) } else { found }
    }

    /// `cargo ARGUMENTS`, with flags for a module that is to be small.
    pub(crate) fn small_cargo(self, context: &Context, arguments: &[&str], flags: &str) -> Command {
        let mut cargo = self.cargo(context, arguments);
        if self == Self::SystemWithSource {
            cargo.arg("-Zbuild-std-features=optimize_for_size").env("RUSTFLAGS", format!("{flags} {SMALL}"));
        } else {
            cargo.env("RUSTFLAGS", flags);
        }
        cargo
    }

    /// Whether modules are as small as they can be.
    pub(crate) fn is_smallest(self) -> bool {
        self == Self::SystemWithSource
    }

    /// `cargo ARGUMENTS` of this toolchain.
    pub(crate) fn cargo(self, context: &Context, arguments: &[&str]) -> Command {
        if self == Self::Active {
            return command::cargo(arguments, &context.root);
        }
        let mut cargo = command(DEBIAN_CARGO, arguments, &context.root);
        // An explicit compiler: the `rustc` of the search path may be rustup's.
        cargo.env("RUSTC", DEBIAN_RUSTC);
        if self == Self::SystemWithSource {
            // A stable compiler takes -Z options only with this variable; nothing but the standard library needs it.
            cargo.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_abort");
        }
        cargo
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active toolchain",
            Self::System => "the system's toolchain",
            Self::SystemWithSource => "the system's toolchain, standard library from source",
        })
    }
}

/// Does this compiler's own directory hold the target's standard library?
fn has_library(rustc: &str, root: &Path) -> bool {
    let arguments = ["--print", "target-libdir", "--target", TARGET];
    let Ok(directory) = capture(&mut command(rustc, &arguments, root)) else { return false };
    let Ok(entries) = fs::read_dir(directory.trim()) else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}

/// Does the distribution's compiler come with the standard library's source and its linker for the target?
fn has_source(root: &Path) -> bool {
    let Ok(sysroot) = capture(&mut command(DEBIAN_RUSTC, &["--print", "sysroot"], root)) else {
        return false;
    };
    let source = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/std/Cargo.toml");
    source.is_file() && Path::new(DEBIAN_CARGO).is_file() && command::exists("rust-lld")
}
