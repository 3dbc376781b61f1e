//! `h5 repack`.

use std::ffi::OsString;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use clap::Args;
use h5::{
    CopyReport, DatasetInfo, Dataspace, ErrorKind, File, FileInfo, FileSpace, FileSpaceStrategy,
    LibverBounds, Name, NewDataset, NewGroup, NewLayout,
};
use serde_json::json;

use crate::args::GlobalArgs;
use crate::backend::NewFile;
use crate::copying::{self, Watch};
use crate::digest;
use crate::edit::Bounds;
use crate::failure::{self, Exit, Failure, Outcome};
use crate::json::{record, write_document};
use crate::location::Location;
use crate::out::Out;
use crate::scratch_file::ScratchFile;
use crate::storage_spec::{FilterSpec, LayoutSpec, Scoped, scoped_filter, scoped_layout};

/// Write a file anew: without gaps, with other filters, for other releases.
///
/// The new file has the same objects, attributes, links and values. Chunks whose filters stay are taken over as they are, whether this
/// program has the filters or not. The new file appears under its name once it is whole; an interrupted run leaves nothing behind.
///
/// A domain of HSDS is written anew under another name, which then becomes its own; the service decides how it is stored.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 repack old.h5 small.h5 --filter shuffle --filter deflate=6
  h5 repack scan.h5 --in-place --verify
  h5 repack scan.h5 out.h5 --filter /camera:none --layout /camera/frames:chunked=1x512x512

Filters are shuffle, deflate=LEVEL, zstd=LEVEL, lz4, lzf, bzip2=LEVEL, blosc=LEVEL, blosc2=LEVEL, bitshuffle, szip=PIXELS, nbit,
scaleoffset (integers), scaleoffset=DIGITS (floats), fletcher32, NUMBER=PARAMETER,..., none. Several are applied in the order given.
Those said of all datasets leave out what has no chunks and cannot have any, what is smaller than 1 KiB, and what is of variable size.

Exit status: 0, 1 if --verify finds a difference, 2 if the file cannot be copied.")]
pub(crate) struct RepackArgs {
    /// File to read
    #[arg(value_name = "FILE")]
    pub(crate) file: OsString,

    /// File to write
    #[arg(value_name = "OUT", required_unless_present = "in_place", conflicts_with = "in_place")]
    pub(crate) out: Option<OsString>,

    /// Put the new file in the place of the old one
    #[arg(long)]
    pub(crate) in_place: bool,

    /// Replace OUT if it is there
    #[arg(long, short)]
    pub(crate) force: bool,

    /// The oldest release of the C library that is to read the file [default: as the file, or newer if need be]
    #[arg(long, value_name = "RELEASE", value_enum)]
    pub(crate) bounds: Option<Bounds>,

    /// Filters instead of those there are, for all datasets or those at or below PATH
    #[arg(long, value_name = "[PATH:]FILTER", value_parser = scoped_filter)]
    pub(crate) filter: Vec<Scoped<FilterSpec>>,

    /// Layout instead of what there is: chunked=256x256, chunked, contiguous or compact
    #[arg(long, value_name = "[PATH:]LAYOUT", value_parser = scoped_layout)]
    pub(crate) layout: Vec<Scoped<LayoutSpec>>,

    /// Bytes at the file's beginning that are the user's: 0, or a power of two from 512 on [default: as in the file]
    #[arg(long, value_name = "BYTES")]
    pub(crate) user_block: Option<u64>,

    /// How space is managed in the new file [default: as in the file; without --bounds earliest]
    #[arg(long, value_name = "STRATEGY", value_enum)]
    pub(crate) fs_strategy: Option<Strategy>,

    /// Keep a record of free space while the file is closed, for the next writer: with fsm or page
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes", value_parser = yes_or_no)]
    pub(crate) fs_persist: Option<bool>,

    /// Bytes of the smallest free section that is recorded
    #[arg(long, value_name = "BYTES")]
    pub(crate) fs_threshold: Option<u64>,

