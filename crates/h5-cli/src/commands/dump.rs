//! `h5 dump`.

use std::ffi::OsString;
use std::io::Write as _;

use clap::Args;
use h5::{Dataset, Dataspace, Object, ObjectKind, Order};
use serde_json::json;

use super::attributes;
use super::tree::{dataset_line, entry_record, links_text};
use crate::args::GlobalArgs;
use crate::describe::{error_json, kind_text, printable, shortened, target_text};
use crate::failure::{Exit, Failure, Outcome};
use crate::json::{ListDocument, record, write_fields, write_value};
use crate::location::Location;
use crate::npy;
use crate::out::{Out, Role};
use crate::render::{Format, Stop, Values};
use crate::slice::Slice;
use crate::values::{csv_cell, csv_text};
use crate::walk::{Entry, Item, Walk};

/// Print objects with attributes and values.
///
/// The whole file, or what lies below an object. Of each dataset the first 1,000 elements are printed, unless --limit or --all
/// says otherwise. CSV has the columns path, index, value; npy takes one dataset, whole.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 dump scan.h5
  h5 dump scan.h5::/entry --format json --limit 10
  h5 dump --all --format ndjson scan.h5 > scan.ndjson

Exit status: 0, or 1 if something could not be read, 2 if the file or the object could not be opened.")]
pub(crate) struct DumpArgs {
    /// File, or FILE::/path to begin at an object
    #[arg(value_name = "FILE[::PATH]")]
    pub(crate) place: OsString,

    /// How objects are written
    #[arg(long, short, value_name = "FORMAT", default_value = "text", value_enum)]
    pub(crate) format: Format,

    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,

    /// Print at most so many elements of each dataset
    #[arg(long, short = 'n', value_name = "N", default_value_t = 1000, conflicts_with = "all")]
    pub(crate) limit: u64,

    /// Print all elements
    #[arg(long)]
    pub(crate) all: bool,

    /// Go down so many levels only
    #[arg(long, short, value_name = "N")]
    pub(crate) depth: Option<usize>,

    /// CSV: put an apostrophe before text that a spreadsheet would run as a formula
    #[arg(long)]
    pub(crate) csv_guard: bool,
}

/// Elements of an attribute that are printed as text.
const ATTRIBUTE_ELEMENTS: usize = 100;
/// Characters of an attribute that are printed as text.
const ATTRIBUTE_CHARACTERS: usize = 2000;

/// What is written, how, and how much.
struct Dump<'a> {
    args: &'a DumpArgs,
    limit: u64,
    exit: Exit,
}

pub(crate) fn run(args: &DumpArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let location = Location::parse(&args.place);
    let file = location.open_within_limits(global)?;
    let start = location.find_whole(&file)?;
    let limit = if args.all { u64::MAX } else { args.limit };
    let mut dump = Dump { args, limit, exit: Exit::Success };
    let format = if args.json { Format::Json } else { args.format };
    if format == Format::Npy {
        return dump_npy(start, &location, out);
    }
    let walk = Walk::new(start, location.path.clone()).depth_limit(args.depth);
    match format {
        Format::Text => dump.text(walk, out)?,
        Format::Csv => dump.csv(walk, out)?,
        _ => dump.json(walk, &location, format == Format::Json, out)?,
    }
    Ok(dump.exit)
}

fn dump_npy(start: Object, location: &Location, out: &mut Out) -> Outcome {
    if start.kind() != ObjectKind::Dataset {
        return Err(Failure::usage("a .npy file holds one dataset; name one with FILE::/path"));
    }
    let dataset = start.into_dataset().map_err(|error| location.blame(error))?;
    let shape = dataset.shape().map_err(|error| location.blame(error))?;
    let slice = Slice::whole(&shape);
    match npy::write(&Values { dataset: &dataset, slice: &slice, limit: u64::MAX }, out) {
        Ok(()) => Ok(Exit::Success),
        Err(Stop::Output(error)) => Err(error.into()),
        Err(Stop::File(error)) => Err(location.blame(error)),
    }
}

