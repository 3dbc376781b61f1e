//! Files made to break readers: whatever they hold, the program answers or refuses, in bounded time and memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::command::{command, status_within};
use crate::context::Context;
use crate::report::Outcome;

/// Time for one file.
const DEADLINE: Duration = Duration::from_secs(20);
/// Address space for one file, in KiB: 4 GiB, of which the threads' stacks reserve a part.
const MEMORY_KIB: &str = "4194304";
/// Exit codes that are answers: read, something different, an error.
const ANSWERS: &[i32] = &[0, 1, 2];

/// Describes each file of the corpus's `malformed/cve`.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    if !cfg!(unix) {
        return Ok(Outcome::NotRun("the memory bound is set by a Unix shell".to_owned()));
    }
    let Some(corpus) = context.corpus() else {
        return Ok(Outcome::NotRun("no corpus: set H5_CORPUS to its directory".to_owned()));
    };
    let files = files(&corpus.join("malformed").join("cve"))?;
    let mut faults = 0_usize;
    for file in &files {
        if let Some(fault) = fault(context, file)? {
            println!("{}: {fault}", file.display());
            faults = faults.saturating_add(1);
        }
    }
    if files.is_empty() {
        return Err("the corpus has no malformed files".to_owned());
    }
    if faults == 0 {
        Ok(Outcome::Passed(format!("{} files", files.len())))
    } else {
        Err(format!("{faults} of {} files broke the program", files.len()))
    }
}

/// What went wrong with a file, if anything.
fn fault(context: &Context, file: &Path) -> Result<Option<String>, String> {
    let script = format!("ulimit -c 0; ulimit -v {MEMORY_KIB}; exec \"$@\"");
    let mut shell = command("sh", &["-c", &script, "sh"], &context.root);
    shell.arg(context.h5_program()).args(["digest", "--access", "deny"]).arg(file);
    Ok(match status_within(&mut shell, DEADLINE)? {
        None => Some(format!("not done in {} s", DEADLINE.as_secs())),
        Some(status) if status.code().is_some_and(|code| ANSWERS.contains(&code)) => None,
        Some(status) => Some(format!("ended with {status}")),
    })
}

/// The HDF5 files of a directory, in order.
fn files(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file() && path.extension().is_some_and(|extension| extension != "md"))
        .collect();
    files.sort();
    Ok(files)
}
