//! `h5 digest`.

use std::ffi::OsString;

use clap::Args;

use crate::args::GlobalArgs;
use crate::digest::{digest, digest_of_error, to_ascii_line};
use crate::failure::{Exit, Failure, Outcome};
use crate::location::Location;
use crate::out::Out;

/// Print a fingerprint of a file's content.
///
/// One line of canonical JSON: objects, attributes, links, and the SHA-256 of every value in an encoding that does not depend on
/// byte order, chunks or compression. The documentation of this program defines each field (docs/digest.md).
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  h5 digest scan.h5 | jq '.objects[].data.sha256'

Exit status: 0 if the file could be opened, else 2, with the error as JSON.")]
pub(crate) struct DigestArgs {
    /// File
    #[arg(value_name = "FILE")]
    pub(crate) file: OsString,
}

pub(crate) fn run(args: &DigestArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let location = Location::of_file(&args.file);
    let (line, exit) = match location.open_within_limits(global) {
        Ok(file) => (digest(&file), Exit::Success),
        Err(Failure::File { error, .. }) => (digest_of_error(&error), Exit::Unreadable),
        Err(other) => return Err(other),
    };
    to_ascii_line(&line, out)?;
    Ok(exit)
}
