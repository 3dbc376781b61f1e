//! Whether two files hold the same, whatever their storage.

use std::collections::BTreeSet;

use h5::File;
use serde_json::{Map, Value};

use super::digest;

/// Fields of an object that follow from how it is stored.
const STORAGE: [&str; 5] = ["layout", "filters", "storage", "refcount", "data_error"];
/// Differences that are told.
const LARGEST_DIFFERENCE_COUNT: usize = 20;

/// What differs between the digests of two files, in words; nothing if they hold the same.
pub(crate) fn differences(one: &File, other: &File) -> Vec<String> {
    let (one, other) = (digest(one), digest(other));
    let mut found = Vec::new();
    if let Some(error) = other.get("error") {
        found.push(format!("the copy cannot be read: {error}"));
    }
    for part in ["objects", "links"] {
        let empty = Map::new();
        let of = |digest: &'_ Value| digest.get(part).and_then(Value::as_object).cloned();
        let (one, other) = (of(&one).unwrap_or(empty.clone()), of(&other).unwrap_or(empty));
        let paths: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        for path in paths {
            if found.len() >= LARGEST_DIFFERENCE_COUNT {
                return found;
            }
            match (one.get(path), other.get(path)) {
                (Some(one), Some(other)) => compare(path, one, other, &mut found),
                (Some(_), None) => found.push(format!("{path}: missing in the copy")),
                _ => found.push(format!("{path}: only in the copy")),
            }
        }
    }
    found
}

fn compare(path: &str, one: &Value, other: &Value, found: &mut Vec<String>) {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else { return };
    let fields: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    for field in fields {
        if STORAGE.contains(&field.as_str()) {
            continue;
        }
        let (before, after) = (one.get(field), other.get(field));
        let same = match field.as_str() {
            "fill" => fill(before) == fill(after),
            _ => before == after,
        };
        if !same {
            found.push(format!("{path}: {field}"));
        }
    }
}

/// When storage is allocated follows from the layout.
fn fill(fill: Option<&Value>) -> Option<Map<String, Value>> {
    let mut fill = fill?.as_object()?.clone();
    fill.remove("alloc_time");
    Some(fill)
}