    /// Bytes of a file space page, 512 to 1 GiB
    #[arg(long, value_name = "BYTES")]
    pub(crate) fs_pagesize: Option<u64>,

    /// Read both files, and compare all that they hold, before the new one appears
    #[arg(long)]
    pub(crate) verify: bool,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    /// Tell what would happen
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What says who may use which space of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Strategy {
    /// Free-space managers, then what is allocated ahead
    Fsm,
    /// Pages of equal size, metadata and raw data apart
    Page,
    /// What is allocated ahead
    Aggr,
    /// The end of the file
    None,
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(format!("{other}: yes or no")),
    }
}

pub(crate) fn run(args: &RepackArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let from = Location::of_file(&args.file);
    let to = goal(args, &from, global)?;
    let source = from.open(global)?;
    check(args, &from, &to, &source, global)?;
    if args.dry_run {
        writeln!(out, "would write {} anew as {}", from.file_text(), to.file_text())?;
        return Ok(Exit::Success);
    }
    let scratch = ScratchFile::beside_on(&to.file, to.backend(global)?, global);
    let report = match write(args, (&from, &to), &source, &scratch, global) {
        Ok(report) => report,
        Err(Failure::File { error, .. }) => return Err(from.blame(error)),
        Err(other) => return Err(other),
    };
    if report.is_stopped() {
        return Ok(Exit::Interrupted);
    }
    copying::warn_of_remarks(&from.file_text(), &report, global);
    if args.verify && !verify((&from, &to), &source, &scratch, global)? {
        return Ok(Exit::No);
    }
    drop(source);
    // A service does not say how long a domain is.
    let length = |path: &Path| std::fs::metadata(path).ok().map(|data| data.len());
    let (before, after) = (length(&from.file), length(scratch.path()));
    scratch.publish()?;
    tell(args, &to, &report, before, after, out)?;
    Ok(copying::exit(&report))
}

/// The file that is written in the end; links to it are followed, so that they stay.
fn goal(args: &RepackArgs, from: &Location, global: &GlobalArgs) -> Outcome<Location> {
    let goal = match &args.out {
        Some(out) => Location::of_file(out),
        None => from.clone(),
    };
    if !goal.backend(global)?.has_files() {
        return Ok(goal);
    }
    match goal.file.canonicalize() {
        Ok(file) => Ok(Location { file, ..goal }),
        Err(error) if args.in_place => Err(goal.blame(error.into())),
        Err(_) => Ok(goal),
    }
}

fn check(
    args: &RepackArgs,
    from: &Location,
    to: &Location,
    source: &File,
    global: &GlobalArgs,
) -> Outcome<()> {
    if !args.in_place && to.exists(global)? {
        if from.is_same_file(to) {
            return Err(Failure::usage(format!("{}: --in-place writes it anew", from.file_text())));
        }
        if !args.force {
            return Err(Failure::usage(format!("{}: there already; --force replaces it", to.file_text())));
        }
    }
    let info = source.info().map_err(|error| from.blame(error))?;
    if let Some(warning) = info.warnings.first().filter(|_| args.in_place && !args.force) {
        let message = format!("{}: {warning}; --force writes it anew nonetheless", from.file_text());
        return Err(Failure::usage(message));
    }
    let filters = args.filter.iter().filter_map(|f| f.path.as_ref());
    for path in filters.chain(args.layout.iter().filter_map(|l| l.path.as_ref())) {
        source.object(path.as_bytes()).map_err(|error| from.blame(error))?;
    }
    Ok(())
}

