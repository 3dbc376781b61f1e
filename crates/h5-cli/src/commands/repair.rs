//! `h5 clear` and `h5 recover`.

use std::ffi::OsString;
use std::io::Write as _;

use clap::Args;
use h5::{Cleared, CopyFailure, CopyOptions, CopyReport, CopyVerdict, File, NewGroup};
use serde_json::json;

use crate::args::GlobalArgs;
use crate::backend::{Backend, NewFile};
use crate::copying::{self, Watch};
use crate::edit::Bounds;
use crate::failure::{Exit, Failure, Outcome};
use crate::json::{ListDocument, record, write_document};
use crate::location::Location;
use crate::out::Out;
use crate::scratch_file::ScratchFile;

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

/// Copy everything that can be read into a new file.
///
/// Each chunk is decoded, so that what is copied is whole; of data without chunks, every part that can be read is. What cannot be read is
/// listed. Elements that are lost read as the fill value in the copy.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 recover damaged.h5 saved.h5
  h5 recover --json damaged.h5 saved.h5 | jq '.lost[].path'

Exit status: 0 if nothing is lost, 1 if something is, 2 if the file does not open at all.")]
pub(crate) struct RecoverArgs {
    /// File to read
    #[arg(value_name = "FILE")]
    pub(crate) file: OsString,

    /// File to write
    #[arg(value_name = "OUT")]
    pub(crate) out: OsString,

    /// Replace OUT if it is there
    #[arg(long, short)]
    pub(crate) force: bool,

    /// The oldest release of the C library that is to read the file
    #[arg(long, value_name = "RELEASE", default_value = "v200", value_enum)]
    pub(crate) bounds: Bounds,

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
        }));
        write_document(out, "h5.clear", &fields)?;
        return Ok(Exit::Success);
    }
    let Cleared { flags, end_of_file, .. } = cleared;
    let would = if args.dry_run { "would be " } else { "" };
    if cleared.is_empty() {
        writeln!(out, "{}: nothing to clear", location.file_text())?;
    }
    if let Some(flags) = flags {
        writeln!(out, "{}: {would}cleared: flags {flags:#x} of a writer", location.file_text())?;
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

pub(crate) fn recover(args: &RecoverArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let from = Location::of_file(&args.file);
    let to = Location::of_file(&args.out);
    if to.file.exists() && (!args.force || from.is_same_file(&to)) {
        let hint = if from.is_same_file(&to) { "recover into another file" } else { "--force replaces it" };
        return Err(Failure::usage(format!("{}: there already; {hint}", to.file_text())));
    }
    let source = from.open(global)?;
    let scratch = ScratchFile::beside(&to.file);
    let report = save(args, &from, &to, &source, &scratch, global)?;
    if report.is_stopped() {
        return Ok(Exit::Interrupted);
    }
    scratch.publish()?;
    if args.json {
        tell_json(&from, &to, &report, out)?
    } else {
        tell(&to, &report, out)?
    }
    Ok(copying::exit(&report))
}

fn save(
    args: &RecoverArgs,
    from: &Location,
    to: &Location,
    source: &File,
    scratch: &ScratchFile,
    global: &GlobalArgs,
) -> Outcome<CopyReport> {
    let info = source.info().map_err(|error| from.blame(error))?;
    let root = source.root().map_err(|error| from.blame(error))?;
    let mut group = NewGroup::default();
    if let Ok(object) = root.object().info() {
        group.tracks_link_creation = object.tracks_link_creation;
        group.tracks_attribute_creation = object.tracks_attribute_creation;
    }
    let new = NewFile { root: group, ..NewFile::default() };
    let target = to.create_at(scratch.path(), &new, args.bounds.into(), global)?;
    let watch = Watch::new("recover", info.length_bytes.unwrap_or(0), global);
    let tell = |state: &h5::CopyProgress| watch.tell(state);
    let options = CopyOptions::new().failure(CopyFailure::Skip).raw_chunks(false).progress(&tell);
    let copied = target.root().and_then(|target| options.copy_contents(&root, &target));
    let closed = target.close();
    let report = copied.map_err(|error| to.blame(error))?;
    closed.map_err(|error| to.blame(error))?;
    Ok(report)
}

fn tell(to: &Location, report: &CopyReport, out: &mut Out) -> Outcome<()> {
    for remark in &report.remarks {
        writeln!(out, "{}", crate::describe::printable(&remark.to_string()))?;
    }
    if report.remarks_left_out > 0 {
        writeln!(out, "and {} more of the kind", report.remarks_left_out)?;
    }
    let verdict = if report.is_complete() { "nothing is lost" } else { "the above is lost" };
    writeln!(
        out,
        "{}: {} objects, {} attributes; {verdict}",
        to.file_text(),
        report.objects,
        report.attributes
    )?;
    Ok(())
}

fn tell_json(from: &Location, to: &Location, report: &CopyReport, out: &mut Out) -> Outcome<()> {
    let head = record(json!({
        "file": from.file_json(), "out": to.file_json(), "objects": report.objects, "attributes": report.attributes,
        "links": report.links, "complete": report.is_complete(), "remarks_left_out": report.remarks_left_out,
        "changed": report.remarks.iter().filter(|remark| remark.verdict == CopyVerdict::Changed)
            .map(copying::remark_json).collect::<Vec<_>>(),
    }));
    let mut document = ListDocument::begin(out, "h5.recover", &head, "lost")?;
    for remark in report.losses() {
        document.item(out, &copying::remark_json(remark))?;
    }
    document.end(out, &record(json!({})))?;
    Ok(())
}
