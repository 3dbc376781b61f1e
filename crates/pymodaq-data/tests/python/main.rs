//! What this crate answers, compared with what pymodaq_data 5.3.0 answered to the same (`make.py` beside the cases).

#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod data;
mod json;
mod text;

use serde_json::Value as Json;

/// The cases of a table.
fn cases(table: &str) -> Vec<Json> {
    let path = fixture("cases.json");
    let all: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = all[table].as_array().unwrap().clone();
    assert!(!cases.is_empty(), "{table} has no cases");
    cases
}

fn fixture(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/pymodaq/data").join(name)
}