/// Writes the scratch file, for newer releases if what is in it needs them and nobody said otherwise.
fn write(
    args: &RepackArgs,
    (from, to): (&Location, &Location),
    source: &File,
    scratch: &ScratchFile,
    global: &GlobalArgs,
) -> Outcome<CopyReport> {
    let info = source.info().map_err(|error| from.blame(error))?;
    if !to.backend(global)?.has_files() {
        return write_for(LibverBounds::default(), args, (from, to), source, scratch, global);
    }
    let tries = match (args.bounds, info.superblock_version) {
        (Some(bounds), _) => vec![bounds.into()],
        (None, Some(0 | 1)) => vec![LibverBounds::Earliest, LibverBounds::V18, LibverBounds::V200],
        (None, Some(3)) => vec![LibverBounds::V110, LibverBounds::V200],
        (None, _) => vec![LibverBounds::V18, LibverBounds::V200],
    };
    let mut refusal: Option<h5::Error> = None;
    for bounds in tries {
        let written = write_for(bounds, args, (from, to), source, scratch, global);
        match written {
            Ok(_) if refusal.is_some() && !global.quiet => {
                let why = refusal.take().map(|error| error.to_string()).unwrap_or_default();
                let release = oldest_release(bounds);
                failure::warn(&format!("{}: written for {release} and later: {why}", from.file_text()));
                return written;
            }
            Err(Failure::File { error, .. }) if error.kind() == ErrorKind::Unsupported => {
                // The first reason is the one to tell of if no release helps.
                refusal.get_or_insert(error);
                scratch.discard();
            }
            written => return written,
        }
    }
    Err(from.blame(refusal.unwrap_or_else(|| h5::Error::unsupported("no release to write for"))))
}

/// The oldest release of the C library that reads what is written within bounds.
fn oldest_release(bounds: LibverBounds) -> &'static str {
    match bounds {
        LibverBounds::Earliest => "every release",
        LibverBounds::V18 => "release 1.8",
        LibverBounds::V110 => "release 1.10",
        _ => "release 2.0",
    }
}

fn write_for(
    bounds: LibverBounds,
    args: &RepackArgs,
    (from, to): (&Location, &Location),
    source: &File,
    scratch: &ScratchFile,
    global: &GlobalArgs,
) -> Outcome<CopyReport> {
    let blame = |error| from.blame(error);
    let info = source.info().map_err(blame)?;
    let root = source.root().map_err(blame)?;
    let object = root.object().info().map_err(blame)?;
    let mut group = NewGroup::default();
    group.tracks_link_creation = object.tracks_link_creation;
    group.tracks_attribute_creation = object.tracks_attribute_creation;
    let old_user_block = info.user_block_bytes.unwrap_or(0);
    let is_file = to.backend(global)?.has_files();
    let user_block = args.user_block.unwrap_or(if is_file { old_user_block } else { 0 });
    let space = file_space(args, bounds, is_file, &info);
    let new = NewFile { replaces: false, user_block_bytes: user_block, root: group, space };
    let target = to.create_at(scratch.path(), &new, bounds, global)?;

    let watch = Watch::new("repack", info.length_bytes.unwrap_or(0), global);
    let tell = |state: &h5::CopyProgress| watch.tell(state);
    let adjust = |path: &Name, info: &DatasetInfo, new: &mut NewDataset| adjusted(args, path, info, new);
    let options = copying::options(from.backend(global)?, to.backend(global)?, global);
    let options = options.progress(&tell).adjust(&adjust);
    let copied = target.root().and_then(|target| options.copy_contents(&root, &target));
    let closed = target.close();
    let report = copied.map_err(blame)?;
    closed.map_err(blame)?;
    copy_user_block(&from.file, scratch.path(), old_user_block.min(user_block))
        .map_err(|error| blame(error.into()))?;
    Ok(report)
}

