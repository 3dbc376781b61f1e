//! Embeds the page, if it was built: `frontend/dist`.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let dist = root.join("frontend").join("dist");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut found = Vec::new();
    if dist.join("index.html").is_file() {
        collect(&dist, &dist, &mut found)?;
    }
    found.sort();
    let mut code =
        "/// The files of the page by their paths.\npub(super) static FILES: &[(&str, &[u8])] = &[\n"
            .to_owned();
    for (name, path) in found {
        println!("cargo::rerun-if-changed={}", path.display());
        // Writing to a string does not fail.
        let _ = writeln!(code, "    ({name:?}, include_bytes!({:?})),", path.display().to_string());
    }
    code.push_str("];\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("page.rs"), code)
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