/// The slice and the limit for a dataset; nothing for a null dataspace, which has no elements.
fn extent(dataset: &Dataset, limit: u64) -> h5::Result<(Slice, u64)> {
    let info = dataset.info()?;
    let limit = if info.dataspace == Dataspace::Null { 0 } else { limit };
    Ok((Slice::whole(info.dataspace.dimensions()), limit))
}

impl Dump<'_> {
    /// Notes a failure of the file and goes on; gives a failure of the output back.
    fn survive(&mut self, written: Result<(), Stop>) -> Outcome<Option<h5::Error>> {
        match written {
            Ok(()) => Ok(None),
            Err(Stop::Output(error)) => Err(error.into()),
            Err(Stop::File(error)) => {
                self.exit = Exit::No;
                Ok(Some(error))
            }
        }
    }

    fn text(&mut self, mut walk: Walk, out: &mut Out) -> Outcome<()> {
        while let Some(entry) = walk.next() {
            let path = shortened(&walk.path(&entry), 1000);
            match &entry.item {
                Item::Object(object) => self.object_text(object, &path, &entry, out)?,
                Item::Again(token) => {
                    let first = shortened(&walk.first_path(*token), 1000);
                    writeln!(out, "{}  = {first}", out.paint.text(Role::Link, &path))?;
                }
                Item::Link(link) => {
                    writeln!(out, "{}  -> {}", out.paint.text(Role::Link, &path), target_text(link))?;
                }
                Item::Broken(error) => {
                    self.exit = Exit::No;
                    writeln!(out, "{}  {}", out.paint.text(Role::Broken, &path), broken(error, out))?;
                }
            }
        }
        Ok(())
    }

    fn object_text(&mut self, object: &Object, path: &str, entry: &Entry, out: &mut Out) -> Outcome<()> {
        let kind = kind_text(object.kind());
        let dataset = object.clone().into_dataset().ok();
        let (role, facts) = match object.kind() {
            ObjectKind::Group => (
                Role::Group,
                object.clone().into_group().map_or_else(|_| String::new(), |group| links_text(&group)),
            ),
            ObjectKind::CommittedDatatype => {
                (Role::Datatype, object.node().as_datatype().map(|d| shortened(d, 4000)).unwrap_or_default())
            }
            ObjectKind::Dataset => match object.clone().into_dataset().and_then(|dataset| dataset.info()) {
                Ok(info) => (Role::Dataset, dataset_line(&info)),
                Err(error) => {
                    self.exit = Exit::No;
                    (Role::Broken, broken(&error, out))
                }
            },
        };
        let note = entry.not_entered.map(|reason| format!("  [{reason}]")).unwrap_or_default();
        writeln!(out, "{}  {kind}  {facts}{note}", out.paint.text(role, path))?;
        self.attributes_text(object, out)?;
        if let Some(dataset) = dataset
            && dataset.info().is_ok()
        {
            self.values_text(&dataset, out)?;
        }
        Ok(())
    }

    fn attributes_text(&mut self, object: &Object, out: &mut Out) -> Outcome<()> {
        let listed = match object.attributes(Order::Name) {
            Ok(listed) => listed,
            Err(error) => {
                self.exit = Exit::No;
                writeln!(out, "  {}", broken(&error, out))?;
                return Ok(());
            }
        };
        for attribute in listed {
            let value = attribute.map(|attribute| {
                let value = attributes::text(&attribute, ATTRIBUTE_ELEMENTS, ATTRIBUTE_CHARACTERS);
                let name =
                    out.paint.text(Role::Attribute, &format!("@{}", shortened(attribute.name(), 1000)));
                let value = value.unwrap_or_else(|error| {
                    self.exit = Exit::No;
                    broken(&error, out)
                });
                format!("{name} = {value}")
            });
            match value {
                Ok(line) => writeln!(out, "  {line}")?,
                Err(error) => {
                    self.exit = Exit::No;
                    writeln!(out, "  {}", broken(&error, out))?;
                }
            }
        }
        Ok(())
    }

    fn values_text(&mut self, dataset: &Dataset, out: &mut Out) -> Outcome<()> {
        let written = extent(dataset, self.limit).map_err(Stop::from).and_then(|(slice, limit)| {
            let values = Values { dataset, slice: &slice, limit };
            values.write_text(out, "    ")?;
            if limit > 0 && values.is_cut() {
                let count = slice.element_count();
                writeln!(out, "    ... ({limit} of {count} elements; --all prints all)")?;
            }
            Ok(())
        });
        if let Some(error) = self.survive(written)? {
            writeln!(out, "    {}", broken(&error, out))?;
        }
        Ok(())
    }

    /// One document, or a line for each object.
    fn json(&mut self, mut walk: Walk, location: &Location, one: bool, out: &mut Out) -> Outcome<()> {
        let mut document = match one {
            true => {
                let head = record(json!({ "file": location.file_json() }));
                Some(ListDocument::begin(out, "h5.dump", &head, "objects")?)
            }
            false => None,
        };
        while let Some(entry) = walk.next() {
            if matches!(entry.item, Item::Broken(_)) {
                self.exit = Exit::No;
            }
            let mut fields = entry_record(&entry, &walk);
            if let Some(document) = &mut document {
                document.separator(out)?;
            }
            // The path comes first, and the values last because they are written while they are read.
            let path = fields.remove("path").unwrap_or_default();
            out.write_all(b"{\"path\":")?;
            write_value(out, &path)?;
            if let Item::Object(object) = &entry.item {
                fields.insert("attributes".into(), attributes::all_json(object, self.attribute_limit()));
            }
            write_fields(out, &fields)?;
            if let Item::Object(object) = &entry.item
                && let Ok(dataset) = object.clone().into_dataset()
            {
                self.values_json(&dataset, out)?;
            }
            out.write_all(b"}")?;
            if document.is_none() {
                out.write_all(b"\n")?;
            }
        }
        if let Some(document) = document {
            document.end(out, &record(json!({})))?;
        }
        Ok(())
    }

    fn attribute_limit(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }

    fn values_json(&mut self, dataset: &Dataset, out: &mut Out) -> Outcome<()> {
        let (slice, limit) = match extent(dataset, self.limit) {
            Ok(extent) => extent,
            Err(_) => {
                // Its record says why already.
                self.exit = Exit::No;
                return Ok(());
            }
        };
        let values = Values { dataset, slice: &slice, limit };
        out.write_all(b",\"values\":")?;
        let written = values.write_json(out);
        let mut fields = record(json!({ "truncated": limit > 0 && values.is_cut() }));
        if let Some(error) = self.survive(written)? {
            fields.insert("values_error".into(), error_json(&error));
        }
        write_fields(out, &fields)?;
        Ok(())
    }

    fn csv(&mut self, mut walk: Walk, out: &mut Out) -> Outcome<()> {
        out.write_all(b"path,index,value\r\n")?;
        while let Some(entry) = walk.next() {
            let path = csv_text(&walk.path(&entry).to_string(), self.args.csv_guard);
            let dataset = match entry.item {
                Item::Object(object) => object.into_dataset(),
                Item::Broken(error) => Err(error),
                Item::Again(_) | Item::Link(_) => continue,
            };
            let written = match dataset {
                Ok(dataset) => self.dataset_csv(&dataset, &path, out),
                Err(error) if error.kind() == h5::ErrorKind::Usage => continue,
                Err(error) => Err(error.into()),
            };
            if let Some(error) = self.survive(written)? {
                out.flush()?;
                crate::failure::warn(&error.to_string());
            }
        }
        Ok(())
    }

    fn dataset_csv(&self, dataset: &Dataset, path: &str, out: &mut Out) -> Result<(), Stop> {
        let (slice, limit) = extent(dataset, self.limit)?;
        let guard = self.args.csv_guard;
        Values { dataset, slice: &slice, limit }.visit(|position, value| {
            let index: Vec<_> = slice.index_of(position).iter().map(u64::to_string).collect();
            let index = csv_text(&index.join(","), false);
            write!(out, "{path},{index},{}\r\n", csv_cell(value, guard))?;
            Ok(())
        })
    }
}

fn broken(error: &h5::Error, out: &Out) -> String {
    out.paint.text(Role::Broken, &format!("broken: {}", printable(&error.to_string())))
}
