//! What `cargo metadata` says of the workspace.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::command::{capture, cargo};

/// One of the workspace's own packages.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its features other than `default`, in order.
    pub(crate) features: Vec<String>,
}

/// Features that need the C library, of whatever package: the step `libhdf5` has them.
const NEEDING_C: &[(&str, &str)] = &[
    ("h5-libhdf5", "link"),
    ("h5-libhdf5", "static"),
    ("h5-cli", "libhdf5"),
    ("h5-cli", "libhdf5-static"),
    ("pymodaq-h5", "libhdf5"),
];

impl Package {
    /// Does the feature need the C library?
    pub(crate) fn needs_c(&self, feature: &str) -> bool {
        NEEDING_C.contains(&(self.name.as_str(), feature))
    }
}

/// The target directory and the packages of the workspace.
pub(crate) fn describe(root: &Path) -> Result<(PathBuf, Vec<Package>), String> {
    let metadata = metadata(root, &["--no-deps"])?;
    let target = metadata.get("target_directory").and_then(Value::as_str);
    let target = target.ok_or("cargo metadata names no target directory")?;
    let packages = packages(&metadata).map(package).collect::<Option<Vec<_>>>();
    Ok((PathBuf::from(target), packages.ok_or("cargo metadata lists a package without a name")?))
}

/// Packages that name no licence but bring its text, and which it is.
const CLARIFIED: &[(&str, &str)] = &[("hdf5-metno-src", "BSD-3-Clause")];

/// Name and licence expression of every package that the workspace needs, its own included.
pub(crate) fn licences(root: &Path) -> Result<Vec<(String, String)>, String> {
    let metadata = metadata(root, &["--all-features"])?;
    let named = packages(&metadata).filter_map(|package| {
        let name = package.get("name")?.as_str()?;
        let licence = package.get("license").and_then(Value::as_str);
        let clarified = || CLARIFIED.iter().find(|(known, _)| *known == name).map(|(_, licence)| *licence);
        Some((name.to_owned(), licence.or_else(clarified).unwrap_or_default().to_owned()))
    });
    Ok(named.collect())
}

/// The oldest compiler that the workspace promises to build with.
pub(crate) fn rust_version(root: &Path) -> Result<String, String> {
    let metadata = metadata(root, &["--no-deps"])?;
    let versions = packages(&metadata).filter_map(|package| package.get("rust_version")?.as_str());
    versions.last().map(str::to_owned).ok_or_else(|| "no package has a rust-version".to_owned())
}

fn metadata(root: &Path, arguments: &[&str]) -> Result<Value, String> {
    let mut all = vec!["metadata", "--format-version", "1"];
    all.extend(arguments);
    let text = capture(&mut cargo(&all, root))?;
    serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata.get("packages").and_then(Value::as_array).into_iter().flatten()
}

fn package(value: &Value) -> Option<Package> {
    let name = value.get("name")?.as_str()?.to_owned();
    let features = value.get("features")?.as_object()?.keys();
    Some(Package { name, features: features.filter(|feature| *feature != "default").cloned().collect() })
}
