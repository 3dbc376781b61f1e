//! `h5 get`.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};

use clap::Args;
use h5::Dataset;
use serde_json::json;

use crate::args::GlobalArgs;
use crate::describe::shape_json;
use crate::failure::{Exit, Failure, Outcome};
use crate::json::{record, write_fields};
use crate::location::Location;
use crate::npy;
use crate::out::Out;
use crate::render::{Format, Stop, Values};
use crate::slice::Slice;

/// Print the values of a dataset or a part of it.
///
/// The part is written as in numpy: [0,:,10:20], [-1], [::2], [..., ::-1]. Values are read and written a few megabytes at a time,
/// whatever the size of the dataset.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 get 'scan.h5::/camera/frames[0,:,10:20]'
  h5 get 'scan.h5::/energy[::-1]' --format csv
  h5 get scan.h5::/camera/frames --format npy --output frames.npy

Exit status: 0, or 2 if a value could not be read; what was read before is printed.")]
pub(crate) struct GetArgs {
    /// FILE::/path of a dataset, with a slice in brackets if only a part is wanted
    #[arg(value_name = "FILE::PATH[SLICE]")]
    pub(crate) place: OsString,

    /// How values are written
    #[arg(long, short, value_name = "FORMAT", default_value = "text", value_enum)]
    pub(crate) format: Format,

    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,

    /// Stop after so many elements
    #[arg(long, short = 'n', value_name = "N")]
    pub(crate) limit: Option<u64>,

    /// Write to a file instead of the standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<OsString>,

    /// CSV: put an apostrophe before text that a spreadsheet would run as a formula
    #[arg(long)]
    pub(crate) csv_guard: bool,
}

pub(crate) fn run(args: &GetArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let location = Location::parse(&args.place);
    let file = location.open(global)?;
    let found = location.find(&file)?;
    let dataset = found.object.into_dataset().map_err(|error| location.blame(error))?;
    let info = dataset.info().map_err(|error| location.blame(error))?;
    if info.dataspace == h5::Dataspace::Null && found.slice.is_some() {
        return Err(Failure::usage("a null dataspace has no elements to select"));
    }
    let dimensions = info.dataspace.dimensions();
    let slice = match &found.slice {
        Some(text) => Slice::parse(text, dimensions).map_err(Failure::Usage)?,
        None => Slice::whole(dimensions),
    };
    let format = if args.json { Format::Json } else { args.format };
    // A null dataspace has no dimensions either, but no element.
    let limit = if info.dataspace == h5::Dataspace::Null { 0 } else { args.limit.unwrap_or(u64::MAX) };
    let values = Values { dataset: &dataset, slice: &slice, limit };
    let written = match &args.output {
        Some(path) => {
            let file = std::fs::File::create(path).map_err(Failure::Output)?;
            let mut file = std::io::BufWriter::new(file);
            let written = write(&values, &dataset, &location, format, args.csv_guard, &mut file);
            file.flush().map_err(Failure::Output)?;
            written
        }
        None if format == Format::Npy && std::io::stdout().is_terminal() => {
            return Err(Failure::usage("a .npy file is not for a terminal; use --output FILE or a pipe"));
        }
        None => write(&values, &dataset, &location, format, args.csv_guard, out),
    };
    match written {
        Ok(()) => Ok(Exit::Success),
        Err(Stop::Output(error)) => Err(error.into()),
        Err(Stop::File(error)) => Err(location.blame(error)),
    }
}

fn write(
    values: &Values<'_>,
    dataset: &Dataset,
    location: &Location,
    format: Format,
    guard: bool,
    out: &mut impl std::io::Write,
) -> Result<(), Stop> {
    match format {
        Format::Text => values.write_text(out, ""),
        Format::Json => {
            let info = dataset.info()?;
            let mut head = record(json!({
                "file": location.file_json(), "path": location.path.to_text(),
                "datatype": info.datatype.to_string(), "shape": values.slice.shape(), "truncated": values.is_cut(),
            }));
            if info.dataspace == h5::Dataspace::Null {
                head.insert("shape".into(), shape_json(&info.dataspace));
                head.insert("truncated".into(), json!(false));
            }
            out.write_all(b"{\"schema\":\"h5.get\",\"version\":1")?;
            write_fields(out, &head)?;
            out.write_all(b",\"values\":")?;
            let written = values.write_json(out);
            out.write_all(b"}\n")?;
            written
        }
        Format::Ndjson => values.write_ndjson(out),
        Format::Csv => values.write_csv(out, guard),
        Format::Npy => npy::write(values, out),
    }
}
