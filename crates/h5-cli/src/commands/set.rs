//! `h5 set`.

use std::ffi::OsString;
use std::io::Write as _;

use clap::{Args, ValueEnum};
use h5::{Dataset, Dataspace, Datatype, FilterInfo, NewDataset, NewLayout};

use crate::args::GlobalArgs;
use crate::describe::shape_text;
use crate::edit::split_path;
use crate::failure::{Exit, Failure, Outcome};
use crate::feed::{Feed, Format};
use crate::location::Location;
use crate::out::Out;
use crate::slabs::Region;
use crate::slice::Slice;
use crate::storage_spec::{FilterSpec, dimensions, filter_spec, maximum_dimensions};
use crate::type_spec;

/// Write values into a dataset or a part of it, and create it if it is not there.
///
/// Values come from a file (CSV, .npy, JSON, raw bytes), from the standard input, or from the command line. Numbers are converted to
/// the dataset's datatype. The options that say what a dataset is to be apply to new ones, and with --replace to those that are there.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 set scan.h5::/energy energy.csv
  h5 set scan.h5::/camera/frames frames.npy --max-shape '*x2048x2048' --shuffle --deflate 4
  h5 set 'scan.h5::/camera/frames[3]' frame.npy
  h5 set scan.h5::/log --append --value '\"shutter open\"'
  h5 get old.h5::/a --json | jq .values | h5 set new.h5::/a - --format json

CSV: a row of a table for each record, a single column as one dimension; with --header the first record names the members of a
compound. Columns index_0, index_1, ... as `h5 get` writes them say the shape.")]
pub(crate) struct SetArgs {
    /// FILE::/path of a dataset, with a slice in brackets if only a part is to be written
    #[arg(value_name = "FILE::PATH[SLICE]")]
    place: OsString,

    /// File with the values, or - for the standard input
    #[arg(value_name = "SOURCE", required_unless_present = "value", conflicts_with = "value")]
    source: Option<OsString>,

    /// The value, as JSON: 5, \"text\", [1, 2, 3]; what is no JSON is text
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    value: Option<OsString>,

    /// What the source is [default: as its name ends]
    #[arg(long, short, value_name = "FORMAT", value_enum)]
    format: Option<Format>,

    /// The first record of a CSV names its columns
    #[arg(long)]
    header: bool,

    /// Make the dataset longer along its first dimension by what is written
    #[arg(long)]
    append: bool,

    /// Remove a dataset that is there and create it anew
    #[arg(long)]
    replace: bool,

    /// Create the groups on the way
    #[arg(long, short)]
    parents: bool,

    /// Datatype of a new dataset, and of raw bytes: int32, float64 big-endian, string(10), {x: int8, y: float32}, ...
    #[arg(long, value_name = "TYPE", value_parser = type_spec::parse)]
    r#type: Option<Datatype>,

    /// Shape of a new dataset, as 10x20 [default: that of the values]
    #[arg(long, value_name = "SHAPE", value_parser = parse_dimensions)]
    shape: Option<Dimensions>,

    /// Largest shape of a new dataset, * for no limit: *x20
    #[arg(long, value_name = "SHAPE", value_parser = parse_maximum)]
    max_shape: Option<Maximum>,

    /// Chunks of a new dataset, as 1x512x512
    #[arg(long, value_name = "SHAPE", value_parser = parse_dimensions)]
    chunks: Option<Dimensions>,

    /// Compress chunks with deflate
    #[arg(long, value_name = "LEVEL", value_parser = clap::value_parser!(u32).range(0..=9))]
    deflate: Option<u32>,

    /// Put bytes of equal weight together before they are compressed
    #[arg(long)]
    shuffle: bool,

    /// A filter of a new dataset: zstd=3, lz4, fletcher32, ...; as in `h5 repack`
    #[arg(long, value_name = "FILTER", value_parser = filter_spec)]
    filter: Vec<FilterSpec>,

    /// Tell what would happen
    #[arg(long)]
    dry_run: bool,
}

/// Sizes that an option gives. A type of its own, because the command line takes lists for repeated options.
#[derive(Debug, Clone)]
struct Dimensions(Vec<u64>);

/// Largest sizes that an option gives.
#[derive(Debug, Clone)]
struct Maximum(Vec<Option<u64>>);

fn parse_dimensions(text: &str) -> Result<Dimensions, String> {
    dimensions(text).map(Dimensions)
}

fn parse_maximum(text: &str) -> Result<Maximum, String> {
    maximum_dimensions(text).map(Maximum)
}

/// Bytes of elements that are written at a time.
const SLAB_BYTES: u64 = 4 << 20;

