//! Exit statuses, errors, hostile names, closed pipes: what holds for every command.

mod common;

use std::io::Read as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use common::{command, h5};

/// Runs that print names of a file.
fn listings(file: &str) -> Vec<Vec<String>> {
    let runs = [
        "tree -a",
        "ls",
        "ls -l",
        "ls -r",
        "info",
        "info --chunks",
        "dump",
        "dump -f csv",
        "attr list",
        "stat",
        "check --all",
    ];
    let run = |line: &str| line.split(' ').chain([file]).map(String::from).collect();
    runs.iter().map(|line| run(line)).collect()
}

/// True if the bytes are UTF-8 in which nothing but line ends and tabs can change how a terminal behaves.
fn is_harmless(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    !text.chars().any(|c| {
        (c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    })
}

#[test]
fn hostile_names_never_reach_the_output_raw() {
    for arguments in listings("hostile.h5") {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let run = h5(&arguments);
        assert!(matches!(run.status, Some(0 | 1)), "{arguments:?}: {}", run.stderr);
        assert!(is_harmless(&run.stdout), "{arguments:?}: {}", String::from_utf8_lossy(&run.stdout));
        assert!(is_harmless(run.stderr.as_bytes()), "{arguments:?}: {}", run.stderr);
    }
    let run = h5(&["diff", "hostile.h5", "plain.h5"]);
    assert_eq!(run.status, Some(1));
    assert!(is_harmless(&run.stdout));
}

#[test]
fn carriage_returns_of_names_are_escaped() {
    // CSV lines end with a carriage return, and nothing else does.
    let run = h5(&["dump", "-f", "csv", "hostile.h5"]);
    assert!(run.text().split("\r\n").all(|line| !line.contains(['\r', '\n'])));
    assert!(!h5(&["tree", "-a", "hostile.h5"]).text().contains('\r'));
}

#[test]
fn every_object_of_a_hostile_file_can_be_looked_at() {
    let listing = h5(&["ls", "-r", "--json", "hostile.h5"]).json();
    let links = listing["links"].as_array().unwrap();
    assert!(links.len() >= 200);
    let mut looked_at = 0;
    for link in links.iter().filter(|link| link["kind"] != "link").step_by(7) {
        let place = format!("hostile.h5::{}", link["path"].as_str().unwrap());
        for arguments in [vec!["info", &place], vec!["tree", "-a", &place], vec!["attr", "list", &place]] {
            let run = h5(&arguments);
            assert_eq!(run.status, Some(0), "{arguments:?}: {}", run.stderr);
            assert!(is_harmless(&run.stdout), "{arguments:?}");
        }
        looked_at += 1;
    }
    assert!(looked_at > 10);
}

#[test]
fn json_is_ascii_and_has_a_schema() {
    for line in [
        "tree --json -a",
        "ls --json -r",
        "info --json",
        "dump --json",
        "attr list --json",
        "stat --json",
        "check --json",
        "diff --json plain.h5",
    ] {
        let arguments: Vec<&str> = line.split(' ').chain(["hostile.h5"]).collect();
        let run = h5(&arguments);
        assert!(run.stdout.is_ascii(), "{line}");
        let document = run.json();
        assert!(document["schema"].as_str().is_some_and(|name| name.starts_with("h5.")), "{line}");
        assert_eq!(document["version"], 1, "{line}");
    }
}

#[test]
fn what_cannot_be_opened_is_an_error_with_its_name() {
    for line in ["tree", "ls", "info", "get", "dump", "attr list", "stat", "check", "diff plain.h5"] {
        let arguments: Vec<&str> = line.split(' ').chain(["nothing.h5"]).collect();
        let run = h5(&arguments);
        assert_eq!(run.status, Some(2), "{line}");
        assert!(
            run.stderr.starts_with("h5: nothing.h5: ") && run.stderr.lines().count() == 1,
            "{}",
            run.stderr
        );
        assert!(run.stdout.is_empty(), "{line}");
    }
    let run = h5(&["digest", "make.py"]);
    assert_eq!(run.status, Some(2));
    assert!(run.json()["error"].is_string());
}

#[test]
fn mistakes_of_the_user_are_explained() {
    for (arguments, expected) in [
        (&["get", "plain.h5::/entry"][..], "expected a dataset"),
        (&["get", "plain.h5::/entry/matrix[9]"], "outside a dimension of 3"),
        (&["get", "plain.h5::/entry/matrix[0,0,0]"], "3 indices for 2 dimensions"),
        (&["get", "plain.h5::/entry/nothing"], "no link `nothing`"),
        (&["tree", "plain.h5::/entry/matrix[0]"], "takes no part"),
        (&["attr", "get", "plain.h5::/entry", "nothing"], "no attribute `nothing`"),
        (&["dump", "-f", "npy", "plain.h5"], "holds one dataset"),
        (&["get", "-f", "npy", "plain.h5::/kinds/text"], "has no form in a .npy file"),
        (&["tree", "--nonsense", "plain.h5"], "--nonsense"),
    ] {
        let run = h5(arguments);
        assert_eq!(run.status, Some(2), "{arguments:?}");
        assert!(run.stderr.contains(expected), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn comparison_tells_same_from_different() {
    assert_eq!(h5(&["diff", "plain.h5", "plain.h5"]).status, Some(0));
    assert_eq!(h5(&["diff", "huge.h5", "huge.h5"]).status, Some(0));
    assert_eq!(h5(&["diff", "plain.h5", "changed.h5"]).status, Some(1));
    let within = ["diff", "--delta", "94", "--exclude", "/extra", "--exclude-attribute", "units"];
    assert_eq!(h5(&[&within[..], &["plain.h5", "changed.h5"]].concat()).status, Some(0));
    let without = ["diff", "--delta", "93.9", "--exclude", "/extra", "--exclude-attribute", "units"];
    assert_eq!(h5(&[&without[..], &["plain.h5", "changed.h5"]].concat()).status, Some(1));
    assert_eq!(h5(&["diff", "--no-values", "--exclude", "extra", "plain.h5", "changed.h5"]).status, Some(0));
    assert_eq!(h5(&["diff", "damaged.h5", "damaged.h5"]).status, Some(2));
    assert_eq!(h5(&["diff", "--delta", "-1", "plain.h5", "plain.h5"]).status, Some(2));
}

#[test]
fn damage_does_not_hide_what_is_whole() {
    let run = h5(&["check", "--json", "--all", "damaged.h5"]).json();
    let status = |path: &str| {
        let objects = run["objects"].as_array().unwrap();
        objects.iter().find(|object| object["path"] == path).unwrap()["status"].clone()
    };
    assert_eq!(status("/broken"), "damaged");
    assert_eq!(status("/whole"), "ok");
    assert_eq!(h5(&["get", "damaged.h5::/whole"]).text(), "0\n1\n2\n");
    assert_eq!(h5(&["get", "damaged.h5::/broken[:4]"]).text(), "0\n1\n2\n3\n");
}

#[test]
fn extents_without_end_take_no_time() {
    let start = Instant::now();
    for line in ["tree", "ls -l", "info", "dump", "dump --json", "stat", "check", "digest"] {
        let arguments: Vec<&str> = line.split(' ').chain(["huge.h5"]).collect();
        let run = h5(&arguments);
        assert_eq!(run.status, Some(0), "{line}: {}", run.stderr);
    }
    assert_eq!(h5(&["get", "huge.h5::/sparse[536870912,4:7]"]).text(), "0\n9\n0\n");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = command(&["get", "huge.h5::/unwritten"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 1000]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn memory_map_and_threads_change_nothing() {
    let plain = h5(&["dump", "plain.h5"]).stdout;
    for options in [&["--mmap"][..], &["--threads", "1"], &["--threads", "3", "--mmap"]] {
        assert_eq!(h5(&[options, &["dump", "plain.h5"]].concat()).stdout, plain, "{options:?}");
    }
}

#[test]
fn colour_is_asked_for() {
    let has_colour = |variables: &[(&str, &str)], arguments: &[&str]| {
        let output = command(arguments).envs(variables.iter().copied()).output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!has_colour(&[], &["tree", "plain.h5"]));
    assert!(has_colour(&[("CLICOLOR_FORCE", "1")], &["tree", "plain.h5"]));
    assert!(!has_colour(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &["tree", "plain.h5"]));
    assert!(has_colour(&[], &["tree", "--color", "always", "plain.h5"]));
}

#[test]
fn scripts_and_pages_are_made_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = h5(&["completions", shell]).text();
        assert!(script.contains("completions") && script.contains("tree"), "{shell}");
    }
    assert!(h5(&["man"]).text().contains(".TH"));
}

#[test]
fn help_has_a_line_and_a_page() {
    let short = h5(&["--help"]).text();
    for name in [
        "tree",
        "ls",
        "info",
        "get",
        "dump",
        "attr",
        "stat",
        "diff",
        "digest",
        "check",
        "new",
        "mkgroup",
        "set",
        "cp",
        "mv",
        "rm",
        "ln",
        "repack",
        "clear",
        "recover",
        "demo",
        "pymodaq",
        "completions",
        "man",
    ] {
        assert!(short.lines().any(|line| line.trim_start().starts_with(name)), "{name}");
        let page = h5(&[name, "--help"]);
        assert_eq!(page.status, Some(0));
        assert!(page.text().contains("Example"), "{name}");
    }
    assert_eq!(h5(&[]).status, Some(2));
}

#[test]
fn what_is_odd_about_a_file_is_said_once() {
    let cut = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("cut-at-its-end.h5");
    let whole = std::fs::read(common::fixtures().join("plain.h5")).unwrap();
    std::fs::write(&cut, whole.get(..whole.len() - 1).unwrap()).unwrap();
    let cut = cut.to_str().unwrap();
    for line in ["tree", "ls", "stat"] {
        let run = h5(&[line, cut]);
        assert!(run.stderr.contains("its superblock says"), "{line}: {}", run.stderr);
        assert_eq!(run.stderr.matches("its superblock says").count(), 1, "{line}: {}", run.stderr);
        assert!(!h5(&["--quiet", line, cut]).stderr.contains("its superblock says"), "{line}");
    }
    for line in ["info", "check"] {
        let run = h5(&[line, cut]);
        assert!(run.text().contains("its superblock says") && !run.stderr.contains("its superblock says"));
    }
}
