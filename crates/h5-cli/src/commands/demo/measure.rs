//! The scan itself: every position measured and saved.

use std::sync::Arc;

use h5::Result;
use pymodaq_data::{DataDistribution, SaveType};
use pymodaq_h5::{BaseOptions, Flavour, H5Saver, ScanSaver};

use crate::args::GlobalArgs;
use crate::failure::Outcome;
use crate::interrupt;
use crate::location::Location;
use crate::progress::Progress;
use crate::pymodaq_file::registry;
use crate::simulation::{self, GRID};

/// Scans, and answers whether it was finished: control-C ends it after a position.
pub(super) fn scan(file: &Location, global: &GlobalArgs) -> Outcome<bool> {
    save(file, global).map_err(|error| file.blame(error))
}

fn save(file: &Location, global: &GlobalArgs) -> Result<bool> {
    let folder = file.file.parent().map(std::path::Path::to_path_buf).unwrap_or_default();
    let h5saver = H5Saver::new(&registry(global), Flavour::H5py, SaveType::Scan, folder)?;
    h5saver.init_file(&BaseOptions::new().update_h5(true).file(&file.file))?;
    let experiment = simulation::Scan::new().map_err(|error| h5::Error::usage(error.to_string()))?;
    let saver = ScanSaver::new(h5saver.low_level(), Arc::new(experiment));
    saver.get_set_node(true)?;
    saver.set_scan_shape(&GRID)?;
    saver.add_nav_axes(&simulation::positions())?;
    h5saver.add_log("scan started")?;
    let finished = positions(&saver, global)?;
    h5saver.add_log(if finished { "scan finished" } else { "scan interrupted" })?;
    h5saver.close()?;
    Ok(finished)
}

fn positions(saver: &ScanSaver, global: &GlobalArgs) -> Result<bool> {
    let [rows, columns] = GRID;
    let total = rows.saturating_mul(columns);
    let mut progress = Progress::new("scanning", global.quiet);
    for position in 0..total {
        if interrupt::is_wanted() {
            return Ok(false);
        }
        let (row, column) =
            (position.checked_div(columns).unwrap_or(0), position.checked_rem(columns).unwrap_or(0));
        let data = simulation::data(simulation::measure(row, column))?;
        saver.add_data(&data, &[row, column], DataDistribution::Uniform)?;
        progress.step(position.saturating_add(1), total, "positions");
    }
    Ok(true)
}
