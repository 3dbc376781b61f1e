//! `h5 clear`.

use std::ffi::OsString;
use std::io::Write as _;

use clap::Args;
use h5::Cleared;
use serde_json::json;

use crate::args::GlobalArgs;
use crate::backend::Backend;
use crate::failure::{Exit, Failure, Outcome};
use crate::json::{record, write_document};
use crate::location::Location;
use crate::out::Out;

/// Clear what a killed writer left in a file's first bytes.
///
/// A file that a writer has open says so in its superblock, and other programs do not open it then. After the writer was killed, or a
/// copy of the file was cut short, this command makes it open again: it clears the flags and stores where the file ends. It brings
/// nothing back; `h5 check` tells what is damaged, `h5 recover` saves what is not.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 clear --dry-run scan.h5
  h5 clear scan.h5

Exit status: 0, whether there was something to do or not.")]
pub(crate) struct ClearArgs {
    /// File
    #[arg(value_name = "FILE")]
    pub(crate) file: OsString,

    /// Tell what would happen
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn clear(args: &ClearArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let location = Location::of_file(&args.file);
    if location.backend(global)? != Backend::Native {
        return Err(Failure::usage(
            "clear changes the file's first bytes itself: only the backend native does that",
        ));
    }
    let cleared =
        if args.dry_run { h5::inspect_flags(&location.file) } else { h5::clear_flags(&location.file) };
    let cleared = cleared.map_err(|error| location.blame(error))?;
    if args.json {
        let fields = record(json!({
            "file": location.file_json(), "dry_run": args.dry_run, "flags": cleared.flags,
            "end_before": cleared.end_of_file.map(|end| end.0), "end_after": cleared.end_of_file.map(|end| end.1),
            "half_done_commit": cleared.half_done_commit,
        }));
        write_document(out, "h5.clear", &fields)?;
        return Ok(Exit::Success);
    }
    let Cleared { flags, end_of_file, half_done_commit, .. } = cleared;
    let would = if args.dry_run { "would be " } else { "" };
    if cleared.is_empty() {
        writeln!(out, "{}: nothing to clear", location.file_text())?;
    }
    if let Some(flags) = flags {
        writeln!(out, "{}: {would}cleared: flags {flags:#x} of a writer", location.file_text())?;
    }
    if half_done_commit {
        writeln!(
            out,
            "{}: {would}finished: a commit, from the record beside the file",
            location.file_text()
        )?;
    }
    if let Some((before, after)) = end_of_file {
        writeln!(
            out,
            "{}: {would}set: the end of the file, {before} in the superblock, to {after}",
            location.file_text()
        )?;
    }
    Ok(Exit::Success)
}