/// How space is managed in the new file: as in the old one, where nothing else was said. The oldest superblock does not say it, so that
/// files for all releases have it if it was asked for.
fn file_space(args: &RepackArgs, bounds: LibverBounds, is_file: bool, info: &FileInfo) -> FileSpace {
    let said = args.fs_strategy.is_some()
        || args.fs_persist.is_some()
        || args.fs_threshold.is_some()
        || args.fs_pagesize.is_some();
    if (bounds == LibverBounds::Earliest || !is_file) && !said {
        return FileSpace::default();
    }
    let strategy = match args.fs_strategy {
        Some(Strategy::Fsm) => FileSpaceStrategy::FreeSpaceManagers,
        Some(Strategy::Page) => FileSpaceStrategy::Page,
        Some(Strategy::Aggr) => FileSpaceStrategy::Aggregators,
        Some(Strategy::None) => FileSpaceStrategy::None,
        None => info.file_space_strategy.unwrap_or(FileSpaceStrategy::FreeSpaceManagers),
    };
    let has_managers = matches!(strategy, FileSpaceStrategy::FreeSpaceManagers | FileSpaceStrategy::Page);
    let persisted = info.persists_free_space.unwrap_or(false) && has_managers;
    let mut space = FileSpace::new(strategy).persists(args.fs_persist.unwrap_or(persisted));
    if let Some(bytes) = args.fs_threshold.or(info.free_space_threshold_bytes) {
        space = space.threshold_bytes(bytes);
    }
    if let Some(bytes) = args.fs_pagesize.or(info.file_space_page_bytes) {
        space = space.page_bytes(bytes);
    }
    space
}

/// The first bytes of a file, which belong to no library.
fn copy_user_block(from: &Path, to: &Path, bytes: u64) -> std::io::Result<()> {
    if bytes == 0 {
        return Ok(());
    }
    let mut source = std::fs::File::open(from)?.take(bytes);
    let mut target = std::fs::File::options().write(true).open(to)?;
    target.rewind()?;
    std::io::copy(&mut source, &mut target).map(drop)
}

// --- How datasets are stored ------------------------------------------------------------------------------------------------------

/// Datasets below that are not chunked for the sake of a filter that all are to have.
const SMALLEST_FILTERED_BYTES: u64 = 1024;

/// What the options say of a dataset. Later ones win, those of a path over those of all.
fn adjusted(args: &RepackArgs, path: &Name, info: &DatasetInfo, new: &mut NewDataset) -> h5::Result<()> {
    let layout = chosen(&args.layout, path);
    if let Some(layout) = layout.last() {
        set_layout(&layout.what, layout.path.is_some(), info, new);
    }
    let filters = chosen(&args.filter, path);
    if let Some(first) = filters.first() {
        set_filters(&filters, first.path.is_some(), info, new);
    }
    Ok(())
}

/// What was said of the dataset: of its path, or else of all.
fn chosen<'a, T>(said: &'a [Scoped<T>], path: &Name) -> Vec<&'a Scoped<T>> {
    let covering = || said.iter().filter(|said| said.covers(path));
    let narrowest = covering().filter_map(|said| said.path.as_ref()).max_by_key(|p| p.as_bytes().len());
    covering().filter(|said| said.path.as_ref() == narrowest).collect()
}

fn is_stored_here(new: &NewDataset) -> bool {
    new.external.is_empty() && !matches!(new.layout, NewLayout::Virtual { .. })
}

fn set_layout(layout: &LayoutSpec, by_path: bool, info: &DatasetInfo, new: &mut NewDataset) {
    let has_dimensions = info.dataspace.rank() > 0;
    let grows = match &info.dataspace {
        Dataspace::Simple { dimensions, maximum } => {
            dimensions.iter().zip(maximum).any(|(&size, &most)| most != Some(size))
        }
        _ => false,
    };
    // What is said of all datasets is not said of those that cannot be so; of a path it is, and refused there.
    if !by_path && (!is_stored_here(new) || (grows && !matches!(layout, LayoutSpec::Chunked(_)))) {
        return;
    }
    let wanted = match layout {
        LayoutSpec::Compact => NewLayout::Compact,
        LayoutSpec::Contiguous => NewLayout::Contiguous,
        LayoutSpec::Chunked(_) if !by_path && !has_dimensions => return,
        LayoutSpec::Chunked(chunk) => {
            let rank = info.dataspace.rank();
            let chunk = match chunk {
                Some(chunk) if by_path || chunk.len() == rank => cut(chunk, &info.dataspace),
                _ => h5::auto_chunk(&info.dataspace, info.datatype.size()),
            };
            NewLayout::Chunked { chunk, index: None }
        }
    };
    if !matches!(wanted, NewLayout::Chunked { .. }) {
        new.filters.clear();
    }
    new.allocation_time = None;
    new.external.clear();
    new.layout = wanted;
}

