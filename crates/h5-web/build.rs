//! Embeds the page, if it was built: `frontend/dist`.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let variable = |name: &str| PathBuf::from(env::var_os(name).unwrap_or_default());
    let (root, out) = (variable("CARGO_MANIFEST_DIR"), variable("OUT_DIR"));
    let dist = root.join("frontend").join("dist");
    println!("cargo::rerun-if-changed=build.rs");
    // Who works on the page names it by `--page` and does not want to wait for a build.
    let is_wanted = env::var_os("CARGO_FEATURE_SERVER").is_some()
        && env::var("PROFILE").is_ok_and(|name| name == "release");
    let mut found = Vec::new();
    if is_wanted {
        println!("cargo::rerun-if-changed={}", dist.display());
        if dist.join("index.html").is_file() {
            collect(&dist, &dist, &mut found)?;
        }
    }
    found.sort();
    let mut code =
        "/// The files of the page by their paths.\npub(super) static FILES: &[(&str, &[u8])] = &[\n"
            .to_owned();
    for (number, (name, path)) in found.iter().enumerate() {
        println!("cargo::rerun-if-changed={}", path.display());
        // A copy, so that the page may be built anew while this is compiled.
        let copy = out.join(format!("page-{number}"));
        fs::copy(path, &copy)?;
        // Writing to a string does not fail.
        let _ = writeln!(code, "    ({name:?}, include_bytes!({:?})),", copy.display().to_string());
    }
    code.push_str("];\n");
    fs::write(out.join("page.rs"), code)
}

/// All files below a directory, but for those that only a static page needs.
fn collect(root: &Path, directory: &Path, found: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, found)?;
            continue;
        }
        let is_left_out = path.extension().is_some_and(|extension| extension == "wasm" || extension == "map");
        if let (false, Ok(name)) = (is_left_out, path.strip_prefix(root)) {
            found.push((name.to_string_lossy().replace('\\', "/"), path.clone()));
        }
    }
    Ok(())
}
