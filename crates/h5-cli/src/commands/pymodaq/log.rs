//! `h5 pymodaq log`.

use std::ffi::OsStr;
use std::io::Write as _;

use pymodaq_h5::{NodeKind, StringARRAY};
use serde_json::json;

use super::settings;
use crate::args::GlobalArgs;
use crate::describe::{error_json, printable};
use crate::failure::{self, Exit, Failure, Outcome};
use crate::json::{ListDocument, record};
use crate::out::Out;
use crate::pymodaq_file::Place;

pub(super) fn run(place: &OsStr, json: bool, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let place = Place::open(place, global)?;
    let logs = logs(&place)?;
    if logs.is_empty() {
        failure::warn(&format!("{}: no log", place.location.text()));
    }
    let mut document = match json {
        true => {
            let head = record(json!({ "file": place.location.file_json() }));
            Some(ListDocument::begin(out, "h5.pymodaq.log", &head, "lines")?)
        }
        false => None,
    };
    let mut exit = if logs.is_empty() { Exit::No } else { Exit::Success };
    for log in &logs {
        for line in log.lines().map_err(|error| place.blame(error))? {
            match (line, &mut document) {
                (Ok(line), Some(document)) => {
                    document.item(out, &json!({ "path": log.path(), "line": line }))?
                }
                (Ok(line), None) => writeln!(out, "{}", printable(&line))?,
                (Err(error), document) => {
                    exit = Exit::No;
                    failure::warn(&error.to_string());
                    if let Some(document) = document {
                        document.item(out, &json!({ "path": log.path(), "error": error_json(&error) }))?;
                    }
                }
            }
        }
    }
    if let Some(document) = document {
        document.end(out, &record(json!({})))?;
    }
    Ok(exit)
}

/// The log that was named, or all below the group that was named.
fn logs(place: &Place) -> Outcome<Vec<StringARRAY>> {
    let blame = |error| place.blame(error);
    let node = place.node()?;
    match node.kind() {
        NodeKind::StringArray => Ok(vec![node.into_string_array().map_err(blame)?]),
        NodeKind::Group => {
            let mut logs = Vec::new();
            for node in place.browser.walk_nodes(&node).map_err(blame)? {
                // What cannot be read is no log that could be shown.
                let Ok(node) = node else { continue };
                if node.kind() == NodeKind::StringArray {
                    logs.push(node.into_string_array().map_err(blame)?);
                }
            }
            Ok(logs)
        }
        kind => {
            let name = settings::value_text(&node.path().into());
            Err(Failure::usage(format!("{name} is a {}, expected a log: an array of text", kind.name())))
        }
    }
}
