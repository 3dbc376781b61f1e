//! Rules for source files that no compiler checks.

use std::fs;
use std::path::Path;

use crate::command::{capture, command};
use crate::context::Context;
use crate::report::Outcome;

/// Longest Rust file without a stated reason, in lines.
const LONGEST_LINES: usize = 600;
/// How a file that is one long table says so, within its first lines: `// table: why`.
const TABLE_MARK: &str = "// table:";
/// How far down the mark may stand.
const MARK_WITHIN_LINES: usize = 10;
/// Kinds of files that have to be ASCII, by extension.
const ASCII: &[&str] = &["rs", "toml", "py", "mjs", "sh"];

/// Checks every source file that git knows or would add.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let listing = ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"];
    let listed = capture(&mut command("git", &listing, &context.root))?;
    let sources: Vec<_> =
        listed.lines().filter(|path| extension(path).is_some_and(|e| ASCII.contains(&e))).collect();
    let mut faults = Vec::new();
    for path in &sources {
        // A file removed from the work tree and not yet from the index is no file.
        let Ok(bytes) = fs::read(context.root.join(path)) else { continue };
        faults.extend(fault(path, &bytes).map(|fault| format!("{path}: {fault}")));
    }
    faults.iter().for_each(|fault| println!("{fault}"));
    if faults.is_empty() {
        Ok(Outcome::Passed(format!("{} files", sources.len())))
    } else {
        Err(format!("{} source files break a rule", faults.len()))
    }
}

fn extension(path: &str) -> Option<&str> {
    Path::new(path).extension()?.to_str()
}

/// What is wrong with a file, if anything.
fn fault(path: &str, bytes: &[u8]) -> Option<String> {
    if let Some(line) = bytes.split(|&byte| byte == b'\n').position(|line| !line.is_ascii()) {
        return Some(format!("line {} is not ASCII", line.saturating_add(1)));
    }
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().count();
    let is_table = text.lines().take(MARK_WITHIN_LINES).any(|line| line.contains(TABLE_MARK));
    let too_long = extension(path) == Some("rs") && lines > LONGEST_LINES && !is_table;
    too_long
        .then(|| format!("{lines} lines, at most {LONGEST_LINES} without a `{TABLE_MARK} reason` at the top"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_need_a_reason() {
        let long = "\n".repeat(LONGEST_LINES + 1);
        assert!(fault("a.rs", long.as_bytes()).unwrap().contains("601 lines"));
        assert_eq!(fault("a.rs", &long.as_bytes()[1..]), None);
        assert_eq!(fault("a.py", long.as_bytes()), None);
        assert_eq!(fault("a.rs", format!("// table: the CRC words\n{long}").as_bytes()), None);
        assert!(fault("a.rs", format!("{long}// table: too late\n").as_bytes()).is_some());
    }

    #[test]
    fn sources_are_ascii() {
        assert_eq!(
            fault("a.py", "x = 1\ny = '\u{b5}m'\n".as_bytes()),
            Some("line 2 is not ASCII".to_owned())
        );
    }
}
