//! `h5 recover`.

use std::ffi::OsString;

use clap::Args;
use h5::{CopyFailure, CopyOptions, CopyReport, File, NewGroup, Recovery, SavedChunk};

use crate::args::GlobalArgs;
use crate::backend::{Backend, NewFile, native_options};
use crate::copying::Watch;
use crate::edit::Bounds;
use crate::failure::{Exit, Failure, Outcome};
use crate::location::Location;
use crate::out::Out;
use crate::recovery_report::{self, Recovered};
use crate::scratch_file::ScratchFile;

/// Save what a damaged file has: copy all that can be read, and what is found.
///
/// The copy OUT is a sound file. Flags that a killed writer left are cleared, the end of the file is where it is, and each chunk is decoded,
/// so that what is copied is whole; of data without chunks, every part that can be read is. Objects that no link leads to, because the
/// writer did not come to write it or the group that has it is damaged, are found by their signatures and checksums and linked below
/// /lost+found, by their names where these are found too. Files of before version 1.10 have headers without signatures: what makes sense
/// as one counts. Objects that were removed long ago may come back so. Chunks that the damaged index of a dataset does not
/// lead to are looked for as well. What cannot be read is listed; elements that are lost read as the fill value in the copy.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 recover damaged.h5 saved.h5
  h5 recover --dry-run damaged.h5
  h5 recover --in-place damaged.h5
  h5 recover --json damaged.h5 saved.h5 | jq '.lost[].path'

Exit status: 0 if nothing is lost, 1 if something is, 2 if the file does not open at all.")]
pub(crate) struct RecoverArgs {
    /// File to read
    #[arg(value_name = "FILE")]
    pub(crate) file: OsString,

    /// File to write
    #[arg(value_name = "OUT", required_unless_present_any = ["in_place", "dry_run"])]
    pub(crate) out: Option<OsString>,

    /// Change FILE itself: clear its flags, store its end, link what is found; what is damaged stays so
    #[arg(long, conflicts_with_all = ["out", "force", "bounds"])]
    pub(crate) in_place: bool,

    /// Tell what is wrong with FILE and what is found in it, and write nothing
    #[arg(long, conflicts_with_all = ["out", "in_place", "force", "bounds"])]
    pub(crate) dry_run: bool,

    /// Do not look for objects that no link leads to
    #[arg(long)]
    pub(crate) no_search: bool,

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

pub(crate) fn recover(args: &RecoverArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let from = Location::of_file(&args.file);
    let Some(to) = &args.out else { return without_copy(args, &from, global, out) };
    let to = Location::of_file(to);
    if to.file.exists() && (!args.force || from.is_same_file(&to)) {
        let hint = if from.is_same_file(&to) { "recover into another file" } else { "--force replaces it" };
        return Err(Failure::usage(format!("{}: there already; {hint}", to.file_text())));
    }
    let recovery = open(args, &from, global)?;
    let source = match &recovery {
        Some(recovery) => recovery.file().into(),
        None => from.open(global)?,
    };
    let scratch = ScratchFile::beside(&to.file);
    let (report, chunks) = save(args, &from, &to, &source, recovery.as_ref(), &scratch, global)?;
    if report.is_stopped() {
        return Ok(Exit::Interrupted);
    }
    scratch.publish()?;
    let diagnosis = recovery.as_ref().map(Recovery::diagnosis);
    let recovered = Recovered { from: &from, to: Some(&to), diagnosis, copy: Some(&report), chunks: &chunks };
    recovery_report::tell(&recovered, args.json, out)
}

/// The file as it can be saved; `None` where only a backend can read it: one that is several files, or not a file.
fn open(args: &RecoverArgs, from: &Location, global: &GlobalArgs) -> Outcome<Option<Recovery>> {
    if from.backend(global)? != Backend::Native {
        return Ok(None);
    }
    match Recovery::open(&from.file, &native_options(global), !args.no_search) {
        Ok(recovery) => Ok(Some(recovery)),
        Err(error) if error.kind() == h5::ErrorKind::Unsupported => Ok(None),
        Err(error) => Err(from.blame(error)),
    }
}

/// `--in-place` and `--dry-run`.
fn without_copy(args: &RecoverArgs, from: &Location, global: &GlobalArgs, out: &mut Out) -> Outcome {
    if args.in_place {
        if from.backend(global)? != Backend::Native {
            return Err(Failure::usage("only the backend native changes a damaged file itself"));
        }
        let relinked = h5::recover_in_place(&from.file, &native_options(global), !args.no_search);
        let relinked = relinked.map_err(|error| from.blame(error))?;
        return recovery_report::tell_in_place(from, &relinked, args.json, out);
    }
    let Some(recovery) = open(args, from, global)? else {
        return Err(Failure::usage("only a single file on this machine is looked into; give an OUT"));
    };
    let diagnosis = Some(recovery.diagnosis());
    let recovered = Recovered { from, to: None, diagnosis, copy: None, chunks: &[] };
    recovery_report::tell(&recovered, args.json, out)
}

fn save(
    args: &RecoverArgs,
    from: &Location,
    to: &Location,
    source: &File,
    recovery: Option<&Recovery>,
    scratch: &ScratchFile,
    global: &GlobalArgs,
) -> Outcome<(CopyReport, Vec<SavedChunk>)> {
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
    let chunks = match (&copied, recovery) {
        (Ok(report), Some(recovery)) if !report.is_stopped() => recovery.save_chunks(&target, report),
        _ => Ok(Vec::new()),
    };
    let closed = target.close();
    let report = copied.map_err(|error| to.blame(error))?;
    let chunks = chunks.map_err(|error| to.blame(error))?;
    closed.map_err(|error| to.blame(error))?;
    Ok((report, chunks))
}
