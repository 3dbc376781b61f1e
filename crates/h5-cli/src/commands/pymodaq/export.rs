//! `h5 pymodaq export`.

use std::ffi::OsStr;
use std::path::Path;

use h5::Name;

use crate::args::GlobalArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::pymodaq_file::Place;
use crate::scratch_file::ScratchFile;

pub(super) fn run(place: &OsStr, to: &OsStr, force: bool, global: &GlobalArgs) -> Outcome {
    let place = Place::open(place, global)?;
    let node = place.node()?;
    let name = Name::new(to.as_encoded_bytes()).to_string();
    // An unknown format is told before anything is written.
    let extension = Path::new(to).extension().unwrap_or_default().to_string_lossy().into_owned();
    let exporter = place.browser.exporters().create_exporter(&extension, None);
    let exporter = exporter.map_err(|error| Failure::usage(format!("{name}: {}", error.message())))?;
    if Path::new(to).exists() && !force {
        return Err(Failure::usage(format!("{name}: there already; --force replaces it")));
    }
    let to = std::path::absolute(to).map_err(|error| Failure::File { file: name, error: error.into() })?;
    let scratch = ScratchFile::beside(&to);
    exporter.export_data(&node, scratch.path()).map_err(|error| place.blame(error))?;
    scratch.publish()?;
    Ok(Exit::Success)
}
