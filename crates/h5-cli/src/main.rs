//! The `h5` command: look into HDF5 files, take values out, check and compare them.
//!
//! Each command is a module with its arguments and a `run`; what several commands need is beside them: [`walk`] visits objects,
//! [`slabs`] reads values in bounded pieces, [`render`] and [`describe`] put things into words, [`out`] and [`json`] write.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tests compute with numbers of their own"
    )
)]

mod args;
mod backend;
mod commands;
mod copying;
mod describe;
mod digest;
mod edit;
mod failure;
mod feed;
mod interrupt;
mod json;
mod location;
mod npy;
mod npy_read;
mod out;
mod picture;
mod progress;
mod pymodaq_file;
mod recovery_report;
mod render;
mod scratch_file;
mod simulation;
mod slabs;
mod slice;
mod storage_spec;
mod table;
mod time;
mod type_spec;
mod typed;
mod values;
mod walk;

use std::process::ExitCode;

use clap::Parser as _;

use args::Cli;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, the rest are mistakes; a closed pipe is neither.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match commands::run(&cli) {
        Ok(exit) => exit.into(),
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            failure::warn(&failure.to_string());
            ExitCode::from(2)
        }
    }
}