pub(crate) fn run(args: &SetArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let location = Location::parse(&args.place);
    let file = location.open_for(args.dry_run, global)?;
    let found = match location.find(&file) {
        Ok(found) => Some(found),
        Err(Failure::File { error, .. }) if error.kind() == h5::ErrorKind::NotFound => None,
        Err(other) => return Err(other),
    };
    match found {
        Some(found) if !args.replace => {
            if let Some(option) = said_of_new(args) {
                let message = format!("{}: there already; {option} needs --replace", location.text());
                return Err(Failure::usage(message));
            }
            let dataset = found.object.into_dataset().map_err(|error| location.blame(error))?;
            write_into(args, &location, &dataset, found.slice.as_deref(), out)?;
        }
        Some(found) if found.slice.is_some() => {
            return Err(Failure::usage("a part of a dataset that is to be replaced"));
        }
        found => create(args, &location, &file, found.is_some(), out)?,
    }
    if !args.dry_run {
        location.close(&file)?;
    }
    Ok(Exit::Success)
}

/// An option that only a new dataset can follow.
fn said_of_new(args: &SetArgs) -> Option<&'static str> {
    let said = [
        (args.shape.is_some(), "--shape"),
        (args.max_shape.is_some(), "--max-shape"),
        (args.chunks.is_some(), "--chunks"),
        (args.deflate.is_some(), "--deflate"),
        (args.shuffle, "--shuffle"),
        (!args.filter.is_empty(), "--filter"),
    ];
    said.into_iter().find_map(|(is_said, name)| is_said.then_some(name))
}

