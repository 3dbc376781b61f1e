//! `h5 attr set`, `rm` and `mv`.

use std::ffi::OsString;
use std::io::Write as _;

use clap::Args;
use h5::{Dataspace, Elements, Name, NewAttribute};
use serde_json::Value as Json;

use crate::args::GlobalArgs;
use crate::describe::shape_text;
use crate::failure::{Exit, Failure, Outcome};
use crate::location::Location;
use crate::out::Out;
use crate::type_spec;
use crate::typed::{self, Shaped, depth, inner_rank};

/// Arguments of `h5 attr set`.
#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    /// File, or FILE::/path of an object
    #[arg(value_name = "FILE[::PATH]")]
    place: OsString,

    /// Name of the attribute
    #[arg(value_name = "NAME")]
    name: OsString,

    /// The value
    #[arg(value_name = "VALUE", required_unless_present = "null", allow_hyphen_values = true)]
    value: Option<OsString>,

    /// Datatype: int32, float64, string(10), {x: int8, y: float32}, ... [default: as the value says]
    #[arg(long, value_name = "TYPE", value_parser = type_spec::parse)]
    r#type: Option<h5::Datatype>,

    /// Take the value as text even if it is JSON
    #[arg(long, conflicts_with = "type")]
    text: bool,

    /// An attribute without a value (a null dataspace)
    #[arg(long, requires = "type", conflicts_with = "value")]
    null: bool,

    /// Tell what would happen
    #[arg(long)]
    dry_run: bool,
}

/// Arguments of `h5 attr rm`.
#[derive(Debug, Args)]
pub(crate) struct RmArgs {
    /// File, or FILE::/path of an object
    #[arg(value_name = "FILE[::PATH]")]
    place: OsString,

    /// Names of the attributes
    #[arg(value_name = "NAME", required = true)]
    names: Vec<OsString>,

    /// Tell what would happen
    #[arg(long)]
    dry_run: bool,
}

/// Arguments of `h5 attr mv`.
#[derive(Debug, Args)]
pub(crate) struct MvArgs {
    /// File, or FILE::/path of an object
    #[arg(value_name = "FILE[::PATH]")]
    place: OsString,

    /// Name of the attribute
    #[arg(value_name = "OLD")]
    from: OsString,

    /// Its new name
    #[arg(value_name = "NEW")]
    to: OsString,
}

pub(crate) fn set(args: &SetArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let location = Location::parse(&args.place);
    let (attribute, elements) = attribute(args)?;
    let file = location.open_for(args.dry_run, global)?;
    let object = location.find_whole(&file)?;
    if args.dry_run {
        let there = object.attribute(attribute.name.as_bytes()).is_ok();
        let verb = if there { "replace" } else { "create" };
        writeln!(
            out,
            "would {verb} {}@{}: {} {}",
            location.text(),
            attribute.name,
            attribute.datatype,
            shape_text(&attribute.dataspace)
        )?;
        return Ok(Exit::Success);
    }
    object.write_attr(&attribute, &elements).map_err(|error| location.blame(error))?;
    location.close(&file)?;
    Ok(Exit::Success)
}

/// What the arguments say.
fn attribute(args: &SetArgs) -> Outcome<(NewAttribute, Elements)> {
    let name = Name::new(args.name.as_encoded_bytes());
    let usage = |message: String| Failure::usage(format!("attribute `{name}`: {message}"));
    let (json, datatype) = match (&args.value, &args.r#type) {
        (None, Some(datatype)) => {
            let elements = Elements::from_dynamic(&datatype.memory_form(), []);
            let elements = elements.map_err(|error| usage(error.to_string()))?;
            return Ok((NewAttribute::new(name.clone(), datatype.clone(), Dataspace::Null), elements));
        }
        (None, None) => return Err(usage("a value is needed".into())),
        (Some(value), datatype) => (json(value, args.text).map_err(&usage)?, datatype),
    };
    let rank = datatype.as_ref().map(|datatype| depth(&json).saturating_sub(inner_rank(datatype)));
    let Shaped { shape, values } = Shaped::new(json, rank).map_err(&usage)?;
    let datatype = match datatype {
        Some(datatype) => datatype.clone(),
        None => typed::datatype_of(&values).map_err(&usage)?,
    };
    let values: Vec<h5::Value> =
        values.iter().map(|json| typed::value(json, &datatype)).collect::<Result<_, _>>().map_err(&usage)?;
    let elements = Elements::from_dynamic(&datatype.memory_form(), &values);
    let elements = elements.map_err(|error| usage(error.to_string()))?;
    let dataspace = if shape.is_empty() { Dataspace::Scalar } else { Dataspace::fixed(shape) };
    Ok((NewAttribute::new(name, datatype, dataspace), elements))
}

/// A value as the user wrote it: JSON, or text as it stands.
pub(crate) fn json(value: &OsString, is_text: bool) -> Result<Json, String> {
    let text = value.to_str().ok_or("a value that is no UTF-8")?;
    let json = if is_text { None } else { serde_json::from_str(text).ok() };
    Ok(json.unwrap_or_else(|| Json::String(text.to_owned())))
}

pub(crate) fn rm(args: &RmArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let location = Location::parse(&args.place);
    let file = location.open_for(args.dry_run, global)?;
    let object = location.find_whole(&file)?;
    for name in &args.names {
        let name = name.as_encoded_bytes();
        if args.dry_run {
            object.attribute(name).map_err(|error| location.blame(error))?;
            writeln!(out, "would remove {}@{}", location.text(), Name::new(name))?;
        } else {
            object.remove_attr(name).map_err(|error| location.blame(error))?;
        }
    }
    if !args.dry_run {
        location.close(&file)?;
    }
    Ok(Exit::Success)
}

pub(crate) fn mv(args: &MvArgs, global: &GlobalArgs, _out: &mut Out) -> Outcome {
    let location = Location::parse(&args.place);
    let file = location.open_to_change(global)?;
    let object = location.find_whole(&file)?;
    let (from, to) = (args.from.as_encoded_bytes(), Name::new(args.to.as_encoded_bytes()));
    object.rename_attr(from, to).map_err(|error| location.blame(error))?;
    location.close(&file)?;
    Ok(Exit::Success)
}
