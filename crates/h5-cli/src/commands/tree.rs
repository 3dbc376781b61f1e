//! `h5 tree`.

use std::ffi::OsString;
use std::io::Write as _;

use clap::Args;
use h5::{DatasetInfo, Group, Link, LinkTarget, Object, ObjectKind, Order};
use serde_json::{Value, json};

use super::attributes;
use crate::args::GlobalArgs;
use crate::describe::{
    counted, error_json, filters_json, filters_text, kind_text, layout_kind, link_json, maximum_json,
    printable, shape_json, shape_text, shortened, target_text,
};
use crate::failure::{Exit, Outcome};
use crate::json::{ListDocument, Record, record};
use crate::location::Location;
use crate::out::{Out, Role};
use crate::walk::{Entry, Item, Walk};

/// Show the objects of a file as a tree.
///
/// Datasets come with datatype and shape, links with where they lead, and what cannot be read with the reason: a broken object
/// never hides its neighbours. An object that several hard links lead to is shown once, later links name the first.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 tree scan.h5
  h5 tree --attrs --depth 2 scan.h5::/entry
  h5 tree --json scan.h5 | jq '.objects[] | select(.kind == \"dataset\").path'

Exit status: 0, or 1 if something below could not be read, 2 if the file or the object could not be opened.")]
pub(crate) struct TreeArgs {
    /// File, or FILE::/path to begin at an object
    #[arg(value_name = "FILE[::PATH]")]
    pub(crate) place: OsString,

    /// Go down so many levels only
    #[arg(long, short, value_name = "N")]
    pub(crate) depth: Option<usize>,

    /// Show attributes too
    #[arg(long, short)]
    pub(crate) attrs: bool,

