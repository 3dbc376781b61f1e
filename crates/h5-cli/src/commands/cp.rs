//! `h5 cp`.

use std::ffi::OsString;
use std::io::Write as _;

use clap::{Args, ValueEnum};
use h5::{CopyFailure, CopyReport, File, Group, LinkCopy, Name, Object};

use super::links::destination;
use crate::args::GlobalArgs;
use crate::backend::NewFile;
use crate::copying::{self, Watch};
use crate::edit::{Bounds, normal, split_path};
use crate::failure::{self, Exit, Failure, Outcome};
use crate::location::Location;
use crate::out::Out;

/// Copy objects within a file or to another one.
///
/// A group is copied with everything below it. The copy has the same attributes, types, layouts, filters and links; objects with
/// several names have them in the copy too, and references to objects that are copied lead to the copies. If the new place is a group,
/// the copy goes into it; a file without a path means its root group. A file that is not there is created.
///
/// To and from HSDS several datasets are copied at a time: --threads says how many.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 cp scan.h5::/entry/dark scan.h5::/entry/dark.old
  h5 cp scan.h5::/camera new.h5
  h5 cp --follow all --access same-dir master.h5 whole.h5
  h5 cp scan.h5 libhdf5:copy.h5         (if built with that backend)
  h5 cp --resume scan.h5 hsds://host:5101/home/me/scan.h5

Exit status: 0, 1 if something was left out with --skip-errors, 2 if nothing was copied.")]
pub(crate) struct CpArgs {
    /// File, or FILE::/path of an object
    #[arg(value_name = "FILE[::PATH]")]
    pub(crate) from: OsString,

    /// File, or FILE::/path of the copy or of the group that it goes into
    #[arg(value_name = "FILE[::PATH]")]
    pub(crate) to: OsString,

    /// Copy what links of a kind lead to instead of the links (external ones: as far as --access lets it)
    #[arg(long, value_name = "LINKS", value_enum)]
    pub(crate) follow: Option<Follow>,

    /// Leave attributes out
    #[arg(long)]
    pub(crate) no_attributes: bool,

    /// Leave out what cannot be copied instead of giving up
    #[arg(long)]
    pub(crate) skip_errors: bool,

    /// Create the groups on the way to the new place
    #[arg(long, short)]
    pub(crate) parents: bool,

    /// Remove what is at the new place, with all that only it leads to
    #[arg(long, short)]
    pub(crate) force: bool,

    /// Go on with a copy that ended early, or make one that can be gone on with
    ///
    /// For whole files and domains. The copy keeps a note of how far it has come as attributes of its root group until it is whole. What was
    /// copied stays if it ends early, and the same command goes on from there, unless the original was changed meanwhile.
    #[arg(long, conflicts_with_all = ["force", "parents", "dry_run", "skip_errors"])]
    pub(crate) resume: bool,

    /// The oldest release of the C library that is to read what is written
    #[arg(long, value_name = "RELEASE", default_value = "v18", value_enum)]
    pub(crate) bounds: Bounds,

