//! `h5 pymodaq`.

mod export;
mod log;
mod ls;
pub(crate) mod settings;
mod show;

use std::ffi::OsString;

use clap::{Args, Subcommand};

use crate::args::GlobalArgs;
use crate::failure::Outcome;
use crate::out::Out;

/// Look into files of PyMoDAQ's: data with axes, settings, logs
///
/// Data are found by their attributes, as PyMoDAQ finds them, and shown with units and axes. Nothing is ever written into the file.
/// Files of other programs are shown as far as they go.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 pymodaq ls scan.h5
  h5 pymodaq show scan.h5::/RawData/Scan000
  h5 pymodaq export scan.h5::/RawData/Scan000/Detector000/Data0D/CH00 map.csv
  h5 pymodaq log scan.h5")]
pub(crate) struct PymodaqArgs {
    #[command(subcommand)]
    pub(crate) command: PymodaqCommand,
}

/// What to do with a file of PyMoDAQ's.
#[derive(Debug, Subcommand)]
pub(crate) enum PymodaqCommand {
    /// List data with their shapes, units and axes
    #[command(after_long_help = "Examples:
  h5 pymodaq ls scan.h5
  h5 pymodaq ls --all --json scan.h5::/RawData/Scan000

Exit status: 0, or 1 if there are none or some could not be read, 2 if the file could not be opened.")]
    Ls {
        /// File, or FILE::/path of a group
        #[arg(value_name = "FILE[::PATH]")]
        place: OsString,
        /// List axes, backgrounds, uncertainties and logs too
        #[arg(long, short)]
        all: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one node: data as a picture with its axes, or settings
    #[command(after_long_help = "Examples:
  h5 pymodaq show scan.h5::/RawData/Scan000
  h5 pymodaq show scan.h5::/RawData/Scan000/Detector000/Data0D/CH00/Data00

Exit status: 0, or 2 if there is no such node or it could not be read.")]
    Show {
        /// File, or FILE::/path of a node
        #[arg(value_name = "FILE[::PATH]")]
        place: OsString,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Export a node as h5, txt, npy, ascii or csv
    ///
    /// The extension of OUT says in which format: h5 is a file with this node alone, csv a table with a column for each axis, txt and
    /// ascii are lines of numbers, npy is numpy's. txt, ascii and csv take a group of arrays too.
    #[command(after_long_help = "Examples:
  h5 pymodaq export scan.h5::/RawData/Scan000/Detector000/Data0D/CH00 map.csv
  h5 pymodaq export scan.h5::/RawData/Scan000 only-this-scan.h5")]
    Export {
        /// FILE::/path of a node
        #[arg(value_name = "FILE::PATH")]
        place: OsString,
        /// File to be written
        #[arg(value_name = "OUT")]
        to: OsString,
        /// Replace a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Print the lines of the log
    #[command(after_long_help = "Example:
  h5 pymodaq log scan.h5

Exit status: 0, or 1 if there is no log or a line of it is no text, 2 if the file could not be opened.")]
    Log {
        /// File, or FILE::/path of a log
        #[arg(value_name = "FILE[::PATH]")]
        place: OsString,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(crate) fn run(args: &PymodaqArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    match &args.command {
        PymodaqCommand::Ls { place, all, json } => ls::run(place, *all, *json, global, out),
        PymodaqCommand::Show { place, json } => show::run(place, *json, global, out),
        PymodaqCommand::Export { place, to, force } => export::run(place, to, *force, global),
        PymodaqCommand::Log { place, json } => log::run(place, *json, global, out),
    }
}