    /// Stop after so many lines
    #[arg(long, short = 'n', value_name = "N")]
    pub(crate) limit: Option<u64>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Elements of an attribute in JSON.
const JSON_ELEMENTS: usize = 1000;

pub(crate) fn run(args: &TreeArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let location = Location::parse(&args.place);
    let file = location.open_within_limits(global)?;
    let start = location.find_whole(&file)?;
    let walk = Walk::new(start, location.path.clone()).depth_limit(args.depth);
    let limit = args.limit.unwrap_or(u64::MAX);
    if args.json { json(walk, &location, args, limit, out) } else { text(walk, &location, args, limit, out) }
}

/// What lies below an object, as a tree on the output. Also the demonstration's way to show its file.
pub(crate) fn text(
    mut walk: Walk,
    location: &Location,
    args: &TreeArgs,
    limit: u64,
    out: &mut Out,
) -> Outcome {
    let mut exit = Exit::Success;
    // For each level, whether more siblings follow there.
    let mut open: Vec<bool> = Vec::new();
    let mut parents: Vec<Group> = Vec::new();
    let mut lines = 0_u64;
    while let Some(entry) = walk.next() {
        if lines >= limit {
            writeln!(out, "{}", out.paint.text(Role::Aside, "... (limit reached)"))?;
            return Ok(exit);
        }
        lines = lines.saturating_add(1);
        if matches!(entry.item, Item::Broken(_)) {
            exit = Exit::No;
        }
        open.truncate(entry.depth.saturating_sub(1));
        parents.truncate(entry.depth);
        let mut prefix = indent(&open, out);
        if entry.depth == 0 {
            writeln!(out, "{}{}", label_of_start(location, &entry, out), facts(&entry, &walk, None, out))?;
        } else {
            let mark = if entry.last { out.glyphs.last } else { out.glyphs.branch };
            let facts = facts(&entry, &walk, parents.last(), out);
            writeln!(out, "{}{mark}{}{facts}", out.paint.text(Role::Aside, &prefix), label(&entry, out))?;
            open.push(!entry.last);
            prefix = indent(&open, out);
        }
        if let Item::Object(object) = &entry.item {
            if args.attrs {
                let below = matches!(object.kind(), ObjectKind::Group) && has_links(object);
                let bar = if below && entry.not_entered.is_none() { out.glyphs.bar } else { "   " };
                write_attributes(object, &format!("{prefix}{bar}"), out)?;
            }
            if let Ok(group) = object.clone().into_group() {
                parents.push(group);
            }
        }
    }
    Ok(exit)
}

fn indent(open: &[bool], out: &Out) -> String {
    open.iter().map(|&more| if more { out.glyphs.bar } else { "   " }).collect()
}

fn has_links(object: &Object) -> bool {
    object.clone().into_group().and_then(|group| group.link_count()).is_ok_and(|count| count > 0)
}

fn write_attributes(object: &Object, prefix: &str, out: &mut Out) -> Outcome<()> {
    let prefix = out.paint.text(Role::Aside, prefix);
    match object.attributes(Order::Name) {
        Ok(attributes) => {
            for attribute in attributes {
                match attribute {
                    Ok(attribute) => writeln!(out, "{prefix}{}", attributes::line(&attribute, out.paint))?,
                    Err(error) => writeln!(out, "{prefix}{}", broken(&error, out))?,
                }
            }
        }
        Err(error) => writeln!(out, "{prefix}{}", broken(&error, out))?,
    }
    Ok(())
}

fn label_of_start(location: &Location, entry: &Entry, out: &Out) -> String {
    let text = location.text();
    match &entry.item {
        Item::Object(object) => out.paint.text(role(object.kind()), &text),
        _ => text,
    }
}

fn label(entry: &Entry, out: &Out) -> String {
    let name = if entry.name.is_empty() { "?".to_owned() } else { shortened(&entry.name, 300) };
    match &entry.item {
        Item::Object(object) => out.paint.text(role(object.kind()), &name),
        Item::Again(_) | Item::Link(_) => out.paint.text(Role::Link, &name),
        Item::Broken(_) => out.paint.text(Role::Broken, &name),
    }
}

fn role(kind: ObjectKind) -> Role {
    match kind {
        ObjectKind::Group => Role::Group,
        ObjectKind::Dataset => Role::Dataset,
        ObjectKind::CommittedDatatype => Role::Datatype,
    }
}

/// What follows the name.
fn facts(entry: &Entry, walk: &Walk, parent: Option<&Group>, out: &Out) -> String {
    let text = match &entry.item {
        Item::Object(object) => object_facts(object, out),
        Item::Again(token) => format!("  = {}", shortened(&walk.first_path(*token), 300)),
        Item::Link(link) => format!(" -> {}{}", target_text(link), led_to(link, parent, out)),
        Item::Broken(error) => format!("  {}", broken(error, out)),
    };
    match entry.not_entered {
        Some(reason) => format!("{text}  {}", out.paint.text(Role::Aside, &format!("[{reason}]"))),
        None => text,
    }
}

fn object_facts(object: &Object, out: &Out) -> String {
    match object.kind() {
        ObjectKind::Group => String::new(),
        ObjectKind::CommittedDatatype => match object.node().as_datatype() {
            Some(datatype) => format!("  datatype {}", shortened(datatype, 100)),
            None => "  datatype".into(),
        },
        ObjectKind::Dataset => match object.clone().into_dataset().and_then(|dataset| dataset.info()) {
            Ok(info) => format!("  {}", out.paint.text(Role::Aside, &dataset_line(&info))),
            Err(error) => format!("  {}", broken(&error, out)),
        },
    }
}

/// Datatype, shape, and how it is stored if that is not the usual way.
pub(crate) fn dataset_line(info: &DatasetInfo) -> String {
    let mut line = format!("{} {}", shortened(&info.datatype, 100), shape_text(&info.dataspace));
    let layout = layout_kind(info);
    if !matches!(layout, "contiguous" | "compact") {
        line.push(' ');
        line.push_str(layout);
    }
    if !info.filters.is_empty() {
        line.push_str(&format!(" [{}]", filters_text(&info.filters)));
    }
    line
}

/// Whether a link leads anywhere, and to what.
fn led_to(link: &Link, parent: Option<&Group>, out: &Out) -> String {
    let Some(parent) = parent else { return String::new() };
    if matches!(link.target, LinkTarget::UserDefined { .. }) {
        return String::new();
    }
    match parent.follow(link) {
        Ok(object) => format!("  {}", out.paint.text(Role::Aside, kind_text(object.kind()))),
        Err(error) => {
            let reason = match error.kind() {
                h5::ErrorKind::NotFound => "dangling".to_owned(),
                h5::ErrorKind::PermissionDenied => "not followed, see --access".to_owned(),
                _ => printable(error.message()),
            };
            format!("  {}", out.paint.text(Role::Broken, &format!("({})", shortened(&reason, 200))))
        }
    }
}

fn broken(error: &h5::Error, out: &Out) -> String {
    out.paint.text(Role::Broken, &format!("broken: {}", shortened(&printable(&error.to_string()), 400)))
}

fn json(mut walk: Walk, location: &Location, args: &TreeArgs, limit: u64, out: &mut Out) -> Outcome {
    let head = record(json!({ "file": location.file_json() }));
    let mut document = ListDocument::begin(out, "h5.tree", &head, "objects")?;
    let (mut exit, mut lines, mut cut) = (Exit::Success, 0_u64, false);
    while let Some(entry) = walk.next() {
        if lines >= limit {
            cut = true;
            break;
        }
        lines = lines.saturating_add(1);
        if matches!(entry.item, Item::Broken(_)) {
            exit = Exit::No;
        }
        let mut fields = entry_record(&entry, &walk);
        if args.attrs
            && let Item::Object(object) = &entry.item
        {
            fields.insert("attributes".into(), attributes::all_json(object, JSON_ELEMENTS));
        }
        document.item(out, &Value::Object(fields))?;
    }
    document.end(out, &record(json!({ "truncated": cut })))?;
    Ok(exit)
}

/// An entry of a walk in JSON, shared with `ls`.
pub(crate) fn entry_record(entry: &Entry, walk: &Walk) -> Record {
    let mut fields = record(json!({ "path": walk.path(entry).to_text() }));
    match &entry.item {
        Item::Object(object) => {
            fields.insert("kind".into(), json!(kind_text(object.kind())));
            object_record(object, &mut fields);
        }
        Item::Again(token) => {
            fields.insert("kind".into(), json!("link"));
            fields.insert("link".into(), json!("hard"));
            fields.insert("target".into(), json!(walk.first_path(*token).to_text()));
        }
        Item::Link(link) => {
            fields.insert("kind".into(), json!("link"));
            fields.append(&mut record(link_json(link)));
        }
        Item::Broken(error) => {
            fields.insert("kind".into(), json!("broken"));
            fields.insert("error".into(), error_json(error));
        }
    }
    if let Some(reason) = entry.not_entered {
        fields.insert("not_entered".into(), json!(reason));
    }
    fields
}

/// What the kind of an object adds to its record.
pub(crate) fn object_record(object: &Object, fields: &mut Record) {
    match object.kind() {
        ObjectKind::Group => {
            if let Ok(count) = object.clone().into_group().and_then(|group| group.link_count()) {
                fields.insert("links".into(), json!(count));
            }
        }
        ObjectKind::CommittedDatatype => {
            if let Some(datatype) = object.node().as_datatype() {
                fields.insert("datatype".into(), json!(datatype.to_string()));
            }
        }
        ObjectKind::Dataset => match object.clone().into_dataset().and_then(|dataset| dataset.info()) {
            Ok(info) => {
                fields.insert("datatype".into(), json!(info.datatype.to_string()));
                fields.insert("shape".into(), shape_json(&info.dataspace));
                fields.insert("maximum_shape".into(), maximum_json(&info.dataspace));
                fields.insert("layout".into(), json!(layout_kind(&info)));
                fields.insert("filters".into(), filters_json(&info.filters));
            }
            Err(error) => {
                fields.insert("error".into(), error_json(&error));
            }
        },
    }
}

/// The number of links of a group, in words.
pub(crate) fn links_text(group: &Group) -> String {
    group.link_count().map_or_else(|error| printable(&error.to_string()), |count| counted(count, "link"))
}
