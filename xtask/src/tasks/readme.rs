//! The README's commands do what the README shows.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use crate::command;
use crate::context::Context;
use crate::report::Outcome;

/// A command and the lines that it has to print; no lines means that only its exit status is judged.
#[derive(Debug, PartialEq, Eq)]
struct Example<'a> {
    command: &'a str,
    expected: Vec<&'a str>,
}

/// Runs every `$ command` of the README's `console` blocks, in order, in an empty directory below the checkout that sees
/// `tests/`, with the release build of `h5` on the search path.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let readme =
        fs::read_to_string(context.root.join("README.md")).map_err(|error| format!("README.md: {error}"))?;
    let examples = examples(&readme);
    let directory = scratch(&context.root).map_err(|error| format!("target/readme: {error}"))?;
    let path = search_path(&context.target.join("release"))?;
    for example in &examples {
        check(example, &directory, &path)?;
    }
    Ok(Outcome::Passed(format!("{} commands", examples.len())))
}

fn check(example: &Example<'_>, directory: &Path, path: &OsString) -> Result<(), String> {
    println!("$ {}", example.command);
    let output =
        command::capture(command::command("sh", &["-c", example.command], directory).env("PATH", path))?;
    let printed: Vec<_> = output.lines().map(str::trim_end).collect();
    if example.expected.is_empty() || lines_match(&example.expected, &printed) {
        Ok(())
    } else {
        println!("{output}");
        Err(format!("`{}` prints something else than the README shows", example.command))
    }
}

/// The commands of the `console` blocks with the output shown below each.
fn examples(readme: &str) -> Vec<Example<'_>> {
    let mut examples: Vec<Example<'_>> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            inside = !inside && line == "```console";
        } else if inside {
            match (line.strip_prefix("$ "), examples.last_mut()) {
                (Some(command), _) => examples.push(Example { command, expected: Vec::new() }),
                (None, Some(last)) => last.expected.push(line.trim_end()),
                (None, None) => {}
            }
        }
    }
    examples
}

/// Do the printed lines match? A line `...` stands for any number of lines, `...` within one for any text.
fn lines_match(expected: &[&str], printed: &[&str]) -> bool {
    match (expected.split_first(), printed.split_first()) {
        (None, None) => true,
        (Some((&"...", rest)), None) => lines_match(rest, printed),
        (Some((&"...", rest)), Some((_, later))) => {
            lines_match(rest, printed) || lines_match(expected, later)
        }
        (Some((pattern, rest)), Some((line, later))) => {
            line_matches(pattern, line) && lines_match(rest, later)
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn line_matches(pattern: &str, line: &str) -> bool {
    match pattern.split_once("...") {
        None => pattern == line,
        Some((start, rest)) => line.strip_prefix(start).is_some_and(|remains| {
            remains
                .char_indices()
                .map(|(at, _)| at)
                .chain([remains.len()])
                .any(|at| remains.get(at..).is_some_and(|end| line_matches(rest, end)))
        }),
    }
}

/// An empty directory below the checkout, so that cargo still finds the workspace.
fn scratch(root: &Path) -> std::io::Result<std::path::PathBuf> {
    let directory = root.join("target/readme");
    if directory.is_dir() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(root.join("tests"), directory.join("tests"))?;
    Ok(directory)
}

fn search_path(first: &Path) -> Result<OsString, String> {
    let others = env::var_os("PATH").unwrap_or_default();
    let all = [first.to_owned()].into_iter().chain(env::split_paths(&others));
    env::join_paths(all).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_with_their_output() {
        let readme =
            "text\n```sh\n$ not this\n```\n```console\n$ h5 ls\na\nb  \n$ h5 tree\n```\n$ nor this\n";
        let expected = [
            Example { command: "h5 ls", expected: vec!["a", "b"] },
            Example { command: "h5 tree", expected: vec![] },
        ];
        assert_eq!(examples(readme), expected);
    }

    #[test]
    fn dots_stand_for_anything() {
        assert!(lines_match(&["a", "...", "d"], &["a", "b", "c", "d"]));
        assert!(lines_match(&["..."], &[]));
        assert!(lines_match(&["took ... ms"], &["took 12 ms"]));
        assert!(!lines_match(&["took ... ms"], &["took 12 s"]));
        assert!(!lines_match(&["a"], &["a", "b"]));
        assert!(!lines_match(&["a", "..."], &["b"]));
    }
}