    /// Tell what would happen
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Which links are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Follow {
    /// Soft links
    Soft,
    /// External links
    External,
    /// Both
    All,
}

pub(crate) fn run(args: &CpArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let from = Location::parse(&args.from);
    let to = Location::parse(&args.to);
    let is_new = !to.exists(global)?;
    if args.dry_run {
        return tell(&from, &to, is_new, args, global, out);
    }
    if args.resume && !(from.is_whole_file() && to.is_whole_file()) {
        return Err(Failure::usage("--resume is for whole files and domains".to_owned()));
    }
    let target = open_target(&to, is_new, args, global)?;
    let result = if from.is_same_file(&to) {
        copy(&from, &target, &to, &target, args, global)
    } else {
        from.open(global).and_then(|source| copy(&from, &source, &to, &target, args, global))
    };
    // What cannot be asked is taken to be unfinished.
    let is_unfinished = || {
        let begun = target.root().and_then(|root| h5::unfinished_source(&root));
        begun.map_or(true, |source| source.is_some())
    };
    let goes_on = args.resume && !matches!(result, Ok(Exit::Success | Exit::No)) && is_unfinished();
    let closed = to.close(&target);
    if goes_on {
        failure::warn(&format!("{}: not whole yet; the same command goes on from here", to.file_text()));
    } else if is_new && !args.resume && !matches!(result, Ok(Exit::Success | Exit::No)) {
        // A file that the copy brought forth has no other content.
        to.backend(global)?.remove(&to.file, global);
    }
    let exit = result?;
    closed?;
    Ok(exit)
}

fn open_target(to: &Location, is_new: bool, args: &CpArgs, global: &GlobalArgs) -> Outcome<File> {
    let bounds = args.bounds.into();
    if is_new {
        to.create_at(&to.file, &NewFile::default(), bounds, global)
    } else {
        to.open_within(bounds, global)
    }
}

/// Where a copy goes.
enum Goal {
    /// A root group goes into a group that is there.
    Contents(Group),
    /// A new link of a group.
    Link(Group, Name),
}

fn copy(
    from: &Location,
    source: &File,
    to: &Location,
    target: &File,
    args: &CpArgs,
    global: &GlobalArgs,
) -> Outcome {
    let object = from.find_whole(source)?;
    let goal = find_goal(from, &object, to, target, args)?;
    let total = source.info().ok().and_then(|info| info.length_bytes).unwrap_or(0);
    let watch = Watch::new("cp", total, global);
    let tell = |state: &h5::CopyProgress| watch.tell(state);
    let follows = |which| {
        let follow = args.follow == Some(which) || args.follow == Some(Follow::All);
        if follow { LinkCopy::Follow } else { LinkCopy::Keep }
    };
    let identity = if args.resume { Some(identity(from, source, to, target)?) } else { None };
    let options = copying::options(from.backend(global)?, to.backend(global)?, global)
        .soft_links(follows(Follow::Soft))
        .external_links(follows(Follow::External))
        .attributes(!args.no_attributes)
        .failure(if args.skip_errors { CopyFailure::Skip } else { CopyFailure::Stop })
        .progress(&tell);
    let options = match &identity {
        Some(identity) => options.resumable(identity),
        None => options,
    };
    let report: CopyReport = match goal {
        Goal::Contents(group) => {
            let source = object.into_group().map_err(|error| from.blame(error))?;
            options.copy_contents(&source, &group)
        }
        Goal::Link(group, name) => options.copy(&object, &group, name),
    }
    .map_err(|error| from.blame(error))?;
    drop(watch);
    copying::warn_of_remarks(&from.file_text(), &report, global);
    Ok(copying::exit(&report))
}

/// Says which original is copied, and in which state. Refuses to go on with what no copy began.
fn identity(from: &Location, source: &File, to: &Location, target: &File) -> Outcome<String> {
    let root = target.root().map_err(|error| to.blame(error))?;
    let begun = h5::unfinished_source(&root).map_err(|error| to.blame(error))?.is_some();
    let is_empty = root.link_count().map_err(|error| to.blame(error))? == 0;
    if !begun && !is_empty {
        let message = format!("{}: there already, and no copy that ended early", to.file_text());
        return Err(Failure::usage(message));
    }
    let token = source.root().map_err(|error| from.blame(error))?.object().token();
    let state = match std::fs::metadata(&from.file) {
        Ok(data) => {
            let time = data.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
            format!("{} bytes of {} ms", data.len(), time.map_or(0, |time| time.as_millis()))
        }
        Err(_) => format!("root {token}"),
    };
    Ok(format!("{}, {state}", from.file_text()))
}

fn find_goal(from: &Location, object: &Object, to: &Location, target: &File, args: &CpArgs) -> Outcome<Goal> {
    let blame = |error| to.blame(error);
    let last = split_path(&from.path).map(|(_, name)| name);
    let Some(name) = last else {
        return match target.group(to.path.as_bytes()) {
            Ok(group) if from.is_same_file(to) && group.object().token() == object.token() => {
                Err(Failure::usage(format!("{}: a copy of the root group into itself", to.text())))
            }
            Ok(group) => Ok(Goal::Contents(group)),
            Err(_) => goal_link(to, target, args),
        };
    };
    let place = destination(to, target, &name);
    if from.is_same_file(to) && normal(&place.path) == normal(&from.path) {
        return Err(Failure::usage(format!("{}: a copy in the place of its original", place.text())));
    }
    if place.link(target).is_ok() {
        if !args.force {
            return Err(Failure::usage(format!("{}: there already; --force removes it", place.text())));
        }
        if from.is_same_file(to) {
            super::links::refuse_to_remove_what_holds(from, &place)?;
        }
        target.remove(place.path.as_bytes()).map_err(blame)?;
    }
    goal_link(&place, target, args)
}

fn goal_link(place: &Location, target: &File, args: &CpArgs) -> Outcome<Goal> {
    if args.parents
        && let Some((parent, _)) = split_path(&place.path)
    {
        target.require_group(parent.as_bytes()).map_err(|error| place.blame(error))?;
    }
    let (group, name) = place.parent(target)?;
    Ok(Goal::Link(group, name))
}

/// What would be copied where.
fn tell(
    from: &Location,
    to: &Location,
    is_new: bool,
    args: &CpArgs,
    global: &GlobalArgs,
    out: &mut Out,
) -> Outcome {
    let source = from.open(global)?;
    let object = from.find_whole(&source)?;
    if is_new {
        writeln!(out, "would create {}", to.file_text())?;
    }
    let place = match (split_path(&from.path), is_new) {
        (None, _) => to.clone(),
        (Some((_, name)), true) if to.is_whole_file() => to.at(crate::edit::below(&to.path, &name)),
        (Some(_), true) => to.clone(),
        (Some((_, name)), false) => {
            let target = to.open(global)?;
            let place = destination(to, &target, &name);
            if place.link(&target).is_ok() {
                if !args.force {
                    let message = format!("{}: there already; --force removes it", place.text());
                    return Err(Failure::usage(message));
                }
                writeln!(out, "would remove {}", place.text())?;
            }
            place
        }
    };
    let objects = object.into_group().map_or(1, |group| group.walk().count());
    writeln!(out, "would copy {} ({objects} objects) to {}", from.text(), place.text())?;
    Ok(Exit::Success)
}
