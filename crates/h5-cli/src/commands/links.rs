//! `h5 mv`, `h5 rm` and `h5 ln`: what changes links and nothing else.

use std::ffi::OsString;
use std::io::Write as _;

use clap::Args;
use h5::{File, Group, Link, LinkTarget, Name};

use crate::args::GlobalArgs;
use crate::edit::below;
use crate::failure::{Exit, Failure, Outcome};
use crate::location::Location;
use crate::out::Out;

/// Move or rename an object within its file.
///
/// If the new place is a group, the object goes into it under its name. Links that lead to the object by its path are not adapted.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 mv scan.h5::/entry/tmp scan.h5::/entry/dark
  h5 mv scan.h5::/dark scan.h5::/entry")]
pub(crate) struct MvArgs {
    /// FILE::/path of the object
    #[arg(value_name = "FILE::PATH")]
    pub(crate) from: OsString,

    /// FILE::/path of its new place, in the same file
    #[arg(value_name = "FILE::NEW")]
    pub(crate) to: OsString,

    /// Remove what is at the new place, with all that only it leads to
    #[arg(long, short)]
    pub(crate) force: bool,

    /// Tell what would happen
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Remove links, and objects that no other hard link leads to.
///
/// The file does not get shorter: its space is used for what is written next. `h5 repack` makes it shorter.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 rm scan.h5::/entry/dark
  h5 rm -r --dry-run scan.h5::/entry")]
pub(crate) struct RmArgs {
    /// FILE::/path of each link
    #[arg(value_name = "FILE::PATH", required = true)]
    pub(crate) places: Vec<OsString>,

    /// Remove groups that are not empty too
    #[arg(long, short)]
    pub(crate) recursive: bool,

    /// Tell what would happen
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Make a link to an object.
///
/// A hard link is a further name of an object of the same file. A soft link holds a path, an external link a file and a path, and
/// whether anything is there is not asked.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 ln scan.h5::/entry/data scan.h5::/default
  h5 ln -s ../raw/data scan.h5::/entry/data
  h5 ln -e master.h5::/entry/data scan.h5::/remote")]
pub(crate) struct LnArgs {
    /// FILE::/path of the object; with -s a path, with -e FILE::PATH as the link is to hold it
    #[arg(value_name = "TARGET")]
    pub(crate) target: OsString,

    /// FILE::/path of the new link
    #[arg(value_name = "FILE::PATH")]
    pub(crate) link: OsString,

    /// Make a soft link
    #[arg(long, short, conflicts_with = "external")]
    pub(crate) soft: bool,

    /// Make an external link
    #[arg(long, short)]
    pub(crate) external: bool,

