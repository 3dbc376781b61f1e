//! `h5 new` and `h5 mkgroup`.

use std::ffi::OsString;

use clap::Args;
use h5::{File, NewGroup};

use crate::args::GlobalArgs;
use crate::backend::NewFile;
use crate::edit::Bounds;
use crate::failure::{Exit, Failure, Outcome};
use crate::location::Location;

/// Create an empty file.
///
/// A file that is there stays as it is, unless --force says to replace it.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  h5 new scan.h5 --bounds v18")]
pub(crate) struct NewArgs {
    /// File to create
    #[arg(value_name = "FILE")]
    pub(crate) file: OsString,

    /// The oldest release of the C library that is to read it
    #[arg(long, value_name = "RELEASE", default_value = "v18", value_enum)]
    pub(crate) bounds: Bounds,

    /// Leave so many bytes at the file's beginning free: a power of two from 512 on
    #[arg(long, value_name = "BYTES", default_value_t = 0)]
    pub(crate) user_block: u64,

    /// Keep the order in which links of the root group are made
    #[arg(long)]
    pub(crate) track_order: bool,

    /// Replace a file that is there
    #[arg(long, short)]
    pub(crate) force: bool,
}

/// Create groups.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 mkgroup scan.h5::/entry
  h5 mkgroup -p scan.h5::/entry/detector/raw")]
pub(crate) struct MkgroupArgs {
    /// FILE::/path of each group
    #[arg(value_name = "FILE::PATH", required = true)]
    pub(crate) places: Vec<OsString>,

    /// Create the groups on the way too, and take a group that is there as done
    #[arg(long, short)]
    pub(crate) parents: bool,

    /// Keep the order in which links of the group are made
    #[arg(long)]
    pub(crate) track_order: bool,
}

pub(crate) fn new(args: &NewArgs, global: &GlobalArgs) -> Outcome {
    let location = Location::of_file(&args.file);
    let new = NewFile {
        replaces: args.force,
        user_block_bytes: args.user_block,
        root: group(args.track_order),
        ..NewFile::default()
    };
    let made = location.create_at(&location.file, &new, args.bounds.into(), global);
    let file = made.map_err(|failure| match &failure {
        Failure::File { error, .. } if error.kind() == h5::ErrorKind::AlreadyExists => {
            Failure::usage(format!("{failure}; --force replaces it"))
        }
        _ => failure,
    })?;
    location.close(&file)?;
    Ok(Exit::Success)
}

pub(crate) fn mkgroup(args: &MkgroupArgs, global: &GlobalArgs) -> Outcome {
    for place in &args.places {
        let location = Location::parse(place);
        let file = location.open_to_change(global)?;
        make(&location, &file, args)?;
        location.close(&file)?;
    }
    Ok(Exit::Success)
}

fn make(location: &Location, file: &File, args: &MkgroupArgs) -> Outcome<()> {
    let blame = |error| location.blame(error);
    if args.parents {
        if let Ok(object) = file.object(location.path.as_bytes()) {
            return object.into_group().map(drop).map_err(blame);
        }
        if let Some((parent, _)) = crate::edit::split_path(&location.path) {
            file.require_group(parent.as_bytes()).map_err(blame)?;
        }
    }
    let (parent, name) = location.parent(file)?;
    parent.create_group_from(name.as_bytes(), &group(args.track_order)).map(drop).map_err(blame)
}

fn group(track_order: bool) -> NewGroup {
    let mut group = NewGroup::default();
    group.tracks_link_creation = track_order;
    group.tracks_attribute_creation = track_order;
    group
}
