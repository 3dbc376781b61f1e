//! What the packages of others bring along: their licences, and no C compiler.

use std::fs;

use crate::command::{capture, cargo};
use crate::context::Context;
use crate::report::Outcome;
use crate::workspace;

/// Packages whose presence in a build means that C or C++ is compiled or linked.
const C_BUILDERS: &[&str] = &[
    "autotools",
    "bindgen",
    "cc",
    "cmake",
    "hdf5-metno-src",
    "hdf5-metno-sys",
    "libz-sys",
    "pkg-config",
    "vcpkg",
];

/// Checks licences against `deny.toml`, and that a default build needs no C.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let deny =
        fs::read_to_string(context.root.join("deny.toml")).map_err(|error| format!("deny.toml: {error}"))?;
    let allowed = allowed_licences(&deny);
    if allowed.is_empty() {
        return Err("deny.toml allows no licence".to_owned());
    }
    let packages = workspace::licences(&context.root)?;
    let mut faults: Vec<_> = packages
        .iter()
        .filter(|(_, licence)| !is_allowed(licence, &allowed))
        .map(|(name, licence)| format!("{name}: licence `{licence}` is not allowed by deny.toml"))
        .collect();
    faults.extend(c_builders(context)?);
    faults.iter().for_each(|fault| println!("{fault}"));
    match faults.first() {
        None => Ok(Outcome::Passed(format!("{} packages", packages.len()))),
        Some(first) => Err(first.clone()),
    }
}

/// Every package that pulls a C build into the default features.
fn c_builders(context: &Context) -> Result<Vec<String>, String> {
    let mut faults = Vec::new();
    for package in &context.packages {
        let arguments = ["tree", "--package", &package.name, "--edges", "normal,build", "--prefix", "none"];
        let tree = capture(&mut cargo(&arguments, &context.root))?;
        let names = tree.lines().filter_map(|line| line.split(' ').next());
        let found = names.filter(|name| C_BUILDERS.contains(name));
        faults.extend(found.map(|name| format!("{} depends on {name}: a C build", package.name)));
    }
    Ok(faults)
}

/// The names between the brackets of `allow = [...]`.
fn allowed_licences(deny: &str) -> Vec<&str> {
    let list = deny.split_once("allow = [").and_then(|(_, rest)| rest.split_once(']'));
    let quoted = list.map(|(list, _)| list.split('"')).into_iter().flatten();
    quoted.skip(1).step_by(2).collect()
}

/// Is a licence expression met by the allowed licences? Every part of an `AND` needs one allowed branch of its `OR`.
/// Stricter than SPDX for an `AND` inside an `OR`, never laxer.
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    plain.split(" AND ").all(|part| part.split(" OR ").any(|name| allowed.contains(&name.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENY: &str = "[licenses]\nallow = [\n    \"MIT\", # usual\n    \"Zlib\",\n]\nconfidence = 1\n";

    #[test]
    fn licences_are_read_from_the_list() {
        assert_eq!(allowed_licences(DENY), ["MIT", "Zlib"]);
        assert!(allowed_licences("[licenses]\n").is_empty());
    }

    #[test]
    fn expressions_are_judged() {
        let allowed = ["MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"];
        for good in
            ["MIT", "GPL-3.0 OR MIT", "GPL-3.0/MIT", "(MIT OR X) AND Zlib", "Apache-2.0 WITH LLVM-exception"]
        {
            assert!(is_allowed(good, &allowed), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Zlib) AND GPL-3.0", "Apache-2.0"] {
            assert!(!is_allowed(bad, &allowed), "{bad}");
        }
    }
}
