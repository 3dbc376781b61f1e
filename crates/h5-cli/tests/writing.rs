//! Commands that change files. Each test has a directory of its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use common::{Run, command, fixtures, h5};

/// A directory that is empty at first.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("writing-{name}"));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A place in the directory.
    fn at(&self, place: &str) -> String {
        format!("{}/{place}", self.0.display())
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.0.join(name), bytes).unwrap();
        self.at(name)
    }
}

#[track_caller]
fn done(arguments: &[&str]) -> Run {
    let run = h5(arguments);
    assert_eq!(run.status, Some(0), "{arguments:?}: {}", run.stderr);
    run
}

#[track_caller]
fn refused(arguments: &[&str], expected: &str) {
    let run = h5(arguments);
    assert_eq!(run.status, Some(2), "{arguments:?}");
    assert!(run.stderr.contains(expected), "{arguments:?}: {}", run.stderr);
}

#[track_caller]
fn prints(arguments: &[&str], expected: &str) {
    assert_eq!(done(arguments).text(), expected, "{arguments:?}");
}

#[test]
fn files_and_groups_are_created_and_never_replaced_unasked() {
    let directory = Directory::new("new");
    let file = directory.at("a.h5");
    done(&["new", &file]);
    refused(&["new", &file], "--force replaces it");
    done(&["mkgroup", &format!("{file}::/x")]);
    refused(&["mkgroup", &format!("{file}::/x")], "`x`");
    refused(&["mkgroup", &format!("{file}::/p/q")], "no link `p`");
    done(&["mkgroup", "-p", &format!("{file}::/p/q"), &format!("{file}::/p/q/r")]);
    prints(&["ls", "-r", &file], &done(&["ls", "-r", &file]).text());
    assert_eq!(done(&["ls", "--json", "-r", &file]).json()["links"].as_array().unwrap().len(), 4);
    done(&["new", "--force", &file]);
    assert!(done(&["ls", &file]).text().is_empty());
    let block = directory.at("block.h5");
    done(&["new", &block, "--user-block", "1024"]);
    assert!(std::fs::read(&block).unwrap().get(1024..).unwrap().starts_with(b"\x89HDF"));
    refused(&["new", &directory.at("odd.h5"), "--user-block", "100"], "user block");
}

