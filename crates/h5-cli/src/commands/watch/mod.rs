//! `h5 watch` and `h5 tail`: what another process writes, as it comes.

mod rows;
mod sparkline;
mod tree;

use std::ffi::OsString;
use std::io::Write as _;
use std::time::{Duration, Instant};

use clap::Args;
use h5::{Dataset, File, ObjectKind};

use crate::args::GlobalArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::interrupt;
use crate::location::Location;
use crate::out::Out;

use self::rows::Rows;
use self::tree::Tree;

/// Show what another process writes, as it flushes it.
///
/// Of a dataset, the rows that come; of a group or a file, the objects that come and the datasets that grow. The writer is not
/// disturbed: no lock is taken. Ends with control-C, or as the options say.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 watch scan.h5
  h5 watch scan.h5::/detector/spectra --plot
  h5 watch scan.h5::/detector/counts --json | jq .value

Of files that h5 writes, each line is of one flush. Of files that other libraries write, open the writer in SWMR mode. Of domains of HSDS, rows
are shown a quarter of a second late: the service shows them before it has filled them.
Exit status: 0; 2 if the file or the object could not be read.")]
pub(crate) struct WatchArgs {
    /// FILE, or FILE::/path of what is watched
    #[arg(value_name = "FILE[::PATH]")]
    pub(crate) place: OsString,

    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,

    /// Of a dataset of numbers: a line of bars, one for the mean of each row, instead of the values
    #[arg(long, conflicts_with = "json")]
    pub(crate) plot: bool,

    #[command(flatten)]
    pub(crate) pace: Pace,
}

/// Print the last rows of a dataset.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 tail scan.h5::/detector/counts
  h5 tail -n 3 --follow scan.h5::/detector/spectra

Exit status: 0; 2 if the dataset could not be read.")]
pub(crate) struct TailArgs {
    /// FILE::/path of a dataset
    #[arg(value_name = "FILE::PATH")]
    pub(crate) place: OsString,

    /// How many rows
    #[arg(long, short = 'n', value_name = "N", default_value_t = 10)]
    pub(crate) rows: u64,

    /// Go on with the rows that come
    #[arg(long, short)]
    pub(crate) follow: bool,

    /// One JSON object a row
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) pace: Pace,
}

/// How often to look, and for how long.
#[derive(Debug, Args)]
pub(crate) struct Pace {
    /// Milliseconds between two looks at the file
    #[arg(long, value_name = "MS", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) interval: u64,

    /// End after so many seconds
    #[arg(long = "for", value_name = "SECONDS")]
    pub(crate) seconds: Option<f64>,

    /// End after so many seconds without news
    #[arg(long, value_name = "SECONDS")]
    pub(crate) idle: Option<f64>,
}

impl Pace {
    /// Calls `look` at each flush of the file, until the user or the options end it. `look` says whether there was anything new.
    fn follow(&self, location: &Location, file: &File, mut look: impl FnMut() -> Outcome<bool>) -> Outcome {
        interrupt::catch();
        let over = |since: Instant, seconds: Option<f64>| {
            seconds.is_some_and(|seconds| since.elapsed().as_secs_f64() >= seconds)
        };
        let (begin, mut last) = (Instant::now(), Instant::now());
        let mut seen = None;
        while !interrupt::is_wanted() && !over(begin, self.seconds) && !over(last, self.idle) {
            let version = file.version().map_err(|error| location.blame(error))?;
            // Without versions, each look may show something new.
            if version.is_none() || version != seen {
                seen = version;
                if look()? {
                    last = Instant::now();
                }
            }
            std::thread::sleep(Duration::from_millis(self.interval));
        }
        Ok(Exit::Success)
    }
}

pub(crate) fn watch(args: &WatchArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let location = Location::parse(&args.place);
    let file = location.open_live(global)?;
    let object = location.find_whole(&file)?;
    match object.kind() {
        ObjectKind::Dataset => {
            let dataset = object.into_dataset().map_err(|error| location.blame(error))?;
            let form = match (args.json, args.plot) {
                (true, _) => rows::Form::Json,
                (_, true) => rows::Form::Plot,
                _ => rows::Form::Text,
            };
            let rows = Rows::new(&dataset, &location, form, u64::MAX, may_be_unfilled(&location, global)?)?;
            follow_rows(&location, &file, &dataset, rows, &args.pace, out)
        }
        ObjectKind::Group if args.plot => {
            Err(Failure::usage("--plot shows one dataset; name it: FILE::/path"))
        }
        ObjectKind::Group => {
            let group = object.into_group().map_err(|error| location.blame(error))?;
            let mut tree = Tree::new(group, args.json);
            tree.look(false, out).map_err(|error| location.blame(error))?;
            args.pace.follow(&location, &file, || {
                file.refresh().map_err(|error| location.blame(error))?;
                let news = tree.look(true, out).map_err(|error| location.blame(error))?;
                out.flush()?;
                Ok(news)
            })
        }
        ObjectKind::CommittedDatatype => Err(Failure::usage("a committed datatype never changes")),
    }
}

pub(crate) fn tail(args: &TailArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let location = Location::parse(&args.place);
    let file = location.open_live(global)?;
    let dataset = location.find_whole(&file)?.into_dataset().map_err(|error| location.blame(error))?;
    let form = if args.json { rows::Form::Json } else { rows::Form::Text };
    let pace = Pace { seconds: if args.follow { args.pace.seconds } else { Some(0.0) }, ..args.pace };
    let rows = Rows::new(&dataset, &location, form, args.rows, may_be_unfilled(&location, global)?)?;
    follow_rows(&location, &file, &dataset, rows, &pace, out)
}

/// Prints rows that are there, and those that come.
fn follow_rows(
    location: &Location,
    file: &File,
    dataset: &Dataset,
    mut rows: Rows<'_>,
    pace: &Pace,
    out: &mut Out,
) -> Outcome {
    rows.wait();
    rows.look(out)?;
    out.flush()?;
    let end = pace.follow(location, file, || {
        dataset.refresh().map_err(|error| location.blame(error))?;
        let news = rows.look(out)?;
        out.flush()?;
        Ok(news)
    })?;
    if rows.is_behind() {
        rows.wait();
        rows.look(out)?;
        out.flush()?;
    }
    Ok(end)
}

/// True if rows may be seen before their elements are: of what a service makes longer first.
fn may_be_unfilled(location: &Location, global: &GlobalArgs) -> Outcome<bool> {
    Ok(!location.backend(global)?.has_files())
}
