//! `h5 demo` and `h5 pymodaq`.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::path::PathBuf;

use common::{command, h5};
use serde_json::json;

/// A path for a test's output, free.
fn output(name: &str) -> String {
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("pymodaq-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path.to_str().unwrap().to_owned()
}

/// The scan that PyMoDAQ wrote.
fn scan() -> String {
    common::fixtures().join("../pymodaq/scan.h5").to_str().unwrap().to_owned()
}

#[test]
fn the_demonstration_is_saved_verified_and_shown() {
    let file = output("demo.h5");
    let run = h5(&["demo", &file]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    let text = run.text();
    assert_eq!(text.matches("\n  right  /RawData/Scan000/Detector00").count(), 3, "{text}");
    assert!(!text.contains("WRONG"));
    for heading in [
        "The tree",
        "The settings of the scan",
        "The map of the photodiode",
        "The camera there",
        "Where to look next",
    ] {
        assert!(text.contains(&format!("\n{heading}")), "{heading}");
    }
    // Every command that it names works, as it stands.
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("where-next");
    std::fs::create_dir_all(&folder).unwrap();
    let next: Vec<&str> = text
        .split("Where to look next\n")
        .nth(1)
        .unwrap()
        .lines()
        .filter(|l| l.starts_with("  h5 "))
        .collect();
    assert!(next.len() >= 5, "{next:?}");
    for line in next {
        let words: Vec<String> =
            line.split_whitespace().skip(1).map(|word| word.trim_matches('\'').to_owned()).collect();
        let count = words.iter().rposition(|word| word.contains(&file) || word == "map.csv").unwrap() + 1;
        let words: Vec<&str> = words[..count].iter().map(String::as_str).collect();
        let done = command(&words).current_dir(&folder).output().unwrap();
        assert_eq!(done.status.code(), Some(0), "{line}: {}", String::from_utf8_lossy(&done.stderr));
    }
    let table = std::fs::read_to_string(folder.join("map.csv")).unwrap();
    assert_eq!(table.lines().count(), 289);
    std::fs::remove_dir_all(folder).unwrap();
    // What is there stays there unless it is to be replaced.
    let again = h5(&["demo", &file]);
    assert_eq!(again.status, Some(2));
    assert!(again.stderr.contains("there already; --force replaces it"), "{}", again.stderr);
    assert_eq!(h5(&["demo", "--force", &file]).status, Some(0));
    assert!(h5(&["demo", &output("demo.txt")]).stderr.contains("ends in .h5"));
    std::fs::remove_file(file).unwrap();
}

#[test]
fn data_are_listed_with_units_and_axes() {
    let run = h5(&["pymodaq", "ls", "--json", &scan()]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    let found = run.json();
    assert_eq!((&found["schema"], &found["writer"]), (&json!("h5.pymodaq.ls"), &json!("PyMoDAQ 5.3.8")));
    let arrays = found["arrays"].as_array().unwrap();
    let camera =
        arrays.iter().find(|a| a["path"] == "/RawData/Scan001/Detector001/Data2D/CH00/Data00").unwrap();
    assert_eq!(camera["shape"], json!([2, 3, 3, 4]));
    assert_eq!((&camera["name"], &camera["label"]), (&json!("c2"), &json!("im0")));
    assert_eq!((&camera["dtype"], &camera["data_dimension"]), (&json!("uint16"), &json!("Data2D")));
    let labels: Vec<_> = camera["axes"].as_array().unwrap().iter().map(|axis| &axis["label"]).collect();
    assert_eq!(labels.len(), 4);
    assert_eq!(labels[..2], [&json!("Yaxis"), &json!("Xaxis")]);
    assert!(arrays.iter().all(|array| array["data_type"] == "data"));
    let all = h5(&["pymodaq", "ls", "--all", "--json", &scan()]).json();
    assert!(all["arrays"].as_array().unwrap().len() > arrays.len());
    let text = h5(&["pymodaq", "ls", &format!("{}::/RawData/Scan001", scan())]).text();
    assert!(text.contains("/RawData/Scan001/Detector000/Data0D/CH00/Data00") && !text.contains("Scan000"));
    assert!(text.contains("    c2, im0: Data2D of 2 x 3 x 3 x 4 uint16"), "{text}");
    // Files of other programs list what they have.
    let foreign = h5(&["pymodaq", "ls", "plain.h5"]);
    assert!(foreign.text().contains("not a file of PyMoDAQ's") && foreign.text().contains("/entry/cube"));
}

#[test]
fn nodes_are_shown_with_settings_and_pictures() {
    let group = h5(&["pymodaq", "show", "--json", &format!("{}::/RawData/Scan001/Detector000", scan())]);
    assert_eq!(group.status, Some(0));
    let found = group.json();
    assert_eq!(
        (&found["schema"], &found["attributes"]["type"]),
        (&json!("h5.pymodaq.show"), &json!("detector"))
    );
    assert!(found["settings"]["settings"].is_object(), "{}", found["settings"]);
    assert!(found["data"].is_null());
    let place = format!("{}::/RawData/Scan001/Detector000/Data0D/CH00/Data00", scan());
    let data = h5(&["pymodaq", "show", "--json", &place]).json();
    assert_eq!(data["data"]["nav_indexes"], json!([0, 1]));
    assert_eq!(data["data"]["axes"][0]["values"].as_array().unwrap().len(), 2);
    let text = h5(&["pymodaq", "show", &place]).text();
    for part in ["\n  map\n", "Data0D", "axis 0: Yaxis"] {
        assert!(text.contains(part) || part == "Data0D" && text.contains("DataND"), "{part} in {text}");
    }
    let image =
        h5(&["pymodaq", "show", &format!("{}::/RawData/Scan001/Detector001/Data2D/CH00/Data00", scan())]);
    assert!(image.text().contains("map of the mean of each position"), "{}", image.text());
    let foreign = h5(&["pymodaq", "show", "plain.h5::/kinds/text"]);
    assert_eq!(foreign.status, Some(0), "{}", foreign.stderr);
}

#[test]
fn logs_are_printed_line_by_line() {
    let run = h5(&["pymodaq", "log", &scan()]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert_eq!(run.text().lines().count(), 1);
    let lines = h5(&["pymodaq", "log", "--json", &scan()]).json();
    assert_eq!(lines["lines"][0]["line"], json!(run.text().trim_end()));
    let none = h5(&["pymodaq", "log", "plain.h5"]);
    assert_eq!(none.status, Some(1));
    assert!(none.stderr.contains("plain.h5: no log"), "{}", none.stderr);
    let wrong = h5(&["pymodaq", "log", &format!("{}::/RawData/Scan001/NavAxes/Axis00", scan())]);
    assert_eq!(wrong.status, Some(2));
    assert!(wrong.stderr.contains("is a CARRAY, expected a log"), "{}", wrong.stderr);
}

#[test]
fn exports_replace_nothing_unasked_and_leave_no_half_file() {
    let node = format!("{}::/RawData/Scan001/Detector000/Data0D/CH00/Data00", scan());
    let out = output("map.txt");
    assert_eq!(h5(&["pymodaq", "export", &node, &out]).status, Some(0));
    assert_eq!(std::fs::read_to_string(&out).unwrap().lines().count(), 2);
    let again = h5(&["pymodaq", "export", &node, &out]);
    assert_eq!(again.status, Some(2));
    assert!(again.stderr.contains("--force replaces it"), "{}", again.stderr);
    assert_eq!(h5(&["pymodaq", "export", "--force", &node, &out]).status, Some(0));
    std::fs::remove_file(&out).unwrap();
    let unknown = h5(&["pymodaq", "export", &node, &output("map.doc")]);
    assert!(unknown.stderr.contains("there are: h5, txt, npy, ascii, csv"), "{}", unknown.stderr);
    let nameless = h5(&["pymodaq", "export", &node, &output("map")]);
    assert!(nameless.stderr.contains("an extension says what to export to"), "{}", nameless.stderr);
    for (node, extension) in [("/RawData/Scan001", "csv"), ("/RawData/Scan001", "npy"), ("/absent", "txt")] {
        let out = output(&format!("none.{extension}"));
        let run = h5(&["pymodaq", "export", &format!("{}::{node}", scan()), &out]);
        assert_eq!(run.status, Some(2), "{node}");
        assert!(run.stderr.contains(node) || run.stderr.contains("no link `absent`"), "{}", run.stderr);
        assert!(!std::path::Path::new(&out).exists());
    }
    let out = output("one.h5");
    assert_eq!(h5(&["pymodaq", "export", &format!("{}::/RawData/Scan001", scan()), &out]).status, Some(0));
    assert_eq!(h5(&["check", "--quiet", &out]).status, Some(0));
    assert!(h5(&["pymodaq", "ls", &out]).text().contains("/RawData/Scan001/Detector001/Data2D/CH00/Data00"));
    std::fs::remove_file(&out).unwrap();
}

#[test]
fn what_is_no_file_or_no_node_is_said() {
    for (arguments, part) in [
        (&["pymodaq", "ls", "absent.h5"][..], "absent.h5"),
        (&["pymodaq", "show", "plain.h5::/absent"], "absent"),
        (&["pymodaq", "log", "make.py"], "make.py"),
    ] {
        let run = h5(arguments);
        assert_eq!(run.status, Some(2), "{arguments:?}");
        assert!(run.stderr.starts_with("h5: ") && run.stderr.contains(part), "{}", run.stderr);
    }
}