#[test]
fn attributes_are_set_renamed_and_removed() {
    let directory = Directory::new("attr");
    let file = directory.at("a.h5");
    done(&["new", &file]);
    for (name, value, kind, shown) in [
        ("text", "mm per s", None, "mm per s\n"),
        ("number", "-5", None, "-5\n"),
        ("single", "2.5", Some("float32"), "2.5\n"),
        ("list", "[1, 2, 3]", Some("uint16 big-endian"), "1\n2\n3\n"),
        ("flag", "true", None, "TRUE\n"),
        ("record", r#"{"x": 1, "y": "a"}"#, None, "{x: 1, y: \"a\"}\n"),
        ("vlen", "[[1], [2, 3]]", Some("vlen<int8>"), "[1]\n[2, 3]\n"),
    ] {
        let kind = kind.map_or(vec![], |kind| vec!["--type", kind]);
        done(&[&["attr", "set", &file, name, value][..], &kind].concat());
        prints(&["attr", "get", &file, name], shown);
    }
    done(&["attr", "set", &file, "number", "7"]);
    prints(&["attr", "get", &file, "number"], "7\n");
    done(&["attr", "mv", &file, "number", "count"]);
    prints(&["attr", "get", &file, "count"], "7\n");
    done(&["attr", "rm", "--dry-run", &file, "count"]);
    done(&["attr", "rm", &file, "count", "list"]);
    refused(&["attr", "get", &file, "count"], "no attribute");
    refused(&["attr", "rm", &file, "count"], "count");
    refused(&["attr", "set", &file, "a", "300", "--type", "int8"], "a");
    done(&["attr", "set", &file, "none", "--null", "--type", "int32"]);
    prints(&["attr", "get", &file, "none"], "");
}

#[test]
fn values_are_set_from_every_format() {
    let directory = Directory::new("set");
    let file = directory.at("a.h5");
    let place = |path: &str| format!("{file}::{path}");
    done(&["new", &file]);
    done(&["set", &place("/csv"), &directory.write("a.csv", "1,2,3\n4,5,6\n")]);
    prints(&["get", &place("/csv"), "--json"], &done(&["get", &place("/csv"), "--json"]).text());
    assert_eq!(
        done(&["get", &place("/csv"), "--json"]).json()["values"],
        serde_json::json!([[1, 2, 3], [4, 5, 6]])
    );
    let table = directory.write("t.csv", "x,name\n1.5,one\n2.5,\"a,b\"\n");
    done(&["set", &place("/table"), &table, "--header"]);
    assert_eq!(done(&["get", &place("/table[1]"), "--json"]).json()["values"]["name"], "a,b");
    done(&["set", "-p", &place("/deep/raw"), &directory.write("a.raw", [1, 0, 2, 0]), "--type", "uint16"]);
    prints(&["get", &place("/deep/raw")], "1\n2\n");
    done(&[
        "set",
        &place("/json"),
        &directory.write("a.json", "[[1.5, 2], [3, 4]]"),
        "--deflate",
        "4",
        "--shuffle",
    ]);
    assert_eq!(done(&["info", "--json", &place("/json")]).json()["filters"].as_array().unwrap().len(), 2);
    // What this program writes, it reads.
    let npy = directory.at("cube.npy");
    done(&["get", "plain.h5::/entry/cube", "-f", "npy", "-o", &npy]);
    done(&["set", &place("/cube"), &npy, "--chunks", "1x2x2"]);
    let cube = done(&["get", "plain.h5::/entry/cube", "--json"]).json()["values"].clone();
    assert_eq!(done(&["get", &place("/cube"), "--json"]).json()["values"], cube);
    let csv = directory.at("cube.csv");
    done(&["get", "plain.h5::/entry/cube", "-f", "csv", "-o", &csv]);
    done(&["set", &place("/cube2"), &csv, "--type", "float64"]);
    assert_eq!(done(&["get", &place("/cube2"), "--json"]).json()["values"], cube);
    // Parts, falling ranges, single values.
    done(&["set", &place("/csv[0,::-1]"), "--value", "[30, 20, 10]"]);
    done(&["set", &place("/csv[1]"), "--value", "0"]);
    prints(&["get", &place("/csv")], &done(&["get", &place("/csv")]).text());
    assert_eq!(
        done(&["get", &place("/csv"), "--json"]).json()["values"],
        serde_json::json!([[10, 20, 30], [0, 0, 0]])
    );
    refused(&["set", &place("/csv[1]"), "--value", "[1, 2]"], "2 values");
    refused(&["set", &place("/csv"), "--value", "5", "--chunks", "1x1"], "needs --replace");
    refused(&["set", &place("/nothing/x"), "--value", "5"], "nothing");
    done(&["set", "--replace", &place("/csv"), "--value", "text"]);
    prints(&["get", &place("/csv")], "text\n");
}

#[test]
fn standard_input_is_a_source_and_rows_are_appended() {
    let directory = Directory::new("append");
    let file = directory.at("a.h5");
    let place = format!("{file}::/log");
    done(&["new", &file]);
    let mut child =
        command(&["set", &place, "-", "--format", "json", "--max-shape", "*,2", "--type", "int32"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
    child.stdin.take().unwrap().write_all(b"[[1, 2]]").unwrap();
    assert!(child.wait().unwrap().success());
    done(&["set", "--append", &place, "--value", "[3, 4]"]);
    done(&["set", "--append", &place, "--value", "[[5, 6], [7, 8]]"]);
    let expected = serde_json::json!([[1, 2], [3, 4], [5, 6], [7, 8]]);
    assert_eq!(done(&["get", "--json", &place]).json()["values"], expected);
    refused(&["set", "--append", &place, "--value", "[1, 2, 3]"], "behind");
    assert_eq!(done(&["get", "--json", &place]).json()["values"], expected);
}

#[test]
fn links_are_made_moved_and_removed() {
    let directory = Directory::new("links");
    let file = directory.at("a.h5");
    let place = |path: &str| format!("{file}::{path}");
    done(&["new", &file]);
    done(&["mkgroup", "-p", &place("/a/b")]);
    done(&["set", &place("/a/x"), "--value", "[1, 2]"]);
    done(&["ln", &place("/a/x"), &place("/hard")]);
    done(&["ln", "-s", "a/x", &place("/soft")]);
    done(&["ln", "-e", "other.h5::/x", &place("/external")]);
    refused(&["ln", &place("/a/x"), &place("/soft")], "soft");
    done(&["ln", "-f", "-s", "a", &place("/soft")]);
    refused(&["ln", "-f", "-s", "a", &place("/a")], "last link");
    refused(&["rm", &place("/a")], "-r removes them too");
    assert!(done(&["rm", "-r", "--dry-run", &place("/a")]).text().contains("would remove"));
    done(&["mv", &place("/hard"), &place("/a/b")]);
    refused(&["mv", &place("/a/b/hard"), &place("/a/x")], "--force removes it");
    refused(&["mv", &place("/a"), &place("/a/b")], "below what is moved");
    refused(&["mv", "-f", &place("/a/x"), &place("/a")], "");
    done(&["rm", &place("/a/x"), &place("/external")]);
    prints(&["get", &place("/a/b/hard")], "1\n2\n");
    done(&["rm", "-r", &place("/a")]);
    let links = done(&["ls", "--json", &file]).json();
    assert_eq!(links["links"].as_array().unwrap().len(), 1);
}

#[test]
fn copies_are_equal_and_nothing_is_replaced_unasked() {
    let directory = Directory::new("cp");
    let file = directory.at("a.h5");
    let run = done(&["cp", "--dry-run", "plain.h5::/entry", &file]);
    assert!(run.text().contains("would create") && directory.names().is_empty());
    done(&["cp", "plain.h5::/entry", &file]);
    assert_eq!(h5(&["diff", "plain.h5::/entry", &format!("{file}::/entry")]).status, Some(0));
    refused(&["cp", "plain.h5::/entry", &file], "--force removes it");
    done(&["cp", "--force", "plain.h5::/entry", &file]);
    done(&["cp", "-p", &format!("{file}::/entry/cube"), &format!("{file}::/deep/er/cube")]);
    assert_eq!(
        h5(&["diff", &format!("{file}::/entry/cube"), &format!("{file}::/deep/er/cube")]).status,
        Some(0)
    );
    let whole = directory.at("whole.h5");
    done(&["cp", "plain.h5", &whole]);
    assert_eq!(h5(&["diff", "plain.h5", &whole]).status, Some(0));
    refused(&["cp", "plain.h5::/nothing", &directory.at("new.h5")], "nothing");
    assert_eq!(directory.names(), ["a.h5", "whole.h5"]);
}

#[test]
fn a_repacked_file_holds_the_same() {
    let directory = Directory::new("repack");
    let goal = directory.at("a.h5");
    for options in [
        &[][..],
        &["--filter", "shuffle", "--filter", "deflate=6"],
        &["--filter", "none", "--layout", "contiguous"],
        &["--layout", "/entry/cube:chunked=1x2x2", "--bounds", "v110"],
    ] {
        let run =
            done(&[&["repack", "--verify", "--json", "--force", "plain.h5", &goal][..], options].concat());
        assert_eq!(run.json()["verified"], true);
        assert_eq!(h5(&["diff", "plain.h5", &goal]).status, Some(0), "{options:?}");
        assert_eq!(directory.names(), ["a.h5"]);
    }
    assert_eq!(
        done(&["info", "--json", &format!("{goal}::/entry/cube")]).json()["chunk_shape"],
        serde_json::json!([1, 2, 2])
    );
    refused(&["repack", "plain.h5", &goal], "--force replaces it");
    refused(&["repack", &goal, &goal], "--in-place");
    refused(&["repack", "--force", "plain.h5", &goal, "--filter", "/nothing:deflate"], "nothing");
    done(&["repack", "--in-place", "--verify", &goal]);
    assert_eq!(h5(&["diff", "plain.h5", &goal]).status, Some(0));
    assert_eq!(directory.names(), ["a.h5"]);
}

#[test]
fn a_user_block_goes_along() {
    let directory = Directory::new("user-block");
    let file = directory.at("a.h5");
    done(&["new", &file, "--user-block", "512"]);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[..5].copy_from_slice(b"hello");
    std::fs::write(&file, bytes).unwrap();
    done(&["repack", "--in-place", "--verify", &file]);
    assert!(std::fs::read(&file).unwrap().starts_with(b"hello"));
    done(&["repack", "--in-place", "--user-block", "0", &file]);
    assert!(std::fs::read(&file).unwrap().starts_with(b"\x89HDF"));
}

#[test]
fn a_damaged_file_is_recovered_and_not_repacked() {
    let directory = Directory::new("recover");
    let goal = directory.at("a.h5");
    let run = h5(&["repack", "--filter", "deflate", "damaged.h5", &goal]);
    assert_eq!(run.status, Some(2), "{}", run.stderr);
    assert!(directory.names().is_empty());
    let run = h5(&["recover", "--json", "damaged.h5", &goal]);
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    let report = run.json();
    assert!(report["lost"].as_array().unwrap().iter().any(|lost| lost["path"] == "/broken"), "{report}");
    prints(&["get", &format!("{goal}::/whole")], "0\n1\n2\n");
    prints(&["get", &format!("{goal}::/broken[:4]")], "0\n1\n2\n3\n");
    refused(&["recover", "damaged.h5", &goal], "--force replaces it");
    assert_eq!(directory.names(), ["a.h5"]);
}

#[test]
fn the_end_of_a_file_that_was_cut_is_set() {
    let directory = Directory::new("clear");
    let whole = std::fs::read(fixtures().join("plain.h5")).unwrap();
    let file = directory.write("cut.h5", &whole[..whole.len() - 1]);
    refused(&["attr", "set", &file, "a", "1"], "cannot be changed as it is");
    assert!(done(&["clear", "--dry-run", &file]).text().contains("would be set"));
    assert!(h5(&["ls", &file]).stderr.contains("superblock says"));
    done(&["clear", &file]);
    assert!(h5(&["ls", &file]).stderr.is_empty());
    assert!(done(&["clear", &file]).text().contains("nothing to clear"));
}
