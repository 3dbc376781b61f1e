//! The output of each command on a small file, against what was looked at and found right. `H5_BLESS=1` writes it anew.

mod common;

use common::{fixtures, h5};

/// Name of the expected output, exit status, arguments.
const CASES: &[(&str, i32, &[&str])] = &[
    ("tree", 0, &["tree", "--attrs", "plain.h5"]),
    ("tree-depth", 0, &["tree", "--depth", "1", "plain.h5"]),
    ("tree-json", 0, &["tree", "--json", "--attrs", "plain.h5"]),
    ("tree-colour", 0, &["tree", "--color", "always", "--attrs", "plain.h5::/links"]),
    ("ls", 0, &["ls", "plain.h5::/kinds"]),
    ("ls-recursive", 0, &["ls", "-r", "plain.h5"]),
    ("ls-long", 0, &["ls", "-l", "plain.h5::/entry"]),
    ("ls-json", 0, &["ls", "--json", "plain.h5::/links"]),
    ("info-file", 0, &["info", "plain.h5"]),
    ("info-dataset", 0, &["info", "--chunks", "plain.h5::/entry/cube"]),
    ("info-json", 0, &["info", "--json", "--chunks", "plain.h5::/entry/growing"]),
    ("get-text", 0, &["get", "plain.h5::/entry/cube[:,::-1,1:3]"]),
    ("get-json", 0, &["get", "--json", "plain.h5::/kinds/table"]),
    ("get-json-cut", 0, &["get", "--json", "-n", "6", "plain.h5/entry/cube"]),
    ("get-json-special", 0, &["get", "--json", "plain.h5/kinds/special"]),
    ("get-json-null", 0, &["get", "--json", "plain.h5/kinds/null"]),
    ("get-ndjson", 0, &["get", "-f", "ndjson", "plain.h5/entry/cube[1]"]),
    ("get-csv", 0, &["get", "-f", "csv", "plain.h5/entry/cube"]),
    ("get-csv-table", 0, &["get", "-f", "csv", "plain.h5/kinds/table"]),
    ("get-csv-guard", 0, &["get", "-f", "csv", "--csv-guard", "plain.h5/kinds/text"]),
    ("dump", 0, &["dump", "plain.h5"]),
    ("dump-json", 0, &["dump", "--json", "-n", "3", "plain.h5"]),
    ("dump-ndjson", 0, &["dump", "-f", "ndjson", "plain.h5::/entry"]),
    ("dump-csv", 0, &["dump", "-f", "csv", "-n", "4", "plain.h5"]),
    ("dump-huge", 0, &["dump", "-n", "5", "huge.h5"]),
    ("dump-damaged", 1, &["dump", "damaged.h5"]),
    ("attr-list", 0, &["attr", "list", "plain.h5::/entry"]),
    ("attr-list-json", 0, &["attr", "list", "--json", "-n", "5", "plain.h5::/entry"]),
    ("attr-get", 0, &["attr", "get", "plain.h5::/entry", "ramp"]),
    ("stat", 0, &["stat", "plain.h5"]),
    ("stat-json", 0, &["stat", "--json", "plain.h5"]),
    ("diff", 1, &["diff", "plain.h5", "changed.h5"]),
    ("diff-json", 1, &["diff", "--json", "plain.h5", "changed.h5"]),
    ("diff-objects", 1, &["diff", "plain.h5::/entry", "plain.h5::/links"]),
    ("digest", 0, &["digest", "plain.h5"]),
    ("check", 0, &["check", "plain.h5"]),
    ("check-huge", 0, &["check", "huge.h5"]),
    ("check-damaged", 1, &["check", "--all", "damaged.h5"]),
    ("check-damaged-json", 1, &["check", "--json", "damaged.h5"]),
    ("demo", 0, &["demo"]),
];

#[test]
fn commands_print_what_is_expected() {
    let bless = std::env::var_os("H5_BLESS").is_some();
    let mut wrong = Vec::new();
    for (name, status, arguments) in CASES {
        let run = h5(arguments);
        assert_eq!(run.status, Some(*status), "h5 {}: {}", arguments.join(" "), run.stderr);
        assert_eq!(run.stderr, "", "h5 {}", arguments.join(" "));
        let path = fixtures().join("golden").join(format!("{name}.txt"));
        if bless {
            std::fs::write(&path, &run.stdout).unwrap();
        }
        let expected = std::fs::read(&path).unwrap_or_default();
        if run.stdout != expected {
            wrong.push(format!("h5 {} (golden/{name}.txt):\n{}", arguments.join(" "), run.text()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
