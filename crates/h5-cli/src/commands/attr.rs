//! `h5 attr`.

use std::ffi::OsString;
use std::io::Write as _;

use clap::{Args, Subcommand};
use h5::{Attribute, Order};
use serde_json::{Value, json};

use super::attributes;
use crate::args::GlobalArgs;
use crate::describe::{error_json, printable, shortened};
use crate::failure::{Exit, Outcome};
use crate::json::{ListDocument, record, write_document};
use crate::location::Location;
use crate::out::{Out, Role};
use crate::values::plain_text;

/// List, print, set, remove or rename attributes.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 attr list scan.h5::/entry
  h5 attr get scan.h5::/camera/frames units
  h5 attr set scan.h5::/camera/frames units counts")]
pub(crate) struct AttrArgs {
    #[command(subcommand)]
    pub(crate) command: AttrCommand,
}

/// What to do with attributes.
#[derive(Debug, Subcommand)]
pub(crate) enum AttrCommand {
    /// List the attributes of an object
    #[command(after_long_help = "Example:
  h5 attr list scan.h5::/entry")]
    List {
        /// File, or FILE::/path of an object
        #[arg(value_name = "FILE[::PATH]")]
        place: OsString,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Print at most so many elements of each value (JSON)
        #[arg(long, short = 'n', value_name = "N", default_value_t = 1000)]
        limit: usize,
    },
    /// Print the value of one attribute, an element a line
    #[command(after_long_help = "Example:
  h5 attr get scan.h5::/camera/frames units

Exit status: 0, or 2 if there is no such attribute.")]
    Get {
        /// File, or FILE::/path of an object
        #[arg(value_name = "FILE[::PATH]")]
        place: OsString,
        /// Name of the attribute
        #[arg(value_name = "NAME")]
        name: OsString,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Print at most so many elements
        #[arg(long, short = 'n', value_name = "N")]
        limit: Option<usize>,
    },
    /// Set an attribute, whatever it was before
    ///
    /// The value is JSON: 5, 1.5, "text", [1, 2, 3], true, {"x": 1.5}. What is no JSON is text as it stands.
    #[command(after_long_help = "Examples:
  h5 attr set scan.h5::/camera units mm
  h5 attr set scan.h5::/camera gain 2.5 --type float32
  h5 attr set scan.h5::/camera shape '[2048, 2048]'")]
    Set(super::attr_edit::SetArgs),
    /// Remove attributes
    #[command(after_long_help = "Example:
  h5 attr rm scan.h5::/camera units")]
    Rm(super::attr_edit::RmArgs),
    /// Give an attribute another name
    #[command(after_long_help = "Example:
  h5 attr mv scan.h5::/camera unit units")]
    Mv(super::attr_edit::MvArgs),
}

pub(crate) fn run(args: &AttrArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    match &args.command {
        AttrCommand::List { place, json, limit } => {
            let location = Location::parse(place);
            let file = location.open(global)?;
            let object = location.find_whole(&file)?;
            let listed = object.attributes(Order::Name).map_err(|error| location.blame(error))?;
            if *json { list_json(&location, &listed, *limit, out) } else { list_text(&listed, out) }
        }
        AttrCommand::Get { place, name, json, limit } => {
            let location = Location::parse(place);
            let file = location.open(global)?;
            let object = location.find_whole(&file)?;
            let attribute =
                object.attribute(name.as_encoded_bytes()).map_err(|error| location.blame(error))?;
            get(&location, &attribute, *json, limit.unwrap_or(usize::MAX), out)
        }
        AttrCommand::Set(args) => super::attr_edit::set(args, global, out),
        AttrCommand::Rm(args) => super::attr_edit::rm(args, global, out),
        AttrCommand::Mv(args) => super::attr_edit::mv(args, global, out),
    }
}

fn list_text(listed: &[h5::Result<Attribute>], out: &mut Out) -> Outcome {
    let mut exit = Exit::Success;
    for attribute in listed {
        match attribute {
            Ok(attribute) => {
                let name = shortened(attribute.name(), 200);
                let padding = " ".repeat(20_usize.saturating_sub(name.chars().count()));
                let (value, role) = match attributes::preview(attribute) {
                    Ok(value) => (value, None),
                    Err(error) => {
                        exit = Exit::No;
                        (printable(&error.to_string()), Some(Role::Broken))
                    }
                };
                let value = role.map_or_else(|| value.clone(), |role| out.paint.text(role, &value));
                let datatype = out.paint.text(Role::Aside, &attributes::type_text(attribute));
                writeln!(out, "{}{padding} {value}  {datatype}", out.paint.text(Role::Attribute, &name))?;
            }
            Err(error) => {
                exit = Exit::No;
                writeln!(out, "{}", out.paint.text(Role::Broken, &printable(&error.to_string())))?;
            }
        }
    }
    Ok(exit)
}

fn list_json(location: &Location, listed: &[h5::Result<Attribute>], limit: usize, out: &mut Out) -> Outcome {
    let head = record(json!({ "file": location.file_json(), "path": location.path.to_text() }));
    let mut document = ListDocument::begin(out, "h5.attributes", &head, "attributes")?;
    let mut exit = Exit::Success;
    for attribute in listed {
        let item = match attribute {
            Ok(attribute) => Value::Object(attributes::json_record(attribute, limit)),
            Err(error) => json!({ "error": error_json(error) }),
        };
        if item.get("error").is_some() {
            exit = Exit::No;
        }
        document.item(out, &item)?;
    }
    document.end(out, &record(json!({})))?;
    Ok(exit)
}

fn get(location: &Location, attribute: &Attribute, json: bool, limit: usize, out: &mut Out) -> Outcome {
    if json {
        let mut fields = record(json!({ "file": location.file_json(), "path": location.path.to_text() }));
        fields.append(&mut attributes::json_record(attribute, limit));
        let exit = if fields.contains_key("error") { Exit::Unreadable } else { Exit::Success };
        write_document(out, "h5.attribute", &fields)?;
        return Ok(exit);
    }
    let elements = attribute.elements().map_err(|error| location.blame(error))?;
    for value in elements.values().take(limit) {
        let value = value.map_err(|error| location.blame(error))?;
        writeln!(out, "{}", plain_text(&value))?;
    }
    Ok(Exit::Success)
}