/// A chunk is not longer than a dimension that cannot grow.
fn cut(chunk: &[u64], dataspace: &Dataspace) -> Vec<u64> {
    let Dataspace::Simple { maximum, .. } = dataspace else { return chunk.to_vec() };
    let mut cut = chunk.to_vec();
    for (size, most) in cut.iter_mut().zip(maximum) {
        *size = most.map_or(*size, |most| (*size).min(most.max(1)));
    }
    cut
}

fn set_filters(filters: &[&Scoped<FilterSpec>], by_path: bool, info: &DatasetInfo, new: &mut NewDataset) {
    let mut wanted = Vec::new();
    for filter in filters {
        match &filter.what {
            FilterSpec::None => wanted.clear(),
            FilterSpec::Add(filter) => wanted.push(filter.clone()),
        }
    }
    let is_chunked = matches!(new.layout, NewLayout::Chunked { .. });
    if !wanted.is_empty() && !is_chunked {
        let size = u64::try_from(info.datatype.size()).unwrap_or(u64::MAX);
        let bytes = info.dataspace.element_count().unwrap_or(0).saturating_mul(size);
        let worthwhile = bytes >= SMALLEST_FILTERED_BYTES && !info.datatype.has_variable_part();
        if !is_stored_here(new) || info.dataspace.rank() == 0 || !(by_path || worthwhile) {
            return;
        }
        let chunk = h5::auto_chunk(&info.dataspace, info.datatype.size());
        new.layout = NewLayout::Chunked { chunk, index: None };
        new.allocation_time = None;
    }
    if is_chunked && !by_path && info.datatype.has_variable_part() && !wanted.is_empty() {
        return;
    }
    new.filters = wanted;
}

// --- Afterwards -------------------------------------------------------------------------------------------------------------------

/// Compares all that both files hold.
fn verify(
    (from, to): (&Location, &Location),
    source: &File,
    scratch: &ScratchFile,
    global: &GlobalArgs,
) -> Outcome<bool> {
    let copy = to.open_at(scratch.path(), global)?;
    let differences = digest::differences(source, &copy);
    for difference in &differences {
        failure::warn(&format!("{}: the copy differs: {difference}", from.file_text()));
    }
    Ok(differences.is_empty())
}

fn tell(
    args: &RepackArgs,
    to: &Location,
    report: &CopyReport,
    before: Option<u64>,
    after: Option<u64>,
    out: &mut Out,
) -> Outcome<()> {
    if args.json {
        let fields = record(json!({
            "file": to.file_json(), "bytes_before": before, "bytes_after": after, "objects": report.objects,
            "attributes": report.attributes, "links": report.links, "raw_chunks": report.raw_chunks,
            "verified": args.verify, "remarks": report.remarks.iter().map(copying::remark_json).collect::<Vec<_>>(),
        }));
        return Ok(write_document(out, "h5.repack", &fields)?);
    }
    let verified = if args.verify { ", verified" } else { "" };
    let (Some(before), Some(after)) = (before, after) else {
        writeln!(out, "{}: {} objects{verified}", to.file_text(), report.objects)?;
        return Ok(());
    };
    let share = u128::from(after).saturating_mul(100).checked_div(before.into()).unwrap_or(0);
    writeln!(
        out,
        "{}: {before} bytes before, {after} bytes after ({share} %), {} objects{verified}",
        to.file_text(),
        report.objects
    )?;
    Ok(())
}