    /// Replace a link that is there, unless it is the last one to an object
    #[arg(long, short)]
    pub(crate) force: bool,
}

pub(crate) fn mv(args: &MvArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let from = Location::parse(&args.from);
    let to = Location::parse(&args.to);
    if !from.is_same_file(&to) {
        let message = format!(
            "{} and {} are two files: copy with `h5 cp`, then remove with `h5 rm`",
            from.file_text(),
            to.file_text()
        );
        return Err(Failure::usage(message));
    }
    let file = from.open_for(args.dry_run, global)?;
    let (_, link) = from.link(&file)?;
    let to = destination(&to, &file, &link.name);
    let there = to.link(&file).ok();
    if there.is_some() && !args.force {
        return Err(Failure::usage(format!("{}: there already; --force removes it", to.text())));
    }
    if args.dry_run {
        if there.is_some() {
            writeln!(out, "would remove {}", to.text())?;
        }
        writeln!(out, "would move {} to {}", from.text(), to.text())?;
        return Ok(Exit::Success);
    }
    if there.is_some() {
        refuse_to_remove_what_holds(&from, &to)?;
        file.remove(to.path.as_bytes()).map_err(|error| to.blame(error))?;
    }
    file.rename(from.path.as_bytes(), to.path.as_bytes()).map_err(|error| from.blame(error))?;
    from.close(&file)?;
    Ok(Exit::Success)
}

/// Replacing a group by something below it, or a thing by itself, would lose it.
pub(crate) fn refuse_to_remove_what_holds(from: &Location, to: &Location) -> Outcome<()> {
    let (from, outer) = (crate::edit::normal(&from.path), crate::edit::normal(&to.path));
    let rest = from.as_bytes().strip_prefix(outer.as_bytes());
    if rest.is_some_and(|rest| rest.is_empty() || rest.first() == Some(&b'/')) {
        return Err(Failure::usage(format!("{outer} holds {from} and cannot be replaced by it")));
    }
    Ok(())
}

/// Where something of that name goes: into a group that is there, else to the place itself.
pub(crate) fn destination(to: &Location, file: &File, name: &Name) -> Location {
    match file.group(to.path.as_bytes()) {
        Ok(_) => to.at(below(&to.path, name)),
        Err(_) => to.clone(),
    }
}

pub(crate) fn rm(args: &RmArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    for place in &args.places {
        let location = Location::parse(place);
        let file = location.open_for(args.dry_run, global)?;
        let (group, link) = location.link(&file)?;
        let goes = objects_that_go(&location, &group, &link)?;
        if goes.len() > 1 && !args.recursive {
            let message = format!(
                "{}: a group with {} objects below it; -r removes them too",
                location.text(),
                goes.len().saturating_sub(1)
            );
            return Err(Failure::usage(message));
        }
        if args.dry_run {
            if goes.is_empty() {
                writeln!(out, "would remove the link {}", location.text())?;
            }
            for path in goes {
                writeln!(out, "would remove {}::{path}", location.file_text())?;
            }
            continue;
        }
        file.remove(location.path.as_bytes()).map_err(|error| location.blame(error))?;
        location.close(&file)?;
    }
    Ok(Exit::Success)
}

/// Paths of the objects that go with a link: those that no hard link from elsewhere leads to, as far as counts tell.
fn objects_that_go(location: &Location, group: &Group, link: &Link) -> Outcome<Vec<String>> {
    if !matches!(link.target, LinkTarget::Hard(_)) {
        return Ok(Vec::new());
    }
    // What cannot be opened is removed as well.
    let Ok(object) = group.follow(link) else { return Ok(vec![location.path.to_string()]) };
    let count = object.info().map_or(1, |info| info.reference_count);
    if count > 1 {
        return Ok(Vec::new());
    }
    let Ok(group) = object.clone().into_group() else { return Ok(vec![object.path().to_owned()]) };
    let below = group.walk().map(|found| match found {
        Ok(object) => object.path().to_owned(),
        Err(error) => error.path().unwrap_or("(unreadable)").to_owned(),
    });
    Ok(below.collect())
}

pub(crate) fn ln(args: &LnArgs, global: &GlobalArgs) -> Outcome {
    let link = Location::parse(&args.link);
    let file = link.open_to_change(global)?;
    let blame = |error| link.blame(error);
    let (group, name) = link.parent(&file)?;
    if args.force
        && let Some(there) = group.link(name.as_bytes()).map_err(blame)?
    {
        if !objects_that_go(&link, &group, &there)?.is_empty() {
            let message = format!("{}: the last link to an object; remove it with `h5 rm`", link.text());
            return Err(Failure::usage(message));
        }
        group.remove(name.as_bytes()).map_err(blame)?;
    }
    if args.soft {
        let target = Name::new(args.target.as_encoded_bytes());
        group.link_soft(name.as_bytes(), target).map_err(blame)?;
    } else if args.external {
        let (target_file, path) = external(args.target.as_encoded_bytes())?;
        group.link_external(name.as_bytes(), target_file, path).map_err(blame)?;
    } else {
        let target = Location::parse(&args.target);
        if !target.is_same_file(&link) {
            let message = format!("{}: a hard link to another file; -e makes an external one", target.text());
            return Err(Failure::usage(message));
        }
        let object = file.object(target.path.as_bytes()).map_err(|error| target.blame(error))?;
        group.link_hard(name.as_bytes(), object).map_err(blame)?;
    }
    link.close(&file)?;
    Ok(Exit::Success)
}

/// `FILE::PATH` as an external link holds it: the file is not looked for.
fn external(target: &[u8]) -> Outcome<(Name, Name)> {
    let at = target.windows(2).position(|pair| pair == b"::");
    let split = at.and_then(|at| Some((target.get(..at)?, target.get(at.checked_add(2)?..)?)));
    match split {
        Some((file, path)) if !file.is_empty() && !path.is_empty() => Ok((Name::new(file), Name::new(path))),
        _ => Err(Failure::usage("an external link's target is FILE::PATH")),
    }
}