fn feed(args: &SetArgs, datatype: Option<&Datatype>, rank: Option<usize>) -> Outcome<Feed> {
    match (&args.value, &args.source) {
        (Some(value), _) => Feed::of_value(value, datatype, rank),
        (None, Some(source)) => {
            Feed::open(source, args.format, args.header, args.r#type.as_ref(), datatype, rank)
        }
        (None, None) => Err(Failure::usage("a source or --value is needed")),
    }
}

// --- Into a dataset that is there -------------------------------------------------------------------------------------------------

fn write_into(
    args: &SetArgs,
    location: &Location,
    dataset: &Dataset,
    slice: Option<&str>,
    out: &mut Out,
) -> Outcome<()> {
    let info = dataset.info().map_err(|error| location.blame(error))?;
    let dimensions = info.dataspace.dimensions();
    let slice = match slice {
        Some(_) if args.append => return Err(Failure::usage("a part of a dataset that is to grow")),
        Some(text) => Slice::parse(text, dimensions).map_err(Failure::Usage)?,
        None => Slice::whole(dimensions),
    };
    // A row that is appended may leave out the dimension that grows.
    let rank = if args.append { None } else { Some(slice.shape().len()) };
    let mut feed = feed(args, Some(&info.datatype), rank)?;
    let slice = if args.append { appended(location, dimensions, &feed)? } else { slice };
    let wanted = slice.element_count();
    let is_filled = feed.repeats() && !args.append;
    if feed.count().is_some_and(|count| count != wanted) && !is_filled {
        let message = format!(
            "{}: {} values of shape {:?} for {wanted} elements of shape {:?}",
            location.text(),
            feed.count().unwrap_or(0),
            feed.shape(),
            slice.shape()
        );
        return Err(Failure::usage(message));
    }
    if args.dry_run {
        let verb = if args.append { "append" } else { "write" };
        writeln!(out, "would {verb} {wanted} elements: {}", location.text())?;
        return Ok(());
    }
    if args.append {
        let mut grown = dimensions.to_vec();
        if let (Some(length), Some(axis)) = (grown.first_mut(), slice.axes.first()) {
            *length = length.saturating_add(axis.count);
        }
        dataset.resize(&grown).map_err(|error| location.blame(error))?;
    }
    let written = write(location, dataset, &slice, &mut feed);
    if written.is_err() && args.append {
        // The first error is the one to tell of.
        let _ = dataset.resize(dimensions);
    }
    written
}

/// The rows behind the last one that values of a shape fill.
fn appended(location: &Location, dimensions: &[u64], feed: &Feed) -> Outcome<Slice> {
    let Some((&length, row)) = dimensions.split_first() else {
        return Err(Failure::usage(format!("{}: a scalar cannot grow", location.text())));
    };
    let in_row = row.iter().fold(1_u64, |product, &size| product.saturating_mul(size));
    let count = match feed.shape() {
        Some(shape) if shape == row => 1,
        Some([rows, inner @ ..]) if inner == row => *rows,
        Some(shape) => {
            let message = format!("{}: values of shape {shape:?} behind {dimensions:?}", location.text());
            return Err(Failure::usage(message));
        }
        None => match feed.count().map(|count| (count.checked_div(in_row), count.checked_rem(in_row))) {
            Some((Some(rows), Some(0))) => rows,
            _ => return Err(Failure::usage(format!("{}: no whole number of rows", location.text()))),
        },
    };
    let mut slice = Slice::whole(dimensions);
    if let Some(axis) = slice.axes.first_mut() {
        (axis.start, axis.count) = (length, count);
    }
    Ok(slice)
}

/// Writes the values, a few megabytes at a time.
fn write(location: &Location, dataset: &Dataset, slice: &Slice, feed: &mut Feed) -> Outcome<()> {
    let info = dataset.info().map_err(|error| location.blame(error))?;
    let size = u64::try_from(info.datatype.size()).unwrap_or(u64::MAX);
    let step = SLAB_BYTES.checked_div(size).unwrap_or(1).max(1);
    let (mut position, end) = (0_u64, slice.element_count());
    while position < end {
        let region = Region::at(&slice.axes, position, step.min(end.saturating_sub(position)));
        let count = region.element_count();
        let mut elements = feed.take(count, &info.datatype)?;
        region.put_in_order(&slice.axes, &mut elements);
        dataset
            .write_elements(&region.selection(&slice.axes), &elements)
            .map_err(|error| location.blame(error))?;
        position = position.saturating_add(count);
    }
    feed.check_end()
}

// --- A new dataset ----------------------------------------------------------------------------------------------------------------

fn create(
    args: &SetArgs,
    location: &Location,
    file: &h5::File,
    is_there: bool,
    out: &mut Out,
) -> Outcome<()> {
    if args.append {
        return Err(Failure::usage(format!("{}: nothing to append to", location.text())));
    }
    let mut feed = feed(args, args.r#type.as_ref(), args.shape.as_ref().map(|shape| shape.0.len()))?;
    let new = new_dataset(args, &feed)?;
    let wanted = new.dataspace.element_count().unwrap_or(u64::MAX);
    if !feed.repeats() && feed.count().is_some_and(|count| count != wanted) {
        let message =
            format!("{}: {} values for {wanted} elements", location.text(), feed.count().unwrap_or(0));
        return Err(Failure::usage(message));
    }
    if args.dry_run {
        let verb = if is_there { "replace" } else { "create" };
        let shape = shape_text(&new.dataspace);
        writeln!(out, "would {verb} {}: {} {shape}", location.text(), new.datatype)?;
        return Ok(());
    }
    let blame = |error| location.blame(error);
    if args.parents
        && let Some((parent, _)) = split_path(&location.path)
    {
        file.require_group(parent.as_bytes()).map_err(blame)?;
    }
    let (group, name) = location.parent(file)?;
    // The old one goes once the new one is whole.
    let scratch = if is_there { h5::Name::from(".h5-set") } else { name.clone() };
    let dataset = group.create_dataset_from(scratch.as_bytes(), &new).map_err(blame)?;
    let slice = Slice::whole(new.dataspace.dimensions());
    let written = write(location, &dataset, &slice, &mut feed);
    if written.is_err() {
        // The first error is the one to tell of.
        let _ = group.remove(scratch.as_bytes());
        return written;
    }
    if is_there {
        group.remove(name.as_bytes()).map_err(blame)?;
        group.rename(scratch.as_bytes(), name.as_bytes()).map_err(blame)?;
    }
    Ok(())
}

fn new_dataset(args: &SetArgs, feed: &Feed) -> Outcome<NewDataset> {
    let shape = match (&args.shape, feed.shape()) {
        (Some(shape), _) => shape.0.clone(),
        (None, Some(shape)) => shape.to_vec(),
        (None, None) => vec![feed.count().ok_or_else(|| {
            Failure::usage("raw bytes from a pipe: --shape says how many elements there are")
        })?],
    };
    let datatype = match &args.r#type {
        Some(datatype) => datatype.clone(),
        None => feed.datatype().map_err(Failure::Usage)?,
    };
    let dataspace = match &args.max_shape {
        None if shape.is_empty() => Dataspace::Scalar,
        None => Dataspace::fixed(shape),
        Some(maximum) => Dataspace::Simple { dimensions: shape, maximum: maximum.0.clone() },
    };
    let mut new = NewDataset::new(datatype, dataspace);
    new.filters = filters(args);
    let grows = args.max_shape.is_some();
    if let Some(chunk) = &args.chunks {
        new.layout = NewLayout::Chunked { chunk: chunk.0.clone(), index: None };
    } else if grows || !new.filters.is_empty() {
        let chunk = h5::auto_chunk(&new.dataspace, new.datatype.size());
        new.layout = NewLayout::Chunked { chunk, index: None };
    }
    Ok(new)
}

/// Shuffle first and deflate behind it, then what was said in general.
fn filters(args: &SetArgs) -> Vec<FilterInfo> {
    let plain = |id, client_data| FilterInfo { id, flags: 1, name: None, client_data };
    let mut filters = Vec::new();
    if args.shuffle {
        filters.push(plain(2, Vec::new()));
    }
    if let Some(level) = args.deflate {
        filters.push(plain(1, vec![level]));
    }
    for filter in &args.filter {
        match filter {
            FilterSpec::None => filters.clear(),
            FilterSpec::Add(filter) => filters.push(filter.clone()),
        }
    }
    filters
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Csv, Self::Npy, Self::Json, Self::Raw]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        let (name, help) = match self {
            Self::Csv => ("csv", "Comma-separated values"),
            Self::Npy => ("npy", "An array of numpy"),
            Self::Json => ("json", "A value, a list, lists within lists"),
            Self::Raw => ("raw", "Bytes of elements one after another; --type says of what"),
        };
        Some(clap::builder::PossibleValue::new(name).help(help))
    }
}
