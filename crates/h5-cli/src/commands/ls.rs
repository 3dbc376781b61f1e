//! `h5 ls`.

use std::ffi::OsString;
use std::io::Write as _;

use clap::Args;
use h5::{Object, ObjectKind};
use serde_json::{Value, json};

use super::tree::{dataset_line, entry_record, links_text};
use crate::args::GlobalArgs;
use crate::describe::{kind_text, printable, shortened, size_text, target_text};
use crate::failure::{Exit, Outcome};
use crate::json::{ListDocument, record};
use crate::location::Location;
use crate::out::{Out, Role};
use crate::time::utc;
use crate::walk::{Entry, Item, Walk};

/// List the links of a group.
///
/// One line a link, by name. With --long: kind, attributes, storage, time of the last change and what the object holds.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 ls scan.h5
  h5 ls -l scan.h5::/entry/data
  h5 ls -r --json scan.h5

Exit status: 0, or 1 if something listed could not be read, 2 if the file or the object could not be opened.")]
pub(crate) struct LsArgs {
    /// File, or FILE::/path of a group or another object
    #[arg(value_name = "FILE[::PATH]")]
    pub(crate) place: OsString,

    /// Everything below, with whole paths
    #[arg(long, short)]
    pub(crate) recursive: bool,

    /// Kind, attributes, storage, time of the last change
    #[arg(long, short)]
    pub(crate) long: bool,

    /// Go down so many levels only
    #[arg(long, short, value_name = "N", requires = "recursive")]
    pub(crate) depth: Option<usize>,

    /// Stop after so many lines
    #[arg(long, short = 'n', value_name = "N")]
    pub(crate) limit: Option<u64>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn run(args: &LsArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let location = Location::parse(&args.place);
    let file = location.open_within_limits(global)?;
    let start = location.find_whole(&file)?;
    // A group is listed by what it holds, anything else by itself.
    let skip = usize::from(start.kind() == ObjectKind::Group);
    let depth = if args.recursive { args.depth } else { Some(1) };
    let mut walk = Walk::new(start, location.path.clone()).depth_limit(depth);
    let mut document = match args.json {
        true => Some(ListDocument::begin(
            out,
            "h5.ls",
            &record(json!({ "file": location.file_json() })),
            "links",
        )?),
        false => None,
    };
    let (mut exit, mut left, mut cut) = (Exit::Success, args.limit.unwrap_or(u64::MAX), false);
    while let Some(entry) = walk.next() {
        if entry.depth < skip {
            continue;
        }
        if left == 0 {
            cut = true;
            break;
        }
        left = left.saturating_sub(1);
        if matches!(entry.item, Item::Broken(_)) {
            exit = Exit::No;
        }
        match &mut document {
            Some(document) => {
                let mut fields = entry_record(&entry, &walk);
                fields.insert("name".into(), json!(entry.name.to_text()));
                document.item(out, &Value::Object(fields))?;
            }
            None => line(&entry, &walk, args, out)?,
        }
    }
    match document {
        Some(document) => document.end(out, &record(json!({ "truncated": cut })))?,
        None if cut => writeln!(out, "{}", out.paint.text(Role::Aside, "... (limit reached)"))?,
        None => {}
    }
    Ok(exit)
}

fn line(entry: &Entry, walk: &Walk, args: &LsArgs, out: &mut Out) -> Outcome<()> {
    let name = match () {
        () if args.recursive || entry.depth == 0 => walk.path(entry),
        () => entry.name.clone(),
    };
    let name = if name.is_empty() { "?".to_owned() } else { shortened(&name, 1000) };
    let (role, kind, facts) = match &entry.item {
        Item::Object(object) => {
            let role = match object.kind() {
                ObjectKind::Group => Role::Group,
                ObjectKind::Dataset => Role::Dataset,
                ObjectKind::CommittedDatatype => Role::Datatype,
            };
            (role, kind_text(object.kind()), object_facts(object))
        }
        Item::Again(token) => {
            (Role::Link, "hard link", format!("= {}", shortened(&walk.first_path(*token), 300)))
        }
        Item::Link(link) => (Role::Link, "link", format!("-> {}", target_text(link))),
        Item::Broken(error) => (Role::Broken, "broken", shortened(&printable(&error.to_string()), 400)),
    };
    let painted = out.paint.text(role, &name);
    let padding = " ".repeat(24_usize.saturating_sub(name.chars().count()));
    if args.long {
        let details = match &entry.item {
            Item::Object(object) => details(object),
            _ => format!("{:>3} {:>10} {:20}", "", "", ""),
        };
        writeln!(out, "{kind:9} {details} {painted}{padding}  {facts}")?;
    } else {
        writeln!(out, "{painted}{padding}  {kind:9} {facts}")?;
    }
    Ok(())
}

/// Number of attributes, stored bytes and the time of the last change, in columns.
fn details(object: &Object) -> String {
    let mut count = 0_u64;
    let listed = object.node().attributes(h5::Order::Native, &mut |_| {
        count = count.saturating_add(1);
        std::ops::ControlFlow::Continue(())
    });
    let attributes = if listed.is_ok() { count.to_string() } else { "?".into() };
    let stored = match object.node().as_dataset() {
        Some(dataset) => dataset.storage_bytes().map_or_else(|_| "?".into(), size_text),
        None => String::new(),
    };
    let time = object.info().ok().and_then(|info| info.modification_time).map(utc).unwrap_or_default();
    format!("{attributes:>3} {stored:>10} {time:20}")
}

fn object_facts(object: &Object) -> String {
    match object.kind() {
        ObjectKind::Group => {
            object.clone().into_group().map_or_else(|_| String::new(), |group| links_text(&group))
        }
        ObjectKind::CommittedDatatype => {
            object.node().as_datatype().map(|datatype| shortened(datatype, 100)).unwrap_or_default()
        }
        ObjectKind::Dataset => match object.clone().into_dataset().and_then(|dataset| dataset.info()) {
            Ok(info) => dataset_line(&info),
            Err(error) => shortened(&printable(&error.to_string()), 400),
        },
    }
}
